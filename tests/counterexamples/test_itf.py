"""The Informal Trace Format: what Apalache's ADR 15 says, so that its readers read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from checker.budget import Budget
from checker.cli import run
from checker.report import Report, Result
from checker.run import check
from counterexamples.render.contract import Look
from counterexamples.render.itf import render
from tests.checker.fakes import Naive, instance, scenario


def _expression(given: Any) -> bool:
    """Whether something is an expression of the format; plain integers are not written."""
    if isinstance(given, bool | str):
        return True
    (kind,) = given
    if kind == "#bigint":
        return str(int(given[kind])) == given[kind]
    if kind == "#tup":
        return all(map(_expression, given[kind]))
    return kind == "#map" and all(
        len(pair) == 2 and all(map(_expression, pair)) for pair in given[kind]
    )


def _well_formed(document: dict[str, Any]) -> None:
    assert set(document) <= {"#meta", "params", "vars", "states", "loop"}
    for index, state in enumerate(document["states"]):
        assert state["#meta"]["index"] == index
        assert set(state) == {"#meta", *document["vars"]}
        assert all(_expression(state[name]) for name in document["vars"])
    if "loop" in document:
        last, first = document["states"][-1], document["states"][document["loop"]]
        assert {**last, "#meta": 0} == {**first, "#meta": 0}


def test_each_violation_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line is a whole document with an index in each state; loops close."""
    spec = "specs/broken/anti-affinity.yaml"
    assert run(["--engine", "explicit", "--format", "itf", spec]) == 1
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["#meta"]["property"] for each in documents] == [
        "rollout-completes",
        "every-pod-scheduled",
    ]
    for document in documents:
        _well_formed(document)
        assert document["loop"] == 3
        start, end = document["states"][0], document["states"][-1]
        assert ["web-rev1", {"#bigint": "3"}] in start["replicas"]["#map"]
        assert ["web-pod4", "(none)"] in end["node"]["#map"]
        assert end["#meta"]["actor"] == "replicaset-controller"


def test_raft_is_written_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """Functions of several arguments have tuples for keys; a run that ends has no loop."""
    spec = "specs/broken/quorum-two-of-four.yaml"
    assert run(["--engine", "explicit", "--format", "itf", spec]) == 1
    (document,) = map(json.loads, capsys.readouterr().out.splitlines())
    _well_formed(document)
    assert "loop" not in document
    assert '"#tup"' in json.dumps(document["states"][0])


def test_nothing_violated_is_nothing_written() -> None:
    """A clean run has no trace, and so no document."""
    results = check([instance(scenario("apply"))], Naive(), Budget())
    fine: list[Result] = [
        replace(result, verdict=replace(result.verdict, outcome="proved", trace=None))
        for result in results
    ]
    assert render(Report(tuple(fine)), Look()) == ""
