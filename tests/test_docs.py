"""Documents that are printed by the code, or that show what it prints, are current."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from checker.cli import run
from checker.engines import ENGINES
from model import KUBERNETES
from model.load import load
from model.load.baseline import read_baseline
from model.load.diagnostics import Report
from model.omissions import OMISSIONS
from model.pages.controllers import page as controllers
from model.pages.faults import page as faults
from model.pages.invariants import page as invariants
from model.pages.omissions import page as omissions
from model.pages.properties import page
from model.plugins.profile import DEFAULT
from model.properties import PROPERTIES
from tests.shipped import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def transcripts() -> list[tuple[str, str]]:
    """(command, output) of each console block of the README that shows what `check` prints."""
    blocks = re.findall(r"```console\n\$ (check [^\n]+)\n(.+?)```", README, re.DOTALL)
    return [(command, output) for command, output in blocks]


def timeless(text: str) -> str:
    """The text without what differs between runs, and without marks at the ends of lines."""
    text = re.sub(r"\d[\d.]*( ms| s\b)", "… s", text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


@pytest.mark.parametrize(("command", "output"), transcripts())
def test_readme_transcript(
    command: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the README shows is what the command prints, times apart; UPDATE_GOLDEN=1 updates it."""
    monkeypatch.chdir(ROOT)
    # A busy machine takes longer for what is asked again than a reader waits.
    monkeypatch.setattr("checker.inquiry._PATIENT", 60)
    run([*shlex.split(command)[1:], "--explain", "2m"])
    if os.environ.get("UPDATE_GOLDEN"):
        printed = capsys.readouterr().out
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        (ROOT / "README.md").write_text(text.replace(output, printed), encoding="utf-8")
        return
    assert timeless(capsys.readouterr().out) == timeless(output)


def test_readme_has_transcripts() -> None:
    """The test above is not empty."""
    assert len(transcripts()) >= 2


def test_omissions_page() -> None:
    """docs/omissions.md is what `python -m model.pages.omissions` prints."""
    assert (ROOT / "docs/omissions.md").read_text(encoding="utf-8") == omissions()


def test_controllers_page() -> None:
    """docs/controllers.md is what `python -m model.pages.controllers` prints."""
    assert (ROOT / "docs/controllers.md").read_text(encoding="utf-8") == controllers()


def test_faults_page() -> None:
    """docs/faults.md is what `python -m model.pages.faults` prints."""
    page = faults()
    assert (ROOT / "docs/faults.md").read_text(encoding="utf-8") == page
    # It is for users: where the steps are is for those who read the files.
    assert re.findall(r"(?<!-m )\bmodel\.\w+", page) == []


def test_invariants_page() -> None:
    """docs/invariants.md is what `python -m model.pages.invariants` prints."""
    assert (ROOT / "docs/invariants.md").read_text(encoding="utf-8") == invariants()


def test_properties_page() -> None:
    """docs/properties.md is what `python -m model.pages.properties` prints."""
    text = page()
    assert (ROOT / "docs/properties.md").read_text(encoding="utf-8") == text
    for name in PROPERTIES:
        assert f"\n## {name}\n" in text
    assert not re.search(r"It concerns Whether|[.][.]\n", text)


def test_the_page_on_suppressions_is_right(tmp_path: Path) -> None:
    """Its spec, its annotation and its baseline are read as such, without a word of complaint."""
    page_ = (ROOT / "docs/suppressions.md").read_text(encoding="utf-8")
    spec, metadata = re.findall(r"```yaml\n(.+?)```", page_, re.DOTALL)
    (baseline,) = re.findall(r"```json\n(.+?)```", page_, re.DOTALL)
    workload = (ROOT / "specs/deployment.yaml").read_text(encoding="utf-8").partition("---")[2]
    assert workload.count("metadata:\n  name: web\n") == 1
    annotated = workload.replace("metadata:\n  name: web\n", metadata)
    (tmp_path / "web.yaml").write_text(annotated, encoding="utf-8")
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    (tmp_path / "baseline.json").write_text(baseline, encoding="utf-8")
    loaded = load([str(tmp_path / "spec.yaml")], property_names=tuple(PROPERTIES))
    assert not loaded.diagnostics
    assert loaded.plan is not None
    (scenario,) = loaded.plan.scenarios
    said = Report()
    (known,) = read_baseline(str(tmp_path / "baseline.json"), tuple(PROPERTIES), said)
    assert not said.sorted()
    written = [*scenario.suppressions, known]
    assert [s.origin for s in written] == ["spec", "annotation", "baseline"]
    assert len({(s.property, s.reason, s.until, s.verdict) for s in written}) == 1


def test_ci_calls_the_readme_test_command() -> None:
    """One test command, in one wording."""
    command = "python -m pytest -n auto"
    assert command in README
    assert command in Path(ROOT / ".ci/run").read_text(encoding="utf-8")


def test_sources_are_of_one_release() -> None:
    """Whoever cites a patch release of Kubernetes or of its modules cites the same one."""
    sources = [path for room in ("model", "checker") for path in (ROOT / room).rglob("*.py")]
    cited = {
        patch
        for path in sources
        for patch in re.findall(r"\bv[01]\.36\.(\d+)\b", path.read_text(encoding="utf-8"))
    }
    assert KUBERNETES == "1.36"
    assert len(cited) == 1, cited


def test_architecture_names_real_files() -> None:
    """Every file or folder that ARCHITECTURE.md names exists, and every engine is named."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:model|checker|counterexamples|specs|tests|docs)/[^`*{]*)`", text):
        assert (ROOT / path).exists(), path
    for name in ENGINES:
        assert f"`{name}`" in text


def test_each_filter_of_the_scheduler_is_in_its_table() -> None:
    """With specs that are shipped, or with the omission that says what the model leaves out."""
    text = (ROOT / "docs" / "scheduler.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|(.*)\|(.*)\|$", text, re.M)
    filters = [plugin.name for plugin in DEFAULT if plugin.filter is not None]
    assert sorted(name for name, *_ in rows) == sorted(filters)
    for name, specs, twins, what in rows:
        held, broken = (re.findall(r"`([\w-]+)`", cell) for cell in (specs, twins))
        assert [each for each in held if not (ROOT / f"specs/{each}.yaml").exists()] == []
        assert [each for each in broken if not (ROOT / f"specs/broken/{each}.yaml").exists()] == []
        omitted = re.findall(r"omissions\.md#([\w-]+)", what)
        assert bool(held and broken) != bool(omitted), name
        assert set(omitted) <= OMISSIONS.keys()
