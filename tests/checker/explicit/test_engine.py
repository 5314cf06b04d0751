"""The engine's contract: extents, reasons, bounds, witnesses, errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines import engine
from checker.engines.explicit import Explicit
from checker.verdict import Extent, Verdict
from model.ir.builder import Builder
from model.ir.expr import TRUE, variable
from model.ir.quantifier import exists
from model.ir.system import Bound, Property, System, assign
from model.ir.types import BOOL, ElementType, IntType, ModelError, Sort
from tests.systems import rollout, two_phase_commit


def counter(top: int, *properties: Property) -> System:
    """Counts up to `top` and stays there."""
    b = Builder("counter")
    n = b.function("n", (), IntType(0, top), 0)
    b.action("up", "it", [], n() < top, [assign(n(), n() + 1)], fairness="weak")
    b.action("never", "it", [], n() > n() + 0, [assign(n(), 0)])
    b.properties += [
        Property("small", "always", n() <= 5),
        Property("in range", "always", n() <= top),
        Property("top", "reachable", n() == top),
        Property("gets there", "eventually", n() == top),
        *properties,
    ]
    return b.build()


def check(system: System, budget: Budget | None = None) -> dict[str, Verdict]:
    found = Explicit().check(system, system.properties, budget or Budget())
    return {verdict.property: verdict for verdict in found}


def test_exhausted() -> None:
    """Everything is decided once every state is known; traces are shortest."""
    found = check(counter(8))
    assert {name: v.outcome for name, v in found.items()} == {
        "small": "violated",
        "in range": "proved",
        "top": "proved",
        "gets there": "proved",
    }
    trace = found["small"].trace
    assert trace is not None
    assert len(trace.steps) == 6
    assert trace.loop is None
    assert found["in range"].states == 9
    assert found["in range"].idle == ("it: never",)


def test_depth() -> None:
    """A depth covers every run of that many steps, and says no more."""
    found = check(counter(8), Budget(depth=5))
    assert found["small"].outcome == "holds"
    assert found["small"].extent == Extent(depth=5)
    assert found["top"].outcome == "unknown"
    assert found["gets there"].outcome == "unknown"
    assert "5" in found["gets there"].reason
    assert check(counter(8), Budget(depth=6))["small"].outcome == "violated"


def test_a_depth_that_is_not_reached_is_no_answer() -> None:
    """Who asks for a depth and gives no time for it does not have it."""
    found = check(counter(8), Budget(depth=5, interrupted=True))
    assert found["small"].outcome == "unknown"
    assert found["small"].extent == Extent(depth=0)


def test_interrupted() -> None:
    """An interrupted search keeps what it knows."""
    budget = Budget(interrupted=True)
    found = check(counter(8), budget)
    assert found["small"].outcome == "unknown"
    assert found["small"].extent == Extent(depth=0)
    assert found["small"].reason == "interrupted; holds within 0 steps"


def test_stops_when_decided() -> None:
    """Nothing is explored beyond what the properties need."""
    system = counter(100)
    (verdict,) = Explicit().check(system, [system.property("small")], Budget())
    assert verdict.outcome == "violated"
    assert verdict.states == 7


def test_budget_is_polled() -> None:
    """Out of time, within a second."""
    system = rollout(40, 8)
    (verdict,) = Explicit().check(system, [system.property("bounded")], Budget(seconds=0.3))
    assert verdict.outcome == "unknown"
    assert verdict.extent is not None
    assert verdict.extent.depth is not None
    assert "out of time" in verdict.reason
    assert verdict.seconds < 5


def test_liveness_is_violated_on_what_was_explored() -> None:
    """A fair cycle among fully expanded states is a violation however the search ended."""
    b = Builder("runaway")
    n = b.function("n", (), IntType(0, 1000), 0)
    b.action("up", "it", [], n() < 1000, [assign(n(), n() + 1)])
    b.properties.append(Property("gets there", "eventually", n() == 1000))
    found = check(b.build(), Budget(depth=3))
    assert found["gets there"].outcome == "violated"


def bounded(system: System, at: int) -> System:
    n = system.functions[0]
    return replace(system, bounds=(Bound("slots", n() == at, "at most so many"),))


def test_bounds() -> None:
    """A bound that is reached turns proofs into `holds`, and absence into `unknown`."""
    reached = check(bounded(counter(4), 4))
    assert reached["in range"].outcome == "holds"
    assert reached["in range"].extent == Extent(None, ("at most so many",))
    assert reached["top"].outcome == "proved"
    assert reached["gets there"].outcome == "holds"
    system = bounded(counter(4), 4)
    n = system.functions[0]
    stuck = replace(system, properties=(Property("leaves", "always eventually", n() == 0),))
    assert check(stuck)["leaves"].outcome == "unknown"
    absent = replace(system, properties=(Property("back", "reachable", (n() == 4) & (n() == 3)),))
    assert check(absent)["back"].outcome == "unknown"
    unreached = replace(
        system, bounds=(Bound("slots", (n() == 4) & (n() == 3), "at most so many"),)
    )
    assert check(unreached)["in range"].outcome == "proved"


def test_vacuous() -> None:
    """A property whose witness is unreachable is not proved."""
    system = counter(4)
    n = system.functions[0]
    impossible = (n() == 4) & (n() == 3)
    system = replace(
        system,
        properties=(
            Property("said", "always", n() <= 4, witness=impossible),
            Property("meant", "always", n() <= 4, witness=n() == 4),
        ),
    )
    found = check(system)
    assert found["said"].outcome == "unknown"
    assert found["said"].vacuous
    assert found["meant"].outcome == "proved"


@pytest.mark.parametrize("cells", ["one", "all"])
def test_values_out_of_range(cells: str) -> None:
    """An update that leaves its interval is a bug of the model, named by its action."""
    b = Builder("overflow")
    sort = Sort("Pod", ("a", "b"), symmetric=True)
    n = b.function("n", (sort,), IntType(0, 3), 0)
    p, q = variable("p", sort), variable("q", sort)
    update = assign(n[p], n[p] + 1) if cells == "one" else assign(n[q], n[q] + 1, q)
    b.action("grow", "it", [p], TRUE, [update])
    with pytest.raises(ModelError, match="it: grow: n leaves"):
        explore_all(b.build())


def explore_all(system: System) -> None:
    Explicit().check(system, system.properties, Budget())


def test_obligations_hold_where_the_guard_says_so() -> None:
    """A guard that keeps values in range is enough, also beside rows that it excludes."""
    b = Builder("guarded")
    sort = Sort("Pod", ("a", "b"))
    n = b.function("n", (sort,), IntType(0, 3), [0, 3])
    p = variable("p", sort)
    b.action("grow", "it", [p], n[p] < 3, [assign(n[p], n[p] + 1)])
    b.properties.append(Property("full", "reachable", ~exists(sort, lambda r: n[r] < 3)))
    found = check(b.build())
    assert found["full"].outcome == "proved"
    assert found["full"].states == 4


def test_several_initial_states() -> None:
    """Each is a start, equal ones count once."""
    system = counter(8)
    system = replace(system, initial=((3,), (6,), (3,)))
    found = check(system)
    assert found["small"].trace is not None
    assert len(found["small"].trace.steps) == 0
    assert found["in range"].states == 6


def test_wide_values() -> None:
    """Values beyond a byte, and sums beyond two."""
    b = Builder("wide")
    n = b.function("n", (), IntType(-40_000, 40_000), -40_000)
    on = b.function("on", (), BOOL, 0)
    b.action("up", "it", [], n() < 40_000, [assign(n(), n() + 20_000), assign(on(), ~on())])
    b.properties.append(Property("top", "reachable", (n() * 2 == 80_000) & (n() * n() > 0)))
    assert check(b.build())["top"].outcome == "proved"


def test_deterministic() -> None:
    """Two runs give the same verdicts and traces."""
    first, second = (
        [
            (v.outcome, v.states, v.trace and [str(step) for step in v.trace.steps])
            for v in check(rollout(4, 2)).values()
        ]
        for _ in range(2)
    )
    assert first == second


def test_registered() -> None:
    """The engine is found by its name."""
    system = two_phase_commit(3)
    assert engine("explicit").name == "explicit"
    assert engine("explicit").refuses(system, system.properties[0]) is None


def test_decisive_answers_are_handed_over_at_once() -> None:
    """A violation is told while the search for others goes on, and nothing is told twice."""
    system = counter(100)
    told: list[tuple[str, str, int | None]] = []
    budget = Budget(answer=lambda v: told.append((v.property, v.outcome, v.states)))
    verdicts = Explicit().check(system, system.properties, budget)
    decisive = {v.property: v for v in verdicts if v.outcome in ("proved", "violated")}
    assert sorted(name for name, _, _ in told) == sorted(decisive)
    assert ("small", "violated", 7) in told
    states = decisive["small"].states
    assert states is not None
    assert states > 7
    assert all(decisive[name].outcome == outcome for name, outcome, _ in told)


def test_liveness_stops_with_the_budget() -> None:
    """What is left of the budget after the search holds for fair cycles too."""
    system = counter(8)
    budget = Budget()

    def stop(verdict: Verdict) -> None:
        # Known once every state is.
        budget.interrupted = verdict.property == "in range"

    budget.answer = stop
    found = check(system, budget)
    assert found["gets there"].outcome == "unknown"
    assert found["gets there"].reason.startswith("interrupted (")


class Tight(Budget):
    """Memory for so many bytes more, whatever the process takes."""

    def exhausted(self, coming: int = 0) -> str | None:
        return "out of memory" if coming > 1 << 20 else super().exhausted(coming)


def wide() -> System:
    """One state with 64,000 successors."""
    b = Builder("wide")
    sorts = [Sort(name, tuple(map(str, range(40)))) for name in "abc"]
    variables = [variable(sort.name, sort) for sort in sorts]
    functions = [b.function(sort.name, [], ElementType(sort, optional=True), -1) for sort in sorts]
    updates = [assign(f(), v) for f, v in zip(functions, variables, strict=True)]
    b.action("choose", "it", variables, functions[0]().is_none(), updates)
    first, last = functions[0]().is_none(), functions[2]().is_none()
    b.properties += [
        Property("together", "always", first == last),
        Property("chosen", "eventually", ~first),
    ]
    return b.build()


def test_memory_is_asked_for_before_it_is_taken() -> None:
    """A search that would need more stops inside a level and says what it covered."""
    assert check(wide())["together"].outcome == "proved"
    found = check(wide(), Tight())
    assert found["together"].outcome == "unknown"
    assert found["together"].extent == Extent(depth=0)
    assert found["together"].states == 1
    assert found["chosen"].outcome == "unknown"
    assert all(verdict.reason.startswith("out of memory") for verdict in found.values())


def test_memory_of_the_process() -> None:
    """The limit is that of the resident memory of the whole process."""
    system = two_phase_commit(3)
    found = Explicit().check(system, system.properties, Budget(memory=1 << 20))
    assert all("out of memory" in verdict.reason for verdict in found)
    assert {verdict.outcome for verdict in found} == {"unknown"}


def grid(dimensions: int, most: int) -> System:
    """Counters that count up, each on its own: levels grow, and shrink as they grew."""
    b = Builder("grid")
    place = Sort("Place", tuple(f"p{i}" for i in range(dimensions)))
    n = b.function("n", (place,), IntType(0, most), 0)
    p = variable("p", place)
    b.action("count", "somebody", [p], n[p] < most, [assign(n[p], n[p] + 1)])
    b.properties.append(Property("up", "always", exists(place, lambda q: n[q] >= 0)))
    return b.build()


@pytest.mark.parametrize(("states", "seen"), [(1331, 1331), (1000, 1045), (700, 361), (300, 120)])
def test_work(states: int, seen: int) -> None:
    """A search that may take in so many states ends where their levels tell that there are more; it
    does not end early where there are not."""
    system = grid(3, 10)
    budget = Budget(work=3 * states, foresees=True)
    (verdict,) = Explicit().check(system, system.properties, budget)
    assert verdict.states == seen
    assert budget.worked_off == (seen < 1331)
    assert (verdict.outcome == "proved") == (seen == 1331)
    assert budget.worked_off == ("more than" in verdict.reason)
