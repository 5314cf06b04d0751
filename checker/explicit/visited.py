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

#: Distances of slots that are looked at together, if keys are many and if they are not.
_FEW, _AHEAD = np.arange(1, 5), np.arange(1, 17)
_MANY = 1 << 10

#: Slots that are moved at once when the table grows.
_BLOCK = 1 << 15

Slots = NDArray[np.intp]


class Visited:
    """A set of fingerprints that tells which of those added are new.

    With `numbered` it also numbers them 0, 1, 2, … in the order in which they were first added.
    It takes 8 bytes a slot, 12 with numbers, and has `LOOSE` to `TIGHT` slots a fingerprint.
    """

    #: Slots for each fingerprint, at least and (once there are many) at most.
    TIGHT, LOOSE = 2.0, 3.6

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
        size = self._wanted(len(prints))
        if size > self._size:
            self._grow(size)
        keys = prints * _MULTIPLIER
        keys += keys == _EMPTY
        slots, won, places = self._insert(keys)
        # Of equal keys all were put there. For a moment a slot holds the position of one of
        # them: the last write wins, so the first must come last.
        marks = places.view(np.uint64)
        self._keys[won[::-1]] = marks[::-1]
        first = self._keys.take(won, mode="clip") == marks
        self._keys[won] = keys[places]
        new = np.sort(places[first])
        if self._numbered:
            numbers = np.arange(self.count, self.count + len(new), dtype=np.int32)
            self._numbers[slots[new]] = numbers
        self.count += len(new)
        return self._numbers[slots] if self._numbered else self._numbers, new

    def _homes(self, keys: Hashes) -> Slots:
        return (((keys >> _HALF) * np.uint64(self._size)) >> _HALF).view(np.intp)

    def _insert(self, keys: Hashes) -> tuple[Slots, Slots, Slots]:
        """The slot of each key (only with numbers); the slots that were free until now, and
        which keys are there. Equal ones are there together, ascending."""
        table = self._keys
        slots = self._homes(keys)
        held = table.take(slots, mode="clip")
        places = (held != keys).nonzero()[0]
        here, wanted, held = slots[places], keys[places], held[places]
        taken, takers = [places[:0]], [places[:0]]
        while len(places):
            empty = (held == _EMPTY).nonzero()[0]
            if len(empty):
                # Of several keys that go for one slot the last wins; equal ones win together.
                free, claims = here[empty], wanted[empty]
                table[free] = claims
                held[empty] = now = table.take(free, mode="clip")
                won = now == claims
                taken.append(free[won])
                takers.append(places[empty[won]])
            if self._numbered:
                slots[places] = here
            rest = (held != wanted).nonzero()[0]
            places, here, wanted = places[rest], here[rest], wanted[rest]
            # Go on to the next slot that ends the search, looking at several at once.
            ahead = _FEW if len(rest) > _MANY else _AHEAD
            seen = table.take(here[:, None] + ahead, mode="wrap")
            ends = (seen == _EMPTY) | (seen == wanted[:, None])
            here += ahead[ends.argmax(1)]
            here[here >= self._size] -= self._size
            held = table.take(here, mode="clip")
        return slots, np.concatenate(taken), np.concatenate(takers)

    def _grow(self, size: int) -> None:
        """More slots, in place."""
        old, self._size = self._size, size
        self._keys.resize(size, refcheck=False)
        if self._numbered:
            self._numbers.resize(size, refcheck=False)
        #: No slot from here to the end of the blocks that were moved is known to be free.
        limit = size
        for last in range(old, 0, -_BLOCK):
            block = slice(max(0, last - _BLOCK), last)
            filled = self._keys[block].nonzero()[0] + block.start
            if not len(filled):
                continue
            keys = self._keys[filled]
            if self._numbered:
                order = keys.argsort()
                keys, numbers = keys[order], self._numbers[filled[order]]
            else:
                keys.sort()
            self._keys[block] = _EMPTY
            # Ascending homes: each key comes to its home or right behind the one before it.
            behind = np.arange(len(keys))
            slots = np.maximum.accumulate(self._homes(keys) - behind) + behind
            free = int(np.searchsorted(slots, limit))
            self._keys[slots[:free]] = keys[:free]
            slots[free:] = self._insert(keys[free:])[0]
            limit = min(limit, int(slots[0]))
            if self._numbered:
                self._numbers[slots] = numbers
