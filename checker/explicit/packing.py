"""States in few bytes while they are not worked on.

A value takes 1, 2, 4 or 8 bits, or several bytes, and one byte holds values of one width. The
values of one width and one place in their bytes are packed and unpacked together, so that systems
of thousands of cells take no more instructions of numpy than small ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.layout import Layout, Matrix

#: (bytes, N).
Packed = NDArray[np.uint8]

_WIDTHS = (1, 2, 4, 8)


class _Piece(NamedTuple):
    """The bits of a cell's value from number `drop`; `whole` if there are no others."""

    cell: int
    drop: int
    whole: bool


class _Plane(NamedTuple):
    """Pieces that lie in as many successive bytes, each at the bit `shift`."""

    cells: NDArray[np.intp] | slice
    rows: slice
    #: Of the byte, once it is shifted back.
    mask: int | None
    shift: int
    drop: int
    whole: bool
    #: The cells' least values, of shape (cells, 1), if some are not 0.
    least: Matrix | None


class Packing:
    """How the states of one layout are packed."""

    def __init__(self, layout: Layout) -> None:
        self._dtype, self._cells = layout.dtype, layout.cells
        types = [function.type for function, _ in layout.system.cells]
        pieces: dict[int, list[_Piece]] = {width: [] for width in _WIDTHS}
        split = []
        for cell, type in enumerate(types):
            length = (type.hi - type.lo).bit_length()
            if not 0 < length <= 8:
                split.append(cell)
            for drop in range(0, length, 8):
                wanted = min(8, length - drop)
                width = next(w for w in _WIDTHS if w >= wanted)
                pieces[width].append(_Piece(cell, drop, length <= 8))
        self._low = np.array([type.lo for type in types], layout.dtype).reshape(-1, 1)
        #: The cells that take no bits, or those of several bytes.
        self._split = np.array(split, np.intp)
        self._planes: list[_Plane] = []
        #: The bytes of a state.
        self.bytes = 0
        for width, found in pieces.items():
            rows = -(-len(found) * width // 8)
            for shift in range(0, 8, width):
                place = shift // width * rows
                self._place(found[place : place + rows], width, shift)
            self.bytes += rows

    def _place(self, pieces: Sequence[_Piece], width: int, shift: int) -> None:
        """Put pieces into successive bytes from the present end."""
        first = 0
        for last in range(1, len(pieces) + 1):
            if last < len(pieces) and pieces[last][1:] == pieces[first][1:]:
                continue
            cells = np.array([piece.cell for piece in pieces[first:last]], np.intp)
            least = self._low[cells]
            self._planes.append(
                _Plane(
                    _slice(cells),
                    slice(self.bytes + first, self.bytes + last),
                    (1 << width) - 1 if shift + width < 8 else None,
                    shift,
                    pieces[first].drop,
                    pieces[first].whole,
                    least if least.any() else None,
                )
            )
            first = last

    def pack(self, C: Matrix) -> Packed:
        """The states C, of shape (cells, N), packed."""
        result: Packed = np.zeros((self.bytes, C.shape[1]), np.uint8)
        for plane in self._planes:
            part = C[plane.cells]
            if plane.least is not None:
                part = part - plane.least
            if plane.drop:
                part = part >> plane.drop
            small = part.astype(np.uint8)
            if plane.shift:
                small <<= np.uint8(plane.shift)
            result[plane.rows] |= small
        return result

    def unpack(self, packed: Packed) -> Matrix:
        """The states of which `packed` was made."""
        result: Matrix = np.empty((self._cells, packed.shape[1]), self._dtype)
        result[self._split] = self._low[self._split]
        for plane in self._planes:
            part = packed[plane.rows]
            if plane.shift:
                part = part >> np.uint8(plane.shift)
            if plane.mask is not None:
                part = part & np.uint8(plane.mask)
            wide = part.astype(self._dtype)
            if plane.whole:
                if plane.least is not None:
                    wide += plane.least
                result[plane.cells] = wide
            else:
                wide <<= plane.drop
                result[plane.cells] += wide
        return result


def _slice(cells: NDArray[np.intp]) -> NDArray[np.intp] | slice:
    """Successive cells as a slice, which needs no copy."""
    first, last = int(cells[0]), int(cells[-1])
    return slice(first, last + 1) if last - first + 1 == len(cells) else cells
