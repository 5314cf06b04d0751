"""Arrays that grow at the end without ever being copied."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

#: Bytes of one block, about.
_BLOCK = 1 << 22


class Blocks:
    """An array of shape (height, count), or (count,) without a height, in blocks of columns."""

    def __init__(self, dtype: DTypeLike, height: int | None = None) -> None:
        self.count = 0
        self._dtype = np.dtype(dtype)
        self._shape = () if height is None else (height,)
        width = self._dtype.itemsize * max(1, height or 1)
        self._columns = max(64, min(1 << 18, _BLOCK // width))
        self._blocks: list[NDArray[Any]] = []

    def append(self, part: NDArray[Any]) -> None:
        """Add columns at the end."""
        first, size = 0, part.shape[-1]
        while first < size:
            start = self.count % self._columns
            if not start:
                # Room that is not written to costs nothing.
                self._blocks.append(np.empty((*self._shape, self._columns), self._dtype))
            last = min(size, first + self._columns - start)
            self._blocks[-1][..., start : start + last - first] = part[..., first:last]
            self.count += last - first
            first = last

    def get(self, first: int, last: int) -> NDArray[Any]:
        """The columns first..last-1; not to be written to."""
        parts = []
        while first < last:
            number, start = divmod(first, self._columns)
            stop = min(self._columns, start + last - first)
            parts.append(self._blocks[number][..., start:stop])
            first += stop - start
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts, -1) if parts else np.empty((*self._shape, 0), self._dtype)

    def column(self, place: int) -> NDArray[Any]:
        """One column."""
        number, start = divmod(place, self._columns)
        found: NDArray[Any] = self._blocks[number][..., start]
        return found
