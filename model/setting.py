"""A workload among all that is checked together with it: where omissions are looked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from model.api.horizontalpodautoscaler import Bounds
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.source import Source
from model.api.workload import Workload
from model.scenario import Scenario

T = TypeVar("T")


class Written(NamedTuple):
    """A field that a user wrote: path with indices, value as plain data, and place."""

    path: str
    value: Any
    source: Source


class Manifest(Protocol):
    """An object as it was written."""

    @property
    def kind(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str:
        """`Deployment/default/web`."""
        ...

    @property
    def source(self) -> Source: ...

    def written(self, path: str) -> Iterable[Written]:
        """The fields that a path means, see `model.omission.Field`."""
        ...

    def value(self, path: str) -> Any:
        """The value of the only field that a path means; None where it was not written."""
        ...


def mapping(value: Any) -> dict[str, Any]:
    """A mapping as it was written; empty where something else was. Only some kinds of objects are
    checked for types."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list as it was written."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The strings of a list as it was written."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def scales(autoscaler: Manifest, workload: Workload) -> bool:
    """Whether a HorizontalPodAutoscaler is about a workload."""
    target = mapping(autoscaler.value("spec.scaleTargetRef"))
    same = (target.get("kind"), target.get("name")) == (workload.kind, workload.name)
    return same and autoscaler.namespace == workload.namespace


def bounds_of(autoscaler: Manifest) -> Bounds | None:
    """The bounds of a HorizontalPodAutoscaler; None where the API server refuses what it says."""
    least, most = autoscaler.value("spec.minReplicas"), autoscaler.value("spec.maxReplicas")
    least = 1 if least is None else least
    whole = type(least) is int and type(most) is int
    return Bounds(least, most) if whole and 1 <= least <= most else None


@dataclass(frozen=True)
class Term:
    """A required term of pod affinity or anti-affinity, or a hard topology spread constraint.

    `selector` is None where the term selects no pod. `plain` is false where the term says more than
    a selector and namespaces, so that whom it selects is not known here.
    """

    path: str
    topology_key: str
    selector: LabelSelector | None
    namespaces: tuple[str, ...]
    source: Source
    plain: bool = True

    def selects(self, pods: Pods) -> bool:
        """Whether it selects these pods, or may."""
        if self.selector is None or not self.selector.selects(pods.labels):
            return False
        return not self.plain or pods.manifest.namespace in self.namespaces


@dataclass(frozen=True, eq=False)
class Pods:
    """The pods of an object that runs some, whether or not its kind is checked."""

    manifest: Manifest
    template: PodTemplate
    #: How many there are at a time; None where the object alone does not say.
    count: int | None
    anti_affinity: tuple[Term, ...] = ()
    #: The topology spread constraints of each that keep it off nodes: whom they count.
    evenly: tuple[Term, ...] = ()
    #: Whether they are one pod that has no controller.
    stands_alone: bool = False
    #: The selector of the object, if its kind is checked and has one.
    selector: LabelSelector | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        return self.template.labels

    @property
    def namespace(self) -> str:
        return self.manifest.namespace


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Everything that is checked together."""

    pods: Sequence[Pods]
    manifests: Sequence[Manifest]

    @cached_property
    def memo(self) -> Memo:
        """What is so in every scenario."""
        return Memo()

    @cached_property
    def apart(self) -> Sequence[tuple[Pods, Term]]:
        """Every required term of anti-affinity, with the pods that it keeps apart from others."""
        return [(pods, term) for pods in self.pods for term in pods.anti_affinity]

    @cached_property
    def on_ports(self) -> Sequence[Pods]:
        """The pods that take ports of their hosts."""
        return [pods for pods in self.pods if pods.template.host_ports]

    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Manifest]:
        """The objects of a kind, all of them or those in a namespace."""
        if namespace is None:
            return self._kinds.get(kind, ())
        return self._homes.get((kind, namespace), ())

    def running(self, kind: str) -> Sequence[Pods]:
        """The pods of objects of a kind."""
        return self._running.get(kind, ())

    def selected(self, selector: LabelSelector, namespace: str) -> Iterator[Pods]:
        """The pods in a namespace that a selector matches."""
        label = next(iter(selector.match_labels.items()), None)
        for pods in self._labelled.get((namespace, label), ()):
            if selector.selects(pods.labels):
                yield pods

    @cached_property
    def _kinds(self) -> Mapping[str, list[Manifest]]:
        return _grouped((each.kind, each) for each in self.manifests)

    @cached_property
    def _homes(self) -> Mapping[tuple[str, str], list[Manifest]]:
        return _grouped(((each.kind, each.namespace), each) for each in self.manifests)

    @cached_property
    def _running(self) -> Mapping[str, list[Pods]]:
        return _grouped((pods.manifest.kind, pods) for pods in self.pods)

    @cached_property
    def _labelled(self) -> Mapping[tuple[str, tuple[str, str] | None], list[Pods]]:
        """By namespace and each label, or no label in particular."""
        return _grouped(
            ((pods.namespace, label), pods)
            for pods in self.pods
            for label in (None, *pods.labels.items())
        )


class Memo:
    """What was found out about immutable things, so that it is found out once."""

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[object, Any]] = {}

    def once(self, what: Hashable, of: object, find: Callable[[], T]) -> T:
        """What `find` gives; the same for the same `what` of the same object."""
        key = what, id(of)
        if key not in self._found:
            # Who is remembered stays, so that no other has its id.
            self._found[key] = of, find()
        found: T = self._found[key][1]
        return found


K = TypeVar("K")
V = TypeVar("V")


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


@dataclass(frozen=True)
class Setting:
    """A scenario, and all that its workload is checked together with."""

    scenario: Scenario
    own: Pods
    around: Surroundings
    #: Whether the user said how much the nodes hold, so that others may take it away.
    sized: bool
    #: The Node objects that the nodes are; empty where others were assumed.
    nodes: Sequence[Manifest]
    #: Those that take part in the scenario, the workload's own pods among them.
    inside: frozenset[Pods] = frozenset()
    #: Those whose requests the nodes are without already: they are there before all others.
    resident: frozenset[Pods] = frozenset()
    #: Of this setting, and of the same one as others see it.
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    def strangers(self, pods: Iterable[Pods]) -> list[Pods]:
        """Those that do not take part in the scenario."""
        return [each for each in pods if each not in self.inside and each is not self.own]

    @property
    def others(self) -> Sequence[Pods]:
        """Everybody else's pods, as far as they are not part of what is on the nodes anyway."""
        own, resident = self.own, self.resident
        return [each for each in self.around.pods if each is not own and each not in resident]

    def beside(self, kind: str) -> Sequence[Manifest]:
        """The objects of a kind in the workload's namespace."""
        return self.around.of_kind(kind, self.own.namespace)
