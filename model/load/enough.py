"""How many nodes suffice where nobody says how many there are.

Enough for every pod that may exist at a time, on the nodes that are left when as many as a scenario
takes away are gone: one spare for each way in which pods must be alone. Pods are alone on a node by
anti-affinity, by a host port, or where a node holds one of them only; by anti-affinity with another
topology key they are alone in a domain, and each assumed node is a domain of its own then.

Follows the filters of the scheduler (kubernetes v1.36, `pkg/scheduler/framework/plugins`:
`interpodaffinity`, `nodeports`, `noderesources/fit.go`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from model.api.pod import PodTemplate
from model.api.steps import NODES
from model.api.workload import Workload
from model.load.cluster import HOSTNAME

if TYPE_CHECKING:
    from model.load.check import Check


class Case(NamedTuple):
    """What a scenario does to a workload's nodes at worst: pods beyond its replicas, and nodes that
    take none."""

    surge: int
    lost: int


def cases(workload: Workload, check: Check | None) -> Iterator[Case]:
    """Those of the scenarios that a workload is checked in."""
    # No revision has more pods than there are replicas.
    surge = min(workload.rounded[0], workload.replicas)
    if check is None:
        yield from (Case(surge, 0), Case(0, 1))
        return
    change = check.change
    rolls = change.rolls if change else workload.kind == "Deployment"
    lost = check.faults.losses + check.faults.node_removals
    if change is not None and change.has(*NODES):
        # Without names a drain is of one node, and a taint is put on every node there is.
        named = len(change.nodes) or int(change.drains)
        lost += min(named, 1) if change.uncordon else named
    yield Case(surge if rolls else 0, lost)


def domains(template: PodTemplate) -> dict[str, str]:
    """The topology keys in whose domains pods must be alone, each with what demands it."""
    found = {term.topology_key: "anti-affinity" for term in template.anti_affinity}
    if template.host_ports:
        found.setdefault(HOSTNAME, "host ports")
    return dict(sorted(found.items()))


def labels(template: PodTemplate) -> list[str]:
    """The topology keys that assumed nodes have for a template, each a domain of its own: those by
    which its pods are alone or are spread."""
    spread = (each.topology_key for each in template.spread)
    return list(dict.fromkeys((*domains(template), *spread)))


def together(template: PodTemplate) -> list[str]:
    """The topology keys in whose domains pods must be with others, and nothing spreads them."""
    near = (term.topology_key for term in template.near)
    return [key for key in dict.fromkeys(near) if key not in (HOSTNAME, *labels(template))]


def needed(workload: Workload, check: Check | None, size: Mapping[str, int]) -> int:
    """How many nodes of a size the workload needs; 1 where it asks for a certain node."""
    template = workload.template
    if template.node_name:
        return 1
    fit = 1 if domains(template) else _fit(template, size)
    pods = (
        case.lost + -(-(workload.replicas + case.surge) // fit) for case in cases(workload, check)
    )
    return max([*pods, *(each.min_domains for each in template.spread)])


def _fit(template: PodTemplate, size: Mapping[str, int]) -> int:
    """How many pods a node holds by what they request, at least one."""
    rooms = [
        size[name] // amount
        for name, amount in {**template.requests, "pods": 1}.items()
        if amount and name in size
    ]
    return max(1, min(rooms, default=1))


def reasons(workloads: Iterable[Workload]) -> list[str]:
    """Why there are more nodes than usual, for each workload that needs its pods alone."""
    found = []
    for workload in workloads:
        for key, demand in domains(workload.template).items():
            what = "on a node" if key == HOSTNAME else f"in a domain of {key}"
            found.append(f"pods of {workload.subject} must be alone {what} ({demand})")
    return found
