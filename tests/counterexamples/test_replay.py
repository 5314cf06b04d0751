"""A trace is shown only if the interpreter agrees that it decides the property."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterexamples.replay import confirm
from model.ir.builder import Builder
from model.ir.interpret import Step, steps
from model.ir.system import Fairness, Property, PropertyKind, System, assign
from model.ir.trace import Rejected, Trace
from model.ir.types import IntType


def _ring(fairness: Fairness = "none") -> System:
    """A counter that goes round 0, 1, 2; at 0 another action may end it at 3."""
    b = Builder("ring")
    at = b.function("at", (), IntType(0, 3), 0)
    for value in range(3):
        next_value = (value + 1) % 3
        b.action(f"to {next_value}", "ring", (), at() == value, (assign(at(), next_value),))
    b.action("leave", "user", (), at() == 0, (assign(at(), 3),))
    system = b.build()
    *ring, leave = system.actions
    return replace(system, actions=(*ring, replace(leave, fairness=fairness)))


def _run(system: System, *names: str, loop: int | None = None) -> Trace:
    """The run that takes the named actions."""
    states, taken = [system.initial[0]], []
    for name in names:
        step, after = next(s for s in steps(system, states[-1]) if s[0].action.name == name)
        taken.append(step)
        states.append(after)
    return Trace(tuple(states), tuple(taken), loop)


def _property(system: System, kind: PropertyKind, p: int, q: int = 3) -> Property:
    at = system.functions[0]
    return Property("property", kind, at() == p, at() == q)


@pytest.mark.parametrize(
    ("kind", "p", "names", "loop"),
    [
        ("always", 0, ["to 1"], None),
        ("reachable", 2, ["to 1", "to 2"], None),
        ("eventually", 3, ["to 1", "to 2", "to 0"], 0),
        ("leads to", 1, ["to 1", "to 2", "to 0"], 0),
        ("always eventually", 3, ["to 1", "to 2", "to 0"], 0),
        ("always eventually", 0, ["leave"], 1),
        ("eventually always", 0, ["to 1", "to 2", "to 0"], 0),
    ],
)
def test_deciding_traces_are_confirmed(
    kind: PropertyKind, p: int, names: list[str], loop: int | None
) -> None:
    """Each kind of property is decided by its kind of trace."""
    system = _ring()
    trace = _run(system, *names, loop=loop)
    assert confirm(system, _property(system, kind, p), trace) == trace


@pytest.mark.parametrize(
    ("kind", "p", "names", "loop"),
    [
        ("always", 1, ["to 1"], None),
        ("reachable", 3, ["to 1", "to 2"], None),
        ("eventually", 2, ["to 1", "to 2", "to 0"], 0),
        ("eventually", 3, ["to 1"], None),
        ("leads to", 3, ["to 1", "to 2", "to 0"], 0),
        ("always eventually", 1, ["to 1", "to 2", "to 0"], 0),
        ("eventually always", 3, ["leave"], 1),
    ],
)
def test_traces_that_decide_nothing_are_rejected(
    kind: PropertyKind, p: int, names: list[str], loop: int | None
) -> None:
    """A run that satisfies the property is no counterexample, however well it replays."""
    system = _ring()
    with pytest.raises(Rejected):
        confirm(system, _property(system, kind, p), _run(system, *names, loop=loop))


def test_leads_to_counts_the_answer_of_the_same_state() -> None:
    """A state that satisfies p and q answers itself."""
    system = _ring()
    trace = _run(system, "leave", loop=1)
    with pytest.raises(Rejected):
        confirm(system, _property(system, "leads to", 0, 3), trace)
    confirm(system, _property(system, "leads to", 3, 0), trace)


@pytest.mark.parametrize("fairness", ["weak", "strong"])
def test_loops_have_to_be_fair(fairness: Fairness) -> None:
    """Weak fairness forgives an action that is disabled somewhere in the loop, strong does not."""
    system = _ring(fairness)
    prop = _property(system, "eventually", 3)
    trace = _run(system, "to 1", "to 2", "to 0", loop=0)
    if fairness == "weak":
        assert confirm(system, prop, trace)
    else:
        with pytest.raises(Rejected, match="unfair"):
            confirm(system, prop, trace)
    with pytest.raises(Rejected, match="unfair"):
        confirm(system, prop, Trace(system.initial, (), 0))


def test_loops_have_to_close_and_steps_to_be_enabled() -> None:
    """What the interpreter does not allow is rejected, with the step that fails."""
    system = _ring()
    prop = _property(system, "eventually", 3)
    with pytest.raises(Rejected, match="close"):
        confirm(system, prop, _run(system, "to 1", loop=0))
    wrong = Trace(system.initial * 2, (Step(system.actions[1], ()),))
    with pytest.raises(Rejected, match="not enabled") as caught:
        confirm(system, prop, wrong)
    assert caught.value.index == 0
