"""Nodes: kubelets and what they run, the node lifecycle controller, taint eviction, pod garbage.

Source: kubernetes v1.36.3 `pkg/kubelet/kubelet.go` (HandlePodAdditions, syncPod),
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (monitorNodeHealth,
doNoScheduleTaintingPass, doNoExecuteTaintingPass, handleDisruption),
`pkg/controller/tainteviction/taint_eviction.go`, `pkg/controller/podgc/gc_controller.go`.

Omits: how long things take, rates, zones of which only a part is ready.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tests.simulator import filters
from tests.simulator.controllers import as_placed
from tests.simulator.objects import Node, Pod
from tests.simulator.selectors import UNREACHABLE, seconds_borne
from tests.simulator.world import Step, Steps, World

NO_SCHEDULE = (UNREACHABLE, "", "NoSchedule")
NO_EXECUTE = (UNREACHABLE, "", "NoExecute")


def steps(world: World) -> Steps:
    nodes = {node.name: node for node in world.store.all(Node)}
    for pod in world.pods():
        if pod.ready and not pod.settled and world.setup.min_ready and pod.active:
            yield Step("clock", "settles", pod.name, partial(_local, pod.name, "settled"))
        if not world.store.serving or not pod.node:
            continue
        if pod.node not in nodes:
            yield Step("pod-garbage-collector", "delete", pod.name, partial(_collect, pod.name))
            if pod.node in world.machines:
                yield from _kubelet(world, pod, world.machines[pod.node])
        else:
            if pod.node not in world.down:
                yield from _kubelet(world, pod, nodes[pod.node])
            yield from _taint_eviction(pod, nodes[pod.node])
    if world.store.serving:
        for node in nodes.values():
            yield from _lifecycle(world, node, list(nodes.values()))


# -- kubelets ---------------------------------------------------------------------------------
def _kubelet(world: World, pod: Pod, node: Node) -> Steps:
    def step(action: str, **changes: object) -> Step:
        return Step("kubelet", action, pod.name, partial(_change, pod.name, changes))

    if pod.terminating:
        yield Step("kubelet", "stopped", pod.name, partial(_collect, pod.name))
    elif pod.phase == "Pending" and not pod.admitted:
        others = [
            as_placed(p, p.node)
            for p in world.pods()
            if p.node == node.name and p.admitted and p.phase != "Failed"
        ]
        there = filters.Cluster([node.manifest], others)
        if filters.admits(pod.manifest, node.manifest, there):
            yield Step("kubelet", "admit", pod.name, partial(_local, pod.name, "admitted"))
        else:
            yield step("reject", phase="Failed", ready=False)
    elif pod.phase == "Pending":
        yield step("start", phase="Running")
    elif pod.phase == "Running" and not pod.ready and gets_ready(world, pod):
        yield step("ready", ready=True)


def gets_ready(world: World, pod: Pod) -> bool:
    """Whether the pod ever passes its readiness probe: its template does, and it has not failed for
    good."""
    return pod.name not in world.cursed and pod.owner.rpartition("-")[2] not in world.broken


def _change(name: str, changes: dict[str, object], world: World) -> None:
    """A kubelet reports; a pod that is not ready has to settle again."""
    changed = replace(world.store.get(Pod, name), **changes)  # type: ignore[arg-type]
    world.store.update(changed if changed.ready else replace(changed, settled=False))


def _local(name: str, field: str, world: World) -> None:
    """A change that nobody writes."""
    pod = world.store.get(Pod, name)
    changes: dict[str, bool] = {field: True}
    changed = replace(pod, **changes)  # type: ignore[arg-type]
    for view in (world.store.objects, *(w.view for w in world.store.watches.values())):
        # A cache that lags sees time pass as well.
        if view is not None and view.get((Pod, name)) == pod:
            view[Pod, name] = changed


def _collect(name: str, world: World) -> None:
    world.store.remove(world.store.get(Pod, name))


# -- the node lifecycle controller ------------------------------------------------------------
def _lifecycle(world: World, node: Node, nodes: list[Node]) -> Steps:
    who = "node-lifecycle-controller"

    def step(action: str, **changes: object) -> Step:
        return Step(who, action, node.name, partial(_change_node, node.name, changes))

    if node.name in world.down and node.ready:
        yield step("unknown", ready=False)
    if not node.ready and NO_SCHEDULE not in node.taints:
        yield step("taint NoSchedule", taints=(*node.taints, NO_SCHEDULE))
    if node.ready and NO_SCHEDULE in node.taints:
        yield step("untaint NoSchedule", taints=tuple(t for t in node.taints if t != NO_SCHEDULE))
    # With no node ready nobody is evicted, and taints are taken back.
    some_ready = any(n.ready for n in nodes)
    if not node.ready and some_ready and NO_EXECUTE not in node.taints:
        yield step("taint NoExecute", taints=(*node.taints, NO_EXECUTE))
    if (node.ready or not some_ready) and NO_EXECUTE in node.taints:
        yield step("untaint NoExecute", taints=tuple(t for t in node.taints if t != NO_EXECUTE))
    if not node.ready:
        for pod in world.pods():
            if pod.node == node.name and pod.ready:
                unready = partial(_change, pod.name, {"ready": False})
                yield Step(who, "pod not ready", pod.name, unready)


def _change_node(name: str, changes: dict[str, object], world: World) -> None:
    node = world.store.get(Node, name)
    world.store.update(replace(node, **changes))  # type: ignore[arg-type]


# -- taint eviction ---------------------------------------------------------------------------
def _taint_eviction(pod: Pod, node: Node) -> Steps:
    taints = [{"key": k, "value": v, "effect": e} for k, v, e in node.taints if e == "NoExecute"]
    if not taints or not pod.active:
        return
    tolerations = pod.manifest["spec"].get("tolerations") or ()
    if seconds_borne(tolerations, taints) is not None:
        by_hand = [t for t in taints if t["key"] != UNREACHABLE]
        wanted = bool(by_hand) and seconds_borne(tolerations, by_hand) is not None
        run = partial(_delete, pod.name, wanted)
        yield Step("taint-eviction-controller", "delete", pod.name, run)


def _delete(name: str, by_hand: bool, world: World) -> None:
    from tests.simulator.people import note_disruption

    if by_hand:
        note_disruption(world, world.store.get(Pod, name))
    world.store.delete_pod(name)
