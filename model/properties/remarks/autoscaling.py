"""How a state shows that somebody else than its autoscaler has scaled a workload."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.apiserver.objects import Cluster
from model.instance import Remark
from model.properties.remarks.deletion import taken_over
from model.words import counted, listed

if TYPE_CHECKING:
    from model.ir.reading import Reading

REPLICAS = "spec.replicas"


def overruled(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """What was asked for, against what the autoscaler had set."""
    change, adopted = cluster.scenario.change, cluster.adopted
    if adopted is not None and reading.value(adopted.scaled):
        yield from taken_over(cluster, reading)
        return
    if len(change.autoscalers) > 1:
        yield from unsettled(cluster, reading)
        return
    yield Remark(
        f"{_asked(cluster, reading)}, which {change.autoscalers[0]} has not set", (REPLICAS,)
    )


def unsettled(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """What the autoscalers still want to change."""
    autoscalers = cluster.scenario.change.autoscalers
    if len(autoscalers) > 1:
        text = f"{listed(autoscalers)} have the same target, and each undoes what the other sets"
        yield Remark(text, (REPLICAS,))
    yield Remark(_asked(cluster, reading), (REPLICAS,))


def _asked(cluster: Cluster, reading: Reading) -> str:
    if cluster.position is None:
        return "the replicas are as they were"
    position = cluster.stages.positions[reading.value(cluster.position)]
    asked, load = counted(position.stage.replicas, "replica"), counted(position.load, "pod")
    return f"{cluster.scenario.workload.subject} is to have {asked} for a load of {load}"
