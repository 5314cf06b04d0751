"""Reductions around an engine: reduce, ask, lift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checker.budget import Budget
from checker.reduce import reduce
from checker.reduce.cone import groups
from checker.reduce.contract import Reduced, Unliftable
from checker.verdict import Extent, Verdict
from model.ir.system import Property, System
from model.ir.trace import Trace

if TYPE_CHECKING:
    from checker.engines.contract import Engine

#: How an engine answers some properties of a system.
Check = Callable[[System, Sequence[Property], Budget], tuple[Verdict, ...]]


def within(
    names: Sequence[str],
    check: Check,
    system: System,
    properties: Sequence[Property],
    budget: Budget,
) -> tuple[Verdict, ...]:
    """What `check` answers about the system after the named reductions, its traces lifted.

    `Verdict.reductions` says what was done. Where it makes runs longer and a depth was asked for,
    nothing is. A trace that cannot be lifted is looked for in the
    system itself; so is a shorter one of a violation, where the reduction may have lengthened it.
    """
    reduced = reduce(system, properties, names)
    if reduced is None or not (reduced.shortest or budget.depth is None):
        return check(system, properties, budget)
    return _Within(reduced, check, system, properties, budget).verdicts()


class _Within:
    def __init__(
        self,
        reduced: Reduced,
        check: Check,
        system: System,
        properties: Sequence[Property],
        budget: Budget,
    ) -> None:
        self._reduced, self._check = reduced, check
        self._system, self._budget = system, budget
        self._properties = {prop.name: prop for prop in properties}
        #: The trace that an answer came with, and the answer about the original system.
        self._lifted: dict[str, tuple[Trace | None, Verdict]] = {}

    def verdicts(self) -> tuple[Verdict, ...]:
        reduced = self._reduced
        properties = [reduced.system.property(name) for name in self._properties]
        budget = replace(self._budget, whole=self._budget, answer=self._answer)
        found = self._check(reduced.system, properties, budget)
        return tuple(self._lift(verdict) for verdict in found)

    def _answer(self, verdict: Verdict) -> None:
        self._budget.answer(self._lift(verdict))

    def _lift(self, verdict: Verdict) -> Verdict:
        """The verdict about the original system. A trace that was answered before stays, what
        else there is to say may have become more."""
        raw, known = self._lifted.get(verdict.property, (None, None))
        if known is None or raw is None or raw != verdict.trace:
            known = self._original(verdict)
            self._lifted[verdict.property] = verdict.trace, known
            return known
        if not known.reductions:
            return known
        says = known.reductions
        return replace(verdict, trace=known.trace, reductions=says, idle=self._idle(verdict.idle))

    def _original(self, verdict: Verdict) -> Verdict:
        says = (*self._reduced.says, *verdict.reductions)
        said = replace(verdict, reductions=says, idle=self._idle(verdict.idle))
        said = replace(said, extent=self._extent(verdict.extent))
        if verdict.trace is None:
            return said
        prop = self._properties[verdict.property]
        try:
            said = replace(said, trace=self._reduced.lift(verdict.trace))
        except Unliftable as reason:
            (full,) = self._check(self._system, [prop], self._quietly())
            if full.trace is None:
                told = f"violated in the reduced system, where {reason}; {full.reason}"
                return replace(full, outcome="unknown", reason=told.rstrip("; "))
            return full
        if self._reduced.shortest or not prop.is_safety or said.trace is None:
            return said
        return self._shortest(prop, said, len(said.trace.steps) - 1)

    def _idle(self, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The actions of which it is known that no covered run enables them."""
        if names is None:
            return None
        return tuple(name for name in names if name not in self._reduced.unsure)

    def _extent(self, extent: Extent | None) -> Extent | None:
        """How far a search reached: where runs get longer by a reduction, those of so many steps
        of the smaller system cover none of that many of the original."""
        if extent is None or extent.depth is None or self._reduced.shortest:
            return extent
        return replace(extent, depth=0)

    def _quietly(self) -> Budget:
        """The budget, for a search whose answer is not the last word."""
        return replace(self._budget, whole=self._budget, answer=lambda _: None)

    def _shortest(self, prop: Property, said: Verdict, depth: int) -> Verdict:
        """The shortest trace, if the budget is enough to find it in the whole system."""
        if depth < 0:
            return said
        (full,) = self._check(self._system, [prop], replace(self._quietly(), depth=depth))
        return said if full.trace is None else replace(said, trace=full.trace)


class Reducing:
    """An engine that is asked about the smaller systems."""

    def __init__(self, engine: Engine, names: Sequence[str], *, by_cone: bool = False) -> None:
        """`names` are those of `REDUCTIONS` to apply, in this order. `by_cone` asks for
        properties with much smaller cones than all together on their own: for engines that
        gain more by that than another search costs."""
        self.name = engine.name
        self._engine, self._names, self._by_cone = engine, tuple(names), by_cone

    def refuses(self, system: System, prop: Property) -> str | None:
        return self._engine.refuses(system, prop)

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        parts = groups(system, properties) if self._by_cone else [list(properties)]
        found: dict[str, Verdict] = {}
        for index, part in enumerate(parts):
            left, share = budget.remaining(), len(parts) - index
            own = budget if share == 1 or left is None else budget.part(left / share)
            for verdict in within(self._names, self._engine.check, system, part, own):
                found[verdict.property] = verdict
        return tuple(found[prop.name] for prop in properties)
