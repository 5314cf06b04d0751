"""`--from`: the rollout from one version of manifests to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run

NODES = "".join(
    f"""
apiVersion: v1
kind: Node
metadata: {{name: node-{number}}}
status: {{allocatable: {{cpu: "2", memory: 4Gi, pods: "110"}}}}
---"""
    for number in (1, 2)
)


def manifests(
    cpu: str, *, image: str = "web:1", replicas: int = 3, app: str = "web", more: str = ""
) -> str:
    return f"""{NODES}
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  strategy: {{rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}}}
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec:
      {more}
      containers:
        - name: web
          image: {image}
          resources: {{requests: {{cpu: {cpu}}}}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(manifests("500m"))


def checked(capsys: pytest.CaptureFixture[str], text: str, *options: str) -> dict[str, Any]:
    Path("new.yaml").write_text(text)
    arguments = ("--explain", "0", "--format", "json", "--scenario", "rollout", *options)
    run([*arguments, "new.yaml"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def verdict(document: dict[str, Any], name: str) -> str:
    (found,) = (r["verdict"] for r in document["results"] if r["property"] == name)
    return str(found)


@pytest.mark.parametrize(
    ("cpu", "outcome"), [("500m", "proved"), ("900m", "proved"), ("1600m", "violated")]
)
def test_pods_of_both_versions_share_the_nodes(
    capsys: pytest.CaptureFixture[str], cpu: str, outcome: str
) -> None:
    """Three of 1600m do not fit onto two nodes of 2 CPU, three of 900m do."""
    found = checked(capsys, manifests(cpu), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == outcome


def test_the_old_pods_are_in_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    """Two pods of 1800m have a node each; beside smaller old ones that are anywhere they have not,
    which a rollout among equal pods would not tell."""
    Path("old.yaml").write_text(manifests("300m", replicas=2))
    new = manifests("1800m", replicas=2)
    found = checked(capsys, new, "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "violated"


def test_what_only_the_image_changes_is_the_usual_rollout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The model reads the same of both versions, up to the image."""
    found = checked(capsys, manifests("500m", image="web:2"), "--from", "old.yaml")
    usual = checked(capsys, manifests("500m", image="web:2"))
    for name in ("rollout-completes", "surge-bounded", "every-pod-scheduled"):
        assert verdict(found, name) == verdict(usual, name)


def test_a_selector_that_changes_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.yaml").write_text(manifests("500m", app="web2"))
    assert run(["--from", "old.yaml", "new.yaml"]) == 2
    assert "the API server refuses to change it" in capsys.readouterr().err


def test_replicas_that_change_as_well_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, manifests("900m", replicas=2), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "unknown"
    accepted = checked(
        capsys, manifests("900m", replicas=2), "--from", "old.yaml", "--allow-omitted"
    )
    assert verdict(accepted, "rollout-completes") == "proved"


def test_mistakes_in_the_older_manifests_count(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.yaml").write_text(manifests("500m"))
    Path("old.yaml").write_text(manifests("500q"))
    assert run(["--from", "old.yaml", "new.yaml"]) == 2
    assert "old.yaml:" in capsys.readouterr().err
    assert run(["--from", "none.yaml", "new.yaml"]) == 2


def test_traces_are_replayed_with_the_older_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    checked(capsys, manifests("1600m"), "--from", "old.yaml", "--output", "trace=run.json")
    assert run(["replay", "--input", "new.yaml", "--from", "old.yaml", "run.json"]) == 0
    assert run(["replay", "--input", "new.yaml", "run.json"]) == 1
