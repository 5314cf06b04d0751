"""What a run does not need is left out, what belongs together stands together, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engines import engine
from counterexamples import minimise as minimising
from counterexamples.minimise import minimise
from counterexamples.replay import confirm
from model.ir.builder import Builder
from model.ir.expr import constant, variable
from model.ir.interpret import Step, steps
from model.ir.quantifier import count, forall
from model.ir.system import Property, System, assign
from model.ir.trace import Rejected, Trace
from model.ir.types import EnumType, IntType, Sort
from tests.effort import busy
from tests.shipped import checked, scenario

PHASE = EnumType("Phase", ("Absent", "Pending", "Running"))


def _pods(number: int = 3, symmetric: bool = False) -> System:
    """Pods are created, started and deleted at any time; a node flips for no reason."""
    b = Builder("pods")
    pods = Sort("Pod", tuple(f"pod-{index}" for index in range(number)), symmetric)
    phase = b.function("phase", (pods,), PHASE, 0)
    node = b.function("node", (), EnumType("Node", ("up", "down")), 0)
    up, down = (constant(node.type, name) for name in ("up", "down"))
    pod = variable("pod", pods)
    absent, pending, running = (constant(PHASE, name) for name in PHASE.values)
    for name, before, after in (
        ("create", absent, pending),
        ("start", pending, running),
        ("delete", running, absent),
    ):
        b.action(name, "kubelet", (pod,), phase[pod] == before, (assign(phase[pod], after),))
    b.action("crash", "faults", (), node() == up, (assign(node(), down),))
    b.action("recover", "faults", (), node() == down, (assign(node(), up),))
    b.properties += [
        Property("never-two", "always", count(pods, lambda p: phase[p] == running) < 2),
        Property("all-run", "eventually always", forall(pods, lambda p: phase[p] == running)),
    ]
    return b.build()


def _run(system: System, taken: Sequence[tuple[str, int | None]], loop: int | None) -> Trace:
    """The run that takes actions, each with an element or none."""
    states, done = [system.initial[0]], []
    for name, element in taken:
        arguments = () if element is None else (element,)
        step, after = next(
            (step, after)
            for step, after in steps(system, states[-1])
            if step.action.name == name and step.arguments == arguments
        )
        states.append(after)
        done.append(step)
    return Trace(tuple(states), tuple(done), loop)


def _words(taken: Sequence[Step]) -> list[str]:
    return [" ".join((step.action.name, *map(str, step.arguments))) for step in taken]


def test_what_is_not_needed_goes_and_objects_stand_together() -> None:
    """Faults, detours and other objects go; the steps of each object that stays are neighbours."""
    system = _pods()
    names = [
        ("create", 0),
        ("crash", None),
        ("create", 2),
        ("create", 1),
        ("start", 2),
        ("delete", 2),
        ("start", 0),
        ("recover", None),
        ("start", 1),
    ]
    trace = _run(system, names, None)
    found = minimise(system, system.property("never-two"), trace)
    assert _words(found.steps) == ["create 0", "start 0", "create 1", "start 1"]


def test_a_run_ends_where_the_property_is_decided() -> None:
    """What happens after the violation is no part of it, also where another order has it sooner."""
    system = _pods()
    names = [("create", 0), ("start", 0), ("create", 1), ("start", 1), ("create", 2), ("start", 2)]
    found = minimise(system, system.property("never-two"), _run(system, names, None))
    assert _words(found.steps) == ["create 0", "start 0", "create 1", "start 1"]


def test_loops_stay_as_they_are() -> None:
    """Of a run that goes round for ever only what leads there becomes shorter."""
    system = _pods(2)
    names = [("crash", None), ("recover", None), ("create", 0), ("start", 0), ("delete", 0)]
    names += [("create", 0)]
    trace = _run(system, names, 3)
    found = minimise(system, system.property("all-run"), trace)
    assert _words(found.steps) == ["create 0", "start 0", "delete 0", "create 0"]
    assert found.loop == 1


def test_what_a_loop_is_about_has_no_stand_in() -> None:
    """The loop stays as it is, so its objects are spoken of in any case; nothing is tried for
    ever."""
    system = _pods(2, symmetric=True)
    names = [("create", 0), ("create", 1), ("start", 1), ("delete", 1)]
    trace = _run(system, names, 1)
    found = minimise(system, system.property("all-run"), trace)
    assert _words(found.steps) == ["create 0", "create 1", "start 1", "delete 1"]
    assert found.loop == 1


def test_one_object_stands_in_for_another() -> None:
    """Of two pods that come and go for nothing in a run that rests, one will do."""
    b = Builder("jobs")
    pods = Sort("Pod", ("a", "b", "c"), True)
    done = b.function("done", (), IntType(0, 2), 0)
    pod = variable("pod", pods)
    b.action("work", "kubelet", (pod,), done() < 2, (assign(done(), done() + 1),))
    b.properties.append(Property("unfinished", "always", done() < 2))
    system = b.build()
    trace = _run(system, [("work", 1), ("work", 2)], None)
    found = minimise(system, system.property("unfinished"), trace)
    assert _words(found.steps) == ["work 1", "work 1"]


def test_a_run_that_decides_nothing_is_rejected() -> None:
    """A bug of an engine is not made smaller."""
    system = _pods()
    with pytest.raises(Rejected):
        minimise(system, system.property("never-two"), _run(system, [("create", 0)], None))


def test_the_interpreter_takes_no_more_steps_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the count is spent, the best run so far is the answer."""
    system = _pods()
    names = [("crash", None), ("create", 0), ("start", 0), ("create", 1), ("start", 1)]
    trace = _run(system, names, None)
    monkeypatch.setattr(minimising, "MOST_TAKEN", 0)
    monkeypatch.setattr(minimising, "_LEAST_TAKEN", 0)
    assert minimise(system, system.property("never-two"), trace) == trace


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_any_run_gets_no_longer_and_still_decides(seed: int) -> None:
    """A random run that violates is made one that violates, has no step that could go, and is the
    same each time."""
    system, chance = _pods(), Random(seed)
    prop = system.property("never-two")
    states, taken = [system.initial[0]], []
    running = 0
    while running < 2:
        step, after = chance.choice(list(steps(system, states[-1])))
        taken.append(step)
        states.append(after)
        running = sum(value == 2 for value in after[:3])
    trace = Trace(tuple(states), tuple(taken))
    found = minimise(system, prop, trace)
    assert confirm(system, prop, found) == found
    assert len(found.steps) == 4
    assert minimise(system, prop, trace) == found


@pytest.mark.parametrize(
    ("twin", "which"),
    [
        ("etcd-lost-disk", "explicit"),
        ("etcd-lost-disk", "swarm"),
        ("conflicts-ignored", "explicit"),
        ("node-selector", "explicit"),
    ],
)
def test_twins_get_no_longer(twin: str, which: str) -> None:
    """On shipped twins the shortest run of the explorer keeps its length, a random one loses
    nothing that it needs."""
    for instance in checked(scenario(f"specs/broken/{twin}.yaml")):
        system = instance.system
        for verdict in engine(which).check(system, system.properties, busy(60)):
            if verdict.outcome != "violated" or verdict.trace is None:
                continue
            prop = system.property(verdict.property)
            found = minimise(system, prop, verdict.trace)
            assert confirm(system, prop, found) == found
            assert len(found.steps) <= len(verdict.trace.steps)
            if which == "explicit" and prop.is_safety:
                assert len(found.steps) == len(verdict.trace.steps)
