"""PodTopologySpread: how evenly pods stay spread over domains of nodes.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/podtopologyspread/`: `filtering.go`,
`scoring.go`, `common.go`, `plugin.go` (system default constraints),
`pkg/scheduler/framework/plugins/helper/spread.go` (DefaultSelector). Scores weigh domains by a
logarithm in floating point there, and so here.

A selector that is empty selects every pod, but the pods that it counts are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log

from model.api.node import ZONE, Node
from model.api.pod import Pod
from model.api.selector import LabelSelector, Requirement
from model.api.topologyspread import TopologySpreadConstraint
from model.plugins import filters, spreading
from model.plugins.contract import HIGHEST, UNRESOLVABLE, UNSCHEDULABLE, Prepared, Status
from model.plugins.snapshot import NodeInfo, Snapshot

UNEVEN = "node(s) didn't match pod topology spread constraints"
_UNLABELLED = f"{UNEVEN} (missing required label)"
#: What is asked of pods that ask for nothing, if a Service or a controller selects them and the
#: profile does not say otherwise.
_SYSTEM = (
    TopologySpreadConstraint(3, filters.HOSTNAME, "ScheduleAnyway"),
    TopologySpreadConstraint(5, ZONE, "ScheduleAnyway"),
)


@dataclass(frozen=True)
class Constraint:
    """One constraint of one pod. All of `selectors` must match; none match nothing."""

    key: str
    max_skew: int
    min_domains: int
    selectors: tuple[LabelSelector, ...]
    honors_affinity: bool = True
    honors_taints: bool = False

    @cached_property
    def counts(self) -> bool:
        """Whether pods are counted at all: not by an empty selector."""
        return any(each.match_labels or each.match_expressions for each in self.selectors)

    def selects(self, labels: Mapping[str, str]) -> bool:
        for selector in self.selectors:
            if not selector.selects(labels):
                return False
        return bool(self.selectors)

    def number(self, pods: Iterable[Pod], namespace: str) -> int:
        """How many of some pods count."""
        if not self.counts:
            return 0
        found = 0
        for pod in pods:
            if pod.namespace == namespace and not pod.terminating:
                found += self.selects(pod.template.labels)
        return found

    def concerns(self, pod: Pod, node: Node) -> bool:
        """Whether the pods on a node count for `pod`."""
        return spreading.counts(pod.template, self, node)


def constraints_of(snapshot: Snapshot, pod: Pod, when: str) -> list[Constraint]:
    """A pod's constraints, hard ("DoNotSchedule") or soft: its own, or else the default ones."""
    if pod.spread:
        return [_constraint(each, pod) for each in pod.spread if each.when_unsatisfiable == when]
    defaults = snapshot.profile.default_spread
    given = [e for e in (_SYSTEM if defaults is None else defaults) if e.when_unsatisfiable == when]
    selector = _default_selector(snapshot, pod) if given else None
    if selector is None:
        return []
    return [replace(_constraint(each, pod), selectors=(selector,)) for each in given]


def _constraint(given: TopologySpreadConstraint, pod: Pod) -> Constraint:
    own = pod.labels
    keys = {key: own[key] for key in given.match_label_keys if key in own}
    selectors: tuple[LabelSelector, ...] = () if given.selector is None else (given.selector,)
    if selectors and keys:
        selectors = (*selectors, LabelSelector(keys))
    return Constraint(
        given.topology_key,
        given.max_skew,
        given.min_domains,
        selectors,
        given.node_affinity_policy == "Honor",
        given.node_taints_policy == "Honor",
    )


def _default_selector(snapshot: Snapshot, pod: Pod) -> LabelSelector | None:
    """What selects the pods that are spread with one that does not say so itself."""
    merged: dict[str, str] = {}
    for service in snapshot.services:
        selector = service.selector
        if service.namespace == pod.namespace and selector.selects(pod.labels):
            merged.update(selector.match_labels)
    others: tuple[Requirement, ...] = ()
    controller = snapshot.controller(pod.namespace, pod.owner) if pod.owner else None
    if controller is not None and controller.kind == "ReplicationController":
        merged.update(controller.selector.match_labels)
    elif controller is not None:
        others = _requirements(controller.selector)
    return LabelSelector(merged, others) if merged or others else None


def _requirements(selector: LabelSelector) -> tuple[Requirement, ...]:
    equal = (Requirement(key, "In", (value,)) for key, value in selector.match_labels.items())
    return (*equal, *selector.match_expressions)


def _has_all(node: Node, constraints: Sequence[Constraint]) -> bool:
    return all(each.key in node.labels for each in constraints)


