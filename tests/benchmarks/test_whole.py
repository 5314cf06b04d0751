"""Whole runs: what is measured, and how it is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.whole import CHECK, ROOT, copied, least, lines


def test_lines() -> None:
    """Ratios to the import, and to the other checkout where there is one."""
    times = {"import": 0.1, "here a.yaml": 0.4, "there a.yaml": 0.2}
    (first, alone) = lines(times, ["a.yaml"], against=False)
    assert first.split() == ["import", "z3,", "numpy", "0.10", "s"]
    assert alone.split() == ["a.yaml", "0.40", "s", "4.0", "x", "import"]
    (_, both) = lines(times, ["a.yaml"], against=True)
    assert both.split()[6:] == ["0.20", "s", "there", "2.00", "x", "there"]


def test_least(tmp_path: Path) -> None:
    """Each command runs so many times, in its folder, and has taken some time."""
    write = "import sys; open(sys.argv[1], 'a').write('.')"
    times = least({"one": (write, ("ran",), tmp_path), "two": (write, ("also",), tmp_path)}, 3)
    assert (tmp_path / "ran").read_text() == (tmp_path / "also").read_text() == "..."
    assert all(seconds > 0 for seconds in times.values())


@pytest.mark.parametrize("kept", [False, True])
def test_copies_run_on_their_own(kept: bool, tmp_path: Path) -> None:
    """What runs is the copy, compiled or not."""
    copy = copied(ROOT, tmp_path, kept=kept)
    assert any(copy.rglob("*.pyc")) == kept
    program = f"import checker; print(checker.__file__); import sys; {CHECK}"
    found = subprocess.run(
        (sys.executable, "-c", program, "--version"),
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.startswith(str(copy))
