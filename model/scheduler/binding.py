"""The scheduler's cycle: take a pending pod, filter the nodes, bind it to one that is left.

Which feasible node wins is left open, so every choice is explored, unless the scenario asks for the
best (`model.scheduler.preferring`): what holds then holds for whatever scores and samples of nodes
there are. Only among nodes that no run tells apart (see `model.scheduler.placements`) is the choice
narrowed, to those of one score. Deciding and binding are one step: the scheduler assumes its own
bindings at once, so no cycle sees a state without them.

Source: kubernetes v1.36.3 `pkg/scheduler/schedule_one.go` (schedulePod, selectHost, assume),
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (the unreachable:NoSchedule taint).

A pod whose template has a nodeName is nothing for the scheduler; that its kubelet takes it up, or
rejects it, is the step that stands for binding.

When a pod is tried again is left open, and so is the order in which pods are: docs/scheduler.md
says why no run of the scheduler's queue is left out, and none waits for ever that could not there.

Omits: bindings that the API server refuses: pods that are to be near the one whose binding fails,
or are spread evenly with it, may be bound by it before the scheduler forgets that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from model.apiserver import requests
from model.apiserver.objects import UP, Cluster, node, pod
from model.apiserver.symbols import Quick
from model.configurations import AMOUNTS
from model.controllers import nodelifecycle
from model.ir.expr import TRUE, Expr, variable
from model.ir.quantifier import count, exists, maximum
from model.ir.system import assign
from model.ir.types import BOOL, IntType, Sort
from model.labellings import NODE_LABELS
from model.mutation import Mutation
from model.node import kubelet
from model.plugins import filters, scores, spreading
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.filters import CORDON_IGNORED, TAINTS_IGNORED
from model.scenario import Scenario
from model.scheduler import cache, placements, preemption, rooms, spread

REMOVED_NODES_FEASIBLE = Mutation(
    "removed-nodes-feasible", "the scheduler binds pods to nodes that were removed"
)
ANY_NODE_FOR_DAEMONS = Mutation(
    "any-node-for-daemons",
    "the scheduler binds a DaemonSet's pod to any feasible node, not to that which it is for",
)
VOLUMES_TRAVEL = Mutation(
    "volumes-travel", "the scheduler binds pods to nodes in other zones than their volumes"
)

NAME = cache.NAME

OMISSIONS = filters.OMISSIONS


def preferences(scenario: Scenario, limit: int) -> list[int]:
    """Row-major [node, pods on it] table of the scores that one more pod would be given."""
    template = scenario.workload.template
    return filters.rows(
        scenario.nodes,
        partial(scores.seen, template),
        lambda read: [scores.total(template, read, pods) for pods in range(limit + 1)],
    )


def add(cluster: Cluster) -> None:
    """Adds the scheduler."""
    scenario, builder = cluster.scenario, cluster.builder
    builder.omit(*OMISSIONS)
    limit = cluster.Pod.size
    if cluster.nominations is not None:
        _bind(cluster, takes=preemption.add(cluster, cluster.nominations))
        return
    if scenario.mixed:
        feasible = rooms.feasible(cluster)
        if cluster.target is None:
            _bind(cluster, feasible)
        else:
            _bind_to_target(cluster, feasible)
        return
    pods = IntType(0, limit)
    table, domain = cluster.configuration.table, (cluster.Node, pods)
    fits = table(
        "fits",
        domain,
        BOOL,
        lambda s: filters.admits(filters.reopened(s), limit),
        (*AMOUNTS, NODE_LABELS),
        labelling=cache.labelling(cluster),
    )
    n = variable("node", cluster.Node)
    on = builder.define("podsOn", (n,), count(cluster.Pod, lambda q: cluster.node[q] == n))
    template = scenario.workload.template
    open_ = _minded(cluster, n, fits[n, on[n]])
    wide = [t for t in template.anti_affinity if t.topology_key != filters.HOSTNAME]
    if wide:
        together = table(
            "sameDomain",
            (cluster.Node, cluster.Node),
            BOOL,
            lambda s: [int(filters.same_domain(template, a, b)) for a in s.nodes for b in s.nodes],
            (NODE_LABELS,),
            labelling=cache.labelling(cluster),
        )
        open_ = open_ & ~exists(
            cluster.Node, lambda m: together[n, m] & cluster.is_registered(m) & (on[m] > 0)
        )
    if (evenly := spread.even(cluster)) is not None:
        r = variable("replicaset", cluster.ReplicaSet)
        fair = builder.define("feasible", (r, n), open_ & evenly(r, n))
        _bind(cluster, lambda replicaset, m: fair[replicaset, m])
        return
    feasible_ = builder.define("feasible", (n,), open_)
    if cluster.target is not None:
        _bind_to_target(cluster, lambda _, m: feasible_[m])
        return
    chosen = node(cluster)
    preferred: Expr = TRUE
    apart = placements.told(scenario)
    if not (cluster.general or all(apart)):
        told = builder.table("toldApart", (cluster.Node,), BOOL, list(map(int, apart)))
        score = IntType(0, scores.highest_score())
        over = (*AMOUNTS, NODE_LABELS)
        value = table("score", domain, score, lambda s: preferences(s, limit), over)
        best = maximum(
            cluster.Node, lambda m: value[m, on[m]], lambda m: feasible_[m] & ~told[m], default=-1
        )
        preferred = value[chosen, on[chosen]] == builder.define("bestScore", (), best)()
        preferred = told[chosen] | preferred
    _bind(cluster, lambda _, m: feasible_[m], preferred)


def _minded(cluster: Cluster, n: Expr, fits: Expr) -> Expr:
    """Whether a node takes one more pod that fits: what has become of it during the run lets pods
    onto it, as far as the scheduler knows. Adds that kubelets reject what is theirs by nodeName."""
    scenario, builder, open_ = cluster.scenario, cluster.builder, fits
    template, taint = scenario.workload.template, scenario.change.taint
    named = bool(template.node_name)
    seen = cache.Cache(cluster)
    given = admitted_tolerations(template)
    minds_taint = taint is not None and not filters.tolerates(given, taint)
    if minds_taint and not cluster.mutated(TAINTS_IGNORED):
        tainted = cluster.is_tainted(n) if named else seen.is_tainted(n)
        open_ = open_ & ~tainted
    if named:
        kubelet.reject(cluster, builder.define("refused", (n,), ~open_))
    if not cluster.mutated(REMOVED_NODES_FEASIBLE):
        open_ = open_ & cluster.is_registered(n)
    if scenario.faults.losses and named:
        open_ = open_ & (cluster.health[n] == UP)
    elif scenario.faults.losses and not nodelifecycle.admitted_unreachable(template):
        open_ = open_ & ~seen.is_unreachable(n)
    minds_cordon = filters.heeds_cordons(template) and not cluster.mutated(CORDON_IGNORED)
    if cluster.unschedulable is not None and minds_cordon:
        open_ = open_ & ~seen.unschedulable(n)
    if not named:
        seen.finish()
    return open_


def _bind(
    cluster: Cluster,
    feasible: Callable[[Expr, Expr], Expr] = lambda _, __: TRUE,
    preferred: Expr = TRUE,
    takes: Callable[[Expr, Expr], Expr] | None = None,
) -> None:
    """The step, where a node is feasible for pods of a ReplicaSet, or takes one that is not like
    others of its ReplicaSet."""
    p, chosen = pod(cluster), node(cluster)
    named = bool(cluster.scenario.workload.template.node_name)
    owner, pins = cluster.owner, cluster.pins

    def reached(q: Expr, m: Expr) -> Expr:
        if takes is not None:
            return takes(q, m)
        if pins is None or cluster.mutated(VOLUMES_TRAVEL):
            return feasible(owner[q], m)
        return feasible(owner[q], m) & pins.admits(q, m)

    if not named and takes is None and pins is None:
        preferred = preferred & _best(cluster, cluster.ReplicaSet, lambda r: r, feasible)(
            owner[p], chosen
        )
    elif not named:
        preferred = preferred & _best(cluster, cluster.Pod, owner.__getitem__, reached)(p, chosen)
    also = list(pins.bound(p, chosen)) if pins is not None else []
    if cluster.nominations is not None:
        also += cluster.nominations.bound(p)
    bind = requests.send(
        cluster,
        "bind",
        kubelet.NAME if named else NAME,
        (p, chosen),
        cluster.is_unscheduled(p) & reached(p, chosen) & preferred,
        [assign(cluster.node[p], chosen), *also],
        fairness="weak",
        fair_for=(p,),
        text="{node} takes {pod}: it is its nodeName" if named else "bind {pod} to {node}",
        why="{node} is up and has room for it" if named else "{node} is feasible for {pod}",
    )
    if takes is not None or pins is not None:
        due = exists(
            cluster.Pod,
            lambda q: cluster.is_unscheduled(q) & exists(cluster.Node, lambda m: reached(q, m)),
        )
    elif cluster.scenario.mixed or spreading.constraints(cluster.scenario):
        r = variable("replicaset", cluster.ReplicaSet)
        some = exists(cluster.Node, lambda m: feasible(r, m))
        fits = cluster.builder.define("someFeasible", (r,), some)
        due = exists(cluster.Pod, lambda q: cluster.is_unscheduled(q) & fits[owner[q]])
    else:
        waiting = exists(cluster.Pod, cluster.is_unscheduled)
        due = waiting & exists(cluster.Node, lambda m: feasible(cluster.old, m))
    cluster.quick.append(Quick(bind, due & cluster.serving))


def _best(
    cluster: Cluster,
    sort: Sort,
    owner: Callable[[Expr], Expr],
    feasible: Callable[[Expr, Expr], Expr],
) -> Callable[[Expr, Expr], Expr]:
    """Whether a feasible node is one that the scheduler may choose for an element of a sort, whose
    owner makes such pods."""
    if cluster.scenario.choice == "feasible":
        return lambda _, __: TRUE
    from model.scheduler.preferring import preferred  # few ask for it
    from model.scheduler.scored import Left

    builder = cluster.builder
    before = len(builder.tables), len(builder.definitions)
    try:
        return preferred(cluster, sort, owner, feasible)
    except Left as problem:
        del builder.tables[before[0] :], builder.definitions[before[1] :]
        builder.assumptions.append(f"pods go to any feasible node: {problem}")
        return lambda _, __: TRUE


def _bind_to_target(cluster: Cluster, feasible: Callable[[Expr, Expr], Expr]) -> None:
    """The step where pods of DaemonSets are made for a node each."""
    p, chosen, target = pod(cluster), node(cluster), cluster.target
    assert target is not None
    anywhere = any(each.daemon is None for each in cluster.workloads)

    def bindable(q: Expr, m: Expr) -> Expr:
        meant = TRUE if cluster.mutated(ANY_NODE_FOR_DAEMONS) else target[q] == m
        if anywhere:
            meant = meant | target[q].is_none()
        takes = feasible(cluster.owner[q], m)
        return cluster.is_unscheduled(q) & meant & takes & cluster.serving

    bind = cluster.builder.action(
        "bind",
        NAME,
        (p, chosen),
        bindable(p, chosen)
        & _best(cluster, cluster.Pod, cluster.owner.__getitem__, bindable)(p, chosen),
        [assign(cluster.node[p], chosen)],
        fairness="weak",
        fair_for=(p,),
        text="bind {pod} to {node}",
        why="{node} is feasible for {pod}"
        if anywhere
        else "{pod} is made for {node}, which is feasible",
    )
    due = exists(cluster.Pod, lambda q: exists(cluster.Node, lambda m: bindable(q, m)))
    cluster.quick.append(Quick(bind, due))
