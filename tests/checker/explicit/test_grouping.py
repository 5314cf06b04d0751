"""Quantifiers that group one sort by another give what the interpreter gives."""

from __future__ import annotations

import random

import numpy as np
import pytest

from checker.explicit import grouping
from checker.explicit.codegen import compile_system
from checker.explicit.layout import Layout
from checker.explicit.symmetry import Symmetry
from model.ir.builder import Builder
from model.ir.expr import ite, variable
from model.ir.interpret import holds
from model.ir.quantifier import count, exists, forall, total
from model.ir.types import BOOL, ElementType, IntType, Sort


@pytest.mark.parametrize("pairs", [0, 10**6])
def test_grouped_like_one_by_one(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts, sums and existence, by a state function or by a table, some keys being none."""
    monkeypatch.setattr(grouping, "_PAIRS", pairs)
    b = Builder("grouped")
    pod, node = Sort("Pod", ("a", "b", "c", "d")), Sort("Node", ("x", "y", "z"))
    on = b.function("on", (pod,), ElementType(node, optional=True), -1)
    asks = b.function("asks", (pod,), IntType(-50, 100), 0)
    live = b.function("live", (pod,), BOOL, 1)
    first = b.function("first", (), ElementType(node), 0)
    q = variable("q", pod)
    same = b.define("same", [q], first())
    zone = b.table("zone", (pod,), ElementType(node), [0, 2, 2, 1])

    observed = [
        forall(node, lambda n: count(pod, lambda p: on[p] == n) <= 1),
        forall(node, lambda n: count(pod, lambda p: live[p] & (n == on[p])) < 2),
        forall(node, lambda n: total(pod, lambda p: ite(on[p] == n, asks[p], 0)) <= 120),
        exists(
            node, lambda n: total(pod, lambda p: ite(live[p] & (on[p] == n), asks[p] * 2, 0)) < -20
        ),
        forall(node, lambda n: exists(pod, lambda p: live[p] & (on[p] == n))),
        forall(node, lambda n: count(pod, lambda p: live[p] & (zone[p] == n)) >= 1),
        forall(node, lambda n: count(pod, lambda p: zone[p] == n) == 1),
        exists(node, lambda n: total(pod, lambda p: ite(zone[p] == n, asks[p], 0)) > 50),
        exists(node, lambda n: count(pod, lambda p: live[p] & (same[p] == n)) == 2),
    ]
    system = b.build()
    layout = Layout(system)
    kernel = compile_system(layout, Symmetry(layout), observed)
    assert ("tally(" in kernel.source) == (pairs == 0)
    rng = random.Random(1)
    states = [tuple(rng.randint(f.type.lo, f.type.hi) for f, _ in system.cells) for _ in range(200)]
    found = kernel.observe(layout.encode(states), len(states))
    for expr, truth in zip(observed, found, strict=True):
        expected = [holds(system, expr, state) for state in states]
        assert np.asarray(truth).tolist() == expected
        assert expr is observed[6] or len(set(expected)) == 2
