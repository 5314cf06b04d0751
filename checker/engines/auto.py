"""The default engine where there are no child processes: exhaustive search first; random walks and
then bounded model checking for what it leaves open. Where there are, `checker.portfolio` runs the
engines side by side instead.

Omits: induction, whose failed attempts would take time from the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.budget import Budget
from checker.engines.contract import Engine
from checker.verdict import Outcome, Verdict, as_asked
from checker.watchdog import Overrun
from model.ir.system import Property, System

#: Part of the time left that each stage but the last may take.
SHARE = 0.6
#: Engines that see some runs only, and the part of the time left that each may take. They are
#: asked where a search of all runs was cut short, and what they do not find settles nothing.
SAMPLING = {"swarm": 0.2}
#: Seconds for each stage but the last where the budget sets no limit.
PATIENCE = 60.0


class Disagreement(Exception):
    """Two engines contradict each other about one property: at least one of them is wrong."""

    def __init__(self, one: Verdict, other: Verdict) -> None:
        told = " and ".join(f"{v.engine} says {v.outcome}" for v in (one, other))
        super().__init__(f"{one.property}: {told}")
        self.verdicts = one, other
        self.told = told


class Auto:
    """Asks its stages in turn; `Verdict.engine` names the one whose answer it is."""

    name = "auto"

    def __init__(self, stages: Sequence[str] = ("explicit", "swarm", "bmc")) -> None:
        self._stages = tuple(stages)
        self._engines: dict[str, Engine] = {}

    def refuses(self, system: System, prop: Property) -> str | None:
        """The last stage's reason, if every stage has one."""
        reason: str | None = None
        for stage in self._stages:
            reason = self._engine(stage).refuses(system, prop)
            if reason is None:
                return None
        return reason

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        """The best answer of any stage to each property."""
        best: dict[str, Verdict] = {}
        final: set[str] = set()
        #: What samples that decided nothing had seen.
        sampled: dict[str, str] = {}
        ran_out = True
        for stage in self._stages:
            pending = [p for p in properties if p.name not in final]
            if not pending or (stage in SAMPLING and not ran_out):
                continue
            engine = self._engine(stage)
            asked = [p for p in pending if engine.refuses(system, p) is None]
            if not asked:
                continue
            if best and budget.exhausted():
                break
            part = budget if stage == self._stages[-1] else budget.part(_share(budget, stage))
            try:
                verdicts = engine.check(system, asked, part)
            except (Overrun, MemoryError):
                # What the stages before have found is still true.
                if not best:
                    raise
                break
            for prop, verdict in zip(asked, verdicts, strict=True):
                earlier = best.get(prop.name)
                if earlier is None:
                    best[prop.name] = verdict
                elif stage in SAMPLING and verdict.outcome == "unknown":
                    sampled[prop.name] = verdict.reason
                else:
                    best[prop.name] = settle(earlier, verdict)
            ran_out = stage in SAMPLING or part.exhausted() is not None
            cut_short = budget.depth is not None or ran_out
            final = {name for name, verdict in best.items() if not _is_open(verdict, cut_short)}
        found = (best.get(p.name) or self._nobody(system, p, budget) for p in properties)
        stopped = budget.exhausted() or ""
        return tuple(
            as_asked(_with(verdict, sampled.get(verdict.property, "")), budget.depth, stopped)
            for verdict in found
        )

    def _engine(self, stage: str) -> Engine:
        """The stage's engine, imported when it is first needed."""
        if stage not in self._engines:
            from checker.engines import engine

            self._engines[stage] = engine(stage)
        return self._engines[stage]

    def _nobody(self, system: System, prop: Property, budget: Budget) -> Verdict:
        reason = budget.exhausted() or self.refuses(system, prop) or "no engine was asked"
        return Verdict(prop.name, "unknown", self.name, 0.0, reason=reason)


def _with(verdict: Verdict, sampled: str) -> Verdict:
    """The verdict and, if it leaves something open, what samples had seen."""
    if not sampled or verdict.outcome in ("proved", "violated"):
        return verdict
    return replace(verdict, reason="; ".join(filter(None, (verdict.reason, sampled))))


def _share(budget: Budget, stage: str) -> float:
    remaining, share = budget.remaining(), SAMPLING.get(stage, SHARE)
    return PATIENCE * share / SHARE if remaining is None else remaining * share


def _is_open(verdict: Verdict, cut_short: bool) -> bool:
    """Whether another engine may know more.

    An answer about every depth is final, and so is `unknown` of an engine that was not cut
    short: it saw every run and still cannot say, for example because the property is vacuous.
    """
    if verdict.outcome in ("proved", "violated") or verdict.conflict:
        return False
    if verdict.outcome == "unknown":
        return cut_short
    return verdict.extent is not None and verdict.extent.depth is not None


_RANK: dict[Outcome, int] = {"unknown": 0, "holds": 1, "proved": 2, "violated": 3}


def better(earlier: Verdict, later: Verdict) -> Verdict:
    """The more telling of two answers to one property, the earlier one if they are equal.

    Raises Disagreement if they cannot both be right.
    """
    for one, other in ((earlier, later), (later, earlier)):
        if _contradicts(one, other):
            raise Disagreement(earlier, later)
    return max((earlier, later), key=lambda v: (_RANK[v.outcome], _reach(v)))


def settle(earlier: Verdict, later: Verdict) -> Verdict:
    """The better of two answers to one property; `unknown` with both of them as its `conflict`
    where they contradict each other."""
    if earlier.conflict:
        return earlier
    try:
        return better(earlier, later)
    except Disagreement as found:
        reason = f"engines disagree: {found.told}"
        return replace(
            later,
            outcome="unknown",
            engine="auto",
            trace=None,
            reason=reason,
            extent=None,
            conflict=found.verdicts,
        )


def _contradicts(violated: Verdict, other: Verdict) -> bool:
    if violated.outcome != "violated":
        return False
    if other.outcome == "proved":
        return True
    if other.outcome == "violated" or violated.trace is None:
        return False
    if other.outcome == "unknown" and other.extent is None:
        return False
    return len(violated.trace.steps) <= _reach(other)


def _reach(verdict: Verdict) -> float:
    """The depth that a verdict covers: infinite if every depth, 0 if none is known."""
    if verdict.extent is None:
        return 0 if verdict.outcome == "unknown" else float("inf")
    return float("inf") if verdict.extent.depth is None else verdict.extent.depth
