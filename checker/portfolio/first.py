"""The beginning: a quick look at each system by the explorer, in this process, settles most of
them; the others race."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checker.budget import Budget
from checker.engines import engine
from checker.ladder import Climb
from checker.making import Making
from checker.verdict import Verdict
from checker.watchdog import Overrun, watched
from model.instance import Instance

#: Seconds of processor time for the quick look at a system, how many times that at the only hard
#: one, and how many times as many seconds on the clock where others use the processors as well.
QUICK = 0.5
_ALONE = 3
_PATIENT = 4
#: Seconds that it may go on if it does not notice the end of its time.
_GRACE, _TICK = 1.0, 0.25
#: What the explorer's answers say where they rest on the quick look alone.
_LATE = "ran out of time"


class Look(NamedTuple):
    """What the explorer says of each property, as far as it came, and whether it was cut short."""

    found: dict[str, Verdict]
    cut_short: bool


def answers(making: Making, budget: Budget) -> list[Climb]:
    """What is found out about each distinct instance that is made. Raises `race.Mistake`."""
    instances: list[Instance] = []
    looks: list[Look] = []
    for batch in making.batches():
        instances += batch
        looks += _looks(batch, budget, alone=making.few)
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


def _looks(instances: Sequence[Instance], budget: Budget, *, alone: bool) -> list[Look]:
    """A quick look at each, the largest last: where only that one is hard, and `alone` there are no
    others, children would have nothing else to do than to begin it again, so the look may take
    longer."""
    sizes = [sum(f.size for f in instance.system.functions) for instance in instances]
    order = sorted(range(len(instances)), key=lambda i: sizes[i])
    found: dict[int, Look] = {}
    for i in order:
        only = alone and i == order[-1] and not any(look.cut_short for look in found.values())
        found[i] = _look(instances[i], budget, QUICK * (_ALONE if only else 1))
    return [found[i] for i in range(len(instances))]


def _look(instance: Instance, budget: Budget, seconds: float) -> Look:
    """One quick look of so many seconds of processor time."""
    reason = budget.exhausted()
    if reason is not None:
        return Look({}, cut_short=True)
    system = instance.system
    outer = budget.part(_PATIENT * QUICK)
    outer.late = _LATE
    part = outer.busy_part(seconds)
    where = f"{instance.subject} · {instance.scenario.name}"
    part.progress = lambda text: budget.progress(f"{where}: {text}")
    try:
        with watched(part, _GRACE, _TICK):
            verdicts = engine("explicit").check(system, system.properties, part)
    except (Overrun, MemoryError):
        return Look({}, cut_short=True)
    return Look({v.property: v for v in verdicts}, cut_short=part.exhausted() is not None)
