"""Neighbours of other kinds than ReplicaSets make: what others see of them, and what they are to
the workload that a scenario is about."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import pytest

from model import cluster
from model.api.change import Change
from model.api.selector import LabelSelector
from model.api.statefulset import StatefulSet
from model.api.workload import Workload
from model.apiserver.objects import PHASE
from model.instance import Instance
from model.ir.interpret import steps
from model.ir.system import State
from model.scenario import Faults, Scenario
from tests.model.load.helpers import plan_of
from tests.model.worlds import node, scenario, template, workload
from tests.outcomes import outcomes

RUNNING, READY = PHASE.values.index("Running"), PHASE.values.index("Ready")


def named(name: str, replicas: int, cpu: int = 500) -> Workload:
    pod = template(labels={"app": name}, requests={"cpu": cpu})
    return workload(replicas, pod=pod, name=name, selector=LabelSelector({"app": name}))


def db(*, parallel: bool) -> Workload:
    return replace(named("db", 2), kind="StatefulSet", stateful=StatefulSet(parallel=parallel))


def views(instance: Instance, whose: str) -> set[Hashable]:
    """Of every reachable state the phases and nodes of somebody's pods, and the nodes' health;
    whether a pod is ready is no matter to others."""
    system = instance.system
    spans = {f.name: slice(system.offsets[f], system.offsets[f] + f.size) for f in system.functions}
    (sets,) = next(f for f in system.functions if f.name == "exists").domain
    owner = next(i for i, name in enumerate(sets.elements) if name.startswith(whose))  # type: ignore[union-attr]

    def seen(state: State, swap: bool) -> tuple[object, ...]:
        cells = {name: state[span] for name, span in spans.items()}
        order = (1, 0, -1) if swap else (0, 1, -1)
        pods = sorted(
            (READY if phase == RUNNING else phase, order[at])
            for phase, at, of in zip(cells["phase"], cells["node"], cells["owner"], strict=True)
            if of == owner and phase
        )
        told = [cells[name] for name in ("health", "unschedulable") if name in cells]
        return tuple(pods), *(each[::-1] if swap else each for each in told)

    orders = (False,) if "unschedulable" in spans else (False, True)
    found: set[Hashable] = set()
    known, todo = set(system.initial), list(system.initial)
    while todo:
        state = todo.pop()
        # Nothing tells nodes apart of which none is drained.
        found.add(min(seen(state, swap) for swap in orders))
        for _, after in steps(system, state):
            if after not in known:
                known.add(after)
                todo.append(after)
    return found


def on_nodes(own: Workload, change: Change, faults: Faults, *others: Workload) -> Scenario:
    places = tuple(node(f"node-{i}", allocatable={"cpu": 1600}) for i in (1, 2))
    made = replace(scenario("drain", nodes=places, workload=own), nodes=places)
    return replace(made, change=change, faults=faults, neighbours=others, prompt=False)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (Change("drain", nodes=("node-1",)), Faults()),
        (Change("steady"), Faults(node_crashes=1)),
    ],
    ids=["drain", "crash"],
)
@pytest.mark.parametrize("parallel", [True, False], ids=["parallel", "ordered"])
def test_statefulsets_are_seen_as_they_are(change: Change, faults: Faults, parallel: bool) -> None:
    """Where a Parallel one's pods are, others see the same as if it were checked itself; of one
    that is OrderedReady they see more, as nobody waits for anybody."""
    itself = on_nodes(db(parallel=parallel), change, faults)
    beside = on_nodes(named("web", 1, 100), change, faults, db(parallel=parallel))
    real, model = views(cluster.workload(itself), "db"), views(cluster.workload(beside), "db")
    assert real <= model
    if parallel:
        assert real == model


HEAD = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: c}
spec:
  cluster: {nodes: {count: 2, cpu: "2"}}
  scenario: {drain: {node: node-1}}
"""


def given(kind: str, name: str, *, spec: str = "", cpu: str = "900m", pod: str = "") -> str:
    """A workload, or what a pod is."""
    inside = (
        f"{{{pod}containers: [{{name: c, image: c, resources: {{requests: {{cpu: {cpu}}}}}}}]}}"
    )
    meta = f"{{name: {name}, labels: {{app: {name}, all: here}}}}"
    if kind == "Pod":
        return f"---\napiVersion: v1\nkind: Pod\nmetadata: {meta}\nspec: {inside}\n"
    return f"""---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  {spec}
  selector: {{matchLabels: {{app: {name}}}}}
  template: {{metadata: {meta}, spec: {inside}}}
"""


