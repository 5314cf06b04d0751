"""The driver: what is checked, on which share of the budget, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines import engine
from checker.making import narrowed
from checker.run import check, minimised
from checker.verdict import Verdict
from model.instance import Instance
from model.ir.builder import Builder
from model.ir.expr import TRUE
from model.ir.system import Property, System, assign
from model.ir.trace import Trace
from model.ir.types import BOOL
from tests.checker.fakes import Endless, Lying, Naive, instance, scenario


class _Watching(Naive):
    """Remembers the seconds that it was given, and spends none of them."""

    def __init__(self, refused: str = "") -> None:
        self.seconds: list[float | None] = []
        self.refused = refused

    def refuses(self, system: System, prop: Property) -> str | None:
        return "cannot" if prop.name == self.refused else None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        self.seconds.append(budget.seconds)
        return super().check(system, properties, budget)


def test_time_is_shared_among_what_is_left() -> None:
    """Each structure gets an even share of the time left, and what it saves goes on."""
    web = instance(scenario())
    smaller = replace(web, system=replace(web.system, properties=web.system.properties[:1]))
    other = replace(web, system=replace(web.system, properties=web.system.properties[1:]))
    engine = _Watching()
    check([web, smaller, web, other], engine, Budget(12.0))
    assert engine.seconds == pytest.approx([4.0, 6.0, 12.0], abs=0.5)


def test_without_a_limit_there_are_no_shares() -> None:
    """No time limit stays no time limit."""
    engine = _Watching()
    check([instance(scenario())], engine, Budget())
    assert engine.seconds == [None]


def test_results_keep_the_order_of_instances_and_properties() -> None:
    """Results come in the order of the plan, shared or not."""
    first, second = instance(scenario("b")), instance(scenario("a"))
    results = check([first, second], Naive(), Budget())
    names = [p.name for p in first.system.properties]
    expected = [(s, name) for s in ("b", "a") for name in names]
    assert [(r.scenario, r.verdict.property) for r in results] == expected
    assert [r.shared for r in results] == [None] * 3 + [first] * 3


def test_what_the_engine_refuses_is_unknown() -> None:
    """A refusal is the reason of an unknown; the other properties are answered."""
    results = check([instance(scenario())], _Watching("no-overcommit"), Budget())
    found = {r.claim.name: (r.verdict.outcome, r.verdict.reason) for r in results}
    assert found["no-overcommit"] == ("unknown", "cannot")
    assert found["surge-bounded"] == ("violated", "")


def test_what_comes_after_the_end_of_the_budget_is_unknown() -> None:
    """Once the time is up nothing more is begun, and each property says why."""
    first = instance(scenario())
    second = replace(first, system=replace(first.system, properties=first.system.properties[:1]))
    results = check([first, second], Endless(), Budget(0.05))
    assert {r.verdict.outcome for r in results} == {"unknown"}
    assert all("out of time" in r.verdict.reason for r in results)


def _still(*, moves: bool) -> Instance:
    """A system whose only action is enabled, or never."""
    b = Builder("still")
    x = b.function("x", (), BOOL, 0)
    b.action("go", "somebody", (), ~x() if moves else x() & ~x(), (assign(x(), TRUE),))
    b.properties += [
        Property("always-fine", "always", x() | ~x()),
        Property("reached", "reachable", ~x()),
        Property("moved", "reachable", x()),
    ]
    return replace(instance(scenario()), system=b.build())


@pytest.mark.parametrize("asked", ["explicit", "bmc", "auto"])
def test_a_model_that_cannot_move_proves_nothing(asked: str) -> None:
    """What holds only because nothing ever happens is unknown; a run that shows something, and a
    model that moves, are answers as ever."""
    found = {r.claim.name: r.verdict for r in check([_still(moves=False)], engine(asked), Budget())}
    assert found["always-fine"].outcome == "unknown"
    assert "a model that cannot move proves nothing" in found["always-fine"].reason
    assert found["reached"].outcome == "proved"
    found = {r.claim.name: r.verdict for r in check([_still(moves=True)], engine(asked), Budget())}
    assert {v.outcome for v in found.values()} == {"proved"}


def test_only_asked_properties_remain() -> None:
    """A scenario's own list of properties selects among those that its systems offer."""
    of = replace(scenario(), properties=("no-overcommit", "elsewhere"))
    kept = narrowed(instance(of)).system.properties
    assert [p.name for p in kept] == ["no-overcommit"]
    assert len(narrowed(instance(scenario())).system.properties) == 3


def test_a_trace_that_does_not_replay_is_a_bug() -> None:
    """No trace reaches a report that the interpreter has not run."""
    from model.ir.trace import Rejected

    with pytest.raises(Rejected, match="not enabled"):
        check([instance(scenario())], Lying(), Budget())


def test_a_run_is_shortened_while_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found is shown as it is where nothing is left to look for what it does not need."""
    found = instance(scenario("apply"))
    verdict = next(
        v for v in Naive().check(found.system, found.system.properties, Budget()) if v.trace
    )
    monkeypatch.setattr("counterexamples.minimise.minimise", lambda *_: _endless())
    assert minimised(verdict, found.system, Budget(seconds=0.05)) is verdict
    assert minimised(verdict, found.system, Budget(seconds=0.0)) is verdict


def _endless() -> Trace:
    while True:
        pass
