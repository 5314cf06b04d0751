"""Another version of a DaemonSet, which a step applies: what becomes of the nodes' pods."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engines import engine
from checker.engines.explicit import Explicit
from model import cluster
from model.api.intstr import IntOrPercent
from model.api.steps import Apply
from model.scenario import Scenario
from tests.checker.reduce.agree import shows
from tests.effort import busy, effort
from tests.model.load.helpers import load_text
from tests.model.test_job import reachable
from tests.outcomes import outcomes

TEXT = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent}}
spec:
  updateStrategy: {{{before}}}
  selector: {{matchLabels: {{app: agent}}}}
  template:
    metadata: {{labels: {{app: agent}}}}
    spec:
      containers: [{{name: agent, image: "agent:1", resources: {{requests: {{cpu: {old}m}}}}}}]
---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {{name: check}}
spec:
  cluster: {{nodes: [{{count: {nodes}, cpu: "1"}}]}}
  scenario:
    steps:
      - apply:
          spec:
            minReadySeconds: {seconds}
            updateStrategy: {{{after}}}
            template:
              spec: {{containers: [{{name: agent, resources: {{requests: {{cpu: {new}m}}}}}}]}}
{more}
"""
#: Fields of updateStrategy, with maxSurge and maxUnavailable; None with OnDelete.
STRATEGIES = {
    "type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 1}": (0, 1),
    "type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}": (1, 0),
    "type: OnDelete, rollingUpdate: null": None,
}
REPLACES, SURGES, _ = STRATEGIES
#: Steps that the bounded model checker looks ahead: an update that hangs does so after two.
DEPTH = 3


@dataclass(frozen=True)
class Case:
    before: str
    after: str
    old: int
    new: int
    seconds: int = 0
    undone: bool = False
    nodes: int = 2


def scenario(case: Case) -> Scenario:
    text = TEXT.format(
        before=case.before.replace(", rollingUpdate: null", ""),
        after=case.after,
        old=case.old,
        new=case.new,
        seconds=case.seconds,
        nodes=case.nodes,
        more="      - undo: {}" if case.undone else "",
    )
    loaded = load_text(text)
    assert loaded.plan is not None, [each.render() for each in loaded.diagnostics]
    (found,) = loaded.plan.scenarios
    return found


CASES = st.builds(
    Case,
    st.sampled_from(sorted(STRATEGIES)),
    st.sampled_from(sorted(STRATEGIES)),
    st.integers(1, 9).map(lambda tenths: tenths * 100),
    st.integers(1, 12).map(lambda tenths: tenths * 100),
    st.sampled_from([0, 5]),
    st.booleans(),
    st.integers(1, 2),
)


@given(CASES.filter(lambda case: case.old != case.new))
@settings(max_examples=effort(6, 200), deadline=None)
def test_the_rollout_is_that_of_the_new_strategy(case: Case) -> None:
    """It completes where the nodes have room for new pods: beside the old ones, if these go only
    once the new ones are there. The engines agree, and the explorer sees what the interpreter
    does."""
    made = scenario(case)
    of = cluster.workload(made).system
    props = list(of.properties)
    verdicts = Explicit(symmetric=False).check(of, props, busy(120))
    assert {verdict.states for verdict in verdicts} == {len(reachable(of))}
    found = {verdict.property: verdict.outcome for verdict in verdicts}
    if (limits := STRATEGIES[case.after]) is not None:
        room = case.new <= 1000 if limits[1] else case.old + case.new <= 1000
        assert found["rollout-completes"] == ("proved" if room else "violated")
        assert found["rollout-keeps-available"] == "proved"
    bounded = engine("bmc").check(of, props, busy(60, depth=DEPTH))
    for prop, verdict, other in zip(props, verdicts, bounded, strict=True):
        if other.outcome in ("proved", "violated"):
            assert other.outcome == verdict.outcome, prop.name
        for each in (verdict, other):
            if each.outcome == "violated" and each.trace is not None:
                shows(of, prop, each.trace)
        if verdict.trace is not None and len(verdict.trace.steps) <= DEPTH:
            assert other.outcome == verdict.outcome, prop.name


def test_what_the_step_says() -> None:
    """A DaemonSet has no replicas of its own; the strategy and minReadySeconds are the new ones."""
    found = scenario(Case(SURGES, REPLACES, 400, 700, seconds=5))
    old, new = found.versions
    assert found.change.steps == (Apply("agent:1", None, whole=True),)
    assert (old.template.requests["cpu"], new.template.requests["cpu"]) == (400, 700)
    assert (new.max_surge, new.max_unavailable) == (IntOrPercent(0), IntOrPercent(1))
    assert (found.workload.replicas, new.min_ready_seconds) == (2, 5)


def test_the_strategy_alone_makes_no_revision() -> None:
    made = scenario(Case(SURGES, REPLACES, 400, 400))
    assert made.before is None
    of = cluster.workload(made).system
    assert {step.same_template for step in made.change.steps if isinstance(step, Apply)} == {True}
    kept = next(f for f in of.functions if f.name == "owner")
    owners = {state[of.offsets[kept] :][: kept.size] for state in reachable(of)}
    assert owners == {(0, 0)}


def test_room_for_both() -> None:
    """Beside an old pod of 400m a new one of 700m has no room on a node of 1000m."""
    surging, replacing = Case(SURGES, SURGES, 400, 700), Case(SURGES, REPLACES, 400, 700)
    assert outcomes(scenario(surging), "rollout-completes")["rollout-completes"] == "violated"
    assert outcomes(scenario(replacing), "rollout-completes")["rollout-completes"] == "proved"


OTHER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    spec:\n", "    spec:\n", ""),
        (
            "              spec: {containers",
            "              spec: {nodeSelector: {disk: ssd}, containers",
            "to a template that wants pods on other nodes and is left out",
        ),
        ("apiVersion: apps", f"{OTHER.strip()}\napiVersion: apps", "no other version of it"),
    ],
)
def test_what_is_left_out(old: str, new: str, message: str) -> None:
    """A template that wants pods on other nodes, and DaemonSets beside a Deployment, for which a
    patch is meant then."""
    text = TEXT.format(before=SURGES, after=SURGES, old=1, new=2, seconds=0, nodes=2, more="")
    assert old in text
    loaded = load_text(text.replace(old, new, 1))
    told = [each for each in loaded.diagnostics if message and message in each.message]
    assert bool(told) == bool(message)
    assert all(each.source.line > 1 for each in told)
    subjects = [each.workload.kind for each in loaded.plan.scenarios] if loaded.plan else []
    assert ("DaemonSet" in subjects) == (not message)


def test_replicas_are_no_daemonset_s() -> None:
    text = TEXT.format(before=SURGES, after=SURGES, old=1, new=2, seconds=0, nodes=1, more="")
    head, _, _ = text.partition("      - apply:")
    loaded = load_text(head + '      - apply: {image: "agent:2", replicas: 2}\n')
    (mistake,) = [each for each in loaded.diagnostics if each.severity == "error"]
    assert "give a `manifest` or a `spec`" in mistake.hint
