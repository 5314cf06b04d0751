"""How evenly pods are to be spread over domains of nodes.

Source: k8s.io/api v0.36 `core/v1/types.go` (TopologySpreadConstraint).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model.api.selector import LabelSelector

Policy = Literal["Honor", "Ignore"]


@dataclass(frozen=True)
class TopologySpreadConstraint:
    """Pods that `selector` selects, in domains by the label `topology_key`. A selector that is None
    selects nothing."""

    max_skew: int
    topology_key: str
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"]
    selector: LabelSelector | None = None
    min_domains: int = 1
    #: Whether nodes count that the pod's node affinity excludes, or a taint that it does not bear.
    node_affinity_policy: Policy = "Honor"
    node_taints_policy: Policy = "Ignore"
    match_label_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class HardSpread:
    """A constraint with DoNotSchedule, as far as it is about the pods made from one template."""

    topology_key: str
    max_skew: int
    min_domains: int = 1
    honors_affinity: bool = True
    honors_taints: bool = False
    match_label_keys: tuple[str, ...] = ()
    #: Whether its selector counts pods with the labels of the template.
    selects_own: bool = True
    #: Which labels others' pods have to have to be counted; None if none are.
    selector: LabelSelector | None = None
