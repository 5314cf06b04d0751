"""Syncs: what a controller has decided and not sent yet, once for all controllers.

A sync takes one reading of its cache, decides by it on all of its requests, and sends them one at a
time, while the world moves. What is left of it is part of the state until it is sent. A request
that is refused ends the sync; so does an outage in which the controller gives up, and a restart.
Of each object there is one sync at a time, and who has nothing left to send has none under way.

A controller says what a sync that begins now decides, of each thing that it may have left to send
(`Kept`). Its requests ask what is due (`Sync.due`): that is what is left of the sync under way, or,
if there is none, what one decides that begins with the request. So reading and the first request
are one step; where that would leave something out, a reading is one by itself (`Sync.read`).

Source: kubernetes v1.36.3 `pkg/controller/deployment/deployment_controller.go`,
`pkg/controller/replicaset/replica_set.go` and their like (processNextWorkItem: a work queue hands
out an object to one worker at a time, and of an object whose sync has failed another one begins).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from model.apiserver.objects import Cluster
from model.apiserver.syncs import SPARED, SURE, TIED, VICTIM
from model.ir.expr import (
    TRUE,
    Expr,
    Literalish,
    coerce,
    disj,
    greatest,
    ite,
    least,
    literal,
    variable,
)
from model.ir.quantifier import count, exists
from model.ir.system import Action, StateFunction, Update, assign
from model.ir.types import IntType, Sort

#: Something of each cell of a function.
OfCell = Callable[..., Expr]


@dataclass(frozen=True, eq=False)
class Kept:
    """Something that a sync may have left to send, and where that is kept."""

    function: StateFunction
    #: What a sync that begins now decides.
    now: OfCell
    #: What is kept where nothing is left: the lowest value of its type, if not said otherwise.
    empty: OfCell | None = None
    #: The object whose sync a cell belongs to: its first argument, if not said otherwise.
    of: OfCell | None = None
    #: Whether a sync is under way for as long as something is left of this.
    holds: bool = True

    def nothing(self, *at: Expr) -> Expr:
        """What is kept in a cell of which nothing is left."""
        type = self.function.type
        return literal(type, type.lo) if self.empty is None else self.empty(*at)

    def left(self, *at: Expr) -> Expr:
        """Whether something is left of a cell."""
        return self.function[at] != self.nothing(*at)


def told_apart(cluster: Cluster) -> bool:
    """Whether the user asks for every interleaving, whatever it takes: then a reading is a step by
    itself also where verdicts do not depend on it. A cache that may rest at any moment may as well
    show later what a reading saw, so nothing is told apart where all do."""
    return cluster.scenario.prompt is False and not cluster.slides


class Sync:
    """The syncs of a controller: one at a time of each of its objects, or of its only one."""

    def __init__(self, cluster: Cluster, actor: str) -> None:
        self.cluster, self.actor = cluster, actor
        self.kept: list[Kept] = []

    def keep(self, *parts: Kept) -> None:
        """Adds what it may have left to send."""
        self.kept.extend(parts)

    # -- what is left ---------------------------------------------------------------------------
    def under_way(self, *object: Expr) -> Expr:
        """Whether a sync (of an object) has anything left to send."""
        return disj(*(self._some(each, object) for each in self.kept if each.holds))

    def idle(self, *object: Expr) -> Expr:
        """Whether none is under way."""
        return ~self.under_way(*object)

    def due(self, part: Kept, idle: Expr, *at: Expr) -> Expr:
        """What is to be sent of a cell: what is left of the sync under way, or what one decides
        that begins now. `idle`: whether none is under way."""
        return ite(idle, part.now(*at), part.function[at])

    # -- what becomes of it ---------------------------------------------------------------------
    def begin(self, *object: Expr) -> list[Update]:
        """A sync has read, and sent nothing yet."""
        return [self._assign(each, object, each.now) for each in self.kept]

    def rest(self, idle: Expr, sent: Mapping[Kept, OfCell], *object: Expr) -> list[Update]:
        """What is left after a request: what was due, but for what it says of some parts."""

        def due(part: Kept) -> OfCell:
            return lambda *at: self.due(part, idle, *at)

        return [self._assign(part, object, sent.get(part) or due(part)) for part in self.kept]

    def end(self, *object: Expr, where: Expr = TRUE) -> list[Update]:
        """Nothing is left to send."""
        return [self._assign(each, object, each.nothing, where) for each in self.kept]

    def forgotten(self) -> None:
        """Says that all of it is lost when the controller starts anew."""
        lost = [self._assign(each, (), each.nothing) for each in self.kept]
        self.cluster.forgotten.setdefault(self.actor, []).extend(lost)

    # -- steps ----------------------------------------------------------------------------------
    def read(
        self, object: Sequence[Expr], due: Expr, more: Sequence[Update] = (), *, text: str
    ) -> Action:
        """Adds that a sync reads, and sends what it decides on later."""
        return self.cluster.builder.action(
            "sync",
            self.actor,
            object,
            due,
            [*self.begin(*object), *more],
            text=text,
            why="it sends what it decides later, whatever happens in between",
        )

    def give_up(self, object: Sequence[Expr], *, text: str) -> None:
        """Adds that a sync ends whose requests the API server can't take."""
        if self.cluster.serving is TRUE:
            return
        self.cluster.builder.action(
            "give up",
            self.actor,
            object,
            self.under_way(*object) & ~self.cluster.serving,
            self.end(*object),
            text=text,
            why="the API server does not take its requests",
        )

    # -- cells ----------------------------------------------------------------------------------
    def _some(self, part: Kept, object: Sequence[Expr], *at: Expr) -> Expr:
        """Whether something is left of a part, of the sync of an object; `at`: the first arguments
        of the cells that are looked at."""
        domain = part.function.domain
        if len(at) < len(domain):
            if object and part.of is None and not at:
                return self._some(part, object, object[0])
            return exists(domain[len(at)], lambda x: self._some(part, object, *at, x))
        left = part.left(*at)
        return left if part.of is None or not object else left & (part.of(*at) == object[0])

    def _assign(
        self, part: Kept, object: Sequence[Expr], value: OfCell, where: Expr = TRUE
    ) -> Update:
        """The cells of the sync of an object take values, or those of all."""
        domain = part.function.domain
        at = over = tuple(variable(f"syncing{i}", sort) for i, sort in enumerate(domain))
        if object and part.of is None and object[0].op == "var":
            at, over = (object[0], *at[1:]), at[1:]
        elif object:
            where = ((at[0] if part.of is None else part.of(*at)) == object[0]) & where
        return assign(part.function[at], value(*at), *over, where=where)


