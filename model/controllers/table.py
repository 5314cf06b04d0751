"""The controllers that a cluster has, in the order in which they add to its system.

Few clusters have one of those that are imported late, and they cost milliseconds to import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from model.apiserver.objects import Cluster
from model.controllers import (
    deployment,
    disruption,
    nodelifecycle,
    podgc,
    replicaset,
    tainteviction,
)
from model.controllers.contract import Controller


class Row(NamedTuple):
    """When a cluster has a controller, and the controller."""

    acts: Callable[[Cluster], bool]
    controller: Callable[[], Controller]

    def add(self, cluster: Cluster) -> None:
        """Adds the controller where the cluster has it."""
        if self.acts(cluster):
            self.controller().add(cluster)


def _statefulset() -> Controller:
    from model.controllers.statefulset import CONTROLLER

    return CONTROLLER


def _daemonset() -> Controller:
    from model.controllers.daemonset import CONTROLLER

    return CONTROLLER


def _job() -> Controller:
    from model.controllers.job import CONTROLLER

    return CONTROLLER


def _cronjob() -> Controller:
    from model.controllers.cronjob import CONTROLLER

    return CONTROLLER


def _autoscaler() -> Controller:
    from model.controllers.horizontalpodautoscaler import CONTROLLER

    return CONTROLLER


def _collects(cluster: Cluster) -> bool:
    return cluster.deleted is not None or cluster.scenario.workload.cron is not None


def _garbagecollector() -> Controller:
    from model.controllers.garbagecollector import CONTROLLER

    return CONTROLLER


def _resourcequota() -> Controller:
    from model.controllers.resourcequota import CONTROLLER

    return CONTROLLER


#: Those that make pods.
WORKLOADS: tuple[Row, ...] = (
    Row(lambda c: c.scenario.workload.kind == "Deployment", lambda: deployment.CONTROLLER),
    Row(lambda c: replicaset.acts(c) == replicaset.NAME, lambda: replicaset.CONTROLLER),
    Row(lambda c: replicaset.acts(c) == replicaset.FOR_CONTROLLERS, lambda: replicaset.ADAPTER),
    Row(lambda c: c.scenario.workload.stateful is not None, _statefulset),
    Row(lambda c: c.scenario.workload.daemon is not None, _daemonset),
    Row(lambda c: c.jobs is not None, _job),
    Row(lambda c: c.scenario.workload.cron is not None, _cronjob),
    Row(_collects, _garbagecollector),
)

#: Those that mind nodes and limits.
LIMITS: tuple[Row, ...] = (
    Row(lambda c: bool(c.scenario.faults.losses), lambda: nodelifecycle.CONTROLLER),
    Row(lambda c: tainteviction.minds(c.scenario), lambda: tainteviction.CONTROLLER),
    Row(lambda c: podgc.finds(c.scenario), lambda: podgc.CONTROLLER),
    Row(lambda c: bool(c.scenario.budgets), lambda: disruption.CONTROLLER),
    Row(lambda c: bool(c.charges), _resourcequota),
    Row(lambda c: bool(c.scenario.change.autoscalers), _autoscaler),
)


def add_workloads(cluster: Cluster) -> None:
    """Adds those that make pods."""
    for row in WORKLOADS:
        row.add(cluster)


def add_limits(cluster: Cluster) -> None:
    """Adds those that mind nodes and limits."""
    for row in LIMITS:
        row.add(cluster)
