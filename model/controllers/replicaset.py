"""The ReplicaSet controller: keeps the number of pods at what a ReplicaSet asks for.

Pods are created and deleted one request at a time. Which pod goes first follows upstream's
ranking as far as it does not depend on time; among pods that rank equal, any may go. Expectations
are modelled as what they achieve: while its watch is stalled the controller counts its own
creations and deletions, so it never repeats them, and it ranks pods as it last saw them.

Source: kubernetes v1.36.2 `pkg/controller/replicaset/replica_set.go` (manageReplicas,
getPodsToDelete, getPodsRankedByRelatedPodsOnSameNode), `replica_set_utils.go` (calculateStatus),
`pkg/controller/controller_utils.go` (ActivePodsWithRanks, FilterActivePods).

Omits: pod-deletion-cost, restart counts, readiness and creation times in the ranking (any order
among those is explored), slow-start batches and bursts, expectations that time out, adoption, the
deletion of a pod that a stalled controller does not know to be gone.
"""

from __future__ import annotations

from model.apiserver.objects import ABSENT, PENDING, RUNNING, Cluster, pod, replicaset
from model.apiserver.views import watch
from model.ir.expr import (
    Expr,
    ite,
    least,
    none,
    variable,
)
from model.ir.quantifier import count, exists, forall
from model.ir.system import Bound, Definition, Update, assign

NAME = "replicaset-controller"

OMISSIONS = (
    "pod-deletion-cost annotations and time-based tie breaks when a ReplicaSet scales down "
    "(every order is explored)",
)


def urgency(cluster: Cluster) -> Definition:
    """The rank of a pod among those to delete: the lower, the earlier.

    Unassigned before assigned, Pending before Running, not ready before ready, then pods that
    share their node with more active pods of the same Deployment.
    """
    p, n = variable("pod", cluster.Pod), variable("node", cluster.Node)
    together = cluster.builder.define(
        "activeOn",
        (n,),
        count(cluster.Pod, lambda q: cluster.is_active(q) & (cluster.node[q] == n)),
    )
    slots = cluster.slots + 1
    unready = ite(cluster.phase[p] == RUNNING, 2, 3)
    stage = ite(cluster.is_unscheduled(p), 0, ite(cluster.phase[p] == PENDING, 1, unready))
    if cluster.mutated("ready-pods-deleted-first"):
        stage = 3 - stage
    alone = slots - together.get(cluster.node[p], 0)
    return cluster.builder.define("deletionRank", (p,), stage * (slots + 1) + alone)


def add(cluster: Cluster) -> None:
    """Adds the controller."""
    builder, r, p = cluster.builder, replicaset(cluster), pod(cluster)
    builder.omit(*OMISSIONS)
    seen = watch(cluster, NAME)
    owner = variable("replicaset", cluster.ReplicaSet)
    active = builder.define("activePods", (owner,), cluster.active(owner))
    ready = builder.define("availablePods", (owner,), cluster.available(owner))
    ranking = urgency(cluster)
    rank = seen.see("sees rank", cluster.Pod, lambda q: ranking[q], "")
    asked = seen.see(
        "sees asked", cluster.ReplicaSet, lambda s: cluster.replicas[s], cluster.replicas.label
    )
    available = seen.see(
        "sees pods available", cluster.ReplicaSet, lambda s: ready[s], "available pods of {0}"
    )

    # What the controller believes to be there. While the watch is stalled its own requests
    # count as done; a pod that it has not seen cannot be chosen for deletion.
    created: list[Update] = []
    deleted: list[Update] = []
    expected = listed = None
    if seen.stalled is not None:
        stalled = seen.stalled
        expected = seen.keep(
            "expects", (cluster.ReplicaSet,), lambda s: active[s], "active pods of {0}"
        )
        listed = seen.keep("lists", (cluster.Pod,), cluster.is_active, "Pod/{0} is active")
        if not cluster.mutated("expectations-forgotten"):
            most = cluster.slots
            created = [assign(expected[r], least(expected[r] + 1, most), where=stalled())]
            deleted = [assign(expected[r], expected[r] - 1, where=stalled())]
            deleted.append(assign(listed[p], False))

    def believed(s: Expr) -> Expr:
        return active[s] if expected is None else ite(stalled(), expected[s], active[s])

    def eligible(q: Expr) -> Expr:
        there = cluster.is_active(q)
        return there if listed is None else there & ite(stalled(), listed[q], True)

    def wants_more(s: Expr) -> Expr:
        surplus = int(cluster.mutated("creates-one-too-many"))
        return cluster.exists[s] & (believed(s) < asked(s) + surplus)

    spawned = [assign(cluster.phase[p], PENDING), assign(cluster.node[p], none(cluster.Node))]
    if cluster.ReplicaSet.size > 1:
        spawned.append(assign(cluster.owner[p], r))
    builder.action(
        "create pod",
        NAME,
        (r, p),
        wants_more(r) & (cluster.phase[p] == ABSENT) & cluster.serving,
        [*spawned, *created],
        fairness="weak",
        text="create {pod} for {replicaset}",
        why="it sees fewer active pods of {replicaset} than that asks for",
    )
    full = ~exists(cluster.Pod, lambda q: cluster.phase[q] == ABSENT)
    short = exists(cluster.ReplicaSet, wants_more)
    text = f"at most {cluster.Pod.size} pods at once, terminating ones included"
    builder.bounds.append(Bound("pods", full & short, text))
    first_to_go = forall(
        cluster.Pod,
        lambda q: (eligible(q) & (cluster.owner[q] == r)).implies(rank(p) <= rank(q)),
    )
    if cluster.mutated("deletes-any-pod"):
        first_to_go = cluster.is_active(p)
    wasted: list[Update] = []
    if cluster.ready_wasted is not None:
        spare = exists(
            cluster.Pod,
            lambda q: cluster.is_active(q) & (cluster.owner[q] == r) & ~cluster.is_ready(q),
        )
        wasted = [assign(cluster.ready_wasted(), True, where=cluster.is_ready(p) & spare)]
    builder.action(
        "delete pod",
        NAME,
        (r, p),
        (believed(r) > asked(r))
        & eligible(p)
        & (cluster.owner[p] == r)
        & first_to_go
        & cluster.serving,
        [*cluster.delete(p), *deleted, *wasted],
        fairness="weak",
        text="delete {pod} of {replicaset}",
        why="it sees more active pods of {replicaset} than that asks for; {pod} ranks first to go",
    )
    updates: list[Update] = [assign(cluster.status_available[r], available(r)), *cluster.wrote(r)]

    def outdated(s: Expr) -> Expr:
        behind = cluster.status_available[s] != available(s)
        return cluster.exists[s] & behind & cluster.serving

    action = builder.action(
        "update status",
        NAME,
        (r,),
        outdated(r),
        updates,
        fairness="weak",
        text="report on {replicaset}",
        why="it sees another number of them than the status of {replicaset} gives",
    )
    cluster.quick.append((action, exists(cluster.ReplicaSet, outdated)))
    seen.finish()
