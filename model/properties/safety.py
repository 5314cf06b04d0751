"""Safety properties of a workload: nothing bad ever happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations
from operator import gt

from model.api.steps import RESIZES, Apply, Pause, Scale
from model.apiserver.objects import ABSENT, UP, Cluster
from model.apiserver.symbols import Count
from model.configurations import AMOUNTS
from model.ir.expr import FALSE, TRUE, Expr, conj, disj, negate
from model.ir.quantifier import count, exists, forall
from model.ir.system import Property
from model.ir.types import BOOL, IntType
from model.labellings import labellings
from model.plugins import filters
from model.plugins.sharing import sharing
from model.position import Position
from model.scenario import Scenario


def rolling(cluster: Cluster) -> Expr:
    """The user has changed the template, and not taken the change back."""
    return cluster.in_stages(lambda stage: stage.by == "change")


def surge_bounded(name: str, text: str, cluster: Cluster) -> Property:
    """ReplicaSets never ask for more than replicas + maxSurge, as the user wrote them; until all of
    them have followed a scaling, as it was when one of them was last resized."""
    most: Count = cluster.desired + cluster.surge
    asked, stamps = cluster.asked(), cluster.desired_replicas
    within = asked <= most
    if stamps is not None:
        # Until its ReplicaSets follow a scale-down, what they were last written for counts.
        for r in cluster.own:
            for size in cluster.stages.sizes:
                known = (cluster.replicas[r] > 0) & (stamps[r] == size)
                over = size + cluster.resized(size).workload.rounded[0]
                within = within | (known & (asked <= over))
    if cluster.adopted is not None:
        # They are not its own any more.
        within = within | disj(*map(cluster.adopted.taken, cluster.own))
    return Property(
        name,
        "always",
        within,
        witness=asked == most,
        text=text,
        occasion="the ReplicaSets ask for replicas + maxSurge",
    )


def available_places(cluster: Cluster) -> Expr:
    """How many of the own pods are available; of a DaemonSet, how many nodes have one."""
    if cluster.scenario.workload.daemon is None:
        return cluster.count_own(cluster.is_available)
    return count(
        cluster.Node,
        lambda n: cluster.some_own(lambda p: (cluster.node[p] == n) & cluster.is_available(p)),
    )


def rollout_keeps_available(name: str, text: str, cluster: Cluster) -> Property:
    """Unless an involuntary fault has struck, replicas - maxUnavailable pods are available; of a
    DaemonSet, so many nodes have an available pod. Who scales up is owed no more than before until
    as many were available as then have to be."""
    least: Count = cluster.desired - cluster.unavailable
    if cluster.owed is not None:
        least = cluster.owed()
    available = available_places(cluster)
    begun = cluster.old
    made = cluster.some_own(lambda p: cluster.is_active(p) & (cluster.owner[p] != begun))
    moved = made | (cluster.active(begun) < cluster.desired)
    return Property(
        name,
        "always",
        cluster.disturbed | cluster.is_deleted() | (available >= least),
        witness=rolling(cluster) & moved,
        text=text,
        occasion="the rollout makes a pod, or takes an old one away",
    )


def some_node_up(name: str, text: str, cluster: Cluster) -> Property:
    """Not all nodes are down at a time."""
    up = exists(cluster.Node, lambda n: cluster.is_registered(n) & (cluster.health[n] == UP))
    runs = cluster.some_own(lambda p: cluster.phase[p].is_in("Running", "Ready", "Available"))
    return Property(
        name, "always", up, witness=runs, text=text, occasion="a pod of the workload runs"
    )


def no_overcommit(name: str, text: str, cluster: Cluster) -> Property:
    """What the pods of a node request never exceeds what the node can allocate."""
    if cluster.scenario.mixed:
        return _shared_nodes(name, text, cluster)
    limit = cluster.Pod.size
    template = cluster.scenario.workload.template

    asked = [request for _, request in filters.requested(template)]

    def exceeds(given: tuple[int, ...], pods: int) -> int:
        most, *amounts = given
        used = (pods * request for request in asked)
        return int(pods > most or any(map(gt, used, amounts)))

    def over(scenario: Scenario) -> list[int]:
        return filters.rows(
            scenario.nodes,
            partial(filters.allocatable, template),
            lambda given: [exceeds(given, n) for n in range(limit + 1)],
        )

    domain = (cluster.Node, IntType(0, limit))
    table = cluster.configuration.table("overcommitted", domain, BOOL, over, AMOUNTS)

    def pods_on(n: Expr) -> Expr:
        return count(cluster.Pod, lambda p: cluster.node[p] == n)

    return Property(
        name,
        "always",
        forall(cluster.Node, lambda n: ~table[n, pods_on(n)]),
        witness=cluster.some_own(lambda p: ~cluster.node[p].is_none()),
        text=text,
        occasion="a pod is bound",
    )


def _shared_nodes(name: str, text: str, cluster: Cluster) -> Property:
    """The same where several workloads take part: each resource that can run out is added up."""
    return Property(
        name,
        "always",
        conj(
            *(
                forall(cluster.Node, lambda n, room=room: room.used[n] <= room.given[n])  # type: ignore[misc]
                for room in cluster.rooms
            )
        ),
        witness=cluster.some_own(lambda p: ~cluster.node[p].is_none()),
        text=text,
        occasion="a pod is bound",
    )


def no_lost_update(name: str, text: str, cluster: Cluster) -> Property:
    """No write replaces a version that its writer had not seen."""
    assert cluster.lost_update is not None
    # The witness is the danger itself: an object was written behind a stalled watcher's back.
    behind = [f for f in cluster.builder.functions if f.name.endswith(" missed")]
    missed = exists(cluster.ReplicaSet, lambda r: disj(*(f[r] for f in behind)))
    return Property(
        name,
        "always",
        negate(cluster.lost_update()),
        witness=missed,
        text=text,
        occasion="an object is written behind a stalled watch",
    )


def budget_respected(name: str, text: str, cluster: Cluster) -> Property:
    """No ready pod is evicted, or deleted for an administrator's taint, while no more pods are
    healthy than the PodDisruptionBudget wants."""
    breached = cluster.budget_breached
    tainted = cluster.tainted is not None
    return Property(
        name,
        "always",
        TRUE if breached is None else negate(breached()),
        witness=exists(cluster.Node, cluster.is_tainted if tainted else cluster.cordoned),
        text=text,
        occasion="a node is tainted" if tainted else "a node is cordoned",
    )


def maintenance_keeps_available(name: str, text: str, cluster: Cluster) -> Property:
    """Unless an involuntary fault has struck, at most one replica is not available."""
    available = cluster.count_own(cluster.is_available)
    return Property(
        name,
        "always",
        cluster.disturbed | cluster.is_deleted() | (available >= cluster.desired - 1),
        witness=exists(cluster.Node, cluster.cordoned),
        text=text,
        occasion="a node is cordoned",
    )


def away(cluster: Cluster, p: Expr) -> Expr:
    """Whether a pod is in another zone than its volumes."""
    pins = cluster.pins
    if pins is None:
        return FALSE
    return exists(cluster.Node, lambda n: (cluster.node[p] == n) & ~pins.admits(p, n))


def placement_respected(name: str, text: str, cluster: Cluster) -> Property:
    """No pod is on a node that its template cannot be scheduled to, however empty the node, nor in
    another zone than its volumes. Where labels of nodes change, pods that are bound stay: a node
    will do that has the labels at some time."""
    if cluster.scenario.mixed:
        return _allowed_each(name, text, cluster)
    template = cluster.scenario.workload.template

    def now(scenario: Scenario) -> list[int]:
        return filters.rows(
            filters.reopened(scenario).nodes,
            partial(filters.seen, template),
            lambda read: [int(not filters.refused(template, read, 0))],
        )

    def allowed(scenario: Scenario) -> list[int]:
        return list(map(max, zip(*map(now, labellings(scenario)), strict=True)))

    table = cluster.configuration.table("allowed", (cluster.Node,), BOOL, allowed, AMOUNTS)

    def respected(p: Expr) -> Expr:
        return (~cluster.is_own(p) | table.get(cluster.node[p], True)) & ~away(cluster, p)

    return Property(
        name,
        "always",
        # One statement about each pod: induction proves it of those on one node of each kind.
        forall(cluster.Pod, respected),
        witness=cluster.some_own(lambda p: ~cluster.node[p].is_none()),
        text=text,
        occasion="a pod is bound",
    )


def _allowed_each(name: str, text: str, cluster: Cluster) -> Property:
    """The same where there are pods of several templates."""
    shared = [sharing(each) for each in labellings(cluster.scenario)]
    rows = [
        map(any, zip(*(s.admitted[s.workloads.index(each)] for s in shared), strict=True))
        for each in cluster.workloads
    ]
    domain = (cluster.ReplicaSet, cluster.Node)
    table = cluster.builder.table("allowed", domain, BOOL, [int(v) for row in rows for v in row])

    def strays(p: Expr) -> Expr:
        owner, node = cluster.owner[p], cluster.node[p]
        return exists(cluster.Node, lambda n: (node == n) & ~table[owner, n])

    return Property(
        name,
        "always",
        ~cluster.some_own(strays) & ~exists(cluster.Pod, lambda p: away(cluster, p)),
        witness=cluster.some_own(lambda p: ~cluster.node[p].is_none()),
        text=text,
        occasion="a pod is bound",
    )


def revisions_never_overlap(name: str, text: str, cluster: Cluster) -> Property:
    """Pods of the old and of the new revision are never there at the same time."""

    def there(r: Expr) -> Expr:
        return exists(cluster.Pod, lambda p: (cluster.owner[p] == r) & (cluster.phase[p] != ABSENT))

    new = there(cluster.new)
    pairs = combinations(cluster.own, 2)
    return Property(
        name,
        "always",
        ~disj(*(there(one) & there(other) for one, other in pairs)),
        witness=new,
        text=text,
        occasion="a pod of the new revision exists",
    )


def _most(cluster: Cluster, position: Position) -> int:
    """The most replicas that one ReplicaSet may have been asked for so far."""
    if cluster.scenario.change.autoscalers:
        sizes: tuple[int, ...] = (position.peak,)
    else:
        sizes = _asked(cluster, position)
    if len(cluster.own) == 1:
        return max(sizes)
    # What is left of a scaling in mid-rollout goes to the largest ReplicaSet, whatever it has.
    return max(size + cluster.resized(size).workload.rounded[0] for size in sizes)


def _asked(cluster: Cluster, position: Position) -> tuple[int, ...]:
    steps = (cluster.scenario.change.steps[number] for number in position.taken)
    asked = (step.replicas for step in steps if isinstance(step, Scale | Apply))
    said = (replicas for replicas in asked if replicas is not None)
    return cluster.scenario.workload.replicas, *said


def most_of_one(cluster: Cluster) -> Count:
    """How many pods a ReplicaSet may have: as many as the workload has replicas, or had before the
    user scaled it down; and maxSurge more where a rollout is scaled or paused.

    Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (scale).
    """
    if not cluster.scenario.change.has(*RESIZES, Pause):
        return cluster.desired
    return cluster.by_position(partial(_most, cluster))


def no_duplicate_pods(name: str, text: str, cluster: Cluster) -> Property:
    """No ReplicaSet has more active pods than the workload has replicas, or had before the user
    scaled it down. Where a rollout is scaled or paused, it may have maxSurge more: a Deployment
    that is shared out among its ReplicaSets gives what is left over to the largest."""
    most, adopted = most_of_one(cluster), cluster.adopted

    def within(r: Expr) -> Expr:
        # Who takes over a ReplicaSet may want more of it.
        others = FALSE if adopted is None else adopted.taken(r)
        return ~cluster.owned(r) | others | (cluster.active(r) <= most)

    return Property(
        name,
        "always",
        forall(cluster.ReplicaSet, within),
        witness=exists(
            cluster.ReplicaSet,
            lambda r: cluster.owned(r) & (cluster.active(r) == cluster.desired),
        ),
        text=text,
        occasion="a ReplicaSet has all of its pods",
    )


def pause_respected(name: str, text: str, cluster: Cluster) -> Property:
    """No ReplicaSet exists of a template that the Deployment has had only while it was paused."""

    def waiting(position: Position, revision: int) -> bool:
        return revision not in position.history

    ahead = [
        cluster.exists[r] & (cluster.by_position(lambda at, i=i: int(waiting(at, i))) == 1)  # type: ignore[misc]
        for i, r in enumerate(cluster.own)
    ]
    held = cluster.by_position(lambda at: int(at.stage.paused and waiting(at, at.stage.revision)))
    return Property(
        name,
        "always",
        ~disj(*ahead),
        witness=held == 1,
        text=text,
        occasion="the template changes while the Deployment is paused",
    )


def scale_down_spares_ready(name: str, text: str, cluster: Cluster) -> Property:
    """A ReplicaSet deletes no ready pod while it has one that is not ready."""
    assert cluster.ready_wasted is not None

    def mixed(r: Expr) -> Expr:
        def some(test: Callable[[Expr], Expr]) -> Expr:
            own = cluster.owner
            return exists(cluster.Pod, lambda p: cluster.is_active(p) & (own[p] == r) & test(p))

        surplus = cluster.owned(r) & (cluster.active(r) > cluster.replicas[r])
        return surplus & some(cluster.is_ready) & some(lambda p: ~cluster.is_ready(p))

    return Property(
        name,
        "always",
        negate(cluster.ready_wasted()),
        witness=exists(cluster.ReplicaSet, mixed),
        text=text,
        occasion="a ReplicaSet with ready and other pods scales down",
    )
