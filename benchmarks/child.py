"""One row in a process of its own: `python -m benchmarks.child NAME [--progress]` prints JSON.

Memory is the peak of the resident size beyond what the process held once all was prepared, so
neither Python nor numpy count.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.row import Answer, Job, Progress, Row

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Measured:
    """Medians over the runs of a job, and what its last run found."""

    #: Wall time.
    seconds: float
    #: Time of all processors, in this process and in those that it has waited for.
    processor: float
    #: Peak bytes beyond what was held before; None where the system does not tell.
    memory: int | None
    states: int | None
    answer: str
    right: bool


def measure(row: Row, progress: bool) -> Measured | str:
    """What a child process says of a row, or why it says nothing."""
    command = [sys.executable, "-m", "benchmarks.child", row.name]
    try:
        done = subprocess.run(
            command + ["--progress"] * progress,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=None if progress else subprocess.PIPE,
            text=True,
            timeout=row.patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {row.patience:g} s"
    if done.returncode:
        lines = (done.stderr or "").strip().splitlines()
        return lines[-1] if lines else f"ended with {done.returncode}"
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _run(job: Job) -> tuple[Answer, float, float]:
    """An answer, and the wall and processor time that it took."""
    began, used = time.perf_counter(), os.times()
    answer = job()
    seconds, after = time.perf_counter() - began, os.times()
    return answer, *(answer.times or (seconds, sum(after[:4]) - sum(used[:4])))


def _status(key: str) -> int | None:
    """A size from what Linux says of this process, in bytes."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _forget_peak() -> int | None:
    """Let the peak of the resident size begin anew; what it is now."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status("VmRSS")


def _measured(row: Row, progress: Progress) -> Measured:
    job = row.prepare(progress)
    before = _forget_peak()
    runs = [_run(job)]
    peak = _status("VmHWM")
    runs += [_run(job) for _ in range(1, row.runs)]
    answer = runs[-1][0]
    own = peak - before if peak is not None and before is not None else None
    return Measured(
        seconds=median(seconds for _, seconds, _ in runs),
        processor=median(processor for _, _, processor in runs),
        memory=answer.memory if answer.memory is not None else own,
        states=answer.states,
        answer=answer.text,
        right=all(each.right for each, _, _ in runs),
    )


def _main(name: str, *options: str) -> None:
    from benchmarks.rows import ROWS

    def say(line: str) -> None:
        print(f"  {time.perf_counter() - began:7.2f} s  {line}", file=sys.stderr, flush=True)

    began = time.perf_counter()
    (row,) = (row for row in ROWS if row.name == name)
    found = _measured(row, say if "--progress" in options else lambda _: None)
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
