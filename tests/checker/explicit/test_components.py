"""Strongly connected components, both ways."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explicit.components import _by_scipy, _by_walk

EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40).map(
    sorted
)


@settings(deadline=None, max_examples=100)
@given(EDGES)
def test_components(edges: list[tuple[int, int]]) -> None:
    """They are those that networkx finds."""
    graph: nx.DiGraph[int] = nx.DiGraph(edges)
    expected = {frozenset(c) for c in nx.strongly_connected_components(graph)}
    sources, targets = (np.array(column, np.int32) for column in zip(*edges, strict=True))
    for way in (_by_walk, _by_scipy):
        labels = way(sources, targets, 13)
        groups: dict[int, set[int]] = {}
        for state in graph:
            groups.setdefault(int(labels[state]), set()).add(state)
        assert {frozenset(group) for group in groups.values()} == expected
