"""The set of states that have been reached: fingerprints by open addressing, in arrays.

A fingerprint's home slot grows with the fingerprint, so that the table grows in place, from its
end: an element moves upwards only, into slots that have been cleared already. While the table
grows it needs no room but that of the larger table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.explicit.hashing import Hashes

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_EMPTY = np.uint64(0)

#: Slots that are moved at once when the table grows.
_BLOCK = 1 << 15

Slots = NDArray[np.intp]


class Visited:
    """A set of fingerprints that tells which of those added are new.

    With `numbered` it also numbers them 0, 1, 2, … in the order in which they were first added.
    It takes 8 bytes a slot, 12 with numbers, and has `LOOSE` to `TIGHT` slots a fingerprint.
    """

    #: Slots for each fingerprint, at least and (once there are many) at most.
    TIGHT, LOOSE = 1.8, 2.8

    def __init__(self, *, numbered: bool = False) -> None:
        self.count = 0
        self._size = 1 << 12
        self._keys = np.zeros(self._size, np.uint64)
        self._numbers = np.zeros(self._size if numbered else 0, np.int32)
        self._numbered = numbered

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        return self._keys.nbytes + self._numbers.nbytes

    def growth(self, coming: int) -> int:
        """The bytes that adding so many fingerprints would take in addition."""
        slots = self._wanted(coming)
        return (slots - self._size) * (12 if self._numbered else 8) if slots > self._size else 0

    def _wanted(self, coming: int) -> int:
        need = self.count + coming
        return self._size if self.TIGHT * need <= self._size else int(self.LOOSE * need)

    def add(self, prints: Hashes) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """The number of each fingerprint (nothing without numbers), and the positions of the
        first of each new one, ascending."""
        slots = self._wanted(len(prints))
        if slots > self._size:
            self._grow(slots)
        keys = prints * _MULTIPLIER
        keys += keys == _EMPTY
        places, fresh = self._insert(keys)
        new = fresh.nonzero()[0]
        if not self._numbered:
            self.count += len(new)
            return self._numbers, new
        self._numbers[places[new]] = np.arange(self.count, self.count + len(new), dtype=np.int32)
        self.count += len(new)
        return self._numbers[places], new

    def _homes(self, keys: Hashes) -> Slots:
        return (((keys >> _HALF) * np.uint64(self._size)) >> _HALF).view(np.intp)

    def _insert(self, keys: Hashes) -> tuple[Slots, NDArray[np.bool_]]:
        """The slot of each key, and whether it was put there just now; of equal keys that are
        new only the first counts as put there."""
        table = self._keys
        slots = self._homes(keys)
        fresh = np.zeros(len(keys), bool)
        places = (table.take(slots, mode="clip") != keys).nonzero()[0]
        here, wanted = slots[places], keys[places]
        while len(places):
            held = table.take(here, mode="clip")
            empty = (held == _EMPTY).nonzero()[0]
            if len(empty):
                # Until it is known who is the first, a slot is marked with the claimant's place:
                # the last write wins, so the first of equal keys must come last.
                free, claimants = here[empty], places[empty]
                mark = claimants.view(np.uint64)
                table[free[::-1]] = mark[::-1]
                won = table.take(free, mode="clip") == mark
                table[free[won]] = wanted[empty[won]]
                fresh[claimants[won]] = True
                held = table.take(here, mode="clip")
            done = held == wanted
            slots[places[done]] = here[done]
            rest = (~done).nonzero()[0]
            places, here, wanted = places[rest], here[rest] + 1, wanted[rest]
            here[here == self._size] = 0
        return slots, fresh

    def _grow(self, size: int) -> None:
        """More slots, in place."""
        old, self._size = self._size, size
        self._keys.resize(size, refcheck=False)
        if self._numbered:
            self._numbers.resize(size, refcheck=False)
        for last in range(old, 0, -_BLOCK):
            block = slice(max(0, last - _BLOCK), last)
            filled = self._keys[block].nonzero()[0] + block.start
            keys = self._keys[filled]
            numbers = self._numbers[filled] if self._numbered else self._numbers
            self._keys[block] = _EMPTY
            places, _ = self._insert(keys)
            if self._numbered:
                self._numbers[places] = numbers
