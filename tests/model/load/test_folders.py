"""Folders as people have them: with kustomizations, charts, and files that are no manifests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model.load import Exclusion, Loaded, LoadOptions, load, rendering
from tests.model.load.helpers import PROPERTIES, check_document, deployment

NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n"
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n"


def write(folder: Path, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def load_folder(folder: Path, *exclude: str) -> Loaded:
    options = LoadOptions(exclude=(Exclusion(exclude),))
    return load([str(folder)], property_names=(), options=options)


def names(loaded: Loaded) -> list[str]:
    assert loaded.plan is not None, [d.render() for d in loaded.diagnostics]
    return list(dict.fromkeys(s.workload.name for s in loaded.plan.scenarios))


def skipped(loaded: Loaded) -> dict[str, str]:
    assert loaded.plan is not None, [d.render() for d in loaded.diagnostics]
    return {os.path.basename(each.path): each.what for each in loaded.plan.skipped}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of executables, the only ones that are found besides the system's shell."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}")
    (folder / name).chmod(0o755)


#: What is in a file to what it is.
FOREIGN = {
    "services: {web: {image: web}}": "a docker-compose file",
    "on: push\njobs: {test: {}}": "a GitHub workflow",
    '{"name": "x", "version": "1", "scripts": {}}': "a package.json",
    '{"panels": [], "schemaVersion": 36}': "a Grafana dashboard",
    '{"$schema": "http://json-schema.org/draft-07/schema#"}': "a JSON schema",
    "replicaCount: 2": "Helm values",
    "image: {repository: web, tag: '1'}": "Helm values",
    "- {op: replace, path: /spec/replicas, value: 3}": "a JSON patch",
    "groups: [{name: x, rules: []}]": "a Prometheus rule file",
    "apiVersion: skaffold/v4beta11\nkind: Config": "a Skaffold configuration",
    "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []": "a kubeconfig",
    "apiVersion: v2\nname: x\nversion: 1.0.0": "a Helm chart's Chart.yaml",
    "resources: [a.yaml]": "a kustomization",
    "anything: else": "a document without apiVersion and kind",
}


@pytest.mark.parametrize("text", FOREIGN)
def test_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    """Skipped in a folder, whatever it is called; a mistake that says what it is where named."""
    write(tmp_path, {"a.yaml": deployment(), "deployment.yaml": text})
    loaded = load_folder(tmp_path)
    assert names(loaded) == ["web"]
    assert skipped(loaded) == {"deployment.yaml": FOREIGN[text]}
    named = load([str(tmp_path / "deployment.yaml")], property_names=())
    assert named.plan is None
    (mistake,) = named.diagnostics
    if FOREIGN[text].startswith("a document"):
        assert mistake.message == "`apiVersion` and `kind` are missing"
    else:
        assert mistake.message == f"this is {FOREIGN[text]}, not a manifest"


@pytest.mark.parametrize(
    "text",
    [
        deployment().replace("kind: Deployment\n", ""),
        deployment().replace("apiVersion: apps/v1\n", ""),
        deployment().replace("kind:", "knd:"),
        "apiVersion: apps/v1\nkind: Deployment\nspec: [\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\n",
        PATCH,
    ],
)
def test_a_manifest_with_a_mistake_is_none_of_these(tmp_path: Path, text: str) -> None:
    """What is meant as an object is never skipped."""
    write(tmp_path, {"a.yaml": deployment(name="other"), "b.yaml": text})
    assert load_folder(tmp_path).plan is None


def test_what_cannot_be_parsed(tmp_path: Path) -> None:
    """Broken, binary and far too large files are skipped, if no object can be in them."""
    write(tmp_path, {"a.yaml": deployment(), "b.json": '{"a": 1, // comment\n'})
    (tmp_path / "c.yaml").write_bytes(b"\xff\x00")
    with open(tmp_path / "d.json", "wb") as file:
        file.truncate(50 * 10**6)
    loaded = load_folder(tmp_path)
    assert names(loaded) == ["web"]
    assert skipped(loaded) == dict.fromkeys(("b.json", "c.yaml", "d.json"), "neither YAML nor JSON")
    with open(tmp_path / "d.json", "r+b") as file:
        file.write(b"apiVersion: v1")
    assert [d.code for d in load_folder(tmp_path).diagnostics] == ["P002"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("vendor/", ["top", "tests"]),
        ("vendor", ["top", "tests"]),
        ("*.yml", ["top", "vendored"]),
        ("/tests/**", ["top", "vendored"]),
        ("tests/*", ["top", "vendored"]),
        ("nowhere", ["top", "tests", "vendored"]),
    ],
)
def test_excluded(tmp_path: Path, pattern: str, left: list[str]) -> None:
    """Patterns mean what they mean in a .gitignore of the folder."""
    contents = {"top.yaml": "top", "tests/t.yml": "tests", "vendor/v.yaml": "vendored"}
    write(tmp_path, {name: deployment(name=called) for name, called in contents.items()})
    loaded = load_folder(tmp_path, pattern)
    assert sorted(names(loaded)) == sorted(left)
    assert set(skipped(loaded).values()) <= {"excluded"}


def test_links_do_not_go_round(tmp_path: Path) -> None:
    """A link to a folder is not followed; a link to a file is that file, once."""
    write(tmp_path, {"a/web.yaml": deployment()})
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "again.yaml").symlink_to(tmp_path / "a" / "web.yaml")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert names(load_folder(tmp_path)) == ["web"]


OVERLAYS = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": deployment("replicas: 2"),
    "overlays/prod/kustomization.yaml": "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
    "overlays/prod/patch.yaml": PATCH,
    "overlays/test/kustomization.yaml": "bases: [../../base]\n",
    "nodes.yaml": NODE,
}
KUBECTL = """\
[ "$1" = kustomize ] || exit 9
echo "rendered $2" >> "$(dirname "$0")/log"
while read -r line; do printf '%s\\n' "$line"; done <<'END'
{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata":
{"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]}}}}
END
"""


def test_overlays_are_rendered(tmp_path: Path, programs: Path) -> None:
    """Each overlay once, the base through them only; patches are no manifests; the overlays'
    workloads are apart, with the nodes that lie beside them."""
    program(programs, "kubectl", KUBECTL.replace('$(dirname "$0")', str(programs)))
    write(tmp_path / "k8s", OVERLAYS)
    loaded = load_folder(tmp_path / "k8s")
    assert names(loaded) == ["web"]
    assert loaded.diagnostics == ()
    assert loaded.plan is not None
    assert {s.workload.replicas for s in loaded.plan.scenarios} == {3}
    assert {len(s.nodes) for s in loaded.plan.scenarios} == {1}
    overlays = tmp_path / "k8s" / "overlays"
    rendered = [f"rendered {overlays / name}" for name in ("prod", "test")]
    assert (programs / "log").read_text().splitlines() == rendered
    applied = [s.name for s in loaded.plan.scenarios if s.name.startswith("apply")]
    assert applied == [f"apply ({overlays / name})" for name in ("prod", "test")]
    assert loaded.plan.scenarios[0].workload.source.file == f"{overlays / 'prod'} (rendered)"


def test_kustomize_where_there_is_no_kubectl(tmp_path: Path, programs: Path) -> None:
    """The program of that name builds it."""
    script = KUBECTL.replace("kustomize", "build").replace('$(dirname "$0")', str(programs))
    program(programs, "kustomize", script)
    write(tmp_path / "k8s", OVERLAYS)
    assert names(load_folder(tmp_path / "k8s" / "overlays" / "prod")) == ["web"]


def test_no_renderer(tmp_path: Path, programs: Path) -> None:
    """One warning has the command to pipe; what is the kustomizations' own is not read."""
    write(tmp_path / "k8s", {**OVERLAYS, "other.yaml": deployment(name="other")})
    loaded = load_folder(tmp_path / "k8s")
    assert names(loaded) == ["other"]
    (warning,) = loaded.diagnostics
    assert (warning.severity, warning.code) == ("warning", "P006")
    assert warning.hint == f"run `kubectl kustomize {tmp_path}/k8s/overlays/prod | check -`"
    assert "1 more" in warning.message
    assert loaded.plan is not None
    assert [each.missed for each in loaded.plan.skipped] == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        "resources: [https://example.com/base.yaml]\n",
        "resources: ['github.com/owner/repository//base?ref=v1']\n",
        "resources: ['git@example.com:owner/repository.git']\n",
        "helmCharts: [{name: web}]\n",
    ],
)
def test_nothing_is_fetched(tmp_path: Path, programs: Path, text: str) -> None:
    """What only a network has is left to the user."""
    program(programs, "kubectl", KUBECTL.replace('$(dirname "$0")', str(programs)))
    write(tmp_path / "k8s", {"kustomization.yaml": text})
    (warning,) = load_folder(tmp_path / "k8s").diagnostics
    assert (warning.severity, warning.code) == ("warning", "P006")
    assert not (programs / "log").exists()


