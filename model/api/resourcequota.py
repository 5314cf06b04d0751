"""Quotas of a namespace.

Source: k8s.io/api v0.36 `core/v1/types.go` (ResourceQuotaSpec, ScopedResourceSelectorRequirement).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from model.api.source import Fields, Source


class Scope(NamedTuple):
    """What objects must be that a quota counts. One of `spec.scopes` is of operator Exists."""

    name: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = "Exists"
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResourceQuota:
    namespace: str
    name: str
    #: `spec.hard` in nanos.
    hard: Mapping[str, int]
    #: `spec.scopes` and `spec.scopeSelector`: all must hold.
    scopes: tuple[Scope, ...] = ()
    source: Source = Source("-", 1)


@dataclass(frozen=True)
class PodQuota:
    """A ResourceQuota as it limits the pods of a workload, which all count alike."""

    namespace: str
    name: str
    #: How many of them it lets in; 0 where their containers do not name what it limits.
    most: int
    #: The resource that it runs out of first, or that is not named.
    resource: str
    unnamed: bool = False
    #: Whether others' pods count for it as well; they are all there.
    shared: bool = False
    #: Whether a pod counts until it is gone; else no longer than its grace period.
    to_the_end: bool = False
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)
