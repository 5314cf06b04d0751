"""What is read and written: streams that block, never end, are full or know few characters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checker.keeping import keep
from checker.output import Output, perform
from checker.run import Options
from tests.checker.conftest import CommandLine

ROOT = Path(__file__).parents[2]
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")

#: The console script over the hand-made cluster.
SCRIPT = """
import sys
import model.cluster
from checker.cli import main
from checker.engines import ENGINES
from tests.checker import fakes
model.cluster.parts = fakes.parts
ENGINES["explicit"] = "tests.checker.fakes:Naive"
main()
"""


def start(*arguments: str, **more: object) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)} | more.pop("env", {})  # type: ignore[operator]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-c", SCRIPT, "--engine", "explicit", *arguments]
    return subprocess.Popen(command, env=env, **(pipes | more))  # type: ignore[call-overload, no-any-return]


def ended(*arguments: str, **more: object) -> tuple[int, bytes, bytes]:
    process = start(*arguments, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out or b"", err or b""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
@pytest.mark.parametrize("format", ["text", "html", "junit", "markdown", "json", "github"])
def test_any_encoding_of_standard_output(manifest: str, encoding: str, format: str) -> None:
    """Documents are UTF-8 wherever they go, as they say themselves; text is in the encoding of its
    reader, in plain characters where that has no others."""
    code, out, err = ended("--format", format, manifest, env={"PYTHONIOENCODING": encoding})
    assert (code, err) == (1, b"")
    text = out.decode(encoding if format == "text" else "utf-8")
    assert "surge-bounded" in text
    assert ("✗" in text) <= (format != "text" or encoding == "utf-16")


@FULL
@pytest.mark.parametrize(
    "arguments", [["--list"], ["--help"], ["--version"], ["web.yaml"], ["--property", "x", "a"]]
)
def test_full_disks_are_no_pass(manifest: str, arguments: list[str]) -> None:
    """Whatever cannot be written is said where it can be, and never ends like a pass or in a
    traceback, even if nothing can be written at all."""
    with open("/dev/full", "wb") as full:
        code, _, err = ended(*arguments, stdout=full)
        silent, _, _ = ended(*arguments, stdout=full, stderr=full)
    assert (code, silent) == (2, 2)
    assert err.count(b"\n") <= 4
    assert b"Traceback" not in err


def test_a_pipe_that_nobody_writes_to_takes_no_longer_than_the_time(tmp_path: Path) -> None:
    """Reading is a part of the run: the time limit holds there too."""
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    code, out, _ = ended("--timeout", "100ms", str(pipe))
    assert code == 3
    assert b"out of time (0.1 s) while the input was read" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_the_reading(tmp_path: Path, number: int) -> None:
    """Ctrl-C and SIGTERM are heard while standard input is waited for."""
    reader, writer = os.pipe()
    process = start("-", stdin=reader, stderr=subprocess.STDOUT, env={"PYTHONUNBUFFERED": "1"})
    _wait_for_handler(process.pid)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    os.close(reader)
    os.close(writer)
    assert process.returncode == 3
    assert b"interrupted while standard input was read" in out


def _wait_for_handler(pid: int) -> None:
    """Until a process catches SIGTERM by itself."""
    bit = 1 << (signal.SIGTERM - 1)
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("the system does not tell which signals a process catches")
    while True:
        caught = next(x for x in status.read_text().splitlines() if x.startswith("SigCgt"))
        if int(caught.split()[1], 16) & bit:
            return


def test_a_pipe_in_a_folder_is_left_alone(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says so, and the manifests beside it are checked."""
    os.mkfifo("pipe.yaml")
    assert command_line("--property", "no-overcommit", ".") == 0
    said = capsys.readouterr()
    assert "pipe.yaml (a pipe, socket or device)" in " ".join(said.out.split())


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no /dev/zero")
def test_what_never_ends_is_refused(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line("/dev/zero") == 2
    assert "larger than" in capsys.readouterr().err


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, or whatever else goes wrong, leaves the old file, and nothing beside it."""
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o640)
    keep(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        keep(path, "newer")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What is replaced is the file that a link leads to."""
    path, link = tmp_path / "report", tmp_path / "link"
    link.symlink_to(path)
    keep(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"


@FULL
def test_a_report_for_a_device_that_is_full(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line("--output", "json=/dev/full", manifest) == 2
    assert "/dev/full: cannot be written: No space left on device\n" in capsys.readouterr().err


def test_what_is_not_read_in_time_is_no_pass(
    manifest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where nothing to check would be one."""
    from checker.budget import Budget

    budget = Budget(seconds=0.0)
    options = Options("explicit", allow_empty=True)
    os.mkfifo("pipe")
    assert perform(["pipe"], options, budget, Output()) == 3
    assert "out of time" in capsys.readouterr().out
