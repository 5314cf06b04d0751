"""What bounded model checking says of textbook systems."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines.bmc import DEFAULT_DEPTH, BoundedModelChecker
from checker.verdict import Extent, Verdict
from model.ir.builder import Builder
from model.ir.expr import conj, least, variable
from model.ir.interpret import holds
from model.ir.quantifier import exists, forall
from model.ir.system import Bound, Fairness, Property, System, assign
from model.ir.trace import replay
from model.ir.types import BOOL, EnumType, IntType, ModelError, Sort
from tests.systems import peterson, rollout, semaphore, token_ring, two_phase_commit


def check(system: System, depth: int | None = None, **budget: object) -> dict[str, Verdict]:
    verdicts = BoundedModelChecker().check(
        system,
        system.properties,
        Budget(depth=depth, **budget),  # type: ignore[arg-type]
    )
    for verdict in verdicts:
        if verdict.trace is not None:
            trace = verdict.trace
            assert replay(system, trace.steps, trace.states[0], trace.loop) == trace
    return {verdict.property: verdict for verdict in verdicts}


def counter(top: int, *properties: Property, step: int = 1) -> System:
    """Counts from 0 to `top`, then stops."""
    build = Builder("counter")
    count = build.function("count", (), IntType(0, top), 0)
    build.action(
        "count", "counter", [], count() < top, [assign(count(), least(count() + step, top))]
    )
    build.properties += properties
    return build.build()


def counting(system: System) -> object:
    return system.functions[0]()


@pytest.mark.parametrize("symmetric", [False, True])
def test_two_phase_commit_commits_at_the_least_depth(symmetric: bool) -> None:
    """Every manager prepares and is heard, the coordinator commits, one obeys: 2n + 2 steps."""
    verdicts = check(two_phase_commit(3, symmetric=symmetric), 10)
    assert verdicts["can commit"].outcome == "proved"
    assert len(verdicts["can commit"].trace.steps) == 8
    assert verdicts["never aborts"].outcome == "violated"
    assert len(verdicts["never aborts"].trace.steps) == 1
    short = check(two_phase_commit(3, symmetric=symmetric), 3)["consistent"]
    assert short.outcome == "holds"
    assert short.extent == Extent(3)


def test_runs_that_end_are_a_proof() -> None:
    """Two-phase commit of two has no run of 12 steps: what holds is proved."""
    verdict = check(two_phase_commit(2, symmetric=True), 30)["consistent"]
    assert verdict.outcome == "proved"


@pytest.mark.parametrize(
    ("fairness", "starved"), [("none", True), ("weak", False), ("strong", False)]
)
def test_peterson_starves_nobody_if_progress_is_fair(fairness: Fairness, starved: bool) -> None:
    """Without fairness the waiting process may wait for ever."""
    verdicts = check(peterson(fairness=fairness), 10)
    assert verdicts["exclusion"].outcome in ("proved", "holds")
    assert verdicts["no starvation"].outcome == ("violated" if starved else "holds")
    assert verdicts["left enters"].outcome == "violated"


@pytest.mark.parametrize(("fairness", "served"), [("weak", False), ("strong", True)])
def test_a_semaphore_needs_strong_fairness(fairness: Fairness, served: bool) -> None:
    """An acquisition that is enabled again and again is taken only under strong fairness."""
    verdicts = check(semaphore(2, fairness=fairness), 8)
    assert verdicts["p0 served"].outcome == ("holds" if served else "violated")
    assert verdicts["p0 settles"].outcome == "violated"
    assert verdicts["exclusion"].outcome == "proved"
    assert verdicts["exclusion"].reason == "inductive over 2 steps"


@pytest.mark.parametrize(("fair", "length"), [(True, None), (False, 0)])
def test_a_token_that_may_be_kept_never_comes(fair: bool, length: int | None) -> None:
    """Staying where it is counts as a run if nothing fair is enabled."""
    verdicts = check(token_ring(4, fair=fair), 6)
    trace = verdicts["comes again"].trace
    assert (None if trace is None else len(trace.steps)) == length
    # A whole round is the shortest cycle that is fair.
    assert len(verdicts["stays"].trace.steps) == (4 if fair else 0)


def test_symmetry_changes_no_depth() -> None:
    """The verdicts and the lengths are those of the system whose elements have names."""
    plain, folded = (check(rollout(3, 2, symmetric=s), 7) for s in (False, True))
    for name, verdict in plain.items():
        assert verdict.outcome == folded[name].outcome
        lengths = [v.trace and len(v.trace.steps) for v in (verdict, folded[name])]
        assert lengths[0] == lengths[1]


def test_the_depth_is_said() -> None:
    """A bound that was asked for is the bound of the answer; so is the default."""
    system = counter(99)
    system = replace(system, properties=(Property("low", "always", counting(system) < 50),))
    assert check(system, 7)["low"].extent == Extent(7)
    assert check(system)["low"].extent == Extent(DEFAULT_DEPTH)


def test_nothing_is_reached_or_refuted_beyond_the_depth() -> None:
    """One step too few is `unknown` for a question of reachability, one more answers it."""
    system = counter(99)
    system = replace(system, properties=(Property("five", "reachable", counting(system) == 5),))
    short = check(system, 4)["five"]
    assert (short.outcome, short.reason) == ("unknown", "not reached within 4 steps")
    found = check(system, 5)["five"]
    assert found.outcome == "proved"
    assert found.trace.states[-1] == (5,)


def test_what_no_run_reaches_is_refuted_by_exhaustion() -> None:
    """A finite tree of runs answers `reachable` with no."""
    system = counter(3, step=2)
    system = replace(system, properties=(Property("one", "reachable", counting(system) == 1),))
    verdict = check(system, 9)["one"]
    assert (verdict.outcome, verdict.trace) == ("violated", None)


def test_a_bound_of_the_model_that_is_reached_limits_the_answer() -> None:
    """Where the instance may have blocked a step, nothing is proved."""
    system = counter(3)
    low = Property("low", "always", counting(system) < 9)
    high = Property("high", "reachable", counting(system) > 3)
    below = exists(Sort("One", ("only",)), lambda _: counting(system) < 2)
    above = Property("above", "reachable", conj(below, counting(system) > 2))
    bound = Bound("top", counting(system) == 3, "counts up to 3")
    system = replace(system, properties=(low, above, high), bounds=(bound,))
    verdicts = check(system, 9)
    # The interval already says so: the formula is plainly true.
    assert verdicts["low"].outcome == "holds"
    assert verdicts["low"].extent == Extent(None, ("counts up to 3",))
    assert verdicts["above"].outcome == "unknown"
    assert check(system, 2)["low"].extent == Extent(2)


def test_a_witness_that_is_not_reached_is_said() -> None:
    """A property whose trigger never comes says so instead of being proved."""
    system = counter(3)
    witness = counting(system) > 2
    prop = Property("odd", "always", counting(system) >= 0, witness=witness)
    never = replace(prop, name="never", witness=conj(witness, counting(system) < 2))
    system = replace(system, properties=(prop, never))
    assert check(system, 9)["odd"].outcome == "proved"
    said = check(system, 2)["odd"].reason
    assert said.startswith("not exercised: it does not happen within 2 steps that")
    assert check(system, 9)["never"].outcome == "unknown"
    assert check(system, 9)["never"].vacuous


def test_actions_that_no_run_takes_are_idle() -> None:
    """An action that is enabled beyond the bound only is named."""
    build = Builder("late")
    count = build.function("count", (), IntType(0, 9), 0)
    build.action("count", "counter", [], count() < 9, [assign(count(), count() + 1)])
    build.action("reset", "counter", [], count() == 4, [assign(count(), 0)])
    build.properties.append(Property("fine", "always", count() < 9))
    system = build.build()
    assert check(system, 4)["fine"].idle == ("counter: reset",)
    assert check(system, 5)["fine"].idle == ()


def test_a_step_that_changes_nothing_does_not_exist() -> None:
    """An action that would keep the state is disabled: fairness does not ask for it."""
    build = Builder("idle")
    on = build.function("on", (), BOOL, 0)
    build.action("keep", "nobody", [], True, [assign(on(), on())], fairness="weak")
    build.properties.append(Property("goes on", "eventually", on()))
    verdict = check(build.build(), 3)["goes on"]
    assert verdict.outcome == "violated"
    assert verdict.trace.loop == 0


@pytest.mark.parametrize("values", [(-1, 0), (5, 5)])
def test_a_value_out_of_range_is_a_mistake_of_the_model(values: tuple[int, int]) -> None:
    """What the interpreter would refuse is found, not wrapped around."""
    start = values[1]
    build = Builder("overflow")
    level = build.function("level", (), IntType(0, 5), start)
    delta = -1 if values[0] < 0 else 1
    build.action("move", "mover", [], True, [assign(level(), level() + delta)])
    build.properties.append(Property("fine", "always", level() <= 5))
    build.properties.append(Property("settles", "eventually", level() > 6))
    with pytest.raises(ModelError, match="out of range"):
        check(build.build(), 3)


def test_updates_that_disagree_are_a_mistake_of_the_model() -> None:
    """Two values for one cell are found where both updates apply, and only there."""
    pod = Sort("Pod", ("a", "b"))
    p, q = variable("p", pod), variable("q", pod)
    build = Builder("clash")
    level = build.function("level", (pod,), IntType(0, 2), 0)
    writes = [assign(level[p], 1), assign(level[q], 2)]
    build.action("both", "writer", [p, q], ~(p == q), writes)
    build.properties.append(Property("low", "always", forall(pod, lambda x: level[x] < 3)))
    assert check(build.build(), 3)["low"].outcome == "proved"
    build.actions.clear()
    build.action("both", "writer", [p, q], level[p] == 0, writes)
    with pytest.raises(ModelError, match="disagree"):
        check(build.build(), 3)


def test_without_time_there_is_no_answer() -> None:
    """A budget that is used up gives `unknown` with its reason, never a verdict."""
    verdict = check(two_phase_commit(3), 9, seconds=0.0)["consistent"]
    assert (verdict.outcome, verdict.extent) == ("unknown", None)
    assert verdict.reason == "out of time (0 s)"


def test_an_interruption_ends_the_search_soon() -> None:
    """What was covered so far is said; the solver does not run on."""
    budget = Budget(depth=1000)

    def progress(line: str) -> None:
        if line.startswith("bmc: 3 of"):
            threading.Timer(0.2, lambda: setattr(budget, "interrupted", True)).start()

    budget.progress = progress
    system = rollout(6, 3)
    never = Property("never", "reachable", ~system.property("bounded").p)
    began = time.monotonic()
    verdicts = BoundedModelChecker().check(system, [never], budget)
    assert time.monotonic() - began < 20
    (verdict,) = verdicts
    assert verdict.outcome == "unknown"
    assert verdict.reason.startswith("interrupted")
    assert verdict.extent is not None
    assert f"within {verdict.extent.depth} steps" in verdict.reason


def test_the_same_seed_gives_the_same_trace() -> None:
    """Runs do not influence each other, whatever else the process has solved."""
    traces = []
    for _ in range(2):
        system = rollout(3, 2)
        trace = check(system, 6, seed=7)["two at once"].trace
        traces.append([str(step) for step in trace.steps])
    assert traces[0] == traces[1]


def test_every_initial_state_is_a_start() -> None:
    """A violation that only one initial state leads to is found from there."""
    system = counter(9)
    prop = Property("low", "always", counting(system) < 9)
    system = replace(system, properties=(prop,), initial=((0,), (6,)))
    trace = check(system, 5)["low"].trace
    assert trace.states[0] == (6,)
    assert not holds(system, prop.p, trace.states[-1])


def test_a_system_without_actions_is_its_initial_state() -> None:
    """No step at all: what holds there is proved."""
    build = Builder("still")
    kind = EnumType("Kind", ("one", "two"))
    what = build.function("what", (), kind, 0)
    build.properties.append(Property("one", "always", what().is_in("one")))
    build.properties.append(Property("two", "eventually", what().is_in("two")))
    verdicts = check(build.build(), 3)
    assert verdicts["one"].outcome == "proved"
    assert verdicts["two"].outcome == "violated"
