"""PodDisruptionBudgets: how many healthy pods they want, and what takes a workload below that.

Only the eviction API asks them: whoever deletes a pod directly does not.

Source: kubernetes v1.36.2 `pkg/registry/core/pod/storage/eviction.go` (which evictions a budget
refuses), `pkg/controller/disruption/disruption.go` (how a budget's numbers are computed).

Omits: a budget's status that is behind the pods; pods of other workloads that a budget selects (see
`OMITTED`).
"""

from __future__ import annotations

from collections.abc import Iterator

from model.apiserver.objects import Cluster, Count
from model.ir.expr import TRUE, Expr
from model.ir.quantifier import count
from model.ir.system import Update, assign
from model.ir.types import BOOL
from model.omission import Found, Omission, doubts
from model.scenario import PodDisruptionBudget
from model.setting import Setting

#: What a trace says when the flag of `budget-respected` goes up.
BREACHED = "fewer pods are healthy than the PodDisruptionBudget wants"

OMISSIONS = (
    "PodDisruptionBudget status that lags behind the pods; other pods that a budget selects",
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


def _wanted(cluster: Cluster) -> Count:
    """What the only budget wants."""
    (budget,) = cluster.scenario.budgets
    return cluster.given(
        "healthyNeeded", lambda s: healthy_needed(budget, s.workload.replicas), "replicas"
    )


def allowed(cluster: Cluster, pod: Expr) -> Expr:
    """Whether the eviction API deletes a pod of the workload."""
    if not cluster.scenario.budgets or cluster.mutated("eviction-ignores-budget"):
        return TRUE
    pending = cluster.phase[pod].is_in("Pending")
    budget, *more = cluster.scenario.budgets
    if more:
        # Upstream refuses to evict a pod that several budgets select.
        return pending
    # A pod that is not ready takes nothing from the budget while enough others are.
    healthy, wanted = count(cluster.Pod, cluster.is_ready), _wanted(cluster)
    spare = (healthy > wanted) & (cluster.desired > 0)
    enough = TRUE if budget.guards_ready_only else (healthy >= wanted) & (wanted > 0)
    return spare | pending | (~cluster.is_ready(pod) & enough)


def breach(cluster: Cluster, pod: Expr) -> list[Update]:
    """What the deletion of a pod on somebody's behalf is to `budget-respected`."""
    if len(cluster.scenario.budgets) != 1:
        return []
    if cluster.budget_breached is None:
        cluster.budget_breached = cluster.builder.function("budgetBreached", (), BOOL, 0, BREACHED)
    below = cluster.is_ready(pod) & (count(cluster.Pod, cluster.is_ready) <= _wanted(cluster))
    return [assign(cluster.budget_breached(), True, where=below)]


def _shared(setting: Setting) -> Iterator[Found]:
    """Budgets of the workload that count others' pods as well."""
    for budget in setting.scenario.budgets:
        counted = setting.around.selected(budget.selector, budget.namespace)
        if any(pods is not setting.own for pods in counted):
            label = f"PodDisruptionBudget/{budget.namespace}/{budget.name}"
            place = budget.fields.get("spec.selector", budget.source)
            yield Found(f"{label} over other pods", place)


OMITTED = (
    Omission(
        "shared-budget",
        "a PodDisruptionBudget counts all pods that it selects, of whatever workload",
        doubts("budget-respected", "maintenance-keeps-available", "drain-completes"),
        doubts("budget-respected", "drain-completes"),
        elsewhere=_shared,
    ),
)
