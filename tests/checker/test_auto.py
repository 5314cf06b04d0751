"""The portfolio: who is asked, whose answer wins, and what happens when engines disagree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from checker.budget import Budget
from checker.engines import ENGINES
from checker.engines.auto import Auto, Disagreement, better
from checker.verdict import Extent, Outcome, Verdict
from checker.watchdog import Overrun
from model.ir.interpret import Step
from model.ir.system import Property, System
from model.ir.trace import Trace
from tests.checker.fakes import pods_system

Answer = Callable[[Property, Budget], Verdict]
SYSTEM = pods_system()


class _Stage:
    """An engine that answers by a function and remembers what it was asked."""

    answer: Answer
    name = "stage"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.budgets: list[Budget] = []

    def refuses(self, system: System, prop: Property) -> str | None:
        return "too odd" if prop.name == "odd" else None

    def check(
        self,
        system: System,
        properties: Sequence[Property],
        budget: Budget,
    ) -> tuple[Verdict, ...]:
        self.asked.append([p.name for p in properties])
        self.budgets.append(budget)
        return tuple(type(self).answer(p, budget) for p in properties)


FIRST = _Stage()
SECOND = _Stage()


def _first() -> _Stage:
    return FIRST


def _second() -> _Stage:
    return SECOND


@pytest.fixture
def auto(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer, Answer], Auto]:
    """An Auto over two stages that answer by the given functions."""

    def build(first: Answer, second: Answer) -> Auto:
        global FIRST, SECOND  # noqa: PLW0603 - the table of engines knows names only
        FIRST = type("First", (_Stage,), {"answer": staticmethod(first)})()
        SECOND = type("Second", (_Stage,), {"answer": staticmethod(second)})()
        monkeypatch.setitem(ENGINES, "first", "tests.checker.test_auto:_first")
        monkeypatch.setitem(ENGINES, "second", "tests.checker.test_auto:_second")
        return Auto(("first", "second"))

    return build


def _verdict(
    name: str, outcome: Outcome, engine: str, depth: int | None = None, steps: int | None = None
) -> Verdict:
    extent = Extent(depth) if depth is not None else None
    trace = None
    if steps is not None:
        step = Step(SYSTEM.actions[0], (0,))
        trace = Trace((SYSTEM.initial[0],) * (steps + 1), (step,) * steps)
    return Verdict(name, outcome, engine, 0.0, extent=extent, trace=trace)


def _proved(prop: Property, budget: Budget) -> Verdict:
    return _verdict(prop.name, "proved", "one")


def _never(prop: Property, budget: Budget) -> Verdict:
    raise AssertionError("this stage must not be asked")


def test_second_stage_is_not_asked_what_is_decided(
    auto: Callable[[Answer, Answer], Auto],
) -> None:
    """What the first engine decided, or saw all runs of, costs no second engine."""

    def first(prop: Property, budget: Budget) -> Verdict:
        vacuous = prop.name == "no-overcommit"
        return _verdict(prop.name, "unknown" if vacuous else "proved", "one")

    engine = auto(first, _never)
    verdicts = engine.check(SYSTEM, SYSTEM.properties, Budget(10.0))
    assert [v.outcome for v in verdicts] == ["proved", "unknown", "proved"]


def test_open_properties_go_on(auto: Callable[[Answer, Answer], Auto]) -> None:
    """Only what the first engine left open goes to the second, and the deeper answer is kept."""

    def first(prop: Property, budget: Budget) -> Verdict:
        if prop.name == "no-overcommit":
            return _verdict(prop.name, "proved", "one")
        return _verdict(prop.name, "holds", "one", depth=9)

    def second(prop: Property, budget: Budget) -> Verdict:
        depth = 20 if prop.name == "surge-bounded" else 5
        return _verdict(prop.name, "holds", "two", depth=depth)

    verdicts = auto(first, second).check(SYSTEM, SYSTEM.properties, Budget(10.0))
    assert SECOND.asked == [["surge-bounded", "replicas-converge"]]
    found = {v.property: (v.engine, v.extent) for v in verdicts}
    assert found == {
        "surge-bounded": ("two", Extent(20)),
        "no-overcommit": ("one", None),
        "replicas-converge": ("one", Extent(9)),
    }


@pytest.mark.parametrize(
    ("depth", "outcome"), [(None, "unknown"), (9, "holds"), (5, "holds"), (10, "unknown")]
)
def test_a_depth_is_an_answer_for_who_asked_for_it(
    auto: Callable[[Answer, Answer], Auto], depth: int | None, outcome: str
) -> None:
    """How far the engines came by themselves is none; it is said with the reason."""

    def shallow(prop: Property, budget: Budget) -> Verdict:
        return _verdict(prop.name, "holds", "one", depth=9)

    for verdict in auto(shallow, shallow).check(
        SYSTEM, SYSTEM.properties, Budget(10.0, depth=depth)
    ):
        assert (verdict.outcome, verdict.extent) == (outcome, Extent(9))
        assert ("holds within 9 steps" in verdict.reason) == (outcome == "unknown")


def test_shares_of_the_budget(auto: Callable[[Answer, Answer], Auto]) -> None:
    """The first stage gets a part of the time; without a limit it still gets a finite one."""
    auto(_proved, _never).check(SYSTEM, SYSTEM.properties, Budget(10.0))
    (share,) = FIRST.budgets
    assert share.seconds == pytest.approx(6.0, abs=0.1)
    auto(_proved, _never).check(SYSTEM, SYSTEM.properties, Budget())
    assert FIRST.budgets[0].seconds is not None


def test_an_interruption_reaches_the_running_stage(
    auto: Callable[[Answer, Answer], Auto],
) -> None:
    """Interrupting the whole budget stops the part that a stage runs on, and what follows."""
    whole = Budget(10.0)

    def first(prop: Property, budget: Budget) -> Verdict:
        whole.interrupted = True
        assert budget.exhausted() == "interrupted"
        return _verdict(prop.name, "unknown", "one")

    verdicts = auto(first, _never).check(SYSTEM, SYSTEM.properties, whole)
    assert {v.outcome for v in verdicts} == {"unknown"}


@pytest.mark.parametrize("failure", [Overrun("out of time"), MemoryError()])
def test_a_failing_stage_keeps_what_is_known(
    auto: Callable[[Answer, Answer], Auto], failure: Exception
) -> None:
    """A later stage that breaks off leaves the earlier answers; a first one has none to leave."""

    def breaks_off(prop: Property, budget: Budget) -> Verdict:
        raise failure

    def shallow(prop: Property, budget: Budget) -> Verdict:
        return _verdict(prop.name, "holds", "one", depth=2)

    verdicts = auto(shallow, breaks_off).check(SYSTEM, SYSTEM.properties, Budget(10.0, depth=2))
    assert {v.outcome for v in verdicts} == {"holds"}
    with pytest.raises(type(failure)):
        auto(breaks_off, shallow).check(SYSTEM, SYSTEM.properties, Budget(10.0))


def test_refused_by_all(auto: Callable[[Answer, Answer], Auto]) -> None:
    """What no stage can answer is refused with a reason; the rest is answered in order."""
    odd = Property("odd", "always", SYSTEM.properties[0].p)
    engine = auto(_proved, _never)
    assert engine.refuses(SYSTEM, odd) == "too odd"
    verdicts = engine.check(SYSTEM, (odd, *SYSTEM.properties), Budget(10.0))
    assert [v.property for v in verdicts] == ["odd", *(p.name for p in SYSTEM.properties)]
    assert (verdicts[0].outcome, verdicts[0].reason) == ("unknown", "too odd")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_verdict("p", "violated", "one", steps=3), _verdict("p", "proved", "two")),
        (_verdict("p", "proved", "one"), _verdict("p", "violated", "two")),
        (_verdict("p", "holds", "one", depth=5), _verdict("p", "violated", "two", steps=5)),
        (_verdict("p", "holds", "one"), _verdict("p", "violated", "two", steps=50)),
        (_verdict("p", "unknown", "one", depth=5), _verdict("p", "violated", "two", steps=5)),
    ],
)
def test_contradictions_raise(one: Verdict, other: Verdict) -> None:
    """A violation within what another engine covered means that one of them is wrong."""
    with pytest.raises(Disagreement, match=r"one says .* and two says"):
        better(one, other)


@pytest.mark.parametrize(
    ("one", "other", "engine"),
    [
        (_verdict("p", "holds", "one", 5), _verdict("p", "violated", "two", steps=6), "two"),
        (_verdict("p", "unknown", "one", 5), _verdict("p", "violated", "two", steps=6), "two"),
        (_verdict("p", "unknown", "one"), _verdict("p", "violated", "two", steps=0), "two"),
        (
            _verdict("p", "violated", "one", steps=1),
            _verdict("p", "violated", "two", steps=1),
            "one",
        ),
        (_verdict("p", "unknown", "one"), _verdict("p", "holds", "two", depth=1), "two"),
        (_verdict("p", "holds", "one", depth=3), _verdict("p", "proved", "two"), "two"),
        (_verdict("p", "holds", "one", depth=3), _verdict("p", "unknown", "two", depth=9), "one"),
        (_verdict("p", "unknown", "one"), _verdict("p", "unknown", "two", depth=1), "two"),
        (_verdict("p", "unknown", "one"), _verdict("p", "unknown", "two"), "one"),
    ],
)
def test_the_better_answer_wins(one: Verdict, other: Verdict, engine: str) -> None:
    """Violated, then proved, then the deeper hold, then unknown; the earlier one on a tie."""
    assert better(one, other).engine == engine
