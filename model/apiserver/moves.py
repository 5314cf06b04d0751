"""Moves from one stage of the workload's object to another, as conditions and updates of the state:
whoever makes them, the user or an autoscaler."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model.apiserver.objects import Cluster
from model.ir.expr import TRUE, Expr, disj, ite, literal
from model.ir.system import StateFunction, Update, assign
from model.position import Move


def due(cluster: Cluster, moves: Sequence[Move]) -> Expr:
    """Whether the user has come to where one of these begins."""
    sources = [move.source for move in moves]
    if cluster.position is not None:
        return disj(*(cluster.position() == source for source in sources))
    if cluster.change is not None:
        stages = cluster.stages
        return cluster.change().is_in(*(stages.names[stages.place(each)] for each in sources))
    return TRUE


def made(cluster: Cluster, moves: Sequence[Move]) -> list[Update]:
    """How far the user is after that one of these that begins where the user is, and what the
    workload's object says then."""
    found = []
    if cluster.change is not None:
        found += _moved(cluster.change, moves, cluster.stages.place)
    if cluster.position is not None:
        found += _moved(cluster.position, moves, lambda position: position)
    return found


def _moved(
    function: StateFunction, moves: Sequence[Move], value: Callable[[int], int]
) -> list[Update]:
    pairs = dict.fromkeys((value(move.source), value(move.target)) for move in moves)
    if all(source == target for source, target in pairs):
        return []
    (_, last), *others = reversed(pairs)
    result: Expr = literal(function.type, last)
    for source, target in others:
        here = function() == literal(function.type, source)
        result = ite(here, literal(function.type, target), result)
    return [assign(function(), result)]
