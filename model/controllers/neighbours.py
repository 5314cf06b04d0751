"""Neighbours whose pods no ReplicaSet makes: StatefulSets, and pods that nothing controls. Jobs
are in `model.controllers.jobs_beside`, DaemonSets in `model.controllers.daemons_beside`.

To everybody else a StatefulSet that stays as it is makes pods as a ReplicaSet does, but for the
names: a pod that is being deleted has to be gone before there is another one of its ordinal. Which
ordinal a pod has matters to nobody else, so it is a number of pods that is never exceeded, those
that are being deleted included. In which order OrderedReady makes several that are lost, and waits
for each, is left open: pods may come back earlier than they do, and so take room from others that
they might leave them for longer; whether a budget's pods are healthy may depend on it, so a
StatefulSet of several ordinals under a budget is a neighbour only if it is Parallel
(`model.scope`). What others see is compared with the controller itself in
`tests/model/test_neighbours.py`.

A pod that nothing controls is there until somebody deletes it, and never comes back. A ReplicaSet
whose selector matches it takes it over, whenever its controller comes to it, and from then on
counts it as one of its own: if that makes one too many, it deletes any of them.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_control.go` (updateStatefulSet),
`pkg/controller/controller_ref_manager.go` (ClaimPods, AdoptPod).

Omits: what a StatefulSet's own checks look at: revisions, scaling, claims.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.apiserver import requests
from model.apiserver.objects import ABSENT, Cluster, pod, replicaset
from model.controllers import daemons_beside, jobs_beside
from model.controllers import replicaset as replicaset_controller
from model.ir.quantifier import count
from model.ir.system import assign
from model.ir.types import BOOL
from model.mutation import Mutation
from model.setting import Pods, Setting

NAME = "statefulset-controller"

ONE_TOO_MANY_BESIDE = Mutation(
    "one-too-many-beside", "a StatefulSet beside the workload has one pod more than asked for"
)


def meeting(setting: Setting) -> Iterator[Pods]:
    """The pods that the workload's controller takes over, or whose controllers take it over."""
    own, owners = setting.own, ("ReplicaSet", "ReplicationController")
    if not own.stands_alone and own.manifest.kind not in owners:
        return
    for kind in owners if own.stands_alone else ("Pod",):
        for other in setting.around.running(kind):
            owner, pod_ = (other, own) if own.stands_alone else (own, other)
            here = pod_.stands_alone and owner.namespace == pod_.namespace
            if here and owner.selector and owner.selector.selects(pod_.labels):
                yield other


def add(cluster: Cluster) -> None:
    """Adds what becomes of pods that no ReplicaSet makes."""
    _make_by_name(cluster)
    _adopt(cluster)
    jobs_beside.add(cluster)
    daemons_beside.add(cluster)


def _adopt(cluster: Cluster) -> None:
    """Adds that ReplicaSets take over pods that nothing controls."""
    workloads = cluster.workloads
    pairs = [int(owner.adopts(each)) for each in workloads for owner in workloads]
    if not any(pairs):
        return
    p, r = pod(cluster), replicaset(cluster)
    matched = cluster.builder.table("adopts", (cluster.ReplicaSet,) * 2, BOOL, pairs)
    requests.send(
        cluster,
        "adopt pod",
        replicaset_controller.named(cluster),
        (p, r),
        cluster.is_active(p)
        & matched[cluster.owner[p], r]
        & cluster.exists[r]
        & cluster.syncs.idle(r),
        [assign(cluster.owner[p], r)],
        fairness="weak",
        fair_for=(p,),
        text="take over {pod} for {replicaset}",
        why="nothing controls {pod}, and the selector of {replicaset} matches it",
    )


def _make_by_name(cluster: Cluster) -> None:
    """Adds how StatefulSets among the neighbours make their pods again."""
    if not any(each.stateful is not None for each in cluster.scenario.neighbours):
        return
    makes = cluster.each(
        "makesByName",
        BOOL,
        lambda each: int(each.stateful is not None and not cluster.is_mine(each)),
    )
    p, r = pod(cluster), replicaset(cluster)
    there = count(cluster.Pod, lambda q: (cluster.phase[q] != ABSENT) & (cluster.owner[q] == r))
    most = cluster.replicas[r] + int(cluster.mutated(ONE_TOO_MANY_BESIDE))
    requests.send(
        cluster,
        "create pod by name beside",
        NAME,
        (r, p),
        makes(r) & (there < most) & cluster.is_vacant(p),
        requests.create(cluster, p, r),
        fairness="weak",
        fair_for=(r,),
        text="create {pod} for {replicaset}",
        why="there is no pod of one of its names",
    )
