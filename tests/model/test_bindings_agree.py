"""The transition system's choice against the direct calculation's: in states that random runs of
random clusters reach, it binds a pending pod to exactly the nodes that the filters of concrete
objects let it onto, and so to each that the scheduler may choose."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from model.apiserver.objects import Cluster
from model.cluster import composed
from model.ir.system import State, System
from model.load.placing import ask
from model.plugins.placing import Placing, place
from model.scenario import Scenario
from model.scheduler import snapshots
from tests.model.load.helpers import plan_of
from tests.model.walks import walks

HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
Object = dict[str, Any]
#: Steps of a run, and runs of a scenario.
STEPS, RUNS = 14, 3


# -- random clusters ---------------------------------------------------------------------------
def node(draw: random.Random, number: int) -> Object:
    spec: Object = {}
    if draw.random() < 0.25:
        effect = draw.choice(("NoSchedule", "NoExecute", "PreferNoSchedule"))
        spec["taints"] = [{"key": "dedicated", "value": "db", "effect": effect}]
    if draw.random() < 0.1:
        spec["unschedulable"] = True
    labels = {HOST: f"node-{number}"}
    if draw.random() < 0.85:
        labels[ZONE] = draw.choice("ab")
    if draw.random() < 0.4:
        labels["disk"] = draw.choice(("ssd", "hdd"))
    room = {"cpu": draw.choice(("1", "2", "3")), "memory": "4Gi", "pods": draw.choice((2, 4, 110))}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{number}", "labels": labels},
        "spec": spec,
        "status": {"allocatable": room},
    }


def terms(draw: random.Random, chance: float) -> list[Object]:
    """Required terms of affinity to pods, or away from them."""
    if draw.random() >= chance:
        return []
    chosen = draw.choice(({"app": "web"}, {"app": "db"}, {"tier": "back"}))
    key = draw.choice((HOST, ZONE))
    return [{"labelSelector": {"matchLabels": chosen}, "topologyKey": key}]


def spread(draw: random.Random, name: str) -> list[Object]:
    found: list[Object] = []
    while draw.random() < 0.3 and len(found) < 2:
        constraint: Object = {
            "maxSkew": draw.choice((1, 2)),
            "topologyKey": (ZONE, HOST)[len(found)],
            "whenUnsatisfiable": draw.choice(("DoNotSchedule", "DoNotSchedule", "ScheduleAnyway")),
            "labelSelector": {"matchLabels": draw.choice(({"app": name}, {"tier": "back"}))},
        }
        if draw.random() < 0.3 and constraint["whenUnsatisfiable"] == "DoNotSchedule":
            constraint["minDomains"] = draw.choice((2, 3))
        if draw.random() < 0.3:
            constraint["nodeAffinityPolicy"] = draw.choice(("Honor", "Ignore"))
        if draw.random() < 0.3:
            constraint["nodeTaintsPolicy"] = draw.choice(("Honor", "Ignore"))
        if draw.random() < 0.3:
            constraint["matchLabelKeys"] = ["pod-template-hash"]
        found.append(constraint)
    return found


def affinity(draw: random.Random) -> Object:
    found: Object = {}
    if draw.random() < 0.2:
        operator, values = draw.choice((("In", ["ssd"]), ("NotIn", ["hdd"]), ("Exists", [])))
        wanted = [{"matchExpressions": [{"key": "disk", "operator": operator, "values": values}]}]
        found["nodeAffinity"] = {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": wanted}
        }
    for kind, chance in (("podAntiAffinity", 0.3), ("podAffinity", 0.3)):
        required = terms(draw, chance)
        if required:
            found[kind] = {"requiredDuringSchedulingIgnoredDuringExecution": required}
        if draw.random() < 0.2 and (preferred := terms(draw, 1)):
            liked = [{"weight": 10, "podAffinityTerm": preferred[0]}]
            found.setdefault(kind, {})["preferredDuringSchedulingIgnoredDuringExecution"] = liked
    return found


def template(draw: random.Random, name: str) -> Object:
    container: Object = {"name": "main", "image": f"{name}:1"}
    if draw.random() < 0.8:
        cpu = draw.choice(("500m", "900m", "1"))
        container["resources"] = {"requests": {"cpu": cpu}}
    if draw.random() < 0.15:
        container["ports"] = [{"containerPort": 80, "hostPort": 80}]
    spec: Object = {"containers": [container]}
    if draw.random() < 0.3:
        spec["tolerations"] = [{"key": "dedicated", "operator": "Exists"}]
    if held := affinity(draw):
        spec["affinity"] = held
    if constraints := spread(draw, name):
        spec["topologySpreadConstraints"] = constraints
    labels = {"app": name}
    if draw.random() < 0.5:
        labels["tier"] = "back"
    return {"metadata": {"labels": labels}, "spec": spec}


def workload(draw: random.Random, name: str) -> Object:
    kind = draw.choice(("Deployment", "Deployment", "StatefulSet"))
    spec: Object = {
        "replicas": draw.choice((1, 2, 3)),
        "selector": {"matchLabels": {"app": name}},
        "template": template(draw, name),
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": name, "podManagementPolicy": "Parallel"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def check(draw: random.Random, nodes: list[Object]) -> Object:
    names = [each["metadata"]["name"] for each in nodes]
    change = draw.choice(
        (
            {"steady": {}},
            {"rollout": {"image": "web:2"}},
            {"apply": {}},
            {"drain": {"node": names[0], "uncordon": draw.random() < 0.5}},
            {"taint": {"node": names[-1], "key": "dedicated", "value": "db"}},
        )
    )
    faults: Object = draw.choice(({}, {"nodeCrashes": 1}, {"nodeRemovals": 1}))
    about = {"scenario": change, "faults": faults, "model": {"prompt": False}}
    head = {"apiVersion": "planecheck.dev/v1alpha1", "kind": "Check"}
    return {**head, "metadata": {"name": "random"}, "spec": about}


def stream(objects: list[Object]) -> str:
    return "\n---\n".join(map(json.dumps, objects))


# -- the state as objects ------------------------------------------------------------------------
class Seen:
    """A state as the scheduler sees it, in Kubernetes' objects."""

    def __init__(self, cluster: Cluster, system: System, objects: list[Object]) -> None:
        self.cluster, self.system = cluster, system
        self._nodes = {o["metadata"]["name"]: o for o in objects if o["kind"] == "Node"}
        self._workloads = {
            f"{o['kind']}/default/{o['metadata']['name']}": o
            for o in objects
            if o["kind"] in ("Deployment", "StatefulSet")
        }

    def _cells(self, state: State, function: Any) -> State:
        return state[self.system.offsets[function] :][: function.size]

    def nodes(self, state: State) -> Iterator[Object]:
        cluster = self.cluster
        health = self._cells(state, cluster.health)
        for at, given in enumerate(cluster.scenario.nodes):
            if cluster.registered and not self._cells(state, cluster.registered)[at]:
                continue
            found = json.loads(json.dumps(self._nodes[given.name]))
            taints = found["spec"].setdefault("taints", [])
            if cluster.unschedulable is not None:
                flag = self._cells(state, cluster.unschedulable)[at]
                found["spec"]["unschedulable"] = bool(flag)
            put = cluster.scenario.change.taint
            if put and cluster.tainted and self._cells(state, cluster.tainted)[at]:
                mine = {"key": put.key, "value": put.value, "effect": put.effect}
                # One that the node has already is only changed.
                taints[:] = [t for t in taints if (t["key"], t["effect"]) != (put.key, put.effect)]
                taints.append(mine)
            if health[at] == 2:
                for effect in ("NoSchedule", "NoExecute"):
                    taints.append({"key": "node.kubernetes.io/unreachable", "effect": effect})
            yield found

    def pods(self, state: State) -> Iterator[tuple[int, Object]]:
        """The pods that there are, by their slots."""
        cluster = self.cluster
        columns = (cluster.phase, cluster.node, cluster.owner)
        rows = zip(*(self._cells(state, each) for each in columns), strict=True)
        for slot, (phase, at, of) in enumerate(rows):
            if not phase:
                continue
            whose = cluster.workloads[of]
            held = self._workloads[whose.subject]["spec"]["template"]
            pod = {"apiVersion": "v1", "kind": "Pod", **json.loads(json.dumps(held))}
            pod["metadata"] |= {"name": f"pod-{slot}", "uid": f"uid-{slot}"}
            pod["metadata"]["labels"]["pod-template-hash"] = f"rev-{of}"
            if at >= 0:
                pod["spec"]["nodeName"] = cluster.scenario.nodes[at].name
            if phase == 5:
                pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            yield slot, pod

    def placing(self, state: State, slot: int) -> Placing | None:
        """What becomes of a pod by the direct calculation; None where there are no nodes."""
        nodes = list(self.nodes(state))
        if not nodes:  # others would be assumed
            return None
        text = stream([*nodes, *(pod for _, pod in self.pods(state))])
        asked = ask(["-"], f"pod-{slot}", property_names=(), stdin=io.StringIO(text))
        assert asked.question is not None, [d.render() for d in asked.diagnostics]
        return place(asked.question.snapshot, asked.question.pod)

    def feasible(self, state: State, slot: int) -> set[str]:
        """The nodes that may take a pod."""
        found = self.placing(state, slot)
        return set() if found is None else {info.name for info in found.feasible}

    def pending(self, state: State) -> dict[int, int]:
        """One pod that waits for a node of each owner, by its slot."""
        columns = (self.cluster.phase, self.cluster.node, self.cluster.owner)
        rows = list(zip(*(self._cells(state, each) for each in columns), strict=True))
        first: dict[int, int] = {}
        for slot, (phase, at, of) in enumerate(rows):
            if (phase, at) == (1, -1):
                first.setdefault(of, slot)
        return {slot: of for of, slot in first.items()}


