"""The transition system's choice of the best nodes against the direct calculation's: in states that
random runs of random clusters reach, it binds a pending pod to exactly the nodes that score best,
as the plugins score concrete objects. And a placement that a trace has is judged by the same."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.apiserver.objects import Cluster
from model.cluster import composed
from model.ir.interpret import steps
from model.ir.system import State
from model.load.placing import ask
from model.plugins.placing import Placing, place
from model.scenario import Scenario
from tests.model import test_bindings_agree as filters
from tests.model.load.helpers import plan_of
from tests.model.test_bindings_agree import HOST, ZONE, Object, Seen, stream

STEPS, RUNS = 12, 3
_SIZES = 600 << 20, 200 << 20


def node(draw: random.Random, number: int) -> Object:
    """A node that may be discouraged, and may have images."""
    found = filters.node(draw, number)
    if draw.random() < 0.3:
        taint = {"key": "busy", "value": "", "effect": "PreferNoSchedule"}
        found["spec"].setdefault("taints", []).append(taint)
    found["status"]["allocatable"] |= {
        "cpu": draw.choice(("2", "3", "4")),
        "memory": draw.choice(("2Gi", "3Gi", "4Gi")),
    }
    if draw.random() < 0.3:
        image = {"names": [draw.choice(("web:1", "db:1"))], "sizeBytes": draw.choice(_SIZES)}
        found["status"]["images"] = [image]
    return found


def preferences(draw: random.Random, name: str) -> Iterator[tuple[str, Object]]:
    """What a pod prefers, by the kind of its affinity."""
    if draw.random() < 0.35:
        wanted = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
        zone = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["a"]}]}
        yield (
            "nodeAffinity",
            [
                {"weight": weight, "preference": preference}
                for weight, preference in ((draw.choice((1, 7, 100)), wanted), (3, zone))
            ],
        )
    for kind in ("podAffinity", "podAntiAffinity"):
        if draw.random() < 0.35:
            chosen = draw.choice(({"app": "web"}, {"app": "db"}, {"app": name}))
            term = {
                "labelSelector": {"matchLabels": chosen},
                "topologyKey": draw.choice((HOST, ZONE)),
            }
            yield kind, [{"weight": draw.choice((2, 10, 100)), "podAffinityTerm": term}]


def workload(draw: random.Random, name: str) -> Object:
    found = filters.workload(draw, name)
    spec = found["spec"]["template"]["spec"]
    requests: dict[str, Any] = {"cpu": draw.choice(("250m", "500m", "700m"))}
    if draw.random() < 0.7:
        requests["memory"] = draw.choice(("256Mi", "512Mi", "800Mi"))
    spec["containers"][0]["resources"] = {"requests": requests}
    for kind, preferred in preferences(draw, name):
        field = "preferredDuringSchedulingIgnoredDuringExecution"
        spec.setdefault("affinity", {}).setdefault(kind, {})[field] = preferred
    if draw.random() < 0.4:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": draw.choice((1, 2)),
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": name}},
                **({"matchLabelKeys": ["pod-template-hash"]} if draw.random() < 0.3 else {}),
            }
            for key in draw.choice(((ZONE,), (HOST,), (ZONE, HOST)))
        ]
    return found


def scenario(draw: random.Random) -> tuple[Scenario, list[Object]]:
    """One in which pods go to the best nodes, that asks for nothing that the model leaves out."""
    while True:
        nodes = [node(draw, number) for number in range(1, draw.choice((3, 4, 5)))]
        workloads = [workload(draw, name) for name in ("web", "db")[: draw.choice((1, 2))]]
        check = filters.check(draw, nodes)
        check["spec"]["scheduler"] = {"choice": "best"}
        others: list[Object] = []
        if draw.random() < 0.3:
            spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
            about = {"name": "web"}
            others.append({"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": spec})
        objects = [check, *nodes, *workloads, *others]
        found = draw.choice(plan_of(stream(objects)).scenarios)
        if not found.omitted:
            return found, objects


class Scored(Seen):
    """The same with owners: their selectors spread pods that do not ask for it."""

    def __init__(self, cluster: Cluster, system: Any, objects: list[Object]) -> None:
        super().__init__(cluster, system, objects)
        self._services = [each for each in objects if each["kind"] == "Service"]

    def _owners(self) -> Iterator[Object]:
        for of, workload in enumerate(self.cluster.workloads):
            given = self._workloads[workload.subject]
            labels = dict(given["spec"]["selector"]["matchLabels"])
            kind = "StatefulSet" if given["kind"] == "StatefulSet" else "ReplicaSet"
            if kind == "ReplicaSet":
                labels["pod-template-hash"] = f"rev-{of}"
            held = given["spec"]["template"]
            own = {**held["metadata"]["labels"], **labels}
            template = {**held, "metadata": {"labels": own}}
            spec = {"selector": {"matchLabels": labels}, "template": template}
            if kind == "StatefulSet":
                spec["serviceName"] = "any"
            about = {"name": f"owner-{of}"}
            yield {"apiVersion": "apps/v1", "kind": kind, "metadata": about, "spec": spec}

    def pods(self, state: State) -> Iterator[tuple[int, Object]]:
        owners = self._cells(state, self.cluster.owner)
        rolls = self.cluster.scenario.change.rolls
        for slot, pod in super().pods(state):
            of, workload = owners[slot], self.cluster.workloads[owners[slot]]
            kind = "StatefulSet" if workload.kind == "StatefulSet" else "ReplicaSet"
            pod["metadata"]["ownerReferences"] = [
                {
                    "apiVersion": "apps/v1",
                    "kind": kind,
                    "name": f"owner-{of}",
                    "uid": f"uid-owner-{of}",
                    "controller": True,
                }
            ]
            if rolls and of > 0 and self.cluster.is_mine(workload):
                for container in pod["spec"]["containers"]:
                    container["image"] = "other:2"
            yield slot, pod

    def placing(self, state: State, slot: int) -> Placing | None:
        nodes = list(self.nodes(state))
        if not nodes:
            return None
        pods = (pod for _, pod in self.pods(state))
        text = stream([*nodes, *pods, *self._owners(), *self._services])
        asked = ask(["-"], f"Pod/pod-{slot}", property_names=(), stdin=io.StringIO(text))
        assert asked.question is not None, [d.render() for d in asked.diagnostics]
        return place(asked.question.snapshot, asked.question.pod)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.integers(0, 1 << 30))
def test_pods_are_bound_to_the_nodes_that_score_best(seed: int) -> None:
    draw = random.Random(seed)
    given_, objects = scenario(draw)
    cluster = composed(given_)
    left = [each for each in cluster.builder.assumptions if each.startswith("pods go to any")]
    # How many nodes have an image counts as well, and may change.
    assert not left or (given_.changes_nodes and "images" in left[0])
    system = cluster.builder.build()
    seen = Scored(cluster, system, objects)
    for _ in range(RUNS):
        state = draw.choice(system.initial)
        for _ in range(STEPS):
            possible = list(steps(system, state))
            bindings = [s.arguments for s, _ in possible if s.action.name == "bind"]
            for slot in seen.pending(state):
                found = seen.placing(state, slot)
                best = set() if found is None or not found.feasible else set(found.best)
                if left and found is not None:
                    best = {info.name for info in found.feasible}
                bound = {given_.nodes[at].name for pod, at in bindings if pod == slot}
                assert bound == best
            if not possible:
                break
            _, state = draw.choice(possible)
