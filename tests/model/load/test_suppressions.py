"""Suppressions where they are written: in a Check, and in annotations of a workload."""

from __future__ import annotations

from datetime import date

import jsonschema
import pytest
import yaml

from model.load.labels import is_qualified
from model.load.schema import schema
from model.load.suppressions import PREFIX
from model.properties import PROPERTIES
from model.suppression import Suppression
from tests.model.load.helpers import (
    check_document,
    deployment,
    findings,
    load_text,
    marked,
    plan_of,
)

SPEC = """
suppressions:
- {property: surge-bounded, reason: " see issue 12 "}
- property: replicas-converge
  subject: Deployment/default/web
  scenario: rollout
  reason: no metrics yet
  until: 2027-01-31
  verdict: unknown
"""


def annotate(*annotations: str, kind: str = "Deployment", name: str = "web") -> str:
    """A workload with these lines as its annotations."""
    lines = "".join(f"    {line}\n" for line in annotations)
    head = f"  name: {name}\n"
    return deployment(kind=kind, name=name).replace(head, f"{head}  annotations:\n{lines}", 1)


def test_a_check_suppresses_in_its_own_scenarios() -> None:
    """Every field arrives, with its place; another Check has nothing of it."""
    text = (
        deployment()
        + "---\n"
        + check_document(SPEC, "{name: mine}")
        + "---\n"
        + check_document("scenario: {apply: {}}", "{name: other}")
    )
    mine, other = plan_of(text).scenarios
    assert other.suppressions == ()
    first, second = mine.suppressions
    assert (first.property, first.reason, first.origin) == ("surge-bounded", "see issue 12", "spec")
    assert (first.subject, first.scenario, first.until) == (None, None, None)
    assert first.verdict == "violated"
    assert text.split("\n")[first.source.line - 1].startswith("  - {property: surge-bounded")
    assert (second.subject, second.scenario) == ("Deployment/default/web", "rollout")
    assert (second.until, second.verdict) == (date(2027, 1, 31), "unknown")


def test_one_suppression_needs_no_list() -> None:
    """As everywhere in a spec, a list of one may be the one alone."""
    spec = "suppressions: {property: surge-bounded, reason: known}"
    (scenario,) = plan_of(deployment() + "---\n" + check_document(spec)).scenarios
    assert [s.reason for s in scenario.suppressions] == ["known"]


@pytest.mark.parametrize(
    "entry",
    [
        "{reason: known}  # <- P104",
        "{property: surge-bounded}  # <- P104",
        "{property: surge-bound, reason: known}  # <- P301",
        "{property: surge-bounded, reason: ' '}  # <- P310",
        "{property: surge-bounded, reason: 7}  # <- P103",
        "{property: surge-bounded, reason: known, until: tomorrow}  # <- P310",
        "{property: surge-bounded, reason: known, until: 2027-02-29}  # <- P310",
        "{property: surge-bounded, reason: known, until: 20270131}  # <- P103",
        '{property: surge-bounded, reason: known, until: "2027-W05-7"}  # <- P310',
        "{property: surge-bounded, reason: known, verdict: proved}  # <- P201",
        "{property: surge-bounded, reasons: known}  # <- P102 P104",
        "known  # <- P103",
    ],
)
def test_mistakes_in_a_check(entry: str) -> None:
    """Each is reported on its line; nothing is suppressed by half of an entry."""
    text = deployment() + "---\n" + check_document(f"suppressions:\n- {entry}")
    loaded = load_text(text)
    assert {*findings(loaded)} == {*marked(text)}
    assert loaded.plan is None


def test_the_schema_knows_suppressions() -> None:
    """Editors accept what the loader accepts, and miss the reason where it is missing."""
    jsonschema.validate(yaml.safe_load(check_document(SPEC.replace("2027-01-31", "x"))), schema())
    spec = check_document("suppressions: [{property: surge-bounded}]")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(spec), schema())


@pytest.mark.parametrize(
    ("written", "reason", "until"),
    [
        ("see issue 12", "see issue 12", None),
        ("see issue 12 (until 2027-01-31)", "see issue 12", date(2027, 1, 31)),
        ("known (as in 1.4) ( until  2027-01-31 ) ", "known (as in 1.4)", date(2027, 1, 31)),
        ("(until) then, since 2025-01-31", "(until) then, since 2025-01-31", None),
    ],
)
def test_an_annotation_covers_its_workload(written: str, reason: str, until: date | None) -> None:
    """In every scenario, with the date at its end; no other workload has it."""
    line = f'planecheck.dev/suppress.surge-bounded: "{written}"'
    text = annotate(line) + "---\n" + deployment(name="api")
    for scenario in plan_of(text).scenarios:
        if scenario.workload.name == "api":
            assert scenario.suppressions == ()
            continue
        (found,) = scenario.suppressions
        assert (found.property, found.subject) == ("surge-bounded", "Deployment/default/web")
        assert (found.reason, found.until, found.origin) == (reason, until, "annotation")
        assert text.split("\n")[found.source.line - 1].strip() == line


