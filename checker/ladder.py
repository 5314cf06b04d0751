"""The ladder of sizes: what to say of a system that is too large to exhaust in a short time.

What the whole system leaves open is asked of smaller instances of the same shape, growing until
one would take too long. A property that the largest of them proves `holds` at that size, and the
verdict names it, if random walks of the whole system do not violate it: how many does not depend on
the time that they take. A violation on a rung is a violation of the smaller instance; of the whole
only if the whole system confirms it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from checker.budget import PACE, Budget
from checker.engines import engine
from checker.engines.contract import Engine
from checker.verdict import Extent, Verdict, as_asked
from model.changes.drain import ended
from model.instance import Instance
from model.ir.system import Property, System
from model.properties import scales
from model.sizes import background

#: How much of a whole system is walked before a rung speaks for it: steps times cells of a state.
WALK = 1 << 24


def walking(system: System) -> int:
    """Steps of random walks that a verdict of the rungs waits for: fewer where each takes longer,
    so that it is about a second or two of processor time for most systems."""
    return max(1, WALK // sum(function.size for function in system.functions))


class Climb(NamedTuple):
    """What is known of an instance: a verdict for each property of the whole, and the violations
    on rungs that the whole did not confirm, each with the instance of its rung."""

    verdicts: tuple[Verdict, ...]
    unconfirmed: tuple[tuple[Instance, Verdict], ...] = ()


class Rung(NamedTuple):
    """Answers on the smaller instance in one place of the ladder (from 0)."""

    place: int
    instance: Instance
    sizes: str
    verdicts: tuple[Verdict, ...]


class Best:
    """For each property the largest rung that answers it, or the smallest that violates it."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, Verdict]] = {}
        self.refuted: dict[str, tuple[Instance, str, Verdict]] = {}

    def take(self, rung: Instance, sizes: str, verdicts: Sequence[Verdict]) -> None:
        """Rungs come in order; nothing is asked of a rung that an earlier one violates."""
        for verdict in verdicts:
            name = verdict.property
            if verdict.outcome == "violated":
                self.refuted[name] = rung, sizes, verdict
                self.held.pop(name, None)
            elif verdict.outcome == "proved" or (
                verdict.outcome == "holds" and verdict.extent and verdict.extent.depth is None
            ):
                self.held[name] = sizes, verdict

    def answers(self, name: str) -> bool:
        """Whether some rung says something of a property."""
        return name in self.held or name in self.refuted

    def merged(self, whole: Verdict, *, walked: bool) -> Verdict:
        """The verdict on a property that the whole system leaves open, with what the rungs say;
        `walked` if the walks of the whole were taken that it waits for."""
        if whole.property in self.refuted:
            _, sizes, _ = self.refuted[whole.property]
            reason = f"violated with {sizes}, not confirmed at full size in time"
            return replace(whole, outcome="unknown", extent=None, reason=reason)
        if whole.property not in self.held:
            return whole
        sizes, rung = self.held[whole.property]
        if not walked:
            told = (
                whole.reason,
                f"holds with {sizes}, but there was no time to walk the full size",
            )
            return replace(whole, outcome="unknown", reason="; ".join(filter(None, told)))
        depth = whole.extent.depth if whole.extent else None
        steps = "" if depth is None else f"up to {depth} steps and "
        return replace(
            whole,
            outcome="holds",
            engine=rung.engine,
            extent=Extent(None, (sizes, *(rung.extent.limits if rung.extent else ()))),
            reason=f"at full size {steps}in random walks",
            vacuous=rung.vacuous,
            idle=_common(whole.idle, rung.idle),
            reached=tuple(dict.fromkeys((*(whole.reached or ()), *(rung.reached or ())))),
        )

    def unconfirmed(self, names: Iterable[str]) -> tuple[tuple[Instance, Verdict], ...]:
        """The violations of these properties on rungs, as far as there is a run to show, each with
        the instance of its rung."""
        refuted = (self.refuted[name] for name in names if name in self.refuted)
        return tuple((rung, verdict) for rung, _, verdict in refuted if verdict.trace is not None)


def ascend(
    instance: Instance,
    properties: Sequence[Property],
    explorer: Engine,
    budget: Budget,
    work: int,
) -> Iterator[Rung]:
    """The rungs that `explorer` answers, smallest first, until the next one would take more than
    what is left of so many cells of states. How long they take makes no difference."""
    names = {prop.name for prop in properties}
    growth = _Growth()
    left = work
    for place, (rung, sizes) in enumerate(instance.smaller()):
        asked = [p for p in rung.system.properties if p.name in names]
        replicas = rung.scenario.workload.replicas
        if not asked or budget.exhausted() or growth.cells(replicas) > left:
            return
        budget.progress(f"trying {sizes}")
        part = replace(budget.part(None), work=left)
        verdicts = explorer.check(rung.system, asked, part)
        if part.worked_off or part.exhausted():
            return
        states = max(verdict.states or 0 for verdict in verdicts)
        took = states * sum(function.size for function in rung.system.functions)
        growth.add(replicas, took)
        left -= took
        names -= {v.property for v in verdicts if v.outcome == "violated"}
        yield Rung(place, rung, sizes, verdicts)


