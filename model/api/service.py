"""Services.

Source: k8s.io/api v0.36 `core/v1/types.go` (ServiceSpec).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.api.source import Fields, Source


@dataclass(frozen=True)
class Service:
    """A Service, for the pods that it selects."""

    namespace: str
    name: str
    selector: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)
