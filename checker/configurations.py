"""What a verdict says of a scenario that leaves counts and amounts open.

A violation is that of the smallest configuration that has one, as far as the time allows. Where a
range has no upper limit, exhaustion covers only the sizes that were looked at: `proved` needs an
inductive proof for every size.
"""

from __future__ import annotations

from dataclasses import replace

from checker.budget import Budget
from checker.engines import engine
from checker.verdict import Extent, Verdict
from model.configurations import says
from model.instance import Instance

#: Seconds to look for a smaller configuration, or for a proof for every size.
PATIENCE = 5.0


def settled(instance: Instance, verdict: Verdict, budget: Budget) -> Verdict:
    """The verdict of a whole instance, said of its configurations; any other as it is."""
    if not instance.configuration(instance.system.initial[0]):
        return verdict
    part = replace(budget.part(PATIENCE), depth=None, answer=lambda _: None)
    if verdict.outcome == "violated" and verdict.trace is not None:
        return _smallest(instance, verdict, part)
    endless = any(values.endless for values in instance.scenario.open.values())
    if endless and verdict.outcome in ("proved", "holds"):
        return _endless(instance, verdict, part)
    return verdict


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


def _endless(instance: Instance, verdict: Verdict, budget: Budget) -> Verdict:
    """A proof for every size, or what was covered without one."""
    member = instance.member()
    prop = instance.system.property(verdict.property)
    induction = engine("induction")
    if member is not None and prop.kind == "always":
        claim = member.system.property(prop.name)
        family = member.system.family()
        if family is not None and family.sizes and induction.refuses(member.system, claim) is None:
            (answer,) = induction.check(member.system, [claim], budget)
            if answer.outcome == "proved":
                return replace(answer, seconds=verdict.seconds + answer.seconds)
    extent = verdict.extent or Extent()
    own = {bound.text for bound in instance.system.bounds}
    if not own.issuperset(extent.limits):
        return verdict  # it names smaller sizes already
    limits = (*extent.limits, says(instance.scenario.open))
    return replace(verdict, outcome="holds", extent=replace(extent, limits=limits))
