"""The engine's contract: what it answers, what it never claims, and what stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines import engine
from checker.engines.swarm import RandomWalks
from checker.swarm.walk import Swarm
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.interpret import holds
from model.ir.quantifier import forall
from model.ir.system import Bound, Fairness, Property, System, assign
from model.ir.types import IntType, ModelError, Sort
from tests.effort import busy
from tests.systems import peterson, rollout, semaphore, token_ring, two_phase_commit


def check(system: System, budget: Budget | None = None) -> dict[str, Verdict]:
    found = RandomWalks().check(system, system.properties, budget or Budget(seconds=20))
    return {verdict.property: verdict for verdict in found}


def counter(top: int, fairness: Fairness = "weak") -> System:
    """Counts up to `top` and stays there; one property of each kind that this violates, and one
    of each that it does not."""
    b = Builder("counter")
    n = b.function("n", (), IntType(0, top), 0)
    b.action("up", "it", [], n() < top, [assign(n(), n() + 1)], fairness=fairness)
    b.action("never", "it", [], n() > n() + 0, [assign(n(), 0)])
    last = n() == top
    b.properties += [
        Property("bad always", "always", ~last),
        Property("good always", "always", n() <= top),
        Property("top", "reachable", last),
        Property("beyond", "reachable", n() > top),
        Property("bad eventually", "eventually", n() < 0),
        Property("good eventually", "eventually", n() == top - 1),
        Property("bad leads to", "leads to", n() == 1, n() == 0),
        Property("good leads to", "leads to", n() == 1, last),
        Property("bad again", "always eventually", n() == 0),
        Property("good again", "always eventually", last),
        Property("bad for good", "eventually always", ~last),
        Property("good for good", "eventually always", last),
    ]
    return b.build()


def test_every_kind_of_property() -> None:
    """What is violated is found, with a run that ends where it may stay; nothing else is."""
    found = check(counter(5))
    for name, verdict in found.items():
        if name.startswith("bad"):
            assert verdict.outcome == "violated", name
            assert verdict.trace is not None
            assert verdict.trace.loop == (None if name == "bad always" else 5)
            assert len(verdict.trace.steps) == 5
        elif name == "top":
            assert verdict.outcome == "proved"
        else:
            assert verdict.outcome == "unknown", name
            assert verdict.trace is None


def test_what_was_seen() -> None:
    """An open verdict says how much was seen, and which actions never could be taken."""
    verdict = check(counter(5))["good always"]
    assert verdict.states == 6
    assert verdict.reason.startswith("swarm saw 6 states in ")
    assert "walks of up to 5 steps: no new state" in verdict.reason
    assert verdict.idle == ("it: never",)


def test_fairness_decides_whether_a_run_may_rest() -> None:
    """Without fairness a run may stop anywhere: also before it ever gets there."""
    found = check(counter(5, fairness="none"))
    trace = found["good eventually"].trace
    assert trace is not None
    assert (len(trace.steps), trace.loop) == (0, 0)


def test_fair_cycles() -> None:
    """A walk that comes back to a state violates what it never satisfies on the way."""
    found = check(token_ring(4))
    assert found["comes again"].outcome == "unknown"
    assert found["stays"].outcome == "violated"
    trace = found["stays"].trace
    assert trace is not None
    assert trace.loop is not None
    assert len(trace.steps) - trace.loop == 4


@pytest.mark.parametrize(("fairness", "outcome"), [("weak", "violated"), ("strong", "unknown")])
def test_strong_fairness(fairness: Fairness, outcome: str) -> None:
    """A cycle that again and again enables a strongly fair action must take it."""
    found = check(semaphore(2, fairness=fairness))
    assert found["p0 served"].outcome == outcome
    assert found["exclusion"].outcome == "unknown"


def test_mutual_exclusion() -> None:
    """Peterson's processes starve only where nothing is fair."""
    assert check(peterson())["no starvation"].outcome == "unknown"
    assert check(peterson(fairness="none"))["no starvation"].outcome == "violated"


def test_a_state_at_a_bound_is_no_place_to_rest() -> None:
    """Where the model may have blocked a step, staying for ever shows nothing."""
    system = counter(5)
    last = system.property("top").p
    bounded = replace(system, bounds=(Bound("top", last, "counts to five"),))
    found = check(bounded)
    assert found["bad eventually"].outcome == "unknown"
    assert found["bad always"].outcome == "violated"


