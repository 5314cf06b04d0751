"""The counter form keeps verdicts, depths and states up to names."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.engines.explicit import Explicit
from checker.reduce.countable import countable, possible
from checker.reduce.counters import bits, choices, counter_form, counters
from checker.reduce.tally import Tally
from model.ir.builder import Builder
from model.ir.check import check
from model.ir.expr import TRUE, constant, variable
from model.ir.quantifier import count, exists
from model.ir.system import Property, System, assign
from model.ir.types import BOOL, ElementType, EnumType, Sort
from tests.checker.reduce.agree import TooLarge, agree, reachable
from tests.checker.reduce.populations import population
from tests.systems import random_system, rollout, two_phase_commit


def compare(system: System, name: str) -> bool:
    """Whether the sort can be counted; if so, all is kept. Raises TooLarge."""
    sort = next(s for s in system.sorts if s.name == name)
    reduced = agree(system, system.properties, lambda s, props: counter_form(s, props, sort))
    if reduced is None:
        return False
    assert not check(reduced.system)
    counted = countable(system, sort)
    assert counted is not None
    tuples = possible(system, counted)
    assert tuples is not None
    tally = Tally(system, counted, tuples)
    assert reachable(reduced.system) == {tally.project(state) for state in reachable(system)}
    return True


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_random_populations(seed: int) -> None:
    """States are those of the original without names; verdicts and the lengths of shortest traces
    are the same, and traces are lifted to individuals."""
    try:
        assert compare(population(seed), "Cell")
    except TooLarge:
        assume(False)


@pytest.mark.parametrize("seed", [124, 221])
def test_definitions_keep_their_own_variables(seed: int) -> None:
    """The body of a definition is put where its argument has a variable of the same name."""
    assert compare(population(seed), "Cell")


def test_random_symmetric_systems() -> None:
    """Some sort of some random system can be counted; what cannot be is left alone."""
    found = 0
    for seed in range(60):
        system = random_system(seed, 2, symmetric=True)
        for sort in system.sorts:
            try:
                found += compare(system, sort.name)
            except TooLarge:
                continue
    assert found


@pytest.mark.parametrize("managers", [3, 5])
def test_two_phase_commit(managers: int) -> None:
    """As many states as symmetry leaves."""
    system = two_phase_commit(managers, symmetric=True)
    (sort,) = (s for s in system.sorts if s.symmetric)
    reduced = agree(system, system.properties, lambda s, p: counter_form(s, p, sort))
    assert reduced is not None
    wanted = [p for p in system.properties if p.name == "consistent"]
    (full,) = Explicit().check(system, wanted, Budget())
    (small,) = Explicit(symmetric=False).check(
        reduced.system, [reduced.system.property("consistent")], Budget()
    )
    assert small.states == full.states


def test_references_to_another_symmetric_sort() -> None:
    """Pods point to nodes, which stay symmetric; a crash concerns all pods of a node."""
    system = rollout(3, 2)
    pod = next(s for s in system.sorts if s.name == "Pod")
    reduced = agree(system, system.properties, lambda s, p: counter_form(s, p, pod))
    assert reduced is not None
    (full, *_) = Explicit().check(system, system.properties, Budget())
    (small, *_) = Explicit().check(reduced.system, reduced.system.properties, Budget())
    assert small.states == full.states


def test_it_pays_for_many_only() -> None:
    """A few pods are left as they are; a hundred are counted, in far fewer bits."""
    few, many = rollout(3, 2), rollout(100, 1)
    assert counters(few, few.properties) is None
    reduced = counters(many, many.properties)
    assert reduced is not None
    assert 2 * bits(reduced.system.functions) <= bits(many.functions)
    assert choices(reduced.system) < choices(many)
    assert reduced.says == ("counter form: 100 of Pod by 11 combinations of values",)


@pytest.mark.parametrize("seed", [3, 27])
def test_induction_knows_that_everybody_is_counted(seed: int) -> None:
    """What k-induction proves of individuals it proves of counts, if it is told their sum."""
    system = population(seed)
    prop = system.properties[0]
    cell = next(sort for sort in system.sorts if sort.name == "Cell")
    found = []
    for whole in (True, False):
        form = counter_form(system, [prop], cell, whole=whole)
        assert form is not None
        asked = form.system.property(prop.name)
        (verdict,) = BoundedModelChecker().check(form.system, [asked], Budget(depth=4))
        found.append(verdict.outcome)
    (verdict,) = BoundedModelChecker().check(system, [prop], Budget(depth=4))
    assert verdict.outcome == "proved"
    assert found == ["proved", "holds"]


def named(kind: str) -> System:
    """Cells that are more than their values."""
    b = Builder(kind)
    sort = Sort("Cell", ("a", "b", "c"), symmetric=True)
    colours = EnumType("Colour", ("red", "green"))
    colour = b.function("colour", (sort,), colours, 0)
    c, d = variable("c", sort), variable("d", sort)
    green = constant(colours, "green")
    paint = [assign(colour[c], green)]
    match kind:
        case "two parameters":
            b.action("act", "x", [c, d], c != d, paint)
        case "a reference":
            b.function("next", (sort,), ElementType(sort, optional=True), -1)
            b.action("act", "x", [c], TRUE, paint)
        case "a relation":
            b.function("knows", (sort, sort), BOOL, 0)
            b.action("act", "x", [c], TRUE, paint)
        case "a comparison":
            others = exists(sort, lambda e: (e != c) & (colour[e] == green))
            b.action("act", "x", [c], others, paint)
        case "a swap":
            turned = constant(colours, "red")
            b.action("act", "x", [], TRUE, [
                assign(colour[c], green, c, where=colour[c] == turned),
                assign(colour[d], turned, d, where=colour[d] == green),
            ])  # fmt: skip
    b.properties.append(Property("few", "always", count(sort, lambda e: colour[e] == green) < 3))
    return b.build()


@pytest.mark.parametrize(
    "kind", ["two parameters", "a reference", "a relation", "a comparison", "a swap"]
)
def test_what_cannot_be_counted(kind: str) -> None:
    """Two individuals in one step, references, relations and comparisons need names, and a step
    that swaps values would change no count."""
    system = named(kind)
    (sort,) = system.sorts
    assert counter_form(system, system.properties, sort) is None
