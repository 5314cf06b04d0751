"""A workload among all that is checked together with it: where omissions are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from model.scenario import LabelSelector, PodTemplate, Scenario, Source


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


@dataclass(frozen=True)
class Term:
    """A required term of pod affinity or anti-affinity.

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
        from model.load.labels import selects

        if self.selector is None or not selects(self.selector, pods.labels):
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

    @property
    def labels(self) -> Mapping[str, str]:
        return self.template.labels

    @property
    def namespace(self) -> str:
        return self.manifest.namespace


@dataclass(frozen=True)
class Setting:
    """A scenario, and all that its workload is checked together with."""

    scenario: Scenario
    own: Pods
    #: Everybody else's pods.
    others: Sequence[Pods]
    #: Objects by kind.
    objects: Mapping[str, Sequence[Manifest]]
    #: Whether the user said how much the nodes hold, so that others may take it away.
    sized: bool
    #: The Node objects that the nodes are; empty where others were assumed.
    nodes: Sequence[Manifest]

    def beside(self, *kinds: str) -> Iterable[Manifest]:
        """The objects of some kinds in the workload's namespace, or in none."""
        for kind in kinds:
            for each in self.objects.get(kind, ()):
                if each.namespace in ("", self.own.namespace):
                    yield each
