"""Roles and their bindings: who may do what.

Source: k8s.io/api v0.36 `rbac/v1/types.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from model.api.selector import LabelSelector
from model.api.source import Source

#: Stands for every verb, API group or resource in a rule.
ALL = "*"


class Rule(NamedTuple):
    """What a role allows: verbs on resources, or on paths that are not of objects."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    #: Resources and subresources: `pods`, `pods/log`, `*/scale`.
    resources: tuple[str, ...] = ()
    #: Names of objects; all if there are none.
    names: tuple[str, ...] = ()
    #: nonResourceURLs, which may end in `*`.
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """A Role, or a ClusterRole, which has no namespace."""

    namespace: str
    name: str
    rules: tuple[Rule, ...] = ()
    source: Source = Source("-", 1)


@dataclass(frozen=True)
class ClusterRole(Role):
    """With `sums` (aggregationRule) its rules are those of all others that one of these selects."""

    labels: Mapping[str, str] = field(default_factory=dict)
    sums: tuple[LabelSelector, ...] | None = None


class Subject(NamedTuple):
    """Whom a binding is for. Without a namespace a ServiceAccount is of that of the binding."""

    kind: Literal["User", "Group", "ServiceAccount"]
    name: str
    namespace: str = ""


@dataclass(frozen=True)
class Binding:
    """A RoleBinding, or a ClusterRoleBinding, which has no namespace."""

    namespace: str
    name: str
    subjects: tuple[Subject, ...]
    #: `roleRef`: a ClusterRole, or a Role of the namespace.
    to_cluster_role: bool
    role: str
    source: Source = Source("-", 1)
