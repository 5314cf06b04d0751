"""The garbage collector: deletes what has lost its owner, and lets go what waits for that.

What it does about one object `model.controllers.garbage` decides, here about a workload that the
user has deleted, its ReplicaSets and its pods. Deleted in the background the workload is gone, and
they go after it; in the foreground they go first: a ReplicaSet waits for its pods, a Deployment for
its ReplicaSets, since every controller sets blockOwnerDeletion. With orphaning they lose their
owner, and stay: ReplicaSets, and Jobs of a CronJob, go on as they were when their owner was let go,
pods are not replaced any more, and those of a Job run until they end. Those of a StatefulSet or
DaemonSet go in any order. Jobs that a CronJob replaces are deleted in the background: what they own
are pods, each of which goes some time after its Job. The finalizer by which a Job counts its pods
the Job controller takes off as soon as their Job is gone (handleSingleOrphanPod): it holds up
nothing.

Source: kubernetes v1.36.3 `pkg/controller/garbagecollector/garbagecollector.go`
(attemptToDeleteItem, attemptToOrphanWorker), `graph_builder.go` (processGraphChanges,
processTransitions), `pkg/controller/controller_ref_manager.go` (nothing adopts for what is being
deleted), `pkg/controller/job/job_controller.go` (handleSingleOrphanPod).

Omits: a graph that lags behind the store. The references of dependents that are orphaned go with
the last of them: until then a sync that began before may still send its requests, afterwards they
would be refused, and nobody can tell which of both came first. A ReplicaSet that a controller with
an old cache makes again takes over the pods of the one of its name.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.deletion import BETWEEN, ITSELF
from model.apiserver.objects import ABSENT, TERMINATING, Cluster, pod, replicaset
from model.apiserver.views import Watches
from model.controllers import garbage
from model.controllers.contract import Controller
from model.controllers.garbage import IN_BACKGROUND, IN_FOREGROUND, Dependent, Item, Owner
from model.ir.expr import FALSE, Expr
from model.ir.quantifier import exists
from model.ir.system import assign
from model.mutation import Mutation

NAME = "garbage-collector"

GARBAGE_KEPT = Mutation("garbage-kept", "the garbage collector deletes no pods")
ORPHANS_COLLECTED = Mutation(
    "orphans-collected", "the garbage collector deletes what an orphaning deletion is to leave"
)
OMISSIONS = (
    "a garbage collector whose graph of owners lags behind the store",
    "dependents that are orphaned one by one, and what a ReplicaSet that is made again by an old "
    "cache takes over",
)


def _steps(cluster: Cluster, _: Watches) -> None:
    if cluster.deleted is not None:
        _of_workload(cluster)
    elif cluster.scenario.workload.cron is not None:
        _of_jobs(cluster)


def _of_jobs(cluster: Cluster) -> None:
    """Pods of Jobs that are gone are deleted."""
    p = pod(cluster)
    requests.send(
        cluster,
        "collect pod",
        NAME,
        (p,),
        cluster.is_active(p) & ~cluster.exists[cluster.owner[p]],
        requests.deletion(cluster, p),
        fairness="weak",
        fair_for=(p,),
        text="delete {pod}: its Job is gone",
        why="the Job was deleted, and its dependents are collected",
    )


def _of_workload(cluster: Cluster) -> None:
    if cluster.scenario.workload.is_pod:
        return
    collector = _Collector(cluster)
    if cluster.scenario.workload.kind in BETWEEN:
        collector.collect_replicasets()
    if collector.deletion.waits is not None:
        collector.release_replicasets()
    if collector.deletion.remains is not None:
        collector.release_workload()
    if not cluster.mutated(GARBAGE_KEPT):
        collector.collect_pods()


class _Collector:
    """Its steps about each kind of object."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.kind = cluster, cluster.scenario.workload.kind
        #: What its steps call the objects between the workload and its pods.
        self.between = "Job {replicaset}" if cluster.jobs is not None else "{replicaset}"
        assert cluster.deleted is not None
        self.deletion = cluster.deleted
        self.foreground = cluster.is_deleted("foreground")
        #: Whether what the workload owned has no owner any more, or is about to lose it.
        self.loose = cluster.is_deleted("orphan")
        if cluster.mutated(ORPHANS_COLLECTED):
            self.loose = FALSE

    # -- what it sees ---------------------------------------------------------------------------
    def _remains(self) -> Expr:
        """Whether a workload that is deleted is still there."""
        return FALSE if self.deletion.remains is None else self.deletion.remains()

    def _of_workload(self) -> Owner:
        """The workload as an owner."""
        there = ~self.cluster.is_deleted() | self._remains() | self.loose
        waits = self.foreground & self._remains()
        return Owner(garbage.reference(there, waits, waits), blocks=True)

    def _of_replicaset(self, r: Expr) -> Owner:
        """A ReplicaSet as an owner."""
        loose = FALSE if self.kind in BETWEEN else self.loose
        waits = self.deletion.waiting(r) & ~loose
        there = self.cluster.exists[r] | loose
        return Owner(garbage.reference(there, waits, waits), blocks=True)

    def _has_pods(self, r: Expr) -> Expr:
        cluster = self.cluster
        return exists(cluster.Pod, lambda p: (cluster.owner[p] == r) & (cluster.phase[p] != ABSENT))

    def _dependents(self, there: Expr) -> tuple[Dependent, ...]:
        """Dependents, if there are any, which all block the deletion: one stands for all."""
        return (Dependent(there, False, there),)

    # -- what it does ---------------------------------------------------------------------------
    def collect_replicasets(self) -> None:
        """ReplicaSets whose Deployment is gone, or waits for them."""
        cluster, r = self.cluster, replicaset(self.cluster)
        waits = self.deletion.waiting(r)
        item = Item(waits, waits, cluster.exists[r], foreground=waits)
        found = garbage.attempt(item, [self._of_workload()], self._dependents(self._has_pods(r)))
        here = cluster.owned(r)
        requests.send(
            cluster,
            "delete ReplicaSet",
            NAME,
            (r,),
            here & (found.deletes == IN_BACKGROUND),
            requests.gone(cluster, r),
            fairness="weak",
            fair_for=(r,),
            text=f"delete {self.between}",
            why=f"the {self.kind} that owns it is deleted",
        )
        if self.deletion.waits is None:
            return
        requests.send(
            cluster,
            "delete ReplicaSet in the foreground",
            NAME,
            (r,),
            here & (found.deletes == IN_FOREGROUND),
            [
                assign(self.deletion.waits[r], True),
                *requests.wrote(cluster, r),
                *requests.refuse(cluster, r),
            ],
            fairness="weak",
            fair_for=(r,),
            text=f"delete {self.between}, after its pods",
            why=f"its {self.kind} waits for it, and it has pods",
        )

    def release_replicasets(self) -> None:
        """ReplicaSets that wait for their pods to be gone, or to be orphaned."""
        cluster, r = self.cluster, replicaset(self.cluster)
        waits = self.deletion.waiting(r)
        item = Item(waits, waits, cluster.exists[r], foreground=waits)
        released = garbage.attempt(item, [], self._dependents(self._has_pods(r))).releases
        if self.kind not in BETWEEN:
            orphaning = cluster.is_deleted("orphan")
            done = garbage.orphan(cluster.exists[r], waits, 1).releases
            released = (released & ~orphaning) | (done & orphaning)
        requests.send(
            cluster,
            "release ReplicaSet",
            NAME,
            (r,),
            cluster.owned(r) & released,
            requests.gone(cluster, r),
            fairness="weak",
            fair_for=(r,),
            text=f"{self.between} is gone",
            why="nothing is left that its deletion waits for",
        )

    def release_workload(self) -> None:
        """The workload itself."""
        cluster, remains = self.cluster, self._remains()
        if self.kind in BETWEEN:
            left = exists(cluster.ReplicaSet, lambda r: cluster.owned(r) & cluster.exists[r])
        else:
            left = cluster.some_own(lambda p: cluster.phase[p] != ABSENT)
        waits = self.foreground & remains
        item = Item(remains, waits, remains, foreground=waits)
        released = garbage.attempt(item, [], self._dependents(left)).releases
        orphaning = cluster.is_deleted("orphan") & remains
        released = released | garbage.orphan(remains, orphaning, 1).releases
        assert self.deletion.remains is not None
        requests.send(
            cluster,
            "release workload",
            NAME,
            (),
            released,
            [assign(self.deletion.remains(), False)],
            fairness="weak",
            text="the {kind} is gone",
            why="what it owned is gone, or has no owner any more",
            words={"kind": self.kind},
        )

    def collect_pods(self) -> None:
        """Pods whose owner is gone, or waits for them."""
        cluster, p = self.cluster, pod(self.cluster)
        owned = self.kind in ITSELF or self.kind in BETWEEN
        owner = self._of_replicaset(cluster.owner[p]) if owned else self._of_workload()
        there = cluster.phase[p] != ABSENT
        found = garbage.attempt(Item(cluster.phase[p] == TERMINATING, False, there), [owner], [])
        requests.send(
            cluster,
            "delete garbage",
            NAME,
            (p,),
            cluster.is_own(p) & (found.deletes == IN_BACKGROUND),
            requests.delete(cluster, p),
            fairness="weak",
            fair_for=(p,),
            text="delete {pod}",
            why="its owner is deleted",
        )


CONTROLLER = Controller(
    NAME,
    ("Deployment", "ReplicaSet", "Job", "Pod"),
    "objects that have an owner, or need none",
    "an object, its owners and its dependents",
    "whether all of its owners are gone, or wait for it; whether what it waits for is gone",
    "delete it, take its finalizer away, take its owner from its dependents",
    _steps,
    OMISSIONS,
)