class Choice:
    """So many of several cells: those that are sure, and as many as there is room for of others. Of
    these it is left open which they are, until that makes a difference."""

    def __init__(  # noqa: PLR0917
        self, sync: Sync, name: str, sort: Sort, sure: OfCell, may: OfCell, room: Literalish
    ) -> None:
        builder, self.sync, self.sort = sync.cluster.builder, sync, sort
        x = variable("chosen", sort)
        several = count(sort, lambda y: may(y) & ~sure(y))
        tied = builder.define(f"{name} tied", (), (coerce(room) > 0) & (several > room))()
        open_ = ite(coerce(room) <= 0, SPARED, ite(tied, TIED, SURE))
        now = ite(sure(x), SURE, ite(may(x), open_, SPARED))
        marks = builder.define(f"{name} marks", (x,), now)
        self.mark = Kept(builder.function(name, (sort,), VICTIM, 0), lambda y: marks[y])
        most = IntType(0, sort.size)
        left = builder.function(f"{name} left", (), most, 0)
        self.left = Kept(left, lambda: ite(tied, least(room, sort.size), 0), holds=False)
        sync.keep(self.mark, self.left)

    def asked(self, x: Expr) -> Expr:
        """Whether a sync that begins now may choose a cell."""
        return self.mark.now(x) != SPARED

    def due(self, idle: Expr, x: Expr) -> Expr:
        """Whether a cell may be the next."""
        return self.sync.due(self.mark, idle, x) != SPARED

    def sent(self, idle: Expr, x: Expr) -> dict[Kept, OfCell]:
        """What is left when a cell is done with."""

        def mark(y: Expr) -> Expr:
            return self.sync.due(self.mark, idle, y)

        left = self.sync.due(self.left, idle) - ite(mark(x) == TIED, 1, 0)
        done = left <= 0

        def marked(y: Expr) -> Expr:
            return ite((y == x) | ((mark(y) == TIED) & done), SPARED, mark(y))

        return {self.mark: marked, self.left: lambda: greatest(0, left)}

    def lost(self, x: Expr) -> list[Update]:
        """What becomes of it when there is nothing to send any more about a cell."""
        mark, left, y = self.mark.function, self.left.function, variable("other", self.sort)
        tied = count(self.sort, lambda z: mark[z] == TIED)
        closed = (mark[x] == TIED) & (tied - 1 <= left())
        marked = ite(y == x, SPARED, ite(closed & (mark[y] == TIED), SURE, mark[y]))
        return [assign(mark[y], marked, y), assign(left(), 0, where=closed)]
