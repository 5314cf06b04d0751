"""Which nodes a workload is checked on, and what is assumed of them where nobody says.

In order: `--nodes`, Node objects, `spec.cluster.nodes`, three assumed nodes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model.api import quantity
from model.api.node import Node, Taint
from model.api.pod import PodTemplate
from model.api.selector import Requirement
from model.api.source import Source
from model.api.workload import Workload
from model.load import enough
from model.load.cluster import HOSTNAME
from model.load.diagnostics import Report

if TYPE_CHECKING:
    from model.load.check import Check

OVERRIDE = "--nodes"
COUNT = 3

_GIBI = 2**30
#: Smallest assumed amounts; compute resources double from here until they suffice.
_SMALLEST = {"cpu": 4000, "memory": 16 * _GIBI, "ephemeral-storage": 100 * _GIBI}
_PODS = 110
_NODES_PATTERN = re.compile(r"(?P<count>[0-9]{1,4})(?:x(?P<sizes>.+))?")
_HOW = "give Node objects, spec.cluster.nodes or --nodes"


@dataclass(frozen=True)
class NodeGroup:
    """`count` equal nodes. Units as in `Node.allocatable`; what is absent there is assumed."""

    count: int
    allocatable: Mapping[str, int]
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]


@dataclass(frozen=True)
class Cluster:
    """The nodes of a scenario, and what was assumed of them in sentences."""

    nodes: tuple[Node, ...]
    assumptions: list[str]
    #: Whether their number is assumed.
    counted: bool = False
    #: Labels by which each node is a domain of its own, because nobody says otherwise.
    own: tuple[str, ...] = ()


def assumed_size(workloads: Sequence[Workload], count: int) -> dict[str, int]:
    """Allocatable amounts with which `count` nodes hold twice what all workloads request.

    Compute resources come in powers of two, pods in tens, and no pod is larger than a node.
    """
    total = {"cpu": 0, "memory": 0, "pods": 0}
    largest: dict[str, int] = {}
    for workload in workloads:
        replicas = count if workload.daemon is not None else workload.replicas
        if any(term.topology_key == HOSTNAME for term in workload.template.near):
            replicas *= count  # Each node may come to hold all of them.
        total["pods"] += replicas
        for name, amount in workload.template.requests.items():
            total[name] = total.get(name, 0) + replicas * amount
            largest[name] = max(largest.get(name, 0), amount)
    size = {}
    for name, amount in sorted(total.items()):
        needed = max(-(-2 * amount // count), largest.get(name, 0))
        if name == "pods":
            size[name] = max(_PODS, -(-needed // 10) * 10)
        elif name in _SMALLEST:
            size[name] = _SMALLEST[name]
            while size[name] < needed:
                size[name] *= 2
        elif needed:
            size[name] = needed
    return size


def describe(count: int, size: Mapping[str, int]) -> str:
    """`3 nodes of 4 CPU, 16 GiB, 110 pods`."""
    parts = []
    for name, amount in size.items():
        shown = quantity.show(name, amount)
        if name == "cpu":
            parts.append(f"{shown} CPU")
        elif name == "memory":
            parts.append(re.sub("([KMGT])i$", r" \1iB", shown))
        else:
            parts.append(f"{shown} {name}")
    return f"{count} node{'s' if count != 1 else ''} of {', '.join(parts)}"


def parse_override(text: str, report: Report) -> NodeGroup | None:
    """`5`, or `5x8cpu,32Gi`: a count, then sizes in CPUs, memory and pods in any order."""
    match = _NODES_PATTERN.fullmatch(text)
    hint = "write a count and, if wanted, sizes: `5`, `5x8cpu,32Gi` or `5x8cpu,32Gi,50pods`"
    place = Source(OVERRIDE, 1)
    if match is None or int(match["count"]) == 0:
        report.error("P304", f"`{text}` does not describe nodes", place, hint)
        return None
    allocatable: dict[str, int] = {}
    for part in match["sizes"].split(",") if match["sizes"] else ():
        name, amount = _size(part.strip())
        if amount is None or name in allocatable:
            report.error("P304", f"`{part}` in `{text}` is not a size", place, hint)
            return None
        allocatable[name] = amount
    return NodeGroup(int(match["count"]), allocatable, {}, ())


def _size(text: str) -> tuple[str, int | None]:
    for suffix, name in (("cpu", "cpu"), ("pods", "pods")):
        if text.endswith(suffix):
            nanos = quantity.parse(text.removesuffix(suffix))
            return name, quantity.units(name, nanos) if nanos is not None and nanos > 0 else None
    nanos = quantity.parse(text)
    # A memory without a unit would be bytes, which nobody means.
    if nanos is None or nanos <= 0 or text[-1].isdigit():
        return "memory", None
    return "memory", quantity.units("memory", nanos)


def nodes_for(
    workload: Workload,
    everyone: Sequence[Workload],
    given: Sequence[Node],
    check: Check | None,
    override: NodeGroup | None,
    *,
    fewest: int | None = None,
) -> Cluster:
    """The nodes for one workload's scenarios.

    `everyone` are all workloads that the same nodes would carry: assumed sizes and numbers suffice
    for them, on only the `fewest` nodes if their number is open.
    """
    if given and override is None:
        return Cluster(*_complete(given, assumed_size(everyone, len(given))))
    specified = list(check.groups) if check and override is None else []
    counted = not specified and override is None
    number = assumed_count(everyone, check) if counted else COUNT
    groups = specified or [override or NodeGroup(number, {}, {}, ())]
    count = sum(group.count for group in groups)
    size = assumed_size(everyone, fewest or count)
    # A spec that describes nodes means them as it describes them.
    wanted = {} if specified else _wanted_labels(workload.template)
    first = "" if specified else workload.template.node_name
    alone = [] if specified else enough.labels(workload.template)
    shared = [] if specified else [k for k in enough.together(workload.template) if k not in wanted]
    own = tuple(key for key in alone if key != HOSTNAME and key not in wanted)
    listed = {key: values for key in alone if (values := _listed(workload.template, key))}
    assumptions = _assumptions(groups, size, wanted, fewest)
    if counted and count > COUNT:
        assumptions += enough.reasons(everyone)
    if own:
        assumptions.append(f"each assumed node is in a domain of its own by {', '.join(own)}")
    if shared:
        assumptions.append(f"the assumed nodes are in one domain by {', '.join(shared)}")
    for key, values in listed.items():
        assumptions.append(f"the assumed nodes are in {', '.join(values)} in turn, by {key}")
    nodes: list[Node] = []
    names = (name for number in itertools.count(1) if (name := f"node-{number}") != first)
    for group in groups:
        for _ in range(group.count):
            name = next(names) if nodes or not first else first
            if not nodes and first:
                assumptions.append(f"a node is called {name}, as the template's nodeName says")
            basic = {HOSTNAME: name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
            apart = {key: f"{key.rpartition('/')[2]}-{len(nodes) + 1}" for key in own}
            turn = {key: values[len(nodes) % len(values)] for key, values in listed.items()}
            same = {key: f"{key.rpartition('/')[2]}-1" for key in shared}
            labels = {**basic, **same, **apart, **wanted, **turn, **group.labels}
            nodes.append(Node(name, labels, group.taints, False, {**size, **group.allocatable}))
    return Cluster(tuple(nodes), assumptions, counted, own)


def assumed_count(everyone: Sequence[Workload], check: Check | None) -> int:
    """How many nodes are assumed: at least three, and enough for each workload (see `enough`)."""
    count = COUNT
    while True:
        size = assumed_size(everyone, count)
        wanted = max((enough.needed(each, check, size) for each in everyone), default=0)
        # More nodes are assumed to be smaller, so this takes a few rounds; no pod is larger than a
        # node, so it ends.
        if wanted <= count:
            return count
        count = wanted


def _assumptions(
    groups: list[NodeGroup],
    size: Mapping[str, int],
    wanted: Mapping[str, str],
    fewest: int | None,
) -> list[str]:
    found = []
    for group in groups:
        assumed = {k: v for k, v in size.items() if k not in group.allocatable}
        if not group.allocatable:
            several = f"{fewest} to " if fewest not in (None, group.count) else ""
            found.append(f"assumed {several}{describe(group.count, size)}; {_HOW}")
        elif set(assumed) - {"pods"} or assumed.get("pods", _PODS) != _PODS:
            found.append(f"assumed of nodes that say nothing else: {describe(1, assumed)}")
    if wanted:
        shown = ", ".join(f"{key}={value}" for key, value in wanted.items())
        found.append(f"the assumed nodes carry the labels that the pods ask for: {shown}")
    return found


def _complete(given: Sequence[Node], size: Mapping[str, int]) -> tuple[tuple[Node, ...], list[str]]:
    """Node objects, with sizes assumed for those that have no status."""
    bare = [node for node in given if not node.allocatable]
    limitless = [node for node in given if node.allocatable and "pods" not in node.allocatable]
    assumptions = []
    if bare:
        names = ", ".join(node.name for node in bare)
        one = describe(1, size).removeprefix("1 node of ")
        assumptions.append(f"nodes without status.allocatable have {one} each: {names}")
    if limitless:
        names = ", ".join(node.name for node in limitless)
        assumptions.append(f"nodes that do not say so take {_PODS} pods each: {names}")
    nodes = [
        replace(node, allocatable={"pods": _PODS, **node.allocatable} if node.allocatable else size)
        for node in given
    ]
    return tuple(nodes), assumptions


def _wanted_labels(template: PodTemplate) -> dict[str, str]:
    """Labels that make a node fit the template's selector and its first affinity term."""
    wanted = dict(template.node_selector)
    for requirement in (template.node_affinity or ((),))[0]:
        value = _satisfying(requirement)
        if value is not None and not requirement.field:
            wanted.setdefault(requirement.key, value)
    wanted.pop(HOSTNAME, None)
    return dict(sorted(wanted.items()))


