"""Counts that may be percentages.

Source: apimachinery v0.36 `pkg/util/intstr/intstr.go`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IntOrPercent:
    """`intstr.IntOrString` restricted to what a rollout accepts: a count or a percentage."""

    value: int
    percent: bool = False

    def scaled(self, total: int, *, round_up: bool) -> int:
        """The count that this is of `total`.

        Source: apimachinery v0.36 `pkg/util/intstr/intstr.go`, GetScaledValueFromIntOrPercent.
        """
        if not self.percent:
            return self.value
        return -(-self.value * total // 100) if round_up else self.value * total // 100

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)
