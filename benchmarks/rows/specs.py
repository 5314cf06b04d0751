"""Whole runs of `check`, from the shell's point of view: imports, loading and rendering count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.many import deployments
from benchmarks.row import Answer, Job, Progress, Row, Target
from checker.exits import PASSED, UNDECIDED, VIOLATED
from tests.shipped import BROKEN, PASSING

ROOT = Path(__file__).parent.parent.parent

#: Without the switch that keeps Python from storing what it compiled: installed modules have that.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
CHECK = (sys.executable, "-c", "from checker.cli import main; main()")


def _check(
    *arguments: str, exit_code: int = PASSED, given: str | None = None
) -> Callable[[Progress], Job]:
    """A run of the command, `given` on its standard input; what its verdicts are is read from a run
    with `--format json`."""

    def prepare(_: Progress) -> Job:
        # Compiles the modules, so that no run that is measured does.
        warm = (*CHECK, "specs/deployment.yaml")
        subprocess.run(warm, cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True)

        def job() -> Answer:
            source = tempfile.TemporaryFile("w+")  # noqa: SIM115 - the child reads it
            source.write(given or "")
            source.seek(0)
            with (
                source,
                subprocess.Popen(
                    (*CHECK, "--format", "json", *arguments),
                    cwd=ROOT,
                    env=ENVIRONMENT,
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                ) as process,
            ):
                assert process.stdout is not None
                output = process.stdout.read()
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            results = json.loads(output)["results"] if output else []
            verdicts = Counter(result["verdict"] for result in results)
            text = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
            right = process.returncode == exit_code
            if not right:
                text += f"; exit {process.returncode}"
            return Answer(text, right, memory=usage.ru_maxrss * 1024)

        return job

    return prepare


#: What `rollout-keeps-available` says, as users write it.
_KEEPS_AVAILABLE = (
    "disturbed || pods.filter(p, p.metadata.labels.app == 'web' && p.status.available).size() "
    ">= deployment('web').spec.replicas "
    "- deployment('web').spec.strategy.rollingUpdate.maxUnavailable"
)

ROWS = (
    Row(
        "specs/deployment",
        "check specs/deployment.yaml",
        _check("specs/deployment.yaml"),
        Target(seconds=3, memory=300 * 2**20),
        runs=5,
        quick=True,
    ),
    Row(
        "specs/large-rollout",
        "check benchmarks/large-rollout.yaml: 100 nodes, 100 replicas",
        _check("benchmarks/large-rollout.yaml"),
        Target(seconds=2),
        runs=3,
        quick=True,
    ),
    Row(
        "specs/fifty-replicas",
        "check --nodes 20 benchmarks/fifty-replicas.yaml: 50 replicas at 25 %, all five scenarios",
        _check("--nodes", "20", "benchmarks/fifty-replicas.yaml"),
        Target(seconds=10),
    ),
    Row(
        "specs/hundred-nodes",
        "check benchmarks/hundred-nodes.yaml: 30 replicas over 100 nodes in three zones, with hard "
        "spread, anti-affinity and taints",
        _check("benchmarks/hundred-nodes.yaml"),
        Target(seconds=10),
    ),
    Row(
        "specs/built-in",
        "check --property rollout-keeps-available specs/deployment.yaml",
        _check("--property", "rollout-keeps-available", "specs/deployment.yaml"),
        Target(seconds=2),
        runs=5,
    ),
    Row(
        "specs/invariant",
        "the same as an invariant that a user writes: at most 1.3 times as long",
        _check("--invariant", _KEEPS_AVAILABLE, "specs/deployment.yaml"),
        Target(seconds=2.6),
        runs=5,
    ),
    Row(
        "specs/many-equal",
        "check 500 Deployments that differ in names only (python -m benchmarks.many 500)",
        _check("-", given=deployments(500, different=False)),
        extra=True,
    ),
    Row(
        "specs/many-different",
        "check --timeout 20s with 500 Deployments that differ (… --different)",
        _check(
            "--timeout",
            "20s",
            "-",
            exit_code=UNDECIDED,
            given=deployments(500, different=True),
        ),
        Target(seconds=22),
        extra=True,
    ),
    *(
        Row(
            path.removesuffix(".yaml"),
            f"check {path}",
            _check(path, exit_code=PASSED if path in PASSING else VIOLATED),
            Target(seconds=30),
            runs=3,
            extra=True,
        )
        for path in (*PASSING, *BROKEN)
        if path != "specs/deployment.yaml"
    ),
)
