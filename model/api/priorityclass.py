"""Priorities of pods by name.

Source: k8s.io/api v0.36 `scheduling/v1/types.go` (PriorityClass); kubernetes v1.36.3
`plugin/pkg/admission/priority/admission.go`, `pkg/apis/scheduling/v1/helpers.go`
(SystemPriorityClasses).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PriorityClass:
    """`preempts` is false for preemptionPolicy Never; `default` is the class of pods that name
    none."""

    name: str
    value: int
    preempts: bool = True
    default: bool = False


_NONE = PriorityClass("", 0)
#: Those that every cluster has.
SYSTEM = (
    PriorityClass("system-node-critical", 2_000_001_000),
    PriorityClass("system-cluster-critical", 2_000_000_000),
)


def class_of(name: str, classes: Mapping[str, PriorityClass]) -> PriorityClass | None:
    """The class of a pod that names one, or none; None if it is not known. Of several defaults the
    lowest counts."""
    if name:
        return classes.get(name)
    defaults = (each for each in classes.values() if each.default)
    return min(defaults, key=lambda each: each.value, default=_NONE)
