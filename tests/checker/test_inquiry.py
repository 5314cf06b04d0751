"""Repairs of real twins: what is claimed is pinned, and what is claimed is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from checker.budget import Budget
from checker.cli import run
from checker.engines import engine
from checker.inquiry import Inquiry, explained
from checker.interleavings import Look
from checker.making import narrowed
from checker.report import Result
from checker.run import check
from checker.verdict import Verdict
from counterexamples.diagnosis import Diagnosis
from counterexamples.explain import explain
from counterexamples.replay import confirm
from model.edits import knobs
from model.ir.interpret import steps
from model.ir.system import Action, System
from model.ir.trace import Trace
from model.scenario import Faults
from tests.checker.fakes import instance as handmade
from tests.checker.fakes import scenario as by_hand
from tests.effort import busy
from tests.shipped import ROOT, checked, scenario

#: Twin and property to the repairs that are found, most fitting first.
REPAIRS = {
    ("anti-affinity", "rollout-completes"): [
        "set spec.strategy.rollingUpdate.maxUnavailable to 1 or more (up to 3)",
        "set spec.strategy.type to Recreate, without rollingUpdate",
        "make the pod anti-affinity preferred instead of required",
        "have 4 nodes",
        "set spec.replicas to 2",
    ],
    ("host-port", "rollout-completes"): [
        "set spec.strategy.rollingUpdate.maxUnavailable to 1",
        "set spec.strategy.type to Recreate, without rollingUpdate",
        "leave out hostPort 80",
        "have 2 nodes",
    ],
    ("budget-blocks-drain", "drain-completes"): [
        "set spec.minAvailable of PodDisruptionBudget web to 3",
        "set spec.replicas to 5",
    ],
    ("no-spare-node", "replicas-converge"): [
        "lower the request for cpu to 450m a pod",
        "have 4 nodes",
        "give each node 1 of cpu",
        "set spec.replicas to 2",
    ],
    ("node-selector", "every-pod-scheduled"): [
        "set the nodeSelector disktype to hdd",
        "label the nodes disktype=ssd",
    ],
    ("untolerated-taint", "every-pod-scheduled"): [
        "tolerate the taint dedicated=batch:NoSchedule",
        "take the taint dedicated=batch:NoSchedule off the nodes",
    ],
    ("conflicts-ignored", "no-lost-update"): ["leave out the seeded fault conflicts-ignored"],
    ("raft-lost-vote", "election-safety"): ["leave out the seeded fault vote-forgotten"],
    ("quorum-two-of-four", "no-split-brain-writes"): [
        "leave out spec.controlPlane.quorum: a majority is 3"
    ],
    ("two-leaders-by-clock", "unique-leader"): [
        "set spec.controlPlane.lease.leaseDuration to 16",
        "set spec.controlPlane.lease.renewDeadline to 9",
    ],
    ("etcd-two-zones", "writes-survive-zone-loss"): [
        "set spec.controlPlane.zones to {a: 1, b: 1, c: 1}"
    ],
}

#: Twins with what is written in them, what a repair makes of it, and the property it satisfies.
WRITTEN = [
    (
        "anti-affinity",
        "  replicas: 3\n",
        "  replicas: 3\n  strategy: {rollingUpdate: {maxUnavailable: 1}}\n",
        "rollout-completes",
    ),
    (
        "anti-affinity",
        "  replicas: 3\n",
        "  replicas: 3\n  strategy: {type: Recreate}\n",
        "rollout-completes",
    ),
    ("anti-affinity", "count: 3", "count: 4", "rollout-completes"),
    ("host-port", "hostPort: 80", "name: http", "rollout-completes"),
    ("budget-blocks-drain", "minAvailable: 4", "minAvailable: 3", "drain-completes"),
    ("no-spare-node", "cpu: 500m", "cpu: 450m", "replicas-converge"),
    ("node-selector", "disktype: ssd", "disktype: hdd", "every-pod-scheduled"),
    ("quorum-two-of-four", ", quorum: 2", "", "no-split-brain-writes"),
    ("two-leaders-by-clock", "leaseDuration: 15", "leaseDuration: 16", "unique-leader"),
    ("etcd-two-zones", "{a: 2, b: 1}", "{a: 1, b: 1, c: 1}", "writes-survive-zone-loss"),
]


def diagnosed(twin: str) -> dict[str, Diagnosis]:
    """By the violated property; with all the time in the world."""
    instances = [narrowed(each) for each in checked(scenario(f"specs/broken/{twin}.yaml"))]
    budget = Budget(seconds=600)
    results = explained(check(instances, engine("explicit"), budget), budget, 300)
    return {
        result.claim.name: result.counterexample.diagnosis
        for result in results
        if result.counterexample and result.counterexample.diagnosis
    }


#: The same, found once.
diagnoses = cache(diagnosed)


@pytest.mark.parametrize(("twin", "name"), REPAIRS)
def test_repairs_are_found(twin: str, name: str) -> None:
    """Exactly these, and everything was asked."""
    found = diagnoses(twin)[name]
    assert [repair.text for repair in found.repairs] == REPAIRS[twin, name]
    assert found.complete
    assert not found.undecided


@pytest.mark.parametrize("twin", ["anti-affinity", "no-spare-node", "host-port", "node-selector"])
def test_another_engine_finds_no_violation_after_a_repair(twin: str) -> None:
    """The bounded model checker looks for one as far as it finds it without the repair."""
    given = scenario(f"specs/broken/{twin}.yaml")
    claimed = {repair.text for found in diagnoses(twin).values() for repair in found.repairs}
    tried = [e for knob in knobs(given, given.workload.subject) for e in knob.edits]
    edits = [each for e in tried for each in (e, e.wider) if each is not None]
    repaired = [edit.change(given) for edit in edits if edit.text in claimed]
    assert len(repaired) >= len(claimed)
    (name,) = {name for other, name in REPAIRS if other == twin}
    for tried, bad in [(given, True), *((each, False) for each in repaired)]:
        (system,) = {i.system for i in checked(tried) if i.subject == given.workload.subject}
        (verdict,) = engine("bmc").check(system, [system.property(name)], busy(120, depth=5))
        assert (verdict.outcome == "violated") is bad


@pytest.mark.parametrize("repair", WRITTEN, ids=str)
def test_a_repair_that_is_written_down_repairs(
    repair: tuple[str, str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user who does as told gets a green build for that property."""
    twin, before, after, name = repair
    text = (ROOT / f"specs/broken/{twin}.yaml").read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "repaired.yaml"
    file.write_text(text.replace(before, after), encoding="utf-8")
    code = run(["--property", name, str(file)])
    assert code == 0, capsys.readouterr()


