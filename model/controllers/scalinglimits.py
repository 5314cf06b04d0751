"""What the HorizontalPodAutoscaler's controller makes of a proposal: bounds, stabilization windows
and the policies of `behavior`.

Percentages are computed in 64-bit floats, as upstream does.

Source: kubernetes v1.36.3 `pkg/controller/podautoscaler/horizontal.go` (reconcileAutoscaler,
stabilizeRecommendation, normalizeDesiredReplicas, stabilizeRecommendationWithBehaviors,
convertDesiredReplicasWithBehaviorRate, convertDesiredReplicasWithRules).

Omits: HPAScaleToZero, an alpha feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from model.api.horizontalpodautoscaler import DOWNSCALE_WINDOW, Behavior, Bounds, Policy, Rules

#: Without `behavior`, replicas at most double, or rise to this number.
DOUBLING, SMALL = 2, 4


class Past(NamedTuple):
    """A proposal of an earlier sync, or by how many replicas it scaled up, or down."""

    number: int
    seconds_ago: int


@dataclass(frozen=True)
class Memory:
    """What the controller remembers; it is gone when another takes over."""

    proposals: Sequence[Past] = ()
    ups: Sequence[Past] = ()
    downs: Sequence[Past] = ()


def outside(current: int, bounds: Bounds) -> int | None:
    """What a sync sets the replicas to whatever is measured; None if it measures. 0 replicas are
    let be: that is how a user turns the autoscaler off."""
    if current == 0:
        return 0
    if current > bounds.most:
        return bounds.most
    return bounds.least if current < bounds.least else None


def limited(
    current: int,
    proposal: int,
    bounds: Bounds,
    memory: Memory = Memory(),
    behavior: Behavior | None = None,
) -> int:
    """The replicas that a sync sets, by what it proposes."""
    if behavior is None:
        return _plain(current, proposal, bounds, memory)
    wanted = stabilized(current, proposal, memory, behavior)
    if wanted > current:
        most = max(current, _reach(current, memory, behavior.up, down=False))
        return min(wanted, bounds.most, most)
    if wanted < current:
        least = min(current, _reach(current, memory, behavior.down, down=True))
        return max(wanted, bounds.least, least)
    return wanted


def stabilized(current: int, proposal: int, memory: Memory, behavior: Behavior) -> int:
    """The current number, moved no further than to what was proposed throughout the window."""
    low = min((n for n, ago in memory.proposals if ago < behavior.up.window), default=proposal)
    high = max((n for n, ago in memory.proposals if ago < behavior.down.window), default=proposal)
    return min(max(current, min(low, proposal)), max(high, proposal))


def _plain(current: int, proposal: int, bounds: Bounds, memory: Memory) -> int:
    recent = [n for n, ago in memory.proposals if ago <= DOWNSCALE_WINDOW]
    wanted = max(proposal, *recent) if recent else proposal
    if wanted < bounds.least:
        return bounds.least
    return min(wanted, bounds.most, max(DOUBLING * current, SMALL))


def _reach(current: int, memory: Memory, rules: Rules, *, down: bool) -> int:
    """How far the policies let the replicas go."""
    if rules.select == "Disabled":
        return current
    # The policy that allows most: the highest number up, the lowest down.
    furthest = (rules.select == "Min") == down
    pick: Callable[[Iterable[int]], int] = max if furthest else min
    return pick(_allowed(current, memory, policy, down=down) for policy in rules.policies)


def _allowed(current: int, memory: Memory, policy: Policy, *, down: bool) -> int:
    added, removed = (
        sum(n for n, ago in events if ago < policy.period) for events in (memory.ups, memory.downs)
    )
    before = current - added + removed
    if policy.type == "Pods":
        return before - policy.value if down else before + policy.value
    if down:
        return int(float(before) * (1 - float(policy.value) / 100))
    return ceil(float(before) * (1 + float(policy.value) / 100))
