"""Which results a suppression accepts, and which it never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from checker.budget import Budget
from checker.exits import INTERNAL_ERROR
from checker.report import Report, Result
from checker.run import check
from checker.suppressions import Suppressions
from checker.verdict import Verdict
from model.api.source import Source
from model.plan import Plan
from model.suppression import Suppression
from tests.checker import fakes

DAY = date(2027, 1, 31)


def _result(outcome: str, **more: Any) -> Result:
    (result, *_) = check([fakes.instance(fakes.scenario())], fakes.Naive(), Budget())
    verdict = Verdict(result.claim.name, outcome, "explicit", 0.0, **more)  # type: ignore[arg-type]
    return replace(result, verdict=verdict, counterexample=None)


def _suppressions(*entries: Suppression) -> Suppressions:
    return Suppressions(Plan((fakes.scenario(),)), entries, (), (), DAY)


KNOWN = Suppression("surge-bounded", "known", "baseline", Source("b.json", 3))


@pytest.mark.parametrize("verdict", ["violated", "unknown"])
def test_engines_that_disagree_are_never_accepted(verdict: Any) -> None:
    """A mistake of the program is not the user's to accept."""
    sides = (Verdict("", "proved", "a", 0.0), Verdict("", "violated", "b", 0.0))
    result = _result(verdict, conflict=sides)
    suppressions = _suppressions(replace(KNOWN, verdict=verdict))
    (kept,) = suppressions.applied([result])
    assert kept.suppressed is None
    assert Report((kept,)).exit == INTERNAL_ERROR
    assert suppressions.rewritten((), [kept]) == ()


def test_a_smaller_size_is_accepted_by_the_names_of_the_whole() -> None:
    """A violation that was found at a smaller size belongs to the scenario that was asked for."""
    small = fakes.instance(fakes.scenario("apply, 1 of 2 replicas"))
    result = replace(_result("violated"), instance=small, whole=fakes.instance(fakes.scenario()))
    entry = replace(KNOWN, scenario="apply")
    (kept,) = _suppressions(entry).applied([result])
    assert kept.suppressed == entry
    (written,) = _suppressions().rewritten((), [result])
    assert written.scenario == "apply"


def test_the_first_one_that_counts_is_named() -> None:
    """An expired one gives way to the next."""
    expired = replace(KNOWN, until=date(2026, 1, 1))
    (kept,) = _suppressions(expired, KNOWN).applied([_result("violated")])
    assert kept.suppressed == KNOWN


def test_what_holds_up_to_a_bound_is_not_called_fixed() -> None:
    """The violation may lie beyond the bound."""
    from model.load.diagnostics import Report as Diagnostics

    said = Diagnostics()
    _suppressions(KNOWN).report([_result("holds")], said)
    (found,) = said.sorted()
    assert "within the bounds of this run" in found.message
    assert found.hint == "remove it, if it is fixed"
