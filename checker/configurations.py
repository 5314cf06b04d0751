"""What verdicts say of a scenario that leaves counts and amounts open.

A violation is that of the smallest configuration that has one, as far as the time allows. Where a
range has no upper limit, exhaustion covers only the sizes that were looked at: `proved` needs an
inductive proof for every size. Such a proof is also looked for where there are too many
configurations to exhaust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.budget import Budget
from checker.engines import engine
from checker.engines.contract import Engine
from checker.verdict import Extent, Verdict
from model.configurations import says
from model.instance import Instance


def settled(
    instance: Instance, verdicts: Sequence[Verdict], asked: Engine, budget: Budget
) -> tuple[Verdict, ...]:
    """The verdicts on an instance, said of its configurations; as they are if it has none.

    Each takes at most the patience, of processor time. A proof for every size is looked for only
    if the engine that was asked for may be induction.
    """
    if not instance.configuration(instance.system.initial[0]):
        return tuple(verdicts)
    return tuple(
        _settled(
            instance,
            verdict,
            asked,
            replace(budget.busy_part(budget.patience), depth=None, answer=lambda _: None),
        )
        for verdict in verdicts
    )


def _settled(instance: Instance, verdict: Verdict, asked: Engine, budget: Budget) -> Verdict:
    outcome = verdict.outcome
    if verdict.conflict or verdict.vacuous:
        return verdict
    if outcome == "violated":
        return verdict if verdict.trace is None else _smallest(instance, verdict, budget)
    endless = any(values.endless for values in instance.scenario.open.values())
    if asked.name in ("auto", "induction") and (endless or outcome != "proved"):
        found = _for_every_size(instance, verdict, budget)
        if found is not None:
            return found
    return _limited(instance, verdict) if endless and outcome in ("proved", "holds") else verdict


def _smallest(instance: Instance, verdict: Verdict, budget: Budget) -> Verdict:
    """A violation of the first configuration, in the order of the initial states, that has one.

    Configurations are asked in growing groups: few are, where small ones are violated.
    """
    system = instance.system
    prop = system.property(verdict.property)
    starts = list(dict.fromkeys(system.initial))
    assert verdict.trace is not None
    fine, first, group = 0, starts.index(verdict.trace.states[0]), 1
    while fine < first:
        asked = starts[fine : min(first, fine + group)]
        budget.progress(f"{prop.name}: looking for a smaller configuration")
        some = replace(system, initial=tuple(asked))
        (answer,) = engine("explicit").check(some, [prop], budget)
        if answer.trace is not None and answer.outcome == "violated":
            verdict = replace(verdict, trace=answer.trace)
            first = starts.index(answer.trace.states[0])
            group = max(1, (first - fine) // 2)
        elif budget.exhausted():
            break
        else:
            fine += len(asked)
            group *= 2
    return verdict


def _for_every_size(instance: Instance, verdict: Verdict, budget: Budget) -> Verdict | None:
    """The verdict of a proof by induction that covers every configuration; None without one."""
    member = instance.member()
    prop = instance.system.property(verdict.property)
    induction = engine("induction")
    if member is not None and prop.kind == "always" and not budget.exhausted():
        claim = member.system.property(prop.name)
        family = member.system.family()
        if family is not None and family.sizes and induction.refuses(member.system, claim) is None:
            (answer,) = induction.check(member.system, [claim], budget)
            if answer.outcome == "proved":
                return replace(answer, seconds=verdict.seconds + answer.seconds)
    return None


def _limited(instance: Instance, verdict: Verdict) -> Verdict:
    """What the first sizes of an endless range show."""
    extent = verdict.extent or Extent()
    own = {bound.text for bound in instance.system.bounds}
    if not own.issuperset(extent.limits):
        return verdict  # it names smaller sizes already
    limits = (*extent.limits, says(instance.scenario.open))
    return replace(verdict, outcome="holds", extent=replace(extent, limits=limits))
