"""Many initial states, compactly.

States that differ in their configuration are a product of few choices: cells that vary
independently of each other are chosen independently, each group by one literal for each of its
rows of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from checker.smt.gates import TRUE, Gates
from checker.smt.layout import Layout
from model.ir.system import State


def begin(gates: Gates, layout: Layout, states: Sequence[State]) -> list[int]:
    """The bits of a state that is one of these, whichever a model likes."""
    table = np.array(states, np.int64).reshape(len(states), -1)
    bits = [bit for cell, value in enumerate(states[0]) for bit in layout.encode(cell, value)]
    for cells in factors(table):
        rows = np.unique(table[:, cells], axis=0).tolist()
        chosen = [gates.fresh() for _ in rows]
        gates.require(*chosen)
        for cell, *values in zip(cells, *rows, strict=True):
            columns = zip(*(layout.encode(cell, value) for value in values), strict=True)
            for position, column in zip(layout.of(cell), columns, strict=True):
                if len(set(column)) == 1:
                    continue
                bit = bits[position] = gates.fresh()
                gates.core.add(
                    [-choice, bit if value == TRUE else -bit]
                    for choice, value in zip(chosen, column, strict=True)
                )
    return bits


def factors(table: Any) -> list[list[int]]:
    """The columns that vary, in groups whose rows occur in every combination."""
    states = len(np.unique(table, axis=0))
    varying = [c for c in range(table.shape[1]) if len(np.unique(table[:, c])) > 1]
    groups: list[list[int]] = []
    for column in varying:
        tied = [group for group in groups if not _independent(table, group, [column])]
        groups = [group for group in groups if group not in tied]
        groups.append(sorted([column, *(c for group in tied for c in group)]))
    # Pairs may be independent where three are not.
    if prod(_count(table, group) for group in groups) != states:
        groups = [varying]
    return groups


def _count(table: Any, columns: list[int]) -> int:
    return len(np.unique(table[:, columns], axis=0))


def _independent(table: Any, one: list[int], other: list[int]) -> bool:
    return _count(table, [*one, *other]) == _count(table, one) * _count(table, other)