def test_a_renderer_that_fails(tmp_path: Path, programs: Path) -> None:
    """Its own words are shown, on one line, without the time of a log."""
    said = "E1130 01:02:15.031977    6086 run.go:72] no such\nbase"
    program(programs, "kubectl", f"echo '{said}' >&2\nexit 1\n")
    write(tmp_path / "k8s", {"kustomization.yaml": "resources: [a.yaml]\n"})
    loaded = load_folder(tmp_path / "k8s")
    assert loaded.plan is None
    (mistake,) = loaded.diagnostics
    assert mistake.code == "P007"
    assert mistake.message.endswith("failed: no such base")


def test_a_renderer_that_hangs(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended."""
    monkeypatch.setattr(rendering, "PATIENCE", 0.2)
    program(programs, "kubectl", "while :; do :; done\n")
    write(tmp_path / "k8s", {"kustomization.yaml": "resources: [a.yaml]\n"})
    (mistake,) = load_folder(tmp_path / "k8s").diagnostics
    assert "took more than 0.2 s" in mistake.message


HELM = """\
[ "$1" = template ] || exit 9
while read -r line; do printf '%s\\n' "$line"; done <<'END'
---
# Source: web/templates/deployment.yaml
{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
"spec": {"replicas": "three", "selector": {"matchLabels": {"app": "web"}}, "template": {}}}
---
# Source: web/charts/db/templates/set.yaml
{"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"}}
END
"""
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/values.yaml": "replicas: three\n",
    "chart/templates/deployment.yaml": "kind: {{ .Values.kind }}\n",
    "chart/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
    "library/Chart.yaml": "apiVersion: v2\ntype: library\nname: lib\nversion: 1.0.0\n",
    "library/templates/_x.yaml": "{{ define }}\n",
}


def test_a_chart(tmp_path: Path, programs: Path) -> None:
    """Mistakes are told of the template that Helm says a document is from."""
    program(programs, "helm", HELM)
    write(tmp_path / "k8s", CHART)
    loaded = load_folder(tmp_path / "k8s")
    wrong = [d for d in loaded.diagnostics if "replicas" in d.message]
    file = f"{tmp_path}/k8s/chart/templates/deployment.yaml (rendered)"
    assert [(d.source.file, d.source.line) for d in wrong] == [(file, 3)]
    assert wrong[0].excerpt.startswith('"spec": {"replicas": "three"')
    program(
        programs,
        "helm",
        HELM.replace('"three"', "3").replace(
            '"template": {}',
            (
                '"template": {"metadata": {"labels": {"app": "web"}}, '
                '"spec": {"containers": [{"name": "c", "image": "web:1"}]}}'
            ),
        ),
    )
    loaded = load_folder(tmp_path / "k8s")
    assert names(loaded) == ["web"]
    assert loaded.plan is not None
    assert loaded.plan.unchecked == ("Endpoints/default/db",)
    assert skipped(loaded) == {"library": "a library chart"}


def test_a_check_of_a_kustomization(tmp_path: Path, programs: Path) -> None:
    """A spec may point at one."""
    program(programs, "kubectl", KUBECTL.replace('$(dirname "$0")', str(programs)))
    check = check_document("manifests: [overlays/prod]\nscenario: {steady: {}}")
    write(tmp_path / "k8s", {**OVERLAYS, "check.yaml": check})
    loaded = load([str(tmp_path / "k8s" / "check.yaml")], property_names=())
    assert names(loaded) == ["web"]
    assert loaded.plan is not None
    assert [s.name for s in loaded.plan.scenarios] == ["steady"]


def test_links_and_checks_choose_no_other_files(tmp_path: Path) -> None:
    """A folder may be a stranger's: what is quoted in reports is called like a manifest, also
    where a link or a Check leads."""
    (tmp_path / "secret").write_text("PASSWORD=1: : :")
    (tmp_path / "real.yaml").write_text(deployment())
    folder = tmp_path / "k8s"
    folder.mkdir()
    (folder / "a.yaml").symlink_to(tmp_path / "secret")
    (folder / "b.yaml").symlink_to(tmp_path / "real.yaml")
    found = load([str(folder)], property_names=PROPERTIES)
    assert found.plan is not None
    assert "PASSWORD" not in "".join(d.render() for d in found.diagnostics)
    assert {s.what for s in found.plan.skipped} == {"a link to something else"}
    check = "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nspec: {manifests: [../secret]}\n"
    (folder / "check.yaml").write_text(check)
    found = load([str(folder / "check.yaml")], property_names=PROPERTIES)
    assert "PASSWORD" not in "".join(d.render() for d in found.diagnostics)
    assert any("is not called like a manifest" in d.message for d in found.diagnostics)
