"""What a reduction has to keep: verdicts, and traces that can be followed in the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.reduce.contract import Reduced, Reduction, Unliftable
from model.ir.fairness import unfair
from model.ir.interpret import holds, steps
from model.ir.system import Property, System
from model.ir.trace import Trace, replay

#: Systems with more states are left to other tests.
LARGEST = 1_000
#: The same for tests that walk through them one by one.
WALKED = 80


class TooLarge(Exception):
    """The system has too many states for this test."""


def agree(
    system: System, properties: Sequence[Property], reduction: Reduction, *, symmetric: bool = True
) -> Reduced | None:
    """Check the system with and without the reduction, and what it lifts. None if it does not
    apply. Raises TooLarge."""
    reduced = reduction(system, properties)
    if reduced is None:
        return None
    engine = Explicit(symmetric=symmetric)
    # What a bound blocks is a convention of the model, which random systems do not follow.
    kept = {bound.name for bound in reduced.system.bounds}
    system = replace(system, bounds=tuple(b for b in system.bounds if b.name in kept))
    budget = Budget(seconds=20)
    full = engine.check(system, properties, budget)
    if budget.exhausted() or any((verdict.states or 0) > LARGEST for verdict in full):
        raise TooLarge
    small = engine.check(reduced.system, reduced.system.properties, Budget())
    for prop, one, other in zip(properties, full, small, strict=True):
        assert other.property == prop.name
        assert other.outcome == one.outcome, (system.name, prop.name, one, other)
        if one.trace is None or other.trace is None:
            assert one.trace is other.trace
            continue
        try:
            lifted = reduced.lift(other.trace)
        except Unliftable:
            assert other.trace.loop is not None, "only a loop may fail to close"
            continue
        shows(system, prop, lifted)
        if prop.is_safety and reduced.shortest:
            assert len(lifted.steps) == len(one.trace.steps)
    return reduced


def shows(system: System, prop: Property, trace: Trace) -> None:
    """The interpreter accepts the trace, and it shows what a violation (of `reachable`: what a
    witness) of the property has to show."""
    assert replay(system, trace.steps, trace.states[0], trace.loop) == trace
    p = [holds(system, prop.p, s) for s in trace.states]
    q = [holds(system, prop.q, s) for s in trace.states]
    if prop.is_safety:
        assert trace.loop is None
        assert p[-1] == (prop.kind == "reachable")
        return
    assert trace.loop is not None
    loop = trace.loop
    assert unfair(system, trace) is None
    match prop.kind:
        case "eventually":
            assert not any(p)
        case "leads to":
            assert any(p[i] and not any(q[i:]) for i in range(len(p)))
        case "always eventually":
            assert not any(p[loop:])
        case "eventually always":
            assert not all(p[loop:])


def reachable(system: System) -> set[tuple[int, ...]]:
    """Every reachable state, by the interpreter. Raises TooLarge."""
    found = set(system.initial)
    todo = list(found)
    while todo:
        for _, after in steps(system, todo.pop()):
            if after not in found:
                if len(found) >= WALKED:
                    raise TooLarge
                found.add(after)
                todo.append(after)
    return found
