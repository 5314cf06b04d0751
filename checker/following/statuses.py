"""Statuses of which the model reads no more than a part: whether they were ever true.

A controller writes what it counted in its cache. A cache may lag, but it shows things in their
order: so the counts of a status are those of some moment, and not of an earlier one than those of
the status before. Followed are the counts of ReplicaSets (of their pods: all that are active, the
ready ones), of StatefulSets (the ready ones, those on their way out too) and of Deployments (of
what their ReplicaSets' statuses say). How many disruptions a PodDisruptionBudget allows has to
follow from the other counts of its status.

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set_utils.go` (calculateStatus),
`pkg/controller/statefulset/stateful_set_control.go` (computeReplicaStatus),
`pkg/controller/deployment/sync.go` (calculateStatus), `util/deployment_util.go`
(GetActualReplicaCountForReplicaSets and its like), `pkg/controller/disruption/disruption.go`
(updatePdbStatus).

Omits: DaemonSets and Jobs; what else StatefulSets count, as they add what a sync makes; what
depends on time (minReadySeconds); which pods a budget counts; objects that are adopted or let go,
whose counts begin anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checker.following import facts
from checker.following.facts import Facts
from checker.following.nodes import Misplaced
from checker.following.recording import Recording, Write
from checker.following.story import actor
from model.apiserver.objects import ABSENT, READY, TERMINATING
from model.controllers import budgetstatus, deployment, disruption, replicaset, statefulset
from model.ir.expr import integer

#: The fields that are compared, by kind and by who writes them.
FIELDS = {
    "ReplicaSet": ("replicas", "readyReplicas", "availableReplicas"),
    "StatefulSet": ("readyReplicas", "availableReplicas"),
    "Deployment": ("replicas", "readyReplicas", "availableReplicas"),
}
WRITERS = {
    "ReplicaSet": replicaset.NAME,
    "StatefulSet": statefulset.NAME,
    "Deployment": deployment.NAME,
}

Counts = tuple[int, ...]


@dataclass
class Known:
    """What an object's counts were since its last status."""

    counts: list[Counts] = field(default_factory=list)

    def so(self, now: Counts) -> None:
        """They are these from now on."""
        if not self.counts or self.counts[-1] != now:
            self.counts.append(now)


@dataclass
class Checked:
    """How many statuses were true, and the first that was not."""

    statuses: int = 0
    wrong: Misplaced | None = None


def judge(recording: Recording) -> Checked:
    """Every status of a recording, until the first that was never true. Raises Damaged."""
    return _Judge().judge(recording)


