"""Runs of a scenario with fewer faults are runs of the scenario itself."""

from __future__ import annotations

from dataclasses import replace

from checker.engines import engine
from counterexamples.replay import confirm
from counterexamples.transfer import transferred
from model.cluster import workload
from model.ir.trace import Trace
from model.scenario import Faults
from tests.effort import busy
from tests.shipped import scenario

NAME = "rollout-completes"


def _run(system: object) -> Trace:
    (verdict,) = engine("explicit").check(
        system,  # type: ignore[arg-type]
        [system.property(NAME)],  # type: ignore[attr-defined]
        busy(60),
    )
    assert verdict.trace is not None
    return verdict.trace


def test_a_run_without_crashes_is_one_where_nodes_may_crash() -> None:
    """Cells that the other system has besides keep their initial values; the loop closes there."""
    plain = scenario("specs/broken/no-room.yaml")
    crashing = replace(plain, faults=Faults(node_crashes=1))
    small, large = workload(plain).system, workload(crashing).system
    assert len(large.functions) > len(small.functions)
    trace = _run(small)
    found = transferred(trace, large, large.property(NAME))
    assert found is not None
    assert [str(step) for step in found.steps] == [str(step) for step in trace.steps]
    assert confirm(large, large.property(NAME), found) == found


def test_what_the_other_system_does_not_have_is_no_run_of_it() -> None:
    """An action that is missing, an element that is missing, a property that is not decided."""
    plain = scenario("specs/broken/no-room.yaml")
    system = workload(plain).system
    trace = _run(system)
    apply = workload(replace(plain, change=replace(plain.change, kind="apply"))).system
    assert transferred(trace, apply, apply.property("replicas-converge")) is None
    renamed = replace(plain, workload=replace(plain.workload, name="other"))
    other = workload(renamed).system
    assert transferred(trace, other, other.property(NAME)) is None
    assert transferred(trace, system, system.property("surge-bounded")) is None
