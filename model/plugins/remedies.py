"""What would let a pod onto a node that it is kept off: the fewest changes of the pod and the node,
one for each thing that stands in the way, all of them tried together; or a node more, empty and
otherwise like one that there is.

No change of a node is proposed where that and one of the pod would not do: pods that are there keep
it away, or volumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from model.api import quantity
from model.api.affinity import Affinity, PodAffinityTerm
from model.api.node import Node
from model.api.pod import Pod, Toleration
from model.api.topologyspread import TopologySpreadConstraint
from model.plugins import filters, noderesources, podtopologyspread
from model.plugins.contract import Status
from model.plugins.interpodaffinity import InterPodAffinity
from model.plugins.nodeports import taken
from model.plugins.placing import Placing, takes
from model.plugins.snapshot import NodeInfo, ports_of

#: So many nodes are tried, those that need fewest changes first.
_TRIED = 20


def _same_pod(pod: Pod) -> Pod:
    return pod


def _same_node(node: Node) -> Node:
    return node


@dataclass(frozen=True)
class Change:
    """One change, as a person is told of it."""

    text: str
    pod: Callable[[Pod], Pod] = _same_pod
    node: Callable[[Node], Node] = _same_node


@dataclass(frozen=True)
class Remedy:
    """Changes after which the filters let the pod onto a node; `node` is empty where that is a new
    one."""

    node: str
    changes: tuple[Change, ...]


def remedies(placing: Placing, node: str = "") -> list[Remedy]:
    """For each node that needs fewest, or for a given one, changes that were tried; none where none
    helped. A node more is one change."""
    proposed = [
        Remedy(info.name, tuple(changes))
        for info in placing.snapshot.nodes
        if node in ("", info.name)
        for changes in [_proposed(placing, info)]
        if changes
    ]
    proposed.sort(key=lambda each: len(each.changes))
    found: list[Remedy] = []
    for remedy in proposed[:_TRIED]:
        if found and len(remedy.changes) > len(found[0].changes):
            break
        if _helps(placing, remedy):
            found.append(remedy)
    if not node:
        found += _another(placing)
    fewest = min((len(each.changes) for each in found), default=0)
    return [each for each in found if len(each.changes) == fewest]


def _another(placing: Placing) -> Iterator[Remedy]:
    """The first node that takes the pod if there is another one like it."""
    snapshot = placing.snapshot
    tried: set[str] = set()
    for info in snapshot.nodes:
        node = _renamed(info.node, f"{info.name}-more")
        kind = str((node.taints, sorted(node.allocatable.items()), _domains(node)))
        if kind in tried or len(tried) == _TRIED:
            continue
        tried.add(kind)
        larger = replace(snapshot, nodes=[*snapshot.nodes, NodeInfo(node)])
        if takes(larger, placing.pod, node.name):
            yield Remedy("", (Change(f"add a node like {info.name}"),))
            return


def _renamed(node: Node, name: str) -> Node:
    labels = dict(node.labels)
    if filters.HOSTNAME in labels:
        labels[filters.HOSTNAME] = name
    return replace(node, name=name, labels=labels, unschedulable=False)


def _domains(node: Node) -> list[tuple[str, str]]:
    return sorted(each for each in node.labels.items() if each[0] != filters.HOSTNAME)


def _helps(placing: Placing, remedy: Remedy) -> bool:
    """Whether the pod may go to the node after the changes."""
    pod, nodes = placing.pod, []
    for info in placing.snapshot.nodes:
        changed = info
        if info.name == remedy.node:
            changed = info.copy()
            for change in remedy.changes:
                changed.node = change.node(changed.node)
        nodes.append(changed)
    for change in remedy.changes:
        pod = change.pod(pod)
    return takes(replace(placing.snapshot, nodes=nodes), pod, remedy.node)


def _proposed(placing: Placing, info: NodeInfo) -> list[Change]:
    """A change for each thing that keeps the pod off a node; none if one of them has none."""
    found: list[Change] = []
    for name, status in placing.by_plugin(info).items():
        changes = list(_CHANGES[name](placing, info, status)) if name in _CHANGES else []
        if not changes:
            return []
        found += changes
    return found


def _uncordon(_: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    yield Change(f"uncordon {info.name}", node=lambda node: replace(node, unschedulable=False))


def _tolerate(placing: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    borne = placing.pod.template.tolerations
    for taint in info.node.taints:
        if taint.effect in ("NoSchedule", "NoExecute") and not filters.tolerates(borne, taint):
            added = Toleration(taint.key, "Equal", taint.value, taint.effect)
            yield Change(f"tolerate {taint}", pod=partial(_bearing, added))


def _bearing(added: Toleration, pod: Pod) -> Pod:
    template = replace(pod.template, tolerations=(*pod.template.tolerations, added))
    return replace(pod, template=template)


def _match(placing: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    """Labels that the selector asks for, and required affinity left out if it is not met then."""
    wanted = placing.pod.template.node_selector
    missing = {key: value for key, value in wanted.items() if info.node.labels.get(key) != value}
    for key, value in missing.items():
        text = f"label {info.name} {key}={value}"
        yield Change(text, node=partial(_labelled, {key: value}))
    if filters.node_affinity(placing.pod.template, _labelled(missing, info.node)) is not None:
        yield Change("leave out the required node affinity", pod=_anywhere)


def _labelled(more: dict[str, str], node: Node) -> Node:
    return replace(node, labels={**node.labels, **more})


def _anywhere(pod: Pod) -> Pod:
    return replace(
        pod,
        template=replace(pod.template, node_affinity=None),
        affinity=replace(pod.affinity, required_nodes=None),
    )


def _other_port(placing: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    pod = placing.pod
    for written, port in zip(pod.template.host_ports, ports_of(pod), strict=True):
        if taken(port, info.ports):
            _, protocol, number = port
            text = f"take another host port than {number}/{protocol}"
            yield Change(text, pod=partial(_without_port, written))


def _without_port(port: tuple[str, str, int], pod: Pod) -> Pod:
    left = tuple(other for other in pod.template.host_ports if other != port)
    return replace(pod, template=replace(pod.template, host_ports=left))


def _fit(placing: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    """A lower request where anything is left, more of a resource where nothing is."""
    profile = placing.snapshot.profile
    for short in noderesources.Fit(placing.pod, profile).shortages(info):
        name, left = short.resource, short.capacity - short.used
        more = short.request - left
        if name == noderesources.PODS or left <= 0:
            told = quantity.show(name, more)
            text = f"give {info.name} room for {told} more {name}"
            yield Change(text, node=partial(_larger, name, more))
        else:
            less, most = quantity.show(name, more), quantity.show(name, left)
            text = f"request {less} less {name} ({most} at most)"
            yield Change(text, pod=partial(_asking, name, left))


def _larger(resource: str, by: int, node: Node) -> Node:
    amount = node.allocatable.get(resource, 0) + by
    return replace(node, allocatable={**node.allocatable, resource: amount})


def _asking(resource: str, amount: int, pod: Pod) -> Pod:
    requests = {**pod.template.requests, resource: amount}
    return replace(pod, template=replace(pod.template, requests=requests))


def _spread(placing: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    """A larger skew where a domain is too full, a wish in place of a demand without a label."""
    for at, each in enumerate(placing.pod.spread):
        if each.when_unsatisfiable != "DoNotSchedule":
            continue
        alone = replace(placing.pod, spread=(each,))
        constraints = podtopologyspread.constraints_of(placing.snapshot, alone, "DoNotSchedule")
        found = podtopologyspread.Spread(placing.snapshot, alone, constraints)
        if found.check(info) is None:
            continue
        if each.topology_key in info.node.labels:
            skew = found.skew(0, info.node.labels[each.topology_key])
            text = f"raise maxSkew of {each.topology_key} to {skew}"
            yield Change(text, pod=partial(_spreading, at, replace(each, max_skew=skew)))
        else:
            text = f"say ScheduleAnyway for the spread over {each.topology_key}"
            softer = replace(each, when_unsatisfiable="ScheduleAnyway")
            yield Change(text, pod=partial(_spreading, at, softer))


def _spreading(at: int, constraint: TopologySpreadConstraint, pod: Pod) -> Pod:
    return replace(pod, spread=(*pod.spread[:at], constraint, *pod.spread[at + 1 :]))


def _unmet(placing: Placing, info: NodeInfo, _status: Status) -> Iterator[Change]:
    """The pod's own terms about other pods that are not met, left out."""
    own = placing.pod.affinity
    for term in own.required:
        if _refuses(placing, info, Affinity(required=(term,))):
            text = f"leave out the required affinity by {term.topology_key}"
            yield Change(text, pod=partial(_without, term))
    for term in own.anti_required:
        if _refuses(placing, info, Affinity(anti_required=(term,))):
            text = f"leave out the required anti-affinity by {term.topology_key}"
            yield Change(text, pod=partial(_without, term))


def _refuses(placing: Placing, info: NodeInfo, affinity: Affinity) -> bool:
    """Whether a pod that says only this is kept off by it."""
    alone = InterPodAffinity(placing.snapshot, replace(placing.pod, affinity=affinity))
    return alone.refuses_itself(info)


def _without(term: PodAffinityTerm, pod: Pod) -> Pod:
    own = pod.affinity
    near = tuple(other for other in own.required if other != term)
    away = tuple(other for other in own.anti_required if other != term)
    return replace(pod, affinity=replace(own, required=near, anti_required=away))


#: What is proposed by the plugin that refuses. Of those that are not here nothing is.
_CHANGES: dict[str, Callable[[Placing, NodeInfo, Status], Iterator[Change]]] = {
    "NodeUnschedulable": _uncordon,
    "TaintToleration": _tolerate,
    "NodeAffinity": _match,
    "NodePorts": _other_port,
    "NodeResourcesFit": _fit,
    "PodTopologySpread": _spread,
    "InterPodAffinity": _unmet,
}
