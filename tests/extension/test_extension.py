"""Each extension is the files beside this one and the rows that a test puts into a table; what a
user does with it works from the command line on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from checker.cli import run
from model import faults, properties
from model.api import kinds
from model.api.node import Node
from model.api.pod import PodTemplate
from model.apiserver.objects import Cluster
from model.controllers import table
from model.instance import Remark
from model.ir.quantifier import exists
from model.ir.reading import Reading
from model.ir.system import Property
from model.plugins import filters
from model.properties.contract import Row
from tests.extension import reaper, reaping, vanishing
from tests.manifests import WEB

CHECK = """\
---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: toy}
spec:
  cluster: {nodes: {count: 2}}
  scenario: {steady: {}}
  faults: {podFailures: 1}
"""

REAPER = """\
---
apiVersion: example.dev/v1
kind: Reaper
metadata: {name: grim}
spec: {pods: 2}
"""


def check(folder: Path, text: str, *options: str) -> tuple[int, str]:
    """The exit code and the report on a file."""
    path = folder / "toy.yaml"
    path.write_text(text)
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = run([*options, str(path)])
    return code, said.getvalue()


def some_ready(name: str, text: str, cluster: Cluster) -> Property:
    """A toy invariant: not all pods go at once."""
    served = exists(cluster.Pod, cluster.is_ready)
    return Property(name, "always", served, witness=served, text=text, occasion="a pod is ready")


def none_ready(_: Cluster, __: Reading) -> Iterator[Remark]:
    yield Remark("no pod is ready", ("spec.replicas",))


SOME_READY = Row(
    "some pod is ready in every state",
    "safety",
    lambda scenario: scenario.change.kind == "steady",
    some_ready,
    ("spec.replicas",),
    none_ready,
)


@pytest.fixture
def extended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the toy kind, controller and invariant."""
    monkeypatch.setitem(kinds.KINDS, reaper.KIND.name, reaper.KIND)
    monkeypatch.setattr(table, "LIMITS", (*table.LIMITS, reaping.ROW))
    monkeypatch.setitem(properties.PROPERTIES, "some-ready", SOME_READY)


@pytest.mark.usefixtures("extended")
def test_kind_controller_and_invariant(tmp_path: Path) -> None:
    """Two files and two rows for a controller with a kind of its own, a row for an invariant; with
    repairs and traces."""
    options = ("--property", "some-ready")
    code, said = check(tmp_path, WEB + CHECK, *options)
    assert code == 0, said
    traces = tmp_path / "traces"
    code, said = check(tmp_path, WEB + CHECK + REAPER, *options, "--traces", str(traces))
    assert code == 1
    assert "reaper-controller" in said
    assert "no pod is ready" in said
    assert "set spec.replicas to 4: passes" in said
    (trace,) = traces.iterdir()
    assert run(["replay", "--input", str(tmp_path / "toy.yaml"), str(trace)]) == 0


@pytest.mark.usefixtures("extended")
def test_mistakes_in_a_kind_of_ones_own(tmp_path: Path) -> None:
    """Its fields are checked like all others."""
    wrong = REAPER.replace("pods: 2", "pod: 2")
    code, said = check(tmp_path, WEB + CHECK + wrong)
    assert code == 2
    assert "unknown field `pod` in `spec`" in said


@pytest.mark.parametrize(("allowed", "code"), [(0, 0), (2, 1)])
@pytest.mark.usefixtures("extended")
def test_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, code: int) -> None:
    """A file and a row; the tables of fields follow from the rows."""
    monkeypatch.setattr(faults, "ROWS", (*faults.ROWS, vanishing.ROW))
    for name, field in vanishing.ROW.fields.items():
        monkeypatch.setitem(faults.FIELDS, name, field)  # type: ignore[arg-type]
    fields = f"podFailures: 1, vanishedPods: {allowed}"
    text = WEB + CHECK.replace("podFailures: 1", fields)
    found, said = check(tmp_path, text, "--property", "some-ready")
    assert found == code, said
    assert ("is gone from the store" in said) == bool(allowed)


def odd(_: PodTemplate, node: Node) -> str | None:
    """A toy filter: pods go to nodes with even numbers only."""
    return "an odd node" if node.name[-1] in "13579" else None


def test_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function and a row, for the binding, the table of the model and what is said of a pod that
    waits."""
    row = filters.Filter("EvenNodes", odd, filters.as_read, ())
    options: Sequence[str] = ("--property", "every-pod-scheduled")
    text = WEB + CHECK.replace("count: 2", "count: 1").replace("steady: {}", "apply: {}")
    code, said = check(tmp_path, text, *options)
    assert code == 0, said
    monkeypatch.setattr(filters, "FILTERS", (*filters.FILTERS, row))
    code, said = check(tmp_path, text, *options)
    assert code == 1
    assert "an odd node" in said
