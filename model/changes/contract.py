"""What a kind of step says of itself: the contract of the files beside this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from model.api.steps import Drain, Step
from model.apiserver import moves
from model.apiserver.objects import Cluster
from model.field import Field
from model.ir.expr import Expr
from model.ir.system import Table, Update, assign
from model.ir.types import BOOL, IntType
from model.position import Move

#: The actor of every step.
NAME = "user"


#: The kinds of workloads that most steps about nodes are for.
KINDS = (
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "Job",
    "CronJob",
)


@dataclass(frozen=True)
class Turn:
    """One of the steps: when the user may take it, and how far that brings the user."""

    cluster: Cluster
    #: Its place among the steps.
    number: int

    @property
    def step(self) -> Step:
        return self.cluster.scenario.change.steps[self.number]

    @cached_property
    def moves(self) -> Sequence[Move]:
        return self.cluster.stages.by_step(self.number)

    @property
    def due(self) -> Expr:
        """Whether the user has come to it. Who takes steps one after the other waits for drains."""
        cluster = self.cluster
        here = moves.due(cluster, self.moves)
        waits = not cluster.scenario.change.any_order or isinstance(self.step, Drain)
        return here & cluster.no_drain if waits else here

    @property
    def taken(self) -> list[Update]:
        """How far the user is then, and what the workload's object says."""
        return moves.made(self.cluster, self.moves)

    def named(self, name: str) -> str:
        """A name for its action that no other step's action has."""
        before = self.cluster.scenario.change.steps[: self.number]
        nth = sum(type(step) is type(self.step) for step in before) + 1
        return name if nth == 1 else f"{name} {nth}"

    @property
    def listed(self) -> bool:
        """Whether the scenario lists its steps; else it is of a form that has this one."""
        return self.cluster.scenario.change.kind == "steps"

    @property
    def why(self) -> str:
        """Why the user takes it."""
        if self.cluster.scenario.change.any_order:
            return "the scenario lets the user take its steps in any order"
        return "it is the next of the scenario's steps"


@dataclass(frozen=True)
class Row:
    """A kind of step."""

    kind: type
    #: Its field of an entry of `spec.scenario.steps`: help, limits and defaults.
    field: Field
    #: What the values of the field stand for: one step, or one for each node.
    read: Callable[[Mapping[str, Any]], Sequence[Step]]
    #: Adds the actions of all steps of the kind, of which there is at least one.
    add: Callable[[Cluster, Sequence[Turn]], None]
    #: The kinds of workloads that are checked under it.
    workloads: tuple[str, ...] = KINDS


class OnNodes:
    """Steps that are each about one node, by the position of the user: about one that is gone, a
    step does nothing but fail, and the user goes on."""

    def __init__(self, name: str, turns: Sequence[Turn], nodes: Sequence[str]) -> None:
        cluster = turns[0].cluster
        assert cluster.position is not None
        self.cluster, self.position = cluster, cluster.position
        self._turns = turns
        count = len(cluster.stages.positions)
        rows = [[0] * cluster.Node.size for _ in range(count)]
        goes = [[place] * cluster.Node.size for place in range(count)]
        for turn, node in zip(turns, nodes, strict=True):
            index = cluster.Node.elements.index(node)
            for move in turn.moves:
                rows[move.source][index], goes[move.source][index] = 1, move.target
        assert isinstance(self.position.type, IntType)
        self._places = self.position.type
        domain = (self._places, cluster.Node)
        self._next = self.table(f"{name} next", rows)
        self._goes = cluster.builder.table(
            f"{name} goes to", domain, self._places, [i for row in goes for i in row]
        )

    def table(self, name: str, rows: Sequence[Sequence[int]]) -> Table:
        """Whether something is so, by position and node."""
        domain = (self._places, self.cluster.Node)
        return self.cluster.builder.table(name, domain, BOOL, [int(i) for row in rows for i in row])

    def next(self, n: Expr) -> Expr:
        """Whether the user has come to a step about a node."""
        waits = not self.cluster.scenario.change.any_order
        due = self._next[self.position(), n]
        return due & self.cluster.no_drain if waits else due

    def begin(self, n: Expr) -> list[Update]:
        """How far the user is after it."""
        return [assign(self.position(), self._goes[self.position(), n])]