def test_annotations_join_those_of_the_check() -> None:
    """A scenario has both."""
    text = annotate(f"{PREFIX}surge-bounded: known") + "---\n" + check_document(SPEC)
    (scenario,) = plan_of(text).scenarios
    assert [s.origin for s in scenario.suppressions] == ["spec", "spec", "annotation"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (f"{PREFIX}surge-bound: known  # <- P301", "did you mean `surge-bounded`?"),
        ("planecheck.dev/supress.surge-bounded: a  # <- P102", f"did you mean `{PREFIX}surge-"),
        (f"{PREFIX}surge-bounded: ''  # <- P310", "say why"),
        (f"{PREFIX}surge-bounded: issue 12 until 2020-01-31  # <- P310", "end the text with it"),
        (f"{PREFIX}surge-bounded: 'known (till 2020-01-31)'  # <- P310", "end the text with it"),
        (f"{PREFIX}surge-bounded: '(until 2020-01-31) known'  # <- P310", "end the text with it"),
        (f"{PREFIX}surge-bounded:  # <- P310", "say why"),
        (f"{PREFIX}surge-bounded: (until 2027-01-31)  # <- P310", "say why"),
        (f"{PREFIX}surge-bounded: known (until we move)  # <- P310", "2027-01-31"),
        (f"{PREFIX}surge-bounded: known (until 31.1.2027)  # <- P310", "2027-01-31"),
    ],
)
def test_mistakes_in_annotations(line: str, hint: str) -> None:
    """Each is an error at the annotation, with a way out."""
    text = annotate(line)
    loaded = load_text(text)
    assert findings(loaded) == marked(text)
    assert loaded.plan is None
    assert hint in loaded.diagnostics[0].hint


def test_annotations_of_others_are_left_alone() -> None:
    """What other programs write is not looked at."""
    assert not load_text(annotate("example.com/suppress.all: ''")).diagnostics


@pytest.mark.parametrize("kind", ["Service", "Secret", "ConfigMap"])
def test_annotations_that_suppress_nothing_are_reported(kind: str) -> None:
    """On an object that is not checked they are a warning."""
    other = f"apiVersion: v1\nkind: {kind}\nmetadata:\n"
    other += f"  name: a\n  annotations: {{{PREFIX}surge-bounded: known}}  # <- P312\n"
    other += "spec: {clusterIP: None}\n" if kind == "Service" else ""
    text = deployment() + "---\n" + other
    loaded = load_text(text)
    assert findings(loaded) == marked(text)
    assert loaded.plan is not None


def test_annotations_of_pods_are_reported() -> None:
    """They belong to the workload, not to its template."""
    labels = "metadata: {labels: {app: web}}\n"
    given = (
        f"metadata: {{labels: {{app: web}}, annotations: {{{PREFIX}surge-bounded: a}}}} # <- P312\n"
    )
    text = deployment().replace(labels, given)
    loaded = load_text(text)
    assert findings(loaded) == marked(text)
    assert all(scenario.suppressions == () for scenario in plan_of(text).scenarios)


def test_replica_sets_repeat_the_annotations_of_their_deployment() -> None:
    """Those that the controller copied are no news."""
    line = f"{PREFIX}surge-bounded: known"
    owner = "  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: a}]\nspec:"
    owned = annotate(line, kind="ReplicaSet", name="web-1").replace("spec:", owner, 1)
    assert not load_text(annotate(line) + "---\n" + owned).diagnostics


@pytest.mark.parametrize("name", PROPERTIES)
def test_kubernetes_takes_the_annotation_of_every_property(name: str) -> None:
    """Its key is a qualified name: the part after the slash has at most 63 characters."""
    assert is_qualified(f"{PREFIX}{name}")


def test_the_last_day_counts() -> None:
    """It has expired on the day after."""
    text = annotate(f"{PREFIX}surge-bounded: known (until 2027-01-31)")
    found: Suppression = plan_of(text).scenarios[0].suppressions[0]
    assert not found.expired(date(2027, 1, 31))
    assert found.expired(date(2027, 2, 1))
