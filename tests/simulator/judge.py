"""The properties that `check` answers about a workload, read off the simulator's store.

Each is written from its sentence in docs/properties.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from model.api.change import Change
from model.api.steps import Uncordon
from tests.simulator import filters
from tests.simulator.controllers import as_placed
from tests.simulator.deployment import Create, Scale, surge, unavailable
from tests.simulator.disturb import given_nodes
from tests.simulator.objects import Deployment, Node, Pod, ReplicaSet
from tests.simulator.quantities import amount
from tests.simulator.replicaset import available
from tests.simulator.runs import Ending
from tests.simulator.world import DeletePod, World

Test = Callable[[World], bool]


# -- safety -----------------------------------------------------------------------------------
def keeps_available(world: World) -> bool:
    return world.disturbed or bool(world.deleted) or world.available() >= world.owed


def owe(world: World) -> None:
    """A rollout that has come to have as many pods available as it has to keep keeps them, once
    nobody is about to take any."""
    for deployment in world.store.all(Deployment):
        least = deployment.replicas - unavailable(deployment)
        kept = sum(
            min(
                r.replicas,
                sum(available(p, world.setup.min_ready) for p in world.pods() if p.owner == r.name),
            )
            for r in world.store.all(ReplicaSet)
        )
        if kept >= least and not _going(world):
            world.owed = max(world.owed, least)


def _going(world: World) -> bool:
    """Whether somebody is about to take pods, or to write what was right before a scaling."""
    calls = [call for sync in world.syncs.values() for batch in sync for call in batch]
    late = (isinstance(call, Scale | Create) and call.desired != world.desired for call in calls)
    return any(late) or any(isinstance(call, DeletePod) for call in calls)


def surge_bounded(world: World) -> bool:
    deployment = next(iter(world.store.all(Deployment)), world.was)
    assert isinstance(deployment, Deployment)
    most = deployment.replicas
    if deployment.strategy == "RollingUpdate":
        most += surge(deployment)
    sets = [r for r in world.store.all(ReplicaSet) if r.replicas > 0]
    # Until all follow a scaling, what one was last written for counts.
    noted = [r.maximum or 0 for r in sets if r.desired != deployment.replicas]
    return sum(r.replicas for r in sets) <= max([most, *noted])


def placed(world: World) -> list[Pod]:
    """Pods that take room on a node: those that the scheduler bound, and those with a nodeName
    that their kubelet has admitted."""
    return [
        p
        for p in world.pods()
        if p.node and p.phase != "Failed" and (p.admitted or not p.manifest["spec"].get("nodeName"))
    ]


def no_overcommit(world: World) -> bool:
    for node in world.store.all(Node):
        here = [p for p in placed(world) if p.node == node.name]
        used = Counter[str]({"pods": len(here)})
        for pod in here:
            used.update(filters.requests(pod.manifest))
        if any(
            count and count > amount(name, str(node.allocatable.get(name, "0")))
            for name, count in used.items()
        ):
            return False
    return True


def placement_respected(world: World) -> bool:
    """As the nodes were when the run began: a scenario's own taints and cordons come later. Of the
    labels that a node has had any will do."""
    at_first = {node.name: node for node in given_nodes(world.setup)}
    for pod in placed(world):
        first = at_first[pod.node]
        worn = [first.labels, *world.worn.get(pod.node, ())]
        if not any(_respects(world, pod, replace(first, labels=labels)) for labels in worn):
            return False
    return True


def _respects(world: World, pod: Pod, node: Node) -> bool:
    """Whether a node takes such a pod, however empty it is."""
    then = next(each for each in world.setup.scenario.nodes if each.name == node.name)
    taints = [{"key": t.key, "value": t.value, "effect": t.effect} for t in then.taints]
    reopened = then.name in _reopened(world.setup.scenario.change)
    spec = {"taints": taints, "unschedulable": then.unschedulable and not reopened}
    given = {**node.manifest, "spec": spec}
    alone, manifest = filters.Cluster([given], []), as_placed(pod, pod.node)
    if pod.manifest["spec"].get("nodeName"):
        return bool(filters.admits(manifest, given, alone))
    return all(check(manifest, given, alone) for check in ALONE)


def _reopened(change: Change) -> set[str]:
    """Nodes that a user may uncordon."""
    found = {step.node for step in change.steps if isinstance(step, Uncordon)}
    return found | set(change.nodes if change.uncordon else ())


ALONE = (
    filters.node_unschedulable,
    filters.taint_toleration,
    filters.node_affinity,
    filters.node_resources_fit,
)


def maintenance_keeps_available(world: World) -> bool:
    return world.disturbed or world.available() >= world.desired - 1


def revisions_never_overlap(world: World) -> bool:
    return len({p.owner for p in world.pods() if p.phase != "Failed"}) <= 1


def no_duplicate_pods(world: World) -> bool:
    active = Counter(p.owner for p in world.pods() if p.active)
    return all(count <= world.most for count in active.values())


def paused(world: World) -> bool:
    return any(each.paused for each in world.store.all(Deployment))


def pause_respected(world: World) -> bool:
    return all(r.template in world.recorded for r in world.store.all(ReplicaSet))


def orphans_stay(world: World) -> bool:
    left = any(p.active for p in world.pods())
    return world.deleted != "orphan" or world.disturbed or left


def never(name: str) -> Test:
    return lambda world: name not in world.breaches


SAFETY: dict[str, Test] = {
    "rollout-keeps-available": keeps_available,
    "surge-bounded": surge_bounded,
    "no-overcommit": no_overcommit,
    "placement-respected": placement_respected,
    "maintenance-keeps-available": maintenance_keeps_available,
    "revisions-never-overlap": revisions_never_overlap,
    "no-duplicate-pods": no_duplicate_pods,
    "pause-respected": pause_respected,
    "budget-respected": never("budget-respected"),
    "orphans-stay": orphans_stay,
}


# -- liveness ---------------------------------------------------------------------------------
def converged(world: World) -> bool:
    wanted = world.desired
    if world.deleted == "orphan" and isinstance(world.was, ReplicaSet):
        return True  # nobody replaces pods that are left alone
    if world.deleted in ("background", "foreground"):
        wanted = 0
    sets = [r for r in world.store.all(ReplicaSet) if r.replicas > 0]
    if world.deleted == "orphan" or (paused(world) and len(sets) > 1):
        wanted = sum(r.replicas for r in sets)
    return sum(p.active and p.ready for p in world.pods()) == wanted


def rolls(world: World, stage: str) -> bool:
    """Whether the last change of the template was of this kind, and is to be followed."""
    return world.stage == stage and not paused(world)


def complete(world: World) -> bool:
    deployment = next(iter(world.store.all(Deployment)), world.was)
    assert isinstance(deployment, Deployment)
    name = f"{world.setup.scenario.workload.name}-{deployment.template}"
    mine = [p for p in world.pods() if p.active and p.owner == name]
    others = [p for p in world.pods() if p.active and p.owner != name]
    settled = [p for p in mine if p.ready and (p.settled or not world.setup.min_ready)]
    return len(settled) == world.desired and not others


def deleted(world: World) -> bool:
    """Whether what was deleted is gone, with what it owned unless that was to be left."""
    sets, pods = world.store.all(ReplicaSet), world.pods()
    if world.setup.scenario.workload.kind == "Deployment":
        gone = not world.store.all(Deployment)
    else:
        gone = not sets
    return gone and (world.deleted == "orphan" or not (sets or pods))


def everything_scheduled(world: World) -> bool:
    """No pod waits for a node; one with a nodeName waits for its kubelet."""
    return not any(
        p.active and p.phase == "Pending" and not (p.admitted or _bound(p)) for p in world.pods()
    )


def _bound(pod: Pod) -> bool:
    return bool(pod.node) and not pod.manifest["spec"].get("nodeName")


def drained(world: World) -> bool:
    cordoned = {
        n.name
        for n in world.store.all(Node)
        if n.unschedulable and n.name in world.setup.scenario.change.nodes
    }
    return not any(p.node in cordoned for p in placed(world))


def nothing_to_evict(world: World) -> bool:
    from tests.simulator.machines import steps

    return not any(
        s.actor == "taint-eviction-controller" or s.action == "reject" for s in steps(world)
    )


@dataclass(frozen=True)
class Promise:
    """`always`: from some point on, for good. Otherwise again and again, or once after `since`."""

    goal: Test
    always: bool = False
    since: Test | None = None


LIVENESS: dict[str, Promise] = {
    "replicas-converge": Promise(converged, always=True),
    "no-eviction-loop": Promise(nothing_to_evict, always=True),
    "every-pod-scheduled": Promise(everything_scheduled),
    "rollout-completes": Promise(
        lambda w: not rolls(w, "new") or complete(w), since=lambda w: rolls(w, "new")
    ),
    "rollback-completes": Promise(
        lambda w: not rolls(w, "reverted") or complete(w), since=lambda w: rolls(w, "reverted")
    ),
    "deletion-completes": Promise(deleted, since=lambda w: bool(w.deleted)),
    "drain-completes": Promise(drained, since=lambda w: w.drain.begun or w.drain.node > 0),
}


@dataclass
class Verdicts:
    """What is seen to be violated in a run."""

    asked: Sequence[str]
    violated: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    #: Of each property that something leads to: whether it is due.
    due: set[str] = field(default_factory=set)

    def see(self, world: World) -> None:
        """Look at a state of the run."""
        owe(world)
        for name in self.asked:
            if name in SAFETY and name not in self.violated and not SAFETY[name](world):
                self.violated[name] = self.seen
            promise = LIVENESS.get(name)
            if promise is not None and promise.since is not None:
                if promise.goal(world):
                    self.due.discard(name)
                elif promise.since(world):
                    self.due.add(name)
        self.seen += 1

    def end(self, ending: Ending) -> None:
        """Judge what comes again and again."""
        for name in self.asked:
            promise = LIVENESS.get(name)
            if promise is None:
                continue
            goals = [promise.goal(world) for world in ending.loop]
            if promise.always:
                broken = not all(goals)
            elif promise.since is None:
                broken = not any(goals)
            else:
                broken = name in self.due and not any(goals)
            if broken:
                self.violated[name] = self.seen
