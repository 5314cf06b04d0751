"""etcd's store as one member has it: keys, revisions, transactions, compaction.

Every write has a revision of its own, one more than the last; what was written at each stays on
record here. What the store can still tell of it is less, once it was compacted: of each key what it
was at the revision of the compaction, and all that came later. A deletion at exactly that revision
is kept as well.

Source: etcd v3.6 `server/storage/mvcc/key_index.go` (compact, keep), `kvstore_compaction.go`
(scheduleCompaction), `kvstore_txn.go` (put, delete); etcd issue 18089 for the deletion.

Omits: leases of keys, values, versions, ranges; how long compaction takes; crashes while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, constant, variable
from model.ir.quantifier import exists, maximum
from model.ir.system import Bound, StateFunction, Table, Update, assign
from model.ir.types import BOOL, EnumType, IntType, Sort
from model.mutation import Mutation
from model.scenario import Scenario

COMPACTION_DROPS_DELETION = Mutation(
    "compaction-drops-deletion", "etcd compacted at a deletion forgets it (etcd issue 18089)"
)
REVISION_REUSED = Mutation("revision-reused", "two writes to etcd get one revision")
COMPARE_IGNORED = Mutation("compare-ignored", "etcd does not compare revisions in transactions")


CHANGE = EnumType("Change", ("None", "Put", "Delete"))
NO_CHANGE, PUT, DELETE = (constant(CHANGE, name) for name in CHANGE.values)

#: As many as tell apart an order of keys from an order of revisions.
KEYS = ("key-1", "key-2")

#: What a write does besides: given its revision, and which keys it changes.
Notify = Callable[[Expr, Callable[[Expr], Expr]], list[Update]]


@dataclass
class Store:
    """The system under construction and its symbols."""

    scenario: Scenario
    builder: Builder
    Key: Sort
    Revision: Sort
    #: [r]: the number that a revision stands for.
    number: Table
    #: The last revision, and that of the last compaction; 0 is none.
    revision: StateFunction
    compacted: StateFunction
    #: [r, k]: what the write of a revision did to a key.
    change: StateFunction

    def mutated(self, fault: Mutation) -> bool:
        return fault in self.scenario.mutations

    def changed(self, r: Expr, k: Expr) -> Expr:
        return self.change[r, k] != NO_CHANGE

    def last(self, k: Expr, limit: Expr) -> Expr:
        """The revision of a key's last change up to one; 0 without one."""
        return maximum(
            self.Revision,
            lambda r: self.number[r],
            lambda r: self.changed(r, k) & (self.number[r] <= limit),
            default=0,
        )

    def exists(self, k: Expr) -> Expr:
        last = self.last(k, self.revision())
        return exists(
            self.Revision, lambda r: (self.number[r] == last) & (self.change[r, k] == PUT)
        )

    def kept(self, r: Expr, k: Expr) -> Expr:
        """Whether the store can still tell what a revision did to a key."""
        end = self.compacted()
        put = self.change[r, k] == PUT
        stays = put if self.mutated(COMPACTION_DROPS_DELETION) else put | (self.number[r] == end)
        latest = (self.number[r] == self.last(k, end)) & stays
        return self.changed(r, k) & ((self.number[r] > end) | latest)

    def next(self, r: Expr) -> Expr:
        """Whether the next write has a revision."""
        follows = self.number[r] == self.revision() + 1
        if self.mutated(REVISION_REUSED):
            follows |= (self.revision() > 0) & (self.number[r] == self.revision())
        return follows


def store(scenario: Scenario) -> Store:
    """An empty store."""
    most = scenario.bounds.log
    builder = Builder("ControlPlane/etcd")
    key = Sort("Key", KEYS, symmetric=True)
    revision = Sort("Revision", tuple(str(i + 1) for i in range(most)))
    numbers = IntType(0, most)
    made = Store(
        scenario,
        builder,
        key,
        revision,
        builder.table("number", (revision,), numbers, range(1, most + 1)),
        builder.function("revision", (), numbers, 0, "etcd.revision"),
        builder.function("compacted", (), numbers, 0, "etcd.compactRevision"),
        builder.function("change", (revision, key), CHANGE, 0, "etcd.revision[{0}][{1}]"),
    )
    full = made.revision() == most
    builder.bounds.append(Bound("log", full, f"at most {most} writes to etcd"))
    return made


def add(made: Store, notify: Notify) -> None:
    """Puts, deletions, transactions that put all keys, compaction."""
    builder = made.builder
    k, r = variable("key", made.Key), variable("revision", made.Revision)
    each = variable("each", made.Key)

    def one(x: Expr) -> Expr:
        return x == k

    def written(change: Expr, which: Callable[[Expr], Expr]) -> list[Update]:
        return [
            assign(made.revision(), made.number[r]),
            assign(made.change[r, each], change, each, where=which(each)),
            *notify(r, which),
        ]

    fresh = made.next(r) & ~made.changed(r, k)
    builder.action(
        "put",
        "client",
        (k, r),
        fresh,
        written(PUT, one),
        text="{key} is put at revision {revision}",
        why="a client writes what it likes",
    )
    builder.action(
        "delete",
        "client",
        (k, r),
        fresh & made.exists(k),
        written(DELETE, one),
        text="{key} is deleted at revision {revision}",
        why="a client deletes a key that exists",
    )
    builder.action(
        "put all",
        "client",
        (r,),
        made.number[r] == made.revision() + 1,
        written(PUT, lambda _: TRUE),
        text="a transaction puts all keys at revision {revision}",
        why="a client writes several keys at once",
    )
    builder.action(
        "compact",
        "client",
        (r,),
        (made.number[r] <= made.revision()) & (made.number[r] > made.compacted()),
        [assign(made.compacted(), made.number[r])],
        text="etcd is compacted at revision {revision}",
        why="a client (the API server does so every few minutes) gives up what is older",
    )


def add_compare_and_swap(made: Store, notify: Notify) -> StateFunction:
    """A client that reads and writes back; returns the mark of an update that was lost."""
    builder = made.builder
    k, r = variable("key", made.Key), variable("revision", made.Revision)
    known = builder.function(
        "known", (made.Key,), IntType(0, made.Revision.size), 0, "client.modRevision[{0}]"
    )
    unseen = builder.function("unseen", (made.Key,), BOOL, 0)
    lost = builder.function("lostUpdate", (), BOOL, 0, "etcd.lostUpdate")
    current = made.last(k, made.revision())
    compared = TRUE if made.mutated(COMPARE_IGNORED) else current == known[k]
    for position, action in enumerate(builder.actions):
        if action.name in ("put", "delete"):
            seen = assign(unseen[k], action.name == "put")
            builder.actions[position] = replace(action, updates=(*action.updates, seen))
        elif action.name == "put all":
            each = variable("each", made.Key)
            seen = assign(unseen[each], True, each)
            builder.actions[position] = replace(action, updates=(*action.updates, seen))
    builder.action(
        "read",
        "client",
        (k,),
        made.exists(k),
        [assign(known[k], current), assign(unseen[k], False)],
        text="a client reads {key}",
        why="{key} exists",
    )
    builder.action(
        "swap",
        "client",
        (k, r),
        made.next(r) & made.exists(k) & (known[k] > 0) & compared,
        [
            assign(made.revision(), made.number[r]),
            assign(made.change[r, k], PUT),
            assign(known[k], made.number[r]),
            assign(unseen[k], False),
            assign(lost(), True, where=unseen[k]),
            *notify(r, lambda x: x == k),
        ],
        text="the client writes {key} back, if it is as it was when read",
        why="its modification revision is what the client has read",
    )
    return lost
