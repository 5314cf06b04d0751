"""The state in which a run begins, one for each configuration of the scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from model.apiserver.objects import ABSENT, AVAILABLE, PENDING, READY, Cluster
from model.configurations import choices, closed
from model.ir.system import StateFunction
from model.scenario import Scenario

#: Where the pods of a deployed closed scenario are: the index of each one's node, None for a pod
#: that is pending.
Placing = Callable[[Scenario], Sequence[int | None]]


def begin(cluster: Cluster, placing: Placing | None) -> None:
    """Adds the initial values of every object. `placing` None: nothing is deployed yet."""
    cluster.builder.starts = [
        _start(cluster, choice, placing) for choice in choices(cluster.scenario)
    ]


def _start(
    cluster: Cluster, choice: Mapping[str, int], placing: Placing | None
) -> dict[StateFunction, tuple[int, ...]]:
    scenario, slots = closed(cluster.scenario, choice), cluster.Pod.size
    deployed = [] if placing is None else placing(scenario)
    if len(deployed) > slots:
        raise ValueError(f"{len(deployed)} deployed pods for {slots} pod slots")
    there = placing is not None or scenario.workload.kind == "ReplicaSet"
    ready = AVAILABLE if scenario.workload.min_ready_seconds else READY
    phases = [ready.payload if at is not None else PENDING.payload for at in deployed]
    free = slots - len(deployed)
    others = (0,) * (cluster.ReplicaSet.size - 1)
    start = {
        cluster.phase: (*phases, *(ABSENT.payload,) * free),
        cluster.node: (*(-1 if at is None else at for at in deployed), *(-1,) * free),
        cluster.exists: (int(there), *others),
        cluster.replicas: (scenario.workload.replicas if there else 0, *others),
        cluster.status_available: (sum(at is not None for at in deployed), *others),
        **cluster.configuration.start(choice),
    }
    if cluster.registered is not None:
        nodes = len(scenario.nodes)
        start[cluster.registered] = tuple(int(i < nodes) for i in range(cluster.Node.size))
    return start
