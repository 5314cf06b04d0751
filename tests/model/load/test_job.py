"""Jobs as they are written."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from model.api.job import NO_BACKOFF, FailureRule, Job, SuccessRule
from model.load import LoadOptions
from model.load.job import indexes_of
from tests.model.load.helpers import findings, load_text, marked, plan_of, workload_of

CHECK = "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: c}\nspec:\n"


def job(spec: str = "", pod: str = "restartPolicy: Never", *, name: str = "work") -> str:
    """A Job with lines added to its spec and to its pod's spec."""
    return (
        f"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\nspec:\n"
        + (indent(spec.strip("\n"), "  ") + "\n" if spec else "")
        + "  template:\n    spec:\n"
        + (indent(pod, "      ") + "\n" if pod else "")
        + "      containers:\n      - {name: work, image: 'work:1'}\n"
    )


#: Fields of a spec, and what is read of them; defaults as of SetDefaults_Job.
READ = [
    ("", Job()),
    ("parallelism: 3", Job(parallelism=3, completions=None)),
    ("completions: 3", Job(completions=3)),
    ("parallelism: 2\ncompletions: 3\nbackoffLimit: 0", Job(2, 3, backoff=0)),
    ("activeDeadlineSeconds: 60", Job(deadline=60)),
    ("podReplacementPolicy: Failed", Job(replaces_failed=True)),
    (
        "completionMode: Indexed\ncompletions: 3\nbackoffLimitPerIndex: 1\nmaxFailedIndexes: 2",
        Job(1, 3, indexed=True, backoff=NO_BACKOFF, per_index=1, max_failed=2),
    ),
    (
        "completionMode: Indexed\ncompletions: 5\n"
        "successPolicy: {rules: [{succeededIndexes: '0,2-3'}, {succeededCount: 2}]}",
        Job(1, 5, indexed=True, success=(SuccessRule((0, 2, 3), None), SuccessRule(at_least=2))),
    ),
    (
        "podFailurePolicy:\n  rules:\n"
        "  - {action: FailJob, onExitCodes: {containerName: work, operator: In, values: [1, 42]}}\n"
        "  - {action: Ignore, onPodConditions: [{type: DisruptionTarget}]}",
        Job(
            replaces_failed=True,
            failure=(
                FailureRule("FailJob", True, (1, 42), "work"),
                FailureRule("Ignore", conditions=(("DisruptionTarget", "True"),)),
            ),
        ),
    ),
]

#: What the API server refuses.
REFUSED = [
    "parallelism: -1  # <- P200",
    "completionMode: Sorted  # <- P201",
    "completionMode: Indexed  # <- P104",
    "backoffLimitPerIndex: 1  # <- P200",
    "maxFailedIndexes: 1  # <- P104 P200",
    "successPolicy: {rules: [{succeededCount: 1}]}  # <- P200",
    "podReplacementPolicy: Always  # <- P201",
    "selector: {matchLabels: {app: work}}  # <- P203",
    "manualSelector: true  # <- P104",
    "managedBy: someone  # <- P206",
    "replicas: 2  # <- P102",
    "podFailurePolicy: {rules: [{action: FailJob}]}  # <- P104",
    "podFailurePolicy: {rules: [{action: Stop, onPodConditions: [{type: A}]}]}  # <- P201",
    "podFailurePolicy: {rules: [{action: FailIndex, onPodConditions: [{type: A}]}]}  # <- P200",
    "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: "
    "{operator: In, values: [0]}}]}  # <- P200",
    "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: "
    "{operator: In, values: [3, 2]}}]}  # <- P200",
    "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: "
    "{operator: In, values: [2, 2]}}]}  # <- P205",
    "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: "
    "{containerName: other, operator: In, values: [2]}}]}  # <- P200",
]

#: Templates that no Job may have.
PODS = [
    "restartPolicy: Always  # <- P201",
    "restartPolicy: Sometimes  # <- P201",
    "restartPolicy: Never\nactiveDeadlineSeconds: 0  # <- P200",
]


