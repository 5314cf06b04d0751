"""An ordinary manifest of each kind passes: what never arises for a kind is not asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import run

ON_DELETE = "updateStrategy: {type: OnDelete}"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Deployment", "replicas: 2"),
        ("StatefulSet", "replicas: 2"),
        ("StatefulSet", f"replicas: 2\n  {ON_DELETE}"),
        ("DaemonSet", "minReadySeconds: 0"),
        ("DaemonSet", ON_DELETE),
    ],
)
def test_an_ordinary_manifest_passes(
    tmp_path: Path, kind: str, more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: db}}
spec:
  {more}
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: "db:1"}}]}}
""")
    assert run([str(path)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
@pytest.mark.parametrize(
    "more",
    [
        "backoffLimit: 6",
        "backoffLimit: 0",
        "ttlSecondsAfterFinished: 100",
        "activeDeadlineSeconds: 300",
        "parallelism: 3",
        "completions: 5, parallelism: 2",
        "completionMode: Indexed, completions: 3, parallelism: 3",
    ],
)
def test_an_ordinary_job_passes(
    tmp_path: Path, policy: str, more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the kind that charts have as hooks, too."""
    path = tmp_path / "job.yaml"
    fields = more.replace(", ", "\n  ")
    path.write_text(f"""
apiVersion: batch/v1
kind: Job
metadata:
  name: db-migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  {fields}
  template:
    metadata: {{labels: {{app: db}}}}
    spec:
      restartPolicy: {policy}
      containers: [{{name: migrate, image: "migrate:1", command: [migrate, up]}}]
""")
    assert run([str(path)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
def test_an_ordinary_cronjob_passes(
    tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cronjob.yaml"
    path.write_text(f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: hello}}
spec:
  schedule: "* * * * *"
  concurrencyPolicy: {policy}
  successfulJobsHistoryLimit: 1
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{{name: hello, image: "busybox:1.28", command: [date]}}]
""")
    assert run([str(path)]) == 0, capsys.readouterr().out
