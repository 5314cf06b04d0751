"""What becomes of a violation by all together of what is meant of each.

A formula of a system that speaks of no element in particular can say that again and again nobody
waits. Where those who wait come and go for ever, a run may violate that although each has its turn
(`Property.each`). So a run is looked at once more: only one in which somebody waits for ever is a
violation. Another one leaves open whether there is such a run.
"""

from __future__ import annotations

from dataclasses import replace

from checker.verdict import Verdict
from model.ir.interpret import evaluate
from model.ir.system import Property, System
from model.ir.trace import Trace
from model.ir.types import ElementType

REASON = (
    "violated by all together, while each has its turn again and again; "
    "whether one may wait for ever is not known"
)


def starves(system: System, prop: Property, trace: Trace) -> bool:
    """Whether a run that violates a property violates what is meant of each element."""
    if prop.each is None:
        return True
    variable, satisfied = prop.each
    assert isinstance(variable.type, ElementType)
    # Without steps the run stays in its last state.
    states = trace.states[trace.loop : -1] or trace.states[-1:]
    return any(
        not any(
            evaluate(system, satisfied, state, {str(variable.payload): element}) for state in states
        )
        for element in range(variable.type.sort.size)
    )


def of_each(verdict: Verdict, system: System) -> Verdict:
    """The verdict, but for a violation that violates what is meant of nobody."""
    if verdict.outcome != "violated" or verdict.trace is None or verdict.conflict:
        return verdict
    if starves(system, system.property(verdict.property), verdict.trace):
        return verdict
    return replace(verdict, outcome="unknown", reason=REASON, extent=None, trace=None)
