"""The Check document: its fields, defaults, mistakes and schema."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from model import mutations
from model.api.change import Change
from model.api.controlplane import ControlPlane
from model.api.node import Taint
from model.load.schema import schema
from model.load.spec import SPEC
from model.mutation import Mutation
from model.scenario import Bounds, Faults, Scenario
from tests.model.load.helpers import (
    check_document,
    deployment,
    findings,
    load_text,
    marked,
    plan_of,
)

COMMITTED = Path(__file__).parents[3] / "docs" / "spec.schema.json"

FULL = """
controlPlane: {members: 5, quorum: 4}
cluster:
  nodes:
  - count: 2
    cpu: 2
    memory: 8Gi
    pods: 20
    resources: {example.com/gpu: 1}
    labels: {disk: ssd}
    taints: [{key: k, value: v, effect: NoSchedule}]
  - {count: 1, cpu: 500m, memory: 1Gi, pods: 5}
scenario:
  rollout: {image: "web:2", becomesReady: false, rollback: true}
faults:
  nodeCrashes: 1
  nodesReturn: false
  podFailures: 2
  memberCrashes: 3
  membersReturn: true
  memberPartitions: 4
  slowWatches: {deployment-controller: 1, replicaset-controller: 2}
properties: [replicas-converge, surge-bounded]
bounds: {depth: 40, pods: 12, terms: 4, log: 5}
"""


def scenario_of(spec: str, metadata: str = "", text: str = "") -> Scenario:
    plan = plan_of((text or deployment()) + "---\n" + check_document(spec, metadata))
    assert len(plan.scenarios) == 1
    return plan.scenarios[0]


def test_every_field() -> None:
    """What is written arrives."""
    plan = plan_of(deployment() + "---\n" + check_document(FULL, "{name: mine}"))
    (scenario,) = plan.scenarios
    assert scenario.name == "mine"
    assert scenario.control_plane == ControlPlane(5, 4)
    assert scenario.change == Change("rollout", "web:2", becomes_ready=False, rollback=True)
    assert scenario.faults == Faults(
        node_crashes=1,
        nodes_return=False,
        pod_failures=2,
        member_crashes=3,
        members_return=True,
        member_partitions=4,
        slow_watches={"deployment-controller": 1, "replicaset-controller": 2},
    )
    assert scenario.properties == ("replicas-converge", "surge-bounded")
    assert (scenario.bounds, plan.depth) == (Bounds(12, 4, 5), 40)
    assert [node.name for node in scenario.nodes] == ["node-1", "node-2", "node-3"]
    first, _, last = scenario.nodes
    assert first.allocatable == {
        "cpu": 2000,
        "memory": 8 * 2**30,
        "pods": 20,
        "example.com/gpu": 1,
    }
    assert first.labels["disk"] == "ssd"
    assert first.taints == (Taint("k", "v", "NoSchedule"),)
    assert (last.allocatable["cpu"], last.allocatable["pods"], last.taints) == (500, 5, ())
    assert scenario.assumptions == ()
    assert scenario.source.line == deployment().count("\n") + 2


@pytest.mark.parametrize("spec", ["", "scenario: {rollout: {}}", "scenario:\n  rollout:"])
def test_defaults(spec: str) -> None:
    """An empty Check is a rollout to a new image with everything at its default."""
    scenario = scenario_of(spec)
    assert scenario.name == "rollout"
    assert scenario.change == Change("rollout", "nginx:1.27-next")
    assert scenario.control_plane == ControlPlane()
    assert scenario.faults == Faults()
    assert scenario.bounds == Bounds()
    assert scenario.properties is None
    assert scenario.mutations == frozenset()
    assert len(scenario.nodes) == 3


@pytest.mark.parametrize(
    ("scenario", "name", "change"),
    [
        ("apply: {}", "apply", Change("apply")),
        ("steady: {}", "steady", Change("steady")),
        ("drain: {node: node-2}", "drain node-2", Change("drain", nodes=("node-2",))),
        ("drain: {}", "drain node-1", Change("drain", nodes=("node-1",))),
        (
            "drain: {node: [node-3, node-1], uncordon: true}",
            "drain",
            Change("drain", nodes=("node-3", "node-1"), uncordon=True),
        ),
        (
            "taint: {node: node-2, key: a/b, value: c}",
            "taint node-2",
            Change("taint", nodes=("node-2",), taint=Taint("a/b", "c", "NoExecute")),
        ),
        (
            "taint: {}",
            "taint",
            Change(
                "taint",
                nodes=("node-1", "node-2", "node-3"),
                taint=Taint("maintenance", "", "NoExecute"),
            ),
        ),
    ],
)
def test_scenarios(scenario: str, name: str, change: Change) -> None:
    """Each kind of change, named after itself."""
    found = scenario_of(f"scenario: {{{scenario}}}")
    assert (found.name, found.change) == (name, change)


def test_one_kind_of_nodes_needs_no_list() -> None:
    """`nodes` may be a single group; what it leaves out is assumed and said."""
    scenario = scenario_of("cluster: {nodes: {count: 2, cpu: 8}}")
    assert [node.allocatable["cpu"] for node in scenario.nodes] == [8000, 8000]
    assert any("16 GiB" in text for text in scenario.assumptions)


def test_mutations_are_known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded faults come from the model's own table."""
    made = Mutation("forget-surge", "the surge is not counted")
    monkeypatch.setitem(mutations.MUTATIONS, made, made)
    scenario = scenario_of("model: {mutations: [forget-surge]}")
    assert scenario.mutations == {"forget-surge"}


