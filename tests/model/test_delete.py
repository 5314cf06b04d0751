"""Workloads of each kind that a user deletes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.engines import engine
from model.api.change import Change, stepwise
from model.api.steps import Delete, Scale, SetImage, Suspend
from model.scenario import Faults, Scenario
from tests.effort import busy
from tests.model.load.helpers import plan_of
from tests.model.worlds import World

POD = "containers: [{name: a, image: 'a:1'}]"
TEMPLATE = f"template: {{metadata: {{labels: {{app: a}}}}, spec: {{{POD}}}}}"
SETS = f"selector: {{matchLabels: {{app: a}}}}, {TEMPLATE}"
JOB = f"spec: {{template: {{spec: {{restartPolicy: Never, {POD}}}}}}}"
#: What is written of each kind.
KINDS = {
    "Deployment": f"apiVersion: apps/v1\nspec: {{replicas: 2, {SETS}}}",
    "ReplicaSet": f"apiVersion: apps/v1\nspec: {{replicas: 2, {SETS}}}",
    "ReplicationController": f"apiVersion: v1\nspec: {{replicas: 2, {TEMPLATE}}}",
    "StatefulSet": f"apiVersion: apps/v1\nspec: {{replicas: 2, serviceName: a, {SETS}}}",
    "DaemonSet": f"apiVersion: apps/v1\nspec: {{{SETS}}}",
    "Job": f"apiVersion: batch/v1\n{JOB}",
    "CronJob": "apiVersion: batch/v1\n"
    f"spec: {{schedule: '* * * * *', concurrencyPolicy: Forbid, jobTemplate: {{{JOB}}}}}",
    "Pod": f"apiVersion: v1\nspec: {{{POD}}}",
}
WAYS = ("background", "foreground", "orphan")
#: Who makes what objects of a kind own.
CONTROLLERS = {
    "ReplicaSet": "replicaset-controller",
    "ReplicationController": "replication-controller",
    "StatefulSet": "statefulset-controller",
    "DaemonSet": "daemonset-controller",
    "Job": "job-controller",
    "CronJob": "cronjob-controller",
}


def deleted(kind: str, how: str, *before: object, faults: Faults | None = None) -> Scenario:
    check = (
        "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: d}\n"
        "spec: {cluster: {nodes: {count: 2}}, scenario: {steady: {}}}\n---\n"
    )
    text = f"{check}kind: {kind}\nmetadata: {{name: a}}\n{KINDS[kind]}\n"
    (found,) = plan_of(text).scenarios
    change: Change = stepwise((*before, Delete(how)))  # type: ignore[arg-type]
    return replace(found, change=change, faults=faults or Faults(), prompt=False)


def outcomes(made: Scenario) -> dict[str, str]:
    system = World(made).system
    verdicts = engine("explicit").check(system, system.properties, busy(60))
    return {v.property: "vacuous" if v.vacuous else v.outcome for v in verdicts}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_gone_in_the_end(kind: str, how: str) -> None:
    """With all that it owned, or without what is to stay; nothing else is violated by that."""
    found = outcomes(deleted(kind, how))
    assert found["deletion-completes"] in ("proved", "holds")
    stays = how == "orphan" and kind not in ("Job", "CronJob", "Pod")
    assert ("orphans-stay" in found) == stays
    assert "violated" not in found.values()


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("kind", CONTROLLERS)
def test_its_controller_makes_nothing_for_what_is_deleted(kind: str, how: str) -> None:
    world = World(deleted(kind, how))
    lost = world.state([])
    if kind == "CronJob":
        lost = world.after(lost, "run is due")
    makes = {"CronJob": "create job"}.get(kind, "create pod")
    assert makes in world.enabled(lost, CONTROLLERS[kind])
    assert makes not in world.enabled(world.after(lost, "delete"), CONTROLLERS[kind])


def test_a_pod_goes_by_its_grace_period_whatever_the_propagation() -> None:
    for how in WAYS:
        world = World(deleted("Pod", how))
        (initial,) = {tuple(world.read(s, "phase")) for s in world.system.initial}
        assert initial == ("Ready",)
        after = world.after(world.system.initial[0], "delete")
        assert world.read(after, "phase") == ["Terminating"]


def test_pods_of_a_statefulset_go_in_any_order() -> None:
    world = World(deleted("StatefulSet", "foreground"))
    after = world.after(world.system.initial[0], "delete")
    assert world.chosen_slots(after, "delete garbage") == {0, 1}
    assert "release workload" not in world.enabled(after)


def test_a_cronjob_in_the_foreground_waits_for_its_jobs_and_these_for_their_pods() -> None:
    world = World(deleted("CronJob", "foreground"))
    state = world.after(
        world.system.initial[0], "run is due", "create job", "create pod", "bind", "delete"
    )
    assert "release workload" not in world.enabled(state)
    state = world.after(state, "delete ReplicaSet in the foreground")
    assert "release ReplicaSet" not in world.enabled(state)
    assert "create pod" not in world.enabled(state)
    state = world.after(state, "delete garbage")
    while "release ReplicaSet" not in world.enabled(state):
        (state,) = {end for step, end in world.steps(state) if step.action.actor == "kubelet"}
    state = world.after(state, "release ReplicaSet", "release workload")
    assert world.pods(state) == []


def test_orphaned_pods_of_a_job_run_to_their_end() -> None:
    """They count for nothing then, and nobody makes others."""
    world = World(deleted("Job", "orphan"))
    state = world.after(world.system.initial[0], "delete", "release ReplicaSet")
    assert world.read(state, "exists") == [0]
    assert len(world.pods(state)) == 1
    assert "delete garbage" not in world.enabled(state)
    while "pod succeeds" not in world.enabled(state):
        state = world.steps(state)[0][1]
    ended = world.after(state, "pod succeeds")
    assert world.pods(ended) == []
    assert world.read(ended, "succeeded") == [0]
    assert "create pod" not in world.enabled(ended)


@pytest.mark.parametrize(
    ("kind", "watcher"),
    [
        ("StatefulSet", "statefulset-controller"),
        ("DaemonSet", "daemonset-controller"),
        ("Job", "job-controller"),
        ("CronJob", "cronjob-controller"),
    ],
)
def test_it_is_gone_though_its_controller_sees_that_late(kind: str, watcher: str) -> None:
    lag = Faults(slow_watches={watcher: 1})
    found = outcomes(deleted(kind, "foreground", faults=lag))
    assert found["deletion-completes"] in ("proved", "holds")


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        ("StatefulSet", (SetImage("a:2"), Scale(3))),
        ("DaemonSet", (SetImage("a:2"),)),
        ("Job", (Suspend(),)),
        ("Deployment", (SetImage("a:2"),)),
    ],
)
@pytest.mark.parametrize("how", ["background", "foreground"])
def test_after_other_steps(kind: str, before: tuple[object, ...], how: str) -> None:
    found = outcomes(deleted(kind, how, *before))
    assert found["deletion-completes"] in ("proved", "holds")
