"""`check place` where others may have to go for the pod."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from checker.cli import run

GOLDEN = Path(__file__).parents[1] / "golden"

CROWDED = """\
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: v1
kind: Node
metadata: {name: worker-1}
status: {allocatable: {cpu: 2, memory: 8Gi, pods: 110}}
---
apiVersion: v1
kind: Node
metadata: {name: worker-2}
status: {allocatable: {cpu: 2, memory: 8Gi, pods: 110}}
---
apiVersion: v1
kind: Pod
metadata: {name: guarded, labels: {app: a}}
spec:
  nodeName: worker-1
  containers: [{name: web, image: "web:1", resources: {requests: {cpu: 1500m}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: free, labels: {app: b}}
spec:
  nodeName: worker-2
  containers: [{name: web, image: "web:1", resources: {requests: {cpu: 1500m}}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}
---
apiVersion: v1
kind: Pod
metadata: {name: urgent}
spec:
  priorityClassName: high
  containers: [{name: web, image: "web:1", resources: {requests: {cpu: 1}}}]
"""


@pytest.fixture
def cluster(tmp_path: Path) -> str:
    return str(tmp_path / "cluster.yaml")


@pytest.mark.parametrize("policy", ["", "  preemptionPolicy: Never\n"])
def test_preemption_transcript(
    policy: str, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The node where no budget stands in the way, unless the pod waits its turn."""
    name = "  priorityClassName: high\n"
    Path(cluster).write_text(CROWDED.replace(name, name + policy))
    assert run(["place", cluster, "--pod", "urgent"]) == 1
    said = capsys.readouterr().out
    path = GOLDEN / f"place-urgent{'-never' if policy else ''}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(said)
    assert said == path.read_text()


def test_the_whole_event(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a real scheduler was recorded saying it."""
    equal = CROWDED.replace("  priorityClassName: high\n", "").replace("pods: 110", "pods: 1")
    Path(cluster).write_text(equal.replace("{requests: {cpu: 1}}", "{}"))
    assert run(["place", cluster, "--pod", "urgent", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["event"] == (
        "0/2 nodes are available: 2 Too many pods. no new claims to deallocate, preemption: "
        "0/2 nodes are available: 2 No preemption victims found for incoming pod."
    )
    claimed = equal.replace(
        '  containers: [{name: web, image: "web:1", resources: {requests: {cpu: 1}}}]',
        "  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n"
        '  containers: [{name: web, image: "web:1"}]',
    )
    Path(cluster).write_text(claimed)
    assert run(["place", cluster, "--pod", "urgent", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["event"] == (
        '0/2 nodes are available: persistentvolumeclaim "data" not found. not found'
    )