class _Judge:
    def __init__(self) -> None:
        self.latest: dict[str, Write] = {}
        #: Objects by their controller's uid.
        self.below: dict[str, set[str]] = {}
        self.above: dict[str, str] = {}
        self.known: dict[str, Known] = {}
        self.checked = Checked()
        self.fields: dict[str, tuple[str, ...]] = {}

    def judge(self, recording: Recording) -> Checked:
        everything = (*recording.start, *recording.writes)
        for kind, names in FIELDS.items():
            told = (Facts(write).at("status") for write in everything if write.kind == kind)
            status = [each for each in told if isinstance(each, Mapping)]
            #: Those that are recorded; a count of 0 is left out of an object.
            self.fields[kind] = tuple(n for n in names if any(n in each for each in status))
        for write in recording.start:
            self._take(write)
        for write in recording.start:
            self._start(write)
        for write in recording.writes:
            if write.kind == "PodDisruptionBudget":
                self._budget(write)
            elif write.kind in FIELDS:
                self._status(write)
            self._take(write)
            if self.checked.wrong is not None:
                break
        return self.checked

    def _start(self, write: Write) -> None:
        """What a status says at the start counts as true."""
        if write.kind in FIELDS:
            self.known.setdefault(write.uid, Known()).so(self._told(write))

    def _take(self, write: Write) -> None:
        if write.kind not in ("Pod", *FIELDS):
            return
        uid, owner = write.uid, facts.owner(write)
        now = owner[2] if owner is not None else ""
        before = self.above.get(uid)
        if before is not None and before != now:
            self.below.get(before, set()).discard(uid)
            self._forget(before)
            self._forget(now)
        self.above[uid] = now
        if write.type == "DELETED":
            self.latest.pop(uid, None)
            self.below.get(now, set()).discard(uid)
        else:
            self.latest[uid] = write
            self.below.setdefault(now, set()).add(uid)
        if now in self.latest:
            self.known.setdefault(now, Known()).so(self._counts(self.latest[now]))
        if write.kind in FIELDS and uid not in self.known and write.type != "DELETED":
            self.known[uid] = Known([self._counts(write)])

    def _forget(self, uid: str) -> None:
        """What was so before nobody can tell; what is being deleted only loses what it had."""
        if uid in self.latest:
            now = self._counts(self.latest[uid])
            if facts.going(self.latest[uid]):
                self.known.setdefault(uid, Known()).so(now)
            else:
                self.known[uid] = Known([now])

    def _counts(self, write: Write) -> Counts:
        """What a status would say now."""
        parts = [self.latest[uid] for uid in self.below.get(write.uid, ()) if uid in self.latest]
        if write.kind == "Deployment":
            sets = [Facts(each) for each in parts if each.kind == "ReplicaSet"]
            return tuple(
                sum(each.number("status", name) for each in sets)
                for name in self.fields["Deployment"]
            )
        pods = [each for each in parts if each.kind == "Pod"]
        ready = sum(_is_ready(each) for each in pods)
        counted = {"readyReplicas": ready, "availableReplicas": ready}
        if write.kind == "ReplicaSet":
            phases = [facts.phase(each) for each in pods]
            active = [p for p in phases if p not in (ABSENT.payload, TERMINATING.payload)]
            ready = active.count(READY.payload)
            counted = {"replicas": len(active), "readyReplicas": ready, "availableReplicas": ready}
        return tuple(0 if _waits(write, n) else counted[n] for n in self.fields[write.kind])

    def _status(self, write: Write) -> None:
        before = self.latest.get(write.uid)
        if before is None or write.type == "DELETED" or self._told(before) == self._told(write):
            return
        if actor(write) not in ("", WRITERS[write.kind]):
            return
        known, told = self.known.setdefault(write.uid, Known()), self._told(write)
        if told not in known.counts:
            self.checked.wrong = Misplaced(
                write,
                f"reports {self._said(write.kind, told)}",
                ("that was never so since its last status",),
                tuple(f"report {self._said(write.kind, each)}" for each in known.counts),
            )
            return
        self.checked.statuses += 1
        del known.counts[: known.counts.index(told)]

    def _told(self, write: Write) -> Counts:
        return tuple(
            0 if _waits(write, name) else Facts(write).number("status", name)
            for name in self.fields[write.kind]
        )

    def _budget(self, write: Write) -> None:
        """Whether the controller's status of a budget agrees with itself."""
        if actor(write) != disruption.NAME or write.type != "MODIFIED":
            return
        status = Facts(write)
        names = ("currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed")
        healthy, desired, expected, told = (status.number("status", name) for name in names)
        allowed = budgetstatus.allowed(healthy, desired, expected)
        if allowed is integer(told):
            self.checked.statuses += 1
            return
        self.checked.wrong = Misplaced(
            write,
            f"allows {told} disruptions",
            (f"{healthy} of {expected} pods are healthy, and {desired} are wanted",),
            (f"allow {allowed}",),
        )

    def _said(self, kind: str, counts: Iterable[int]) -> str:
        return ", ".join(f"{name} {n}" for name, n in zip(self.fields[kind], counts, strict=True))


def _waits(write: Write, name: str) -> bool:
    """Whether a count depends on how long pods are ready."""
    waits = Facts(write).number("spec", "minReadySeconds") > 0
    return waits and name == "availableReplicas" and write.kind != "Deployment"


def _is_ready(pod: Write) -> bool:
    """Whether a pod runs and is ready, as StatefulSets count it: one on its way out as well."""
    told = Facts(pod)
    return told.text("status", "phase") == "Running" and any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in told.list("status", "conditions")
    )
