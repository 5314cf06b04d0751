"""Hashes of successors that were never built."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from checker.explicit.codegen import compile_system
from checker.explicit.layout import Layout
from checker.explicit.symmetry import Symmetry
from model.ir.builder import Builder
from model.ir.expr import Expr, element, least, variable
from model.ir.interpret import steps
from model.ir.quantifier import total
from model.ir.system import State, System, assign
from model.ir.types import BOOL, ElementType, IntType, Sort
from tests.systems import systems, two_phase_commit


def p0(sort: Sort) -> Expr:
    return element(sort, sort.elements[0])


def compare(system: System, most: int = 60) -> None:
    """Of each step from some of the first states: what it leads to and what hash that has."""
    layout = Layout(system)
    symmetry = Symmetry(layout, enabled=False)
    kernel = compile_system(layout, symmetry, [])
    states = dict.fromkeys(system.initial)
    for state in list(states):
        states |= dict.fromkeys(after for _, after in steps(system, state))
    # So many that a number of a state takes more than a byte.
    most = min(most, len(states))
    C = np.tile(layout.encode(list(states)[:most]), 10)
    plain = symmetry.plain(C)
    ends: dict[int, set[State]] = {source: set() for source in range(most)}
    for found in kernel.steps(C, C.shape[1], {}):
        after = found.after(C)
        assert (plain[found.rows] + found.change == symmetry.plain(after)).all()
        part = found.part(1, 3)
        assert (part.after(C) == after[:, 1:3]).all()
        assert (found.after(C, np.arange(len(found.rows))[::-2]) == after[:, ::-2]).all()
        for source, end in zip(found.rows, after.T, strict=True):
            if source in ends:
                ends[source].add(layout.decode(end))
    for source, found_ends in ends.items():
        here = layout.decode(C[:, source])
        assert found_ends == {end for _, end in steps(system, here) if end != here}


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
    b.action(
        "double",
        "someone",
        [p],
        (number[p] == 1) | (number[p] == 2),
        [assign(number[p], 3, where=seen()), assign(number[p], 4, where=~seen())],
    )
    b.action(
        "see", "someone", [], ~seen() & (number[element(Place, "a")] > 2), [assign(seen(), True)]
    )
    system = b.build()
    compare(system)


def test_conditions_in_common() -> None:
    """Actions that ask the same of the state look at the same few states, of which some more is
    known and some is asked anew; also where parameters are chosen one after the other."""
    b = Builder("together")
    Place = Sort("Place", ("a", "b", "c"))
    number = b.function("number", (Place,), IntType(0, 3), [0, 1, 2])
    link = b.function("link", (Place, Place), BOOL, [0, 1, 0, 0, 0, 1, 1, 0, 0])
    on = b.function("on", (), BOOL, 1)
    left = b.function("left", (), IntType(0, 9), 9)
    p, q, r = (variable(name, Place) for name in ("p", "q", "r"))
    full = b.define("full", (), total(Place, lambda x: number[x]) > 6)
    busy = ~full() & on() & (left() > 0)
    b.action("give", "x", [p], busy & (number[p] < 3), [assign(number[p], number[p] + 1)])
    b.action("spend", "x", [], busy & (left() > 1), [assign(left(), left() - 1)])
    b.action("halt", "x", [], busy & (number[p0(Place)] == 2), [assign(on(), False)])
    b.action("empty", "x", [], full() & on(), [assign(number[p], 0, p, where=number[p] > 1)])
    b.action("begin", "x", [], ~on() & (left() > 0), [assign(on(), True), assign(left(), 0)])
    b.action(
        "turn",
        "x",
        [p, q, r],
        on() & link[p, q] & ~link[q, r] & (number[p] > 0) & (number[r] < number[q] + 1),
        [
            assign(link[p, q], False),
            assign(number[r], least(3, number[r] + number[p])),
            assign(left(), left() - 1, where=(number[p] == number[r]) & (left() > 0)),
        ],
    )
    compare(b.build(), 400)
