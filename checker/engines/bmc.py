"""Bounded model checking: every run up to a number of steps, as clauses for a SAT core.

Answers every kind of property; shortest violations come first. Two things are proofs: that no
run of the system is longer than what was covered, and (for `always`) k-induction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checker.budget import Budget
from checker.verdict import Extent, Outcome, Verdict, unexercised
from model.ir.expr import Expr, negate
from model.ir.interpret import holds
from model.ir.system import Bound, Property, System
from model.ir.trace import Trace

if TYPE_CHECKING:
    from checker.smt.induction import Induction
    from checker.smt.lasso import Lassos
    from checker.smt.reach import Reach

#: Steps that are covered if nothing else is asked for.
DEFAULT_DEPTH = 12


class BoundedModelChecker:
    """Covers every run up to `budget.depth` steps.

    If time or memory runs out before, what is left is `unknown`; the verdict's extent says how
    many steps were covered.
    """

    name = "bmc"

    def __init__(self, core: str | None = None) -> None:
        """`core` is a name of `checker.smt.sat.CORES`; None takes the fastest there is."""
        self.core = core

    def refuses(self, system: System, prop: Property) -> str | None:
        """It can try everything."""
        del system, prop
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return _Search(system, properties, budget, self.core).run()


class _Search:
    """One call of the engine."""

    def __init__(
        self, system: System, properties: Sequence[Property], budget: Budget, core: str | None
    ) -> None:
        self.core = core
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
        self.invariants = [prop for prop in properties if prop.kind == "always"]
        self.reach: Reach | None = None
        self.lassos: Lassos | None = None
        #: No lasso has more layers than were covered.
        self.ended = False
        #: Properties that induction proved.
        self.inductive: dict[Property, int] = {}

    def run(self) -> tuple[Verdict, ...]:
        """Deepen until all is answered, the depth is reached or the budget is used up."""
        from checker.smt.solver import Unanswered

        try:
            self._search(*self._searches())
        except Unanswered as unanswered:
            self.stopped = str(unanswered)
            self._leave()
        return tuple(self.decided.get(prop) or self._remaining(prop) for prop in self.properties)

    def _search(self, reach: Reach, lassos: Lassos | None, induction: Induction) -> None:
        for depth in range(self.depth + 1):
            self.budget.progress(f"bmc: {depth} of {self.depth} steps")
            self._states(reach.deepen())
            if reach.exhausted:
                break
            if lassos is not None:
                self._cycles(lassos.deepen())
            self._induct(induction)
            if all(prop in self.decided for prop in self.properties):
                break
        while reach.open:
            self._states(reach.shorten())
        if lassos is not None:
            # What a property sees may make its runs longer, in layers.
            while reach.exhausted and not lassos.ended:
                self._cycles(lassos.deepen())
            self.ended = reach.exhausted
            while lassos.open:
                self._cycles(lassos.shorten())

    def _leave(self) -> None:
        """Make do with traces that time was too short to shorten."""
        for search, report in ((self.reach, self._states), (self.lassos, self._cycles)):
            if search is not None:
                search.doubtful.update(search.open)
                report(search.open)

    def _searches(self) -> tuple[Reach, Lassos | None, Induction]:
        """The searches, over one reading of the system."""
        from checker.smt.induction import Induction
        from checker.smt.lasso import Lassos
        from checker.smt.reach import Reach
        from checker.smt.step import Transition

        self.budget.progress("bmc: encoding")
        transition = Transition(self.system, self.budget)
        claims = [prop.p for prop in self.invariants]
        claims += [negate(bound.reached) for bound in self.system.bounds]
        goals = [goal for _, _, goal in self.goals]
        answers = {i for i, (job, _, _) in enumerate(self.goals) if job == "answer"}
        self.reach = Reach(transition, goals, answers, self.core)
        if self.live:
            self.lassos = Lassos(transition, self.live, self.core)
        return self.reach, self.lassos, Induction(transition, claims, self.core)

    def _states(self, found: dict[int, Trace]) -> None:
        for index, trace in found.items():
            job, subject, goal = self.goals[index]
            assert holds(self.system, goal, trace.states[-1]), "not so in the interpreter"
            if isinstance(subject, Bound):
                self.limits.append(subject.text)
            elif job == "witness":
                self.vacuous.discard(subject)
            else:
                outcome: Outcome = "violated" if subject.kind == "always" else "proved"
                self._decide(
                    self._verdict(subject, outcome, trace=trace, reason=_doubt(self.reach, index)),
                    subject,
                )

    def _cycles(self, found: dict[int, Trace]) -> None:
        for index, trace in found.items():
            prop = self.live[index]
            self._decide(
                self._verdict(prop, "violated", trace=trace, reason=_doubt(self.lassos, index)),
                prop,
            )

    def _induct(self, induction: Induction) -> None:
        """Try to prove what holds so far, together with that no bound is ever reached."""
        alive = {i for i, prop in enumerate(self.invariants) if prop not in self.decided}
        wanted = {i for i in alive if self.invariants[i] not in self.inductive}
        if not wanted or self.limits:
            return
        first = len(self.invariants)
        bounds = set(range(first, first + len(self.system.bounds)))
        proved = induction.deepen(alive | bounds)
        if bounds <= proved:
            for index in sorted(proved & wanted):
                self.inductive[self.invariants[index]] = induction.steps
        for prop in self.inductive:
            if prop not in self.decided and self._proved(prop):
                self._decide(self._remaining(prop), prop)

    def _decide(self, verdict: Verdict, prop: Property) -> None:
        self.decided[prop] = verdict
        self.budget.answer(verdict)

    def _proved(self, prop: Property) -> bool:
        """Induction proved it, and it is known to say something."""
        return prop in self.inductive and prop not in self.vacuous

    def _remaining(self, prop: Property) -> Verdict:
        """The verdict on a property that nothing decided."""
        searched = self.reach if prop.is_safety else self.lassos
        covered = -1 if searched is None else searched.covered
        limits = tuple(self.limits)
        if self._proved(prop):
            reason = f"inductive over {self.inductive[prop]} steps"
            return self._verdict(prop, "proved", extent=Extent(), reason=reason)
        # The time may have been enough for all states, and not for all cycles.
        if self.reach is not None and self.reach.exhausted and (prop.is_safety or self.ended):
            extent: Extent | None = Extent(None, limits)
            if prop.kind == "reachable":
                if limits:
                    reason = "not reached, but a bound of the model is"
                    return self._verdict(prop, "unknown", extent=extent, reason=reason)
                return self._verdict(prop, "violated", extent=extent)
            outcome: Outcome = "holds" if limits else "proved"
            if prop in self.vacuous:
                outcome = "holds" if limits else "unknown"
            return self._covered(prop, outcome, extent, "never happens")
        extent = Extent(covered, limits) if covered >= 0 else None
        within = f"within {covered} steps"
        if self.stopped is not None:
            reason = self.stopped
            if extent is not None:
                reason += f"; {'not reached' if prop.kind == 'reachable' else 'holds'} {within}"
            return self._verdict(prop, "unknown", extent=extent, reason=reason)
        if prop.kind == "reachable":
            return self._verdict(prop, "unknown", extent=extent, reason=f"not reached {within}")
        return self._covered(prop, "holds", extent, f"does not happen {within}")

    def _covered(
        self, prop: Property, outcome: Outcome, extent: Extent | None, how: str
    ) -> Verdict:
        """Nothing violates the property; `how` says of its occasion that it does not arise."""
        vacuous = prop in self.vacuous
        reason = unexercised(prop, how) if vacuous else ""
        return replace(self._verdict(prop, outcome, extent=extent, reason=reason), vacuous=vacuous)

    def _verdict(
        self,
        prop: Property,
        outcome: Outcome,
        *,
        trace: Trace | None = None,
        extent: Extent | None = None,
        reason: str = "",
    ) -> Verdict:
        seconds = time.monotonic() - self.began
        idle: tuple[str, ...] | None = None
        # A proof by induction covers more than was looked at.
        if self.reach is not None and self.reach.covered >= 0 and prop not in self.inductive:
            never = self.reach.idle
            idle = tuple(repr(a) for a in self.system.actions if repr(a) in never)
        return Verdict(
            prop.name,
            outcome,
            BoundedModelChecker.name,
            seconds,
            extent=extent,
            trace=trace,
            reason=reason,
            idle=idle,
            reached=None if idle is None else tuple(self.limits),
        )


def _doubt(search: Reach | Lassos | None, index: int) -> str:
    doubtful = search is not None and index in search.doubtful
    return "a shorter trace may exist" if doubtful else ""
