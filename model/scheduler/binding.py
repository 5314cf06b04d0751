"""The scheduler's cycle: take a pending pod, filter the nodes, bind it to one of the best.

Which node wins among equally good ones is left open, so every choice is explored. Deciding and
binding are one step: the scheduler assumes its own bindings at once, so no cycle sees a state
without them.

Source: kubernetes v1.36.2 `pkg/scheduler/schedule_one.go` (schedulePod, selectHost, assume),
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (the unreachable:NoSchedule taint).

A pod whose template has a nodeName is nothing for the scheduler; that its kubelet takes it up, or
rejects it, is the step that stands for binding.

Omits: a binding that the API server refuses, sampling of nodes in clusters of 100 and more, a
scheduler that has not yet seen a node's cordon or taint.
"""

from __future__ import annotations

from functools import partial

from model.apiserver.admission import admitted_tolerations
from model.apiserver.objects import UNREACHABLE, UP, Cluster, node, pod
from model.configurations import AMOUNTS
from model.controllers import nodelifecycle
from model.ir.expr import variable
from model.ir.quantifier import count, exists, maximum
from model.ir.system import assign
from model.ir.types import BOOL, IntType
from model.node import kubelet
from model.scenario import Node, Scenario
from model.scheduler import filters, scores

NAME = "kube-scheduler"

OMISSIONS = (
    *filters.OMISSIONS,
    *scores.OMISSIONS,
    "a scheduler that has not seen the newest nodes",
)


def admits(scenario: Scenario, limit: int) -> list[int]:
    """Row-major [node, pods on it] table: 1 where the filters let one more pod in.

    `limit` is the greatest number of pods on a node that is asked about.
    """
    template = scenario.workload.template
    late = int("fit-off-by-one" in scenario.mutations)

    def admitted(read: filters.Seen, pods: int) -> int:
        blocked = filters.refused(template, read, max(0, pods - late))
        if "taints-ignored" in scenario.mutations:
            blocked = [b for b in blocked if b[0].name != "TaintToleration"]
        return int(not blocked)

    return filters.rows(
        scenario.nodes,
        partial(filters.seen, template),
        lambda read: [admitted(read, pods) for pods in range(limit + 1)],
    )


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
    pods = IntType(0, limit)
    table, score = cluster.configuration.table, IntType(0, scores.highest_score())
    domain = (cluster.Node, pods)
    fits = table("fits", domain, BOOL, lambda s: admits(s, limit), AMOUNTS)
    value = table("score", domain, score, lambda s: preferences(s, limit), AMOUNTS)
    n = variable("node", cluster.Node)
    on = builder.define("podsOn", (n,), count(cluster.Pod, lambda q: cluster.node[q] == n))
    open_ = fits[n, on[n]]
    template, taint = scenario.workload.template, scenario.change.taint
    named = bool(template.node_name)
    given = admitted_tolerations(template)
    minds_taint = taint is not None and not filters.tolerates(given, taint)
    if minds_taint and not cluster.mutated("taints-ignored"):
        open_ = open_ & ~cluster.is_tainted(n)
    if named:
        kubelet.reject(cluster, builder.define("refused", (n,), ~open_))
    open_ = open_ & cluster.is_registered(n)
    if scenario.faults.node_crashes and named:
        open_ = open_ & (cluster.health[n] == UP)
    elif scenario.faults.node_crashes and not nodelifecycle.admitted_unreachable(template):
        open_ = open_ & (cluster.health[n] != UNREACHABLE)
    minds_cordon = filters.heeds_cordons(template) and not cluster.mutated("cordon-ignored")
    if cluster.unschedulable is not None and minds_cordon:
        open_ = open_ & ~cluster.unschedulable[n]
    wide = [t for t in template.anti_affinity if t.topology_key != filters.HOSTNAME]
    if wide:
        nodes = scenario.nodes
        together = builder.table(
            "sameDomain",
            (cluster.Node, cluster.Node),
            BOOL,
            [int(filters.same_domain(template, a, b)) for a in nodes for b in nodes],
        )
        open_ = open_ & ~exists(cluster.Node, lambda m: together[n, m] & (on[m] > 0))
    feasible = builder.define("feasible", (n,), open_)
    best = builder.define(
        "bestScore",
        (),
        maximum(cluster.Node, lambda m: value[m, on[m]], lambda m: feasible[m], default=-1),
    )
    p, chosen = pod(cluster), node(cluster)
    bind = builder.action(
        "bind",
        kubelet.NAME if named else NAME,
        (p, chosen),
        cluster.is_unscheduled(p)
        & feasible[chosen]
        & (value[chosen, on[chosen]] == best())
        & cluster.serving,
        [assign(cluster.node[p], chosen)],
        fairness="weak",
        text="{node} takes {pod}: it is its nodeName" if named else "bind {pod} to {node}",
        why="{node} is up and has room for it" if named else "no feasible node has a higher score",
    )
    waiting = exists(cluster.Pod, cluster.is_unscheduled)
    cluster.quick.append((bind, waiting & (best() >= 0) & cluster.serving))


def place(scenario: Scenario) -> list[int | None]:
    """Where the pods of a deployed workload are: one after the other on a best node, the first
    among equals; None for a pod that no node takes."""
    limit = scenario.workload.replicas
    fits, value = admits(scenario, limit), preferences(scenario, limit)
    used = [0] * len(scenario.nodes)
    template, nodes = scenario.workload.template, scenario.nodes
    placement: list[int | None] = []
    #: Nodes whose pods may matter to other nodes: those of a workload with anti-affinity.
    holders: list[Node] = []
    for _ in range(limit):
        feasible = [
            i
            for i, each in enumerate(nodes)
            if fits[i * (limit + 1) + used[i]]
            and not any(filters.same_domain(template, each, other) for other in holders)
        ]
        if not feasible:
            placement.append(None)
            continue
        best = max(feasible, key=lambda i: value[i * (limit + 1) + used[i]])
        if template.anti_affinity and not used[best]:
            holders.append(nodes[best])
        used[best] += 1
        placement.append(best)
    return placement
