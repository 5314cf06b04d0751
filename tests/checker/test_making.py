"""Many workloads: what is alike is made once, and time ends the making, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.many import deployments
from checker.budget import Budget
from checker.cli import run
from checker.engines import engine
from checker.making import FEW, Making
from checker.run import answered
from model import cluster
from model.instance import Part
from model.scenario import Scenario
from tests.model.worlds import scenario, workload


def parts(count: int, mutations: frozenset[str] = frozenset()) -> list[Part]:
    """The parts of so many workloads that differ in their names only."""
    given = [
        scenario("rollout", 2, workload(2, 1, 0, name=f"web-{i}"), mutations) for i in range(count)
    ]
    return [part for one in given for part in cluster.parts(one)]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    """The scenarios of the workloads' systems that are made."""
    found: list[Scenario] = []
    real = cluster.workload

    def counted(given: Scenario):  # type: ignore[no-untyped-def]
        found.append(given)
        return real(given)

    monkeypatch.setattr(cluster, "workload", counted)
    return found


def test_equal_workloads_are_made_once(made: list[Scenario]) -> None:
    """Each has its own results, by the system of the first."""
    making = Making(parts(5), Budget())
    results = answered(making, engine("explicit"), Budget())
    assert len(made) == 1
    assert len(making.distinct) == 2
    subjects = {r.subject for r in results}
    assert subjects == {*(f"Deployment/default/web-{i}" for i in range(5)), "ControlPlane/etcd"}
    assert {r.verdict.outcome for r in results if r.subject != "ControlPlane/etcd"} == {"proved"}
    assert [r.shared is None for r in results if r.claim.name == "surge-bounded"] == [
        True,
        *[False] * 4,
    ]


def test_violations_are_told_of_each_by_its_names(made: list[Scenario]) -> None:
    """Traces speak of objects, so whoever has one has a system of its own names."""
    making = Making(parts(2, frozenset({"surge-one-too-many"})), Budget())
    results = answered(making, engine("explicit"), Budget())
    assert len(made) == 2
    wrong = [r for r in results if r.verdict.outcome == "violated"]
    assert len(wrong) >= 2
    for result in wrong:
        assert result.counterexample is not None
        own = result.subject.rpartition("/")[2]
        other = {"web-0": "web-1", "web-1": "web-0"}[own]
        named = " ".join(result.instance.system.sorts[0].elements)
        assert own in named
        assert other not in named


def test_the_time_may_be_over_before_all_is_made() -> None:
    """Then nothing is said of what was not made, and the run is no pass."""
    many = [
        part
        for i in range(FEW + 3)
        for part in cluster.parts(scenario("steady", 1, workload(1 + i, 1, 0)))
    ]
    budget = Budget()
    making = Making(many, budget)
    batches = making.batches()
    assert len(next(batches)) == 1
    budget.interrupted = True
    assert not any(batches)
    assert making.left == FEW + 3
    results = answered(making, engine("explicit"), budget)
    assert {result.subject for result in results} == {"Deployment/default/web"}


def test_a_folder_of_many_that_has_no_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is known when the time is over is told, and what was not looked at; exit code 3."""
    path = tmp_path / "many.yaml"
    path.write_text(deployments(60, different=True))
    code = run(["--timeout", "4s", "--format", "json", "--engine", "explicit", str(path)])
    document = json.loads(capsys.readouterr().out)
    assert code == document["exit"] == 3
    told = [d["message"] for d in document["diagnostics"]]
    unknown = [r for r in document["results"] if r["verdict"] == "unknown"]
    assert unknown or any("out of time" in message for message in told)
