"""Why a pod is pending: what the scheduler would say of each node in a given state."""

from __future__ import annotations

from collections.abc import Iterator

from model.api.node import ZONE
from model.api.pod import PodTemplate
from model.api.quantity import show
from model.api.workload import Workload
from model.apiserver.objects import HEALTH, PHASE, Cluster
from model.apiserver.pins import NOWHERE
from model.controllers.nodelifecycle import admitted_unreachable
from model.instance import Remark
from model.ir.system import State, StateFunction
from model.plugins import filters, spreading
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.podtopologyspread import UNEVEN
from model.plugins.sharing import sharing

PRIORITY = "spec.template.spec.priorityClassName"
#: Nodes that are named one by one before the rest is counted.
NAMED = 3


def remarks(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """For a state with pods that no node takes: why not, the same reasons together.

    What has become of a node comes first, then the first filter that keeps a pod off it.
    """
    found = [
        (name, cluster.workloads[of], of)
        for name, phase, at, of in zip(
            cluster.Pod.elements,
            values(cluster, state, cluster.phase),
            values(cluster, state, cluster.node),
            values(cluster, state, cluster.owner),
            strict=True,
        )
        if PHASE.values[phase] == "Pending" and at < 0 and cluster.is_mine(cluster.workloads[of])
    ]
    waiting = [name for name, _, _ in found]
    nodes = [node.name for node in cluster.scenario.nodes]
    if name := cluster.scenario.workload.template.node_name:
        return _rejected(cluster, state) if name in _names(cluster, state) else _orphaned(name)
    subject = found[0][1] if found else cluster.scenario.workload
    if cluster.scenario.workload.daemon is not None:
        return tuple(_for_their_nodes(cluster, state, waiting))
    revision = found[0][2] if found else 0
    reasons = [
        _away(cluster, state, waiting[:1], index)
        or _reason(cluster, state, index, subject, revision)
        for index in range(len(nodes))
    ]
    if not waiting or None in reasons:
        return ()
    grouped: dict[Remark, list[str]] = {}
    for name, reason in zip(nodes, reasons, strict=True):
        assert reason is not None
        grouped.setdefault(reason, []).append(name)
    none = f"none of {len(nodes)} nodes takes" if len(nodes) > 1 else "the only node does not take"
    who = f"{waiting[0]} stays pending: {none} it"
    if len(waiting) > 1:
        others = len(waiting) - 1
        who = f"{waiting[0]} and {others} more stay pending: {none} one"
    first = Remark(who, ())
    why = (
        Remark(
            f"{_listed(names)}: {reason.text}{_amounts(cluster, state, reason, names, subject)}",
            reason.fields,
        )
        for reason, names in grouped.items()
    )
    return first, *why, *_outranked(cluster, state, subject)


def _away(cluster: Cluster, state: State, waiting: list[str], index: int) -> Remark | None:
    """That the volumes of a pod that waits are in another zone than a node."""
    pins, names = cluster.pins, _names(cluster, state)
    node = cluster.scenario.nodes[index]
    if pins is None or not waiting or node.name not in names:
        return None
    place = cluster.Pod.elements.index(waiting[0])
    zone = pins.zones[values(cluster, state, pins.pinned)[place]]
    if zone in (NOWHERE, node.labels.get(ZONE)):
        return None
    return Remark(f"in another zone than its volumes ({zone})", ("spec.volumeClaimTemplates",))


def _for_their_nodes(cluster: Cluster, state: State, waiting: list[str]) -> Iterator[Remark]:
    """Why pods that are made for a node each are not bound to it."""
    assert cluster.target is not None
    workload = cluster.scenario.workload
    targets = values(cluster, state, cluster.target)
    for name, at in zip(cluster.Pod.elements, targets, strict=True):
        reason = _reason(cluster, state, at, workload) if name in waiting else None
        if reason is not None:
            node = cluster.scenario.nodes[at].name
            amounts = _amounts(cluster, state, reason, [node], workload)
            text = f"{name} stays pending, for it is made for {node}: {reason.text}{amounts}"
            yield Remark(text, reason.fields)


def _amounts(
    cluster: Cluster, state: State, reason: Remark, names: list[str], workload: Workload
) -> str:
    """How much of a resource some nodes have left and how much a pod requests, in parentheses; ""
    where that is not the reason."""
    word, _, resource = reason.text.partition(" ")
    if word != "insufficient":
        return ""
    request = workload.template.requests[resource]
    there, workloads = _there(cluster, state), cluster.scenario.templates
    left = {
        node.allocatable.get(resource, 0)
        - sum(
            each.template.requests.get(resource, 0) * number
            for each, number in zip(workloads, there[index], strict=True)
        )
        for index, node in enumerate(cluster.scenario.nodes)
        if node.name in names
    }
    most = "at most " if len(left) > 1 else ""
    return f" ({most}{show(resource, max(left))} free, {show(resource, request)} requested)"


def _rejected(cluster: Cluster, state: State) -> tuple[Remark, ...]:
    """Why the node that the template names has fewer pods than it is to have, if it has."""
    name = cluster.scenario.workload.template.node_name
    index = [node.name for node in cluster.scenario.nodes].index(name)
    reason = _reason(cluster, state, index, cluster.scenario.workload)
    asked = sum(values(cluster, state, cluster.replicas))
    there = sum(at == index for at in values(cluster, state, cluster.node))
    if reason is None or there >= asked:
        return ()
    said = "takes no pod" if reason.text == "down" else "rejects every new pod"
    fields = ("spec.template.spec.nodeName", *reason.fields)
    return (Remark(f"{name}, the nodeName of the template, {said}: {reason.text}", fields),)


def _names(cluster: Cluster, state: State) -> list[str]:
    """The nodes that there are."""
    names = [node.name for node in cluster.scenario.nodes]
    if cluster.registered is None:
        return names
    there = values(cluster, state, cluster.registered)
    return [name for name, here in zip(names, there, strict=False) if here]


def _orphaned(name: str) -> tuple[Remark, ...]:
    """What becomes of pods that are bound to a node that does not exist."""
    text = (
        f"there is no node {name}, which the template's nodeName names: the pod garbage collector "
        "deletes its pods, and others are made"
    )
    return (Remark(text, ("spec.template.spec.nodeName",)),)


def _reason(
    cluster: Cluster, state: State, index: int, workload: Workload, revision: int = 0
) -> Remark | None:
    """What keeps one more pod of a workload, made by some ReplicaSet, off a node; None if nothing
    does."""
    scenario = cluster.scenario
    template, node = workload.template, filters.reopened(scenario).nodes[index]
    where = values(cluster, state, cluster.node)
    pods = sum(at == index for at in where)
    dynamic = _dynamic(cluster, state, index, template)
    if dynamic:
        return Remark(dynamic, ())
    if scenario.mixed:
        own = scenario.templates.index(workload)
        refusal = sharing(scenario).refusal(_there(cluster, state), own, index)
        if refusal is not None:
            return Remark(*refusal)
        kept = _kept(cluster, state, index, workload)
        return kept or _uneven(cluster, state, index, workload, revision)
    for row, reason in filters.refusals(template, node, pods):
        return Remark(reason, row.fields)
    for at, other in enumerate(scenario.nodes):
        there = at in where and other.name in _names(cluster, state)
        if there and filters.same_domain(template, node, other):
            text = f"anti-affinity to a pod in the same domain (on {other.name})"
            return Remark(text, ("spec.template.spec.affinity",))
    return _uneven(cluster, state, index, workload, revision)


def _kept(cluster: Cluster, state: State, index: int, workload: Workload) -> Remark | None:
    """That what a node has left is kept for pods that others have made room for."""
    if cluster.nominations is None:
        return None
    least = workload.template.priority
    told = zip(
        cluster.Pod.elements,
        values(cluster, state, cluster.nominations.to),
        values(cluster, state, cluster.owner),
        strict=True,
    )
    names = [
        name
        for name, to, of in told
        if to == index and cluster.workloads[of].template.priority >= least
    ]
    if not names:
        return None
    return Remark(f"what it has left is kept for {_listed(names)}", (PRIORITY,))


def _outranked(cluster: Cluster, state: State, workload: Workload) -> Iterator[Remark]:
    """Whose pods, on nodes that pods of a workload want, may have these go."""
    if cluster.nominations is None:
        return
    there = [sum(row) for row in zip(*_there(cluster, state), strict=True)]
    for each, number in zip(cluster.scenario.templates, there, strict=True):
        template = each.template
        if number and template.preempts and template.priority > workload.template.priority:
            text = (
                f"pods of {each.name} have a higher priority ({template.priority:,}) than those of"
                f" {workload.name} ({workload.template.priority:,}), which have to go for them"
            )
            yield Remark(text, (PRIORITY,))
            return


def _uneven(
    cluster: Cluster, state: State, index: int, workload: Workload, revision: int
) -> Remark | None:
    """The topology spread constraint that keeps one more pod of a ReplicaSet off a node."""
    scenario = cluster.scenario
    given = spreading.constraints(scenario, workload)
    pods = zip(
        values(cluster, state, cluster.node),
        values(cluster, state, cluster.owner),
        values(cluster, state, cluster.phase),
        strict=True,
    )
    active = [
        (at, of) for at, of, phase in pods if PHASE.values[phase] not in ("Absent", "Terminating")
    ]
    names = _names(cluster, state)
    there = [node.name in names for node in scenario.nodes]
    for each in spreading.domains(workload.template, given, scenario.nodes):
        whose = spreading.counted(workload, each.constraint, cluster.workloads)
        if spreading.by_revision(workload, each.constraint):
            whose = frozenset({revision})
        counted = [at for at, of in active if of in whose]
        why = each.refusal(counted.count, index, there)
        if why is not None:
            return Remark(f"{UNEVEN} ({why})", (spreading.FIELD,))
    return None


def _there(cluster: Cluster, state: State) -> list[list[int]]:
    """[node][template]: how many pods are there, templates in the order of the scenario's."""
    templates, nodes = cluster.scenario.templates, cluster.scenario.nodes
    rows = [templates.index(each) for each in cluster.workloads]
    found = [[0] * len(templates) for _ in nodes]
    pods = zip(
        values(cluster, state, cluster.node), values(cluster, state, cluster.owner), strict=True
    )
    for at, of in pods:
        if at >= 0:
            found[at][rows[of]] += 1
    return found


def _dynamic(cluster: Cluster, state: State, index: int, template: PodTemplate) -> str:
    """What has become of a node during the run that keeps pods off it; "" if nothing."""
    taint = cluster.scenario.change.taint
    health = HEALTH.values[values(cluster, state, cluster.health)[index]]
    tainted = cluster.tainted is not None and values(cluster, state, cluster.tainted)[index]
    name = cluster.scenario.nodes[index].name
    if name not in _names(cluster, state):
        # One that joins may be taken away again; that it has yet to join is what mostly happens.
        return "not there" if name in cluster.scenario.change.added else "gone"
    if template.node_name:
        its = template.node_name == cluster.scenario.nodes[index].name
        if its and health != "Up":
            return "down"
    if taint and tainted and not filters.tolerates(admitted_tolerations(template), taint):
        return f"taint not tolerated ({taint})"
    if template.node_name:
        return ""
    flags = cluster.unschedulable
    cordoned = flags is not None and values(cluster, state, flags)[index]
    if cordoned and filters.heeds_cordons(template):
        return "cordoned"
    if health == "Unreachable" and not admitted_unreachable(template):
        return "unreachable"
    return ""


def values(cluster: Cluster, state: State, function: StateFunction) -> State:
    """The cells of one function."""
    start = 0
    for each in cluster.builder.functions:
        if each is function:
            break
        start += each.size
    return state[start : start + function.size]


def _listed(names: list[str]) -> str:
    """Names in a row, the rest counted where there are many."""
    if len(names) <= NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
