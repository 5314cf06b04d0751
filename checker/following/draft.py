"""A story in the making: what the visible cells of its system are, and which pod has which slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from checker.following.clusters import Built
from checker.following.machine import Moment
from checker.following.recording import Write
from checker.following.scope import Own
from checker.following.story import CLOCK, Story, Told
from model.api.node import Node
from model.api.workload import Workload
from model.apiserver.objects import ABSENT, AVAILABLE, READY
from model.ir.system import StateFunction

#: A function of the system, the index of a cell of it, and what is there now.
News = tuple[StateFunction, int, int]

_AVAILABLE: int = AVAILABLE.payload


class Draft:
    """The story of a workload as far as it is told."""

    def __init__(self, scope: Own, nodes: Sequence[Node]) -> None:
        top = scope.top
        self.own, self.nodes = scope.writes, tuple(nodes)
        self.top = (top.kind, top.uid)
        self.story = Story(top.subject, (), refusals=scope.refused)
        #: The slots of pods by uid, and their names; "" where a slot is free.
        self.slots: dict[str, int] = {}
        self.pods: list[str] = []
        #: The workload as it was written last, and what the system in force was made of.
        self.spec: Write | None = None
        self.workload: Workload | None = None
        #: Pods that are ready, with since when, by uid.
        self.ready: dict[str, tuple[datetime, Write]] = {}
        #: Where the cells of each visible function begin, and what they are now.
        self.places: dict[str, int] = {}
        self.cells: list[int] = []

    @property
    def built(self) -> Built:
        """The system in force."""
        return self.story.epochs[-1]

    def named(self, _write: Write) -> str:
        """How the name of the step begins that a write is; "" for any."""
        return ""

    # -- cells -------------------------------------------------------------------------------------
    def get(self, function: StateFunction, index: int) -> int:
        """The value of a visible cell."""
        return self.cells[self.places[function.name] + index]

    def set(self, function: StateFunction, index: int, value: int) -> None:
        """Gives a visible cell a value."""
        self.cells[self.places[function.name] + index] = value

    def place(self, built: Built) -> None:
        """Gives every visible cell of a system its place, and the value that it has at first."""
        for function in built.system.functions:
            if function in built.visible:
                self.places[function.name] = len(self.cells)
                first = built.system.offsets[function]
                self.cells += built.system.initial[0][first : first + function.size]

    def free(self) -> None:
        """Frees the slots of pods that are gone."""
        phase = self.built.cluster.phase
        for uid, slot in list(self.slots.items()):
            if self.get(phase, slot) == ABSENT.payload:
                del self.slots[uid]
                self.pods[slot] = ""

    # -- moments -----------------------------------------------------------------------------------
    def moment(
        self,
        write: Write,
        who: str,
        news: Iterable[News],
        about: dict[str, int],
        *,
        given: bool = False,
        anew: bool = False,
    ) -> None:
        """Adds a moment, and what is so after it."""
        before = tuple(self.cells)
        changes = tuple((f, i, self.get(f, i), v) for f, i, v in news)
        changed = {self.places[f.name] + i: v for f, i, _, v in changes}
        epoch, named = len(self.story.epochs) - 1, self.named(write)
        self.story.moments.append(Moment(before, changed, who, about, epoch, given, named, anew))
        self.story.told.append(Told(write, changes, self._names()))
        for function, index, _, value in changes:
            self.set(function, index, value)

    def _names(self) -> tuple[tuple[str, str], ...]:
        cluster = self.built.cluster
        pods = zip(cluster.Pod.elements, self.pods, strict=True)
        return (
            *((slot, name or "a new pod") for slot, name in pods),
            *zip(cluster.ReplicaSet.elements, self.story.revisions, strict=True),
        )

    # -- time --------------------------------------------------------------------------------------
    def pass_time(self, write: Write) -> None:
        """Pods that are ready for minReadySeconds when a write is made are available."""
        if self.workload is None or not self.workload.min_ready_seconds:
            return
        phase = self.built.cluster.phase
        for uid, slot in self.slots.items():
            if self.get(phase, slot) == READY.payload and self._is_available(uid, write):
                news = [(phase, slot, _AVAILABLE)]
                self.moment(self.ready[uid][1], CLOCK, news, {"pod": slot})

    def wait_anew(self, write: Write) -> None:
        """From a write on pods are to be ready for another time: those that have been for less are
        available no more, and none is apart from being ready if that is no time at all."""
        assert self.workload is not None
        phase, none = self.built.cluster.phase, not self.workload.min_ready_seconds
        for uid, slot in self.slots.items():
            was = self.get(phase, slot) == _AVAILABLE
            if was and (none or not self._is_available(uid, write)):
                self.moment(write, CLOCK, [(phase, slot, READY.payload)], {}, given=True)

    def _is_available(self, uid: str, write: Write) -> bool:
        """Whether a ready pod is so for minReadySeconds when a write is made. Times of conditions
        are whole seconds, so it may be so up to a second early."""
        assert self.workload is not None
        if uid not in self.ready:
            # Nobody knows since when.
            return False
        since, now = self.ready[uid][0], write.time
        wait = timedelta(seconds=self.workload.min_ready_seconds)
        return now is None or now >= since.replace(microsecond=0) + wait

    def aged(self, write: Write, slot: int, phase: int) -> int:
        """The phase of a pod, which may be available."""
        if phase != READY.payload:
            self.ready.pop(write.uid, None)
            return phase
        if write.time is not None:
            self.ready.setdefault(write.uid, (write.time, write))
        if self.get(self.built.cluster.phase, slot) == _AVAILABLE:
            return _AVAILABLE
        return phase
