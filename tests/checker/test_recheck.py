"""`check --certificates` writes proofs, `check recheck` believes nothing but what holds up."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run
from tests.shipped import ROOT

SPEC = ROOT / "specs" / "default-strategy.yaml"


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of surge-bounded, beside its manifests."""
    folder = tmp_path_factory.mktemp("proofs")
    manifests = folder / "web.yaml"
    shutil.copy(SPEC, manifests)
    asked = ["--engine", "induction", "--property", "surge-bounded"]
    code = run([*asked, "--certificates", str(folder / "new" / "certificates"), str(manifests)])
    assert code == 0
    (written,) = (folder / "new" / "certificates").iterdir()
    assert written.name == "deployment-default-web-default-strategy.surge-bounded.json"
    return written


def changed(proof: Path, to: Path, **fields: Any) -> str:
    """A copy of the certificate in which some fields differ."""
    data = json.loads(proof.read_text())
    to.write_text(json.dumps({**data, **fields}))
    return str(to)


def test_a_certificate_is_valid(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is shown again from its manifests, and says for what."""
    assert run(["recheck", "--input", str(SPEC), str(proof)]) == 0
    said = capsys.readouterr().out
    assert "valid: surge-bounded of Deployment/default/web, default-strategy" in said
    assert "for every number of pods, nodes, replicas" in said


def test_a_certificate_reads_well(proof: Path) -> None:
    """Whoever opens it finds what was proved, of which files, and why it is so."""
    data = json.loads(proof.read_text())
    assert data["property"] == "surge-bounded"
    assert [Path(file).name for file in data["inputs"]] == ["web.yaml"]
    formulas = [lemma["formula"] for part in data["parts"] for lemma in part["lemmas"]]
    assert "0 <= replicas[web-rev1]" in formulas


def test_it_is_about_every_size(proof: Path, tmp_path: Path) -> None:
    """Other manifests can be given; a larger cluster of the same kind is covered."""
    larger = tmp_path / "larger.yaml"
    larger.write_text(SPEC.read_text().replace("replicas: 3", "replicas: 7"))
    assert run(["recheck", "--input", str(larger), str(proof)]) == 0


def test_another_model_is_refused(
    proof: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A proof about other manifests says nothing of these."""
    other = tmp_path / "other.yaml"
    text = SPEC.read_text()
    assert "rollout:" in text
    other.write_text(
        text.replace("cluster:", "model: {mutations: [surge-one-too-many]}\n  cluster:")
    )
    assert run(["recheck", "--input", str(other), str(proof)]) == 1
    assert "about another system" in capsys.readouterr().out


def test_a_tampered_lemma_is_refused(
    proof: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no invariant is named, with the step that breaks it or the start."""
    data = json.loads(proof.read_text())
    lemmas = data["parts"][0]["lemmas"]
    lemma = next(each for each in lemmas if each["formula"] == "0 <= replicas[web-rev1]")
    lemma["atMost"] = -1
    lemma["formula"] = "0 <= replicas[web-rev1] - 1"
    assert (
        run(
            [
                "recheck",
                "--input",
                str(SPEC),
                changed(proof, tmp_path / "a.json", parts=data["parts"]),
            ]
        )
        == 1
    )
    assert "a lemma" in capsys.readouterr().out
    data["parts"][0]["lemmas"].clear()
    assert (
        run(
            [
                "recheck",
                "--input",
                str(SPEC),
                changed(proof, tmp_path / "b.json", parts=data["parts"]),
            ]
        )
        == 1
    )
    assert "surge-bounded is not preserved by deployment-controller" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("version", 9, "version 9"),
        ("format", "something", "is no planecheck certificate"),
        ("parts", None, "not a certificate"),
        ("paths", 5, "`paths`"),
        ("scenario", "another", "there is no surge-bounded of"),
        ("property", "surge", "unknown property"),
    ],
)
def test_wrong_files_are_mistakes(
    *,
    proof: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    field: str,
    value: object,
    said: str,
) -> None:
    """What cannot be checked at all is the user's mistake, and the message says which."""
    assert (
        run(
            ["recheck", "--input", str(SPEC), changed(proof, tmp_path / "c.json", **{field: value})]
        )
        == 2
    )
    assert said in capsys.readouterr().err


def test_a_truncated_file_is_a_mistake(
    proof: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a certificate is none, and neither is a file that is not there."""
    half = tmp_path / "half.json"
    half.write_text(proof.read_text()[:300])
    assert run(["recheck", str(half)]) == 2
    assert "cut short" in capsys.readouterr().err
    assert run(["recheck", str(tmp_path / "none.json")]) == 2
    assert run(["recheck"]) == 2


def test_the_worst_of_several_counts(proof: Path, tmp_path: Path) -> None:
    """One that is valid does not excuse another."""
    assert run(["recheck", "--input", str(SPEC), str(proof), str(tmp_path / "none.json")]) == 2
    assert run(["recheck", "--input", str(SPEC), "--timeout", "1ms", str(proof)]) == 3


def test_standard_input_can_be_given(
    proof: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate about standard input is checked against standard input."""
    stdin = io.TextIOWrapper(io.BytesIO(SPEC.read_bytes()), "utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    path = changed(proof, tmp_path / "stdin.json", paths=["-"])
    assert run(["recheck", "--input", "-", path]) == 0


def test_without_certificates_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder is not made for nothing, and the user learns which engine writes certificates."""
    folder = tmp_path / "none"
    asked = ["--engine", "explicit", "--property", "surge-bounded", "--certificates", str(folder)]
    assert run([*asked, str(SPEC)]) == 0
    assert "--engine induction" in capsys.readouterr().err
    assert not folder.exists()
