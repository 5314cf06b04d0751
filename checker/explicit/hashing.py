"""64-bit hashes of columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.explicit.layout import Matrix

#: Arithmetic on them is modulo 2**64.
Hashes = NDArray[np.uint64]


def linear(weights: Hashes, rows: Matrix) -> Hashes:
    """The sum of weight * cell over the rows: for random odd weights a universal hash."""
    result: Hashes = np.einsum("i,ij->j", weights, rows, dtype=np.uint64, casting="unsafe")
    return result


def mixed(x: Hashes) -> Hashes:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014), a bijection of 64-bit numbers."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


def randoms(count: int, stream: int) -> Hashes:
    """Odd numbers, the same in every run; different streams are unrelated."""
    start = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream << 32)
    return mixed(mixed(start)) | np.uint64(1)
