"""Every interleaving where those are few; quick steps prompt, and said to be so, elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from checker import interleavings
from checker.budget import Budget
from checker.engines import engine
from checker.interleavings import formed, look
from checker.report import Result
from checker.run import check
from model.cluster import instances, workload
from model.instance import Instance
from model.scenario import Scenario
from tests.model.worlds import scenario
from tests.model.worlds import workload as deployment

#: A rollout of which nobody said how to look at it.
OPEN = replace(scenario("rollout", 2, deployment(2, 1, 0)), prompt=None)


def answers(given: Scenario) -> list[Result]:
    """The answers about the workload."""
    mine = [i for i in instances(given) if i.subject == given.workload.subject]
    return list(check(mine, engine("explicit"), Budget()))


def hurried(results: Sequence[Result]) -> set[bool]:
    """Whether some results rest on quick steps being prompt, and whether some do not."""
    return {any("quick steps" in each for each in result.assumptions) for result in results}


def states(instance: Instance) -> int:
    """How many the explorer finds, however many those are."""
    found = engine("explicit").check(instance.system, instance.system.properties, Budget())
    return max(verdict.states or 0 for verdict in found)


def test_few_interleavings_are_all_explored() -> None:
    """Then nothing is assumed of quick steps."""
    results = answers(OPEN)
    assert {result.verdict.outcome for result in results} == {"proved"}
    assert hurried(results) == {False}
    assert {result.verdict.states for result in results} == {
        states(workload(replace(OPEN, prompt=False)))
    }


def test_too_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then quick steps are prompt, and every verdict says so."""
    monkeypatch.setattr(interleavings, "FEW", 1)
    results = answers(OPEN)
    assert {result.verdict.outcome for result in results} == {"proved"}
    assert hurried(results) == {True}
    assert {result.instance.scenario.prompt for result in results} == {True}
    assert {result.verdict.states for result in results} == {
        states(workload(replace(OPEN, prompt=True)))
    }


def test_what_some_interleavings_violate_is_violated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the others do; only what is left is asked of the smaller system."""
    broken = replace(OPEN, mutations=frozenset({"surge-one-too-many"}))
    every = workload(broken)
    cells = sum(function.size for function in every.system.functions)
    monkeypatch.setattr(interleavings, "FEW", cells * states(every) // 2)
    results = answers(broken)
    violated = [result for result in results if result.verdict.outcome == "violated"]
    others = [result for result in results if result.verdict.outcome != "violated"]
    assert {result.claim.name for result in violated} == {"surge-bounded"}
    assert hurried(violated) == {False}
    assert hurried(others) == {True}
    names = [result.claim.name for result in results]
    assert sorted(names) == sorted(prop.name for prop in every.system.properties)


@pytest.mark.parametrize("prompt", [True, False])
def test_who_says_it_gets_that(prompt: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are."""
    monkeypatch.setattr(interleavings, "FEW", 1)
    assert hurried(answers(replace(OPEN, prompt=prompt))) == {prompt}


def test_the_look_has_no_clock() -> None:
    """How far it comes does not depend on how fast the machine is."""
    slow = replace(OPEN, workload=deployment(5, 2, 1))
    few = look(workload(slow), Budget())
    assert not few.whole
    busy = Budget(seconds=1e9, clock=iter(range(10**9)).__next__, started=0)
    again = look(workload(slow), busy)
    assert [replace(v, seconds=0.0) for v in few.verdicts] == [
        replace(v, seconds=0.0) for v in again.verdicts
    ]


def test_engines_that_see_some_runs_are_asked_about_those_that_matter_most() -> None:
    """The others decide for themselves."""
    chosen = {name: formed(OPEN, engine(name)).prompt for name in ("auto", "explicit", "swarm")}
    assert chosen == {"auto": None, "explicit": None, "swarm": True}
    assert formed(replace(OPEN, prompt=False), engine("bmc")).prompt is False
