"""Vectors on the command line: counting, disagreements, what cannot be read."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from checker.conformance import ADAPTERS, command
from checker.conformance.command import conformance
from checker.conformance.contract import AGREE, Outcome, Vector, together, unsupported, without

RIGHT = {"kind": "amounts", "seed": 1, "input": {"percent": 25, "total": 10}}
RIGHT["output"] = {"up": 3, "down": 2}
WRONG = {**RIGHT, "seed": 2, "output": {"up": 2, "down": 2}}
LEFT_OUT = {"kind": "tides", "seed": 3, "input": {}, "output": {}}


def run(folder: Path, lines: Sequence[Any], *options: str) -> Result:
    """The command on a folder with one file of these lines."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "some.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")
    return CliRunner().invoke(conformance, [str(folder), *options])


def counts(result: Result) -> dict[str, tuple[int, int, int]]:
    document = json.loads(result.stdout)
    return {
        each["name"]: (each["agree"], each["disagree"], each["unsupported"])
        for each in document["components"]
    }


def test_every_line_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain and compressed files; a kind that nothing answers is unsupported, with its reason."""
    monkeypatch.setattr(command, "ADAPTERS", {**ADAPTERS, "tides": without("Tides", "the moon")})
    with gzip.open(tmp_path / "more.jsonl.gz", "wt") as file:
        file.write(json.dumps(RIGHT) + "\n\n" + json.dumps({**LEFT_OUT, "kind": "weather"}) + "\n")
    result = run(tmp_path, [RIGHT, LEFT_OUT], "--format", "json")
    assert result.exit_code == 0, result.output
    assert counts(result) == {
        "Tides": (0, 0, 1),
        "kind weather": (0, 0, 1),
        "percentages": (2, 0, 0),
    }
    document = json.loads(result.stdout)
    assert document["lines"] == 4
    reasons = {each["name"]: each.get("reasons") for each in document["components"]}
    assert reasons["Tides"] == {"the moon": 1}


def test_a_disagreement_is_shown_and_makes_the_exit_1(tmp_path: Path) -> None:
    """With its place, seed and both answers; of many, the first few unless all are asked for."""
    result = run(tmp_path, [RIGHT, *[WRONG] * 5])
    assert result.exit_code == 1
    assert "some.jsonl:2: percentages disagrees, seed 2" in result.output
    assert 'expected: {"up": 2, "down": 2}' in result.output
    assert 'the model says: {"up": 3, "down": 2}' in result.output
    assert "and 2 more" in result.output
    assert result.output.endswith("6 lines: 1 of 6 answers agree\n")
    everything = run(tmp_path, [RIGHT, *[WRONG] * 5], "--verbose")
    assert everything.output.count("disagrees") == 5


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("3", "a vector is a JSON object"),
        ('{"kind": "amounts", "input": {}}', "a vector has output"),
        ('{"kind": 3, "input": {}, "output": {}}', "`kind` must be a string"),
        ({**RIGHT, "input": {"percent": 25}}, "not a vector of kind `amounts`: KeyError"),
        ({**RIGHT, "input": None}, "not a vector of kind `amounts`: TypeError"),
    ],
)
def test_what_is_no_vector_is_told_with_its_line(tmp_path: Path, line: Any, told: str) -> None:
    """The lines around it count; the exit is 2."""
    result = run(tmp_path, [RIGHT, line, RIGHT])
    assert result.exit_code == 2
    assert "error: some.jsonl:2: " in result.stderr
    assert told in result.stderr
    assert "2 lines: 2 of 2 answers agree" in result.stdout


def test_broken_files_are_told(tmp_path: Path) -> None:
    """A file that is not compressed though its name says so, and one that is cut off."""
    (tmp_path / "plain.jsonl.gz").write_text(json.dumps(RIGHT))
    whole = gzip.compress("".join(f"{json.dumps(RIGHT)}\n" for _ in range(9)).encode())
    (tmp_path / "torn.jsonl.gz").write_bytes(whole[:-9])
    result = run(tmp_path, [RIGHT])
    assert result.exit_code == 2
    assert "plain.jsonl.gz:1: cannot be read" in result.stderr
    assert "torn.jsonl.gz:" in result.stderr


def test_a_line_without_end_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded whatever the file holds."""
    monkeypatch.setattr("checker.conformance.vectors.MAX_LINE", 500)
    result = run(tmp_path, [RIGHT, {**RIGHT, "padding": "x" * 500}])
    assert result.exit_code == 2
    assert "some.jsonl:2: the line is longer than 500 bytes" in result.stderr
    assert "1 lines: 1 of 1" in result.stdout


def test_an_interruption_leaves_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the comparison after the line at hand; the exit is 3."""

    def interrupted(_: Vector) -> dict[str, Outcome]:
        os.kill(os.getpid(), signal.SIGINT)
        return {"percentages": AGREE}

    monkeypatch.setattr(command, "ADAPTERS", {**ADAPTERS, "amounts": interrupted})
    result = run(tmp_path, [RIGHT, RIGHT, RIGHT], "--format", "json")
    assert result.exit_code == 3
    assert counts(result) == {"percentages": (1, 0, 0)}
    assert json.loads(result.stdout)["interrupted"] is True


def test_strangers_texts_are_shown_escaped(tmp_path: Path) -> None:
    """A vector's kind and input cannot write to the terminal."""
    line = {**WRONG, "family": "\x1b[2J\n::error::"}
    result = run(tmp_path, [line, {**LEFT_OUT, "kind": "a\nb"}])
    assert "\x1b" not in result.output
    assert "\n::error::" not in result.output


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    """So that a wrong path does not pass."""
    result = CliRunner().invoke(conformance, [str(tmp_path)])
    assert result.exit_code == 2
    assert "*.jsonl.gz" in result.output


def test_a_line_of_several_parts_has_one_outcome() -> None:
    """What disagrees decides, then what is not modelled."""
    wrong, missing = Outcome("disagree"), unsupported("x")
    assert together([AGREE, missing, wrong]) is wrong
    assert together([AGREE, missing, AGREE]) is missing
    assert together([]) is AGREE