MISTAKES = {
    "unknown field": "scenarios: {}  # <- P102",
    "unknown field inside": "faults: {nodeCrash: 1}  # <- P102",
    "unknown scenario": "scenario: {rolout: {}}  # <- P102",
    "field of a scenario": "scenario: {apply: {image: a}}  # <- P102",
    "two scenarios": "scenario: {apply: {}, steady: {}}  # <- P203",
    "no scenario": "scenario: {}  # <- P203",
    "scenario as text": "scenario: apply  # <- P103",
    "wrong type": "faults: {nodeCrashes: one}  # <- P103",
    "negative": "faults: {nodeCrashes: -1}  # <- P200",
    "no boolean": "faults: {nodesReturn: 1}  # <- P103",
    "unknown watcher": "faults: {slowWatches: {deployments: 1}}  # <- P201",
    "unknown kind": "faults: {slowWatches: {job-controller: {nodes: 1}}}  # <- P201",
    "kinds where there are none": "faults: {slowWatches: {kube-scheduler: {pods: 1}}}  # <- P103",
    "a kind beside names": "faults: {slowWatches: {replicaset-controller.pods: 1}}  # <- P201",
    "a kind that often": "faults: {slowWatches: {job-controller: {pods: -1}}}  # <- P200",
    "unknown controller": "faults: {controllerRestarts: {kubelet: 1}}  # <- P201",
    "zones of nodes that nobody has": "faults: {zoneCrashes: 1}  # <- P200",
    "unknown property": "properties: [replica-converge]  # <- P301",
    "unknown mutation": "model: {mutations: [nonsense]}  # <- P301",
    "property as text": "properties: replicas-converge  # <- P103",
    "no members": "controlPlane: {members: 0}  # <- P200",
    "quorum beyond members": "controlPlane: {members: 3, quorum: 4}  # <- P200",
    "members in no zone": "controlPlane: {members: 3, zones: {a: 1, b: 1}}  # <- P200",
    "zones that nobody has": "faults: {zoneLosses: 1}  # <- P200",
    "way to read": "controlPlane: {reads: fast}  # <- P201",
    "lease too short": "controlPlane: {lease: {leaseDuration: 10}}  # <- P203",
    "retries too rare": "controlPlane: {lease: {retryPeriod: 9}}  # <- P203",
    "clock that stands still": "faults: {clockSkew: -100}  # <- P200",
    "no nodes": "cluster: {nodes: {count: 0}}  # <- P200",
    "amount of CPU": "cluster: {nodes: {cpu: four}}  # <- P204",
    "negative memory": "cluster: {nodes: {memory: -1Gi}}  # <- P204",
    "taint effect": "cluster: {nodes: {taints: [{key: a, effect: b}]}}  # <- P201",
    "resource": "cluster: {nodes: {resources: {gpu: 1}}}  # <- P201",
    "node label": "cluster: {nodes: {labels: {a: 1}}}  # <- P103",
    "drain of nobody": "scenario: {drain: {node: node-9}}  # <- P303",
    "drain of somebody and nobody": "scenario: {drain: {node: [node-1, node-9]}}  # <- P303",
    "drain twice": "scenario: {drain: {node: [node-1, node-1]}}  # <- P205",
    "drain of a number": "scenario: {drain: {node: 1}}  # <- P103",
    "taint of nobody": "scenario: {taint: {node: node-9}}  # <- P303",
    "taint without a key": "scenario: {taint: {key: ''}}  # <- P206",
    "taint of a wrong value": "scenario: {taint: {value: a b}}  # <- P206",
    "effect of a taint": "scenario: {taint: {effect: NoSchedule}}  # <- P102",
    "the image it has": "scenario: {rollout: {image: 'nginx:1.27'}}  # <- P203",
    "missing manifest": "manifests: [missing.yaml]  # <- P001",
    "no depth": "bounds: {depth: 0}  # <- P200",
    "twice": "faults: {}\nfaults: {}  # <- P011",
}


