"""Bounded model checking against naive exploration by the interpreter, on random systems."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings

from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.smt.normal import interchangeable
from checker.verdict import Verdict
from model.ir.interpret import holds
from model.ir.system import Property, System
from model.ir.types import ModelError
from tests.checker.smt.naive import (
    count_runs,
    everywhere,
    faulty,
    lassos,
    level,
    shortest,
    violates,
)
from tests.systems import random_system, systems

DEPTH = 4
#: A trace may have more steps than were asked for: several lie in one layer.
FAR = 3 * DEPTH

#: Brute force looks at every run; systems with more of them are left out.
MOST_RUNS = 3000
MOST_STATES = 2000


def compare(system: System) -> tuple[Verdict, ...]:
    """The engine's verdicts, after they were found to be right."""
    verdicts = BoundedModelChecker().check(system, system.properties, Budget(depth=DEPTH))
    nearest = shortest(system, FAR)
    for prop, verdict in zip(system.properties, verdicts, strict=True):
        if prop.is_safety:
            _compare_safety(prop, verdict, system, nearest.get(prop))
        else:
            _compare_liveness(prop, verdict, system)
        if verdict.trace is None and verdict.outcome in ("proved", "violated"):
            for limit in system.bounds:
                assert everywhere(system, ~limit.reached, MOST_STATES)
            if verdict.reason.startswith("inductive"):
                assert everywhere(system, prop.p, MOST_STATES)
            else:
                # All runs end: a layer may hold several steps, so perhaps not before `DEPTH` steps.
                assert count_runs(system, FAR, MOST_RUNS) == 0
    return verdicts


def _compare_safety(prop: Property, verdict: Verdict, system: System, distance: int | None) -> None:
    trace = verdict.trace
    if trace is None:
        assert distance is None or distance > DEPTH
    else:
        assert len(trace.steps) == distance
        assert holds(system, prop.p, trace.states[-1]) == (prop.kind == "reachable")
        assert verdict.outcome == ("proved" if prop.kind == "reachable" else "violated")


def _compare_liveness(prop: Property, verdict: Verdict, system: System) -> None:
    trace = verdict.trace
    distance = next((k for k in range(DEPTH + 1) if lassos(system, prop, k)), None)
    length = None if trace is None else len(trace.steps)
    assert length == distance or (distance is None and length > DEPTH)
    if trace is not None:
        assert verdict.outcome == "violated"
        assert trace.loop is not None
        assert violates(system, prop, list(trace.states), list(trace.steps), trace.loop)


@given(systems(2))
@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
def test_verdicts_are_those_of_naive_exploration(system: System) -> None:
    """Same violations at the same shortest lengths, and the same mistakes of the model."""
    if faulty(system, DEPTH):
        try:
            verdicts = BoundedModelChecker().check(system, system.properties, Budget(depth=DEPTH))
        except ModelError:
            return
        # Only if every question was answered before the mistake was near.
        assert all(verdict.trace for verdict in verdicts)
        return
    assume(count_runs(system, DEPTH, MOST_RUNS) < MOST_RUNS)
    compare(system)


def _foldable(seed: int) -> System | None:
    """A random system with interchangeable elements and a fair number of runs."""
    system = level(random_system(seed, 1 + seed % 3))
    sorts = [sort for sort in system.sorts if sort.symmetric and sort.size > 1]
    if not any(interchangeable(system, sort, 0, 1) for sort in sorts) or faulty(system, DEPTH):
        return None
    return system if 10 < count_runs(system, DEPTH, MOST_RUNS) < MOST_RUNS else None


def test_normal_forms_lose_nothing() -> None:
    """Where elements may be renamed, the runs that are left out were not needed."""
    found = filter(None, map(_foldable, range(2000, 9999)))
    for _, system in zip(range(10), found, strict=False):
        compare(system)
