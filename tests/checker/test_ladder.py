"""The ladder of sizes: honest about what it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from checker import ladder
from checker.budget import Budget
from checker.engines import engine
from checker.engines.contract import Engine
from checker.engines.explicit import Explicit
from checker.ladder import Best, applies, ascend, climb, walking
from checker.verdict import Extent, Verdict
from model.api.intstr import IntOrPercent
from model.cluster import workload
from model.instance import Instance
from model.ir.system import Property, System
from tests.shipped import scenario


class Asked:
    """Stands for `auto`: it knows nothing, and remembers what it was asked."""

    name = "auto"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        self.asked += [prop.name for prop in properties]
        return tuple(Verdict(p.name, "unknown", self.name, 0.0, reason="?") for p in properties)


def large(**changes: object) -> Instance:
    """Forty replicas that roll over in quarters: far more states than a moment can visit."""
    base = scenario("benchmarks/large-rollout.yaml")
    quarter = IntOrPercent(25, percent=True)
    made = replace(base.workload, replicas=40, max_surge=quarter, max_unavailable=quarter)
    return workload(replace(base, workload=made, **changes))  # type: ignore[arg-type]


def answers(instance: Instance, asked: Engine, budget: Budget, *names: str) -> dict[str, Verdict]:
    """The verdicts on the properties of these names, or on all."""
    properties = [p for p in instance.system.properties if not names or p.name in names]
    found = climb(instance, properties, asked, budget).verdicts
    return {verdict.property: verdict for verdict in found}


def impatient() -> Budget:
    """The real patience is for people; half a second shows the same."""
    return Budget(seconds=600, patience=0.5)


@pytest.fixture(autouse=True)
def short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the steps shows the same, too."""
    monkeypatch.setattr(ladder, "WALK", 1 << 22)


def test_a_rung_proves_at_its_size_only() -> None:
    """What only a rung proves `holds`, and the verdict names the size; nobody else is asked."""
    asked = Asked()
    found = answers(large(), asked, impatient())
    assert asked.asked == []
    for verdict in found.values():
        assert verdict.outcome == "holds", verdict
        assert verdict.extent is not None
        (limit,) = verdict.extent.limits
        assert "of 40 replicas" in limit
        assert verdict.extent.depth is None
    assert found["surge-bounded"].reason.startswith("at full size up to")
    assert found["surge-bounded"].reason.endswith("in random walks")


def misled() -> Instance:
    """A broken instance whose rungs are not."""
    broken = large(mutations=frozenset({"creates-one-too-many"}))
    return replace(broken, smaller=large().smaller)