def _listed(template: PodTemplate, key: str) -> tuple[str, ...]:
    """The values of a label of which a pod takes any, if there are several."""
    for requirement in (template.node_affinity or ((),))[0]:
        taken = requirement.operator == "In" and key not in template.node_selector
        if taken and requirement.key == key and len(requirement.values) > 1:
            return requirement.values
    return ()


def _satisfying(requirement: Requirement) -> str | None:
    """A label value that meets a requirement; None when no label at all does."""
    if requirement.operator == "In":
        return requirement.values[0]
    if requirement.operator == "Exists":
        return "true"
    if requirement.operator in ("Gt", "Lt"):
        step = 1 if requirement.operator == "Gt" else -1
        limit = requirement.values[0]
        return str(int(limit) + step) if re.fullmatch("[+-]?[0-9]{1,18}", limit) else None
    return None


def kinds_of(
    nodes: Sequence[Node], own: Collection[str] = (), named: Collection[str] = ()
) -> list[Node]:
    """The first schedulable node of each kind: equal up to name, hostname label and labels that
    are each node's `own`; nodes that are `named` are a kind each."""
    kinds: dict[object, Node] = {}
    names = {HOSTNAME, *own}
    for node in nodes:
        if not node.unschedulable:
            labels = frozenset(item for item in node.labels.items() if item[0] not in names)
            size = frozenset(node.allocatable.items())
            called = {node.name, node.labels.get(HOSTNAME)} & set(named)
            kind = (frozenset(called), labels, frozenset(node.taints), size)
            kinds.setdefault(kind, node)
    return list(kinds.values())


def named_by(template: PodTemplate) -> frozenset[str]:
    """The names of nodes that a template mentions."""
    asked = [
        value
        for term in template.node_affinity or ()
        for requirement in term
        if requirement.field or requirement.key == HOSTNAME
        for value in requirement.values
    ]
    return frozenset((*asked, template.node_name, template.node_selector.get(HOSTNAME, "")))