class _Growth:
    """How the cells of a rung's states grow with its replicas: as a power of them, which is steeper
    at the beginning than later, so the steepest of the last few rungs is on the safe side."""

    _LAST = 3

    def __init__(self) -> None:
        self._rungs: list[tuple[int, int]] = []

    def add(self, replicas: int, cells: int) -> None:
        self._rungs.append((replicas, max(1, cells)))

    def cells(self, replicas: int) -> float:
        """What so many replicas may have; 0 where too little is known to tell."""
        rungs = self._rungs[-self._LAST - 1 :]
        slopes = [
            math.log(more / fewer) / math.log(larger / smaller)
            for (smaller, fewer), (larger, more) in pairwise(rungs)
            if larger > smaller
        ]
        if not slopes:
            return 0.0
        last, took = rungs[-1]
        return took * math.pow(replicas / last, max(0.0, *slopes))


def spoken_for(instance: Instance, found: Climb) -> Climb:
    """What is known of an instance that was too large to be written down, from what is known of the
    smaller one that stands in for it: what holds there `holds` at those sizes, and what is violated
    there is not confirmed."""
    if instance.stand_in is None:
        return _beside_all(instance, found)
    small, sizes = instance.stand_in
    sized = {each.name for each in instance.scenario.invariants if not scales(each)}
    verdicts, unconfirmed = [], list(found.unconfirmed)
    for verdict in found.verdicts:
        if verdict.property in sized:
            reason = "the full size is too large to be looked at, and it is claimed of no other"
            verdicts.append(
                Verdict(verdict.property, "unknown", verdict.engine, 0.0, reason=reason)
            )
        elif verdict.outcome == "violated":
            if verdict.trace is not None:
                unconfirmed.append((small, verdict))
            reason = f"violated with {sizes}; the full size is too large to be looked at"
            verdicts.append(
                replace(verdict, outcome="unknown", reason=reason, trace=None, extent=None)
            )
        elif verdict.outcome in ("proved", "holds"):
            extent = verdict.extent or Extent()
            extent = replace(extent, limits=(sizes, *extent.limits))
            reason = "the full size is too large to be looked at"
            verdicts.append(
                replace(verdict, outcome="holds", extent=extent, reason=reason, certificate=None)
            )
        else:
            verdicts.append(verdict)
    return Climb(tuple(verdicts), tuple(unconfirmed))


def _beside_all(instance: Instance, found: Climb) -> Climb:
    """What is known of an instance beside all its neighbours, from what is known of it beside a few
    of them: a run in which a drain ends is none beside all, as that waits for others."""
    if not instance.scenario.background:
        return found
    runs = [(v, v.trace) for v in found.verdicts if v.outcome == "violated" and v.trace]
    doubtful = [verdict for verdict, run in runs if ended(run.steps)]
    where = background.says(instance.scenario)
    reason = f"violated {where}; but a drain waits for those on its node"
    return Climb(
        tuple(
            replace(verdict, outcome="unknown", reason=reason, trace=None, extent=None)
            if verdict in doubtful
            else verdict
            for verdict in found.verdicts
        ),
        (*found.unconfirmed, *((instance, verdict) for verdict in doubtful)),
    )


def _common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What is idle in two searches; one that did not look knows nothing."""
    if one is None or other is None:
        return one if other is None else other
    return tuple(name for name in one if name in other)


def climb(
    instance: Instance, properties: Sequence[Property], asked: Engine, budget: Budget
) -> Climb:
    """One verdict for each property, one step after the other, for where there are no child
    processes; `asked` answers what neither the whole in a short time nor the rungs can."""
    explorer = engine("explicit")
    work = int(budget.patience * PACE)
    part = replace(budget.part(None), work=work)
    found = {v.property: v for v in explorer.check(instance.system, properties, part)}
    if not part.worked_off and part.exhausted() is None:
        return Climb(tuple(found[prop.name] for prop in properties))
    open_ = [p for p in properties if found[p.name].outcome in ("holds", "unknown")]
    best = Best()
    for rung in ascend(instance, open_, explorer, budget, work):
        best.take(rung.instance, rung.sizes, rung.verdicts)
    held = [prop for prop in open_ if prop.name in best.held]
    if held and budget.exhausted() is None:
        walk = replace(budget.part(None), steps=walking(instance.system))
        walks = engine("swarm").check(instance.system, held, walk)
        found |= {v.property: v for v in walks if v.outcome in ("violated", "proved")}
    walked = budget.exhausted() is None
    refuted = [prop for prop in open_ if prop.name in best.refuted]
    unanswered = [prop for prop in open_ if not best.answers(prop.name)]
    for rest, limit in ((refuted, budget.patience), (unanswered, None)):
        if rest and budget.exhausted() is None:
            answers = asked.check(instance.system, rest, budget.part(limit))
            found |= {verdict.property: verdict for verdict in answers}
    unsettled = [p.name for p in open_ if found[p.name].outcome not in ("violated", "proved")]
    stopped = budget.exhausted() or ""
    found |= {
        name: as_asked(best.merged(found[name], walked=walked), budget.depth, stopped)
        for name in unsettled
    }
    return Climb(
        tuple(found[prop.name] for prop in properties),
        best.unconfirmed(unsettled),
    )


def applies(instance: Instance, budget: Budget) -> bool:
    """Whether rungs are an answer: where there are any, unless a depth was asked for."""
    return budget.depth is None and next(iter(instance.smaller()), None) is not None
