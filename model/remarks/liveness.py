"""Why something good never happens: why pods wait, why a rollout stops, why a node stays full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from model.api.poddisruptionbudget import PodDisruptionBudget
from model.apiserver.objects import PHASE, UP, Cluster
from model.controllers import tainteviction
from model.controllers.disruption import expected, healthy_needed, limit
from model.instance import Remark
from model.ir.expr import Expr
from model.ir.reading import Reading
from model.ir.system import State
from model.plugins.filters import UNSCHEDULABLE, heeds_cordons, refusals
from model.properties import daemonset
from model.remarks.safety import own_sets
from model.scenario import Scenario
from model.scheduler import pending
from model.scheduler.pending import values
from model.words import counted, listed, verb


def remarks(cluster: Cluster, reading: Reading, prop: str) -> tuple[Remark, ...]:
    """Everything there is to say of a state in which something waits, most telling first, and in
    the end how far from the property that is."""
    state = reading.state
    stuck = (
        *_no_writes(cluster, reading),
        *pending.remarks(cluster, state),
        *_never_ready(cluster, state),
        *_nodes_down(cluster, reading),
        *_outstayed(cluster.scenario),
    )
    kept = _old_pods_kept(cluster, state) if stuck else ()
    kept = (*kept, *(_in_order(cluster, state) if stuck else ()))
    missing = MISSING[prop](cluster, reading) if prop in MISSING else ()
    return *stuck, *kept, *_not_drained(cluster, state), *missing


def _no_writes(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """That etcd takes no writes."""
    if reading.value(lambda: cluster.serving):
        return
    plane = cluster.scenario.control_plane
    fields: tuple[str, ...] = ("spec.controlPlane.quorum",)
    text = f"etcd takes no writes: {plane.votes} of {plane.members} members must agree"
    down = next((f for f in cluster.builder.functions if f.name == "membersDown"), None)
    if down is not None and (number := reading.value(down)):
        text += f", and {number} {verb(number, 'is', 'are')} down and need not come back"
        fields = ("spec.faults.memberCrashes", "spec.faults.membersReturn")
    yield Remark(text, (*fields, "spec.controlPlane.members"))


def _nodes_down(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Nodes that are down, with pods that only their kubelets could start or stop."""
    for n in reading.those(cluster.Node, lambda n: cluster.health[n] != UP):
        pods = reading.those(
            cluster.Pod,
            lambda p, n: (cluster.node[p] == n) & ~cluster.is_ready(p),
            n,
        )
        if pods:
            said = f"{listed(pods)} {verb(pods, 'waits', 'wait')} for its kubelet"
            yield Remark(f"{n} is down: {said}", ("spec.faults.nodeCrashes",))


