"""Engines agree on whole cluster models, not only on small random systems.

How the bounded model checker agrees with the explorer on the shipped specs is in
`tests/test_specs.py`, and that random walks find what it finds in `tests/checker/swarm`.
"""

from __future__ import annotations

import pytest

from checker.engines import engine
from checker.engines.explicit import Explicit
from checker.verdict import Verdict
from tests.effort import busy
from tests.model.test_walks import COUNTS
from tests.model.worlds import World
from tests.shipped import COMPARED, checked, scenario


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_explorer_and_interpreter_count_the_same_states(name: str) -> None:
    """On whole cluster models the explorer visits as many states, told apart by name, as
    tests/model pins for the interpreter; up to symmetry no more, with the same answers."""
    build, states, _ = COUNTS[name]
    system = World(build()).instance.system
    named = Explicit(symmetric=False).check(system, system.properties, busy(120))
    quotient = Explicit().check(system, system.properties, busy(120))
    assert {verdict.states for verdict in named} == {states}
    for one, other in zip(named, quotient, strict=True):
        assert one.outcome == other.outcome
        assert other.states is not None
        assert other.states <= states


@pytest.mark.parametrize("spec", COMPARED)
def test_auto_says_what_the_explorer_says(spec: str) -> None:
    """On every shipped spec and broken twin but the largest: the same answers, as short traces."""
    for instance in checked(scenario(spec)):
        system = instance.system
        wanted = instance.scenario.properties
        props = [p for p in system.properties if wanted is None or p.name in wanted]
        alone = Explicit().check(system, props, busy(120))
        told: list[Verdict] = []
        together = engine("auto").check(system, props, busy(120, answer=told.append))
        for one, other in zip(alone, together, strict=True):
            assert one.outcome == other.outcome, (one, other)
            lengths = [None if v.trace is None else len(v.trace.steps) for v in (one, other)]
            assert lengths[0] == lengths[1], (one, other)
        final = {verdict.property: verdict.outcome for verdict in together}
        assert all(final[verdict.property] == verdict.outcome for verdict in told)
