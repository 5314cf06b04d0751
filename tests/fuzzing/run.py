"""One mutation through the command line, in a process of its own."""

from __future__ import annotations

import io
import os
import random
import resource
import signal
import sys
import tempfile
import time
from typing import NamedTuple

from counterexamples.render import RENDERERS
from tests.fuzzing.mutate import mutated

#: Seconds after which a process is killed: it hangs.
HANGS = 60.0


class Outcome(NamedTuple):
    """What came out: exit code (None: killed, it hung), seconds on the clock and of processors,
    and all that was printed."""

    code: int | None
    seconds: float
    busy: float
    said: str


def arguments(number: int, limits: tuple[str, ...]) -> list[str]:
    """The command line for a mutation: each in one format, in a few combinations."""
    draw = random.Random(number)
    words = ["--format", draw.choice(sorted(RENDERERS)), *limits]
    if draw.random() < 0.2:
        words.append("--verbose")
    if draw.random() < 0.1:
        words += ["--nodes", draw.choice(("1", "2x1cpu,1Gi", "5"))]
    return [*words, "-"]


def outcome(number: int, limits: tuple[str, ...]) -> Outcome:
    """Fork, and have `check` read the mutation from standard input."""
    text = mutated(number)
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            _live(text, arguments(number, limits), said.fileno())
        status, usage = _wait(pid, began + HANGS)
        seconds = time.monotonic() - began
        said.seek(0)
        printed = said.read().decode("utf-8", "replace")
    code = None if status is None else os.waitstatus_to_exitcode(status)
    return Outcome(code, seconds, usage, printed)


def _live(text: str, words: list[str], descriptor: int) -> None:
    from checker.cli import run

    code = 4
    try:
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogatepass")), "utf-8")
        code = run(words)
        sys.stdout.flush()
    finally:
        os._exit(code)


def _wait(pid: int, until: float) -> tuple[int | None, float]:
    """The status of a process, and the seconds that it and its children worked."""
    while time.monotonic() < until:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, used.ru_utime + used.ru_stime
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    _, _, used = os.wait4(pid, 0)
    return None, _seconds(used)


def _seconds(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime
