"""Which steps bring which about: chains, rests, loops, and that nothing that is needed is idle."""

from __future__ import annotations

import pytest

from checker.engines import engine
from counterexamples.causes import causes
from counterexamples.loops import undone
from counterexamples.minimise import minimise
from model.ir.builder import Builder
from model.ir.expr import constant, variable
from model.ir.interpret import steps
from model.ir.quantifier import exists
from model.ir.system import Property, System, assign
from model.ir.trace import Trace
from model.ir.types import EnumType, IntType, Sort
from tests.effort import busy
from tests.shipped import BROKEN, COMPARED, checked, scenario

PHASE = EnumType("Phase", ("Absent", "Pending", "Running"))
ABSENT, PENDING, RUNNING = (constant(PHASE, name) for name in PHASE.values)


def _pods() -> System:
    """Pods start once they were created; a clock ticks; a pod that runs may be evicted for ever."""
    b = Builder("pods")
    pods = Sort("Pod", ("a", "b"))
    phase = b.function("phase", (pods,), PHASE, 0, "Pod/{0}.phase")
    clock = b.function("clock", (), IntType(0, 3), 0, "clock.time")
    pod = variable("pod", pods)
    for name, before, after, actor in (
        ("create", ABSENT, PENDING, "controller"),
        ("start", PENDING, RUNNING, "kubelet"),
        ("evict", RUNNING, ABSENT, "descheduler"),
    ):
        change = (assign(phase[pod], after),)
        b.action(name, actor, (pod,), phase[pod] == before, change, fairness="weak")
    b.action("tick", "clock", (), clock() < 3, (assign(clock(), clock() + 1),))
    running = exists(pods, lambda p: phase[p] == RUNNING)
    b.properties += [
        Property("none-runs", "always", ~running),
        Property("one-stays", "eventually always", running),
    ]
    return b.build()


def _run(system: System, names: list[str], loop: int | None = None) -> Trace:
    """The run of steps such as "create a"."""
    states, taken = [system.initial[0]], []
    for name in names:
        action, _, pod = name.partition(" ")
        step, after = next(
            (step, after)
            for step, after in steps(system, states[-1])
            if step.action.name == action and (not pod or step.arguments == ("ab".index(pod),))
        )
        states.append(after)
        taken.append(step)
    return Trace(tuple(states), tuple(taken), loop)


def test_a_chain_and_what_has_no_part_in_it() -> None:
    """The end needs the start of a pod, that its creation; the clock and the other pod are idle."""
    system = _pods()
    trace = _run(system, ["create b", "tick", "create a", "start a"])
    found = causes(system, system.property("none-runs"), trace)
    assert found is not None
    assert found.steps == ((), (), (), (3,))
    assert found.end == (4,)
    assert found.idle == (1, 2)


def test_the_last_writer_is_the_cause() -> None:
    """A value that was written twice is due to the second write."""
    system = _pods()
    trace = _run(system, ["create a", "start a", "evict a", "create a", "start a"])
    found = causes(system, system.property("none-runs"), trace)
    assert found is not None
    assert found.steps[4] == (4,)
    assert found.steps[3] == (3,)
    assert found.end == (5,)


def test_long_runs_are_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with the square of the steps."""
    monkeypatch.setattr("counterexamples.causes.MOST", 1)
    system = _pods()
    trace = _run(system, ["create a", "start a"])
    assert causes(system, system.property("none-runs"), trace) is None


def test_who_undoes_whose_work() -> None:
    """In a loop each value that is taken back names the two steps; outside of loops nobody does."""
    system = _pods()
    trace = _run(system, ["create a", "start a", "evict a", "create a"], loop=1)
    (found,) = undone(system, trace)
    # At the start there was no pod: the creation brings it about, the next eviction takes it away.
    assert (found.did, found.undid, found.labels) == (4, 3, ("Pod/a.phase",))
    two = _run(system, ["create a", "start a", "tick", "evict a", "create a", "start a"], loop=3)
    assert two.states[two.loop or 0] == two.states[-1]
    (found,) = undone(system, two)
    assert (found.did, found.undid) == (5, 4)
    assert undone(system, Trace(trace.states, trace.steps, None)) == ()


@pytest.mark.parametrize("spec", [spec for spec in BROKEN if spec in COMPARED])
def test_no_step_of_a_shortest_run_is_idle(spec: str) -> None:
    """The explorer's runs have no step too many, so the slice must hold all of them."""
    for instance in checked(scenario(spec)):
        system = instance.system
        wanted = instance.scenario.properties
        claims = [p for p in system.properties if wanted is None or p.name in wanted]
        for verdict in engine("explicit").check(system, claims, busy(120)):
            if verdict.outcome != "violated" or verdict.trace is None:
                continue
            prop = system.property(verdict.property)
            found = causes(system, prop, minimise(system, prop, verdict.trace))
            assert found is not None
            assert found.idle == (), (spec, prop.name)
