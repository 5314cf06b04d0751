"""The set of states that have been reached: fingerprints by open addressing, in arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.explicit.hashing import Hashes

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Visited:
    """Numbers fingerprints 0, 1, 2, … in the order in which they are first seen."""

    def __init__(self) -> None:
        self.count = 0
        self._bits = 12
        self._allocate()

    def _allocate(self) -> None:
        size = 1 << self._bits
        self._keys = np.zeros(size, np.uint64)
        self._numbers = np.full(size, -1, np.int32)
        self._mask = np.intp(size - 1)
        self._shift = np.uint64(64 - self._bits)

    def _slots(self, prints: Hashes) -> NDArray[np.intp]:
        return ((prints * _MULTIPLIER) >> self._shift).astype(np.intp)

    def add(self, prints: Hashes) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """The number of each fingerprint, and the positions of the first of each new one."""
        while 2 * (self.count + len(prints)) > 1 << self._bits:
            self._grow()
        numbers: NDArray[np.int32] = np.empty(len(prints), np.int32)
        places = np.arange(len(prints), dtype=np.int32)
        slots, keys = self._slots(prints), prints
        fresh_places, fresh_slots = [places[:0]], [slots[:0]]
        while len(places):
            held = self._numbers[slots]
            empty = held == -1
            if empty.any():
                free, mark = slots[empty], -2 - places[empty]
                # The last write wins, so the first of equal fingerprints must come last. Until
                # its number is known, a new one is marked by the claimant's place, below -1.
                self._numbers[free[::-1]] = mark[::-1]
                won = self._numbers[free] == mark
                free = free[won]
                self._keys[free] = keys[empty][won]
                fresh_places.append(places[empty][won])
                fresh_slots.append(free)
                held = self._numbers[slots]
            same = self._keys[slots] == keys
            numbers[places[same]] = held[same]
            rest = (~same).nonzero()[0]
            places, keys = places[rest], keys[rest]
            slots = (slots[rest] + 1) & self._mask
        claimed = np.concatenate(fresh_places)
        order = claimed.argsort()
        first: NDArray[np.intp] = claimed[order].astype(np.intp)
        given = np.arange(self.count, self.count + len(first), dtype=np.int32)
        self._numbers[np.concatenate(fresh_slots)[order]] = given
        self.count += len(first)
        by_place = np.empty(len(prints), np.int32)
        by_place[first] = given
        pending = (numbers < -1).nonzero()[0]
        numbers[pending] = by_place[-2 - numbers[pending]]
        return numbers, first

    def _grow(self) -> None:
        """Twice the room."""
        filled = self._numbers >= 0
        keys, numbers = self._keys[filled], self._numbers[filled]
        self._bits += 1
        self._allocate()
        slots = self._slots(keys)
        while len(keys):
            empty = self._numbers[slots] == -1
            self._numbers[slots[empty]] = numbers[empty]
            held = self._numbers[slots] == numbers
            self._keys[slots[held]] = keys[held]
            rest = ~held
            keys, numbers = keys[rest], numbers[rest]
            slots = (slots[rest] + 1) & self._mask
