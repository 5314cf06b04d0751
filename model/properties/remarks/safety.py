"""How the last state breaks a safety property of a workload, with names and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.quantity import show
from model.apiserver.objects import ABSENT, UP, Cluster
from model.controllers.budgetstatus import healthy_needed
from model.controllers.disruption import expected, limit
from model.instance import Remark
from model.ir.expr import Expr
from model.plugins import filters
from model.properties.safety import available_places, away, most_of_one
from model.properties.statefulset import doubled, released
from model.words import counted, listed, verb

if TYPE_CHECKING:
    from model.ir.reading import Element, Reading

SURGE = "spec.strategy.rollingUpdate.maxSurge"
UNAVAILABLE = "spec.strategy.rollingUpdate.maxUnavailable"
REPLICAS = "spec.replicas"


def pods_of(
    cluster: Cluster, reading: Reading, replicaset: Element, test: Callable[[Expr], Expr]
) -> list[Element]:
    """The pods of a ReplicaSet that pass a test."""
    return reading.those(cluster.Pod, lambda p, r: test(p) & (cluster.owner[p] == r), replicaset)


def own_sets(cluster: Cluster, reading: Reading, test: Callable[[Expr], Expr]) -> list[Element]:
    """The ReplicaSets of the own workload that pass a test."""
    return reading.those(cluster.ReplicaSet, lambda r: test(r) & cluster.owned(r))


def keeps_available(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    if cluster.scenario.workload.daemon is not None:
        yield from _keeps_daemons(cluster, reading)
        return
    number = reading.value(lambda: cluster.count_own(cluster.is_available))
    desired, unavailable = (
        reading.value(lambda each=each: each) for each in (cluster.desired, cluster.unavailable)
    )
    least, why = desired - unavailable, f"{desired} replicas - maxUnavailable {unavailable}"
    if cluster.owed is not None and (owed := reading.value(cluster.owed)) != least:
        least, why = owed, "as before it was scaled up"
    yield Remark(
        f"{counted(number, 'pod')} {verb(number, 'is', 'are')} available; at least "
        f"{least} must be ({why})",
        (UNAVAILABLE, REPLICAS),
    )
    rows = []
    for r in own_sets(cluster, reading, cluster.exists.__getitem__):
        available = len(pods_of(cluster, reading, r, cluster.is_available))
        rows.append(f"{r} has {available} available of {_asked(cluster, reading, r)} asked for")
    yield Remark(listed(rows), ())
    asked = reading.value(cluster.asked)
    if asked < least:
        yield Remark(
            f"together their target is {counted(asked, 'pod')}: the Deployment controller has "
            "scaled down by more than it may",
            (),
        )


def _keeps_daemons(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    number = reading.value(lambda: available_places(cluster))
    desired, unavailable = cluster.scenario.workload.replicas, cluster.scenario.workload.rounded[1]
    yield Remark(
        f"{counted(number, 'node')} {verb(number, 'has', 'have')} an available pod; at least "
        f"{desired - unavailable} must ({desired} nodes - maxUnavailable {unavailable})",
        ("spec.updateStrategy.rollingUpdate.maxUnavailable",),
    )


def _asked(cluster: Cluster, reading: Reading, replicaset: Element) -> int:
    return reading.value(lambda r: cluster.replicas[r], replicaset)


def maintenance(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    number = reading.value(lambda: cluster.count_own(cluster.is_available))
    desired = reading.value(lambda: cluster.desired)
    yield Remark(
        f"{counted(number, 'pod')} {verb(number, 'is', 'are')} available; at least {desired - 1} "
        f"must be ({desired} replicas, and one node is drained at a time)",
        (REPLICAS,),
    )
    if not cluster.scenario.guards:
        text = "no PodDisruptionBudget selects the pods, so no drain waits for the replacements of "
        yield Remark(f"{text}those that were evicted before", ())


def surge_bounded(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    asked, desired, surge = (
        reading.value(lambda each=each: each)
        for each in (cluster.asked(), cluster.desired, cluster.surge)
    )
    yield Remark(
        f"the ReplicaSets ask for {counted(asked, 'replica')} in all; at most {desired + surge} "
        f"may be (replicas {desired} + maxSurge {surge})",
        (SURGE, REPLICAS),
    )
    each = [
        f"{r} asks for {_asked(cluster, reading, r)}"
        for r in own_sets(cluster, reading, lambda r: cluster.replicas[r] > 0)
    ]
    yield Remark(listed(each), ())


def some_node_up(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    down = reading.those(cluster.Node, lambda n: cluster.health[n] != UP)
    yield Remark(f"{listed(down)} {verb(down, 'is', 'are')} down, and no other node is there", ())
    least = cluster.scenario.faults.overloads.pods
    yield Remark(
        f"{counted(least, 'pod')} on a node {verb(least, 'takes', 'take')} it down, and those of a "
        "node that is lost are made again on the others",
        ("spec.faults.overloads", "spec.template.spec.affinity"),
    )


def no_overcommit(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    placed = reading.find(
        lambda p, r, n: (cluster.owner[p] == r) & (cluster.node[p] == n),
        cluster.Pod,
        cluster.ReplicaSet,
        cluster.Node,
    )
    for index, node in enumerate(cluster.scenario.nodes):
        here = [
            cluster.workloads[r.position].template.requests
            for _, r, n in placed
            if n.position == index
        ]
        pods, room = len(here), node.allocatable
        if pods > room.get("pods", 0):
            text = f"{counted(pods, 'pod')} are on {node.name}, which takes {room.get('pods', 0)}"
            yield Remark(text, ())
        for resource in sorted({name for requests in here for name in requests}):
            amount = sum(requests.get(resource, 0) for requests in here)
            if amount > room.get(resource, 0):
                asked, given = (show(resource, n) for n in (amount, room.get(resource, 0)))
                yield Remark(
                    f"the {counted(pods, 'pod')} on {node.name} request {asked} {resource}; it "
                    f"can allocate {given}",
                    ("spec.template.spec.containers[*].resources.requests",),
                )


def no_lost_update(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """The last write went to a ReplicaSet that was written behind its writer's back, and asked
    for another number than the writer had seen."""
    for watch in cluster.watches:
        if watch.missed is None:
            continue
        seen = next(copy.kept for copy in watch.copies if copy.label == cluster.replicas.label)
        rows = [
            (r, reading.value(seen.__getitem__, r), _asked(cluster, reading, r))
            for r in reading.those(cluster.ReplicaSet, watch.missed.__getitem__)
        ]
        for r, old, new in [row for row in rows if row[1] != row[2]] or rows:
            yield Remark(
                f"{watch.watcher} overwrote {r}, which it had last seen with "
                f"{counted(old, 'replica')} when it asked for {new}",
                (),
            )
            yield Remark(
                f"{r} was written after that watch had stalled, so the update carries an old "
                "resourceVersion",
                ("spec.faults.slowWatches",),
            )


def _healthy(cluster: Cluster, reading: Reading, budget: PodDisruptionBudget) -> int:
    """How many pods a budget takes for healthy."""
    guarded = {
        name
        for name, workload in zip(cluster.ReplicaSet.elements, cluster.workloads, strict=True)
        if budget.guards(workload)
    }
    return sum(
        str(r) in guarded
        for _, r in reading.find(
            lambda p, r: cluster.is_ready(p) & (cluster.owner[p] == r),
            cluster.Pod,
            cluster.ReplicaSet,
        )
    )


def budget_respected(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    for budget in cluster.scenario.guards:
        healthy = _healthy(cluster, reading, budget)
        replicas = expected(budget, cluster.scenario.workloads)
        yield Remark(
            f"{counted(healthy, 'pod')} {verb(healthy, 'is', 'are')} healthy; "
            f"PodDisruptionBudget {budget.name} ({limit(budget)}) wants "
            f"{healthy_needed(budget, replicas)}",
            (f"PodDisruptionBudget/{budget.name}.spec.{limit(budget).partition(':')[0]}",),
        )
    if cluster.scenario.change.taint is not None:
        text = "eviction for a taint deletes pods: unlike a drain, it asks no PodDisruptionBudget"
        yield Remark(text, ("spec.scenario.taint",))


def placement_respected(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    for p, r, n in reading.find(
        lambda p, r, n: (cluster.owner[p] == r) & (cluster.node[p] == n) & cluster.is_own(p),
        cluster.Pod,
        cluster.ReplicaSet,
        cluster.Node,
    ):
        template = cluster.workloads[r.position].template
        for row, reason in filters.refusals(template, cluster.scenario.nodes[n.position], 0)[:1]:
            yield Remark(f"{p} is on {n}: {reason}", row.fields)
    if (pins := cluster.pins) is None:
        return
    for p in reading.those(cluster.Pod, lambda p: away(cluster, p)):
        zone = reading.shown(pins.pinned.__getitem__, p)
        text = f"{p} is in another zone than its volumes ({zone})"
        yield Remark(text, ("spec.volumeClaimTemplates",))


def never_overlap(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    there = [
        f"{p} of {r}"
        for r in own_sets(cluster, reading, cluster.exists.__getitem__)
        for p in pods_of(cluster, reading, r, lambda p: cluster.phase[p] != ABSENT)[:1]
    ]
    yield Remark(f"{listed(there)} are there at the same time", ("spec.strategy.type",))


def no_duplicates(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    desired = reading.value(lambda: cluster.desired)
    for r in own_sets(cluster, reading, lambda r: cluster.active(r) > most_of_one(cluster)):
        active = pods_of(cluster, reading, r, cluster.is_active)
        yield Remark(
            f"{r} has {counted(len(active), 'active pod')} ({listed(active)}); the workload has "
            f"{counted(desired, 'replica')}",
            (REPLICAS,),
        )


def spares_ready(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Which ReplicaSet it was the state does not tell, if several have pods that are not ready."""
    for r in own_sets(cluster, reading, cluster.exists.__getitem__):
        unready = pods_of(
            cluster, reading, r, lambda p: cluster.is_active(p) & ~cluster.is_ready(p)
        )
        if unready:
            kept = f"{listed(unready)} of {r} {verb(unready, 'is', 'are')} not ready"
            yield Remark(f"a ready pod was deleted while {kept}", ())


