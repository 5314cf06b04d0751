"""What the scheduler's scores make of containers that do not say what they want."""

from __future__ import annotations

import pytest

from tests.model.load.helpers import deployment, workload_of

MIB = 2**20

CASES = {
    "nothing": ("", "", 1, (100, 200 * MIB)),
    "nothing, twice": ("", "", 2, (200, 400 * MIB)),
    "one of two": ("", "resources: {requests: {cpu: 1, memory: 1Gi}}", 2, (1100, 1224 * MIB)),
    "one resource": ("", "resources: {requests: {cpu: 1}}", 1, (1000, 200 * MIB)),
    "an explicit zero": ("", "resources: {requests: {cpu: 0, memory: 0}}", 1, (0, 0)),
    "an init container in silence": (
        "initContainers: [{name: i, image: i}]",
        "resources: {requests: {cpu: 10m, memory: 1Mi}}",
        1,
        (100, 200 * MIB),
    ),
    "overhead on top": ("overhead: {cpu: 5m}", "", 1, (105, 200 * MIB)),
    "the pod's own amounts": ("resources: {requests: {cpu: 2, memory: 1Gi}}", "", 2, (2000, 2**30)),
    "one of the pod's own": ("resources: {requests: {cpu: 2}}", "", 2, (2000, 400 * MIB)),
}


@pytest.mark.parametrize(
    ("pod", "container", "containers", "expected"), CASES.values(), ids=CASES.keys()
)
def test_scored_requests(
    pod: str, container: str, containers: int, expected: tuple[int, int]
) -> None:
    """Each container counts with 100m and 200 MiB for what it does not name, an explicit zero is
    a zero, and amounts of the pod as a whole replace those of its containers."""
    names = ["log", "web"][-containers:]
    listed = "\n".join(f"- name: {name}\n  image: {name}" for name in names)
    text = deployment(pod=pod, container=container, containers=listed)
    scored = workload_of(text).template.scored_requests
    assert scored is not None
    assert (scored["cpu"], scored["memory"]) == expected
