"""Which workloads a recording has, and which writes are about each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from checker.following import facts
from checker.following.clusters import NONE, Refusals
from checker.following.recording import LOOSE, UNSEEN, Recording, Write
from model.api.node import Node
from model.load.kinds import groups

#: Kinds of workloads that are followed.
WORKLOADS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController")

#: Kinds about which the model says something, but that are no workloads.
OTHERS = ("Pod", "Node", "PodDisruptionBudget", "ControllerRevision", "CronJob")


@dataclass(frozen=True)
class Own:
    """A workload and what is about it, in the order of the store."""

    #: A write to it.
    top: Write
    writes: tuple[Write, ...]
    #: How many of them there were at the start: the workload first, then its ReplicaSets.
    begins: int
    #: What controllers may have been refused in its namespace, as far as that is known.
    refused: Refusals = NONE


def unknown(recording: Recording) -> Write | None:
    """The first write of a kind that Kubernetes does not have."""
    known = frozenset(chain(*groups().values()))
    everything = (*recording.start, *recording.writes)
    strange = [write for write in everything if write.kind not in known]
    return min(strange, key=lambda write: write.line, default=None)


def nodes(recording: Recording) -> list[Node]:
    """The nodes that there are at some time, and those that pods name."""
    found: dict[str, Node] = {}
    for write in (*recording.start, *recording.writes):
        if write.kind == "Node" and write.type != UNSEEN:
            found.setdefault(write.name, facts.node(write))
        elif write.kind == "Pod":
            name = facts.Facts(write).text("spec", "nodeName")
            if name:
                found.setdefault(name, Node(name))
    return list(found.values())


def scopes(recording: Recording) -> Iterator[Own]:
    """The workloads that are followed, in the order of their appearance."""
    everything = (*recording.start, *recording.writes)
    above = _owners(everything)
    found: dict[str, list[Write]] = {}
    for write in everything:
        if write.kind in (*WORKLOADS, "Pod", "ControllerRevision"):
            for above_all in _tops(write.uid, above):
                found.setdefault(above_all, []).append(write)
    spaces = [write for write in everything if write.kind == "Namespace"]
    begins = {id(write) for write in recording.start}
    for uid, writes in found.items():
        top = next((w for w in writes if w.uid == uid and w.kind in WORKLOADS), None)
        if top is None:
            continue
        mine = writes
        if top.kind == "DaemonSet":
            own = {id(write) for write in writes}
            mine = [w for w in everything if w.kind == "Node" or id(w) in own]
        if top.namespace:
            mine = sorted(
                [*mine, *(w for w in spaces if w.name == top.namespace)], key=lambda w: w.version
            )
        early = [write for write in mine if id(write) in begins]
        early.sort(key=lambda write: _DEPTH.get(write.kind, 1))
        later = [write for write in mine if id(write) not in begins]
        yield Own(top, (*early, *later), len(early), _refused(recording, top.namespace))


def _refused(recording: Recording, namespace: str) -> Refusals:
    if recording.refused is None:
        return Refusals(statuses=True)
    kinds = {
        kind for kind, space, who in recording.refused if space == namespace and "controller" in who
    }
    return Refusals("Pod" in kinds, bool(kinds - {"Pod"}))


#: In which order objects are read that were there at the start.
_DEPTH = {
    "Node": -1,
    "Deployment": 0,
    "StatefulSet": 0,
    "DaemonSet": 0,
    "Job": 0,
    "ReplicationController": 0,
    "Pod": 2,
}


def aside(recording: Recording) -> Counter[str]:
    """What is about no workload that is followed and judged by no rule, by its kind."""
    everything = (*recording.start, *recording.writes)
    above = _owners(everything)
    tops = {write.uid for write in everything if write.kind in WORKLOADS}
    found: Counter[str] = Counter()
    for write in recording.writes:
        if write.kind in (*WORKLOADS, "CronJob", *LOOSE):
            continue
        if write.kind == "Pod" and _tops(write.uid, above) & tops:
            continue
        found["Pod of no workload" if write.kind == "Pod" else write.kind] += 1
    return found


def _owners(writes: tuple[Write, ...]) -> dict[str, set[str]]:
    """The controllers that each object ever has, by their uids."""
    found: dict[str, set[str]] = {}
    for write in writes:
        if write.kind in ("ReplicaSet", "Pod", "ControllerRevision"):
            owner = facts.owner(write)
            if owner is not None and owner[0] in WORKLOADS:
                found.setdefault(write.uid, set()).add(owner[2])
    return found


def _tops(uid: str, above: dict[str, set[str]]) -> set[str]:
    """Whatever is above an object and has nothing above itself."""
    found, todo, seen = set[str](), [uid], set[str]()
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += above.get(here, ())
            if here not in above:
                found.add(here)
    return found
