"""Every SAT core gives the answers of brute force, and stops when it is told to."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.smt.gates import FALSE, TRUE, Gates
from checker.smt.sat import CORES, available, core
from checker.smt.solver import Unanswered
from tests.systems import peterson, rollout, semaphore, two_phase_commit

VARIABLES = 6


def cores() -> list[object]:
    """Each core; those that are not installed are visibly skipped."""
    missing = pytest.mark.skip(reason="its package is not installed")
    return [pytest.param(n, marks=[] if n in available() else [missing]) for n in CORES]


literals = st.integers(1, VARIABLES).flatmap(lambda v: st.sampled_from([v, -v]))
clauses = st.lists(st.lists(literals, min_size=1, max_size=3), max_size=24)


def models(given: list[list[int]]) -> list[tuple[bool, ...]]:
    """Every assignment that satisfies the clauses."""
    return [
        values
        for values in product((False, True), repeat=VARIABLES)
        if all(any(values[abs(x) - 1] == (x > 0) for x in clause) for clause in given)
    ]


@pytest.mark.parametrize("name", cores())
@given(first=clauses, second=clauses, assumed=st.lists(literals, max_size=3, unique_by=abs))
@settings(deadline=None, max_examples=60)
def test_answers_are_those_of_brute_force(
    name: str, first: list[list[int]], second: list[list[int]], assumed: list[int]
) -> None:
    """Clauses may be added between questions, and assumptions hold for one question only."""
    solver = core(name, Budget())
    solver.grow(VARIABLES)
    known: list[list[int]] = []
    for more in (first, second):
        solver.add(more)
        known += more
        for extra in (assumed, []):
            model = solver.solve(extra)
            right = models([*known, *([x] for x in extra)])
            assert (model is None) == (not right)
            if model is not None:
                assert tuple(model[v] for v in range(1, VARIABLES + 1)) in right
                assert all(model[x] and not model[-x] for x in extra)


def pigeons(solver: object, holes: int) -> None:
    """One pigeon too many: no model, and hard to see."""
    gates = solver
    first = gates.grow((holes + 1) * holes)

    def at(pigeon: int, hole: int) -> int:
        return first + pigeon * holes + hole

    gates.add([at(p, h) for h in range(holes)] for p in range(holes + 1))
    pairs = [(p, q) for p in range(holes + 1) for q in range(p)]
    gates.add([-at(p, h), -at(q, h)] for h in range(holes) for p, q in pairs)


@pytest.mark.parametrize("name", cores())
def test_effort_is_bounded(name: str) -> None:
    """A hard question is given up instead of being answered wrongly, and may be asked again."""
    solver = core(name, Budget())
    pigeons(solver, 9)
    with pytest.raises(Unanswered, match="gave up"):
        solver.solve(conflicts=20)
    easy = solver.grow(1)
    solver.add([[easy]])
    small = core(name, Budget())
    pigeons(small, 4)
    assert small.solve() is None


@pytest.mark.parametrize("name", cores())
def test_a_budget_that_ends_stops_the_search(name: str) -> None:
    """Nobody waits for an answer that takes for ever."""
    solver = core(name, Budget(seconds=0.3))
    pigeons(solver, 14)
    with pytest.raises(Unanswered, match="out of time"):
        solver.solve()


@pytest.mark.parametrize("name", cores())
def test_gates_are_what_they_say(name: str) -> None:
    """Each gate agrees with Python on every input, constants included."""
    gates = Gates(core(name, Budget()))
    a, b = gates.fresh(), gates.fresh()
    inputs = (TRUE, FALSE, a, -a, b)
    for left, right in product(inputs, repeat=2):
        both, some, equal = (
            gates.conj((left, right)),
            gates.disj((left, right)),
            gates.equal(left, right),
        )
        for x, y in product((a, -a), (b, -b)):
            model = gates.core.solve([x, y])
            assert model is not None
            values = model[left], model[right]
            assert (model[both], model[some]) == (all(values), any(values))
            assert model[equal] == (values[0] == values[1])


@pytest.mark.parametrize(
    "system", [two_phase_commit(2), peterson(), semaphore(2, fairness="weak"), rollout(3, 2)]
)
def test_cores_give_the_same_verdicts(system: object) -> None:
    """Outcomes, lengths, extents and coverage; traces may differ."""
    seen = [
        [
            (v.property, v.outcome, v.extent, v.reason, v.idle, v.trace and len(v.trace.steps))
            for v in BoundedModelChecker(name).check(system, system.properties, Budget(depth=7))
        ]
        for name in available()
    ]
    assert all(verdicts == seen[0] for verdicts in seen)
