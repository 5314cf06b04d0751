"""What pods on a node request together, as small integers: numbers of pods, or amounts in units of
what divides all requests.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/types.go` (NodeInfo: Requested,
NonZeroRequested).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import gcd, prod

from model.api.node import Node
from model.api.pod import Pod
from model.plugins import noderesources
from model.plugins.snapshot import NodeInfo

#: Of some resources how much; first those that count otherwise for scores.
Use = tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """A part of what pods request together: how many units of it a pod of each owner has, what one
    unit comes to, and how many there are at most."""

    of: tuple[int, ...]
    unit: Use
    most: int


def requested(pod: Pod, resources: Sequence[str], *, scored: bool) -> Use:
    """What a pod requests of some resources; `scored` as scores that count defaults see it."""
    template = pod.template
    counted = noderesources.scored(template) if scored else template.requests
    return tuple(
        (counted if name in noderesources.SCORED else template.requests).get(name, 0)
        for name in resources
    )


def basis(uses: Sequence[Use], pods: int) -> list[Part]:
    """Parts by which what any pods request together is known: the number of pods of each kind, or
    the amount of each resource, whichever makes the smaller table."""
    kinds = [use for use in dict.fromkeys(uses) if any(use)]
    numbers = [Part(tuple(int(use == kind) for use in uses), kind, pods) for kind in kinds]
    amounts = []
    for at in range(len(uses[0])):
        column = [use[at] for use in uses]
        unit = gcd(*column)
        if unit:
            of = tuple(amount // unit for amount in column)
            one = tuple(unit if i == at else 0 for i in range(len(uses[0])))
            amounts.append(Part(of, one, pods * max(of)))
    return min((numbers, amounts), key=lambda parts: prod(part.most + 1 for part in parts))


def filled(
    node: Node, resources: Sequence[str], parts: Sequence[Part], at: Sequence[int]
) -> NodeInfo:
    """A node on which pods request so many units of each part."""
    info = NodeInfo(node)
    sums = [
        sum(number * part.unit[i] for number, part in zip(at, parts, strict=True))
        for i in range(len(resources))
    ]
    for name, amount in zip(resources, sums, strict=True):
        info.requested[name] = amount + node.held.get(name, 0)
        if name in info.scored:
            info.scored[name] = amount + node.scored.get(name, 0)
    return info


def size(node: Node) -> Hashable:
    """Equal for nodes of which all scores of amounts are the same."""
    return tuple(tuple(sorted(each.items())) for each in (node.allocatable, node.held, node.scored))
