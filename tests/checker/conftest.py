"""The command line over the hand-made cluster of `fakes`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import model.cluster
from checker.cli import run
from checker.engines import ENGINES
from tests.checker import fakes
from tests.manifests import WEB

MANIFEST = f"""\
{WEB}---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings}}
"""

CommandLine = Callable[..., int]


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Deployment and a ConfigMap in a file of the working folder."""
    (tmp_path / "web.yaml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    return "web.yaml"


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Runs the command line over the hand-made cluster; `engine` is a class of `fakes`."""

    def call(*arguments: str, engine: str = "Naive") -> int:
        monkeypatch.setattr(model.cluster, "parts", fakes.parts)
        monkeypatch.setitem(ENGINES, "explicit", f"tests.checker.fakes:{engine}")
        return run(["--engine", "explicit", *arguments])

    return call
