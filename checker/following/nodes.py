"""What a recording tells of nodes: where the scheduler puts pods, which evictions are granted, and
which pods are driven off their nodes or collected; and what no request makes of a pod.

None of these hides anything, so each is judged by itself, by the rules that the model's own tables
and guards are made of, on the numbers of the moment: a bound pod has to pass the scheduler's
filters on its node as that is, with all the pods that are there; an evicted one to be spared by its
budget; one that is driven off has a taint on its node that it does not bear for ever; one that is
collected has no owner left, or one that is being deleted, or no node.

A scheduler may not have seen what was written about a node just before: what passes on the node as
it was within `LAG` before is left out of the model, and noted.

Omits: what pods request, and other things that the recorded pods do not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from checker.following import facts
from checker.following.recording import UNSEEN, Recording, Write
from checker.following.story import COMPONENTS, actor
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.apiserver.objects import ABSENT, PENDING, READY, TERMINATING
from model.controllers import budgetstatus, disruption, podgc
from model.ir.expr import TRUE
from model.node import kubelet
from model.plugins import daemon_nodes, filters
from model.scheduler.binding import NAME as SCHEDULER

#: How late a scheduler may learn of nodes.
LAG = timedelta(seconds=1)

_OVER = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Misplaced:
    """A binding or an eviction that the rules forbid."""

    write: Write
    #: "binds Pod/shop/web-1 to node-2".
    said: str
    why: tuple[str, ...]
    #: What was possible in its place.
    possible: tuple[str, ...]


@dataclass
class Judged:
    """How many were found right, and the first that was not."""

    bindings: int = 0
    evictions: int = 0
    #: Pods that are driven off their nodes, or collected.
    driven: int = 0
    wrong: Misplaced | None = None
    #: Evictions that only a budget's status that was behind explains.
    behind: list[Write] = field(default_factory=list)
    #: Bindings that only a scheduler which was late explains.
    late: list[Write] = field(default_factory=list)


@dataclass
class World:
    """The nodes, pods and budgets after some writes."""

    nodes: dict[str, Node] = field(default_factory=dict)
    #: What each node was before, with when it ceased to be so.
    older: dict[str, list[tuple[datetime, Node]]] = field(default_factory=dict)
    pods: dict[tuple[str, str], Write] = field(default_factory=dict)
    budgets: dict[tuple[str, str], Write] = field(default_factory=dict)
    #: Controllers of pods by uid, with their replicas.
    scales: dict[str, int] = field(default_factory=dict)
    #: All objects by uid.
    there: dict[str, Write] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    #: The write of a budget that noted the eviction of a pod, by the namespace, the budget and
    #: the pod.
    noted: dict[tuple[str, str, str], Write] = field(default_factory=dict)
    #: Nodes of which the last write is not told.
    unknown: set[str] = field(default_factory=set)

    def take(self, write: Write) -> None:
        """What is so after a write."""
        key, gone = (write.namespace, write.name), write.type == "DELETED"
        if write.type == UNSEEN:
            # Nobody knows what the node is like now.
            self.unknown.add(write.name)
            return
        if gone:
            self.there.pop(write.uid, None)
        else:
            self.there[write.uid] = write
        match write.kind:
            case "Node":
                self.unknown.discard(write.name)
                before, when = self.nodes.pop(write.name, None), write.time
                if before is not None and when is not None:
                    self.older.setdefault(write.name, []).append((when, before))
                if not gone:
                    self.nodes[write.name] = facts.node(write)
            case "Pod" if gone:
                self.pods.pop(key, None)
            case "Pod":
                self.pods[key] = write
            case "PodDisruptionBudget" if gone:
                self.budgets.pop(key, None)
            case "PodDisruptionBudget":
                known = _disrupted(self.budgets[key]) if key in self.budgets else frozenset()
                for pod in _disrupted(write) - known:
                    self.noted[(*key, pod)] = write
                self.budgets[key] = write
            case "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController":
                self.scales[write.uid] = facts.Facts(write).number("spec", "replicas", default=1)
        owner = facts.owner(write)
        if owner is not None:
            self.owners[write.uid] = owner[2]

    def before(self, name: str, when: datetime | None) -> Iterator[Node]:
        """What a node was within the lag before a moment."""
        for ended, node in self.older.get(name, []):
            if when is not None and ended >= when - LAG:
                yield node

    def on(self, node: str) -> int:
        """How many pods take room on a node."""
        return sum(
            facts.Facts(pod).text("spec", "nodeName") == node and facts.phase(pod) != ABSENT.payload
            for pod in self.pods.values()
        )

    def expected(self, pods: list[Write]) -> int:
        """How many pods there are to be of the controllers of some."""
        tops = set()
        for pod in pods:
            top = pod.uid
            while top in self.owners:
                top = self.owners[top]
            tops.add(top)
        return sum(self.scales.get(top, 0) for top in tops)


def judge(recording: Recording) -> Judged:
    """Every binding and eviction of a recording, until the first that is wrong. Raises Damaged."""
    world, judged = World(), Judged()
    for write in recording.start:
        world.take(write)
    for write in recording.writes:
        if write.kind == "Pod" and judged.wrong is None:
            _pod(write, world, judged)
        world.take(write)
    return judged


def _pod(write: Write, world: World, judged: Judged) -> None:
    before = world.pods.get((write.namespace, write.name))
    if before is None:
        return
    wrong = _unheard_of(write, before)
    if wrong is not None:
        judged.wrong = wrong
        return
    named, was = (facts.Facts(each).text("spec", "nodeName") for each in (write, before))
    if named and not was:
        wrong, late = _placed(write, named, world)
        judged.bindings += wrong is None
        judged.late += [write] * late
        judged.wrong = wrong
    going = (TERMINATING.payload, ABSENT.payload)
    leaves = facts.phase(write) in going and facts.phase(before) not in going
    if write.evicts and leaves and facts.phase(before) != PENDING.payload:
        wrong, behind = _evicted(write, before, world)
        judged.behind += [write] * behind
        judged.evictions += wrong is None
        judged.wrong = judged.wrong or wrong
    rule = _RULES.get(actor(write))
    if rule is not None and leaves and judged.wrong is None:
        why = rule(before, world)
        judged.driven += not why
        if why:
            judged.wrong = Misplaced(write, f"deletes {write.name}", (why,), ())


def _unheard_of(write: Write, before: Write) -> Misplaced | None:
    """What no request makes of a pod, or not one of whoever asked."""
    now, old = facts.Facts(write), facts.Facts(before)
    node, ended = old.text("spec", "nodeName"), old.text("status", "phase")
    phase, named = now.text("status", "phase"), now.text("spec", "nodeName")
    if node and named != node:
        said, why = f"moves {write.name} to {named or 'no node'}", f"it is on {node} for good"
    elif facts.going(before) and not facts.going(write) and write.type != "DELETED":
        said, why = f"keeps {write.name}", "it is being deleted, which is not taken back"
    elif ended in _OVER and phase not in _OVER:
        said, why = f"has {write.name} {phase or 'without a phase'}", f"it has {ended}"
    elif (
        facts.is_ready(write)
        and not facts.is_ready(before)
        and actor(write) in COMPONENTS - {kubelet.NAME}
    ):
        said, why = f"says that {write.name} is ready", "only its kubelet knows"
    else:
        return None
    return Misplaced(write, said, (why,), ())


def _template(write: Write) -> PodTemplate:
    template = facts.pod_template(write)
    owner = facts.owner(write)
    if owner is not None and owner[0] == "DaemonSet":
        borne = daemon_nodes.tolerations(template, host_network=False)
        return replace(template, tolerations=borne)
    return template


def _placed(write: Write, named: str, world: World) -> tuple[Misplaced | None, bool]:
    """What is wrong with a binding, and whether only a scheduler that was late explains it."""
    template, node = _template(write), world.nodes.get(named)
    if actor(write) not in ("", SCHEDULER):
        why: tuple[str, ...] = ("only the scheduler binds pods",)
    elif node is None:
        why = ("there is no such node",)
    else:
        refused = filters.refusals(template, node, world.on(named))
        why = tuple(reason for _, reason in refused)
    if not why:
        return None, False
    taken, when = world.on(named), write.time
    if any(not filters.refusals(template, old, taken) for old in world.before(named, when)):
        return None, True
    possible = tuple(
        f"bind {write.name} to {other}"
        for other, found in sorted(world.nodes.items())
        if not filters.refusals(template, found, world.on(other))
    )
    return Misplaced(write, f"binds {write.name} to {named}", why, possible), False


def _evicted(write: Write, before: Write, world: World) -> tuple[Misplaced | None, bool]:
    """What is wrong with an eviction, and whether only a budget's status that was behind explains
    it."""
    guards = [
        (facts.budget(found), found)
        for found in world.budgets.values()
        if found.namespace == write.namespace
        and facts.budget(found).selector.selects(facts.Facts(before).texts("metadata", "labels"))
    ]
    said, late = f"evicts {write.name}", False
    if len(guards) > 1:
        names = " and ".join(budget.name for budget, _ in guards)
        return Misplaced(write, said, (f"several budgets select it: {names}",), ()), False
    for budget, found in guards:
        healthy, wanted, expected = _counts(budget, world)
        ready = facts.phase(before) == READY.payload
        if disruption.granted(budget, ready, healthy, wanted, expected) is not TRUE:
            if _behind(world.noted.get((found.namespace, found.name, before.name)), wanted):
                late = True
                continue
            why = f"{found.subject} wants {wanted} healthy pods, and {healthy} are"
            return Misplaced(write, said, (why,), tuple(_spared(budget, world))), False
    return None, late


def _behind(noted: Write | None, wanted: int) -> bool:
    """Whether the API server has granted an eviction by a budget's status that was behind: as it
    noted the pod there, more seemed healthy than are wanted."""
    if noted is None:
        return False
    read = facts.Facts(noted)
    told = read.number("status", "desiredHealthy")
    return told == wanted and read.number("status", "currentHealthy") > told


def _disrupted(budget: Write) -> frozenset[str]:
    """The pods whose evictions a budget's status notes."""
    noted = facts.Facts(budget).at("status", "disruptedPods")
    return frozenset(noted) if isinstance(noted, Mapping) else frozenset()


