"""The user: changes the template, takes the change back, drains a node.

Source: kubernetes v1.36.2 `staging/src/k8s.io/kubectl/pkg/drain/drain.go` (cordon, then evict and
retry), `pkg/registry/core/pod/storage/eviction.go` (which evictions a budget refuses),
`pkg/controller/disruption/disruption.go` (how a budget's numbers are computed).

Pods with a nodeName come back to the node that is drained. A drain lists its pods once, so it
leaves those alone.

Omits: a drain that starts over, `--force`, DaemonSet pods; a budget's status is never behind the
pods; pods of other workloads that a budget also selects.
"""

from __future__ import annotations

from model.apiserver.objects import NEW, OLD, REVERTED, Cluster, pod
from model.ir.expr import (
    Expr,
    constant,
    integer,
    variable,
)
from model.ir.quantifier import count
from model.ir.system import assign
from model.ir.types import BOOL, EnumType
from model.scenario import PodDisruptionBudget

NAME = "user"

#: What a trace says when the flag of `budget-respected` goes up.
BREACHED = "fewer pods are healthy than the PodDisruptionBudget wants"

OMISSIONS = (
    "PodDisruptionBudget status that lags behind the pods; other pods that a budget selects",
)


def add(cluster: Cluster) -> None:
    """Adds the user's change of the scenario."""
    kind = cluster.scenario.change.kind
    if kind == "rollout":
        _rollout(cluster)
    elif kind == "drain":
        _drain(cluster)


def _rollout(cluster: Cluster) -> None:
    builder, change = cluster.builder, cluster.change
    assert change is not None
    assert isinstance(change.type, EnumType)
    image = cluster.scenario.change.image or "a new template"
    builder.action(
        "change template",
        NAME,
        (),
        (change() == constant(change.type, OLD)) & cluster.serving,
        [assign(change(), constant(change.type, NEW))],
        text=f"change the template to {image}",
        why="the scenario is a rollout",
    )
    if cluster.scenario.change.rollback:
        builder.action(
            "roll back",
            NAME,
            (),
            (change() == constant(change.type, NEW)) & cluster.serving,
            [assign(change(), constant(change.type, REVERTED))],
            text="change the template back to what it was",
            why="the scenario lets the user take the rollout back at any moment",
        )


def healthy_needed(budget: PodDisruptionBudget, replicas: int) -> int:
    """How many healthy pods a budget wants; percentages round up."""
    if budget.min_available is not None:
        return budget.min_available.scaled(replicas, round_up=True)
    assert budget.max_unavailable is not None
    return max(0, replicas - budget.max_unavailable.scaled(replicas, round_up=True))


def limit(budget: PodDisruptionBudget) -> str:
    """A budget's limit as a manifest has it."""
    if budget.min_available is not None:
        return f"minAvailable: {budget.min_available}"
    return f"maxUnavailable: {budget.max_unavailable}"


def _drain(cluster: Cluster) -> None:
    builder, p, unschedulable = cluster.builder, pod(cluster), cluster.unschedulable
    assert unschedulable is not None
    builder.omit(*OMISSIONS)
    target = cluster.scenario.change.node
    chosen = builder.table(
        "drained", (cluster.Node,), BOOL, [int(n.name == target) for n in cluster.scenario.nodes]
    )
    node = variable("node", cluster.Node)
    builder.action(
        "cordon",
        NAME,
        (node,),
        chosen[node] & ~unschedulable[node] & cluster.serving,
        [assign(unschedulable[node], True)],
        text="cordon {node} for the drain",
        why="a drain first keeps new pods off the node",
    )
    healthy = count(cluster.Pod, cluster.is_ready)
    wanted = [
        cluster.given(
            "healthyNeeded",
            lambda s, b=budget: healthy_needed(b, s.workload.replicas),  # type: ignore[misc]
            "replicas",
        )
        for budget in cluster.scenario.budgets
    ]
    allowed: Expr = integer(0) <= 0
    breached = None
    if len(wanted) > 1:
        # Upstream refuses to evict a pod that several budgets select.
        allowed = cluster.phase[p].is_in("Pending")
    elif wanted:
        # A pod that is not ready takes nothing from the budget while enough others are.
        unready = ~cluster.is_ready(p)
        pending = cluster.phase[p].is_in("Pending")
        spare = (healthy > wanted[0]) & (cluster.desired > 0)
        enough = (healthy >= wanted[0]) & (wanted[0] > 0)
        allowed = spare | pending | (unready & enough)
        breached = builder.function("budgetBreached", (), BOOL, 0, BREACHED)
        cluster.budget_breached = breached
    if cluster.mutated("eviction-ignores-budget"):
        allowed = integer(0) <= 0
    here = unschedulable.get(cluster.node[p], False) & chosen.get(cluster.node[p], False)
    updates = cluster.delete(p)
    if cluster.scenario.workload.template.node_name:
        evicted = builder.function("evicted", (cluster.Pod,), BOOL, 0)
        here = here & ~evicted[p]
        updates.append(assign(evicted[p], True))
    if breached is not None:
        below = cluster.is_ready(p) & (healthy <= wanted[0])
        updates.append(assign(breached(), True, where=below))
    builder.action(
        "evict pod",
        NAME,
        (p,),
        cluster.is_active(p) & here & allowed & cluster.serving,
        updates,
        fairness="weak",
        text="drain: evict {pod}",
        why="no PodDisruptionBudget refuses it" if wanted else "no PodDisruptionBudget selects it",
    )