@pytest.mark.parametrize("spec", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_reported_where_they_are(spec: str) -> None:
    """Exactly the marked line is reported."""
    text = deployment() + "---\n" + check_document(spec)
    loaded = load_text(text)
    assert {*findings(loaded)} == {*marked(text)}
    assert loaded.plan is None


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("scenarios: {}", "did you mean `scenario`?"),
        ("nodeCrashes: 1", "`nodeCrashes` belongs in spec.faults"),
        ("scenario: {rolout: {}}", "did you mean `rollout`?"),
        ("scenario: apply", "write `apply: {}` below it"),
        ("properties: [replica-converge]", "did you mean `replicas-converge`?"),
        ("scenario: {drain: {node: node-9}}", "did you mean"),
    ],
)
def test_hints(spec: str, hint: str) -> None:
    """Mistakes in the spec come with the way out."""
    loaded = load_text(deployment() + "---\n" + check_document(spec))
    assert any(hint in found.hint for found in loaded.diagnostics)


def test_a_fault_that_makes_no_difference() -> None:
    """Where nothing is made by a controller its faults are warned about, with those that are."""
    loaded = load_text(
        deployment() + "---\n" + check_document("faults: {slowWatches: {daemonset-controller: 1}}")
    )
    (found,) = loaded.diagnostics
    assert (found.severity, found.code) == ("warning", "P302")
    assert "slowWatches.deployment-controller" in found.hint
    several = "faults: {slowWatches: {replicaset-controller: 1}}"
    loaded = load_text(deployment(kind="StatefulSet") + "---\n" + check_document(several))
    (found,) = loaded.diagnostics
    assert "no Deployment or ReplicaSet is checked" in found.message


def test_kinds_that_lag_apart() -> None:
    """A number for all that a controller watches, or one for each kind."""
    of = "{slowWatches: {deployment-controller: {pods: 1, replicasets: 2}, kube-scheduler: 1}}"
    assert scenario_of(f"faults: {of}").faults.slow_watches == {
        "deployment-controller.pods": 1,
        "deployment-controller.replicasets": 2,
        "kube-scheduler": 1,
    }
    idle = "faults: {slowWatches: {job-controller: {pods: 1}}}"
    (found,) = load_text(deployment() + "---\n" + check_document(idle)).diagnostics
    assert "`spec.faults.slowWatches.job-controller.pods` makes no difference" in found.message
    assert "job-controller.pods has nothing to do here" in found.hint
    assert "spec.faults.slowWatches.deployment-controller or " in found.hint


