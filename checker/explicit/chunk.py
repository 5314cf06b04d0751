"""Steps that leave the states of one batch, as many as are told apart at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from checker.explicit.hashing import Hashes
from checker.explicit.layout import Matrix, Numbers
from checker.explicit.steps import Rows, Steps


class Chunk:
    """Some steps, numbered in the order of `parts`. `sources` are the states that they leave."""

    def __init__(self, parts: Sequence[Steps]) -> None:
        self._parts = parts
        self._sizes = [len(part.rows) for part in parts]
        self.sources: Rows = (
            parts[0].rows if len(parts) == 1 else np.concatenate([part.rows for part in parts])
        )

    def actions(self, dtype: DTypeLike) -> Numbers:
        """The action of each step."""
        actions = np.array([part.action for part in self._parts], dtype)
        return np.repeat(actions, self._sizes)

    def hashes(self, plain: NDArray[np.int64]) -> Hashes:
        """The plain hashes of the successors, from those of the states of the batch."""
        result = plain[self.sources]
        first = 0
        for part, size in zip(self._parts, self._sizes, strict=True):
            result[first : first + size] += part.change
            first += size
        return result.view(np.uint64)

    def build(self, C: Matrix, chosen: Rows) -> Matrix:
        """The successors of the batch C by some of the steps, their numbers ascending."""
        built = [C[:, :0]]
        first = start = 0
        for part, size in zip(self._parts, self._sizes, strict=True):
            last = int(np.searchsorted(chosen, start + size))
            if last > first:
                built.append(part.after(C, chosen[first:last] - start))
            first, start = last, start + size
        return built[1] if len(built) == 2 else np.concatenate(built, 1)


def chunks(found: Sequence[Steps], most: int) -> Iterator[Chunk]:
    """All these steps, in order, at most so many at once."""
    parts: list[Steps] = []
    room = most
    for steps in found:
        size = len(steps.rows)
        for first in range(0, size, most):
            part = steps if size <= most else steps.part(first, first + most)
            if len(part.rows) > room:
                yield Chunk(parts)
                parts, room = [], most
            parts.append(part)
            room -= len(part.rows)
    if parts:
        yield Chunk(parts)
