"""Quotas of a namespace.

Source: k8s.io/api v0.36 `core/v1/types.go` (ResourceQuotaSpec, ScopedResourceSelectorRequirement).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from model.api.source import Source


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
