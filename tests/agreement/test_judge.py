"""The judge finds every kind of lie: otherwise agreement would say nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.verdict import Extent, Verdict
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.interpret import Step
from model.ir.quantifier import count, exists
from model.ir.system import Bound, Property, System, assign
from model.ir.trace import Trace, replay
from model.ir.types import BOOL, Sort
from tests.agreement.judge import Promise, contradiction
from tests.agreement.truth import Truth
from tests.systems import peterson, semaphore, token_ring

WHOLE = Promise(whole=True, shortest=True, counts="states")


@cache
def lamps(*, bounded: bool) -> System:
    """Two lamps that are lit one after the other, and an action that is never enabled."""
    b = Builder("lamps")
    lamp = Sort("Lamp", ("one", "two"))
    lit = b.function("lit", (lamp,), BOOL, 0)
    x = variable("x", lamp)
    b.action("light", "hand", [x], ~lit[x], [assign(lit[x], True)])
    b.action("douse", "nobody", [x], count(lamp, lambda y: lit[y]) > 2, [assign(lit[x], False)])
    number = count(lamp, lambda y: lit[y])
    b.properties += [
        Property("dark", "always", number == 0),
        Property("few", "always", number <= 2),
        Property("bright", "reachable", number == 2),
        Property("three", "reachable", number == 3),
        Property("lit", "eventually", number == 2),
        Property("empty talk", "always", number <= 2, witness=exists(lamp, lambda _: number > 2)),
    ]
    if bounded:
        b.bounds.append(Bound("all lit", number == 2, "no third lamp"))
    return b.build()


def judged(verdict: Verdict, promise: Promise = WHOLE, *, bounded: bool = False) -> str | None:
    truth = Truth(lamps(bounded=bounded))
    return contradiction(truth, truth.system.property(verdict.property), verdict, promise)


def honest(name: str, system: System | None = None) -> Verdict:
    given = lamps(bounded=False) if system is None else system
    (verdict,) = Explicit(symmetric=False).check(given, [given.property(name)], Budget())
    return verdict


def test_the_truth_is_accepted() -> None:
    """Honest verdicts are not complained about."""
    for name in ("dark", "few", "bright", "three", "lit", "empty talk"):
        system = lamps(bounded=False)
        verdicts = Explicit(symmetric=False).check(system, system.properties, Budget())
        verdict = next(v for v in verdicts if v.property == name)
        assert judged(verdict) is None


PROVED = Verdict("few", "proved", "a liar", 0.0, states=4)


@pytest.mark.parametrize(
    ("verdict", "complaint"),
    [
        (replace(PROVED, property="dark"), "proved, but it is violated"),
        (replace(PROVED, property="lit"), "proved, but it is violated"),
        (replace(PROVED, property="three"), "proved, but it is violated"),
        (replace(PROVED, property="bright"), "reachable without a trace"),
        (replace(PROVED, property="empty talk"), "proved although its occasion never comes"),
        (replace(PROVED, states=3), "3 states instead of 4"),
        (replace(PROVED, states=5), "5 states where there are 4"),
        (replace(PROVED, outcome="unknown"), "unknown instead of proved"),
        (replace(PROVED, outcome="violated"), "violated, but it is not"),
        (replace(PROVED, idle=()), "['nobody: douse'] are never enabled and not named"),
        (
            replace(PROVED, idle=("hand: light", "nobody: douse"), extent=Extent()),
            "never enabled within inf steps, it says, but ['hand: light'] are",
        ),
        (replace(PROVED, reached=("no third lamp",)), "no run reaches ['no third lamp']"),
        (replace(PROVED, reason="it never happens", vacuous=True), "'it never happens', but"),
        (
            Verdict("dark", "holds", "a liar", 0.0, extent=Extent(1)),
            "holds within 1 steps, but 1 decide it",
        ),
        (
            Verdict("lit", "holds", "a liar", 0.0, extent=Extent(1)),
            "holds within 1 steps, but 0 decide it",
        ),
    ],
)
def test_lies_about_the_system(verdict: Verdict, complaint: str) -> None:
    """Wrong outcomes, counts and coverage."""
    assert complaint in str(judged(verdict))


def test_bounds_forbid_proofs() -> None:
    """Where a bound of the model is reached nothing is proved."""
    assert "a bound of the model is reached" in str(judged(PROVED, bounded=True))
    holds = replace(PROVED, outcome="holds", extent=Extent(None, ("no third lamp",)))
    assert judged(holds, bounded=True) is None
    hidden = replace(PROVED, outcome="holds", extent=Extent(), reached=())
    assert "reached and not named" in str(judged(hidden, bounded=True))


def test_depth_is_a_promise() -> None:
    """What lies within the promised depth has to be found, by the shortest trace."""
    silent = Verdict("dark", "unknown", "a liar", 0.0)
    assert judged(silent, Promise(depth=0)) is None
    assert "where the shortest within 1 has 1" in str(judged(silent, Promise(depth=1)))
    silent = Verdict("lit", "unknown", "a liar", 0.0)
    assert "has 0" in str(judged(silent, Promise(depth=0)))


def test_lies_in_traces() -> None:
    """A trace has to be a run, as short as promised, that ends where the property is decided."""
    verdict, longer = honest("dark"), honest("bright").trace
    assert verdict.trace is not None
    assert longer is not None
    start = verdict.trace.states[0]
    for trace, complaint in (
        (Trace((start,), ()), "does not end in a state that decides"),
        (Trace((start, start), verdict.trace.steps), "not those of its steps"),
        (Trace((start,) * 3, verdict.trace.steps * 2), "the trace is none: step 1"),
        (longer, "goes on after the property is decided"),
        (None, "violated without a trace"),
    ):
        assert complaint in str(judged(replace(verdict, trace=trace)))


def lasso(system: System, name: str, trace: Trace) -> str | None:
    prop = system.property(name)
    return contradiction(Truth(system), prop, Verdict(name, "violated", "a liar", 0.0, trace=trace))


def test_lies_in_loops() -> None:
    """A loop has to close, to be fair and to violate."""
    ring = token_ring(3, fair=False)
    rest = replay(ring, (), ring.initial[0], 0)
    assert lasso(ring, "comes again", rest) is None
    assert "no loop" in str(lasso(ring, "comes again", replace(rest, loop=None)))
    ring = token_ring(3)
    assert "not fair to holder: pass" in str(
        lasso(ring, "stays", replay(ring, (), ring.initial[0], 0))
    )
    around = honest("stays", ring).trace
    assert around is not None
    assert lasso(ring, "stays", around) is None
    process = semaphore(2, fairness="weak")
    waits = honest("p0 served", process).trace
    assert waits is not None
    assert lasso(process, "p0 served", waits) is None
    start = process.initial[0]
    mine = [process.action("p0", "p0 acquires"), process.action("p0", "p0 releases")]
    served = replay(process, tuple(Step(action, ()) for action in mine), start, 0)
    assert "satisfies" in str(lasso(process, "p0 served", served))


@pytest.mark.parametrize(
    ("system", "name", "shortest"),
    [
        (peterson(), "no starvation", None),
        (peterson(), "left enters", 0),
        (peterson(fairness="none"), "no starvation", 2),
        (semaphore(3, fairness="weak"), "p0 served", 2),
        (semaphore(3, fairness="strong"), "p0 served", None),
        (semaphore(2, fairness="strong"), "p0 settles", 4),
        (token_ring(4), "stays", 4),
        (token_ring(4, fair=False), "comes again", 0),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_shortest_lassos(system: System, name: str, shortest: int | None) -> None:
    """Worked out by hand: the fewest steps of stem and loop together."""
    assert Truth(system).shortest_lasso(system.property(name), 6) == shortest