def _short_of_ready(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    ready = reading.value(lambda: cluster.count_own(cluster.is_ready))
    desired = reading.value(lambda: cluster.desired)
    if ready != desired:
        text = f"{counted(ready, 'pod')} {verb(ready, 'is', 'are')} ready; {desired} must be"
        yield Remark(text, ())


def _short_of_revision(
    cluster: Cluster, reading: Reading, replicaset: Callable[[Cluster], Expr]
) -> Iterator[Remark]:
    """What a ReplicaSet lacks to be the only one with pods."""
    target = reading.shown(lambda: replicaset(cluster))
    desired = reading.value(lambda: cluster.desired)
    there = {str(r): r for r in own_sets(cluster, reading, cluster.exists.__getitem__)}
    new = there.pop(target, None)
    available = 0 if new is None else reading.value(cluster.available, new)
    said = [f"{target} has {available} of {desired} pods available"] if available < desired else []
    for r in there.values():
        active = reading.value(cluster.active, r)
        said += [f"{r} still has {counted(active, 'active pod')}"] if active else []
    if said:
        yield Remark(listed(said), ())


def _unscheduled(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Pods without a node, where a node would take them."""
    waiting = reading.those(cluster.Pod, lambda p: cluster.is_unscheduled(p) & cluster.is_own(p))
    if waiting and not pending.remarks(cluster, reading.state):
        text = f"{listed(waiting)} {verb(waiting, 'is', 'are')} pending, without a node"
        yield Remark(text, ())


def _occupied(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Pods on a node that is drained, whether or not anything keeps them there."""
    for n in reading.those(cluster.Node, cluster.cordoned):
        pods = reading.those(
            cluster.Pod, lambda p, n: (cluster.node[p] == n) & cluster.is_own(p), n
        )
        if pods and not _not_drained(cluster, reading.state):
            yield Remark(f"{listed(pods)} {verb(pods, 'is', 'are')} still on {n}", ())


def _evicted_for_ever(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """The taints that evict; what a kubelet rejects is said of pods that wait."""
    taint = cluster.scenario.change.taint
    if taint is None or cluster.scenario.workload.template.node_name:
        return
    for n in reading.those(cluster.Node, cluster.is_tainted):
        text = f"{n} has the taint {taint}, which the pods do not tolerate for ever"
        yield Remark(text, ("spec.template.spec.tolerations", "spec.scenario.taint"))


def _outstayed(scenario: Scenario) -> Iterator[Remark]:
    """Nodes that take pods, which then may not stay."""
    template = scenario.workload.template
    names = [
        node.name
        for node in scenario.nodes
        if tainteviction.outstays(template, node) and not refusals(template, node, 0)
    ]
    if names:
        has = verb(names, "has a NoExecute taint", "have NoExecute taints")
        text = f"{listed(names)} {has} that pods tolerate for some seconds: then they are deleted"
        yield Remark(text, ("spec.template.spec.tolerations",))


def _unserved(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """The nodes without a ready pod that should have one."""
    nodes = reading.those(cluster.Node, lambda n: daemonset.unserved(cluster, n))
    if nodes:
        yield Remark(f"{listed(nodes)} {verb(len(nodes), 'has', 'have')} no ready pod", ())


#: How far a state is from what a property wants, by its name.
MISSING: Mapping[str, Callable[[Cluster, Reading], Iterator[Remark]]] = {
    "replicas-converge": _short_of_ready,
    "rollout-completes": lambda c, reading: _short_of_revision(c, reading, lambda c: c.new),
    "rollback-completes": lambda c, reading: _short_of_revision(c, reading, lambda c: c.old),
    "every-pod-scheduled": _unscheduled,
    "drain-completes": _occupied,
    "no-eviction-loop": _evicted_for_ever,
    "daemon-on-every-node": _unserved,
}


def _pods(cluster: Cluster, state: State, wanted: Callable[[str, int, int], bool]) -> list[str]:
    """The pods whose phase, node (-1: none) and owner are wanted, by name."""
    phases = values(cluster, state, cluster.phase)
    nodes, owners = values(cluster, state, cluster.node), values(cluster, state, cluster.owner)
    rows = zip(cluster.Pod.elements, phases, nodes, owners, strict=True)
    return [name for name, phase, at, of in rows if wanted(PHASE.values[phase], at, of)]


def _healthy(cluster: Cluster, state: State, budget: PodDisruptionBudget) -> int:
    """How many pods a budget takes for healthy."""
    guarded = [budget.guards(workload) for workload in cluster.workloads]
    return len(
        _pods(cluster, state, lambda phase, _, of: guarded[of] and phase in ("Ready", "Available"))
    )


def _many(names: Sequence[str], one: str, several: str) -> str:
    """A subject and the verb that suits it."""
    if len(names) == 1:
        return f"{names[0]} {one}"
    return f"{names[0]} and {len(names) - 1} more {several}"


def _never_ready(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """Running pods of a template that never becomes ready."""
    change, new = cluster.scenario.change, len(cluster.own) - 1
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
        and workload.kind == "Deployment"
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


def _in_order(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """That an OrderedReady StatefulSet does nothing for other pods before one is available."""
    stateful = cluster.scenario.workload.stateful
    if stateful is None or stateful.parallel:
        return ()
    waiting = _pods(cluster, state, lambda phase, *_: phase not in ("Ready", "Available"))
    if not waiting:
        return ()
    text = (
        f"podManagementPolicy is OrderedReady: the controller waits for {waiting[0]}, and neither "
        "replaces it nor minds pods of higher ordinals before it is available"
    )
    return (Remark(text, ("spec.podManagementPolicy",)),)


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
        lambda phase, at, of: (
            at == nodes.index(name)
            and phase not in ("Absent", "Terminating")
            and cluster.is_mine(cluster.workloads[of])
        ),
    )
    if not left:
        return ()
    start = f"{_many(left, 'is', 'are')} still on {name}"
    budgets = scenario.guards
    if scenario.workload.template.node_name:
        text = f"{start}: a cordon does not keep pods from the node that their nodeName names"
        return (Remark(text, ("spec.template.spec.nodeName",)),)
    if len(budgets) > 1:
        names = ", ".join(budget.name for budget in budgets)
        text = f"{start}: no pod is evicted that several PodDisruptionBudgets select ({names})"
        fields = tuple(f"PodDisruptionBudget/{budget.name}.spec.selector" for budget in budgets)
        return (Remark(text, fields),)
    refused = tuple(
        Remark(
            f"{start}: PodDisruptionBudget {budget.name} ({limit(budget)}) wants {wanted} healthy "
            f"pods and there are {healthy}, so it refuses evictions",
            (f"PodDisruptionBudget/{budget.name}.spec.{limit(budget).partition(':')[0]}",),
        )
        for budget in budgets
        for wanted in [healthy_needed(budget, expected(budget, scenario.workloads))]
        for healthy in [_healthy(cluster, state, budget)]
        if healthy <= wanted
    )
    if refused or heeds_cordons(scenario.workload.template):
        return refused
    text = (
        f"{start}: the pods tolerate the taint {UNSCHEDULABLE}, so a cordon does not keep them off"
    )
    return (Remark(text, ("spec.template.spec.tolerations",)),)
