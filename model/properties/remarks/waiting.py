"""Why something waits: why pods do, why a rollout stops, why a node stays full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from model.api.poddisruptionbudget import PodDisruptionBudget
from model.apiserver.objects import PHASE, UP, Cluster
from model.controllers import tainteviction
from model.controllers.budgetstatus import healthy_needed
from model.controllers.disruption import computed, expected, limit, scaleless
from model.instance import Remark
from model.ir.reading import Reading
from model.ir.system import State
from model.plugins.filters import UNSCHEDULABLE, heeds_cordons, refusals
from model.properties.remarks import quota
from model.properties.remarks.safety import own_sets
from model.scenario import Faults, Scenario
from model.scheduler import pending
from model.scheduler.pending import values
from model.words import counted, listed, verb

_FOR_GOOD = "spec.faults.podsFailForGood"


def remarks(cluster: Cluster, reading: Reading) -> tuple[Remark, ...]:
    """Everything there is to say of a state in which something waits, most telling first."""
    state = reading.state
    stuck = (
        *_no_writes(cluster, reading),
        *quota.refused(cluster, reading),
        *pending.remarks(cluster, state),
        *_never_ready(cluster, state),
        *_broken(cluster, reading),
        *_never_replaced(cluster, state),
        *_nodes_down(cluster, reading),
        *_outstayed(cluster.scenario),
        *_sized_already(cluster, reading),
    )
    kept = _old_pods_kept(cluster, reading) if stuck else ()
    acts = stuck and not reading.value(cluster.is_deleted)
    kept = (*kept, *(_in_order(cluster, state) if acts else ()))
    return *stuck, *kept, *not_drained(cluster, state)


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


def _lost_by(faults: Faults, *, cut_off: bool) -> str:
    """The field of the fault by which a node is lost, or of one of them."""
    if cut_off:
        return "nodePartitions" if faults.node_partitions else "zonePartitions"
    if faults.node_crashes:
        return "nodeCrashes"
    return "zoneCrashes" if faults.zone_crashes else "overloads"


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
            cut_off = reading.value(cluster.harm.is_cut_off, n)
            is_ = "is cut off" if cut_off else "is down"
            field = _lost_by(cluster.scenario.faults, cut_off=bool(cut_off))
            if not reading.value(cluster.is_registered, n):
                is_, field = "is gone", "nodeRemovals"
            yield Remark(f"{n} {is_}: {said}", (f"spec.faults.{field}",))


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


def _pods(cluster: Cluster, state: State, wanted: Callable[[str, int, int], bool]) -> list[str]:
    """The pods whose phase, node (-1: none) and owner are wanted, by name."""
    phases = values(cluster, state, cluster.phase)
    nodes, owners = values(cluster, state, cluster.node), values(cluster, state, cluster.owner)
    rows = zip(cluster.Pod.elements, phases, nodes, owners, strict=True)
    return [name for name, phase, at, of in rows if wanted(PHASE.values[phase], at, of)]


def _in_its_way(cluster: Cluster, state: State, budget: PodDisruptionBudget) -> list[str]:
    """The workloads without a scale that keep a budget from being computed."""
    gone = [] if cluster.expired is None else values(cluster, state, cluster.expired)
    over = {each.subject for each, is_ in zip(cluster.workloads, gone, strict=False) if is_}
    ways = scaleless(budget, cluster.scenario.workloads)
    return [each.subject for each in ways if each.subject not in over]


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
    revisions = cluster.stages.revisions
    never = {i for i, revision in enumerate(revisions) if not revision.becomes_ready}
    found = _pods(cluster, state, lambda phase, _, of: phase == "Running" and of in never)
    if not found:
        return ()
    said = _many(found, "never becomes", "never become")
    where = "steps" if cluster.scenario.change.kind == "steps" else "rollout.becomesReady"
    text = f"{said} ready: so spec.scenario.{where} says"
    return (Remark(text, ("spec.template.spec.containers[*].readinessProbe",)),)


def _broken(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Pods that never get ready again."""
    pods = reading.those(cluster.Pod, cluster.harm.is_broken)
    if pods:
        said = (
            f"{listed(pods)} {verb(pods, 'has', 'have')} failed for good, and nobody makes another"
        )
        yield Remark(f"{said}: a pod stays as long as it is not deleted", (_FOR_GOOD,))


