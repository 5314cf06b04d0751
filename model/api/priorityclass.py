"""Priorities of pods by name.

Source: k8s.io/api v0.36 `scheduling/v1/types.go` (PriorityClass).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PriorityClass:
    """`preempts` is false for preemptionPolicy Never; `default` is the class of pods that name
    none."""

    name: str
    value: int
    preempts: bool = True
    default: bool = False
