"""What controllers believe: cache views that may lag behind the store.

A view shows the store as it is, until its watch stalls (a fault with a budget); from then on it
shows the store as it was, until the watch resumes and catches up. A controller reads only its
view, so staleness is a property of the view and never of a controller's code.

The API server refuses an update whose resourceVersion is not the stored one. The model keeps,
in place of numbers, exactly what that comparison needs: whether an object was written since the
writer's watch stalled.

Source: client-go v0.36 `tools/cache/reflector.go` (watches and relists), kubernetes v1.36.2
`staging/src/k8s.io/apiserver/pkg/storage/etcd3/store.go` (GuaranteedUpdate compares revisions).

Omits: a watch that makes some progress but stays behind; relists that jump back in time; the
watches of one controller on different kinds, which stall together here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from model.apiserver.objects import Cluster
from model.instance import Belief
from model.ir.expr import TRUE, Expr, ite, literal, variable
from model.ir.label import Label
from model.ir.reading import Element, Reading
from model.ir.system import State, StateFunction, System, Update, assign
from model.ir.types import BOOL, IntType, Sort, plain
from model.mutation import Mutation

RESTART_LISTS_THE_PAST = Mutation(
    "restart-lists-the-past",
    "a controller that starts anew lists from a cache that lags, as resourceVersion 0 allowed",
)

OMISSIONS = ("watches that make some progress but stay behind",)

#: A value for each ReplicaSet (or pod).
PerObject = Callable[[Expr], Expr]
#: See `Label.of`.
Labelled = str | Label | None


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
    snapshots: list[Update] = field(default_factory=list)
    resets: list[Update] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    #: [r]: whether a ReplicaSet was written since the watch stalled; None where nobody asks.
    missed: StateFunction | None = None

    def keep(
        self, name: str, domain: tuple[Sort, ...], live: Callable[..., Expr], label: Labelled
    ) -> StateFunction:
        """A new state function that takes the value of `live` when the watch stalls.

        It has the lowest value of its type while the watch is not stalled, so that a copy that
        nobody reads does not tell states apart. `label` is as for `Label.of`.
        """
        variables = tuple(variable(f"kept{i}", sort) for i, sort in enumerate(domain))
        value = live(*variables)
        lowest = value.type.lo
        kept = self.cluster.builder.function(f"{self.watcher} {name}", domain, value.type, lowest)
        self.snapshots.append(assign(kept[variables], value, *variables))
        self.resets.append(assign(kept[variables], literal(value.type, lowest), *variables))
        self.copies.append(Copy(kept, live, Label.of(label)))
        return kept

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
        stalled, sort = self.stalled, self.cluster.ReplicaSet
        written = self.cluster.builder.function(f"{self.watcher} missed", (sort,), BOOL, 0)
        self.missed = written
        r = variable("kept0", sort)
        self.resets.append(assign(written[r], False, r))
        self.cluster.watchers.append(lambda s: assign(written[s], True, where=stalled()))
        return lambda replicaset: ~written[replicaset]

    def beliefs(self, reading: Reading) -> list[Belief]:
        """What the controller believes that is not so: nothing, unless its watch is stalled."""
        if self.stalled is None or not reading.value(self.stalled):
            return []
        return [belief for copy in self.copies for belief in copy.beliefs(self.watcher, reading)]

    def finish(self) -> None:
        """Adds the steps of the watch, once every copy is known."""
        if self.stalled is None:
            return
        cluster, builder, stalled = self.cluster, self.cluster.builder, self.stalled
        budget = cluster.scenario.faults.slow_watches[self.watcher]
        left = builder.function(f"{self.watcher} stallsLeft", (), IntType(0, budget), budget)
        builder.omit(*OMISSIONS)
        if not cluster.mutated(RESTART_LISTS_THE_PAST):
            caught_up = [assign(stalled(), False), *self.resets]
            cluster.forgotten.setdefault(self.watcher, []).extend(caught_up)
        builder.action(
            "watch stalls",
            self.watcher,
            (),
            ~stalled() & (left() > 0),
            [assign(stalled(), True), assign(left(), left() - 1), *self.snapshots],
            text="its watch stalls: it acts on what it last saw",
            why=f"spec.faults.slowWatches lets events for the {self.watcher} be late",
        )
        builder.action(
            "watch catches up",
            self.watcher,
            (),
            stalled(),
            [assign(stalled(), False), *self.resets],
            fairness="weak",
            text="its watch catches up with the store",
            why="events that are late arrive in the end",
        )


def beliefs(cluster: Cluster, system: System, state: State, actor: str) -> tuple[Belief, ...]:
    """What an actor of a cluster believes in a state that is not so; see `Instance.beliefs`."""
    reading = Reading(system, state)
    watches = (watch for watch in cluster.watches if watch.watcher == actor)
    return tuple(belief for watch in watches for belief in watch.beliefs(reading))


def watch(cluster: Cluster, watcher: str) -> Watch:
    """The watch of a controller, of which there is one; it can stall if the scenario's faults say
    so."""
    if not cluster.scenario.faults.slow_watches.get(watcher):
        return Watch(cluster, watcher, None)
    for known in cluster.watches:
        if known.watcher == watcher:
            return known
    label = f"{watcher}.watchStalled"
    made = Watch(cluster, watcher, cluster.builder.function(label, (), BOOL, 0, label))
    cluster.watches.append(made)
    return made
