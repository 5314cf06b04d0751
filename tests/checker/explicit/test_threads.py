"""Fairness of each whom an action serves, where states are told apart up to symmetry only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.explicit.layout import Layout
from checker.explicit.symmetry import Symmetry
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.quantifier import exists
from model.ir.system import Property, System, assign
from model.ir.types import BOOL, ModelError, Sort
from tests.checker.explicit.naive import Naive, TooLarge, permuted
from tests.checker.explicit.test_differential import LIMIT, compare
from tests.checker.reduce.populations import population
from tests.systems import random_system, serving


def drawn(seed: int) -> System:
    """A small system in which elements are interchangeable."""
    made = population(seed) if seed % 2 else random_system(seed, 2, symmetric=True)
    return serving(made, seed)


@pytest.mark.parametrize("block", range(8))
def test_symmetric_systems(block: int) -> None:
    """Answers and traces are those of the interpreter."""
    tried = 0
    for seed in range(25 * block, 25 * (block + 1)):
        system = drawn(seed)
        try:
            Naive(system, LIMIT)
        except (TooLarge, ModelError):
            continue
        compare(system)
        tried += 1
    assert tried > 5


def test_it_matters() -> None:
    """In such systems whole actions and those whom they serve make a difference, and sometimes a
    cycle has to go round longer to serve everyone."""
    seen: Counter[str] = Counter()
    for seed in range(300):
        system = drawn(seed)
        whole = replace(
            system,
            actions=tuple(replace(a, fair_for=(), claim=None) for a in system.actions),
        )
        try:
            if len(Naive(system, 100).states) < 3:
                continue
        except (TooLarge, ModelError):
            continue
        fair = Explicit().check(system, system.properties, Budget())
        for one, other in zip(
            fair, Explicit().check(whole, whole.properties, Budget()), strict=True
        ):
            if one.outcome != other.outcome:
                # Unknown where it is violated only by staying where a bound is reached.
                assert other.outcome in ("violated", "unknown")
                seen["no violation any more"] += 1
            elif one.trace is not None and other.trace is not None:
                seen["longer"] += len(one.trace.steps) > len(other.trace.steps)
    assert seen["no violation any more"] >= 5
    assert seen["longer"] >= 5


@pytest.mark.parametrize("block", range(4))
def test_positions(block: int) -> None:
    """States with equal fingerprints are the same when elements have their positions for names."""
    tried = 0
    for seed in range(30 * block, 30 * (block + 1)):
        system = random_system(seed, 3, symmetric=True)
        symmetry = Symmetry(Layout(system))
        try:
            states = Naive(system, 300).states
        except (TooLarge, ModelError):
            continue
        C = symmetry.layout.encode(states)
        prints, places = symmetry.fingerprints(C), symmetry.positions(C)
        known: dict[int, tuple[int, ...]] = {}
        for column, state in enumerate(states):
            orders = {sort: tuple(map(int, own[:, column])) for sort, own in places.items()}
            for sort, order in orders.items():
                assert sorted(order) == list(range(sort.size))
            named = permuted(system, state, orders)
            assert known.setdefault(int(prints[column]), named) == named
            tried += len(orders) > 0
    assert tried


def queue(served: bool) -> System:
    """Customers who come again and again, and a counter that serves one at a time."""
    b = Builder("queue")
    customers = Sort("Customer", ("a", "b", "c"), symmetric=True)
    c = variable("customer", customers)
    waits = b.function("waits", (customers,), BOOL, 0)
    first = b.function("marked", (customers,), BOOL, (0, 0, 1))
    b.action("come", "customer", [c], ~waits[c], [assign(waits[c], True)])
    b.action(
        "serve",
        "counter",
        [c],
        waits[c],
        [assign(waits[c], False)],
        fairness="weak",
        fair_for=[c] if served else [],
    )
    held = exists(customers, lambda x: waits[x] & first[x])
    b.properties.append(Property("served", "always eventually", ~held))
    return b.build()


def test_everyone_is_served() -> None:
    """One who waits while others are served for ever waits only where fairness is of the whole."""
    for served, outcome in ((False, "violated"), (True, "proved")):
        system = queue(served)
        (verdict,) = Explicit().check(system, system.properties, Budget())
        assert verdict.outcome == outcome
