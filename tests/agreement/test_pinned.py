"""Disagreements that were found stay settled."""

from __future__ import annotations

import pytest

from tests.agreement.cases import asked, found_wrong
from tests.agreement.pinned import PINNED, SEEDS
from tests.agreement.truth import Truth
from tests.systems import Form, random_system


def agree(truth: Truth) -> None:
    for name in asked(0):
        assert found_wrong(name, truth, 0) is None, name


@pytest.mark.parametrize("name", PINNED)
def test_pinned_systems(name: str) -> None:
    """The answers are the pinned ones, whoever is asked."""
    truth = Truth(PINNED[name].build())
    found = {prop.name: truth.outcome(prop) for prop in truth.system.properties}
    assert found == PINNED[name].outcomes
    agree(truth)


@pytest.mark.parametrize(("form", "seed", "size"), SEEDS)
def test_pinned_seeds(form: Form, seed: int, size: int) -> None:
    """Every engine, not only the one that was wrong."""
    agree(Truth(random_system(seed, size, form=form), limit=1000))
