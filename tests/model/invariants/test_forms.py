"""Invariants of every form: what the engine says of them is so in the states that there are.

What is true in a state, the independent evaluator says; which states there are, the interpreter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
from cel_expr_python import cel

from checker.engines import engine
from checker.verdict import Verdict
from model.cluster import workload
from model.invariant import Form, Invariant
from model.ir.interpret import steps
from model.ir.system import State
from tests.effort import busy
from tests.model.invariants.objects import cluster, objects, scenario

#: One pod that is replaced in a rollout, on two nodes of which one may crash.
CRASHING = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: one}
spec:
  scenario: {rollout: {image: "web:2"}}
  cluster: {nodes: [{count: 1, labels: {zone: a}}, {count: 1, labels: {zone: b}}]}
  faults: {nodeCrashes: 1}
  model: {prompt: true}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""

#: The same without the crash: so few states that each of them is looked at.
ONE = CRASHING.replace("  faults: {nodeCrashes: 1}\n", "")

_NEW = "p.status.revision == 2"
_ON = "has(p.spec.nodeName) && p.spec.nodeName == n.metadata.name"

ALWAYS = (
    "pods.size() <= 2",
    "pods.size() <= 3",
    "pods.size() >= 1",
    "pods.exists(p, p.status.ready)",
    "disturbed || pods.exists(p, p.status.ready)",
    "pods.all(p, p.metadata.labels.app == 'web')",
    "pods.all(p, has(p.spec.nodeName))",
    "pods.all(p, p.status.ready ? has(p.spec.nodeName) : true)",
    "pods.all(p, !p.status.ready || has(p.spec.nodeName))",
    "pods.all(p, p.spec.nodeName != '')",
    "pods.filter(p, p.status.revision == 1).size() <= 1",
    "pods.filter(p, p.status.revision == 2).size() <= 1",
    "replicasets.size() == 2",
    "replicasets.size() in [1, 2]",
    "replicasets.map(r, r.spec.replicas).sum() <= 2",
    "replicasets.all(r, r.status.availableReplicas <= r.spec.replicas)",
    "replicasets.all(r, r.spec.replicas <= deployment('web').spec.replicas)",
    "deployment('web').spec.replicas == 1",
    "deployment('web').status.wantedRevision == 1",
    "!deployment('web').spec.paused",
    "nodes.all(n, n.status.up)",
    "nodes.exists(n, n.status.up)",
    "nodes.exists_one(n, n.metadata.labels.zone == 'a')",
    "nodes.all(n, pods.filter(p, " + _ON + ").size() <= 1)",
    "nodes.map(n, pods.filter(p, " + _ON + ").size()).max() <= 3",
    "nodes.filter(n, n.status.ready).size() * 2 >= pods.size()",
    "pods.all(p, pods.exists_one(q, q.metadata.name == p.metadata.name))",
    "pods.all(p, has(p.metadata.deletionTimestamp) || p.status.phase in ['Pending', 'Running'])",
    "pods.all(p, p.status.phase != 'Pending')",
    "pods.all(p, p.metadata.labels['app'].startsWith('w') && p.metadata.namespace == 'default')",
    "pods.all(p, p.spec.terminationGracePeriodSeconds / 7 == 4)",
    "pods.size() % 2 == 1 || pods.size() == 2 || pods.size() - 4 < 0",
    "!pods.exists(p, p.metadata.labels.tier == 'front')",
)
NEVER = (
    "pods.size() == 3",
    "pods.size() > 3",
    "pods.exists(p, p.status.ready && " + _NEW + ")",
    "pods.exists(p, pods.exists(q, p.status.revision != q.status.revision && p.status.ready"
    " && q.status.ready))",
    "pods.exists(p, p.status.ready && !has(p.spec.nodeName))",
    "nodes.exists(n, !n.status.ready)",
    "nodes.exists(n, n.spec.unschedulable)",
    "pods.exists(p, nodes.exists(n, " + _ON + " && !n.status.up && p.status.ready))",
)

#: Of steps. Each is true of what stays as it is.
STEPS = (
    "oldObject.pods.size() - object.pods.size() <= 1",
    "object.pods.size() <= oldObject.pods.size()",
    "object.pods.size() - oldObject.pods.size() <= 1",
    "oldObject.pods.all(p, !has(p.spec.nodeName) || object.pods.all(q,"
    " q.metadata.name != p.metadata.name || q.spec.nodeName == p.spec.nodeName))",
    "oldObject.pods.all(p, object.pods.exists(q, q.metadata.name == p.metadata.name))",
    "oldObject.pods.all(p, has(p.metadata.deletionTimestamp) || !has(p.spec.nodeName)"
    " || object.pods.exists(q, q.metadata.name == p.metadata.name))",
    "object.replicasets.all(r, oldObject.replicasets.all(s, r.metadata.name != s.metadata.name"
    " || r.spec.replicas - s.spec.replicas <= 1))",
    "oldObject.deployment('web').status.wantedRevision"
    " <= object.deployment('web').status.wantedRevision",
    "oldObject.deployment('web').status.wantedRevision"
    " == object.deployment('web').status.wantedRevision",
    "object.pods.all(p, p.status.ready || oldObject.pods.all(q, q.metadata.name !="
    " p.metadata.name || !q.status.ready || has(p.metadata.deletionTimestamp)))",
    "object.nodes.all(n, n.status.ready)",
)

#: Of what goes on for ever: form, expressions, and what comes out. The reasons: the rollout is to
#: come to its end, the node that crashes comes back, and the user need never begin the rollout.
LASTING: tuple[tuple[Form, str, str, str], ...] = (
    ("eventually", "pods.exists(p, p.status.ready)", "", "proved"),
    ("eventually", "pods.exists(p, p.status.ready && " + _NEW + ")", "", "violated"),
    ("eventually", "disturbed", "", "violated"),
    ("eventuallyAlways", "pods.filter(p, p.status.ready).size() == 1", "", "proved"),
    ("eventuallyAlways", "pods.size() == 1", "", "proved"),
    ("eventuallyAlways", "nodes.all(n, n.status.up)", "", "proved"),
    ("eventuallyAlways", "pods.all(p, " + _NEW + ")", "", "violated"),
    ("eventuallyAlways", "replicasets.all(r, r.spec.replicas == 1)", "", "violated"),
    ("alwaysEventually", "pods.all(p, has(p.spec.nodeName))", "", "proved"),
    ("alwaysEventually", "pods.exists(p, !has(p.spec.nodeName))", "", "violated"),
    ("alwaysEventually", "nodes.all(n, n.status.ready)", "", "proved"),
    (
        "leadsTo",
        "deployment('web').status.wantedRevision == 2",
        "pods.exists(p, p.status.ready && " + _NEW + ")",
        "proved",
    ),
    (
        "leadsTo",
        "deployment('web').status.wantedRevision == 2",
        "pods.all(p, " + _NEW + ")",
        "proved",
    ),
    ("leadsTo", "disturbed", "nodes.all(n, n.status.up)", "proved"),
    ("leadsTo", "disturbed", "pods.size() == 0", "violated"),
    ("leadsTo", "pods.exists(p, !has(p.spec.nodeName))", "pods.size() == 2", "violated"),
)


def asked(text: str, form: Form, p: str, q: str = "") -> Verdict:
    """The explorer's answer."""
    made = Invariant("mine", form, p, q)
    given = replace(scenario(text), properties=("mine",), invariants=(made,))
    system = workload(given).system
    prop = replace(system.property("mine"), witness=None)
    (verdict,) = engine("explicit").check(system, [prop], busy(60))
    return verdict


