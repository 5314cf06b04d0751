"""Who sets the replicas of a workload that an autoscaler scales, and of what is left of one that is
deleted with orphaning.

Source: `https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/`
(migrating Deployments and StatefulSets to horizontal autoscaling: take `spec.replicas` out of the
manifest).
"""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import Cluster
from model.ir.expr import FALSE, Expr, disj
from model.ir.system import Property
from model.position import Position
from model.properties.deletion import LEFT, left
from model.scenario import Scenario


def autoscaled(scenario: Scenario) -> bool:
    """workloads that an autoscaler scales, with steps `load`"""
    return bool(scenario.change.autoscalers)


def scaled_by_hand(scenario: Scenario) -> bool:
    """workloads that an autoscaler scales, with steps `load`, and Deployments that are deleted with
    orphaning"""
    left = scenario.change.orphans and scenario.workload.kind == "Deployment"
    return autoscaled(scenario) or left


def overruled(position: Position) -> bool:
    """Whether somebody else has changed the replicas since an autoscaler set them."""
    return position.overruled


def nobody_else_scales(name: str, text: str, cluster: Cluster) -> Property:
    """Once an autoscaler has set the replicas nobody else changes them, but to 0 and from there:
    that is how a user switches it off, and on again. And what a Deployment has left that is gone
    keeps the replicas that it had."""
    adopted = cluster.adopted
    broken = _some(cluster, overruled) | (FALSE if adopted is None else adopted.scaled())
    scaled = autoscaled(cluster.scenario)
    return Property(
        name,
        "always",
        ~broken,
        witness=_some(cluster, lambda position: position.scaler >= 0) if scaled else left(cluster),
        text=text,
        occasion="an autoscaler sets the replicas" if scaled else LEFT,
    )


def autoscaler_settles(name: str, text: str, cluster: Cluster) -> Property:
    """From some point on no autoscaler wants another number of replicas."""
    wants = {move.source for move in cluster.stages.moves if move.scaler >= 0}
    places = {position: place for place, position in enumerate(cluster.stages.positions)}
    due = _some(cluster, lambda position: places[position] in wants)
    return Property(
        name,
        "eventually always",
        ~due,
        witness=due,
        text=text,
        occasion="the load asks for another number of replicas",
    )


def _some(cluster: Cluster, test: Callable[[Position], bool]) -> Expr:
    """Whether something is so where the user and autoscalers have come to."""
    if cluster.position is None:
        return FALSE
    positions = enumerate(cluster.stages.positions)
    here = cluster.position()
    return disj(*(here == place for place, position in positions if test(position)))
