"""What a state says beyond its values: why pods wait, why a rollout stops, why a node stays full.

Each remark names the fields that decide it, so that a counterexample can point at them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model.apiserver.objects import PHASE, Cluster
from model.disruption import healthy_needed
from model.instance import Remark
from model.ir.system import State
from model.scenario import PodDisruptionBudget
from model.scheduler import pending
from model.scheduler.pending import values


def remarks(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """Everything there is to say of a state, most telling first."""
    cluster = cluster.closed(state)
    stuck = (*pending.remarks(cluster, state), *_never_ready(cluster, state))
    kept = _old_pods_kept(cluster, state) if stuck else ()
    return *stuck, *kept, *_not_drained(cluster, state)


def _pods(cluster: Cluster, state: State, wanted: Callable[[str, int, int], bool]) -> list[str]:
    """The pods whose phase, node (-1: none) and owner are wanted, by name."""
    phases = values(cluster, state, cluster.phase)
    nodes, owners = values(cluster, state, cluster.node), values(cluster, state, cluster.owner)
    rows = zip(cluster.Pod.elements, phases, nodes, owners, strict=True)
    return [name for name, phase, at, of in rows if wanted(PHASE.values[phase], at, of)]


def _many(names: Sequence[str], one: str, several: str) -> str:
    """A subject and the verb that suits it."""
    if len(names) == 1:
        return f"{names[0]} {one}"
    return f"{names[0]} and {len(names) - 1} more {several}"


def _never_ready(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """Running pods of a template that never becomes ready."""
    change, new = cluster.scenario.change, cluster.ReplicaSet.size - 1
    if change.kind != "rollout" or change.becomes_ready:
        return ()
    found = _pods(cluster, state, lambda phase, _, of: phase == "Running" and of == new)
    if not found:
        return ()
    said = _many(found, "never becomes", "never become")
    text = f"{said} ready: so spec.scenario.rollout.becomesReady says"
    return (Remark(text, ("spec.template.spec.containers[*].readinessProbe",)),)


def _old_pods_kept(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """That a rolling update keeps old pods while new ones are not ready, and how many it may give
    up."""
    workload, rolls = cluster.scenario.workload, cluster.scenario.change.kind == "rollout"
    if not (
        rolls
        and workload.strategy == "RollingUpdate"
        and values(cluster, state, cluster.replicas)[0]
    ):
        return ()
    given = workload.max_unavailable
    rounded = f" ({given} of {workload.replicas}, rounded down)" if given.percent else ""
    unavailable = cluster.scenario.workload.rounded[1]
    text = f"maxUnavailable is {unavailable}{rounded}: "
    if unavailable:
        text += "beyond that no old pod goes before a new one is ready"
    else:
        text += "no old pod goes before a new one is ready"
    return (Remark(text, ("spec.strategy.rollingUpdate.maxUnavailable",)),)


def _not_drained(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """Why pods are still on a node that is drained."""
    scenario, flags = cluster.scenario, cluster.unschedulable
    if flags is None:
        return ()
    nodes = [node.name for node in scenario.nodes]
    cordoned = values(cluster, state, flags)
    under_way = [n for n in scenario.change.nodes if cordoned[nodes.index(n)]]
    if not under_way:
        return ()
    # Of several drains only the last has begun without being over.
    name = under_way[-1]
    left = _pods(
        cluster,
        state,
        lambda phase, at, _: at == nodes.index(name) and phase not in ("Absent", "Terminating"),
    )
    if not left:
        return ()
    start = f"{_many(left, 'is', 'are')} still on {name}"
    budgets = scenario.budgets
    if scenario.workload.template.node_name:
        text = f"{start}: a cordon does not keep pods from the node that their nodeName names"
        return (Remark(text, ("spec.template.spec.nodeName",)),)
    if len(budgets) > 1:
        names = ", ".join(budget.name for budget in budgets)
        text = f"{start}: no pod is evicted that several PodDisruptionBudgets select ({names})"
        fields = tuple(f"PodDisruptionBudget/{budget.name}.spec.selector" for budget in budgets)
        return (Remark(text, fields),)
    healthy = len(_pods(cluster, state, lambda phase, *_: phase in ("Ready", "Available")))
    replicas = cluster.scenario.workload.replicas
    return tuple(
        Remark(
            f"{start}: PodDisruptionBudget {budget.name} ({_limit(budget)}) wants "
            f"{healthy_needed(budget, replicas)} healthy pods and there are {healthy}, so "
            "it refuses evictions",
            (f"PodDisruptionBudget/{budget.name}.spec.{_limit(budget).partition(':')[0]}",),
        )
        for budget in budgets
        if healthy <= healthy_needed(budget, replicas)
    )


def _limit(budget: PodDisruptionBudget) -> str:
    """The budget's limit as a manifest has it."""
    if budget.min_available is not None:
        return f"minAvailable: {budget.min_available}"
    return f"maxUnavailable: {budget.max_unavailable}"
