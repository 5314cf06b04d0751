"""Liveness under weak and strong fairness."""

from __future__ import annotations

import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.quantifier import count, exists, forall
from model.ir.system import Fairness, Property, System, assign
from model.ir.types import BOOL, IntType, Sort
from tests.systems import peterson, rollout, semaphore, token_ring


def verdicts(system: System) -> dict[str, Verdict]:
    found = Explicit().check(system, system.properties, Budget())
    return {verdict.property: verdict for verdict in found}


def outcomes(system: System) -> dict[str, str]:
    return {name: verdict.outcome for name, verdict in verdicts(system).items()}


def test_peterson() -> None:
    """Nobody starves if every process that wants to move on does."""
    assert outcomes(peterson()) == {
        "exclusion": "proved",
        "no starvation": "proved",
        "left enters": "violated",
    }
    unfair = verdicts(peterson(fairness="none"))["no starvation"]
    assert unfair.outcome == "violated"
    assert unfair.trace is not None
    assert len(unfair.trace.steps) == unfair.trace.loop == 2


@pytest.mark.parametrize(("fairness", "served"), [("weak", "violated"), ("strong", "proved")])
def test_semaphore(fairness: Fairness, served: str) -> None:
    """What is enabled again and again, but never for good, is served under strong fairness."""
    found = outcomes(semaphore(3, fairness=fairness))
    assert found == {"exclusion": "proved", "p0 served": served, "p0 settles": "violated"}


def test_semaphore_cycle() -> None:
    """The others take turns while the first waits; the shortest such cycle needs one of them."""
    trace = verdicts(semaphore(3, fairness="weak"))["p0 served"].trace
    assert trace is not None
    assert (len(trace.steps), trace.loop) == (2, 0)
    assert {step.action.actor for step in trace.steps} <= {"p1", "p2"}


def test_token_ring() -> None:
    """Passing on is fair or the token stays where it is."""
    assert outcomes(token_ring(5)) == {"comes again": "proved", "stays": "violated"}
    unfair = verdicts(token_ring(5, fair=False))["comes again"].trace
    assert unfair is not None
    assert (len(unfair.steps), unfair.loop) == (0, 0)


@pytest.mark.parametrize("symmetric", [True, False])
def test_rollout(symmetric: bool) -> None:
    """A rollout converges whatever node crashes, up to symmetry or not."""
    assert outcomes(rollout(3, 2, symmetric=symmetric)) == {
        "bounded": "proved",
        "converges": "proved",
        "served": "proved",
        "two at once": "proved",
    }


def test_cycle_of_the_quotient_closes_in_the_system() -> None:
    """With symmetry, a cycle of classes of states is followed until a state returns."""
    b = Builder("round")
    sort = Sort("Lamp", ("a", "b", "c"), symmetric=True)
    lit = b.function("lit", (sort,), BOOL, [1, 0, 0])
    used = b.function("used", (sort,), BOOL, [1, 0, 0])
    p, q = variable("p", sort), variable("q", sort)
    b.action(
        "hand over",
        "lamps",
        [p, q],
        lit[p] & ~used[q],
        [assign(lit[p], False), assign(lit[q], True), assign(used[q], True)],
        fairness="weak",
    )
    b.action(
        "begin again",
        "lamps",
        [p],
        lit[p] & forall(sort, lambda r: used[r]),
        [assign(used[q], False, q, where=q != p)],
        fairness="weak",
    )
    b.properties.append(
        Property("ends", "eventually always", exists(sort, lambda r: lit[r] & ~used[r]))
    )
    system = b.build()
    for symmetric in (True, False):
        (verdict,) = Explicit(symmetric=symmetric).check(system, system.properties, Budget())
        assert verdict.outcome == "violated"
        trace = verdict.trace
        assert trace is not None
        assert trace.loop is not None
        assert trace.states[trace.loop] == trace.states[-1]
        assert len(trace.steps) > trace.loop
    assert verdict.states == 3 * 4


def test_long_component() -> None:
    """A cycle through many requirements visits each of them."""
    b = Builder("carousel")
    at = b.function("at", (), IntType(0, 30), 0)
    for i in range(31):
        b.action(f"go {i}", "it", [], at() == i, [assign(at(), (i + 1) % 31)], fairness="strong")
    sort = Sort("One", ("one",))
    b.properties.append(
        Property("rests", "eventually always", count(sort, lambda _: at() == 7) == 1)
    )
    system = b.build()
    (verdict,) = Explicit().check(system, system.properties, Budget())
    assert verdict.trace is not None
    assert (len(verdict.trace.steps), verdict.trace.loop) == (31, 0)
