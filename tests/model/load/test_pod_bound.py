"""A bound on pods has to leave room for the workload itself."""

from __future__ import annotations

import pytest

from tests.model.load.helpers import check_document, deployment, findings, load_text


@pytest.mark.parametrize(
    ("bound", "expected"), [(2, [(4, "P200")]), (3, []), (4, [])], ids=["too few", "equal", "more"]
)
@pytest.mark.parametrize("kind", ["rollout", "apply"])
def test_a_bound_on_pods_is_at_least_the_replicas(
    bound: int, expected: list[tuple[int, str]], kind: str
) -> None:
    """Fewer slots than replicas is a mistake, said at the bound."""
    check = check_document(f"bounds: {{pods: {bound}}}\nscenario: {{{kind}: {{}}}}")
    assert findings(load_text(check + "---\n" + deployment("replicas: 3"))) == expected
