"""What becomes of a violation on nodes of which only the number was assumed.

It says something of the user's cluster only if it stays with more nodes. So it is asked about anew
with one node more and with two more; where both satisfy the property, the assumption is to blame.
Nobody's build fails for that, unless they want it to: the verdict is `unknown`, and says from how
many nodes on it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checker.verdict import Verdict
from model.instance import Instance

if TYPE_CHECKING:
    from checker.budget import Budget
    from checker.inquiry import Inquiry
    from checker.report import Result

#: Nodes more that are tried.
_MORE = (2, 1)
#: Seconds of a processor for all questions.
_PATIENCE = 10.0


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

    inquiry = Inquiry(budget, _PATIENCE)
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

    instance = own[0].instance
    ask, left = inquiry.about(instance), [result.claim.name for result in own]
    found: list[Mapping[str, Verdict]] = []
    try:
        for more in _MORE:
            answers = ask(grow(instance.scenario, more), left) or {}
            found.append(answers)
            left = [name for name in left if _passes(answers.get(name))]
            if not left:
                break
    except Spent:
        return [None] * len(own)
    return [
        _judged(result.verdict, instance, found, strict) if result.claim.name in left else None
        for result in own
    ]


def _passes(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome in ("proved", "holds")


def _judged(
    verdict: Verdict, instance: Instance, found: Sequence[Mapping[str, Verdict]], strict: bool
) -> Verdict:
    few = len(instance.scenario.nodes)
    outcomes = {answers[verdict.property].outcome for answers in found}
    words = "proved" if outcomes == {"proved"} else "satisfied within bounds"
    reason = (
        f"only on the {few} nodes that are assumed it is violated: from {few + 1} on it is {words} "
        f"({few + 1} and {few + 2} were tried); give --nodes"
    )
    enough = replace(verdict, enough_nodes=few + 1, reason=reason)
    if strict:
        return enough
    return replace(enough, outcome="unknown", extent=None, trace=None, certificate=None)


def _with(result: Result, verdict: Verdict) -> Result:
    example = result.counterexample if verdict.outcome == "violated" else None
    return replace(result, verdict=verdict, counterexample=example)
