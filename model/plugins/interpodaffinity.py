"""InterPodAffinity: near which pods a pod may, must, and should go, and which pods want it near or
away.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/interpodaffinity/`: `filtering.go`,
`scoring.go`, `plugin.go` (mergeAffinityTermNamespacesIfNotEmpty, GetNamespaceLabelsSnapshot);
kube-scheduler v0.36 `framework/types.go` (AffinityTerm.Matches). The last step of scores is in
floating point there, and so here.

A term of the pod that comes, if it selects namespaces by labels, means those that are known; a term
of a pod that is there is held against the labels of the incoming pod's namespace, which are none
where it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from model.api.affinity import PodAffinityTerm
from model.api.node import Node
from model.api.pod import Pod
from model.api.selector import LabelSelector
from model.plugins.contract import HIGHEST, UNRESOLVABLE, UNSCHEDULABLE, Prepared, Status
from model.plugins.snapshot import NodeInfo, Snapshot

_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
_AFFINITY = "node(s) didn't match pod affinity rules"
_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
#: Topology key and value.
Pair = tuple[str, str]
Labels = Mapping[str, str]
_NO_LABELS: Labels = {}


class Labelled(Protocol):
    """A pod, or a workload of such pods."""

    @property
    def namespace(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


def matches(term: PodAffinityTerm, pod: Labelled, namespace_labels: Labels) -> bool:
    """Whether a term selects a pod; the labels are those of its namespace."""
    if term.selector is None:
        return False
    near = term.namespace_selector
    if pod.namespace not in term.namespaces and not (near and near.selects(namespace_labels)):
        return False
    return term.selector.selects(pod.labels)


def resolved(term: PodAffinityTerm, snapshot: Snapshot) -> PodAffinityTerm:
    """A term of the pod that comes, with the namespaces that it selects by name."""
    near = term.namespace_selector
    if near is None or near == LabelSelector():
        return term
    named = {name for name, labels in snapshot.namespaces.items() if near.selects(labels)}
    return replace(term, namespaces=term.namespaces | named, namespace_selector=None)


def _add(counts: dict[Pair, int], node: Node, key: str, by: int) -> None:
    value = node.labels.get(key)
    if value is not None:
        pair = key, value
        counts[pair] = counts.get(pair, 0) + by
        if not counts[pair]:
            del counts[pair]


def all_match(terms: Sequence[PodAffinityTerm], pod: Labelled) -> bool:
    """Whether there are terms and all of them select a pod."""
    return bool(terms) and all(matches(term, pod, _NO_LABELS) for term in terms)


class InterPodAffinity:
    """The filter's view of a pod: in which domains there are pods that keep it away, that it is to
    be near, and that it is not to be near."""

    def __init__(self, snapshot: Snapshot, pod: Pod) -> None:
        self._pod = pod
        self._near = [resolved(term, snapshot) for term in pod.affinity.required]
        self._away = [resolved(term, snapshot) for term in pod.affinity.anti_required]
        self._labels = snapshot.namespaces.get(pod.namespace, _NO_LABELS)
        self._existing: dict[Pair, int] = {}
        self._affinity: dict[Pair, int] = {}
        self._anti: dict[Pair, int] = {}
        for info in snapshot.nodes:
            for other in info.repelling:
                self._count_existing(other, info.node, 1)
            if self._near or self._away:
                for other in info.pods:
                    self._count_own(other, info.node, 1)

    @property
    def idle(self) -> bool:
        """Whether it has nothing to say of any node."""
        return not (self._existing or self._near or self._away)

    def moved(self, pod: Pod, info: NodeInfo, by: int) -> None:
        self._count_existing(pod, info.node, by)
        self._count_own(pod, info.node, by)

    def _count_existing(self, other: Pod, node: Node, by: int) -> None:
        for term in other.affinity.anti_required:
            if matches(term, self._pod, self._labels):
                _add(self._existing, node, term.topology_key, by)

    def _count_own(self, other: Pod, node: Node, by: int) -> None:
        if self._near and all_match(self._near, other):
            for term in self._near:
                _add(self._affinity, node, term.topology_key, by)
        for term in self._away:
            if matches(term, other, _NO_LABELS):
                _add(self._anti, node, term.topology_key, by)

    def check(self, info: NodeInfo) -> Status | None:
        labels = info.node.labels
        if self._near and not self._is_near(labels):
            return Status(UNRESOLVABLE, (_AFFINITY,))
        # Keys of what is counted are of terms only.
        for counts, reason in ((self._anti, _ANTI_AFFINITY), (self._existing, _EXISTING)):
            for key, value in labels.items() if counts else ():
                if counts.get((key, value), 0) > 0:
                    return Status(UNSCHEDULABLE, (reason,), f"{key}={value}")
        return None

    def refuses_itself(self, info: NodeInfo) -> bool:
        """Whether the pod's own terms keep it off a node."""
        self._existing.clear()
        return self.check(info) is not None

    def _is_near(self, labels: Labels) -> bool:
        pairs = [(term.topology_key, labels.get(term.topology_key)) for term in self._near]
        if any(value is None for _, value in pairs):
            return False
        if all(self._affinity.get(pair, 0) > 0 for pair in pairs):  # type: ignore[arg-type]
            return True
        # The first of a group whose pods are to be near one another may go anywhere.
        return not self._affinity and all_match(self._near, self._pod)