def _never_replaced(cluster: Cluster, state: State) -> Iterator[Remark]:
    """That a pod is gone for good."""
    if cluster.scenario.workload.is_pod and not _pods(
        cluster, state, lambda phase, _, of: phase != "Absent" and of == 0
    ):
        name = cluster.scenario.workload.name
        owners = [each.subject for each in cluster.workloads if each.adopts(cluster.workloads[0])]
        if owners:
            text = f"{name} is no pod of its own any more: {listed(owners)} took it over"
            yield Remark(f"{text}, as the selector matches it", ("spec.template.metadata.labels",))
            return
        yield Remark(f"{name} is gone, and nothing controls it: nobody makes it again", ())


def _sized_already(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """That a sync takes a Deployment for one that was scaled, and finds nothing to do about it."""
    stamps = cluster.desired_replicas
    if stamps is None:
        return
    active = own_sets(cluster, reading, lambda r: cluster.replicas[r] > 0)
    for r in active if len(active) == 1 else ():
        noted = reading.value(stamps.__getitem__, r)
        asked = reading.value(lambda r: cluster.replicas[r], r)
        desired = reading.value(lambda: cluster.desired)
        if noted != desired == asked:
            yield Remark(
                f"{r} has {counted(asked, 'replica')}, as it should, but was last written for "
                f"{noted}: each sync takes that for a scaling, and never comes to the rollout",
                ("spec.strategy.rollingUpdate.maxSurge", "spec.scenario.steps"),
            )


def _old_pods_kept(cluster: Cluster, reading: Reading) -> tuple[Remark, ...]:
    """That a rolling update keeps old pods while new ones are not ready, and how many it may give
    up."""
    workload, rolls = cluster.scenario.workload, cluster.scenario.change.rolls
    if not (
        rolls
        and workload.kind == "Deployment"
        and workload.strategy == "RollingUpdate"
        and values(cluster, reading.state, cluster.replicas)[0]
        and not reading.value(cluster.is_deleted)
    ):
        return ()
    given = workload.max_unavailable
    unavailable, desired = (
        reading.value(lambda each=each: each) for each in (cluster.unavailable, cluster.desired)
    )
    rounded = f" ({given} of {desired}, rounded down)" if given.percent else ""
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


def not_drained(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """Why pods are still on a node that is drained."""
    scenario, flags = cluster.scenario, cluster.unschedulable
    if flags is None:
        return ()
    nodes = [node.name for node in scenario.nodes]
    cordoned = values(cluster, state, flags)
    under_way = [n for n in scenario.change.drained if cordoned[nodes.index(n)]]
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
    alone = _pods(
        cluster, state, lambda _, at, of: at == nodes.index(name) and cluster.workloads[of].is_pod
    )
    if alone:
        why = f"nothing controls {alone[0]}, so a drain without --force evicts nothing there"
        return (Remark(f"{start}: {why}", ()),)
    budgets = scenario.guards
    if scenario.workload.template.node_name:
        text = f"{start}: a cordon does not keep pods from the node that their nodeName names"
        return (Remark(text, ("spec.template.spec.nodeName",)),)
    if len(budgets) > 1:
        names = ", ".join(budget.name for budget in budgets)
        text = f"{start}: no pod is evicted that several PodDisruptionBudgets select ({names})"
        fields = tuple(f"PodDisruptionBudget/{budget.name}.spec.selector" for budget in budgets)
        return (Remark(text, fields),)
    for budget in budgets:
        hidden = [] if computed(budget, scenario.workloads) else _in_its_way(cluster, state, budget)
        if hidden:
            whose = f"{listed(hidden)} {verb(len(hidden), 'is', 'are')} to have"
            refuses = f"PodDisruptionBudget {budget.name} ({limit(budget)}) refuses evictions"
            text = f"{start}: nobody can tell how many pods {whose}, so {refuses}"
            field = limit(budget).partition(":")[0]
            return (Remark(text, (f"PodDisruptionBudget/{budget.name}.spec.{field}",)),)
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
