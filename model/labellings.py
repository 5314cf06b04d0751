"""The labels of nodes, as the user's steps change them: a scenario for each that there may be.

What reads labels of nodes is computed for each of these by the same plain functions as always, and
enters the system as a table over which of them there is now (`model.apiserver.configuration`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.api.node import Node
from model.api.steps import LABELS
from model.position import Position
from model.scenario import Scenario
from model.stages import stages

#: What depends on the labels says so by this name.
NODE_LABELS = "node labels"

#: Of each name and key the value, None where there is no such label.
_Changes = frozenset[tuple[str, str, str | None]]


def labellings(scenario: Scenario) -> tuple[Scenario, ...]:
    """The scenario with its nodes as they may come to be labelled, each once, as at the start
    first."""
    if not scenario.change.has(*LABELS):
        return (scenario,)
    return tuple(
        replace(scenario, nodes=tuple(_with(node, each) for node in scenario.nodes))
        for each in _known(scenario)
    )


def places(scenario: Scenario) -> list[int]:
    """Which of them there is, at each position of the user."""
    known = _known(scenario)
    return [known.index(_made(scenario, each)) for each in stages(scenario).positions]


def _known(scenario: Scenario) -> Sequence[_Changes]:
    positions = stages(scenario).positions
    return list(dict.fromkeys(_made(scenario, position) for position in positions))


def _made(scenario: Scenario, position: Position) -> _Changes:
    """What differs from the start."""
    given = {node.name: node.labels for node in scenario.nodes}
    return frozenset(
        (name, key, value)
        for name, key, value in position.labels
        if given.get(name, {}).get(key) != value
    )


def _with(node: Node, changes: _Changes) -> Node:
    own = {key: value for name, key, value in changes if name == node.name}
    if not own:
        return node
    labels = {key: value for key, value in {**node.labels, **own}.items() if value is not None}
    return replace(node, labels=labels)
