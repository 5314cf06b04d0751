"""States while they are not worked on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explicit.blocks import Blocks
from checker.explicit.layout import Layout
from checker.explicit.packing import Packing
from model.ir.builder import Builder
from model.ir.system import System
from model.ir.types import BOOL, ElementType, IntType, Sort, Type

NODE = Sort("Node", ("a", "b", "c"))

TYPES: st.SearchStrategy[Type] = st.one_of(
    st.just(BOOL),
    st.just(ElementType(NODE, optional=True)),
    st.tuples(st.integers(-300, 300), st.integers(0, 600)).map(
        lambda pair: IntType(pair[0], pair[0] + pair[1])
    ),
    st.tuples(st.integers(-(2**62), 2**61), st.integers(0, 2**62)).map(
        lambda pair: IntType(pair[0], pair[0] + pair[1])
    ),
)


def system(types: list[Type]) -> System:
    b = Builder("packed")
    for i, type in enumerate(types):
        b.function(f"f{i}", [NODE] if i % 2 else [], type, type.lo)
    return b.build()


@settings(deadline=None, max_examples=100)
@given(st.lists(TYPES, max_size=20), st.integers(0, 2**32))
def test_what_is_packed_comes_back(types: list[Type], seed: int) -> None:
    """Every value of every type survives, extremes above all."""
    made = system(types)
    layout = Layout(made)
    packing = Packing(layout)
    random = np.random.default_rng(seed)
    states = []
    for kind in range(12):
        ends = [(f.type.lo, f.type.hi) for f, _ in made.cells]
        if kind < 2:
            states.append(tuple(pair[kind] for pair in ends))
        else:
            states.append(tuple(int(random.integers(lo, hi, endpoint=True)) for lo, hi in ends))
    matrix = layout.encode(states)
    packed = packing.pack(matrix)
    assert packed.shape == (packing.bytes, 12)
    assert (packing.unpack(packed) == matrix).all()


def test_small_values_share_bytes() -> None:
    """Eight truth values take a byte, and what can have one value only takes nothing."""
    assert Packing(Layout(system([BOOL] * 16))).bytes == (8 + 3 * 8) // 8
    assert Packing(Layout(system([IntType(7, 7)] * 9))).bytes == 0
    assert Packing(Layout(system([IntType(0, 1000)]))).bytes == 2


@pytest.mark.parametrize("height", [None, 1, 70_000])
def test_blocks(height: int | None) -> None:
    """What was appended is found again, across the ends of blocks."""
    blocks = Blocks(np.int32, height)
    shape = () if height is None else (height,)
    sizes = [1, 63, 0, 64, 65, 200] if height == 70_000 else [1, 100_000, 0, 262_144, 300_000]
    numbers = np.arange(sum(sizes), dtype=np.int32)
    first = 0
    for size in sizes:
        part = numbers[first : first + size]
        blocks.append(np.broadcast_to(part, (*shape, size)))
        first += size
    assert blocks.count == first
    assert (blocks.get(0, first) == numbers).all()
    assert (blocks.get(60, 130) == numbers[60:130]).all()
    assert blocks.get(5, 5).shape == (*shape, 0)
    for place in (0, 63, 64, first - 1):
        assert (blocks.column(place) == place).all()
