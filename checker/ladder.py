"""The ladder of sizes: what to say of a system that is too large to exhaust in a short time.

First the whole system, for a while. What that leaves open is asked of smaller instances of the
same shape, growing until one takes too long. A property that the largest of them proves `holds`
at that size, and the verdict names it. A violation on a rung is a violation of the smaller
instance; of the whole only if the whole system confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from checker.budget import Budget
from checker.engines import engine
from checker.engines.contract import Engine
from checker.verdict import Extent, Verdict
from model.instance import Instance
from model.ir.system import Property

#: Seconds for the whole system at first, and for all rungs together; more where the budget has it.
PATIENCE = 4.0
#: The part of the budget that each of the two may take if that is more.
SHARE = 0.01


class Climb(NamedTuple):
    """What the ladder found: a verdict for each property of the whole, and the violations on
    rungs that the whole did not confirm, each with the instance of its rung."""

    verdicts: tuple[Verdict, ...]
    unconfirmed: tuple[tuple[Instance, Verdict], ...] = ()


class Rung(NamedTuple):
    """A property's answer on a smaller instance, and the sizes of that."""

    instance: Instance
    sizes: str
    verdict: Verdict


def climb(
    instance: Instance, properties: Sequence[Property], asked: Engine, budget: Budget
) -> Climb:
    """One verdict for each property; `asked` answers what neither stage can."""
    explorer = engine("explicit")
    patience = max(PATIENCE, SHARE * (budget.remaining() or 0.0))
    part = budget.part(patience)
    found = {v.property: v for v in explorer.check(instance.system, properties, part)}
    if part.exhausted() is None:
        return Climb(tuple(found[prop.name] for prop in properties))
    open_ = [p.name for p in properties if found[p.name].outcome in ("holds", "unknown")]
    rungs = _rungs(instance, open_, explorer, budget.part(patience))
    refuted = {name: rung for name, rung in rungs.items() if rung.verdict.outcome == "violated"}
    for name, rung in rungs.items():
        if name not in refuted:
            found[name] = _holds(found[name], rung.sizes)
    for names, limit in ((refuted, patience), ([n for n in open_ if n not in rungs], None)):
        rest = [prop for prop in properties if prop.name in names]
        if rest and budget.exhausted() is None:
            answers = asked.check(instance.system, rest, budget.part(limit))
            found |= {verdict.property: verdict for verdict in answers}
    unconfirmed = []
    for name, rung in refuted.items():
        if found[name].outcome not in ("violated", "proved"):
            reason = f"violated with {rung.sizes}, not confirmed at full size in time"
            found[name] = replace(found[name], outcome="unknown", extent=None, reason=reason)
            unconfirmed.append((rung.instance, rung.verdict))
    return Climb(tuple(found[prop.name] for prop in properties), tuple(unconfirmed))


def _rungs(
    instance: Instance, names: Sequence[str], explorer: Engine, budget: Budget
) -> dict[str, Rung]:
    """For each property the largest rung that proved it, or the smallest that violates it."""
    found: dict[str, Rung] = {}
    refuted: set[str] = set()
    for rung, sizes in instance.smaller():
        asked = [p for p in rung.system.properties if p.name in names and p.name not in refuted]
        if not asked or budget.exhausted():
            break
        budget.progress(f"trying {sizes}")
        verdicts = explorer.check(rung.system, asked, budget)
        if budget.exhausted():
            break
        for verdict in verdicts:
            if verdict.outcome in ("proved", "violated"):
                found[verdict.property] = Rung(rung, sizes, verdict)
            if verdict.outcome == "violated":
                refuted.add(verdict.property)
    return found


def _holds(whole: Verdict, sizes: str) -> Verdict:
    """The verdict of a property that the whole system left open and a rung proved."""
    depth = whole.extent.depth if whole.extent else None
    reason = "" if depth is None else f"at full size up to {depth} steps"
    return replace(whole, outcome="holds", extent=Extent(None, (sizes,)), reason=reason)


def applies(instance: Instance, asked: Engine, budget: Budget) -> bool:
    """Whether the ladder is the way to ask: by default, and unless a depth was asked for."""
    if asked.name != "auto" or budget.depth is not None:
        return False
    return next(iter(instance.smaller()), None) is not None
