"""`check place`: where one pod goes, for people and programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from checker.cli import run
from tests.manifests import WEB

GOLDEN = Path(__file__).parents[1] / "golden"

CLUSTER = """\
apiVersion: v1
kind: Node
metadata: {name: worker-1, labels: {topology.kubernetes.io/zone: a}}
status: {allocatable: {cpu: 4, memory: 8Gi, pods: 110}}
---
apiVersion: v1
kind: Node
metadata: {name: worker-2, labels: {topology.kubernetes.io/zone: b}}
status: {allocatable: {cpu: 4, memory: 8Gi, pods: 110}}
---
apiVersion: v1
kind: Node
metadata: {name: worker-3, labels: {topology.kubernetes.io/zone: c}}
spec: {taints: [{key: dedicated, value: db, effect: NoSchedule}]}
status: {allocatable: {cpu: 4, memory: 8Gi, pods: 110}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, labels: {app: web}}
spec:
  nodeName: worker-1
  containers: [{name: web, image: "web:1", resources: {requests: {cpu: 1500m, memory: 1Gi}}}]
---
"""
#: What its one container asks for.
REQUESTS = "resources: {requests: {cpu: 3, memory: 1Gi}}"
CLUSTER += WEB.replace('"web:1"', f'"web:1", {REQUESTS}')
CLUSTER += """\
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        labelSelector: {matchLabels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: big}
spec:
  containers: [{name: big, image: "big:1", resources: {requests: {cpu: 8, memory: 1Gi}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: gated}
spec:
  schedulingGates: [{name: example.com/wait}]
  containers: [{name: web, image: "web:1"}]
"""


@pytest.fixture
def cluster(tmp_path: Path) -> str:
    path = tmp_path / "cluster.yaml"
    path.write_text(CLUSTER)
    return str(path)


@pytest.mark.parametrize(("pod", "code"), [("web", 0), ("big", 1), ("gated", 1)])
def test_transcript(pod: str, code: int, cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["place", cluster, "--pod", pod]) == code
    said, path = capsys.readouterr().out, GOLDEN / f"place-{pod}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(said)
    assert said == path.read_text()


def test_json(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["place", cluster, "--pod", "default/big", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["pod"], document["best"]) == (1, "default/big", [])
    first = document["nodes"][0]
    assert (first["name"], first["refusal"]) == ("worker-1", "NodeResourcesFit")
    assert first["filters"]["NodeResourcesFit"]["code"] == "UnschedulableAndUnresolvable"
    assert first["filters"]["NodePorts"] is None
    assert document["exit"] == 1
    assert run(["place", cluster, "--pod", "Deployment/web", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["best"] == ["worker-2"]
    assert document["nodes"][1]["total"] == sum(document["nodes"][1]["scores"].values())


def test_one_node_only(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["place", cluster, "--pod", "web", "--node", "worker-1"]) == 1
    said = capsys.readouterr().out
    assert "cannot go to worker-1" in said
    assert "worker-2" not in said


def test_nodes_in_place_of_those_given(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["place", cluster, "--pod", "big", "--nodes", "2x16cpu,32Gi"]) == 0
    assert "may go to 2 of 2 nodes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--pod", "wep"], "--pod: error[P305]: no pod or workload `wep`\n  help: did you mean"),
        (["--pod", "web", "--node", "worker-9"], "--node: error[P303]: no node `worker-9`"),
        (["--pod", "web", "--nodes", "many"], "--nodes: error[P304]"),
        ([], "Missing option '--pod'"),
    ],
)
def test_mistakes_of_usage(
    arguments: list[str], told: str, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["place", cluster, *arguments]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "code", "value"),
    [
        (("whenUnsatisfiable: DoNotSchedule", "whenUnsatisfiable: Maybe"), "P201", "Maybe"),
        (("nodeName: worker-1", "nodeNam: worker-1"), "P102", "nodeNam"),
        (("cpu: 8, ", "cpu: 1K, "), "P204", "1K"),
        (("maxSkew: 1", "maxSkew: 0"), "P200", "0"),
    ],
)
def test_mistakes_in_manifests(
    change: tuple[str, str],
    code: str,
    value: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each has its place."""
    path, text = tmp_path / "wrong.yaml", CLUSTER.replace(*change)
    path.write_text(text)
    assert run(["place", str(path), "--pod", "big"]) == 2
    before = text[: text.index(change[1]) + change[1].index(value)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert f"{path}:{line}:{column}: error[{code}]" in capsys.readouterr().err


def test_a_name_of_several(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(cluster)
    path.write_text(CLUSTER.replace("name: gated", "name: web, namespace: other"))
    assert run(["place", cluster, "--pod", "web"]) == 1
    path.write_text(CLUSTER.replace("name: gated", "name: big, namespace: other"))
    assert run(["place", cluster, "--pod", "big"]) == 2
    assert "may be Pod/default/big, Pod/other/big" in capsys.readouterr().err


def test_the_readme_shows_what_is_printed() -> None:
    """As far as it goes."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    shown = readme[readme.index("Pod default/big is pending") :].split("  ...\n")[0]
    assert (GOLDEN / "place-big.txt").read_text().startswith(shown)


STORAGE = """
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: zoned}
provisioner: disk.example.com
volumeBindingMode: WaitForFirstConsumer
allowedTopologies:
- matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [b]}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "db:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      storageClassName: zoned
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
"""


def test_a_statefulset_with_claims(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its next pod waits for volumes that are made where its class makes them."""
    path = Path(cluster)
    path.write_text(CLUSTER + STORAGE)
    assert run(["place", cluster, "--pod", "db", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["pod"], document["best"]) == ("default/db-0", ["worker-2"])
    assert document["nodes"][0]["filters"]["VolumeBinding"]["detail"] == (
        "claim data-db-0: class zoned makes none there"
    )
    assert document["assumptions"] == ["claim data-db-0 is there as its template says"]
    # Where the class does not wait, its volumes are made before the pod is placed.
    path.write_text(CLUSTER + STORAGE.replace("WaitForFirstConsumer", "Immediate"))
    assert run(["place", cluster, "--pod", "db", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["feasible"] == ["worker-1", "worker-2"]
    assert document["assumptions"] == [
        "claim data-db-0 is there as its template says and is bound to a volume that every node "
        "reaches"
    ]


def test_what_is_not_looked_at_leaves_it_undecided(
    cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(cluster)
    claimed = CLUSTER.replace(
        "  schedulingGates: [{name: example.com/wait}]\n",
        "  resourceClaims: [{name: gpu, resourceClaimName: gpu}]\n",
    )
    path.write_text(claimed)
    assert run(["place", cluster, "--pod", "gated"]) == 3
    assert "not looked at: claims of devices" in capsys.readouterr().out


CONFIGURED = """
---
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
  plugins:
    multiPoint: {disabled: [{name: PodTopologySpread}]}
    score: {enabled: [{name: NodeResourcesFit, weight: 9}]}
"""


def test_a_configured_scheduler(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Fuller nodes first, and no spread."""
    changed = CLUSTER.replace("requests: {cpu: 3, memory", "requests: {cpu: 1, memory")
    Path(cluster).write_text(changed + CONFIGURED)
    assert run(["place", cluster, "--pod", "Deployment/web", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["best"] == ["worker-1"]
    assert document["nodes"][0]["scores"]["NodeResourcesFit"] == 9 * (100 * 2500 // 4000)
    assert "PodTopologySpread" not in document["nodes"][0]["filters"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("type: MostAllocated", "type: MostAlocated"), "error[P201]: `profiles[0].pluginConfig"),
        (("scoringStrategy", "scoringStrategie"), "error[P102]: unknown field `scoringStrategie`"),
        (("name: PodTopologySpread", "name: Coscheduling"), "warning[P005]: plugin `Coscheduling`"),
        (("  score:", "  preScore:"), "warning[P005]: `profiles[0].plugins.preScore`"),
    ],
)
def test_mistakes_in_a_configuration(
    change: tuple[str, str], told: str, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(cluster).write_text(CLUSTER + CONFIGURED.replace(*change))
    assert run(["place", cluster, "--pod", "Deployment/web"]) == (2 if "error" in told else 0)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spec", "code", "told"),
    [
        ("  runtimeClassName: kata\n", 3, "not looked at: what RuntimeClass kata adds"),
        (
            "  volumes: [{name: v, gcePersistentDisk: {pdName: d}}]\n  nodeName: worker-9\n",
            3,
            "not looked at: volume v: a CSI driver stands for its kind",
        ),
        ("  schedulerName: mine\n", 1, "is not placed: its scheduler is mine"),
        (
            "  priorityClassName: absent\n",
            0,
            "PriorityClass absent is not given: pods of it have priority 0",
        ),
    ],
)
def test_what_a_pod_brings_along(
    spec: str, code: int, told: str, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(cluster).write_text(
        CLUSTER.replace("  schedulingGates: [{name: example.com/wait}]\n", spec)
    )
    assert run(["place", cluster, "--pod", "gated"]) == code
    assert told in capsys.readouterr().out


def test_a_daemonset_bears_what_its_controller_adds(
    cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = """
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
"""
    cordoned = CLUSTER.replace("taints: [{key: dedicated", "unschedulable: true, taints: [{key: x")
    Path(cluster).write_text(cordoned.replace("NoSchedule}]", "PreferNoSchedule}]") + daemon)
    assert run(["place", cluster, "--pod", "agent", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["feasible"] == ["worker-1", "worker-2", "worker-3"]
    assert len(document["assumptions"]) == 1


def test_an_owner_that_is_not_given(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    owned = (
        "metadata: {name: big, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, "
        "name: big-1, uid: u, controller: true}]}"
    )
    Path(cluster).write_text(CLUSTER.replace("metadata: {name: big}", owned))
    assert run(["place", cluster, "--pod", "Pod/big"]) == 1
    assert "ReplicaSet big-1, which owns the pod, is not given" in capsys.readouterr().out


def test_nodes_of_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a spec says of nodes counts, and its properties are known."""
    path = tmp_path / "spec.yaml"
    path.write_text(
        """\
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: web}
spec:
  cluster: {nodes: {count: 2, cpu: "2", memory: 4Gi}}
  properties: [replicas-converge]
---
"""
        + CLUSTER[CLUSTER.index("apiVersion: apps/v1") :]
    )
    assert run(["place", str(path), "--pod", "Deployment/web"]) == 1
    assert "none of 2 nodes takes it" in capsys.readouterr().out


def test_a_large_cluster_says_that_it_is_sampled(
    cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["place", cluster, "--pod", "Pod/big", "--nodes", "120x16cpu,32Gi"]) == 0
    said = capsys.readouterr().out
    assert "all 120 feasible nodes are scored" in said
    assert "80 more nodes" in said


def test_a_pod_that_is_created_is_asked_more_than_one_that_is_stored(
    cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Debug containers come later, and so does the node of a gated pod."""
    gated = "  schedulingGates: [{name: example.com/wait}]\n"
    bound = CLUSTER.replace(gated, f"{gated}  nodeName: worker-1\n")
    Path(cluster).write_text(bound)
    assert run(["place", cluster, "--pod", "big"]) == 2
    assert "`spec.nodeName` cannot be set while there are scheduling gates" in (
        capsys.readouterr().err
    )
    Path(cluster).write_text(bound.replace("{name: gated}", "{name: gated, uid: u}"))
    assert run(["place", cluster, "--pod", "big"]) == 1
