"""Names of objects may have dots: no format takes what comes after one for a field."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any

import pytest

from checker.cli import run
from counterexamples.render import RENDERERS
from model.ir.label import Label

MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: my.shop.app}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers:
      - {name: a, image: a}
---
apiVersion: v1
kind: Node
metadata: {name: ip-10-0-0-1.eu.internal}
status: {allocatable: {cpu: 2, memory: 1Gi, pods: 10}}
---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: all}
spec:
  scenario: {rollout: {becomesReady: false}}
  faults: {nodeCrashes: 1}
  properties: [rollout-completes]
"""
OBJECTS = {
    "Deployment/my.shop.app",
    "ReplicaSet/my.shop.app-rev1",
    "ReplicaSet/my.shop.app-rev2",
    "Pod/my.shop.app-pod1",
    "Pod/my.shop.app-pod2",
    "Node/ip-10-0-0-1.eu.internal",
}
#: A name that was cut at a dot, before or after it.
CUT = re.compile(
    r"\bmy\b(?!\.shop\.app)|(?<!my\.)\bshop\b|(?<!shop\.)\bapp-(?:pod|rev)|"
    r"\bip-10-0-0-1\b(?!\.eu\.internal)|(?<!eu\.)\binternal\b"
)


def said(
    format: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str
) -> str:
    """What `check` prints of the manifests."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MANIFESTS.encode()), "utf-8"))
    words = ["--format", format, "--engine", "explicit", "--explain", "0", *more]
    assert run([*words, "-"]) == 1
    return capsys.readouterr().out


def test_objects_and_fields_are_told_apart() -> None:
    """By the label, before names are in it."""
    label = Label.of("Node/{0}.status.conditions.Ready")
    assert label is not None
    assert label.about("a.b") == ("Node/a.b", "status.conditions.Ready")
    assert str(label.about("a.b")) == "Node/a.b.status.conditions.Ready"
    assert Label.of("{0} has pods") == ("", "{0} has pods")
    assert Label.of("") is None


@pytest.mark.parametrize("format", sorted(RENDERERS))
def test_every_format_has_the_whole_name(
    format: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No part of a name is left alone."""
    text = said(format, monkeypatch, capsys)
    assert "my.shop.app" in text
    assert not CUT.findall(text)


def test_a_trace_names_objects_and_fields(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    """Apart from each other, each whole."""
    said("text", monkeypatch, capsys, "--traces", str(tmp_path))
    (file,) = tmp_path.glob("*.json")
    steps = json.loads(file.read_text())["steps"]
    changed = {(c["object"], c["field"]) for step in steps for c in step["changes"]}
    assert {target for target, _ in changed} <= OBJECTS
    assert ("Deployment/my.shop.app", "spec.template") in changed


def test_the_page_has_a_box_for_each_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its whole name, and lanes of kinds."""
    page = said("html", monkeypatch, capsys)
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    (violation,) = json.loads(data)
    boxes = {box["name"] for box in violation["boxes"]}
    pods = {pod["name"] for box in violation["boxes"] for pod in box["pods"]}
    assert boxes - {"on no node"} | pods <= {name.partition("/")[2] for name in OBJECTS}
    lanes = {lane for step in violation["steps"] for lane in step["to"]}
    assert lanes == {"Deployment", "ReplicaSet", "Pod"}


def test_sarif_shows_the_line_that_a_step_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user's change of the template is at the template's line."""
    document = json.loads(said("sarif", monkeypatch, capsys))
    (result,) = document["runs"][0]["results"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    (change,) = [s for s in steps if "Deployment/my.shop.app.spec.template" in s.get("state", {})]
    assert change["location"]["physicalLocation"]["region"]["startLine"] == 8