def _tainted(pod: Write, world: World) -> str:
    """Why a pod may not be driven off its node, "" if it may."""
    name = facts.Facts(pod).text("spec", "nodeName")
    node, template = world.nodes.get(name), facts.pod_template(pod)
    if node is None or name in world.unknown:
        return ""
    for known in (node, *world.before(name, pod.time)):
        for taint in known.taints:
            borne = filters.tolerating(template.tolerations, taint)
            if taint.effect == "NoExecute" and not any(each.seconds is None for each in borne):
                return ""
    return f"{name} has no taint that it does not bear"


def _owned(pod: Write, world: World) -> str:
    """Why a pod may not be collected, "" if it may."""
    owners = facts.Facts(pod).list("metadata", "ownerReferences")
    for each in owners:
        owner = world.there.get(str(each.get("uid", "")))
        if owner is not None and facts.Facts(owner).at("metadata", "deletionTimestamp") is None:
            return f"{owner.subject}, which owns it, is there"
    return "" if owners else "nothing owns it"


def _orphaned(pod: Write, world: World) -> str:
    """Why a pod may not be collected as one of a node that is gone, "" if it may."""
    name = facts.Facts(pod).text("spec", "nodeName")
    if not name:
        return "it is on no node, and nobody deletes it"
    return f"its node {name} is there" if name in world.nodes else ""


