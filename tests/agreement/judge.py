"""What is wrong with a verdict, given the truth.

A run that stays where a bound of the model is reached shows no violation of a liveness property: a
step that the bound leaves out might save it. Not so where the property's cone of influence does not
have that bound: no step that it leaves out can change anything that the property sees. An engine
that reduced the system may count such a run or not; one that did not may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checker.verdict import Verdict
from counterexamples.replay import confirm
from model.ir.system import Property
from model.ir.trace import Rejected, Trace, replay
from tests.agreement.truth import Truth


@dataclass(frozen=True)
class Promise:
    """What an engine says of its verdicts beyond that they are true."""

    #: It sees every run: its outcome is the exact one.
    whole: bool = False
    #: It sees every run of so many steps: what they decide is decided, by the shortest trace.
    depth: int | None = None
    #: Its traces of safety properties are the shortest.
    shortest: bool = False
    #: What `Verdict.states` counts.
    counts: Literal["states", "classes", "something"] = "something"


#: An engine that only says what is true.
NOTHING = Promise()


def contradiction(
    truth: Truth, prop: Property, verdict: Verdict, promise: Promise = NOTHING
) -> str | None:
    """The first thing that is wrong with a verdict about a property; None if nothing is."""
    return next(_complaints(truth, prop, verdict, promise), None)


def _complaints(truth: Truth, prop: Property, verdict: Verdict, promise: Promise) -> Iterator[str]:
    if verdict.property != prop.name:
        yield f"the verdict is about {verdict.property!r}"
    yield from _outcome(truth, prop, verdict)
    if verdict.trace is not None:
        yield from _trace(truth, prop, verdict)
    yield from _extent(truth, prop, verdict)
    if promise.whole:
        expected = truth.outcomes(prop, bool(verdict.reductions))
        if verdict.outcome not in expected:
            yield f"{verdict.outcome} instead of {' or '.join(sorted(expected))}"
    # A search whose last question was answered by a trace stopped there.
    if promise.whole and not verdict.reductions and verdict.trace is None:
        if verdict.reached is not None and set(verdict.reached) != set(truth.bounds):
            yield f"the bounds that are reached are {truth.bounds}, not {verdict.reached}"
        if verdict.idle is not None and set(verdict.idle) != truth.never():
            yield f"never enabled: {sorted(truth.never())}, not {sorted(verdict.idle)}"
    steps = None if verdict.trace is None else len(verdict.trace.steps)
    if promise.shortest and prop.is_safety and steps is not None:
        least = truth.decided_at(prop)
        if steps != least:
            yield f"a trace of {steps} steps where {least} suffice"
    if promise.depth is not None:
        yield from _within(truth, prop, steps, promise.depth, reduced=bool(verdict.reductions))
    yield from _counts(truth, verdict, promise)


def _outcome(truth: Truth, prop: Property, verdict: Verdict) -> Iterator[str]:
    """Answers that are not true."""
    reduced = bool(verdict.reductions)
    wrong = truth.violated(prop, reduced)
    if verdict.outcome == "violated":
        if not wrong or (prop.kind == "reachable" and truth.bounds and not reduced):
            yield "violated, but it is not"
        if (verdict.trace is None) != (prop.kind == "reachable"):
            yield "violated without a trace, or unreachable with one"
    if verdict.outcome == "proved":
        if wrong or (not prop.is_safety and truth.violated(prop, True)):
            yield "proved, but it is violated"
        if prop.kind == "reachable":
            if verdict.trace is None:
                yield "reachable without a trace"
        elif truth.bounds and not reduced:
            yield "proved although a bound of the model is reached"
        elif truth.vacuous(prop):
            yield "proved although its occasion never comes"
    never = verdict.vacuous and (verdict.extent is None or verdict.extent.depth is None)
    if never and not truth.vacuous(prop):
        yield f"{verdict.reason!r}, but it does"


def _extent(truth: Truth, prop: Property, verdict: Verdict) -> Iterator[str]:
    """Coverage that is not there."""
    extent = verdict.extent
    covered = _covered(verdict)
    if extent is not None and verdict.outcome in ("holds", "unknown"):
        if prop.is_safety:
            found = truth.decided_at(prop)
        elif extent.depth is None:
            found = 0 if truth.violated(prop) else None
        else:
            found = truth.shortest_lasso(prop, extent.depth)
        if found is not None and found <= covered:
            yield f"{verdict.outcome} within {covered} steps, but {found} decide it"
    if verdict.idle is not None:
        active = set(verdict.idle) & truth.enabled(covered)
        if active:
            yield f"never enabled within {covered} steps, it says, but {sorted(active)} are"
        if not truth.never() <= set(verdict.idle) and not verdict.reductions:
            yield f"{sorted(truth.never() - set(verdict.idle))} are never enabled and not named"
    if verdict.reached is not None or extent is not None:
        named = set(verdict.reached or ()) | set(() if extent is None else extent.limits)
        if not named <= set(truth.bounds):
            yield f"no run reaches {sorted(named - set(truth.bounds))}"
        if (
            verdict.reached is not None
            and not verdict.reductions
            and not truth.bounds_within(covered) <= named
        ):
            yield f"{sorted(truth.bounds_within(covered) - named)} are reached and not named"


def _covered(verdict: Verdict) -> float:
    """How many steps the verdict says it covers; -1 where it does not say."""
    if verdict.extent is not None:
        depth = verdict.extent.depth
        return float("inf") if depth is None else depth
    return float("inf") if verdict.outcome == "proved" and verdict.trace is None else -1


def _within(
    truth: Truth, prop: Property, steps: int | None, depth: int, *, reduced: bool
) -> Iterator[str]:
    """What a search of all runs up to a depth does not miss.

    In a reduced system a bound outside the property's cone is no matter: see `checker.reduce.cone`.
    """
    if prop.is_safety:
        least = truth.decided_at(prop)
        least = None if least is None or least > depth else least
    else:
        least = truth.shortest_lasso(prop, depth)
        if reduced and least is None and steps is not None:
            least = truth.shortest_lasso(prop, depth, bounded=True)
        # A lasso may get longer when it is lifted from a smaller system.
        if reduced and None not in (steps, least):
            return
    if steps != least and (least is not None or (steps is not None and steps <= depth)):
        yield f"a trace of {steps} steps where the shortest within {depth} has {least}"


def _counts(truth: Truth, verdict: Verdict, promise: Promise) -> Iterator[str]:
    states = verdict.states
    if states is None:
        return
    if states > len(truth.states):
        yield f"{states} states where there are {len(truth.states)}"
    if verdict.trace is not None:
        # It may have stopped there.
        return
    if promise.counts == "states" and states != len(truth.states):
        yield f"{states} states instead of {len(truth.states)}"
    if promise.counts == "classes":
        classes = truth.classes
        if classes is not None and (states < classes or (states > classes and not truth.tangled)):
            yield f"{states} states up to symmetry instead of {classes}"


def _trace(truth: Truth, prop: Property, verdict: Verdict) -> Iterator[str]:
    """Why a trace does not show what its verdict says."""
    trace = verdict.trace
    assert trace is not None
    try:
        run = replay(truth.system, trace.steps, trace.states[0], trace.loop)
    except Rejected as rejected:
        yield f"the trace is none: step {rejected.index}, {rejected}"
        return
    if run.states != trace.states:
        yield "the trace's states are not those of its steps"
    p = [state in truth.true(prop.p) for state in run.states]
    q = [state in truth.true(prop.q) for state in run.states]
    loop = run.loop
    if prop.is_safety:
        wanted = prop.kind == "reachable"
        if loop is not None or p[-1] != wanted:
            yield "the trace does not end in a state that decides the property"
        if wanted in p[:-1]:
            yield "the trace goes on after the property is decided"
    elif loop is None:
        yield "the trace of a liveness violation has no loop"
    else:
        violates = {
            "eventually": not any(p),
            "leads to": any(p[i] and not any(q[i:]) for i in range(len(p))) and not any(q[loop:]),
            "always eventually": not any(p[loop:]),
            "eventually always": not all(p[loop:]),
        }[prop.kind]
        if not violates:
            yield "the run satisfies the property"
        if truth.limited & set(run.states[loop:]) and not verdict.reductions:
            yield "the loop stays where a bound of the model is reached"
        yield from _unfair(truth, run, loop)
    try:
        confirm(truth.system, prop, trace)
    except Rejected as rejected:
        yield f"counterexamples.replay refuses the trace: {rejected}"


def _unfair(truth: Truth, run: Trace, loop: int) -> Iterator[str]:
    """Why a loop is no fair run."""
    ring = run.states[loop:]
    taken = {repr(step.action) for step in run.steps[loop:]}
    for action in truth.system.actions:
        enabled = [repr(action) in truth.naive.enabled[state] for state in ring]
        owed = {"none": False, "weak": all(enabled), "strong": any(enabled)}[action.fairness]
        if owed and repr(action) not in taken:
            yield f"the loop is not fair to {action!r}"