class Spread:
    """The filter's view of a pod: how many pods count in each domain of each hard constraint."""

    def __init__(self, snapshot: Snapshot, pod: Pod, constraints: Sequence[Constraint]) -> None:
        self._pod = pod
        self._constraints = constraints
        self._numbers: list[dict[str, int]] = [{} for _ in constraints]
        self._own = [int(each.selects(pod.labels)) for each in constraints]
        self._least: list[int] | None = None
        for info in snapshot.nodes:
            if _has_all(info.node, constraints):
                for each, numbers in zip(constraints, self._numbers, strict=True):
                    if each.concerns(pod, info.node):
                        value = info.node.labels[each.key]
                        more = each.number(info.pods, pod.namespace) if info.pods else 0
                        numbers[value] = numbers.get(value, 0) + more

    def _fewest(self) -> list[int]:
        """Of each constraint the number of pods in its emptiest domain."""
        if self._least is None:
            self._least = [
                min(numbers.values()) if len(numbers) >= each.min_domains else 0
                for each, numbers in zip(self._constraints, self._numbers, strict=True)
            ]
        return self._least

    def skew(self, at: int, value: str) -> int:
        """By how much a domain of a constraint would be ahead of the emptiest with the pod."""
        there = self._numbers[at].get(value, 0)
        return there + self._own[at] - self._fewest()[at]

    def check(self, info: NodeInfo) -> Status | None:
        fewest = self._fewest()
        for at, each in enumerate(self._constraints):
            value = info.node.labels.get(each.key)
            if value is None:
                return Status(UNRESOLVABLE, (_UNLABELLED,), f"no label {each.key}")
            there = self._numbers[at].get(value, 0)
            if there > spreading.most(fewest[at], self._own[at], each.max_skew):
                detail = spreading.too_full(each.key, value, there, fewest[at], each.max_skew)
                return Status(UNSCHEDULABLE, (UNEVEN,), detail)
        return None

    def moved(self, pod: Pod, info: NodeInfo, by: int) -> None:
        """As upstream, this counts pods whose deletion has begun, and an empty selector counts."""
        if pod.namespace != self._pod.namespace or not _has_all(info.node, self._constraints):
            return
        self._least = None
        for each, numbers in zip(self._constraints, self._numbers, strict=True):
            if each.selects(pod.labels) and each.concerns(self._pod, info.node):
                value = info.node.labels[each.key]
                numbers[value] = numbers.get(value, 0) + by


def spread(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    constraints = constraints_of(snapshot, pod, "DoNotSchedule")
    return Prepared(Spread(snapshot, pod, constraints)) if constraints else None


def evenness(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int] | None:
    """The fewer pods that count are in a node's domains, the better."""
    constraints = constraints_of(snapshot, pod, "ScheduleAnyway")
    if not constraints:
        return None
    # Nodes need not have the labels that the system's own constraints are about.
    own = bool(pod.spread) or snapshot.profile.default_spread is not None
    ignored = {info.name for info in nodes if own and not _has_all(info.node, constraints)}
    considered = [info for info in nodes if info.name not in ignored]
    numbers: list[dict[str, int]] = [
        {}
        if each.key == filters.HOSTNAME
        else {info.node.labels.get(each.key, ""): 0 for info in considered}
        for each in constraints
    ]
    sizes = [
        len(considered) if each.key == filters.HOSTNAME else len(domains)
        for each, domains in zip(constraints, numbers, strict=True)
    ]
    for info in snapshot.nodes:
        if info.pods and (not own or _has_all(info.node, constraints)):
            for each, domains in zip(constraints, numbers, strict=True):
                value = info.node.labels.get(each.key, "")
                if value in domains and each.concerns(pod, info.node):
                    domains[value] += each.number(info.pods, pod.namespace)

    def raw(info: NodeInfo) -> int:
        if info.name in ignored:
            return 0
        found = []
        for each, domains, size in zip(constraints, numbers, sizes, strict=True):
            value = info.node.labels.get(each.key)
            if value is not None:
                number = domains[value] if domains else each.number(info.pods, pod.namespace)
                found.append((number, size, each.max_skew))
        return crowding(found)

    scores = {info.name: raw(info) for info in nodes}
    counting = [scores[info.name] for info in considered]
    most, least = max(counting, default=0), min(counting, default=0)
    return [
        0 if info.name in ignored else levelled(scores[info.name], least, most) for info in nodes
    ]


def crowding(domains: Iterable[tuple[int, int, int]]) -> int:
    """How crowded a node's domains are: of each the number of pods, how many such domains there
    are, and the constraint's maxSkew."""
    found = 0.0
    for number, size, max_skew in domains:
        found += float(number) * log(float(size + 2)) + float(max_skew - 1)
    return _rounded(found)


def levelled(crowded: int, least: int, most: int) -> int:
    """The score of a node that is so crowded, where nodes are so at least and at most."""
    return HIGHEST * (most + least - crowded) // most if most else HIGHEST


def _rounded(number: float) -> int:
    """To the nearest whole number, halves up. Adding a half first would round twice."""
    whole = int(number)
    return whole + int(number - whole >= 0.5)
