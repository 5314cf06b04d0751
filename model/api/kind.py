"""An object kind of a group that is not Kubernetes' own: what a row of `kinds` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from model.api.source import Source
from model.field import Field


@dataclass(frozen=True)
class Kind:
    """How objects of a kind are written, and what they become."""

    #: As in manifests: "Reaper", "example.dev/v1".
    name: str
    api_version: str
    #: The fields of its `spec`.
    spec: Mapping[str, Field]
    #: The typed object, from a namespace, a name, the values of `spec` and the place in a file.
    make: Callable[[str, str, Mapping[str, Any], Source], object]
