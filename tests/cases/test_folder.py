"""A folder as people have it, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.cli import run

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
"""
FOLDER = {
    "web.yaml": WEB,
    "copy/web.yaml": WEB,
    "values.yaml": "replicaCount: 3\n",
    "compose.yaml": "services: {web: {image: web}}\n",
    "dashboards/a.json": '{"panels": [], "title": "a"}',
    "dashboards/b.json": '{"panels": [], "title": "b"}',
    "package.json": '{"name": "web", "scripts": {}}',
    "config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
    "overlay/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
    "overlay/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": WEB,
}
ASKED = ("--property", "surge-bounded", "--scenario", "rollout", ".")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files, in the working folder; no renderer is installed."""
    for name, text in FOLDER.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_what_is_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    """What was left out, in a line each for files and for objects, and how to check the rest: a run
    that could not render everything is no pass."""
    assert run(ASKED) == 3
    first, second, *others = capsys.readouterr().out.splitlines()
    assert first == (
        "note[P005]: skipped: Grafana dashboard \u00d72, Helm values \u00d71, docker-compose file "
        "\u00d71, kustomization \u00d71, package.json \u00d71"
    )
    assert second == "note[P005]: not checked yet: ConfigMap \u00d71"
    assert others[:2] == [
        "./overlay:1:1: warning[P006]: this kustomization is not checked: neither kubectl nor "
        "kustomize is installed",
        "  help: run `kubectl kustomize ./overlay | check -`",
    ]
    assert others[-1].startswith("1 check: 1 proved")


def test_excluded(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the overlay and the base there is nothing that could not be checked."""
    excluded = [word for name in ("overlay/", "base/") for word in ("--exclude", name)]
    assert run([*excluded, "--format", "json", *ASKED]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"path": "./overlay", "what": "excluded"} in document["skipped"]
    assert {"path": "./values.yaml", "what": "Helm values"} in document["skipped"]


def test_different_copies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One warning names both places, and the later one counts."""
    (folder / "copy/web.yaml").write_text(WEB.replace("replicas: 2", "replicas: 5"))
    assert run(["--exclude", "overlay", "--exclude", "base", *ASKED]) == 0
    said = capsys.readouterr().out
    assert said.count("P106") == 1
    assert "./web.yaml:1:1: warning[P106]: Deployment/default/web differs from that at " in said
    assert "./copy/web.yaml:1: this one, the later, counts" in said


def test_a_patch_that_nothing_refers_to(folder: Path) -> None:
    """It is a manifest with mistakes."""
    (folder / "overlay/kustomization.yaml").write_text("resources: [../base]\n")
    assert run(ASKED) == 2


def test_a_file_that_was_named(capsys: pytest.CaptureFixture[str]) -> None:
    """It is a mistake that says what it is."""
    assert run(["compose.yaml"]) == 2
    assert "this is a docker-compose file, not a manifest" in capsys.readouterr().err
