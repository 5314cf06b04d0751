"""SPIN, the peer: the same systems as Promela texts, searched by the program that it generates.

A Promela text here does one action in one `d_step`, at one place of each process, so that SPIN's
stored states are the reachable states of our system, no more and no less. Partial order reduction
is off; the search keeps whole states, depth first, which is SPIN's faster way.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TEXTS = Path(__file__).parent / "promela"

_FLAGS = ("-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DNOCLAIM")


class Search(NamedTuple):
    """What a search found; seconds of wall and of processor time, without compilation."""

    states: int
    violated: bool
    seconds: float
    processor: float


def missing() -> str | None:
    """What is not installed but wanted; None if SPIN can run."""
    absent = [name for name in ("spin", "gcc") if shutil.which(name) is None]
    return f"{' and '.join(absent)} not installed" if absent else None


def search(text: str, definitions: Mapping[str, int], *, breadth_first: bool = False) -> Search:
    """All states of `promela/<text>.pml`, or those up to the first violation.

    Raises RuntimeError where SPIN refuses the text or does not search all of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        defined = [f"-D{name}={value}" for name, value in definitions.items()]
        _run(["spin", *defined, "-a", str(TEXTS / f"{text}.pml")], folder)
        flags = [*_FLAGS, "-DBFS"] if breadth_first else _FLAGS
        _run(["gcc", *flags, "-o", "pan", "pan.c"], folder)
        began, used = time.perf_counter(), os.times()
        output = _run(["./pan", "-m1000000", "-w24"], folder)
        seconds, after = time.perf_counter() - began, os.times()
    stored = re.search(r"(\d+) states, stored", output)
    errors = re.search(r"errors: (\d+)", output)
    if stored is None or errors is None or "search depth too small" in output:
        raise RuntimeError(f"SPIN did not search all of {text}:\n{output}")
    processor = sum(after[2:4]) - sum(used[2:4])
    return Search(int(stored[1]), errors[1] != "0", seconds, processor)


def _run(command: list[str], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout
