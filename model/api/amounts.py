"""What the containers of a pod ask for together.

Source: kubernetes 1.36 `staging/src/k8s.io/component-helpers/resource/helpers.go` (PodRequests,
PodLimits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Resource name to nanos.
Amounts = dict[str, int]


@dataclass(frozen=True)
class Container:
    """What a container asks for; a sidecar is an init container that is restarted for ever."""

    requests: Amounts
    sidecar: bool = False


def pod_requests(
    containers: Sequence[Container],
    init_containers: Sequence[Container],
    pod_level: Mapping[str, int],
    overhead: Mapping[str, int],
) -> Amounts:
    """Nanos by resource: what all containers ask together, or an init container before them.

    While an init container runs, the sidecars before it run too. A pod-level amount replaces
    that of the containers; overhead comes on top.
    """
    total: Amounts = {}
    for container in containers:
        add(total, container.requests)
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in init_containers:
        during = dict(sidecars)
        add(during, container.requests)
        if container.sidecar:
            add(total, container.requests)
            sidecars = during
        raise_to(peak, during)
    raise_to(total, peak)
    total.update(pod_level)
    add(total, overhead)
    return total


def add(total: Amounts, more: Mapping[str, int]) -> None:
    for name, nanos in more.items():
        total[name] = total.get(name, 0) + nanos


def raise_to(total: Amounts, peak: Mapping[str, int]) -> None:
    for name, nanos in peak.items():
        total[name] = max(total.get(name, nanos), nanos)
