"""Behaviour that needs a process of its own: signals, pipes, terminals, and a light start."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checker import terminal
from checker.terminal import Progress
from tests.checker.fakes import Endless

ROOT = Path(__file__).parents[2]
HEAVY = ("z3", "scipy", "networkx", "jsonschema", "psutil")

#: Runs the command line over the hand-made cluster with the engine that is named first, then
#: fails if a heavy module was imported.
SCRIPT = f"""
import sys
import model.cluster
from checker.cli import run
from checker.engines import ENGINES
from tests.checker import fakes
model.cluster.parts = fakes.parts
ENGINES["explicit"] = "tests.checker.fakes:" + sys.argv[1]
code = run(["--engine", "explicit", *sys.argv[2:]])
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy
sys.exit(code)
"""


def _start(*arguments: str, **more: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": ""}
    env |= more.pop("env", {})  # type: ignore[call-overload]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": env}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    return subprocess.Popen(command, **(pipe | more))  # type: ignore[call-overload, no-any-return]


def _run(*arguments: str, **more: object) -> tuple[int, str, str]:
    process = _start(*arguments, **more)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["--list"], ["web.yaml"]])
def test_nothing_heavy_is_imported(manifest: str, arguments: list[str]) -> None:
    """What every run pays for is small: solvers and graph libraries come when they are used."""
    code, _, err = _run("Naive", *arguments)
    assert (code, err) == (1 if arguments == ["web.yaml"] else 0, "")


def test_version_and_help_do_not_load_the_model() -> None:
    """Asking for help costs the argument parser, not the model, the loader or numpy."""
    probe = (
        "import sys; from checker.cli import run; run(['--version']); run(['--help']);"
        "heavy = {'numpy', 'yaml', 'model.ir.expr', 'checker.run'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_the_run_with_what_is_known(manifest: str, number: int) -> None:
    """From outside, too: partial results on standard output, exit code 3, no traceback."""
    process = _start("Announcing", manifest)
    assert process.stderr is not None
    assert process.stderr.readline() == "searching\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (3, "")
    assert "unknown: interrupted" in out


def test_a_second_signal_quits_at_once(manifest: str) -> None:
    """An engine that does not listen cannot keep the user waiting."""
    process = _start("Deaf", manifest)
    assert process.stderr is not None
    assert process.stderr.readline() == "searching\n"
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "interrupted, going on\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (3, "")


def test_a_closed_pipe_is_quiet(manifest: str) -> None:
    """`check … | head` gives no traceback, and the exit code of the run."""
    reader, writer = os.pipe()
    os.close(reader)
    for arguments, code in ((["web.yaml"], 1), (["--help"], 0), (["--list"], 0)):
        assert _run("Naive", *arguments, stdout=writer)[::2] == (code, "")
    os.close(writer)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_no_mistake_of_the_program(manifest: str) -> None:
    """A report that cannot be written is said in a sentence, with the exit code for usage."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        code, _, err = _run("Naive", manifest, stdout=full)
    assert code == 2
    assert err.startswith("the report cannot be written: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("closed", [1, 2])
def test_closed_streams_leave_the_exit_code(tmp_path: Path, closed: int) -> None:
    """`check … >&-` and `2>&-` still answer by the exit code."""
    empty = tmp_path / "empty.yaml"
    empty.touch()
    probe = "import os, sys; os.close(int(sys.argv[1])); os.execv(sys.executable, sys.argv[2:])"
    started = "from checker.cli import main; main()"
    command = [sys.executable, "-c", probe, str(closed), sys.executable, "-c", started]
    process = subprocess.run(
        [*command, str(empty)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert process.returncode == 3
    assert "Traceback" not in process.stdout + process.stderr


def test_standard_input(manifest: str) -> None:
    """`-` reads manifests from standard input, and the excerpt still shows the line."""
    with Path(manifest).open() as file:
        code, out, _ = _run("Naive", "-", stdin=file)
    assert code == 1
    assert "<stdin>:5" in out
    assert "5 |   replicas: 2" in out


@pytest.mark.parametrize(
    ("arguments", "env", "colored"),
    [
        ([], {"TERM": "xterm"}, True),
        ([], {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {"TERM": "xterm"}, False),
        (["--color", "always"], {"TERM": "xterm", "NO_COLOR": "1"}, True),
    ],
)
def test_colours_on_a_terminal(
    manifest: str, arguments: list[str], env: dict[str, str], colored: bool
) -> None:
    """Colour on terminals, unless NO_COLOR, a dumb terminal or the option say otherwise."""
    ours, theirs = pty.openpty()
    # The report fits the buffer of the terminal, so it can be read afterwards.
    small = ["--quiet", "--property", "no-overcommit"]
    _run("Naive", *small, *arguments, manifest, stdout=theirs, env=env)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    assert ("\x1b[" in said) == colored
    assert "5 checks" in said


def test_no_colour_in_a_pipe(manifest: str) -> None:
    """Piped output is plain, unless colour is asked for."""
    assert "\x1b" not in _run("Naive", manifest)[1]
    assert "\x1b[" in _run("Naive", "--color", "always", manifest)[1]


def test_output_that_knows_ascii_only(manifest: str) -> None:
    """A locale without UTF-8 gets ASCII marks, not an error."""
    code, out, err = _run("Naive", manifest, env={"PYTHONIOENCODING": "ascii"})
    assert (code, err) == (1, "")
    assert out.isascii()
    assert "x surge-bounded is violated" in out


class _Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_waits_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the first two seconds, one line after that, nothing left at the end."""
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setenv("COLUMNS", "20")
    screen = _Screen()
    progress = Progress(screen)
    now += 1.9
    progress("early")
    assert screen.getvalue() == ""
    now += 0.2
    progress("depth 7\x1b[2J" + "." * 50)
    assert screen.getvalue() == "\r\x1b[Kdepth 7\\x1b[2J....."
    progress.clear()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_progress_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log file gets no progress, however long the run takes."""
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    log = io.StringIO()
    progress = Progress(log)
    progress("depth 7")
    progress.clear()
    assert log.getvalue() == ""


def test_the_fake_engines_poll_their_budget() -> None:
    """What the tests above rely on: an endless engine ends when its budget does."""
    from checker.budget import Budget
    from tests.checker.fakes import pods_system

    system = pods_system()
    verdicts = Endless().check(system, system.properties, Budget(0.02))
    assert {v.reason for v in verdicts} == {"out of time (0.02 s)"}
