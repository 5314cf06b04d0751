"""Whatever an engine says after it was stopped is true as well, wherever it was stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.system import Property, System, assign
from model.ir.types import BOOL
from tests.agreement.cases import system_of, truth_about
from tests.agreement.engines import CONFIGURATIONS, Configuration
from tests.agreement.judge import contradiction
from tests.agreement.truth import Truth

ENDLESS = 1 << 40

#: Asked for so many cases; an engine that takes long only for one of so many of them.
CASES, SELDOM = 120, {"swarm": 10, "auto": 10, "bmc": 12}


@dataclass
class Counted(Budget):
    """Is used up when it was asked so often, by itself or by its parts."""

    left: list[int] = field(default_factory=lambda: [ENDLESS])

    def exhausted(self, coming: int = 0) -> str | None:
        self.left[0] -= 1
        return "stopped" if self.left[0] < 0 else super().exhausted(coming)


def stopped(
    configuration: Configuration, system: System, depth: int | None, places: int
) -> Iterator[tuple[int, tuple[Verdict, ...], list[Verdict]]]:
    """What is said where the search is stopped at so many places, spread over all of it, and what
    was answered before that."""
    made = configuration.make()
    asked = [prop for prop in system.properties if made.refuses(system, prop) is None]
    whole = Counted(depth=depth)
    made.check(system, asked, whole)
    polls = ENDLESS - whole.left[0]
    for polled in sorted({polls * (i + 1) // places for i in range(places)}):
        early: list[Verdict] = []
        budget = Counted(depth=depth, answer=early.append, left=[polled])
        yield polled, configuration.make().check(system, asked, budget), early


@pytest.mark.parametrize("name", [name for name in CONFIGURATIONS if name != "portfolio"])
def test_a_search_that_is_stopped_says_nothing_that_is_not_so(name: str) -> None:
    """Outcomes, traces, and how far what `holds` reaches, against the interpreter; what was
    answered early stays. Induction names all bounds that it has not seen to be out of reach."""
    configuration = CONFIGURATIONS[name]
    if configuration.missing:
        pytest.skip(f"{name} needs {configuration.needs}")
    for number in range(0, CASES, SELDOM.get(name.partition(",")[0], 2)):
        truth = truth_about(system_of(number))
        if not isinstance(truth, Truth):
            continue
        depth = (None, 1, 3)[number // 2 % 3]
        for polled, verdicts, early in stopped(configuration, truth.system, depth, 3):
            final = {verdict.property: verdict.outcome for verdict in verdicts}
            for verdict in verdicts:
                complaint = contradiction(truth, truth.system.property(verdict.property), verdict)
                if name == "induction" and str(complaint).startswith("no run reaches"):
                    complaint = None
                assert complaint is None, f"case {number}, {polled} polls: {complaint}"
            assert all(verdict.outcome == final[verdict.property] for verdict in early)


def two_flags() -> System:
    """Two independent steps: one layer where nobody looks, two where their order is seen."""
    b = Builder("two flags")
    x, y = b.function("x", (), BOOL, 0), b.function("y", (), BOOL, 0)
    b.action("first", "it", [], ~x(), [assign(x(), True)], fairness="weak")
    b.action("second", "it", [], ~y(), [assign(y(), True)], fairness="weak")
    b.properties.append(Property("x is alone", "eventually", x() & ~y()))
    return b.build()


def test_all_states_are_not_all_cycles() -> None:
    """Bounded model checking has seen every state before it has seen every fair run: stopped in
    between it does not know."""
    system = two_flags()
    made = Configuration(BoundedModelChecker)
    outcomes = [
        verdict.outcome
        for _, verdicts, _ in stopped(made, system, None, 40)
        for verdict in verdicts
    ]
    assert set(outcomes) == {"unknown", "violated"}
