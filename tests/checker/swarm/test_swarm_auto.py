"""The engine's place in the portfolio: asked only where a search of all runs was cut short."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from checker.budget import Budget
from checker.engines import ENGINES
from checker.engines.auto import Auto
from checker.verdict import Extent, Outcome, Verdict
from model.ir.system import Property, System
from tests.systems import two_phase_commit

#: Names of the engines that were asked, in order.
ASKED: list[str] = []


class _Engine:
    """Answers every property alike."""

    name = "fake"
    outcome: Outcome = "unknown"
    extent: Extent | None = None
    #: Whether it uses up its time.
    slow = False

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self,
        system: System,
        properties: Sequence[Property],
        budget: Budget,
    ) -> tuple[Verdict, ...]:
        ASKED.append(self.name)
        if self.slow:
            budget.seconds = -1.0
        return tuple(
            Verdict(p.name, self.outcome, self.name, 0.0, extent=self.extent, reason=self.name)
            for p in properties
        )


class Quick(_Engine):
    name = "quick"
    outcome = "holds"
    extent = Extent(7)


class Slow(Quick):
    name = "slow"
    slow = True


class Silent(_Engine):
    name = "silent"


class Loud(_Engine):
    name = "loud"
    outcome = "violated"


class Last(_Engine):
    name = "last"


def ask(
    monkeypatch: pytest.MonkeyPatch, explicit: str, swarm: str, budget: Budget | None = None
) -> Verdict:
    ASKED.clear()
    for stage, fake in (("explicit", explicit), ("swarm", swarm), ("bmc", "Last")):
        monkeypatch.setitem(ENGINES, stage, f"{__name__}:{fake}")
    system = two_phase_commit(2)
    (verdict,) = Auto().check(system, system.properties[:1], budget or Budget(seconds=100))
    return verdict


def test_asked_where_time_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A violation that it finds is the answer, and ends the search."""
    assert ask(monkeypatch, "Slow", "Loud").engine == "loud"
    assert ASKED == ["slow", "loud"]


def test_silence_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does not find is left to the next engine, and the best answer says what it saw."""
    verdict = ask(monkeypatch, "Slow", "Silent")
    assert ASKED == ["slow", "silent", "last"]
    assert (verdict.outcome, verdict.extent) == ("unknown", Extent(7))
    assert verdict.reason == "slow; silent; holds within 7 steps"


def test_not_asked_where_only_the_depth_was_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs of the depth that was asked for are known: walks of that depth are among them."""
    ask(monkeypatch, "Quick", "Loud", Budget(seconds=100, depth=7))
    assert ASKED == ["quick", "last"]


def test_not_imported_for_small_systems() -> None:
    """What explicit answers costs no import of anything else."""
    code = """
import sys
from checker.budget import Budget
from checker.engines import engine
from tests.systems import two_phase_commit
system = two_phase_commit(3)
engine("auto").check(system, system.properties, Budget(seconds=60))
print(sorted(m for m in sys.modules if "swarm" in m or "smt" in m or m == "z3"))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
