"""Proofs for every size: an invariant of the system's counter form, found and checked by Z3.

A proof is about the system's family (`model.ir.family`): any number of pods, nodes, replicas. Where
a system has none, it is about the system alone. What is not proved is unknown: the invariant that
was looked for may be of another shape. A violation among the first states is reported as such.

Omits: liveness for every size, which needs a ranking function; induction over more than one step at
a time; families of faults that round percentages wrongly, which are looked at as they are.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from checker.budget import Budget
from checker.verdict import Extent, Verdict, unexercised
from model.ir.expr import Expr
from model.ir.system import Property, System

if TYPE_CHECKING:
    from checker.explicit.search import Exploration
    from checker.smt.certificate import Certificate, Part
    from checker.smt.inductive import Goal
    from model.ir.family import Family

#: States on which guesses of lemmas are tried.
SAMPLES = 3000


class Induction:
    """Proves `always` properties, each on its own."""

    name = "induction"

    def refuses(self, system: System, prop: Property) -> str | None:  # noqa: ARG002
        """Liveness and reachability have no inductive invariant."""
        return None if prop.kind == "always" else f"induction cannot answer {prop.kind!r}"

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        began = time.monotonic()
        search = Search(system, properties, budget)
        verdicts = []
        for prop in properties:
            verdicts.append(replace(search.verdict(prop), seconds=time.monotonic() - began))
            if verdicts[-1].outcome in ("proved", "violated"):
                budget.answer(verdicts[-1])
            began = time.monotonic()
        return tuple(verdicts)


class Search:
    """The search for proofs of some properties of one system."""

    def __init__(self, system: System, properties: Sequence[Property], budget: Budget) -> None:
        from checker.explicit.search import explore
        from checker.smt.certificate import family_of

        self.system, self.budget = system, budget
        self.family: Family = family_of(system)
        self.observed: list[Expr] = []
        for prop in properties:
            self.observed += [prop.p] if prop.witness is None else [prop.p, prop.witness]
        self.observed += [bound.reached for bound in system.bounds]

        def enough(found: Exploration) -> bool:
            return found.count >= SAMPLES

        left = budget.remaining()
        part = budget.part(None if left is None else left / 3)
        self.explored: Exploration = explore(system, self.observed, part, done=enough)
        self.states = self.explored.states(0, min(self.explored.count, SAMPLES))

    # -- verdicts ------------------------------------------------------------------------------
    def verdict(self, prop: Property) -> Verdict:
        """The answer to one property; `seconds` is left open."""
        from checker.explicit.trace import run_to
        from checker.smt.certificate import write

        name = Induction.name
        if prop.kind != "always":
            return Verdict(prop.name, "unknown", name, 0.0, reason="only `always` is supported")
        broken = self._first(prop.p, wanted=False)
        if broken is not None:
            trace = run_to(self.explored, broken)
            reason = f"broken by {trace.steps[-1].action}" if trace.steps else "broken at the start"
            return Verdict(prop.name, "violated", name, 0.0, trace=trace, reason=reason)
        certificate, reason = self.certificate(prop)
        if certificate is None:
            return Verdict(prop.name, "unknown", name, 0.0, reason=reason)
        if prop.witness is not None and self._first(prop.witness) is None:
            reason = unexercised(prop)
            if not self.explored.complete:
                reason += f" in the first {self.explored.count} states; it is proved"
            return Verdict(
                prop.name, "unknown", name, 0.0, reason=reason, vacuous=self.explored.complete
            )
        limits = self._limits()
        if limits:
            extent = Extent(None, limits)
            return Verdict(prop.name, "holds", name, 0.0, extent=extent, reason=reason)
        data = write(certificate)
        return Verdict(prop.name, "proved", name, 0.0, reason=reason, certificate=data)

    def _first(self, expr: Expr, wanted: bool = True) -> int | None:
        index = next(i for i, each in enumerate(self.observed) if each is expr)
        return self.explored.first(index, wanted)

    def _limits(self) -> tuple[str, ...]:
        """The bounds that some run may reach; a family whose sizes are open has none."""
        if self.family.sizes:
            return ()
        return tuple(
            bound.text
            for bound in self.system.bounds
            if not self.explored.complete or self._first(bound.reached) is not None
        )

    # -- proofs --------------------------------------------------------------------------------
    def certificate(self, prop: Property) -> tuple[Certificate | None, str]:
        """A certificate that was checked again, or None; and why."""
        from checker.smt.certificate import Certificate, choices, fingerprint, recheck
        from checker.smt.solver import Unanswered

        claim = next((p for p in self.family.member.properties if p.name == prop.name), None)
        if claim is None:
            return None, f"the system's family does not have {prop.name}"
        parts: list[Part] = []
        for chosen in choices(self.family, claim):
            part, reason = self._part(claim, chosen)
            if part is None:
                return None, reason
            parts.append(part)
        says = self.family.says
        found = Certificate(prop.name, says, fingerprint(self.family, claim), tuple(parts))
        try:
            doubt = recheck(found, self.system, self.budget)
        except Unanswered as problem:
            return None, f"a proof was found; checking it: {problem}"
        if doubt is not None:
            return None, f"a proof was found that does not check: {doubt}"
        count = sum(len(part.lemmas) for part in parts)
        scope = f"for every number of {says}" if says else "for the sizes at hand"
        return found, f"{scope}: every step preserves it together with {count} lemmas"

    def _part(self, prop: Property, chosen: Any) -> tuple[Part | None, str]:
        """The proof for one choice of an element."""
        from checker.smt.certificate import Part
        from checker.smt.inductive import Goal, cones, prove
        from checker.smt.moves import Unsupported
        from checker.smt.solver import Unanswered

        reason = ""
        wide = cones(self.family, prop)
        # Lemmas under two premises are many: only where all that may matter is tracked.
        plans = [(1, tracked) for tracked in wide] + [(2, tracked) for tracked in wide[-2:]]
        for premises, tracked in plans:
            names = tuple(sorted(f.name for f in tracked))
            self.budget.progress(f"induction: {prop.name} over {', '.join(names)}")
            goal = Goal(self.family, prop, tracked, chosen)
            try:
                attempt = prove(goal, self._samples(goal), self.budget, premises)
                if attempt.proved:
                    like = None if chosen is None else chosen.sort.elements[chosen.like]
                    return Part(like, names, tuple(attempt.kept)), ""
                reason = "it may not hold at the start"
                if attempt.houdini is not None:
                    reason = str(attempt.houdini.blame())
            except (Unsupported, Unanswered) as problem:
                reason = str(problem)
                if self.budget.exhausted():
                    break
        return None, f"no proof found: {reason}"

    def _samples(self, goal: Goal) -> dict[str, Any]:
        """The values of every name in the first states."""
        import numpy as np

        like = None if goal.chosen is None else goal.chosen.like
        found: dict[str, Any] = dict(goal.form.see(self.system, self.states, like))
        for table in self.family.parameters:
            found[table.name] = np.int64(table.values[0])
        for sort, table in self.family.sizes.items():
            size = next(s.size for s in self.system.sorts if s.name == sort.name)
            found[table.name] = np.int64(size)
        return found
