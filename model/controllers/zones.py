"""What the node lifecycle controller makes of a zone, by how many of its nodes report.

A zone of which many nodes stopped reporting is rather cut off than broken: its nodes are tainted
more slowly, or not at all. The same text is read on numbers and on expressions over the state.

Source: kubernetes v1.36.3 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`
(ComputeZoneState, handleDisruption, setLimiterInZone, ReducedQPSFunc),
`cmd/kube-controller-manager/app/options/nodelifecyclecontroller.go` (the flags' defaults).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.ir.expr import Expr, Literalish, coerce, conj, constant, ite
from model.ir.types import EnumType

STATE = EnumType("ZoneState", ("Normal", "PartialDisruption", "FullDisruption"))
NORMAL, PARTIAL, FULL = (constant(STATE, name) for name in STATE.values)
#: How fast nodes of a zone are tainted NoExecute: --node-eviction-rate,
#: --secondary-node-eviction-rate, not at all.
RATE = EnumType("TaintingRate", ("Usual", "Secondary", "None"))
USUAL, SECONDARY, STOPPED = (constant(RATE, name) for name in RATE.values)

#: --unhealthy-zone-threshold in percent. Upstream divides in 32 bit floats, which for fewer than
#: 100,000 nodes is the same as comparing these products of whole numbers.
THRESHOLD = 55
#: Fewer than that many nodes that do not report never make a disruption of a part.
FEW = 3
#: --large-cluster-size-threshold: a zone of so many nodes or fewer is small.
LARGE = 50


def state(ready: Literalish, unready: Literalish) -> Expr:
    """A zone's state by how many of its nodes have the condition Ready as True, and how many as
    False, Unknown, or not at all."""
    ready, unready = coerce(ready), coerce(unready)
    partly = conj(unready >= FEW, unready * 100 >= (ready + unready) * THRESHOLD)
    return ite(conj(ready == 0, unready > 0), FULL, ite(partly, PARTIAL, NORMAL))


def rate(zone: Literalish, nodes: Literalish, all_full: Literalish) -> Expr:
    """How fast the nodes of a zone in a state are tainted, by how many nodes it has, and whether
    all zones are fully disrupted: then the controller takes its taints back and adds none."""
    slow = ite(coerce(nodes) > LARGE, SECONDARY, STOPPED)
    return ite(all_full, STOPPED, ite(coerce(zone) == PARTIAL, slow, USUAL))


def all_full(zones: Sequence[Literalish]) -> Expr:
    """Whether every zone that has nodes is fully disrupted."""
    return conj(*(coerce(each) == FULL for each in zones))