@pytest.mark.parametrize(("spec", "read"), READ)
def test_fields(spec: str, read: Job) -> None:
    workload = workload_of(job(spec))
    assert workload.subject == "Job/default/work"
    assert workload.job == read
    assert workload.replicas == read.at_once


@pytest.mark.parametrize("spec", REFUSED)
def test_what_is_refused(spec: str) -> None:
    text = job(spec)
    assert findings(load_text(text)) == marked(text)


@pytest.mark.parametrize("pod", PODS)
def test_templates_that_are_refused(pod: str) -> None:
    text = job(pod=pod)
    assert findings(load_text(text)) == marked(text)


def test_restart_policy_has_to_be_chosen() -> None:
    """The default, Always, is none of those that a Job may have."""
    assert [code for _, code in findings(load_text(job(pod="")))] == ["P104"]
    policy = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: A}]}]}"
    text = job(policy, "restartPolicy: OnFailure  # <- P201")
    assert findings(load_text(text)) == marked(text)


def test_names() -> None:
    """Pods of an Indexed Job are hosts, called after it and their index."""
    assert findings(load_text(job(name="a.b"))) == []
    text = job("completionMode: Indexed\ncompletions: 11", name="a" * 61)
    assert [code for _, code in findings(load_text(text))] == ["P206"]
    text = job("completionMode: Indexed\ncompletions: 10", name="a" * 61)
    assert findings(load_text(text)) == []


def test_labels_of_pods() -> None:
    """The API server gives them the Job's name, by which budgets and Services may find them."""
    workload = workload_of(job())
    assert workload.template.labels["job-name"] == "work"
    assert workload.selector.selects(workload.template.labels)


def test_everyday_scenarios() -> None:
    """A Job does not roll out."""
    found = plan_of(job()).scenarios
    assert [s.name for s in found] == ["apply", "drain node-1", "node crash"]


@pytest.mark.parametrize(
    "spec", ["suspend: true  # <- P302", "parallelism: 0  # <- P302", "completions: 0  # <- P302"]
)
def test_nothing_to_do(spec: str) -> None:
    """A Job that makes no pods is left out, and said to be; where a Check covers it, too."""
    text = job(spec)
    assert findings(load_text(text)) == marked(text)
    assert not plan_of(text).scenarios
    text = f"{CHECK}  scenario: {{apply: {{}}}}\n---\n{job(spec)}"
    assert findings(load_text(text)) == marked(text)


def test_no_rollout() -> None:
    """Nobody can change a Job's template."""
    text = f"{CHECK}  scenario:\n    rollout: {{}}  # <- P302 P302\n---\n{job()}"
    assert findings(load_text(text)) == marked(text)


def test_a_new_version(tmp_path: Path) -> None:
    """What the API server refuses to change is a mistake, with what to do about it; what may be
    changed is checked as it is then."""
    old = tmp_path / "old.yaml"
    old.write_text(job("parallelism: 1\ncompletions: 2"))
    options = LoadOptions(before=(str(old),))
    changed = job("parallelism: 1\ncompletions: 2").replace("work:1", "work:2")
    (found,) = load_text(changed, options).diagnostics
    assert found.code == "P207"
    (found,) = load_text(job("parallelism: 1\ncompletions: 3"), options).diagnostics
    assert "spec.completions" in found.message
    (found,) = load_text(job("parallelism: 2\ncompletions: 2"), options).diagnostics
    assert (found.code, found.severity) == ("P302", "warning")
    assert "spec.parallelism" in found.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("0", {0}),
        ("0,2-4", {0, 2, 3, 4}),
        ("4,2", None),
        ("2-2", None),
        ("5", None),
        ("1-2-3", None),
        ("a", None),
        ("-1", None),
    ],
)
def test_lists_of_indexes(text: str, found: set[int] | None) -> None:
    assert indexes_of(text, 5) == found
