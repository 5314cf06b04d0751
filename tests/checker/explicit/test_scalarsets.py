"""Nothing tells the elements of a symmetric sort apart but tables, and those are noticed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.explicit.layout import Layout
from checker.explicit.search import explore
from checker.explicit.symmetry import Symmetry
from checker.explicit.tangle import Tangle
from model.ir.builder import Builder
from model.ir.check import check
from model.ir.expr import Expr, element, literal, make, variable
from model.ir.quantifier import count, minimum, total
from model.ir.system import Property, StateFunction, System, Table, assign
from model.ir.types import BOOL, ElementType, IntType, ModelError, Sort
from tests.checker.explicit.naive import Naive, TooLarge
from tests.checker.explicit.test_differential import compare
from tests.systems import random_system

POD = Sort("Pod", ("a", "b", "c"), symmetric=True)
NODE = Sort("Node", ("x", "y", "z"), symmetric=True)
p, n = variable("p", POD), variable("n", NODE)


@pytest.mark.parametrize(
    "make_expression",
    [
        lambda: element(POD, "a"),
        lambda: literal(ElementType(POD), 1),
        lambda: p < variable("q", POD),
        lambda: p + 1,
        lambda: minimum(POD, lambda pod: pod, default=0),
        lambda: total(POD, lambda pod: pod),
        lambda: p == n,
    ],
    ids=["name", "number", "order", "arithmetic", "least element", "sum of elements", "other sort"],
)
def test_expressions_cannot_tell_elements_apart(make_expression: Callable[[], Expr]) -> None:
    """Neither by name nor by order nor by number."""
    with pytest.raises(ModelError):
        make_expression()


@pytest.mark.parametrize(
    "guard",
    [
        make("eq", BOOL, (p, make("const", ElementType(POD), (), 1))),
        make("lt", BOOL, (p, variable("q", POD))),
        make("le", BOOL, (make("add", IntType(0, 3), (p,)), make("const", IntType(1, 1), (), 1))),
    ],
    ids=["name", "order", "arithmetic"],
)
def test_expressions_put_together_by_hand(guard: Expr) -> None:
    """What gets round the functions that make expressions is found in the system."""
    b = Builder("by hand")
    up = b.function("up", (POD,), BOOL, 0)
    b.action("start", "it", [p, variable("q", POD)], guard, [assign(up[p], True)])
    with pytest.raises(ModelError, match=r"symmetric|as a number"):
        b.build()


def test_sorts_have_names_of_their_own() -> None:
    """Sorts of one name would share what is known of their symmetry."""
    b = Builder("namesakes")
    b.function("up", (POD,), BOOL, 0)
    b.function("down", (replace(POD, elements=("d", "e")),), BOOL, 0)
    with pytest.raises(ModelError, match="Pod"):
        b.build()


def started(
    build: Callable[[Builder], Table], use: Callable[[Table, StateFunction], Expr]
) -> System:
    """Pods start on nodes; the property says something of those that did, with a table."""
    b = Builder("tables")
    on = b.function("on", (POD,), ElementType(NODE, optional=True), -1)
    table = build(b)
    b.action("start", "it", [p, n], on[p].is_none(), [assign(on[p], n)])
    b.properties.append(Property("said", "always", use(table, on)))
    return b.build()


BITS = IntType(0, 1)
TABLES = {
    "class of pods": started(
        lambda b: b.table("t", (POD,), BITS, [0, 1, 1]),
        lambda t, on: count(POD, lambda q: ~on[q].is_none() & (t[q] == 0)) == 0,
    ),
    "class of nodes": started(
        lambda b: b.table("t", (NODE,), BITS, [0, 0, 1]),
        lambda t, on: count(POD, lambda q: t.get(on[q], 0) == 1) < 3,
    ),
    "pairs of one sort": started(
        lambda b: b.table("t", (POD, POD), BITS, [0, 1, 0, 0, 0, 1, 1, 0, 0]),
        lambda t, on: (
            count(
                POD,
                lambda q: (
                    ~on[q].is_none()
                    & (count(POD, lambda r: ~on[r].is_none() & (t[q, r] == 1)) == 1)
                ),
            )
            < 3
        ),
    ),
    "pairs of two sorts": started(
        lambda b: b.table("t", (POD, NODE), BITS, [1, 0, 0, 0, 1, 0, 0, 0, 1]),
        lambda t, on: (
            count(POD, lambda q: count(NODE, lambda m: (on[q] == m) & (t[q, m] == 1)) == 1) < 3
        ),
    ),
    "elements as values": started(
        lambda b: b.table("t", (POD,), ElementType(NODE), [0, 1, 1]),
        lambda t, on: count(POD, lambda q: on[q] == t[q]) < 3,
    ),
    "one element for numbers": started(
        lambda b: b.table("t", (BITS,), ElementType(NODE), [0, 2]),
        lambda t, on: count(POD, lambda q: on[q] == t[1]) < 3,
    ),
}


@pytest.mark.parametrize("case", sorted(TABLES))
def test_tables_split_classes(case: str) -> None:
    """The dumb explorer, the fast one, and the fast one with symmetry agree, states included."""
    system = TABLES[case]
    compare(system)
    (found,) = Explicit().check(system, system.properties, Budget())
    assert found.outcome == "violated"


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_initial_states_of_any_kind(seed: int, number: int) -> None:
    """Initial states need not be closed under permutations, nor be different up to them."""
    system = random_system(seed, symmetric=True)
    rng = random.Random(seed)
    try:
        reached = Naive(system, 150).states
    except (TooLarge, ModelError):
        reached = []
    assume(len(reached) > 1)
    chosen = tuple(rng.choice(reached) for _ in range(number))
    compare(replace(system, initial=chosen))


def test_one_initial_state_of_two_equivalent_ones() -> None:
    """Two pods, one of which has started, whichever it is, count as one state."""
    b = Builder("two starts")
    up = b.function("up", (POD,), BOOL, 0)
    b.action("start", "it", [p], ~up[p], [assign(up[p], True)])
    system = b.build()
    both = replace(system, initial=((1, 0, 0), (0, 1, 0), (0, 0, 0)))
    assert not check(both)
    assert explore(both, [], Budget()).count == 4
    assert explore(both, [], Budget(), symmetric=False).count == 8
    assert not any(isinstance(group, Tangle) for group in Symmetry(Layout(both)).groups)
