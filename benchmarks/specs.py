"""Whole runs of `check`: `python -m benchmarks.specs [RUNS] [PATH...]`.

Without paths it runs every shipped spec, and a rollout of 100 replicas on 100 nodes.

Prints for each spec the median wall time of some runs (3 unless given), the peak memory, and the
ratio of that time to `python -c "import z3, numpy"` measured in the same run. The two are run in
turn, so that a machine that gets slower slows both. Modules are compiled beforehand, as they are
where the package was installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
IMPORT = (sys.executable, "-c", "import z3, numpy")
#: Without the switch that keeps Python from storing what it compiled.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
CHECK = (sys.executable, "-c", "from checker.cli import main; main()")


class Run(NamedTuple):
    """Seconds of wall time, peak resident MiB, exit code."""

    seconds: float
    memory: float
    code: int


def measure(command: tuple[str, ...]) -> Run:
    """One run of a command, its output thrown away."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_maxrss / 1024, process.returncode)


def main(arguments: list[str]) -> None:
    runs = int(arguments[0]) if arguments and arguments[0].isdigit() else 3
    given = [a for a in arguments if not a.isdigit()]
    shipped = [*ROOT.glob("specs/**/*.yaml"), *ROOT.glob("benchmarks/*.yaml")]
    paths = given or sorted(str(path.relative_to(ROOT)) for path in shipped)
    for command in (IMPORT, *((*CHECK, path) for path in paths[:2])):
        measure(command)
    print(f"{'spec':42} {'seconds':>8} {'MiB':>6} {'x import':>9} {'exit':>5}")
    imports: list[float] = []
    for path in paths:
        found, beside = [], []
        for _ in range(runs):
            beside.append(measure(IMPORT).seconds)
            found.append(measure((*CHECK, path)))
        imports += beside
        seconds = median(run.seconds for run in found)
        ratio = median(run.seconds / base for run, base in zip(found, beside, strict=True))
        memory = max(run.memory for run in found)
        print(f"{path:42} {seconds:8.2f} {memory:6.0f} {ratio:9.1f} {found[0].code:5}", flush=True)
    print(f"{'import z3, numpy':42} {median(imports):8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