BUDGET = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: all}
spec: {minAvailable: 1, selector: {matchLabels: {all: here}}}
"""


def beside(*others: str, head: str = HEAD) -> Scenario:
    """The scenario of a Deployment of two among others."""
    text = head + given("Deployment", "web", spec="replicas: 2") + "".join(others)
    return next(s for s in plan_of(text).scenarios if s.workload.name == "web")


def test_who_takes_part() -> None:
    """StatefulSets, but for ordered ones under a budget; pods that do not end by themselves."""

    def names(*others: str) -> list[str]:
        return [each.name for each in beside(*others).neighbours]

    two = given("StatefulSet", "db", spec="replicas: 2")
    assert names(two) == ["db"]
    assert names(two, BUDGET) == []
    parallel = given("StatefulSet", "db", spec="replicas: 2\n  podManagementPolicy: Parallel")
    assert names(parallel, BUDGET) == ["db"]
    assert names(given("StatefulSet", "db", spec="replicas: 1"), BUDGET) == ["db"]
    assert names(given("Pod", "once")) == ["once"]
    assert names(given("Pod", "once", pod="restartPolicy: Never, ")) == []
    assert names(given("DaemonSet", "agent")) == []


def test_daemonsets_are_there_before_all_others() -> None:
    """What their pods request is no room, and a report says so, unless they are in others' way in
    another manner, do not fit together, or nodes are replaced: then they take part."""
    found = beside(given("DaemonSet", "agent", cpu="300m"))
    assert [each.allocatable["cpu"] for each in found.nodes] == [1700, 1700]
    assert any("DaemonSet/default/agent" in said for said in found.assumptions)
    assert not found.omitted
    for other in (
        given("DaemonSet", "agent", cpu="1200m") + given("DaemonSet", "logs", cpu="1200m"),
        given(
            "DaemonSet",
            "agent",
            pod="affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
            "[{topologyKey: kubernetes.io/hostname, "
            "labelSelector: {matchLabels: {app: web}}}]}}, ",
        ),
    ):
        found = beside(other)
        assert [each.allocatable["cpu"] for each in found.nodes] == [2000, 2000]
        assert {each.kind for each in found.neighbours} == {"DaemonSet"}
        assert all(each.replicas == 2 for each in found.neighbours)
        assert not found.omitted
    replaced = HEAD + "  faults: {nodeRemovals: 1}\n"
    found = beside(given("DaemonSet", "agent", cpu="300m"), head=replaced)
    assert [each.allocatable["cpu"] for each in found.nodes] == [2000, 2000]
    assert [each.name for each in found.neighbours] == ["agent"]
    elsewhere = beside(given("DaemonSet", "agent", cpu="300m", pod="nodeSelector: {a: b}, "))
    assert [each.allocatable["cpu"] for each in elsewhere.nodes] == [2000, 2000]


def test_a_pod_that_names_its_node() -> None:
    """It is there and nowhere else; a drain of that node meets it whether or not there is room."""
    found = beside(given("Pod", "once", cpu="10m", pod="nodeName: node-1, "))
    (pod,) = found.neighbours
    assert (pod.template.node_name, len(pod.template.node_affinity or ())) == ("", 1)
    away = beside(given("Pod", "once", cpu="10m", pod="nodeName: node-2, "))
    assert not away.neighbours


def of_one(text: str, name: str) -> dict[str, str]:
    """The verdicts of an explorer, with every interleaving, on what is said of a workload."""
    (made,) = (s for s in plan_of(text).scenarios if s.workload.name == name)
    return outcomes(replace(made, prompt=False))


ADOPTING = """---
apiVersion: {version}
kind: {kind}
metadata: {{name: web}}
spec:
  replicas: 1
  selector: {selector}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: c, image: c}}]}}
"""


@pytest.mark.parametrize(
    ("version", "kind", "selector"),
    [
        ("apps/v1", "ReplicaSet", "{matchLabels: {app: web}}"),
        ("v1", "ReplicationController", "{app: web}"),
        ("apps/v1", "Deployment", "{matchLabels: {app: web}}"),
    ],
)
@pytest.mark.parametrize("label", ["web", "once"])
def test_pods_that_are_taken_over(version: str, kind: str, selector: str, label: str) -> None:
    """By ReplicaSets and ReplicationControllers whose selector matches them, not by Deployments."""
    pod = given("Pod", "once").replace("app: once", f"app: {label}")
    text = HEAD.replace("scenario: {drain: {node: node-1}}", "scenario: {apply: {}}")
    text += ADOPTING.format(version=version, kind=kind, selector=selector) + pod
    taken = label == "web" and kind != "Deployment"
    of_controller, of_pod = of_one(text, "web"), of_one(text, "once")
    assert of_controller["no-duplicate-pods"] == ("violated" if taken else "proved")
    assert of_controller["replicas-converge"] == "proved"
    assert of_pod["replicas-converge"] == ("violated" if taken else "proved")


def test_a_single_pod_is_there_from_the_start() -> None:
    """Also where others are applied to an empty cluster, and it takes the place that they want."""
    text = HEAD.replace("scenario: {drain: {node: node-1}}", "scenario: {apply: {}}")
    text += given("Deployment", "web", spec="replicas: 2", cpu="1200m")
    assert of_one(text, "web")["every-pod-scheduled"] == "proved"
    assert of_one(text + given("Pod", "once"), "web")["every-pod-scheduled"] == "violated"
