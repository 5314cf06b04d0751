"""What becomes of a violation on nodes of which only the number was assumed.

It says something of the user's cluster only if it stays with more nodes. So it is asked about anew
with more: where some number of nodes satisfies the property, and a larger one as well, the
assumption is to blame. Nobody's build fails for that, unless they want it to: the verdict is
`unknown`, and says from how many nodes on it is gone, which is the smallest number that a search
finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from checker.verdict import Verdict
from model.scenario import Scenario
from model.words import listed

if TYPE_CHECKING:
    from checker.budget import Budget
    from checker.inquiry import Inquiry
    from checker.report import Result

#: Nodes more that are tried at most.
_MORE = 24
#: Cells of states that the answer to one question takes in at most: it must not depend on the time
#: that there is, as a verdict does on it.
_WORK = 1 << 25


def on_more_nodes(results: Sequence[Result], budget: Budget, *, strict: bool) -> tuple[Result, ...]:
    """The results, with what more nodes than were assumed do for the violations. `strict` leaves
    these violated."""
    asked: dict[int, list[Result]] = {}
    for result in results:
        about_nodes = result.instance.scenario.counted and result.whole is None
        own = result.subject == result.instance.scenario.workload.subject
        if about_nodes and own and result.verdict.outcome == "violated":
            asked.setdefault(id(result.instance), []).append(result)
    if not asked:
        return tuple(results)
    from checker.inquiry import Inquiry

    inquiry = Inquiry(budget, math.inf, _WORK)
    answers = {
        id(result): verdict
        for own in asked.values()
        for result, verdict in zip(own, _answers(inquiry, own, strict), strict=True)
    }
    return tuple(
        result if (verdict := answers.get(id(result))) is None else _with(result, verdict)
        for result in results
    )


def _answers(inquiry: Inquiry, own: Sequence[Result], strict: bool) -> list[Verdict | None]:
    """A new verdict for each violation of one instance that more nodes do away with."""
    from counterexamples.diagnosis import Spent
    from model.edits.cluster import grow

    scenario = own[0].instance.scenario
    asked, few = inquiry.about(own[0].instance), len(scenario.nodes)
    names = [result.claim.name for result in own]
    known: dict[int, Mapping[str, Verdict]] = {}

    def ask(name: str, count: int) -> Verdict | None:
        if count not in known:
            known[count] = asked(grow(scenario, count - few), names) or {}
        return known[count].get(name)

    with suppress(Spent):
        for name in names:
            _search(partial(ask, name), few, _limit(scenario))
    return [_judged(result.verdict, few, known, strict) for result in own]


def _limit(scenario: Scenario) -> int:
    """The largest number of nodes that is asked about: enough for each pod to be alone, a pod
    that is on its way, and a node that is gone."""
    surge, _ = scenario.workload.rounded
    few = len(scenario.nodes)
    return max(few + 2, min(scenario.workload.replicas + surge + 2, few + _MORE))


def _search(ask: Callable[[int], Verdict | None], few: int, most: int) -> None:
    """Ask until it is known from how many nodes on a violation on `few` is gone, if it is."""
    while (answer := ask(most)) is None or answer.outcome == "unknown":
        if most == few + 2:
            return
        most = max(few + 2, (few + most) // 2)
    if not _passes(answer):
        return
    low, high, middle = few, most, few + 1
    while high - low > 1:
        low, high = (low, middle) if _passes(ask(middle)) else (middle, high)
        middle = (low + high) // 2
    if high == most:
        ask(most + 1)


def _passes(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome in ("proved", "holds")


def _judged(
    verdict: Verdict, few: int, known: Mapping[int, Mapping[str, Verdict]], strict: bool
) -> Verdict | None:
    """The verdict on a violation, by the answers on more nodes; None if they change nothing. No
    single number makes it go away: it stays away on at least one that is larger."""
    answers = {n: a for n in sorted(known) if (a := known[n].get(verdict.property))}
    failing = max((n for n, a in answers.items() if a.outcome == "violated"), default=few)
    fine = {n: a for n, a in answers.items() if n > failing and _passes(a)}
    if len(fine) < 2:
        return None
    words = "proved" if {a.outcome for a in fine.values()} == {"proved"} else "satisfied in bounds"
    reason = (
        f"violated on the {few} nodes that are assumed; from {min(fine)} on it is {words} "
        f"({listed(list(map(str, fine)))} were tried); give --nodes"
    )
    enough = replace(verdict, enough_nodes=min(fine), reason=reason)
    if strict:
        return enough
    return replace(enough, outcome="unknown", extent=None, trace=None, certificate=None)


def _with(result: Result, verdict: Verdict) -> Result:
    example = result.counterexample if verdict.outcome == "violated" else None
    return replace(result, verdict=verdict, counterexample=example)
