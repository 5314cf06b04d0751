"""Small runs of the simulator whose end is known."""

from __future__ import annotations

from random import Random

import pytest

from tests.simulator.compare import run
from tests.simulator.judge import Verdicts
from tests.simulator.objects import Node, Pod, ReplicaSet
from tests.simulator.runs import finish, rest
from tests.simulator.setups import begin, empty, setups
from tests.simulator.world import Step, World, steps

CHECK = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {{name: small}}
spec: {spec}
---
"""
NODE = """
apiVersion: v1
kind: Node
metadata: {{name: node-{number}}}
spec: {spec}
status:
  allocatable: {{cpu: "1", memory: 1Gi, pods: "{pods}"}}
---
"""
WORKLOAD = """
apiVersion: apps/v1
kind: {kind}
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      {pod}
      containers:
      - {{name: web, image: "example/web:1"}}
"""


def text(
    spec: str = "{scenario: {apply: {}}}",
    pods: tuple[int, ...] = (3, 3),
    *,
    kind: str = "Deployment",
    replicas: int = 2,
    pod: str = "terminationGracePeriodSeconds: 30",
    node: str = "{}",
) -> str:
    nodes = [NODE.format(number=i + 1, pods=n, spec=node) for i, n in enumerate(pods)]
    workload = WORKLOAD.format(kind=kind, replicas=replicas, pod=pod)
    return CHECK.format(spec=spec) + "".join(nodes) + workload


def world(written: str) -> World:
    (setup,) = setups(written)
    return empty(setup)


def test_deployment_is_made_and_rests() -> None:
    """Applied to an empty cluster: one ReplicaSet, all pods ready, its status says so."""
    made = world(text())
    rest(made, Random(1))
    assert not steps(made) or all(not s.fair for s in steps(made))
    (replicaset,) = made.store.all(ReplicaSet)
    assert (replicaset.replicas, replicaset.status_available) == (2, 2)
    assert [p.ready for p in made.pods()] == [True, True]


def test_pods_that_fit_nowhere_wait() -> None:
    """Three pods, room for two: the third stays pending, and the run rests."""
    made = world(text(pods=(1, 1), replicas=3))
    verdicts = Verdicts(["replicas-converge", "every-pod-scheduled", "no-overcommit"])
    verdicts.end(finish(made, Random(1), verdicts.see, []))
    assert set(verdicts.violated) == {"replicas-converge", "every-pod-scheduled"}


def test_taint_that_is_tolerated_for_a_minute_is_a_loop() -> None:
    """The scheduler lets pods on, taint eviction takes them off: for ever."""
    taint = "{taints: [{key: a, effect: NoExecute}]}"
    borne = "tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]"
    made = world(text(pods=(3,), replicas=1, pod=borne, node=taint))
    verdicts = Verdicts(["replicas-converge", "no-eviction-loop"])
    ending = finish(made, Random(1), verdicts.see, [])
    verdicts.end(ending)
    assert len(ending.loop) > 1
    assert set(verdicts.violated) == {"replicas-converge", "no-eviction-loop"}


def test_crashed_node_loses_its_pods_only_if_another_is_ready() -> None:
    """With two nodes the pods of the crashed one are made anew, with one node they stay."""
    spec = "{scenario: {steady: {}}, faults: {nodeCrashes: 1, nodesReturn: false}}"
    for pods, alive in (((3, 3), 2), ((3,), 0)):
        (setup,) = setups(text(spec, pods))
        started = begin(setup, Random(1))
        crash = next(s for s in steps(started) if s.action == "node crashes")
        crash.run(started)
        finish(started, Random(1), lambda _: None, [])
        assert sum(p.ready and p.active for p in started.pods()) == alive
        tainted = [n for n in started.store.all(Node) if len(n.taints) == 2]
        assert len(tainted) == len(pods) - 1


def test_drain_waits_for_its_budget() -> None:
    """With a budget that allows nothing the drained node keeps its pod; without, it is empty."""
    spec = "{scenario: {drain: {node: node-1}}}"
    budget = (
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n"
        "spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}\n"
    )
    spread = (
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}"
    )
    for guard, emptied in (("", True), (budget, False)):
        (setup,) = setups(text(spec, (3, 3, 3), pod=spread) + guard)
        on_it = set()
        for seed in range(12):
            started = begin(setup, Random(seed))
            if any(p.node == "node-1" for p in started.pods()):
                cordon = next(s for s in steps(started) if s.action == "cordon")
                cordon.run(started)
                finish(started, Random(seed), lambda _: None, [])
                on_it.add(not any(p.node == "node-1" for p in started.pods()))
        assert on_it == {emptied}


def test_stalled_controller_repeats_nothing() -> None:
    """A ReplicaSet controller whose watch stalls never makes pods twice."""
    spec = "{scenario: {apply: {}}, faults: {slowWatches: {replicaset-controller: 1}}}"
    (setup,) = setups(text(spec, kind="ReplicaSet", replicas=3))
    stalled = 0
    for seed in range(40):
        verdicts, log, ended = run(setup, seed, ["no-duplicate-pods", "replicas-converge"])
        stalled += any("stalls" in line for line in log)
        assert ended
        assert not verdicts.violated
    assert stalled > 10


def of(world: World, action: str, about: str = "") -> Step | None:
    """A step of that name that is possible, if one is."""
    found = (s for s in steps(world) if s.action == action and about in ("", s.about))
    return next(found, None)


def do(world: World, action: str, about: str = "") -> None:
    step = of(world, action, about)
    assert step is not None, [str(s) for s in steps(world)]
    step.run(world)


@pytest.mark.parametrize("moments", [1, 2, 3])
def test_cache_rests_at_as_many_past_moments_as_it_may(moments: int) -> None:
    """Stalling is the first moment, and each time that it moves on is another."""
    faults = f"podFailures: 5, slowWatches: {{replicaset-controller: {moments}}}"
    (setup,) = setups(text(f"{{scenario: {{steady: {{}}}}, faults: {{{faults}}}}}"))
    made = begin(setup, Random(1))
    do(made, "watch stalls")
    rested = 1
    while True:
        do(made, "pod fails")
        do(made, "ready")
        if of(made, "watch moves on") is None:
            break
        do(made, "watch moves on", "by 1")
        rested += 1
    assert rested == moments
    do(made, "watch catches up")
    assert of(made, "watch stalls") is None


def test_cache_of_pods_lags_by_itself() -> None:
    """What the controller sees of ReplicaSets is as it is now, and of pods as it was."""
    steps_ = "{steps: [{scale: 1}]}"
    faults = "{podFailures: 1, slowWatches: {replicaset-controller: {pods: 1}}}"
    (setup,) = setups(text(f"{{scenario: {steps_}, faults: {faults}}}", kind="ReplicaSet"))
    made = begin(setup, Random(1))
    do(made, "watch of pods stalls")
    do(made, "pod fails")
    do(made, "scale: 1")
    watcher = "replicaset-controller"
    assert [p.ready for p in made.pods(watcher)] == [True, True]
    assert sorted(p.ready for p in made.pods()) == [False, True]
    assert [r.replicas for r in made.store.all(ReplicaSet, watcher)] == [1]


def test_pods_of_a_node_that_a_user_removes_run_until_they_are_collected() -> None:
    """Its kubelet reports on, nobody binds another pod there; of a node that is removed with its
    machine nothing is heard, until one like it comes in its place."""
    spec = "{scenario: {steps: [{removeNode: node-1}]}, faults: {nodeRemovals: 1, podFailures: 1}}"
    (setup,) = setups(text(spec, (1, 1)))
    for action, reports in (("removeNode: node-1", True), ("node is removed", False)):
        made = begin(setup, Random(1))
        do(made, action, "node-1" if action == "node is removed" else "")
        (pod,) = (p for p in made.pods() if p.node == "node-1")
        if reports:
            do(made, "pod fails", pod.name)
            do(made, "ready", pod.name)
        else:
            assert of(made, "stopped", pod.name) is None
        finish(made, Random(1), lambda _: None, [])
        nodes = sorted(p.node for p in made.pods())
        assert nodes == (["", "node-2"] if reports else ["node-1", "node-2"])


def test_pod_that_a_user_deletes_is_made_anew() -> None:
    """The user takes the step in the end, and goes on."""
    spec = "{scenario: {steps: [{deletePod: {}}, {scale: 3}]}}"
    (setup,) = setups(text(spec))
    made = begin(setup, Random(1))
    before = {p.name for p in made.pods()}
    ending = finish(made, Random(1), lambda _: None, [])
    assert not ending.given_up
    assert made.taken == 1
    assert len(made.pods()) == 2
    assert len(before & {p.name for p in made.pods()}) == 1


def test_only_reachable_placements_begin_a_run() -> None:
    """Anti-affinity over hosts: never two on one node, in any deployed start."""
    spec = "{scenario: {steady: {}}}"
    anti = (
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}"
    )
    (setup,) = setups(text(spec, pods=(3, 3, 3), pod=anti))
    placements = set()
    for seed in range(20):
        pods: list[Pod] = begin(setup, Random(seed)).pods()
        placements.add(tuple(sorted(p.node for p in pods)))
    assert len(placements) == 3
    assert all(len(set(nodes)) == 2 for nodes in placements)


def test_pods_stay_where_they_are_when_their_node_is_labelled() -> None:
    """New ones go by the labels of then."""
    steps = "[{label: {node: node-1, key: d, value: x}}, {unlabel: {node: node-1, key: d}}]"
    pod = "nodeSelector: {d: x}"
    (setup,) = setups(text(f"{{scenario: {{steps: {steps}}}}}", (2,), replicas=1, pod=pod))
    made = begin(setup, Random(1))
    assert [p.node for p in made.pods()] == [""]
    do(made, "label: node-1, d=x")
    finish(made, Random(1), lambda _: None, [])
    assert [p.node for p in made.pods()] == ["node-1"]
    do(made, "unlabel: node-1, d")
    finish(made, Random(1), lambda _: None, [])
    assert [p.node for p in made.pods()] == ["node-1"]
    (node,) = made.store.all(Node)
    assert "d" not in node.labels
