"""Strongly connected components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Up to this many edges the walk in Python is done before scipy would be imported.
_FEW = 40_000


def components(
    sources: NDArray[np.int32], targets: NDArray[np.int32], count: int
) -> NDArray[np.int32]:
    """The component of each of `count` states, from 0; only of the edges' ends it is meant.

    Edges are sorted by source.
    """
    if len(sources) > _FEW:
        return _by_scipy(sources, targets, count)
    return _by_walk(sources, targets, count)


def _by_scipy(
    sources: NDArray[np.int32], targets: NDArray[np.int32], count: int
) -> NDArray[np.int32]:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    bounds = np.concatenate(([0], np.bincount(sources, minlength=count).cumsum()))
    # Any other type would be copied to this one.
    ones = np.ones(len(sources), np.float64)
    matrix = csr_matrix((ones, targets.copy(), bounds), (count, count))
    # With parallel edges scipy's search may never end.
    matrix.sum_duplicates()
    labels: NDArray[np.int32] = connected_components(matrix, connection="strong")[1]
    return labels


def _by_walk(
    sources: NDArray[np.int32], targets: NDArray[np.int32], count: int
) -> NDArray[np.int32]:
    """Depth first, with a stack of paths (Gabow 2000)."""
    following: dict[int, list[int]] = {}
    for source, target in zip(sources.tolist(), targets.tolist(), strict=True):
        following.setdefault(source, []).append(target)
    labels = np.zeros(count, np.int32)
    found = 0
    order: dict[int, int] = {}
    done: set[int] = set()
    for root, first in following.items():
        if root in order:
            continue
        order[root] = len(order)
        # `members` are the states that have no component yet, `bounds` those among them that
        # begin a possible one, `path` the states on the way here and what is left to try there.
        members, bounds, path = [root], [root], [(root, iter(first))]
        while path:
            state, left = path[-1]
            target = next(left, None)
            if target is None:
                path.pop()
                if bounds[-1] == state:
                    bounds.pop()
                    while True:
                        member = members.pop()
                        labels[member] = found
                        done.add(member)
                        if member == state:
                            break
                    found += 1
            elif target not in order:
                order[target] = len(order)
                members.append(target)
                bounds.append(target)
                path.append((target, iter(following.get(target, ()))))
            elif target not in done:
                while order[bounds[-1]] > order[target]:
                    bounds.pop()
    return labels
