"""The engine of random walks: finds violations and witnesses, and proves nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checker.budget import Budget
from checker.verdict import Outcome, Verdict
from model.ir.fairness import unwaiting
from model.ir.interpret import holds
from model.ir.system import Property, System
from model.ir.trace import Trace, replay

if TYPE_CHECKING:
    from checker.explicit.layout import Mask, Matrix
    from checker.swarm.follow import Follower
    from checker.swarm.live import Watch
    from checker.swarm.shorten import Goal
    from checker.swarm.walk import Found


#: Part of the time that is for walking; the rest is for shortening what was found.
WALKING = 0.9


class RandomWalks:
    """Many seeded random walks at once.

    Answers `violated` (`proved` for a `reachable` property) with a trace that is short but
    seldom shortest, or `unknown` with what was seen. `Verdict.states` is the number of distinct
    states, up to symmetry, in which some walk stood, or less where there are very many.
    `budget.depth` bounds the length of a walk, `budget.steps` all walks together. Raises ModelError
    where an update leaves its function's interval.
    """

    name = "swarm"

    def refuses(self, system: System, prop: Property) -> str | None:
        """Any property may be violated by a walk."""
        del system, prop
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return _Check(system, properties, budget).verdicts()


class _Check:
    """One call of the engine."""

    def __init__(self, system: System, properties: Sequence[Property], budget: Budget) -> None:
        from checker.swarm.walk import Swarm

        self.began = time.monotonic()
        self.system, self.properties, self.budget = system, properties, budget
        budget.progress("swarm: encoding")
        remaining = budget.remaining()
        part = budget.part(None if remaining is None else remaining * WALKING)
        part.late = budget.late or budget.out_of_time()
        self._known: dict[Property, Verdict] = {}
        self.swarm = Swarm(system, properties, part)
        self.swarm.walk(self._news)

    def _news(self) -> None:
        """Hand over what was decided since the last time."""
        for prop in self.properties:
            if prop in self.swarm.found and prop not in self._known:
                self._known[prop] = self._verdict(prop)
                self.budget.answer(self._known[prop])

    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(self._known.get(prop) or self._verdict(prop) for prop in self.properties)

    def _verdict(self, prop: Property) -> Verdict:
        swarm = self.swarm
        found = swarm.found.get(prop)
        if found is None:
            return self._unknown(prop)
        trace = self._trace(prop, found)
        outcome: Outcome = "proved" if prop.kind == "reachable" else "violated"
        seconds = time.monotonic() - self.began
        return Verdict(
            prop.name,
            outcome,
            RandomWalks.name,
            seconds,
            swarm.states,
            trace=trace,
            idle=self._idle(),
        )

    def _unknown(self, prop: Property) -> Verdict:
        swarm = self.swarm
        seconds = time.monotonic() - self.began
        reason = (
            f"swarm saw {swarm.states:,} states in {swarm.walks:,} walks"
            f" of up to {swarm.deepest:,} steps: {swarm.reason}"
        )
        return Verdict(
            prop.name,
            "unknown",
            RandomWalks.name,
            seconds,
            states=swarm.states,
            reason=reason,
            idle=self._idle(),
        )

    def _idle(self) -> tuple[str, ...]:
        """The actions that nobody saw enabled."""
        return tuple(
            repr(action)
            for action, enabled in zip(self.system.actions, self.swarm.enabled, strict=True)
            if not enabled
        )

    # -- traces --------------------------------------------------------------------------------
    def _trace(self, prop: Property, found: Found) -> Trace:
        """The run without what it does not need, as the interpreter sees it."""
        import numpy as np

        from checker.swarm.follow import Follower
        from checker.swarm.live import Watch
        from checker.swarm.shorten import Shortener
        from checker.swarm.walk import sought

        swarm = self.swarm
        watch = Watch(self.system, [] if prop.is_safety else [prop])
        follower = Follower(swarm.layout, swarm.numbering, watch)
        end = len(found.path) if found.loop is None else found.loop
        goal = self._goal(prop, found, follower, watch)
        stem = Shortener(follower, found.start, goal).shorten(found.path[:end], self.budget)
        path = np.concatenate((stem, found.path[end:]))
        steps = tuple(swarm.numbering.step(number) for number in path.tolist())
        loop = None if found.loop is None else len(stem)
        trace = replay(self.system, steps, found.start, loop)
        if prop.is_safety:
            reached = holds(self.system, prop.p, trace.states[-1])
            assert reached == sought(prop), "the kernel and the interpreter disagree"
        return trace

    def _goal(self, prop: Property, found: Found, follower: Follower, watch: Watch) -> Goal:
        """How the stem of a run must end: in a state that decides the property, in one where
        the run may rest for ever, or in the one where its loop begins."""
        import numpy as np

        from checker.swarm.follow import enabled, only
        from checker.swarm.live import observe
        from checker.swarm.walk import sought

        system = self.system
        if found.loop is None:
            watcher, wanted = only(system, [], [prop.p]), sought(prop)

            def decides(C: Matrix, _: Mask) -> Mask:
                (truth,) = observe(watcher, C)
                return truth if wanted else ~truth

            return decides
        if found.loop == len(found.path):
            fair = [i for i, action in enumerate(system.actions) if action.fairness != "none"]
            free = replace(system, actions=tuple(map(unwaiting, system.actions)))
            kernel = only(free, fair)

            def rests(C: Matrix, pending: Mask) -> Mask:
                look = watch.look(C, pending)
                violated: Mask = look.inside & look.wrong[0] & look.pending[0]
                return violated & ~enabled(kernel, C)

            return rests
        entry, before = follower.end(found.start, found.path[: found.loop])
        # What is pending may be so only because of the loop itself.
        forgiven: Mask = ~before[0]

        def enters(C: Matrix, pending: Mask) -> Mask:
            there: Mask = np.logical_and.reduce(entry == C) & (pending[0] | forgiven)
            return there

        return enters
