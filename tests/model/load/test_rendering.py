"""What kustomizations and charts come to: where its documents are from, and the real programs where
they are installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model.load import rendering
from model.load.folder import Root
from tests.model.load.helpers import deployment
from tests.model.load.test_folders import load_folder, names, skipped, write

#: As kustomize v5.7.1 writes it.
ORIGINS = """\
apiVersion: v1
data:
  text: |
    config.kubernetes.io/origin: |
      path: elsewhere.yaml
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/origin: |
      configuredIn: kustomization.yaml
      configuredBy:
        apiVersion: builtin
        kind: ConfigMapGenerator
  name: settings
---
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: ../../base/web.yaml
  name: web
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: examples/service.yaml
      repo: https://git.example/owner/repository
      ref: v1
  name: web
---
apiVersion: v1
kind: Secret
metadata:
  name: none
---
apiVersion: v1
kind: Secret
metadata:
  annotations:
    config.kubernetes.io/origin: "{"
  name: broken
"""
OVERLAYS = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": deployment("replicas: two"),
    **{
        f"overlays/{name}/kustomization.yaml": (
            f"resources: [../../base]\nnamePrefix: {name}-\nbuildMetadata: [originAnnotations]\n"
        )
        for name in ("prod", "test")
    },
}
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/values.yaml": "replicas: three\nimage: ''\n",
    "chart/templates/deployment.yaml": deployment("replicas: {{ .Values.replicas }}"),
    "chart/templates/tests/pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n"
        "spec: {containers: [{name: c, image: web}]}\n"
    ),
}


def test_kustomize_says_where_documents_are_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the annotation of origins, and by nothing that only looks like it; what is fetched, and
    what has none, is the kustomization's."""
    file = tmp_path / "origins.yaml"
    file.write_text(ORIGINS)
    program = tmp_path / "kubectl"
    program.write_text(f"#!/bin/sh\ncat {file}\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    rendered = rendering.render(Root("kustomization", "overlays/prod"), (str(program),))
    assert {name: text.count("kind:") for name, text in rendered.texts.items()} == {
        "overlays/prod/kustomization.yaml (rendered for overlays/prod)": 2,
        "base/web.yaml (rendered for overlays/prod)": 1,
        "overlays/prod (rendered)": 3,
    }


@pytest.mark.skipif(not (shutil.which("kubectl") or shutil.which("kustomize")), reason="absent")
def test_the_real_kustomize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mistakes are told of the base's file, for each overlay; without the annotation they are the
    kustomization's."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, OVERLAYS)
    wrong = load_folder(Path("overlays")).diagnostics
    assert [d.source.file for d in wrong] == [
        f"base/web.yaml (rendered for overlays/{name})" for name in ("prod", "test")
    ]
    assert all("replicas: two" in d.excerpt for d in wrong)
    write(tmp_path, {"base/web.yaml": deployment("replicas: 2")})
    assert names(load_folder(Path("overlays"))) == ["prod-web", "test-web"]
    write(tmp_path, {"base/kustomization.yaml": "resources: [none.yaml]\n"})
    (mistake, _) = load_folder(Path("overlays")).diagnostics
    assert mistake.code == "P007"
    assert "none.yaml" in mistake.message


@pytest.mark.skipif(not shutil.which("helm"), reason="absent")
def test_the_real_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mistakes are told of the template; what only `helm test` makes is left out; a chart that
    wants values says so, with the command that gives them."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, CHART)
    (mistake,) = load_folder(Path("chart")).diagnostics
    assert mistake.source.file == "chart/templates/deployment.yaml (rendered)"
    assert "replicas: three" in mistake.excerpt
    write(tmp_path, {"chart/values.yaml": "replicas: 3\n"})
    loaded = load_folder(Path("chart"))
    assert names(loaded) == ["web"]
    assert loaded.plan is not None
    assert loaded.plan.unchecked == ()
    assert skipped(loaded) == {}
    write(tmp_path, {"chart/templates/more.yaml": '{{ required "give size" .Values.size }}\n'})
    (mistake,) = load_folder(Path("chart")).diagnostics
    assert mistake.code == "P007"
    assert "give size" in mistake.message
    assert "`helm template ./chart -f FILE | check -`" in (mistake.hint or "")
