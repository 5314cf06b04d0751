"""A toy fault: a pod object is gone, as if somebody had edited etcd."""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import ABSENT, Cluster, pod
from model.faults.contract import Row, budget, counted, given
from model.field import count
from model.ir.system import assign


def add(cluster: Cluster) -> None:
    """Adds it where the spec allows some."""
    number = given(cluster.scenario.faults, "vanishedPods")
    if not number:
        return
    p = pod(cluster)
    left = budget(cluster, "vanishingsLeft", number)
    cluster.builder.action(
        "pod vanishes",
        "fault",
        (p,),
        (cluster.phase[p] != ABSENT) & (left > 0),
        [*requests.remove(cluster, p), assign(left, left - 1)],
        text="{pod} is gone from the store",
        why="spec.faults.vanishedPods leaves another one",
    )


ROW = Row(
    {"vanishedPods": count("how many pods may vanish from the store")},
    (counted("vanishedPods", "{n} vanished pod", "{n} vanished pods"),),
    add,
)
