"""Statuses of which the model reads no more than a part: whether they were ever true.

A controller writes what it counted in its cache. A cache may lag, but it shows things in their
order: so the counts of a status are those of some moment, and not of an earlier one than those of
the status before. Followed are the counts of ReplicaSets (of their pods: all that are active, the
ready ones) and of Deployments (of what their ReplicaSets' statuses say).

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set_utils.go` (calculateStatus),
`pkg/controller/deployment/sync.go` (calculateStatus), `util/deployment_util.go`
(GetActualReplicaCountForReplicaSets and its like).

Omits: other kinds; what is being deleted; what depends on time (minReadySeconds); ReplicaSets that
are adopted or let go, whose counts begin anew.
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
from model.controllers import deployment, replicaset

#: The fields that are compared, by kind and by who writes them.
FIELDS = {
    "ReplicaSet": ("replicas", "readyReplicas"),
    "Deployment": ("replicas", "readyReplicas", "availableReplicas"),
}
WRITERS = {"ReplicaSet": replicaset.NAME, "Deployment": deployment.NAME}

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
            if write.kind in FIELDS and self.checked.wrong is None:
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
        if write.kind not in ("Pod", "ReplicaSet", "Deployment"):
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
        if write.kind != "Deployment" and now in self.latest:
            self.known.setdefault(now, Known()).so(self._counts(self.latest[now]))
        if write.kind in FIELDS and uid not in self.known and write.type != "DELETED":
            self.known[uid] = Known([self._counts(write)])

    def _forget(self, uid: str) -> None:
        """What was so before nobody can tell."""
        if uid in self.latest:
            self.known[uid] = Known([self._counts(self.latest[uid])])

    def _counts(self, write: Write) -> Counts:
        """What a status would say now."""
        parts = [self.latest[uid] for uid in self.below.get(write.uid, ()) if uid in self.latest]
        if write.kind == "Deployment":
            sets = [Facts(each) for each in parts if each.kind == "ReplicaSet"]
            return tuple(
                sum(each.number("status", name) for each in sets)
                for name in self.fields["Deployment"]
            )
        phases = [facts.phase(each) for each in parts if each.kind == "Pod"]
        active = [p for p in phases if p not in (ABSENT.payload, TERMINATING.payload)]
        counted = {"replicas": len(active), "readyReplicas": active.count(READY.payload)}
        return tuple(counted[name] for name in self.fields["ReplicaSet"])

    def _status(self, write: Write) -> None:
        before = self.latest.get(write.uid)
        if before is None or write.type == "DELETED" or self._told(before) == self._told(write):
            return
        if Facts(write).at("metadata", "deletionTimestamp") is not None:
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
        return tuple(Facts(write).number("status", name) for name in self.fields[write.kind])

    def _said(self, kind: str, counts: Iterable[int]) -> str:
        return ", ".join(f"{name} {n}" for name, n in zip(self.fields[kind], counts, strict=True))
