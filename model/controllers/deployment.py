"""The Deployment controller: moves replicas from the old ReplicaSet to the new one.

Each request that it sends is one step, computed from its view at that moment. A sync that first
cleans up unhealthy replicas and then scales down sends both requests from one reading; here the
second is computed from a new reading, after the new ReplicaSet has taken the room that the first
made. The amounts are equal: with `u` unhealthy old replicas and `m` the most that may be scaled
down, the second request takes `available - minAvailable = m - u` in either case, since what the
new ReplicaSet grows by is not available yet.

Source: kubernetes v1.36.2 `pkg/controller/deployment/rolling.go` (reconcileNewReplicaSet,
reconcileOldReplicaSets, cleanupUnhealthyReplicas, scaleDownOldReplicaSetsForRollingUpdate),
`recreate.go` (rolloutRecreate, oldPodsRunning), `sync.go` (getNewReplicaSet, scaleReplicaSet),
`util/deployment_util.go` (NewRSNewReplicas, ResolveFenceposts).

Omits: scaling the Deployment (replicas is constant, so there is no proportional scaling), pause,
the progress deadline, cleaning up old revisions, its own status, hash collisions, annotations.
"""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import ABSENT, ROUNDED, Cluster, Count, replicaset
from model.apiserver.views import Watch, watch
from model.ir.expr import (
    TRUE,
    Expr,
    coerce,
    greatest,
    integer,
    ite,
    least,
)
from model.ir.quantifier import exists, total
from model.ir.system import assign
from model.scenario import Scenario

NAME = "deployment-controller"

OMISSIONS = (
    "scaling, pausing, progress deadlines and revision history of Deployments",
    "the Deployment's own status: completion is judged by its pods",
)


def limits(scenario: Scenario) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) as this controller rounds them; equal to what the user asked
    for unless a seeded fault is on."""
    workload, mutations = scenario.workload, scenario.mutations
    up = "surge-rounds-down" not in mutations
    surge = workload.max_surge.scaled(workload.replicas, round_up=up)
    up = "unavailable-rounds-up" in mutations
    unavailable = workload.max_unavailable.scaled(workload.replicas, round_up=up)
    if surge == 0 and unavailable == 0 and "both-zero-stays" not in mutations:
        unavailable = 1
    surge += "surge-one-too-many" in mutations
    unavailable += "unavailable-one-too-many" in mutations
    return surge, min(unavailable, workload.replicas)


def open_limits(cluster: Cluster) -> tuple[Expr, Expr]:
    """As `limits`, in a text for every size: any counts that percentages may round to."""
    surge = cluster.surge + int(cluster.mutated("surge-one-too-many"))
    unavailable = cluster.unavailable + int(cluster.mutated("unavailable-one-too-many"))
    return coerce(surge), least(unavailable, cluster.desired)


class View:
    """What the controller sees, and the arithmetic that both strategies share."""

    def __init__(self, cluster: Cluster, seen: Watch) -> None:
        sort = cluster.ReplicaSet
        replicas, available = cluster.replicas, cluster.status_available
        there = "ReplicaSet/{0} exists"
        self.exists = seen.see("sees exists", sort, lambda r: cluster.exists[r], there)
        self.replicas = seen.see("sees replicas", sort, lambda r: replicas[r], replicas.label)
        self.available = seen.see("sees available", sort, lambda r: available[r], available.label)
        if cluster.change is None:
            self.wanted = cluster.wanted
        else:
            stage = seen.see_value("sees change", cluster.change(), cluster.change.label)
            self.wanted = cluster.template_of(stage)
        self.current = seen.current()
        self.sort = sort
        self.all_replicas = total(sort, self.replicas)
        self.all_available = total(sort, self.available)

    def is_new(self, r: Expr) -> Expr:
        return r == self.wanted

    def is_new_where(self, test: Callable[[Expr], Expr]) -> Expr:
        """Whether the ReplicaSet of the wanted template passes a test."""
        return exists(self.sort, lambda r: self.is_new(r) & test(r))

    @property
    def new_unavailable(self) -> Expr:
        """How many replicas of the new ReplicaSet are not available; stale status can make it
        negative."""
        return total(
            self.sort, lambda r: ite(self.is_new(r), self.replicas(r) - self.available(r), 0)
        )


def add(cluster: Cluster) -> None:
    """Adds the controller to a system whose workload is a Deployment."""
    if cluster.scenario.workload.kind != "Deployment":
        return
    seen = watch(cluster, NAME)
    view = View(cluster, seen)
    cluster.builder.omit(*OMISSIONS)
    writer = Writer(cluster, view)
    if cluster.scenario.workload.strategy == "Recreate":
        _recreate(cluster, view, writer, seen)
    else:
        _rolling_update(cluster, view, writer)
    seen.finish()


class Writer:
    """Sends the controller's requests, each guarded by the store and by optimistic concurrency."""

    def __init__(self, cluster: Cluster, view: View) -> None:
        self.cluster, self.view = cluster, view

    def scale(self, name: str, guard: Expr, replicas: Expr, text: str, why: str) -> None:
        """An update of a ReplicaSet's replicas: refused if its resourceVersion is not current."""
        cluster, r = self.cluster, replicaset(self.cluster)
        accepted = self.view.current(r)
        updates = [assign(cluster.replicas[r], replicas), *cluster.wrote(r)]
        if cluster.lost_update is not None:
            updates.append(assign(cluster.lost_update(), True, where=~accepted))
        if cluster.mutated("conflicts-ignored"):
            accepted = TRUE
        cluster.builder.action(
            name,
            NAME,
            (r,),
            guard & accepted & cluster.serving & (replicas != self.view.replicas(r)),
            updates,
            fairness="weak",
            text=text,
            why=why,
        )

    def create(self, guard: Expr, replicas: Expr) -> None:
        """Creation of the new ReplicaSet; refused if it is there already."""
        cluster, r = self.cluster, replicaset(self.cluster)
        cluster.builder.action(
            "create ReplicaSet",
            NAME,
            (r,),
            self.view.is_new(r)
            & ~self.view.exists(r)
            & ~cluster.exists[r]
            & guard
            & cluster.serving,
            [
                assign(cluster.exists[r], True),
                assign(cluster.replicas[r], replicas),
                *cluster.wrote(r),
            ],
            fairness="weak",
            text="create {replicaset} for the new template",
            why="no ReplicaSet has the template that the Deployment wants",
        )