def test_several_initial_states() -> None:
    """Walks begin in each of them."""
    system = replace(counter(40), initial=((20,), (39,)))
    trace = check(system)["top"].trace
    assert trace is not None
    assert len(trace.steps) == 1


def test_initial_state_is_looked_at() -> None:
    """Also where nothing can happen."""
    b = Builder("still")
    n = b.function("n", (), IntType(0, 1), 1)
    b.properties += [Property("zero", "always", n() == 0), Property("comes", "eventually", n() < 1)]
    found = check(b.build())
    for verdict in found.values():
        assert verdict.outcome == "violated"
        assert verdict.trace is not None
        assert not verdict.trace.steps


@pytest.mark.parametrize("depth", [0, 3, 4, 9])
def test_depth(depth: int) -> None:
    """No run is longer than the depth that is asked for."""
    found = check(counter(4), Budget(seconds=20, depth=depth))
    assert found["top"].outcome == ("proved" if depth >= 4 else "unknown")
    assert found["bad eventually"].outcome == ("violated" if depth >= 4 else "unknown")
    assert f"up to {min(depth, 4)} steps" in found["beyond"].reason


def test_interrupted() -> None:
    """An interrupted engine says what it knows: here the initial state."""
    found = check(counter(4), Budget(interrupted=True))
    assert found["top"].outcome == "unknown"
    assert found["top"].reason.endswith("interrupted")


def test_budget_is_polled() -> None:
    """Out of time, within a second; out of memory at once."""
    system = rollout(40, 8)
    found = check(system, Budget(seconds=0.3))
    assert found["bounded"].outcome == "unknown"
    assert "out of time" in found["bounded"].reason
    assert found["bounded"].seconds < 3
    assert "out of memory" in check(system, Budget(memory=1))["bounded"].reason


def test_stops_when_decided() -> None:
    """Nothing is walked beyond what the properties need."""
    system = counter(30)
    early = Property("early", "reachable", system.functions[0]() == 1)
    (verdict,) = RandomWalks().check(system, [early], Budget())
    assert verdict.outcome == "proved"
    assert verdict.states == 2


def test_intervals() -> None:
    """An update that leaves its interval is an error of the model, as for every engine."""
    b = Builder("overflow")
    sort = Sort("Pod", ("a", "b"))
    n = b.function("n", (sort,), IntType(0, 3), 0)
    p = variable("p", sort)
    b.action("grow", "it", [p], n[p] >= 0, [assign(n[p], n[p] + 1)])
    b.properties.append(Property("never", "reachable", forall(sort, lambda q: n[q] < 0)))
    with pytest.raises(ModelError, match="it: grow: n leaves"):
        check(b.build())


def told(verdicts: dict[str, Verdict]) -> list[object]:
    return [
        (v.outcome, v.states, v.reason, v.trace and (v.trace.loop, list(map(str, v.trace.steps))))
        for v in verdicts.values()
    ]


def test_deterministic() -> None:
    """The same seed gives the same verdicts, traces and counts."""
    for system in (two_phase_commit(4, symmetric=True), peterson(fairness="none"), rollout(3, 2)):
        first, second = (told(check(system, busy(60, seed=7))) for _ in range(2))
        assert first == second


def test_seeds_differ() -> None:
    """Another seed walks elsewhere."""
    system = rollout(3, 2)
    walked = []
    for seed in (1, 1, 2):
        swarm = Swarm(system, system.properties[:1], busy(60, seed=seed))
        swarm.walk()
        walked.append(swarm.taken.tolist())
    assert walked[0] == walked[1] != walked[2]


def test_never_more_states_than_there_are() -> None:
    """The count is of distinct states; here in the end of all of them."""
    found = check(two_phase_commit(3))
    assert found["consistent"].states == 288


def test_witness_in_the_last_state() -> None:
    """A safety run ends in the state that decides."""
    system = two_phase_commit(4)
    found = check(system)
    for name, truth in (("can commit", True), ("never aborts", False)):
        trace = found[name].trace
        assert trace is not None
        shown = [holds(system, system.property(name).p, state) for state in trace.states]
        assert shown == [not truth] * len(trace.steps) + [truth]


def test_registered() -> None:
    """The engine is found by its name and refuses nothing."""
    system = two_phase_commit(3)
    assert engine("swarm").name == "swarm"
    assert engine("swarm").refuses(system, system.properties[0]) is None
