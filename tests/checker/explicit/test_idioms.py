"""Shorter ways to say what expressions say."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from checker.explicit import idioms
from checker.explicit.codegen import compile_system
from checker.explicit.layout import Layout
from checker.explicit.symmetry import Symmetry
from model.ir.builder import Builder
from model.ir.expr import Expr, add, disj, greatest, ite, least
from model.ir.interpret import holds
from model.ir.system import assign
from model.ir.types import BOOL, IntType

b = Builder("numbers")
x = b.function("x", (), IntType(-3, 5), 0)()
y = b.function("y", (), IntType(0, 6), 0)()
on = b.function("on", (), BOOL, 0)()
b.action("count", "somebody", [], x < 5, [assign(b.functions[0](), x + 1)])
SYSTEM = b.build()

EXPRESSIONS: dict[str, Expr] = {
    "least": least(x, y) == 2,
    "greatest": greatest(x, y) == 2,
    "least, written otherwise": ite(x <= y, x, y) == 1,
    "neither": ite(x < y, x, x + 1) == 2,
    "chosen": ite(on, 4, 2) == 4,
    "not chosen": ~(ite(on, 4, 2) == 4),
    "chosen otherwise": ite(on, 4, 2) == 2,
    "never chosen": ite(on, 4, 2) == 3,
    "in between": disj(*(y == n for n in (2, 3, 4))),
    "from the least on": disj(*(y == n for n in (0, 1, 2, 3))) | on,
    "to the greatest": disj(*(y == n for n in (6, 4, 5))),
    "everything": disj(*(y == n for n in range(7))),
    "with a gap": disj(*(y == n for n in (1, 2, 4, 5))),
    "two values of x": (x == 0) | (x == 1) | (y == 2),
    "difference": add(y, x * -1, y * -1) == 1,
    "minus": add(x * -1, y * -1) == -3,
    "not less": ~(x < y),
    "not at most": ~(x <= y),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_same_in_short(name: str) -> None:
    """The source says what the interpreter says, in every state."""
    expr = EXPRESSIONS[name]
    layout = Layout(SYSTEM)
    states = list(product(range(-3, 6), range(7), (0, 1)))
    (found,) = compile_system(layout, Symmetry(layout), [expr]).observe(
        layout.encode(states), len(states)
    )
    expected = [holds(SYSTEM, expr, state) for state in states]
    assert np.array(found).tolist() == expected
    assert len(set(expected)) == 2 or name in ("never chosen", "everything")


def test_short_forms_are_used() -> None:
    """Each idiom is recognised."""
    assert idioms.extreme(least(x, y)) == "minimum({0}, {1})"
    assert idioms.extreme(greatest(x, y)) == "maximum({0}, {1})"
    assert idioms.extreme(ite(x < y, x, x + 1)) is None
    assert idioms.chosen(ite(on, 4, 2) == 2) == (on, False)
    assert idioms.chosen(ite(on, 4, 2) == 3) is None
    rest, found = idioms.ranges(disj(on, *(y == n for n in (3, 1, 2))).args)
    assert [part is on for part in rest] == [True]
    assert [(what is y, low, high) for what, low, high in found] == [(True, 1, 3)]
    plus, minus = idioms.difference(x - y)
    assert [part is x for part in plus] == [part is y for part in minus] == [True]