@cache
def reached() -> tuple[tuple[State, int], ...]:
    """Every state with its distance from the start, without symmetry, by the interpreter."""
    _, system = cluster(ONE)
    known = dict.fromkeys(system.initial, 0)
    level = list(system.initial)
    while level:
        found = [after for state in level for _, after in steps(system, state)]
        distance = known[level[0]] + 1
        level = [state for state in dict.fromkeys(found) if state not in known]
        known.update(dict.fromkeys(level, distance))
    return tuple(known.items())


_MINE = re.compile(r"deployment\('web'\)")
_LISTED = re.compile(r"\.(sum|max)\(\)")


def first(expression: str, wanted: bool) -> int | None:
    """The distance of the nearest state in which it is not `wanted`, or has no value."""
    text = _MINE.sub("deployment_web", expression)
    data = objects(ONE, reached()[0][0])
    compiled = cel.NewEnv(variables=dict.fromkeys(data, cel.Type.DYN)).compile(text)
    for state, distance in reached():
        found = compiled.eval(data=objects(ONE, state))
        if found.type() == cel.Type.ERROR or found.plain_value() != wanted:
            return distance
    return None


@pytest.mark.parametrize(
    ("form", "expression"),
    [("always", each) for each in ALWAYS] + [("never", each) for each in NEVER],
)
def test_what_is_claimed_of_states_is_so_in_each_of_them(form: Form, expression: str) -> None:
    """The verdict, and how many steps the nearest violation is away."""
    verdict = asked(ONE, form, expression)
    if _LISTED.search(expression):
        # Of Kubernetes' own functions on lists the other implementation has none.
        assert verdict.outcome == "proved"
        return
    distance = first(expression, form == "always")
    assert (verdict.outcome == "violated") == (distance is not None)
    assert distance is None or (verdict.trace and len(verdict.trace.steps) == distance)


