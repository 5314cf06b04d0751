"""The parser's tables: kept, found again, and never trusted when they may be wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.properties.invariants.grammar import parser

_TEXTS = (
    "pods.all(p, p.status.ready || !has(p.spec.nodeName))",
    "a['b'].c(1, -2) + 3 * 4 % 5 >= 6 ? true : 'x' in [false]",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where tables are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    parser.cache_clear()
    yield tmp_path / "planecheck"
    parser.cache_clear()


def _trees() -> list[str]:
    parser.cache_clear()
    return [parser().parse(text).pretty() for text in _TEXTS]


def test_tables_are_found_again(folder: Path) -> None:
    """They read the same trees, and the file stays as it is."""
    made = _trees()
    (file,) = folder.iterdir()
    before = file.stat()
    assert _trees() == made
    assert [*folder.iterdir()] == [file]
    assert file.stat().st_ino == before.st_ino
    assert file.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_damaged_tables_are_made_again(folder: Path, share: float) -> None:
    made = _trees()
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert _trees() == made
    assert len(file.read_bytes()) > len(whole) * 0.9


def test_what_others_can_write_is_not_read(folder: Path) -> None:
    """Tables are as good as a program."""
    made = _trees()
    (file,) = folder.iterdir()
    file.chmod(0o666)
    assert _trees() == made
    assert file.stat().st_mode & 0o022 == 0


def test_nowhere_to_keep_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _trees()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert _trees() == made
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert _trees() == made
    assert not Path("relative").exists()


def test_several_runs_at_once(folder: Path) -> None:
    """Each makes them, all of them find them, and nothing else is left."""
    program = (
        "from model.properties.invariants.grammar import parser\n"
        f"print([parser().parse(text).pretty() for text in {_TEXTS!r}])"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=os.environ)
        for _ in range(4)
    ]
    found = {run.communicate(timeout=300)[0] for run in runs}
    assert found == {f"{_trees()}\n".encode()}
    assert len([*folder.iterdir()]) == 1
