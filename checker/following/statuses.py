"""Statuses of which the model reads no more than a part: whether they were ever true.

A controller writes what it counted in its caches. A cache may lag, but it shows things in their
order: so the counts of a status are those of some moment, and not of an earlier one than those of
the status before. Pods and nodes are in caches of their own, each of which shows a moment of its
own. What each kind of objects counts is in `counts`.

Omits: objects that are adopted or let go, whose counts begin anew; a write of the counting
controller that another one's has made needless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from checker.following import facts
from checker.following.counts import ROWS, Asked, Counts, Pod, Row, Set, pod, replica_set, told
from checker.following.facts import Facts
from checker.following.histories import Known, Shown, noted
from checker.following.nodes import Misplaced
from checker.following.recording import UNSEEN, Recording, Write
from checker.following.story import actor
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.plugins import daemon_nodes

#: Kinds that own pods or ReplicaSets, by which they are counted.
_PARTS = ("Pod", "ReplicaSet")


@dataclass
class Checked:
    """How many statuses were true, and the first that was not."""

    statuses: int = 0
    wrong: Misplaced | None = None


def judge(recording: Recording) -> Checked:
    """Every status of a recording, until the first that was never true. Raises Damaged."""
    return _Judge(recording).judge(recording)


class _Judge:
    def __init__(self, recording: Recording) -> None:
        everything = (*recording.start, *recording.writes)
        #: The numbers that are recorded; one that is 0 is left out of an object.
        self.fields: dict[str, frozenset[str]] = {}
        statuses: dict[str, set[str]] = {kind: set() for kind in ROWS}
        #: The nodes that pods get in the end, and what a DaemonSet's pods bear, by their uids.
        self.ends: dict[str, dict[str, str]] = {}
        self.borne: dict[str, PodTemplate] = {}
        for write in everything:
            if write.kind in ROWS:
                status = Facts(write).at("status")
                statuses[write.kind].update(status if isinstance(status, Mapping) else ())
            elif write.kind == "Pod":
                owner = facts.owner(write)
                if owner is not None and owner[0] == "DaemonSet":
                    node = Facts(write).text("spec", "nodeName")
                    if node:
                        self.ends.setdefault(owner[2], {})[write.uid] = node
                    self.borne.setdefault(owner[2], facts.pod_template(write))
        for kind, row in ROWS.items():
            self.fields[kind] = frozenset(row.fields) & statuses[kind]
        self.checked = Checked()
        self.tops: dict[str, Write] = {}
        self.known: dict[str, Known] = {}
        #: Pods and ReplicaSets as they are, by uid, and whose they are.
        self.parts: dict[str, Pod | Set] = {}
        self.above: dict[str, str] = {}
        self.below: dict[str, dict[str, None]] = {}
        #: What budgets select in their namespaces, by uid, and the labels of pods.
        self.selectors: dict[str, tuple[str, LabelSelector]] = {}
        self.labels: dict[str, tuple[str, Mapping[str, str]]] = {}
        self.nodes: dict[str, Write] = {}
        #: The numbers of replicas that controllers had, by the uids of those that own pods.
        self.scales: dict[str, set[int]] = {}

    def judge(self, recording: Recording) -> Checked:
        for write in recording.start:
            self._take(write)
        for uid, known in self.known.items():
            # A cache may have been behind then; the order of what was written last is known.
            known.own, known.least, known.whole = list(self._grown(uid)), [(0, 0)], False
            known.nodes = known.nodes[-1:]
        for write in recording.writes:
            if write.kind in ROWS:
                self._status(write)
            self._take(write)
            if self.checked.wrong is not None:
                break
        return self.checked

    # -- what there is -----------------------------------------------------------------------------
    def _take(self, write: Write) -> None:
        if write.kind == "Node":
            self._node(write)
        if write.kind in _PARTS:
            self._part(write)
        if write.kind in ROWS:
            self._top(write)

    def _top(self, write: Write) -> None:
        uid = write.uid
        if write.type == "DELETED":
            self.tops.pop(uid, None)
            self.known.pop(uid, None)
            self.selectors.pop(uid, None)
            return
        self.tops[uid] = write
        if write.kind in ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"):
            self.scales.setdefault(uid, set()).add(
                Facts(write).number("spec", "replicas", default=1)
            )
        if write.kind == "PodDisruptionBudget":
            self._selects(write)
        if uid not in self.known:
            self.known[uid] = Known([self._now(uid)], [self._wants(uid)])
        self.known[uid].specs[_generation(write)] = write

    def _selects(self, write: Write) -> None:
        now = (write.namespace, facts.budget(write).selector)
        if self.selectors.get(write.uid) == now:
            return
        self.selectors[write.uid] = now
        mine = [uid for uid, labelled in self.labels.items() if _selected(now, labelled)]
        self.below[write.uid] = dict.fromkeys(mine)
        if write.uid in self.known:
            self.known[write.uid].anew(self._now(write.uid))

    def _part(self, write: Write) -> None:
        uid, owner = write.uid, facts.owner(write)
        now, before = "" if owner is None else owner[2], self.above.get(uid)
        changed = before is not None and before != now
        if changed:
            assert before is not None
            self.below.get(before, {}).pop(uid, None)
        self.above[uid] = now
        old = self.parts.get(uid)
        if write.kind == "Pod":
            new: Pod | Set = pod(write, old if isinstance(old, Pod) else None)
        else:
            new = replica_set(write)
        if write.type == "DELETED" and not self._keeps(now):
            self.parts.pop(uid, None)
            self.below.get(now, {}).pop(uid, None)
        else:
            self.parts[uid] = new
            self.below.setdefault(now, {})[uid] = None
        if changed:
            self._forget(before or "")
            self._forget(now)
        elif old != new or write.type == "DELETED":
            self._changed(now, write, new)
        if write.kind == "Pod":
            self._budgets(write, new)

    def _budgets(self, write: Write, new: Pod | Set) -> None:
        """The budgets that select a pod, or did."""
        uid, labelled = write.uid, (write.namespace, Facts(write).texts("metadata", "labels"))
        for budget, selector in self.selectors.items():
            mine, held = self.below.setdefault(budget, {}), write.type != "DELETED"
            selected = held and _selected(selector, labelled)
            if selected or uid in mine:
                (mine.__setitem__(uid, None) if selected else mine.pop(uid))
                self._changed(budget, write, new)
        if write.type == "DELETED":
            self.labels.pop(uid, None)
        else:
            self.labels[uid] = labelled

    def _keeps(self, owner: str) -> bool:
        """Whether somebody counts pods that are there no more."""
        return owner in self.tops and self.tops[owner].kind == "Job"

    def _changed(self, owner: str, write: Write, part: Pod | Set) -> None:
        """What an object owns is different from a write on."""
        known = self.known.get(owner)
        if known is None:
            return
        row = ROWS[self.tops[owner].kind]
        if actor(write) == row.writer:
            known.own = [noted(each, write, part, row.notes) for each in known.own]
        pods, sets = known.own[-1][:2]
        if write.uid not in self.below.get(owner, {}):
            pods = {uid: each for uid, each in pods.items() if uid != write.uid}
            sets = {uid: each for uid, each in sets.items() if uid != write.uid}
        elif isinstance(part, Pod):
            pods = {**pods, write.uid: part}
        else:
            sets = {**sets, write.uid: part}
        known.own.append(Shown(pods, sets, write.time))

    def _now(self, uid: str) -> Shown:
        mine = {each: self.parts[each] for each in self.below.get(uid, ()) if each in self.parts}
        pods = {uid: each for uid, each in mine.items() if isinstance(each, Pod)}
        sets = {uid: each for uid, each in mine.items() if isinstance(each, Set)}
        return Shown(pods, sets)

    def _grown(self, uid: str) -> Iterator[Shown]:
        """What there was of an object at the start, as it came to be."""
        pods: dict[str, Pod] = {}
        sets: dict[str, Set] = {}
        yield Shown()
        for each in self.below.get(uid, ()):
            part = self.parts.get(each)
            if isinstance(part, Pod):
                pods = {**pods, each: part}
            elif part is not None:
                sets = {**sets, each: part}
            yield Shown(pods, sets)

    def _forget(self, uid: str) -> None:
        """What was so before nobody can tell; what is being deleted only loses what it had."""
        if uid not in self.known:
            return
        if facts.going(self.tops[uid]):
            self.known[uid].own.append(self._now(uid))
        else:
            self.known[uid].anew(self._now(uid))

    def _node(self, write: Write) -> None:
        if write.type == "DELETED":
            self.nodes.pop(write.name, None)
        elif write.type != UNSEEN or write.name in self.nodes:
            self.nodes[write.name] = write
        for uid, top in self.tops.items():
            if top.kind == "DaemonSet":
                known, now = self.known[uid], self._wants(uid)
                if known.nodes[-1] != now:
                    known.nodes.append(now)

    def _wants(self, uid: str) -> Mapping[str, bool | None]:
        top = self.tops.get(uid)
        if top is None or top.kind != "DaemonSet":
            return {}
        template = self.borne.get(uid, PodTemplate())
        return {
            name: None
            if write.type == UNSEEN
            else daemon_nodes.verdict(template, facts.node(write)).should_run
            for name, write in self.nodes.items()
        }

    # -- what statuses say -------------------------------------------------------------------------
    def _status(self, write: Write) -> None:
        before, row = self.tops.get(write.uid), ROWS[write.kind]
        if before is None or write.type == "DELETED" or actor(write) not in ("", row.writer):
            return
        numbers, fields = told(write), self.fields[write.kind]
        seen, is_ = Facts(write).number("status", "observedGeneration"), _generation(write)
        if seen > is_ and Facts(write).at("metadata", "generation") is not None:
            said = f"says that it has seen generation {seen}"
            self.checked.wrong = Misplaced(write, said, (f"there are {is_}",), ())
            return
        if told(before) == numbers:
            return
        known = self.known[write.uid]
        specs = {generation: of for generation, of in known.specs.items() if generation >= seen}
        asked = Asked(
            write,
            numbers,
            ends=self.ends.get(write.uid, {}),
            spec=known.specs.get(seen, write),
            since_then=tuple(specs.values()),
            whole=known.whole,
            scales=self._scales(write),
        )
        moments = known.fitting(row, fields, asked)
        if moments:
            self.checked.statuses += 1
            known.true(moments)
            return
        self.checked.wrong = Misplaced(
            write,
            f"reports {_said({name: (n,) for name, n in numbers.items()}, row, fields)}",
            ("that was never so since its last status",),
            tuple(dict.fromkeys(self._possible(known, row, fields, asked))),
        )

    def _possible(
        self, known: Known, row: Row, fields: Collection[str], asked: Asked
    ) -> Iterator[str]:
        low = min(own for own, _ in known.least)
        for first in range(low, len(known.own)):
            counts = row.counts(known.asked(asked, first, len(known.nodes) - 1))
            yield f"report {_said(counts, row, fields)}"

    def _scales(self, write: Write) -> Mapping[str, tuple[str, Collection[int]]]:
        """Who says how many pods there are to be of those who own the pods of a budget, and the
        numbers that they have, or had."""
        if write.kind != "PodDisruptionBudget":
            return {}
        found: dict[str, tuple[str, Collection[int]]] = {}
        for uid, numbers in self.scales.items():
            top = self.above.get(uid, "")
            found[uid] = (top, self.scales[top]) if top in self.scales else (uid, numbers)
        return found


def _generation(write: Write) -> int:
    return Facts(write).number("metadata", "generation")


def _selected(selector: tuple[str, LabelSelector], labelled: tuple[str, Mapping[str, str]]) -> bool:
    return selector[0] == labelled[0] and selector[1].selects(labelled[1])


def _said(counts: Counts, row: Row, fields: Collection[str]) -> str:
    return ", ".join(
        f"{name} {_one(counts[name])}" for name in row.fields if name in fields & counts.keys()
    )


def _one(numbers: Collection[int]) -> str:
    some = sorted(numbers)
    if len(some) < 2:
        return str(some[0]) if some else "another one"
    return f"{some[0]} to {some[-1]}"
