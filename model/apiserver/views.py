"""What controllers believe: cache views that may lag behind the store.

A view shows the store as it is, until its watch stalls (a fault with a budget); from then on it
shows the store as it was at some moment. While it does, later moments may be marked: these it comes
to show one after the other, however far the store has gone on by then, before it shows the store as
it is again. So a cache shows versions of the store in their order, and a budget of n is for all
runs in which it rests at no more than n that are past (docs/adr/0018-caches-rest-at-moments.md).
A controller reads only its view, so staleness is a property of the view and never of a controller's
code. Its watches lag together, at the same moments, or that of a kind by itself.

The API server refuses an update whose resourceVersion is not the stored one. The model keeps,
in place of numbers, exactly what that comparison needs: whether an object was written since the
moment that the writer sees.

Source: client-go v0.36 `tools/cache/reflector.go` (watches and relists), kubernetes v1.36.3
`staging/src/k8s.io/apiserver/pkg/storage/etcd3/store.go` (GuaranteedUpdate compares revisions).

Omits: relists that jump back in time. A reflector asks for what is at least as new as what it has
seen, and one that starts anew for the most recent data (`model.faults.controller_restarts`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import product
from typing import NamedTuple

from model.apiserver.objects import Cluster
from model.instance import Belief
from model.ir.expr import TRUE, Expr, disj, ite, literal, variable
from model.ir.label import Label
from model.ir.reading import Element, Reading
from model.ir.system import State, StateFunction, System, Update, assign
from model.ir.types import BOOL, IntType, Sort, Type, plain
from model.mutation import Mutation

RESTART_LISTS_THE_PAST = Mutation(
    "restart-lists-the-past",
    "a controller that starts anew lists from a cache that lags, as resourceVersion 0 allowed",
)

#: A value for each ReplicaSet (or pod).
PerObject = Callable[[Expr], Expr]
#: A kept function as it is for some moment.
At = Callable[[StateFunction], StateFunction]
#: See `Label.of`.
Labelled = str | Label | None


def always(value: Expr) -> Callable[[At], Expr]:
    """The same for every moment."""
    return lambda _: value


class Copy(NamedTuple):
    """What a cache keeps of some part of the store while its watch is stalled."""

    kept: StateFunction
    live: Callable[..., Expr]
    #: What it is a copy of; None where that tells a reader nothing.
    label: Label | None

    def beliefs(self, watcher: str, reading: Reading) -> list[Belief]:
        """Where it differs from the store."""
        found = []
        for indices in product(*(range(sort.size) for sort in self.kept.domain)):
            at = [Element(sort, i) for sort, i in zip(self.kept.domain, indices, strict=True)]
            old = reading.value(lambda *each: self.kept[each], *at)
            new = reading.value(self.live, *at)
            if old != new and self.label:
                type = self.kept.type
                label = str(self.label.about(*map(str, at)))
                found.append(Belief(watcher, label, plain(type, old), plain(type, new)))
        return found


@dataclass
class Watch:
    """The watch of one controller, and the copies that its cache keeps while it is stalled."""

    cluster: Cluster
    watcher: str
    #: None where the faults have no budget for a stall: then the cache is always current.
    stalled: StateFunction | None
    #: What it watches, if that lags by itself.
    kind: str = ""
    snapshots: list[Update] = field(default_factory=list)
    resets: list[Update] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    #: [r]: whether a ReplicaSet was written since the watch stalled; None where nobody asks.
    missed: StateFunction | None = None
    #: How many moments are marked that the cache has yet to show; None where none can be.
    marked: StateFunction | None = None
    #: By the name of what is kept, what it is at these moments, the next one first.
    _later: dict[str, list[StateFunction]] = field(default_factory=dict)
    _finished: bool = False

    @property
    def name(self) -> str:
        """Its name in `spec.faults.slowWatches`."""
        return f"{self.watcher}.{self.kind}" if self.kind else self.watcher

    @property
    def budget(self) -> int:
        """At how many moments it may rest."""
        return self.cluster.scenario.faults.slow_watches.get(self.name, 0)

    @cached_property
    def left(self) -> StateFunction:
        """At how many more moments it may rest."""
        budget = self.budget
        return self.cluster.builder.function(
            f"{self.name} stallsLeft", (), IntType(0, budget), budget
        )

    def keep(
        self, name: str, domain: tuple[Sort, ...], live: Callable[..., Expr], label: Labelled
    ) -> StateFunction:
        """A new state function that takes the value of `live` when the watch stalls, and what that
        was at later moments when the cache comes to show them.

        It has the lowest value of its type while the watch is not stalled, so that a copy that
        nobody reads does not tell states apart. `label` is as for `Label.of`.
        """
        variables = tuple(variable(f"kept{i}", sort) for i, sort in enumerate(domain))
        return self._keep(name, domain, live(*variables).type, live, label)

    def _keep(
        self,
        name: str,
        domain: tuple[Sort, ...],
        type: Type,
        live: Callable[..., Expr],
        label: Labelled,
    ) -> StateFunction:
        at = tuple(variable(f"kept{i}", sort) for i, sort in enumerate(domain))
        builder, name = self.cluster.builder, f"{self.name} {name}"
        kept = builder.function(name, domain, type, type.lo)
        self.snapshots.append(assign(kept[at], live(*at), *at))
        self.resets.append(assign(kept[at], literal(type, type.lo), *at))
        self.copies.append(Copy(kept, live, Label.of(label)))
        self._later[kept.name] = [
            builder.function(f"{name}, {place}. later", domain, type, type.lo)
            for place in range(1, self.budget)
        ]
        return kept

    def remember(
        self,
        name: str,
        domain: tuple[Sort, ...] = (),
        type: Type = BOOL,
        label: str = "",
    ) -> StateFunction:
        """A new state function for what has happened since the moment that the cache shows: see
        `note`. It has the lowest value of its type when nothing has."""
        return self._keep(name, domain, type, lambda *_: literal(type, type.lo), label)

    def note(
        self,
        kept: StateFunction,
        arguments: tuple[Expr, ...],
        value: Callable[[At], Expr],
        where: Callable[[At], Expr] | None = None,
    ) -> list[Update]:
        """Changes what is kept, for the moment that the cache shows and all those that it has yet
        to show. `value` and `where` are asked with what gives another kept function as it is for
        the same moment."""
        assert self.stalled is not None
        moments: list[tuple[Expr, At]] = [(self.stalled(), lambda other: other)]
        if self.marked is not None:
            for place in range(self.budget - 1):
                at = partial(self._at, place)
                moments.append((self.marked() > place, at))
        return [
            assign(
                at(kept)[arguments], value(at), where=there if where is None else there & where(at)
            )
            for there, at in moments
        ]

    def _at(self, place: int, kept: StateFunction) -> StateFunction:
        return self._later[kept.name][place]

    def see(self, name: str, sort: Sort, live: PerObject, label: Labelled) -> PerObject:
        """`live` as the controller sees it; `label` is as for `Label.of`."""
        if self.stalled is None:
            return live
        stalled, kept = self.stalled, self.keep(name, (sort,), live, label)
        return lambda element: ite(stalled(), kept[element], live(element))

    def see_value(self, name: str, live: Expr, label: Labelled) -> Expr:
        """A single value as the controller sees it; `label` is as for `Label.of`."""
        if self.stalled is None:
            return live
        return ite(self.stalled(), self.keep(name, (), lambda: live, label)(), live)

    def current(self) -> PerObject:
        """Whether the controller has seen the last write to a ReplicaSet.

        An update that it sends carries the resourceVersion that it has seen, so this is also
        whether the API server accepts one.
        """
        if self.stalled is None:
            return lambda _: TRUE
        written = self.remember("missed", (self.cluster.ReplicaSet,))
        self.missed = written
        self.cluster.watchers.append(lambda s: self.note(written, (s,), always(TRUE)))
        return lambda replicaset: ~written[replicaset]

    def beliefs(self, reading: Reading) -> list[Belief]:
        """What the controller believes that is not so: nothing, unless its watch is stalled."""
        if self.stalled is None or not reading.value(self.stalled):
            return []
        return [belief for copy in self.copies for belief in copy.beliefs(self.watcher, reading)]

    def finish(self) -> None:
        """Adds the steps of the watch, once every copy is known."""
        if self.stalled is None or self._finished:
            return
        self._finished = True
        cluster, builder, stalled = self.cluster, self.cluster.builder, self.stalled
        left = self.left
        caught_up = [assign(stalled(), False), *self.resets]
        if not cluster.mutated(RESTART_LISTS_THE_PAST):
            cluster.forgotten.setdefault(self.watcher, []).extend([*caught_up, *self._unmarked()])
        of = f" of {self.kind}" if self.kind else ""
        field = f"spec.faults.slowWatches.{self.name}" if of else "spec.faults.slowWatches"
        builder.action(
            f"watch{of} stalls",
            self.watcher,
            (),
            ~stalled() & (left() > 0),
            [assign(stalled(), True), assign(left(), left() - 1), *self.snapshots],
            text=f"its watch{of} stalls" + ("" if of else ": it acts on what it last saw"),
            why=f"{field} lets events for the {self.watcher} be late",
        )
        if self.marked is not None:
            self._progress(stalled, self.marked, left, of, field)
        builder.action(
            f"watch{of} catches up",
            self.watcher,
            (),
            stalled() & (TRUE if self.marked is None else self.marked() == 0),
            caught_up,
            fairness="weak",
            text=f"its watch{of} catches up with the store",
            why="events that are late arrive in the end",
        )

    def _progress(
        self,
        stalled: StateFunction,
        marked: StateFunction,
        left: StateFunction,
        of: str,
        field: str,
    ) -> None:
        """Adds that later moments are marked, and come to be what the cache shows."""
        builder = self.cluster.builder
        marks: list[Update] = [assign(marked(), marked() + 1), assign(left(), left() - 1)]
        moves: list[Update] = [assign(marked(), marked() - 1)]
        for copy in self.copies:
            kept = copy.kept
            at = tuple(variable(f"kept{i}", sort) for i, sort in enumerate(kept.domain))
            places = self._later[kept.name]
            for place, (earlier, later) in enumerate(zip([kept, *places], places, strict=False)):
                moves.append(assign(earlier[at], later[at], *at))
                now = copy.live(*at)
                marks.append(assign(later[at], now, *at, where=marked() == place))
            last = places[-1]
            moves.append(assign(last[at], literal(kept.type, kept.type.lo), *at))
        builder.action(
            f"watch{of} lags on",
            self.watcher,
            (),
            stalled() & (marked() < self.budget - 1) & (left() > 0),
            marks,
            text=f"its watch{of} shows what is there now later",
            why=f"{field} lets events for the {self.watcher} arrive one after the other",
        )
        builder.action(
            f"watch{of} moves on",
            self.watcher,
            (),
            marked() > 0,
            moves,
            fairness="weak",
            text=f"its watch{of} shows some of what is late",
            why="events that are late arrive in their order",
        )

    def _unmarked(self) -> list[Update]:
        """That it has no moments to show any more."""
        if self.marked is None:
            return []
        updates: list[Update] = [assign(self.marked(), 0)]
        for places in self._later.values():
            for later in places:
                at = tuple(variable(f"kept{i}", sort) for i, sort in enumerate(later.domain))
                updates.append(assign(later[at], literal(later.type, later.type.lo), *at))
        return updates


def beliefs(cluster: Cluster, system: System, state: State, actor: str) -> tuple[Belief, ...]:
    """What an actor of a cluster believes in a state that is not so; see `Instance.beliefs`."""
    reading = Reading(system, state)
    watches = (watch for watch in cluster.watches if watch.watcher == actor)
    return tuple(belief for watch in watches for belief in watch.beliefs(reading))


def watch(cluster: Cluster, watcher: str, kind: str = "") -> Watch:
    """The watch of a controller, of one kind of objects; it can stall if the scenario's faults say
    so, with those of other kinds unless they say so of this one."""
    budgets = cluster.scenario.faults.slow_watches
    apart = kind if budgets.get(f"{watcher}.{kind}") else ""
    name = f"{watcher}.{apart}" if apart else watcher
    if not budgets.get(name):
        return Watch(cluster, watcher, None)
    known = next((each for each in cluster.watches if each.name == name), None)
    if known is not None:
        return known
    label = f"{name}.watchStalled"
    made = Watch(cluster, watcher, cluster.builder.function(label, (), BOOL, 0, label), apart)
    if budgets[name] > 1:
        behind = IntType(0, budgets[name] - 1)
        made.marked = cluster.builder.function(f"{name} momentsAhead", (), behind, 0)
    cluster.watches.append(made)
    return made


@dataclass(frozen=True)
class Watches:
    """The watches of one controller, by what they are of: `pods`, as in `spec.faults`."""

    cluster: Cluster
    watcher: str

    def of(self, kind: str) -> Watch:
        """That of a kind of objects, or of all kinds where they lag together."""
        return watch(self.cluster, self.watcher, kind)

    @property
    def may_stall(self) -> Expr:
        """Whether some of those that anybody reads may yet come to rest at a moment."""
        mine = (each for each in self.cluster.watches if each.watcher == self.watcher)
        return disj(*(each.left() > 0 for each in mine))

    def finish(self) -> None:
        """Adds their steps, once every copy is known."""
        for each in self.cluster.watches:
            if each.watcher == self.watcher:
                each.finish()
