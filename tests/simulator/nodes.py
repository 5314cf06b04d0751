"""The nodes of a scenario, as they are before anything happens to them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulator.objects import Node
from tests.simulator.world import Setup


def given_nodes(setup: Setup) -> Iterator[Node]:
    """The nodes as they are at the start."""
    for node in setup.scenario.nodes:
        amounts = {
            name: f"{value}m" if name == "cpu" else str(value)
            for name, value in node.allocatable.items()
        }
        taints = tuple((t.key, t.value, str(t.effect)) for t in node.taints)
        yield Node(node.name, node.labels, amounts, taints, node.unschedulable)