def test_the_whole_is_walked_before_a_rung_speaks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What walks of the whole find is the answer, whatever the rungs prove."""
    given = misled()

    class Blind(Explicit):
        """Sees nothing of the whole."""

        def check(
            self, system: System, properties: Sequence[Property], budget: Budget
        ) -> tuple[Verdict, ...]:
            if system is given.system:
                budget.work_off()
                return Asked().check(system, properties, budget)
            return super().check(system, properties, budget)

    monkeypatch.setattr(
        ladder, "engine", lambda name: Blind() if name == "explicit" else engine(name)
    )
    found = answers(given, Asked(), impatient(), "rollout-completes", "surge-bounded")
    verdict = found["rollout-completes"]
    assert (verdict.outcome, verdict.engine) == ("violated", "swarm")
    assert found["surge-bounded"].outcome == "holds"


def test_a_rung_says_nothing_where_there_was_no_time_to_walk() -> None:
    """Then there is no answer, with what is known."""
    best = Best()
    rung = Verdict("p", "proved", "explicit", 0.0)
    best.take(large(), "4 of 40 replicas", [rung])
    whole = Verdict("p", "unknown", "explicit", 0.0, extent=Extent(7), reason="out of time")
    verdict = best.merged(whole, walked=False)
    assert (verdict.outcome, verdict.extent) == ("unknown", Extent(7))
    assert "4 of 40 replicas" in verdict.reason
    assert best.merged(whole, walked=True).outcome == "holds"


def test_what_a_rung_reaches_is_told_of_the_whole() -> None:
    """Bounds of the model that a rung reaches limit what is said of the whole, too, beside those
    that the whole is known to reach; and what was idle in one of them only was not."""
    best = Best()
    slots = "at most 9 pods"
    rung = Verdict(
        "p",
        "holds",
        "explicit",
        0.0,
        extent=Extent(None, (slots,)),
        reached=(slots,),
        idle=("a", "b"),
    )
    best.take(large(), "4 of 40 replicas", [rung])
    whole = Verdict("p", "unknown", "explicit", 0.0, reached=("at most 90 pods",), idle=("b", "c"))
    verdict = best.merged(whole, walked=True)
    assert verdict.outcome == "holds"
    assert verdict.extent == Extent(None, ("4 of 40 replicas", slots))
    assert verdict.reached == ("at most 90 pods", slots)
    assert verdict.idle == ("b",)


def test_how_much_is_walked_does_not_depend_on_the_time() -> None:
    """So many steps, from one seed, whether the time is limited or not."""
    system = workload(scenario("specs/default-strategy.yaml")).system
    seen = []
    for seconds in (None, 1e6):
        (verdict,) = engine("swarm").check(
            system, system.properties[:1], Budget(seconds=seconds, steps=2_000)
        )
        assert "2,000 steps taken" in verdict.reason
        seen.append(verdict.reason)
    assert seen[0] == seen[1]
    assert walking(system) > walking(large().system)


def test_how_far_rungs_go_does_not_depend_on_the_time() -> None:
    """It is work that ends them: a clock that runs as if the machine were slow changes nothing."""
    instance = large()
    climbed = []
    for budget in (Budget(), Budget(seconds=1e12, clock=count(0, 1000).__next__, started=0)):
        rungs = ascend(instance, instance.system.properties, engine("explicit"), budget, 1 << 21)
        climbed.append([(rung.place, rung.sizes) for rung in rungs])
    assert climbed[0]
    assert climbed[0] == climbed[1]
    more = ascend(instance, instance.system.properties, engine("explicit"), Budget(), 1 << 23)
    assert len(list(more)) > len(climbed[0])


def test_a_violation_on_a_rung_needs_the_whole_to_confirm_it() -> None:
    """A rung alone does not refute the whole, which is asked and is unknown where it cannot tell;
    the smaller instance is reported beside it, with its trace."""
    asked = Asked()
    instance = large()
    broken = large(mutations=frozenset({"pending-scale-down-ignored"}))
    instance = replace(instance, smaller=broken.smaller)
    patient = Budget(seconds=600, patience=3.0)
    names = "rollout-keeps-available", "surge-bounded"
    properties = [instance.system.property(name) for name in names]
    climbed = climb(instance, properties, asked, patient)
    verdict, other = climbed.verdicts
    assert asked.asked == ["rollout-keeps-available"]
    assert (verdict.outcome, other.outcome) == ("unknown", "holds")
    assert "not confirmed at full size" in verdict.reason
    ((rung, violated),) = climbed.unconfirmed
    assert violated.trace is not None
    assert "of 40 replicas" in rung.scenario.name


def test_small_systems_need_no_ladder() -> None:
    """What is exhausted in a moment is proved as it is."""
    instance = workload(scenario("specs/default-strategy.yaml"))
    asked = Asked()
    found = answers(instance, asked, impatient())
    assert {verdict.outcome for verdict in found.values()} == {"proved"}
    assert asked.asked == []


def test_a_depth_asks_for_the_whole() -> None:
    """Who asks for a depth gets that depth, of the whole system."""
    assert applies(large(), Budget())
    assert not applies(large(), Budget(depth=5))
