"""Autoscalers of a workload's replicas.

Source: k8s.io/api v0.36 `autoscaling/v2/types.go` (HorizontalPodAutoscalerSpec, Behavior);
kubernetes v1.36.3 `pkg/apis/autoscaling/v2/defaults.go`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

#: --horizontal-pod-autoscaler-downscale-stabilization, in seconds.
DOWNSCALE_WINDOW = 300


@dataclass(frozen=True)
class Tolerances:
    """`behavior.scaleDown.tolerance` and `scaleUp.tolerance`: ratios so near to 1 are let be.
    Where they are not set they are --horizontal-pod-autoscaler-tolerance."""

    down: float = 0.1
    up: float = 0.1

    def within(self, ratio: float) -> bool:
        return (1.0 - self.down) <= ratio <= (1.0 + self.up)


@dataclass(frozen=True)
class Policy:
    """One of `policies`: so many pods, or so many percent, in a period of seconds."""

    type: Literal["Pods", "Percent"]
    value: int
    period: int


@dataclass(frozen=True)
class Rules:
    """`behavior.scaleUp` or `behavior.scaleDown`."""

    policies: tuple[Policy, ...]
    select: Literal["Max", "Min", "Disabled"] = "Max"
    window: int = 0


#: What holds where `behavior` is given and says no more.
SCALE_UP = Rules((Policy("Pods", 4, 15), Policy("Percent", 100, 15)))
SCALE_DOWN = Rules((Policy("Percent", 100, 15),), window=DOWNSCALE_WINDOW)


@dataclass(frozen=True)
class Behavior:
    up: Rules = SCALE_UP
    down: Rules = SCALE_DOWN


@dataclass(frozen=True)
class Bounds:
    """minReplicas and maxReplicas."""

    least: int
    most: int


@dataclass(frozen=True)
class HorizontalPodAutoscaler:
    """One, as far as a sync reads it; see `model.controllers.horizontalpodautoscaler` for what
    stands for metrics. Without `behavior` replicas double at most."""

    #: `HorizontalPodAutoscaler/default/web`.
    label: str
    bounds: Bounds
    behavior: Behavior | None = None
    tolerances: Tolerances = field(default_factory=Tolerances)


class Rescale(NamedTuple):
    """A request that an autoscaler may send: what it sets the replicas to."""

    #: Its label.
    autoscaler: str
    #: The load that it measures, as the number of pods that it is as much as they are to bear.
    load: int
    current: int
    replicas: int