def not_paused(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    there = own_sets(cluster, reading, cluster.exists.__getitem__)
    text = f"{there[-1]} is there, of a template that the Deployment has had only while paused"
    yield Remark(text, ("spec.scenario.steps",))


def one_identity(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    for p, n in reading.find(lambda p, n: doubled(cluster, p, n), cluster.Pod, cluster.Node):
        at = reading.those(cluster.Node, lambda m, p: cluster.node[p] == m, p)
        text = f"{p} runs on {listed(at)} while containers of the pod that had its name run on {n}"
        yield Remark(text, ())
        templates = [each.template for each in cluster.scenario.versions]
        if any(template.termination_grace_seconds == 0 for template in templates):
            text = "terminationGracePeriodSeconds is 0: nobody waits for a deleted pod to stop"
            yield Remark(text, ("spec.template.spec.terminationGracePeriodSeconds",))
        return
    fresh = reading.those(cluster.Pod, cluster.is_unscheduled)
    text = f"{listed(fresh)} was made before the pod of that name was gone"
    yield Remark(text, ())


def partitioned(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    for p in reading.those(cluster.Pod, lambda p: released(cluster, p)):
        text = f"{p} has the new revision, though its ordinal is below the partition"
        yield Remark(text, ("spec.updateStrategy.rollingUpdate.partition",))
    settled = cluster.settled
    if settled is not None and reading.value(lambda: settled() != cluster.old):
        text = (
            "all pods that there were had the new revision, or there were none: the status calls "
            "it the current one, and no more pods are made of the old one"
        )
        yield Remark(text, ("spec.scenario.steps",))
