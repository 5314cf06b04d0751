"""Pods that take their node down: a node crashes because so many pods of the workload run on it.

It is a crash like any other, and the pods are made again elsewhere, where they may do the same.
"""

from __future__ import annotations

from dataclasses import replace

from model.apiserver.objects import Cluster
from model.faults import nodes
from model.faults.contract import Fault, Row
from model.field import Field, count
from model.ir.expr import Expr
from model.ir.quantifier import count as number_of
from model.scenario import Overloads, Scenario


def add(cluster: Cluster) -> None:
    """Adds crashes of nodes on which enough pods run."""
    overloads = cluster.scenario.faults.overloads

    def running(n: Expr) -> Expr:
        return number_of(
            cluster.Pod,
            lambda p: (
                (cluster.node[p] == n)
                & cluster.phase[p].is_in("Running", "Ready", "Available")
                & cluster.is_own(p)
            ),
        )

    nodes.of_one(
        cluster,
        "pods take node down",
        nodes.Times("overloadsLeft", overloads.times),
        lambda n: nodes.crash(cluster, n),
        where=lambda n: running(n) >= overloads.pods,
        text="{node} crashes of what runs on it",
        why="spec.faults.overloads says that so many pods of the workload take a node down",
    )


def _limit(scenario: Scenario, number: int) -> Scenario:
    faults = scenario.faults
    overloads = Overloads(number, faults.overloads.pods) if number else Overloads()
    return replace(scenario, faults=replace(faults, overloads=overloads))


ROW = Row(
    {
        "overloads": Field(
            "object",
            "pods of the workload that take their node down",
            fields={
                "times": count("how often they may do so"),
                "pods": count("how many of them on one node it takes", 1, 1),
            },
        )
    },
    (
        Fault(
            "spec.faults.overloads",
            "{n} crash of a node by its pods",
            "{n} crashes of nodes by their pods",
            lambda scenario: scenario.faults.overloads.times,
            _limit,
        ),
    ),
    add,
)
