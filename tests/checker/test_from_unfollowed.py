"""`--from` where nobody replaces the pods of another template: what comes of the change is said
with its place, or that the API server refuses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import run

REPLICAS = """\
apiVersion: {version}
kind: {kind}
metadata: {{name: web}}
spec:
  replicas: 2
  selector: {selector}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers: [{{name: a, image: 'a:1'}}]
"""
REPLICASET = REPLICAS.format(
    version="apps/v1", kind="ReplicaSet", selector="{matchLabels: {app: web}}"
)
CONTROLLER = REPLICAS.format(version="v1", kind="ReplicationController", selector="{app: web}")
CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: web}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}
"""
BARE = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  tolerations: [{key: a, operator: Exists}]
  containers: [{name: a, image: 'a:1'}]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], old: str, new: str) -> tuple[int, str]:
    """The exit code, and what is said before the verdicts; empty where no diagnostic is."""
    Path("old.yaml").write_text(old)
    Path("new.yaml").write_text(new)
    options = ("--explain", "0", "--scenario", "apply", "--property", "no-overcommit")
    code = run(["--from", "old.yaml", *options, "new.yaml"])
    shown = "".join(capsys.readouterr())
    return code, shown if "[P" in shown else ""


@pytest.mark.parametrize(
    ("text", "place", "what", "why"),
    [
        (REPLICASET, "7:3", "`spec.template` of ReplicaSet", "only new ones get it"),
        (CONTROLLER, "7:3", "`spec.template` of ReplicationController", "only new ones get it"),
        (CRONJOB, "8:7", "`spec.jobTemplate.spec.template` of CronJob", "Jobs that are there"),
        (BARE, "1:1", "`spec` of Pod", "starts containers of another image anew"),
    ],
)
def test_another_image(
    capsys: pytest.CaptureFixture[str], text: str, place: str, what: str, why: str
) -> None:
    """Pods that are there are not replaced; nothing is said where nothing differs."""
    code, told = said(capsys, text, text.replace("a:1", "a:2"))
    assert code == 0
    assert f"new.yaml:{place}: warning[P302]: {what}/default/web differs" in told
    assert why in told
    assert said(capsys, text, text) == (0, "")


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        ("image: 'a:1'", "image: 'a:1', resources: {requests: {cpu: 1}}", True),
        ("key: a, operator: Exists", "key: b, operator: Exists", True),
        ("tolerations", "nodeName: a\n  tolerations", True),
        ("[{key: a, operator: Exists}]", "[{key: b}, {key: a, operator: Exists}]", False),
        (
            "[{key: a, operator: Exists}]",
            "[{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]",
            True,
        ),
        ("{name: web}", "{name: web, labels: {app: web}}", False),
    ],
)
def test_what_a_pod_may_change(
    capsys: pytest.CaptureFixture[str], before: str, after: str, refused: bool
) -> None:
    """Images, and tolerations beside those that it has."""
    code, told = said(capsys, BARE, BARE.replace(before, after))
    assert code == (2 if refused else 0)
    assert ("error[P207]: `spec` of Pod/default/web differs" in told) == refused
    assert ("delete the Pod first" in told) == refused


def test_seconds_of_a_toleration(capsys: pytest.CaptureFixture[str]) -> None:
    """Only these may be changed in one that is there."""
    borne = BARE.replace("operator: Exists", "operator: Exists, effect: NoExecute")
    brief = borne.replace("NoExecute", "NoExecute, tolerationSeconds: 5")
    assert said(capsys, borne, brief) == (0, "")


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('"@daily"', '"@hourly"', "`spec.schedule` of CronJob/default/web changes from @daily to"),
        (
            '"@daily"',
            '"@daily"\n  concurrencyPolicy: Forbid',
            "`spec.concurrencyPolicy` of CronJob/default/web changes from Allow to Forbid",
        ),
        (
            '"@daily"',
            '"@daily"\n  startingDeadlineSeconds: 60',
            "`spec.startingDeadlineSeconds` of CronJob/default/web changes from none to 60",
        ),
        (
            "    spec:\n      template",
            "    spec:\n      backoffLimit: 2\n      template",
            "`spec.jobTemplate.spec.backoffLimit` of CronJob/default/web changes from 6 to 2",
        ),
    ],
)
def test_what_a_cronjob_changes(
    capsys: pytest.CaptureFixture[str], before: str, after: str, what: str
) -> None:
    """Everything is checked with what it is to be."""
    code, told = said(capsys, CRONJOB, CRONJOB.replace(before, after))
    assert code == 0
    assert what in told
    assert "the change is not followed: everything is checked with" in told