def test_what_is_not_made_from_its_scenario_is_not_asked_about() -> None:
    """The answers would be about another system."""
    given = replace(by_hand("apply"), nodes=scenario("specs/broken/no-room.yaml").nodes)
    results = check([handmade(given)], engine("explicit"), Budget())
    for result in explained(results, Budget(), 10):
        if result.counterexample:
            assert result.counterexample.diagnosis is not None
            assert not result.counterexample.diagnosis.complete
            assert not result.counterexample.diagnosis.repairs


def test_a_run_without_needless_faults_takes_the_place_of_one_with_them() -> None:
    """A node that crashes and returns has no part in a rollout that finds no room: the run that is
    shown in the end has no crash, and belongs to the scenario as it is."""
    plain = scenario("specs/broken/no-room.yaml")
    (instance, *_) = checked(replace(plain, faults=Faults(node_crashes=1)))
    prop = instance.system.property("rollout-completes")
    states, taken = [instance.system.initial[0]], []

    def take(wanted: Callable[[Action], bool]) -> bool:
        """Take the first such step, if there is one."""
        found = (pair for pair in steps(instance.system, states[-1]) if wanted(pair[0].action))
        step, after = next(found, (None, None))
        if step is None or after is None:
            return False
        states.append(after)
        taken.append(step)
        return True

    for name in ("node crashes", "node returns", "change template"):
        assert take(lambda action, name=name: action.name == name)  # type: ignore[misc]
        while name != "node crashes" and take(lambda action: action.fairness != "none"):
            pass
    trace = Trace(tuple(states), tuple(taken), len(taken))
    verdict = Verdict(prop.name, "violated", "made up", 0.0, trace=trace)
    given = Result(instance, prop, verdict, explain(instance, prop, trace))
    assert any(move.actor == "fault" for move in given.counterexample.moves)  # type: ignore[union-attr]
    (found,) = explained([given], Budget(seconds=600), 300)
    assert found.counterexample is not None
    assert [move.actor for move in found.counterexample.moves if move.actor == "fault"] == []
    assert found.verdict.trace is not None
    assert confirm(instance.system, prop, found.verdict.trace) == found.verdict.trace
    assert found.counterexample.diagnosis is not None
    assert found.counterexample.diagnosis.needless == ("1 node crash",)


def test_nobody_asks_without_time(capsys: pytest.CaptureFixture[str]) -> None:
    """`--explain 0` is quick and says nothing of repairs."""
    arguments = ["--property", "rollout-completes", str(ROOT / "specs/broken/no-room.yaml")]
    assert run(["--explain", "0", *arguments]) == 1
    assert "fixes it" not in capsys.readouterr().out
    assert run(["--explain", "60s", *arguments]) == 1
    assert "fixes it" in capsys.readouterr().out


def test_what_every_interleaving_refutes_is_no_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick steps are an assumption: a repair has to stand a look at the runs without it."""
    asked = Inquiry._answer

    def refuting(self: Inquiry, system: System, work: int | None = None) -> Look:
        found = asked(self, system, work)
        if any("quick steps" in sentence for sentence in system.assumptions):
            return found
        return Look(tuple(replace(v, outcome="violated") for v in found.verdicts), found.whole)

    assert diagnoses("host-port")["rollout-completes"].repairs
    monkeypatch.setattr(Inquiry, "_answer", refuting)
    assert not diagnosed("host-port")["rollout-completes"].repairs
