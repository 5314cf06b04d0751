"""The states that were met not long ago, to the letter.

Most successors are states that were just reached in another order. With symmetry it costs much to
tell which known state a successor is like, but little to tell that it was met before: its plain
hash is at hand before it is built.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.explicit.hashing import Hashes

#: Bits of a hash that choose its slot, at first and at last.
_LEAST, _MOST = 12, 20

Places = NDArray[np.intp]
Numbers = NDArray[np.int32]


class Recent:
    """A map from plain hashes to numbers of states, which forgets."""

    def __init__(self) -> None:
        self._enlarge(_LEAST)

    def _enlarge(self, bits: int) -> None:
        self._bits, self._count = bits, 0
        self._shift = np.uint64(64 - bits)
        self._hashes = np.zeros(1 << bits, np.uint64)
        # The one slot where nothing might be taken for a hash of 0.
        self._hashes[0] = ~np.uint64(0)
        self._numbers = np.zeros(1 << bits, np.int32)

    def look_up(self, hashes: Hashes) -> tuple[Numbers, Places]:
        """The numbers that are known, -1 where none is; and the positions of hashes to find
        numbers for, ascending, among them the first of equal ones, others hardly ever.

        `learn` completes it, unless no numbers are wanted at all.
        """
        if self._count >> self._bits and self._bits < _MOST:
            self._enlarge(self._bits + 4)
        slots = self._slots(hashes)
        known = self._hashes.take(slots, mode="clip") == hashes
        numbers = np.where(known, self._numbers.take(slots, mode="clip"), np.int32(-1))
        asked: Places = (~known).nonzero()[0]
        self._count += len(asked)
        # Each slot notes which position it was taken for; the last write wins, so the first of
        # equal hashes must come last.
        here, wanted = slots[asked], hashes[asked]
        self._hashes[here[::-1]] = wanted[::-1]
        self._numbers[here[::-1]] = asked[::-1]
        again = self._hashes.take(here, mode="clip") == wanted
        again &= self._numbers.take(here, mode="clip") != asked
        return numbers, asked[~again]

    def learn(self, hashes: Hashes, numbers: Numbers, asked: Places, found: Numbers) -> None:
        """Take in the numbers found for what was asked, after `look_up`; fills in `numbers`."""
        here = self._slots(hashes[asked])
        own = self._hashes.take(here, mode="clip") == hashes[asked]
        self._numbers[here[own]] = found[own]
        numbers[asked] = found
        rest = (numbers < 0).nonzero()[0]
        numbers[rest] = self._numbers[self._slots(hashes[rest])]

    def _slots(self, hashes: Hashes) -> Places:
        return (hashes >> self._shift).view(np.intp)
