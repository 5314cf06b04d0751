"""Engines that are asked about smaller systems."""

from __future__ import annotations

from collections.abc import Sequence

from checker.budget import Budget
from checker.engines import engine
from checker.engines.explicit import Explicit
from checker.reduce.within import Reducing
from checker.verdict import Verdict
from model.ir.system import Property, System
from tests.checker.reduce.agree import shows
from tests.checker.reduce.test_cone import clocked
from tests.effort import busy
from tests.systems import rollout


class Recorder(Explicit):
    """The explorer; it remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, ...]] = []

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        self.asked.append(tuple(prop.name for prop in properties))
        return super().check(system, properties, budget)


def test_one_search_or_one_for_each_cone() -> None:
    """By cone, properties with much smaller cones are asked on their own; verdicts come in the
    order of the properties either way."""
    system = clocked("weak")
    together, apart = Recorder(), Recorder()
    one = Reducing(together, ["cone"]).check(system, system.properties, Budget(seconds=20))
    other = Reducing(apart, ["cone"], by_cone=True).check(
        system, system.properties, Budget(seconds=20)
    )
    assert together.asked == [("lit", "dark", "midnight", "off")]
    assert apart.asked == [("lit", "dark", "off"), ("midnight",)]
    assert [v.property for v in one] == [v.property for v in other]
    assert [v.outcome for v in one] == [v.outcome for v in other]
    for prop, verdict in zip(system.properties, other, strict=True):
        if verdict.trace is not None:
            shows(system, prop, verdict.trace)


def test_engines_by_name_reduce() -> None:
    """Both engines count a hundred pods, and name them in their traces."""
    system = rollout(100, 1)
    prop = system.property("two at once")
    for name in ("explicit", "bmc"):
        (verdict,) = engine(name).check(system, [prop], busy(120, depth=4))
        assert verdict.outcome == "proved", verdict
        assert any(said.startswith("counter form") for said in verdict.reductions)
        assert verdict.trace is not None
        assert len(verdict.trace.steps) == 4
        shows(system, prop, verdict.trace)
