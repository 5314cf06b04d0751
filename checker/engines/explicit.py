"""The exhaustive engine: one exploration answers every property."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checker.budget import Budget
from checker.verdict import Extent, Verdict, unexercised, within
from model.ir.expr import Expr
from model.ir.system import Property, System

if TYPE_CHECKING:
    from checker.explicit.liveness import Liveness
    from checker.explicit.search import Exploration


class Explicit:
    """Breadth-first search over all states up to symmetry, then fair cycles in their graph.

    Raises ModelError where an update leaves its function's interval.
    """

    name = "explicit"

    def __init__(self, *, symmetric: bool = True) -> None:
        self._symmetric = symmetric

    def refuses(self, system: System, prop: Property) -> str | None:  # noqa: ARG002
        """Nothing is refused; what is too large is answered as far as the budget allows."""
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return _Check(system, properties, budget, self._symmetric).verdicts()


class _Check:
    """One call of `Explicit.check`."""

    def __init__(
        self, system: System, properties: Sequence[Property], budget: Budget, symmetric: bool
    ) -> None:
        from checker.explicit.search import explore

        self.system, self.properties, self.budget = system, properties, budget
        self.started = time.monotonic()
        self.observed: list[Expr] = []
        self.safety = [
            (self._observe(prop.p), prop.kind == "reachable")
            for prop in properties
            if prop.is_safety
        ]
        self.live = any(not prop.is_safety for prop in properties)
        self.undecided = set(self.safety)
        for prop in properties:
            for expr in (prop.p, prop.q, prop.witness):
                if expr is not None:
                    self._observe(expr)
        for bound in system.bounds:
            self._observe(bound.reached)
        self._liveness: Liveness | None = None
        self._answered: set[Property] = set()
        self.seconds = 0.0
        self.exploration: Exploration = explore(
            system, self.observed, budget, symmetric=symmetric, edges=self.live, done=self._done
        )
        self.seconds = time.monotonic() - self.started

    def _observe(self, expr: Expr) -> int:
        for index, known in enumerate(self.observed):
            if known is expr:
                return index
        self.observed.append(expr)
        return len(self.observed) - 1

    def _done(self, exploration: Exploration) -> bool:
        """Whether nothing is left to find out once a level is known."""
        self.exploration = exploration
        self.seconds = time.monotonic() - self.started
        decided = {pair for pair in self.undecided if exploration.first(*pair) is not None}
        self.undecided -= decided
        for prop in self.properties:
            if prop.is_safety and (self._observe(prop.p), prop.kind == "reachable") in decided:
                self._answer(prop)
        return not self.undecided and not self.live and bool(self.safety)

    def _first(self, expr: Expr, wanted: bool = True) -> int | None:
        return self.exploration.first(self._observe(expr), wanted)

    @property
    def limits(self) -> tuple[str, ...]:
        """What the bounds say that some state reaches."""
        bounds = self.system.bounds
        return tuple(b.text for b in bounds if self._first(b.reached) is not None)

    # -- verdicts ------------------------------------------------------------------------------
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(self._answer(prop) for prop in self.properties)

    def _answer(self, prop: Property) -> Verdict:
        """What is known of a property; the first decisive answer is handed over at once."""
        verdict = self._verdict(prop)
        if verdict.outcome in ("proved", "violated") and prop not in self._answered:
            self._answered.add(prop)
            self.budget.answer(verdict)
        return verdict

    def _verdict(self, prop: Property) -> Verdict:
        before = time.monotonic()
        exploration = self.exploration
        if prop.kind == "reachable":
            verdict = self._reachable(prop)
        elif prop.kind == "always":
            verdict = self._always(prop)
        else:
            verdict = self._live(prop)
        idle = tuple(
            repr(action)
            for action, enabled in zip(self.system.actions, exploration.enabled, strict=True)
            if not enabled
        )
        return replace(
            verdict,
            seconds=self.seconds + time.monotonic() - before,
            states=exploration.count,
            idle=idle,
            reached=self.limits,
        )

    def _reachable(self, prop: Property) -> Verdict:
        state = self._first(prop.p)
        if state is not None:
            return self._found(prop, "proved", state)
        if not self.exploration.complete:
            return self._unknown(prop, f"not reached: {self._stopped()}")
        if self.limits:
            return self._unknown(prop, f"not reached within the model's bounds: {self._bounds()}")
        return Verdict(prop.name, "violated", Explicit.name, 0.0)

    def _always(self, prop: Property) -> Verdict:
        state = self._first(prop.p, wanted=False)
        if state is not None:
            return self._found(prop, "violated", state)
        if self.exploration.complete:
            return self._covered(prop)
        depth = self.exploration.depth
        asked = self.budget.depth is not None and depth >= self.budget.depth
        reason = self._stopped() if asked else f"{self.exploration.reason}; {within(depth)}"
        if prop.witness is not None and self._first(prop.witness) is None:
            reason += f"; so far it never happens that {prop.occasion or prop.witness}"
        return Verdict(
            prop.name,
            "holds" if asked else "unknown",
            Explicit.name,
            0.0,
            extent=Extent(depth, self.limits),
            reason=reason,
        )

    def _live(self, prop: Property) -> Verdict:
        from checker.explicit.liveness import Exhausted

        try:
            return self._fair(prop)
        except Exhausted as stop:
            return self._unknown(prop, f"{stop} ({self.exploration.count:,} states seen)")

    def _fair(self, prop: Property) -> Verdict:
        """The answer for a liveness property. Raises Exhausted."""
        import numpy as np

        from checker.explicit.liveness import Liveness

        exploration = self.exploration
        if self._liveness is None:
            self._liveness = Liveness(exploration, self.budget)
        p, q = (exploration.truth(self._observe(e)) for e in (prop.p, prop.q))
        # Where a bound is reached a step may be missing, and a run that stays may only seem fair.
        inside = np.ones(len(p), bool)
        for bound in self.system.bounds:
            inside &= ~exploration.truth(self._observe(bound.reached))
        trace = self._liveness.violation(prop.kind, p, q, inside)
        if trace is not None:
            return Verdict(prop.name, "violated", Explicit.name, 0.0, trace=trace)
        if not exploration.complete:
            return self._unknown(prop, self._stopped())
        everywhere = np.ones(len(p), bool)
        if self.limits and self._liveness.violation(prop.kind, p, q, everywhere) is not None:
            return self._unknown(
                prop, f"violated only by staying where the model is bounded: {self._bounds()}"
            )
        return self._covered(prop)

    def _covered(self, prop: Property) -> Verdict:
        """Nothing violates the property in the whole state space."""
        vacuous = prop.witness is not None and self._first(prop.witness) is None
        if self.limits:
            return Verdict(
                prop.name,
                "holds",
                Explicit.name,
                0.0,
                extent=Extent(None, self.limits),
                reason=f"{unexercised(prop)} within the bounds" if vacuous else "",
                vacuous=vacuous,
            )
        if vacuous:
            return replace(self._unknown(prop, unexercised(prop)), vacuous=True)
        return Verdict(prop.name, "proved", Explicit.name, 0.0)

    def _found(self, prop: Property, outcome: str, state: int) -> Verdict:
        from checker.explicit.trace import run_to

        trace = run_to(self.exploration, state)
        found = Verdict(prop.name, "violated", Explicit.name, 0.0, trace=trace)
        return replace(found, outcome="proved") if outcome == "proved" else found

    def _unknown(self, prop: Property, reason: str) -> Verdict:
        return Verdict(prop.name, "unknown", Explicit.name, 0.0, reason=reason)

    def _stopped(self) -> str:
        return f"{self.exploration.reason} after {self.exploration.depth} steps"

    def _bounds(self) -> str:
        return "; ".join(self.limits)
