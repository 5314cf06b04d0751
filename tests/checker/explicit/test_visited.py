"""The set of reached states."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explicit.visited import Visited


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1)), max_size=6))
def test_numbers_in_order_of_first_sight(batches: list[list[int]]) -> None:
    """Like a dictionary that numbers its keys."""
    visited, known = Visited(numbered=True), dict[int, int]()
    for batch in batches:
        expected_new = []
        for place, key in enumerate(batch):
            if key not in known:
                known[key] = len(known)
                expected_new.append(place)
        numbers, new = visited.add(np.array(batch, np.uint64))
        assert numbers.tolist() == [known[key] for key in batch]
        assert new.tolist() == expected_new
    assert visited.count == len(known)


def test_growth() -> None:
    """Many fingerprints, each added twice, in batches that make the table grow."""
    visited = Visited(numbered=True)
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 2**63, 50_000).astype(np.uint64)
    for part in np.split(keys, 10):
        numbers, new = visited.add(np.concatenate((part, part)))
        assert len(new) == 5_000
        assert (numbers[:5_000] == numbers[5_000:]).all()
    numbers, new = visited.add(keys)
    assert not len(new)
    assert (numbers == np.arange(50_000)).all()


def test_collisions_of_slots() -> None:
    """Fingerprints that want the same slot are all kept."""
    visited = Visited(numbered=True)
    inverse = pow(0x9E3779B97F4A7C15, -1, 2**64)
    keys = np.array([(i * inverse) % 2**64 for i in range(1, 300)], np.uint64)
    assert visited.add(keys)[0].tolist() == list(range(299))
    assert visited.add(keys[::-1])[0].tolist() == list(range(299))[::-1]
