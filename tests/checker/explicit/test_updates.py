"""Hashes of successors that were never built."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from checker.explicit.codegen import compile_system
from checker.explicit.layout import Layout
from checker.explicit.symmetry import Symmetry
from model.ir.expr import variable
from model.ir.interpret import steps
from model.ir.system import Builder, System, assign
from model.ir.types import BOOL, ElementType, IntType, Sort
from tests.systems import systems, two_phase_commit


def compare(system: System, most: int = 60) -> None:
    """Of each step from some of the first states: what it leads to and what hash that has."""
    layout = Layout(system)
    symmetry = Symmetry(layout, enabled=False)
    kernel = compile_system(layout, symmetry, [])
    states = dict.fromkeys(system.initial)
    for state in list(states):
        states |= dict.fromkeys(after for _, after in steps(system, state))
    # So many that a number of a state takes more than a byte.
    C = np.tile(layout.encode(list(states)[:most]), 10)
    plain = symmetry.plain(C)
    for found in kernel.steps(C, C.shape[1], {}):
        after = kernel.successors(C, found.action, found.rows, found.chosen)
        assert (plain[found.rows] + found.change == symmetry.plain(after)).all()
        for source, end in zip(found.rows[:20], after.T, strict=False):
            expected = {s for step, s in steps(system, layout.decode(C[:, source]))}
            assert layout.decode(end) in expected


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(systems())
def test_random_systems(system: System) -> None:
    """The change of the hash is that which building the successor would give."""
    compare(system)


def test_commit() -> None:
    """Likewise where updates follow from their guards."""
    compare(two_phase_commit(4))


def test_cells_written_twice() -> None:
    """Updates that write one cell twice, with one value or under opposite conditions, count
    once."""
    b = Builder("twice")
    Place = Sort("Place", ("a", "b", "c"))
    number = b.function("number", (Place,), IntType(0, 9), 1)
    next_one = b.function("next", (Place,), ElementType(Place), 1)
    seen = b.function("seen", (), BOOL, 0)
    p, q = variable("place", Place), variable("other", Place)
    b.action(
        "copy",
        "someone",
        [p, q],
        number[p] + number[q] < 9,
        [
            assign(number[p], number[p] + number[q]),
            assign(number[q], number[p] + number[q]),
        ],
    )
    b.action(
        "follow",
        "someone",
        [p, q],
        (q == next_one[p]) & (number[p] > 1),
        [assign(number[q], 2, where=seen()), assign(number[q], 5, where=~seen())],
    )
    b.action(
        "turn",
        "someone",
        [p],
        number[p] > 0,
        [
            assign(number[p], 3, where=seen()),
            assign(number[p], 4, where=~seen()),
            assign(number[q], 0, q, where=(q != p) & (number[q] > 2)),
        ],
    )
    system = b.build()
    compare(system)
