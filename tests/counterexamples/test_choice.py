"""A violation says whether it takes a scheduler that prefers other nodes than kube-scheduler."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from checker.budget import Budget
from checker.engines import engine
from checker.inquiry import Inquiry
from checker.report import Result
from checker.run import check
from counterexamples.explain import Counterexample
from counterexamples.render.diagnosis import preference
from counterexamples.render.json import choice
from model.load import load
from model.properties import PROPERTIES
from model.scenario import Scenario
from tests.shipped import ROOT, checked

PACKING, SPREADING = "specs/scheduler-packing.yaml", "specs/broken/scheduler-packing.yaml"
BEST = "  scheduler: {choice: best}\n"
NODES = 'nodes: {count: 2, cpu: "4", memory: 16Gi}'
#: The large pod needs the larger node, where the scheduler puts a small one second.
UNLIKE = 'nodes: [{count: 1, cpu: "8", memory: 16Gi}, {count: 1, cpu: "4", memory: 16Gi}]'


def large(spec: str, *changes: tuple[str, str]) -> Scenario:
    """The scenario of a spec's large pod, with pods on any feasible node and other changes."""
    text = Path(ROOT, spec).read_text(encoding="utf-8")
    for old, new in ((BEST, ""), *changes):
        assert old in text
        text = text.replace(old, new)
    return scenario(text)


def scenario(text: str) -> Scenario:
    loaded = load(["-"], property_names=tuple(PROPERTIES), stdin=io.StringIO(text))
    assert loaded.plan is not None, [each.message for each in loaded.diagnostics]
    return next(each for each in loaded.plan.scenarios if each.workload.name == "large")


def violated(scenario: Scenario) -> Result:
    (result,) = check(checked(scenario), engine("explicit"), Budget(60))
    assert result.verdict.outcome == "violated"
    return result


def asked(result: Result) -> Counterexample:
    """The violation, once it was asked what it is to blame on."""
    example = Inquiry(Budget(), 60).explain(result, [result]).counterexample
    assert example is not None
    return example


def test_what_takes_a_node_that_scores_lower() -> None:
    """A scheduler that fills nodes up leaves the large pod one."""
    result = violated(large(PACKING))
    assert result.counterexample is not None
    known = preference(result.counterexample)
    assert known.startswith("Here a pod goes to a node that scores lower: pod-2 → node-2, scored")
    assert known.endswith("is not known: try `--explain 30s`.")
    assert choice(result.counterexample)["alsoBest"] is None  # type: ignore[index]
    example = asked(result)
    assert preference(example) == (
        "It comes about only where a pod goes to a node that scores lower: pod-2 → node-2, scored "
        "389, node-1 409."
    )
    assert choice(example) == {
        "alsoBest": False,
        "pod": "pod-2",
        "node": "node-2",
        "score": 389,
        "best": "node-1",
        "bestScore": 409,
    }


def test_a_run_that_kube_scheduler_takes() -> None:
    """The small pods are spread: as a direct calculation says, without another search."""
    example = violated(large(SPREADING)).counterexample
    assert example is not None
    said = "It comes about also when every pod goes to a node that scores best, as here."
    assert preference(example) == said
    assert choice(example)["alsoBest"] is True  # type: ignore[index]


def test_another_run_that_kube_scheduler_takes() -> None:
    """Both small pods on the large node is a run that no scheduler takes, but there are others."""
    example = asked(
        violated(large(SPREADING, (NODES, UNLIKE), ('cpu: "4", memory: 8', 'cpu: "8", memory: 8')))
    )
    assert example.binding is not None
    assert not example.binding.is_best
    assert "also when every pod goes to a node that scores best, in another run" in preference(
        example
    )


@pytest.mark.parametrize("spec", [PACKING, SPREADING])
def test_nothing_is_said_of_a_choice_that_the_user_made(spec: str) -> None:
    text = Path(ROOT, spec).read_text(encoding="utf-8")
    (result,) = check(checked(scenario(text)), engine("explicit"), Budget(60))
    if result.counterexample is not None:
        assert result.counterexample.binding is None
    assert (result.counterexample is None) == (spec == PACKING)