def _ended(pod: Write, world: World) -> str:
    """Why a namespace's controller may not delete a pod, "" if it may."""
    for each in world.there.values():
        if each.kind == "Namespace" and each.name == pod.namespace:
            going = facts.going(each)
            return "" if going else f"Namespace {each.name} is not being deleted"
    return ""


def _preempted(pod: Write, world: World) -> str:
    """Why the scheduler may not delete a pod, "" if it may."""
    mine = facts.Facts(pod)
    for other in world.pods.values():
        read = facts.Facts(other)
        nominated = read.text("status", "nominatedNodeName")
        higher = read.number("spec", "priority") > mine.number("spec", "priority")
        if nominated and nominated == mine.text("spec", "nodeName") and higher:
            return ""
    return "no pod of a higher priority is nominated for its node"


#: Controllers that delete pods for a reason that a recording tells.
_RULES: dict[str, Callable[[Write, World], str]] = {
    SCHEDULER: _preempted,
    "node-controller": _tainted,
    "taint-eviction-controller": _tainted,
    "generic-garbage-collector": _owned,
    "namespace-controller": _ended,
    podgc.NAME: _orphaned,
}


def _counts(budget: PodDisruptionBudget, world: World) -> tuple[int, int, int]:
    """How many pods that a budget selects are healthy, how many it wants, how many there are to
    be."""
    mine = list(_selected(budget, world))
    healthy = sum(facts.phase(pod) == READY.payload for pod in mine)
    expected = len(mine) if budgetstatus.counts_pods(budget) else world.expected(mine)
    return healthy, budgetstatus.healthy_needed(budget, expected), expected


def _selected(budget: PodDisruptionBudget, world: World) -> Iterator[Write]:
    for pod in world.pods.values():
        labels: Mapping[str, str] = facts.Facts(pod).texts("metadata", "labels")
        if pod.namespace == budget.namespace and budget.selector.selects(labels):
            yield pod


def _spared(budget: PodDisruptionBudget, world: World) -> Iterator[str]:
    """The evictions that a budget allows."""
    healthy, wanted, expected = _counts(budget, world)
    for pod in _selected(budget, world):
        ready = facts.phase(pod) == READY.payload
        pending = facts.phase(pod) == PENDING.payload
        if pending or disruption.granted(budget, ready, healthy, wanted, expected) is TRUE:
            yield f"evict {pod.name}"
