"""A state of a cluster as plain objects of Kubernetes, written down without the schema: what the
independent evaluator reads. What the model does not know is absent."""

from __future__ import annotations

from functools import cache
from typing import Any

from model.apiserver.objects import Cluster
from model.cluster import composed
from model.ir.system import State, System
from model.labellings import labellings, places
from model.load import LoadOptions, load
from model.properties import PROPERTIES
from model.scenario import Scenario

#: Two Deployments that compete for two small nodes, one of which is drained while the first rolls
#: out, and may crash; labels, waiting times and graces differ.
TWO = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: two}
spec:
  scenario:
    steps:
    - setImage: "web:2"
    - drain: {node: big}
    - label: {node: small, key: size, value: small}
    - scale: 3
    - unlabel: {node: big, key: zone}
    - pause: {}
  faults: {nodeCrashes: 1}
---
apiVersion: v1
kind: Node
metadata: {name: big, labels: {zone: a, size: big}}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
---
apiVersion: v1
kind: Node
metadata: {name: small, labels: {zone: b}}
status: {allocatable: {cpu: "1", memory: 4Gi, pods: "10"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  minReadySeconds: 5
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      terminationGracePeriodSeconds: 10
      containers: [{name: web, image: "web:1", resources: {requests: {cpu: 500m}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "api:1", resources: {requests: {cpu: 500m}}}]}
"""

#: A StatefulSet that is rolled out.
SET = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: set}
spec:
  scenario: {rollout: {image: "db:2"}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db, tier: back}}
    spec: {containers: [{name: db, image: "db:1"}]}
"""
TEXTS = (TWO, SET)


@cache
def scenario(text: str, name: str = "") -> Scenario:
    """The first scenario of a text: that of its first workload."""
    import io

    loaded = load(
        ["-"], property_names=tuple(PROPERTIES), stdin=io.StringIO(text), options=LoadOptions()
    )
    assert loaded.plan is not None, "\n".join(d.render() for d in loaded.diagnostics)
    return next(s for s in loaded.plan.scenarios if name in s.workload.subject)


@cache
def cluster(text: str) -> tuple[Cluster, System]:
    made = composed(scenario(text))
    return made, made.builder.build()


class Cells:
    """The values of a state by the names of functions."""

    def __init__(self, system: System, state: State) -> None:
        self.values: dict[str, dict[tuple[int, ...], int]] = {}
        for (function, arguments), value in zip(system.cells, state, strict=True):
            self.values.setdefault(function.name, {})[arguments] = value

    def at(self, name: str, *arguments: int) -> int:
        return self.values[name][arguments]


def objects(text: str, state: State) -> dict[str, Any]:
    """What an expression can name, in a state."""
    made, system = cluster(text)
    given, cells = made.scenario, Cells(system, state)
    nodes = given.nodes
    if "stepsTaken" in cells.values:
        nodes = labellings(given)[places(given)[cells.at("stepsTaken")]].nodes
    revisions: dict[str, int] = {}
    numbers = []
    for owner in made.workloads:
        revisions[owner.subject] = revisions.get(owner.subject, 0) + 1
        numbers.append(revisions[owner.subject])
    found: dict[str, Any] = {"pods": [], "nodes": [], "replicasets": []}
    for pod, name in enumerate(made.Pod.elements):
        stage = ("Absent", "Pending", "Running", "Ready", "Available", "Terminating")[
            cells.at("phase", pod)
        ]
        if stage == "Absent":
            continue
        owner = made.workloads[cells.at("owner", pod)]
        bound = cells.at("node", pod)
        ready = stage in ("Ready", "Available")
        waits = owner.min_ready_seconds > 0
        metadata = {"name": name, "namespace": owner.namespace, "labels": dict(owner.labels)}
        condition = {"type": "Ready"}
        status = {
            "conditions": [condition],
            "ready": ready,
            "available": stage == "Available" if waits else ready,
            "revision": numbers[cells.at("owner", pod)],
        }
        if stage == "Terminating":
            metadata["deletionTimestamp"] = "now"
        else:
            status["phase"] = "Pending" if stage == "Pending" else "Running"
            condition["status"] = "True" if ready else "False"
        grace = owner.template.termination_grace_seconds
        spec = {"terminationGracePeriodSeconds": grace}
        if bound >= 0:
            spec["nodeName"] = nodes[bound].name
        found["pods"].append({"metadata": metadata, "spec": spec, "status": status})
    for place, node in enumerate(nodes):
        health = ("Up", "Crashed", "Unreachable")[cells.at("health", place)]
        missed = health == "Unreachable"
        cordoned = node.unschedulable
        if "unschedulable" in cells.values:
            cordoned = bool(cells.at("unschedulable", place))
        ready = {"type": "Ready", "status": "Unknown" if missed else "True"}
        found["nodes"].append(
            {
                "metadata": {"name": node.name, "labels": dict(node.labels)},
                "spec": {"unschedulable": cordoned},
                "status": {"conditions": [ready], "ready": not missed, "up": health == "Up"},
            }
        )
    for place, owner in enumerate(made.workloads):
        if not cells.at("exists", place) or owner.kind not in ("Deployment", "ReplicaSet"):
            continue
        found["replicasets"].append(
            {
                "metadata": {
                    "name": made.ReplicaSet.elements[place],
                    "namespace": owner.namespace,
                },
                "spec": {"replicas": cells.at("replicas", place)},
                "status": {
                    "availableReplicas": cells.at("statusAvailable", place),
                    "revision": numbers[place],
                },
            }
        )
    if not given.faults.befalls_nodes:
        found["disturbed"] = False
    own = given.workload
    stages = made.stages
    stage = stages.stages[cells.at("change") if "change" in cells.values else 0]
    for workload in (own, *given.neighbours):
        replicas = stage.replicas if workload is own else workload.replicas
        sized = made.resized(replicas).workload if workload is own else workload
        surge, unavailable = sized.rounded
        found[f"{workload.kind.lower()}_{workload.name}"] = {
            "metadata": {"name": workload.name, "namespace": workload.namespace},
            "spec": {
                "replicas": replicas,
                "paused": workload is own and stage.paused,
                "minReadySeconds": workload.min_ready_seconds,
                "strategy": {
                    "type": workload.strategy,
                    "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
                },
            },
            "status": {"wantedRevision": stage.revision + 1 if workload is own else 1},
        }
    return found
