"""The terminal: how wide and colourful output may be, progress, and signals."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Literal, TextIO

from checker.budget import Budget
from checker.exits import UNDECIDED
from counterexamples.render.contract import Look
from counterexamples.render.paint import ascii_only, safe

#: Output that no terminal shows is as wide as this.
PIPED_WIDTH = 80
#: Seconds before the first word about progress, and between two.
PATIENCE = 2.0
PACE = 0.2

Color = Literal["auto", "always", "never"]
Detail = Literal["quiet", "normal", "verbose"]


def look(stream: TextIO, color: Color, detail: Detail, texts: Mapping[str, str]) -> Look:
    """How text on a stream may look."""
    terminal = stream.isatty()
    width = columns(stream) if terminal else PIPED_WIDTH
    wanted = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    colored = color == "always" or (color == "auto" and wanted)
    return Look(max(20, width), colored, _knows_unicode(stream), detail, texts)


def columns(stream: TextIO) -> int:
    """How wide the terminal behind a stream is; `COLUMNS` in the environment has the last word."""
    # shutil knows this too, but importing it takes longer than writing a whole report.
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or PIPED_WIDTH
    except (OSError, ValueError):
        return PIPED_WIDTH


def _knows_unicode(stream: TextIO) -> bool:
    try:
        "✓✗→".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Progress:
    """One line on standard error that is written over, on terminals only and only for runs that
    take long."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False
        self._next = time.monotonic() + PATIENCE if stream.isatty() else float("inf")

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PACE
        self._shown = True
        width = columns(self._stream) - 1
        say("\r\x1b[K" + ascii_only(safe(text))[:width], self._stream)

    def clear(self) -> None:
        """Remove the line, if there is one."""
        if self._shown:
            say("\r\x1b[K", self._stream)
            self._shown = False


def say(text: str, stream: TextIO | None = None) -> None:
    """Write to standard error, or to what stands for it. Where even that cannot be written to,
    nobody is told."""
    stream = stream or sys.stderr
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        abandon(stream)


@contextmanager
def interruptible(budget: Budget) -> Iterator[None]:
    """Within it the first Ctrl-C or SIGTERM interrupts the budget, and a second one quits."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's contract
        if budget.interrupted:
            os._exit(UNDECIDED)
        budget.interrupted = True
        if number == signal.SIGINT and sys.stderr.isatty():
            os.write(2, b"\r\x1b[Kstopping with what is known; Ctrl-C again quits at once\n")

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def abandon(stream: TextIO) -> None:
    """After the reader of an output is gone, or its disk is full, write what is left of it
    nowhere: else the interpreter would try again at its end, and change the exit code."""
    try:
        descriptor = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except (OSError, ValueError):
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
