"""Texts of users reach every report as they are: they are no templates, markup or commands."""

from __future__ import annotations

import io
import json
from xml.etree import ElementTree

import pytest

from checker.report import Report
from checker.run import Options, run
from counterexamples.render import RENDERERS, renderer
from counterexamples.render.contract import Look
from tests.effort import busy
from tests.model.load.helpers import load_text

#: A drain that one replica of a budget of one blocks, after a rollout in the other scenario.
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: IMAGE}]
---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: NAME}
spec:
  faults: {nodeCrashes: 1, nodesReturn: false}
  cluster: {nodes: [{count: 1}]}
  properties: [rollout-completes]
"""

HOSTILE = [
    "{",
    "}",
    "{0}",
    "{pod}",
    "{pod.__class__}",
    "{{node}}",
    "${TAG}",
    "%s%(x)d%0A",
    "$(touch x)`y`",
    "[bold]*_|~#",
    "<script>&amp;]]>",
    "a::error::b",
    f"a{' ::error::b' * 30} ##[error]c",
    f"{'a' * 60}{'::error::b' * 20}",
    "é\u202e…",
]


def violated(word: str) -> Report:
    """A report in which a step and the scenario's name repeat a word."""
    text = MANIFEST.replace("IMAGE", json.dumps(f"x/{word}:1")).replace("NAME", json.dumps(word))
    return run(["-"], Options("explicit", explain=0.01), busy(60), io.StringIO(text))


@pytest.mark.parametrize("word", HOSTILE)
def test_words_come_through_every_format(word: str) -> None:
    """The step that changes the template is told with the image that the user wrote, and no format
    lets a text begin a line or close an element."""
    report = violated(word)
    assert report.exit == 1, report.diagnostics
    shown = [str(step) for r in report.results if r.verdict.trace for step in r.verdict.trace.steps]
    assert f"change the template to x/{word}:1-next" in shown
    for format in RENDERERS:
        text = renderer(format)(report, Look(unicode=True))
        assert not any(line.lstrip().startswith("::error::b") for line in text.split("\n"))
        assert "\u202e" not in text
        if format == "text" and word.isascii() and "error" not in word:
            assert word in text
        elif format == "html":
            assert "<script>&" not in text
        elif format == "junit":
            assert ElementTree.fromstring(text)
        elif format in ("json", "sarif", "gitlab"):
            assert json.loads(text)


@pytest.mark.parametrize("character", ["\\0", "\\x1b", "\\x7f", "\\n"])
def test_control_characters_name_nothing(character: str) -> None:
    """A Check's name is a scenario's: it goes into commands, reports and names of files."""
    text = MANIFEST.replace("IMAGE", "x").replace("NAME", f'"a{character}b"')
    (found,) = load_text(text.replace("rollout-completes", "replicas-converge")).diagnostics
    assert (found.code, found.source.line) == ("P206", 15)


@pytest.mark.parametrize("character", ["\\0", "\\x1b"])
def test_control_characters_are_no_images_of_a_check(character: str) -> None:
    text = MANIFEST.replace("IMAGE", "x").replace("NAME", "a")
    text += f'  scenario: {{rollout: {{image: "a{character}b"}}}}\n'
    (found,) = load_text(text.replace("rollout-completes", "replicas-converge")).diagnostics
    assert found.code == "P206"
    assert "spec.scenario.rollout.image" in found.message
