"""What the model does is admitted; what nobody could have done is not."""

import json
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from checker.following import report
from checker.following.clusters import Spec
from checker.following.command import follow
from checker.following.recording import parsed
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.job import Job
from model.api.statefulset import StatefulSet
from model.api.workload import Workload
from tests.checker.following.changes import KINDS, changes
from tests.checker.following.recorder import WORKLOAD, Recorder


def found(lines: list[dict[str, Any]]) -> report.Found:
    texts = ((number, json.dumps(line)) for number, line in enumerate(lines, 1))
    return follow(Path("run.ndjson"), parsed(texts))


@cache
def recorded(seed: int, length: int, kind: str = "Deployment") -> list[dict[str, Any]]:
    one = kind.startswith("Job") or kind in ("ReplicaSet", "ReplicationController")
    revisions = 1 if one else 3 if kind == "surging DaemonSet" else 2
    specs = SCALED if kind == "scaled Deployment" else ()
    return Recorder(seed, WORKLOADS[kind], revisions, specs).run(length)


#: Scaled to 4 and 1, in mid-rollout too, and paused.
SCALED = (Spec(0, 4), Spec(1, 4), Spec(1, 1), Spec(1, 4, True))


STATEFUL = replace(WORKLOAD, kind="StatefulSet", replicas=3, stateful=StatefulSet())
DAEMON = replace(
    WORKLOAD,
    kind="DaemonSet",
    max_surge=IntOrPercent(0),
    max_unavailable=IntOrPercent(1),
    daemon=DaemonSet(),
)
WORKLOADS: dict[str, Workload] = {
    "Deployment": WORKLOAD,
    "Job": replace(WORKLOAD, kind="Job", job=Job(parallelism=2, completions=3, backoff=2)),
    "Job by index": replace(
        WORKLOAD, kind="Job", job=Job(parallelism=2, completions=3, indexed=True, per_index=1)
    ),
    "ReplicaSet": replace(WORKLOAD, kind="ReplicaSet"),
    "ReplicationController": replace(WORKLOAD, kind="ReplicationController"),
    "scaled Deployment": WORKLOAD,
    "Deployment that waits": replace(WORKLOAD, min_ready_seconds=1),
    "recreated Deployment": replace(WORKLOAD, strategy="Recreate"),
    "ordered StatefulSet": STATEFUL,
    "parallel StatefulSet": replace(STATEFUL, stateful=StatefulSet(parallel=True)),
    "StatefulSet with a partition": replace(STATEFUL, stateful=StatefulSet(partition=1)),
    "DaemonSet": DAEMON,
    "surging DaemonSet": replace(
        DAEMON, max_surge=IntOrPercent(1), max_unavailable=IntOrPercent(0)
    ),
}


@pytest.mark.parametrize("seed", range(12))
def test_runs_of_the_model_are_admitted(seed: int) -> None:
    """With stalled watches, conflicts, deletions by users, and syncs whose requests are late."""
    outcome = found(recorded(seed, 100))
    assert outcome.admitted, "\n".join(report.as_text(outcome, verbose=True))
    assert sum(sum(each.explained.values()) for each in outcome.outcomes) > 30


@pytest.mark.parametrize("kind", sorted(set(WORKLOADS) - {"Deployment"}))
def test_runs_of_every_kind_are_admitted(kind: str) -> None:
    for seed in range(4):
        outcome = found(recorded(seed, 60, kind))
        assert outcome.admitted, "\n".join(report.as_text(outcome, verbose=True))


@pytest.mark.parametrize(
    "kind", sorted(set(KINDS) - {"forbidden eviction", "wrong pod", "false counts"})
)
def test_changed_runs_are_refused(kind: str) -> None:
    tried, explained = 0, []
    for seed in range(6):
        lines = recorded(seed, 60)
        for change in islice((c for c in changes(lines) if c.kind == kind), 3):
            outcome = found(change.lines)
            assert not outcome.open
            tried += 1
            if outcome.admitted:
                explained.append(f"seed {seed}: {change.said}")
    assert tried
    assert not explained


@pytest.mark.parametrize("kind", ["ordered StatefulSet", "DaemonSet", "surging DaemonSet", "Job"])
def test_changed_runs_of_other_kinds_are_refused(kind: str) -> None:
    tried = set()
    for seed in range(4):
        lines = recorded(seed, 50, kind)
        for change in changes(lines):
            if change.kind in tried:
                continue
            outcome = found(change.lines)
            assert not outcome.admitted, f"seed {seed}: {change.said}"
            tried.add(change.kind)
    assert {"full node", "no binding", "pod twice", "other actor"} <= tried
    assert ("cordoned node" in tried) == ("DaemonSet" not in kind)