def scenario(draw: random.Random) -> tuple[Scenario, list[Object]]:
    nodes = [node(draw, number) for number in range(1, draw.choice((2, 3, 4)))]
    workloads = [workload(draw, name) for name in ("web", "db")[: draw.choice((1, 2))]]
    objects = [check(draw, nodes), *nodes, *workloads]
    found = draw.choice(plan_of(stream(objects)).scenarios)
    return scenario(draw) if found.omitted else (found, objects)


@pytest.mark.parametrize("seed", range(80))
def test_pods_are_bound_where_the_filters_let_them(seed: int) -> None:
    draw = random.Random(seed)
    given, objects = scenario(draw)
    cluster = composed(given)
    system = cluster.builder.build()
    seen = Seen(cluster, system, objects)
    for state, possible in walks(draw, system, RUNS, STEPS):
        bindings = [s.arguments for s, _ in possible if s.action.name == "bind"]
        for slot in seen.pending(state):
            bound = {given.nodes[at].name for pod, at in bindings if pod == slot}
            assert bound == seen.feasible(state, slot)


@pytest.mark.parametrize("seed", range(80, 120))
def test_what_is_told_of_a_pending_pod_is_what_the_filters_say(seed: int) -> None:
    """The message of its event, and who refuses each node: by what the model knows of the pods as
    by their manifests."""
    draw = random.Random(seed)
    given, objects = scenario(draw)
    cluster = composed(given)
    system = cluster.builder.build()
    seen = Seen(cluster, system, objects)
    for state, _ in walks(draw, system, RUNS, STEPS):
        own = (s for s, of in seen.pending(state).items() if cluster.is_mine(cluster.workloads[of]))
        slot = min(own, default=None)
        direct = None if slot is None else seen.placing(state, slot)
        tried = snapshots.attempt(cluster, state)
        if direct is not None and not direct.feasible:
            assert tried is not None
            assert tried.message.startswith(direct.message)
            assert tried.placing.refusals.keys() == direct.refusals.keys()
            for name, refusal in direct.refusals.items():
                mine = tried.placing.refusals[name]
                assert (mine.plugin, mine.status[:2]) == (refusal.plugin, refusal.status[:2])
        elif direct is not None:
            assert tried is None