def first_step(expression: str) -> int | None:
    """The number of steps up to the first that it is not true of, or has no value for."""
    _, system = cluster(ONE)
    compiled = cel.NewEnv(variables=dict.fromkeys(("object", "oldObject"), cel.Type.DYN)).compile(
        expression.replace("deployment('web')", "deployment_web")
    )
    for state, distance in reached():
        before = objects(ONE, state)
        for _, after in steps(system, state):
            found = compiled.eval(data={"oldObject": before, "object": objects(ONE, after)})
            if found.type() == cel.Type.ERROR or not found.plain_value():
                return distance + 1
    return None


@pytest.mark.parametrize("expression", STEPS)
def test_what_is_claimed_of_steps_is_so_of_each_of_them(expression: str) -> None:
    verdict, distance = asked(ONE, "step", expression), first_step(expression)
    assert (verdict.outcome == "violated") == (distance is not None)
    assert distance is None or (verdict.trace and len(verdict.trace.steps) == distance)


def test_both_outcomes_occur() -> None:
    """Of either form, so that the comparison compares something."""
    for form, expressions in (("always", ALWAYS), ("never", NEVER)):
        outcomes = {asked(ONE, form, each).outcome for each in expressions[:8]}  # type: ignore[arg-type]
        assert outcomes == {"proved", "violated"}
    assert {asked(ONE, "step", each).outcome for each in STEPS} == {"proved", "violated"}


@pytest.mark.parametrize(("form", "p", "q", "outcome"), LASTING)
def test_what_is_claimed_of_runs_is_so(form: Form, p: str, q: str, outcome: str) -> None:
    assert asked(CRASHING, form, p, q).outcome == outcome


def test_sums_and_extremes_are_those_of_the_items() -> None:
    """Kubernetes' functions on lists, in every state that there is."""
    from model.ir.interpret import evaluate
    from model.properties.invariants.checking import Checker
    from model.properties.invariants.syntax import parse
    from model.properties.invariants.typed import View

    made, system = cluster(ONE)
    for name, compute in (("sum", sum), ("min", min), ("max", max)):
        for listed, path in (("replicasets", "spec"), ("pods", "status")):
            field = {"spec": "replicas", "status": "revision"}[path]
            text = f"{listed}.map(x, x.{path}.{field}).{name}()"
            found = Checker().check(parse(text)).number(View(made))
            for state, _ in reached()[::7]:
                values = [each[path][field] for each in objects(ONE, state)[listed]]
                missing = bool(evaluate(system, found.missing, state, {}))
                assert missing == (not values and name != "sum")
                if not missing:
                    assert evaluate(system, found.value, state, {}) == compute(values)
