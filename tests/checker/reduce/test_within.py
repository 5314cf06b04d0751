"""Reductions around an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.reduce import REDUCTIONS, reduce, reduction
from checker.reduce.within import within
from checker.verdict import Verdict
from model.ir.system import Property, System
from tests.checker.explicit.naive import Naive, TooLarge
from tests.checker.explicit.test_differential import expected
from tests.checker.reduce.agree import shows
from tests.checker.reduce.populations import population
from tests.checker.reduce.test_cone import clocked
from tests.systems import serving


def plain(system: System, properties: Sequence[Property], budget: Budget) -> tuple[Verdict, ...]:
    return Explicit().check(system, properties, budget)


def test_every_reduction_is_there() -> None:
    """A row of the table that cannot be loaded would be found by a user."""
    assert all(callable(reduction(name)) for name in REDUCTIONS)


def test_verdicts_are_about_the_original() -> None:
    """Traces are of the original system, in what is returned and in what is handed over before."""
    system = clocked("weak")
    lit, dark, _, off = system.properties
    told: list[Verdict] = []
    verdicts = within(["cone"], plain, system, [lit, dark, off], Budget(answer=told.append))
    assert {verdict.property for verdict in told} == {"lit", "dark", "off"}
    final = {verdict.property: verdict for verdict in verdicts}
    for early in told:
        assert final[early.property].trace is early.trace
    for prop, verdict in zip((lit, dark, off), verdicts, strict=True):
        assert verdict.outcome == "violated"
        assert verdict.reductions == ("cone of influence: 1 of 3 state functions, 1 of 2 actions",)
        assert verdict.trace is not None
        shows(system, prop, verdict.trace)


def test_what_cannot_be_lifted_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that does not close within the rounds that are tried is found in the whole system."""
    system = clocked("weak")
    (lit, *_) = system.properties
    monkeypatch.setattr("checker.reduce.lasso.MOST_ROUNDS", 1)
    (verdict,) = within(["cone"], plain, system, [lit], Budget())
    assert verdict.reductions == ()
    assert verdict.trace is not None
    shows(system, lit, verdict.trace)


def test_nothing_to_reduce() -> None:
    """Without a reduction that applies the engine sees the system itself."""
    system = clocked("weak")
    seen: list[System] = []

    def check(
        system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        seen.append(system)
        return plain(system, properties, budget)

    within([], check, system, system.properties, Budget())
    within(["cone"], check, replace(system), system.properties, Budget())
    assert seen[0] is system
    assert reduce(system, system.properties, []) is None


def test_who_is_served_is_told_apart() -> None:
    """Where fairness is of each, a violation of those who are counted is one of all."""
    again = 0
    for seed in range(120):
        system = serving(population(seed), seed)
        try:
            naive = Naive(system, 150)
        except TooLarge:
            continue
        names = ["cone", "clause counters"]
        verdicts = within(names, plain, system, system.properties, Budget())
        smaller = reduce(system, system.properties, names)
        for prop, verdict in zip(system.properties, verdicts, strict=True):
            bounded = not verdict.reductions or {b.name for b in system.bounds} == {
                b.name for b in (smaller.system if smaller else system).bounds
            }
            if bounded:
                assert verdict.outcome == expected(system, prop, naive), (seed, prop.name)
            if verdict.trace is not None:
                shows(system, prop, verdict.trace)
            again += smaller is not None and not verdict.reductions
    assert again