def _rolling_update(cluster: Cluster, view: View, writer: Writer) -> None:
    surge: Count
    unavailable: Count
    if cluster.general:
        surge, unavailable = open_limits(cluster)
    else:
        surge = cluster.given("surge limit", lambda s: limits(s)[0], *ROUNDED)
        unavailable = cluster.given("unavailable limit", lambda s: limits(s)[1], *ROUNDED)
    desired, r = cluster.desired, replicaset(cluster)
    room = greatest(0, desired + surge - view.all_replicas)
    grown = least(view.replicas(r) + room, desired)
    writer.create(TRUE, least(room, desired))
    writer.scale(
        "scale up",
        view.is_new(r) & view.exists(r) & (view.replicas(r) < desired) & (room > 0),
        grown,
        "scale {replicaset} up",
        f"at most {_said(desired + surge, ' replicas in all', 'replicas + maxSurge')} leave room",
    )
    if cluster.ReplicaSet.size == 1:
        return
    spare = view.all_replicas - (desired - unavailable) - view.new_unavailable
    unhealthy = view.replicas(r) - view.available(r)
    # A sync that creates or scales up the new ReplicaSet ends there: up goes before down.
    grows = view.is_new_where(
        lambda s: ~view.exists(s) | ((view.replicas(s) < desired) & (room > 0))
    )
    old = ~view.is_new(r) & (view.replicas(r) > 0) & (spare > 0) & ~grows
    writer.scale(
        "clean up unhealthy",
        old & (unhealthy > 0),
        greatest(0, view.replicas(r) - greatest(0, least(spare, unhealthy))),
        "scale {replicaset} down: unavailable replicas go",
        "unavailable old replicas serve nobody and make room",
    )
    least_ = desired - unavailable
    surplus = view.all_available - least_
    # A ReplicaSet whose status shows more available replicas than it asks for has a scale-down
    # under way; upstream runs into an error there and so waits.
    settled = unhealthy == 0
    if cluster.mutated("pending-scale-down-ignored"):
        settled = unhealthy <= 0
    writer.scale(
        "scale down",
        old & settled & (surplus > 0),
        greatest(0, view.replicas(r) - greatest(0, surplus)),
        "scale {replicaset} down",
        f"it sees more than {_said(least_, ' replicas available', 'replicas - maxUnavailable')}",
    )


def _said(number: Count, what: str, formula: str) -> str:
    """A number of something and where it comes from; the formula in its place where configurations
    differ in it."""
    return f"{number}{what} ({formula})" if isinstance(number, int) else f"{formula}{what}"


def _recreate(cluster: Cluster, view: View, writer: Writer, seen: Watch) -> None:
    desired, r = cluster.desired, replicaset(cluster)

    def populated(s: Expr) -> Expr:
        return exists(
            cluster.Pod, lambda p: (cluster.owner[p] == s) & ~(cluster.phase[p] == ABSENT)
        )

    peopled = seen.see("sees pods", cluster.ReplicaSet, populated, "{0} has pods")
    gone = ~exists(
        cluster.ReplicaSet,
        lambda s: ~view.is_new(s) & ((view.replicas(s) > 0) | peopled(s)),
    )
    if cluster.mutated("recreate-does-not-wait"):
        gone = ~exists(cluster.ReplicaSet, lambda s: ~view.is_new(s) & (view.replicas(s) > 0))
    writer.create(gone, coerce(desired))
    writer.scale(
        "scale up",
        view.is_new(r) & view.exists(r) & (view.replicas(r) < desired) & gone,
        coerce(desired),
        "scale {replicaset} up",
        "strategy Recreate: every old pod is gone",
    )
    if cluster.ReplicaSet.size > 1:
        writer.scale(
            "scale down",
            ~view.is_new(r) & (view.replicas(r) > 0),
            integer(0),
            "scale {replicaset} down to 0",
            "strategy Recreate: old pods stop before new ones start",
        )
