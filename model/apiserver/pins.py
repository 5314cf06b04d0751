"""In which zones the volumes of a StatefulSet's pods are.

A claim whose class waits for its first consumer gets a volume in the zone of the node that its
pod is bound to. The disks of most clouds can be used there only, so from then on the ordinal is
bound to nodes of that zone, whatever becomes of its pod: the claim stays, but where
persistentVolumeClaimRetentionPolicy has whenScaled Delete and the pod is scaled away.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/volumebinding/binder.go`
(FindPodVolumes, checkBoundClaims), `pkg/controller/statefulset/stateful_set_utils.go`
(updateClaimOwnerRefForSetAndPod); csi-translation-lib v0.36.3 `plugins/` (the topology keys of
drivers).

Omits: claims that users delete; that a pod of a Parallel StatefulSet which is scaled away and
wanted again before it is gone may keep its claim (the omission `claims-kept`); how much room a zone
has for volumes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.api.node import ZONE
from model.ir.builder import Builder
from model.ir.expr import Expr, constant
from model.ir.label import Label
from model.ir.system import StateFunction, Table, Update, assign
from model.ir.types import EnumType, Sort
from model.scenario import Scenario

#: What is not in any zone yet.
NOWHERE = "nowhere"


def pins(scenario: Scenario) -> tuple[str, ...]:
    """The zones that nodes are in, where it matters: some claim is pinned to one of several, and
    each node says in which it is, once and for all."""
    if ZONE in scenario.change.relabels:
        return ()
    stateful = scenario.workload.stateful
    zones = [node.labels.get(ZONE) for node in scenario.nodes]
    known = tuple(sorted({zone for zone in zones if zone is not None}))
    pinned = stateful is not None and stateful.zonal and None not in zones
    return known if pinned and len(known) > 1 else ()


@dataclass(frozen=True)
class Pins:
    """The zone of each ordinal's volumes, and of each node."""

    pinned: StateFunction
    zone: Table

    def admits(self, pod: Expr, node: Expr) -> Expr:
        """Whether a pod's volumes can be used on a node, or will be made there."""
        return self.pinned[pod].is_in(NOWHERE) | (self.pinned[pod] == self.zone[node])

    def bound(self, pod: Expr, node: Expr) -> list[Update]:
        """What it is to volumes that their pod is bound."""
        new = self.pinned[pod].is_in(NOWHERE)
        return [assign(self.pinned[pod], self.zone[node], where=new)]

    def dropped(self, pod: Expr) -> list[Update]:
        """The claims of a pod are deleted with it."""
        nowhere = constant(self._zones, NOWHERE)
        return [assign(self.pinned[pod], nowhere)]

    def start(self, placed: Sequence[int | None], free: int) -> tuple[int, ...]:
        """The zones where pods are bound to nodes at the start, by their numbers."""
        nowhere = self._zones.values.index(NOWHERE)
        found = [nowhere if at is None else self.zone.values[at] for at in placed]
        return (*found, *[nowhere] * free)

    @property
    def zones(self) -> tuple[str, ...]:
        """Their names by number."""
        return self._zones.values

    @property
    def _zones(self) -> EnumType:
        assert isinstance(self.pinned.type, EnumType)
        return self.pinned.type


def made(builder: Builder, scenario: Scenario, pods: Sort, nodes: Sort) -> Pins | None:
    """Where volumes are pinned, their zones as state; nobody's yet."""
    known = pins(scenario)
    if not known:
        return None
    zones = EnumType("Zone", (NOWHERE, *known))
    label = Label("Pod/{0}", "volumes.zone")
    pinned = builder.function("pinned", (pods,), zones, 0, label)
    at = [zones.values.index(node.labels[ZONE]) for node in scenario.nodes]
    return Pins(pinned, builder.table("zone", (nodes,), zones, at))
