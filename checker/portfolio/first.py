"""The beginning: a quick look at each system by the explorer, in this process, settles most of
them; the others race."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from checker.budget import Budget
from checker.engines import engine
from checker.ladder import Climb
from checker.making import Making
from checker.verdict import Verdict
from checker.watchdog import Overrun, watched
from model.instance import Instance

#: Cells of states that the quick look at a system takes in, half a second's work for most, and how
#: many times that at the only hard one.
QUICK = 1 << 24
_ALONE = 3


class Look(NamedTuple):
    """What the explorer says of each property, as far as it came, and whether it was cut short."""

    found: dict[str, Verdict]
    cut_short: bool


def answers(making: Making, budget: Budget) -> list[Climb]:
    """What is found out about each distinct instance that is made. Raises `race.Mistake`."""
    instances: list[Instance] = []
    looks: list[Look] = []
    for batch in making.batches():
        instances += [making.distinct[structure] for structure in batch]
        looks += _looks(making, batch, budget)
    hard = [i for i, look in enumerate(looks) if look.cut_short or budget.depth is not None]
    if not hard:
        return [Climb(tuple(look.found.values())) for look in looks]
    from checker.portfolio.contest import Contest
    from checker.portfolio.race import race

    contests = [
        Contest(instance, instance.system.properties, *look, budget)
        for instance, look in zip(instances, looks, strict=True)
    ]
    race([contests[i] for i in hard], budget)
    return [contest.result(budget.exhausted() or "") for contest in contests]


def _looks(making: Making, structures: Sequence[bytes], budget: Budget) -> list[Look]:
    """A quick look at each that is not known, the largest last: where only that one is hard and
    there are no others to come, children would have nothing else to do than to begin it again, so
    the look may take longer."""
    found = {each: _known(making.known[each]) for each in structures if each in making.known}
    asked = {each: making.distinct[each] for each in structures if each not in found}
    order = sorted(asked, key=lambda each: sum(f.size for f in asked[each].system.functions))
    for each in order:
        only = (
            making.few and each == order[-1] and not any(look.cut_short for look in found.values())
        )
        found[each] = _look(asked[each], budget, QUICK * (_ALONE if only else 1))
    return [found[each] for each in structures]


def _known(verdicts: Sequence[Verdict]) -> Look:
    return Look({verdict.property: verdict for verdict in verdicts}, cut_short=False)


def _look(instance: Instance, budget: Budget, work: int) -> Look:
    """One quick look. How far it comes does not depend on the time that it takes."""
    if budget.exhausted() is not None:
        return Look({}, cut_short=True)
    system = instance.system
    part = replace(budget.part(None), work=work)
    where = f"{instance.subject} · {instance.scenario.name}"
    part.progress = lambda text: budget.progress(f"{where}: {text}")
    try:
        with watched(part):
            verdicts = engine("explicit").check(system, system.properties, part)
    except (Overrun, MemoryError):
        return Look({}, cut_short=True)
    return _known(verdicts)._replace(cut_short=part.worked_off or part.exhausted() is not None)