def test_field_beside_spec() -> None:
    """A spec field one level too high is sent where it belongs."""
    text = deployment() + "---\n" + check_document() + "faults: {}\n"
    (found,) = load_text(text).diagnostics
    assert (found.code, found.hint) == ("P102", "`faults` belongs in spec")


def test_a_check_of_nothing() -> None:
    """A Check without workload is an error at the Check."""
    assert findings(load_text(check_document())) == [(1, "P302")]


def test_a_rollout_of_a_replica_set() -> None:
    """A ReplicaSet does not roll out: an error alone, a warning beside a Deployment."""
    check = check_document("scenario: {rollout: {}}")
    alone = deployment(kind="ReplicaSet", name="a") + "---\n"
    assert "P302" in [code for _, code in findings(load_text(alone + check))]
    plan = plan_of(alone + deployment() + "---\n" + check)
    assert [scenario.workload.kind for scenario in plan.scenarios] == ["Deployment"]


def test_a_replica_set_is_applied_by_default() -> None:
    """Without a scenario a ReplicaSet is applied."""
    assert scenario_of("", text=deployment(kind="ReplicaSet")).change == Change("apply")


def test_the_committed_schema_is_current() -> None:
    """docs/spec.schema.json is what the table says: `python -m model.load.schema` writes it."""
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(schema()))


def test_the_schema_accepts_a_full_document() -> None:
    """The schema is one, and takes every field that the loader takes."""
    jsonschema.Draft202012Validator.check_schema(schema())
    for spec in (
        "",
        FULL,
        "scenario: {drain: {node: a}}",
        "scenario: {taint: {}}",
        "cluster: {nodes: {count: 2}}",
    ):
        jsonschema.validate(yaml.safe_load(check_document(spec)), schema())


@pytest.mark.parametrize(
    "spec",
    [
        "scenarios: {}",
        "scenario: {apply: {}, steady: {}}",
        "faults: {nodeCrashes: -1}",
        "faults: {slowWatches: {a: 1}}",
        "controlPlane: {members: 10}",
        "cluster: {nodes: {taints: [{key: a}]}}",
    ],
)
def test_the_schema_refuses_mistakes(spec: str) -> None:
    """What the loader refuses by its table, the schema refuses."""
    assert load_text(deployment() + "---\n" + check_document(spec)).plan is None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(check_document(spec)), schema())


def random_document(seed: int) -> dict[str, Any]:
    """A document of random fields with random small values, right or wrong."""
    choice = random.Random(seed)

    def value(depth: int) -> Any:
        kinds: list[Any] = [None, True, 0, 1, 3, -1, "a", "1", "500m", [], {}]
        return choice.choice(kinds) if depth == 0 or choice.random() < 0.3 else [value(depth - 1)]

    def fields(known: Any) -> Any:
        if choice.random() < 0.1 or not known:
            return value(1)
        names = choice.sample(sorted(known), choice.randint(0, min(3, len(known))))
        return {name: fields(known[name].fields) for name in names}

    return {"apiVersion": "planecheck.dev/v1alpha1", "kind": "Check", "spec": fields(SPEC)}


@pytest.mark.parametrize("seed", range(60))
def test_no_document_raises(seed: int) -> None:
    """Whatever the fields hold, there is a plan or an error."""
    document = yaml.safe_dump(random_document(seed))
    loaded = load_text(deployment() + "---\n" + document)
    assert (loaded.plan is None) == any(f.severity == "error" for f in loaded.diagnostics)
