"""The map of hashes that forgets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explicit.recent import Recent

#: Few slots, so that hashes often push each other out.
HASHES = st.builds(lambda slot, rest: slot << 60 | rest, st.integers(0, 3), st.integers(0, 5))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(HASHES | st.integers(0, 2**64 - 1), max_size=30), max_size=8))
def test_numbers_are_right_or_asked_for(batches: list[list[int]]) -> None:
    """Each hash gets its own number, and a new one is asked for at its first place."""
    recent, numbering = Recent(), dict[int, int]()
    for batch in batches:
        hashes = np.array(batch, np.uint64)
        numbers, asked = recent.look_up(hashes)
        assert (np.diff(asked) > 0).all()
        for place, known in enumerate(batch):
            if known not in numbering:
                assert place in asked
            numbering.setdefault(known, 7 * len(numbering))
        found = np.array([numbering[batch[place]] for place in asked], np.int32)
        recent.learn(hashes, numbers, asked, found)
        assert numbers.tolist() == [numbering[one] for one in batch]


def test_what_was_met_is_known() -> None:
    """Nothing is asked for twice while there is room, and in one batch only once."""
    recent = Recent()
    hashes = np.array([0, 2**60, 2**61, 0, 2**61], np.uint64)
    numbers, asked = recent.look_up(hashes)
    assert asked.tolist() == [0, 1, 2]
    recent.learn(hashes, numbers, asked, np.array([5, 6, 7], np.int32))
    numbers, asked = recent.look_up(hashes[::-1])
    assert numbers.tolist() == [7, 5, 7, 6, 5]
    assert not len(asked)