def affinity(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    found = InterPodAffinity(snapshot, pod)
    return None if found.idle else Prepared(found)


def nearness(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int] | None:
    """Preferences of the pod and of those that are there, and the affinity that these require."""
    wishes = Wishes(snapshot, pod)
    if wishes.idle:
        return None
    counts: dict[str, dict[str, int]] = {}
    for info in snapshot.nodes:
        for other in info.pods if wishes.own else info.affine:
            for weight, key in wishes.of(other):
                value = info.node.labels.get(key)
                if value is not None:
                    domains = counts.setdefault(key, {})
                    domains[value] = domains.get(value, 0) + weight
    if not counts:
        return None
    raw = [
        sum(
            domains.get(info.node.labels[key], 0)
            for key, domains in counts.items()
            if key in info.node.labels
        )
        for info in nodes
    ]
    least, most = min(raw), max(raw)
    return [scaled(each - least, most - least) for each in raw]


def scaled(above: int, spread: int) -> int:
    """The score of what is so much above the least of all, which are so far apart."""
    return int(float(HIGHEST) * (float(above) / float(spread))) if spread else 0


class Wishes:
    """The score's view of a pod: what one that is there weighs for it, in its domains."""

    def __init__(self, snapshot: Snapshot, pod: Pod) -> None:
        own = pod.affinity
        near = [(each.weight, resolved(each.term, snapshot)) for each in own.preferred]
        away = [(-each.weight, resolved(each.term, snapshot)) for each in own.anti_preferred]
        self._pod, self.own = pod, [*near, *away]
        self._labels = snapshot.namespaces.get(pod.namespace, _NO_LABELS)
        self._hard = snapshot.profile.hard_affinity_weight
        #: Whether it says nothing of any node.
        self.idle = snapshot.profile.ignores_existing_preferences and not self.own

    def of(self, other: Pod) -> Iterator[tuple[int, str]]:
        """The weight of a pod, and the topology key of the domain that it counts in."""
        for weight, term in self.own:
            if matches(term, other, _NO_LABELS):
                yield weight, term.topology_key
        if other.affinity.to_pods:
            for weight, term in _theirs(other, self._hard):
                if matches(term, self._pod, self._labels):
                    yield weight, term.topology_key


def _theirs(pod: Pod, hard: int) -> Iterable[tuple[int, PodAffinityTerm]]:
    for term in pod.affinity.required if hard else ():
        yield hard, term
    for each in pod.affinity.preferred:
        yield each.weight, each.term
    for each in pod.affinity.anti_preferred:
        yield -each.weight, each.term
