"""Bounded model checking: every run up to a number of steps, as one formula for Z3.

Answers every kind of property; shortest violations come first. Two things are proofs: that no
run of the system is longer than what was covered, and (for `always`) k-induction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.budget import Budget
from checker.verdict import Extent, Outcome, Verdict
from model.ir.expr import Expr, negate
from model.ir.interpret import holds
from model.ir.system import Bound, Property, System
from model.ir.trace import Trace

if TYPE_CHECKING:
    from checker.smt.induction import Induction

#: Steps that are covered if nothing else is asked for.
DEFAULT_DEPTH = 12


class BoundedModelChecker:
    """Covers every run up to `budget.depth` steps.

    If time or memory runs out before, what is left is `unknown`; the verdict's extent says how
    many steps were covered.
    """

    name = "bmc"

    def refuses(self, system: System, prop: Property) -> str | None:
        """It can try everything."""
        del system, prop
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return _Search(system, properties, budget).run()


class _Search:
    """One call of the engine."""

    def __init__(self, system: System, properties: Sequence[Property], budget: Budget) -> None:
        from checker.smt.lasso import Lassos
        from checker.smt.reach import Reach

        self.began = time.monotonic()
        self.system = system
        self.budget = budget
        self.properties = properties
        self.depth = DEFAULT_DEPTH if budget.depth is None else budget.depth
        self.stopped: str | None = None
        self.decided: dict[Property, Verdict] = {}
        self.vacuous = {prop for prop in properties if prop.witness is not None}
        self.limits: list[str] = []
        #: What a state answers: a property, that a property has its witness, a bound.
        self.goals: list[tuple[str, Property | Bound, Expr]] = []
        for prop in properties:
            if prop.is_safety:
                goal = negate(prop.p) if prop.kind == "always" else prop.p
                self.goals.append(("answer", prop, goal))
            if prop.witness is not None:
                self.goals.append(("witness", prop, prop.witness))
        self.goals += [("bound", bound, bound.reached) for bound in system.bounds]
        self.live = [prop for prop in properties if not prop.is_safety]
        self.reach = Reach(system, [goal for _, _, goal in self.goals], budget)
        self.lassos = Lassos(system, self.live, budget) if self.live else None
        self.invariants = [prop for prop in properties if prop.kind == "always"]
        self.induction: Induction | None = None
        #: Properties that induction proved.
        self.inductive: dict[Property, int] = {}

    def run(self) -> tuple[Verdict, ...]:
        """Deepen until all is answered, the depth is reached or the budget is used up."""
        from checker.smt.solver import Unanswered

        try:
            for depth in range(self.depth + 1):
                self.budget.progress(f"bmc: {depth} of {self.depth} steps")
                self._states()
                if self.reach.exhausted:
                    break
                self._cycles()
                self._induction()
                if all(prop in self.decided or self._proved(prop) for prop in self.properties):
                    break
        except Unanswered as unanswered:
            self.stopped = str(unanswered)
        return tuple(self.decided.get(prop) or self._remaining(prop) for prop in self.properties)

    def _states(self) -> None:
        for index, trace in self.reach.deepen().items():
            job, subject, goal = self.goals[index]
            assert holds(self.system, goal, trace.states[-1]), "Z3 and the interpreter disagree"
            if isinstance(subject, Bound):
                self.limits.append(subject.text)
            elif job == "witness":
                self.vacuous.discard(subject)
            else:
                outcome: Outcome = "violated" if subject.kind == "always" else "proved"
                self.decided[subject] = self._verdict(subject, outcome, trace=trace)

    def _cycles(self) -> None:
        if self.lassos is not None:
            for index, trace in self.lassos.deepen().items():
                prop = self.live[index]
                self.decided[prop] = self._verdict(prop, "violated", trace=trace)

    def _induction(self) -> None:
        """Try to prove what holds so far, together with that no bound is ever reached."""
        from checker.smt.induction import Induction

        claims = [prop.p for prop in self.invariants]
        claims += [negate(bound.reached) for bound in self.system.bounds]
        wanted = {
            index
            for index, prop in enumerate(self.invariants)
            if prop not in self.decided and prop not in self.inductive
        }
        if not wanted or self.limits:
            return
        if self.induction is None:
            self.induction = Induction(self.system, claims, self.budget)
        bounds = set(range(len(self.invariants), len(claims)))
        alive = {i for i, prop in enumerate(self.invariants) if prop not in self.decided}
        proved = self.induction.deepen(alive | bounds)
        if bounds <= proved:
            for index in sorted(proved & wanted):
                self.inductive[self.invariants[index]] = self.induction.steps

    def _proved(self, prop: Property) -> bool:
        """Induction proved it, and it is known to say something."""
        return prop in self.inductive and prop not in self.vacuous

    def _remaining(self, prop: Property) -> Verdict:
        """The verdict on a property that nothing decided."""
        searched = self.reach if self.lassos is None or prop.is_safety else self.lassos
        covered = searched.covered
        limits = tuple(self.limits)
        idle = tuple(a.name for a in self.system.actions if a.name in self.reach.idle)
        if self._proved(prop):
            reason = f"inductive over {self.inductive[prop]} steps"
            return self._verdict(prop, "proved", extent=Extent(), reason=reason)
        if self.reach.exhausted:
            extent: Extent | None = Extent(None, limits)
            if prop.kind == "reachable":
                if limits:
                    reason = "not reached, but a bound of the model is"
                    return self._verdict(prop, "unknown", extent=extent, reason=reason)
                return self._verdict(prop, "violated", extent=extent, idle=idle)
            outcome: Outcome = "holds" if limits or prop in self.vacuous else "proved"
            reason = self._vacuity(prop, "never reached")
            return self._verdict(prop, outcome, extent=extent, reason=reason, idle=idle)
        extent = Extent(covered, limits) if covered >= 0 else None
        within = f"within {covered} steps"
        if self.stopped is not None:
            reason = self.stopped
            if extent is not None:
                reason += f"; {'not reached' if prop.kind == 'reachable' else 'holds'} {within}"
            return self._verdict(prop, "unknown", extent=extent, reason=reason)
        if prop.kind == "reachable":
            return self._verdict(prop, "unknown", extent=extent, reason=f"not reached {within}")
        reason = self._vacuity(prop, f"not reached {within}")
        return self._verdict(prop, "holds", extent=extent, reason=reason, idle=idle)

    def _vacuity(self, prop: Property, how: str) -> str:
        return f"what it speaks of is {how}" if prop in self.vacuous else ""

    def _verdict(
        self,
        prop: Property,
        outcome: Outcome,
        *,
        trace: Trace | None = None,
        extent: Extent | None = None,
        reason: str = "",
        idle: tuple[str, ...] = (),
    ) -> Verdict:
        seconds = time.monotonic() - self.began
        return Verdict(
            prop.name,
            outcome,
            BoundedModelChecker.name,
            seconds,
            extent=extent,
            trace=trace,
            reason=reason,
            idle=idle,
        )
