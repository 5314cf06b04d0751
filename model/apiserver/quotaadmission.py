"""What the quota controller writes, and whether admission lets an object in.

Admission adds to `status.used` what it lets in, by compare-and-swap; the quota controller corrects
it by counting what is there. So what is deleted is free only once that has counted again.

Source: apiserver v0.36 `pkg/admission/plugin/resourcequota/controller.go` (CheckRequest),
`pkg/quota/v1/resources.go` (CalculateUsage), `pkg/quota/v1/generic/evaluator.go` (Matches).

Omits: limitedResources of the plugin's configuration, of which there are none by default;
resource requests that are negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from model.api.resourcequota import ResourceQuota
from model.apiserver.quotausage import Item, is_in, tracks

#: Why an object is refused: a container does not name what the quota limits; the controller has not
#: counted yet; too much.
Reason = Literal["unnamed", "uncounted", "exceeded"]


@dataclass(frozen=True)
class Refusal:
    quota: str
    reason: Reason
    #: The resources that are meant.
    resources: frozenset[str]


@dataclass(frozen=True)
class Status:
    """A quota as the API server has it: what its status says is used, by resource, in nanos."""

    quota: ResourceQuota
    used: Mapping[str, int] = field(default_factory=dict)


def scoped(quota: ResourceQuota, item: Item) -> bool:
    """Whether an object is in all scopes of a quota."""
    return all(is_in(item, name, how, frozenset(values)) for name, how, values in quota.scopes)


def matches(quota: ResourceQuota, item: Item) -> bool:
    """Whether admission asks a quota about an object."""
    return scoped(quota, item) and any(tracks(item.kind, name) for name in quota.hard)


def used(quota: ResourceQuota, items: Iterable[Item], kinds: Iterable[str]) -> dict[str, int]:
    """What the quota controller writes of the objects of a namespace, where it watches these
    kinds."""
    known = list(kinds)
    total = {name: 0 for name in quota.hard if any(tracks(kind, name) for kind in known)}
    for item in items:
        if scoped(quota, item):
            for name in total:
                if tracks(item.kind, name):
                    total[name] += item.usage.get(name, 0)
    return total


def admit(
    statuses: Sequence[Status], item: Item, before: Item | None = None
) -> Refusal | list[Mapping[str, int]]:
    """Whether an object is let in, as a new one or as an update of what it was before: why not, or
    what is used of each quota afterwards."""
    asked = [each for each in statuses if matches(each.quota, item)]
    for status in asked:
        limited = {name for name in status.quota.hard if tracks(item.kind, name)}
        if unnamed := limited & item.unnamed:
            return Refusal(status.quota.name, "unnamed", frozenset(unnamed))
        if uncounted := limited - set(status.used):
            return Refusal(status.quota.name, "uncounted", frozenset(uncounted))
    after: list[Mapping[str, int]] = []
    for status in statuses:
        if status not in asked:
            after.append(status.used)
            continue
        more = _more(status, item, before)
        now = {name: status.used.get(name, 0) + amount for name, amount in more.items()}
        if over := {name for name, amount in now.items() if amount > status.quota.hard[name]}:
            return Refusal(status.quota.name, "exceeded", frozenset(over))
        after.append({**status.used, **now})
    return after


def _more(status: Status, item: Item, before: Item | None) -> dict[str, int]:
    """What an object adds to what is used; what adds nothing is let in however much is used."""
    old: Mapping[str, int] = {}
    if before is not None and matches(status.quota, before):
        old = before.usage
    more = {name: amount - old.get(name, 0) for name, amount in item.usage.items()}
    return {name: n for name, n in more.items() if n > 0 and name in status.quota.hard}
