"""A watch of all keys: from a revision, over broken connections, until etcd refuses it.

A watch that has all there is hears of each write at once (synced), if what it was sent before has
been received; else it is left behind and catches up by reading the store (unsynced). One response
is under way at a time, and may take arbitrarily long. A client whose connection breaks loses what
was under way, and asks again from the revision after the last that it received. A watch from before
the last compaction is refused, and its client has to read everything anew.

Watches do not touch each other, so there is one.

Source: etcd v3.6 `server/storage/mvcc/watchable_store.go` (watch, notify, syncWatchers,
addVictim), `watcher_group.go` (newWatcherBatch, chooseAll); `client/v3/watch.go` (resume: nextRev);
`tests/robustness/validate/watch.go` for what must hold (ordered, unique, atomic, reliable,
resumable, bookmarkable).

Omits: filters, several watches on one stream, responses in
fragments, members that lag behind others (a watch stays with one).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model.etcd import store
from model.etcd.names import COMPARE, WATCH
from model.etcd.remarks import watch as remarks
from model.etcd.store import Notify, Store
from model.instance import Instance, Remark, Wanted
from model.ir.expr import FALSE, Expr, constant, disj, greatest, ite, variable
from model.ir.quantifier import exists, forall, maximum
from model.ir.system import Property, State, StateFunction, Update, assign
from model.ir.types import BOOL, EnumType, IntType
from model.mutation import Mutation
from model.scenario import Scenario

COMPACTED_WATCH_SERVED = Mutation(
    "compacted-watch-served", "etcd serves a watch from a revision that has been compacted"
)
SLOW_WATCH_SKIPS = Mutation(
    "slow-watch-skips", "etcd takes for delivered what a slow watch had no room for"
)
KEYS_SENT_APART = Mutation("keys-sent-apart", "etcd sends a watch what it has missed key by key")
WATCH_RESUMES_AT_LAST = Mutation(
    "watch-resumes-at-last", "a client watches again from the last revision that it received"
)
WATCH_SYNCED_TOO_EARLY = Mutation(
    "watch-synced-too-early", "etcd takes a watch of the past for one that has all there is"
)
PROGRESS_OF_UNSYNCED = Mutation(
    "progress-of-unsynced", "etcd tells a watch of progress before it has sent everything"
)


STAGE = EnumType("Watch", ("None", "Unsynced", "Synced", "Broken", "Refused"))
NONE, UNSYNCED, SYNCED, BROKEN, REFUSED = (constant(STAGE, name) for name in STAGE.values)

FIELDS = ("spec.bounds.log",)


@dataclass
class Watch:
    """The watch and its client."""

    store: Store
    stage: StateFunction
    #: The revision that the client asked for first, and the next that the server will look for.
    start: StateFunction
    next: StateFunction
    #: [r, k]: the events of the response under way, and those that the client has received.
    sent: StateFunction
    received: StateFunction
    #: The largest revision of an event that the client has received; 0 is none.
    seen: StateFunction
    #: Up to which revision etcd has told the client that it has everything; 0 is none.
    progress: StateFunction
    #: Whether an event ever came after a later one, came twice, came without another of its
    #: revision, or left one out.
    disordered: StateFunction
    repeated: StateFunction
    torn: StateFunction
    skipped: StateFunction

    @property
    def open(self) -> Expr:
        return self.stage().is_in("Unsynced", "Synced")

    @property
    def idle(self) -> Expr:
        """Whether no response is under way."""
        return ~self.some(lambda r, k: self.sent[r, k])

    def some(self, event: Callable[[Expr, Expr], Expr]) -> Expr:
        """Whether an event of some revision and key is such."""
        kept = self.store
        return exists(kept.Revision, lambda r: exists(kept.Key, lambda k: event(r, k)))

    def due(self, r: Expr, k: Expr) -> Expr:
        """Whether the client is to hear what a revision did to a key."""
        return self.store.changed(r, k) & (self.store.number[r] >= self.start())

    def notify(self, r: Expr, changes: Callable[[Expr], Expr]) -> list[Update]:
        """What a write of a revision does to the watch."""
        k = variable("notified", self.store.Key)
        hears = (self.stage() == SYNCED) & (self.next() <= self.store.number[r])
        slow = hears & ~self.idle
        passed = hears if self.store.mutated(SLOW_WATCH_SKIPS) else hears & self.idle
        behind = FALSE if self.store.mutated(SLOW_WATCH_SKIPS) else slow
        return [
            assign(self.sent[r, k], True, k, where=hears & self.idle & changes(k)),
            assign(self.next(), self.store.number[r] + 1, where=passed),
            assign(self.stage(), UNSYNCED, where=behind),
        ]


def instance(
    scenario: Scenario, texts: dict[str, str], wanted: Wanted = lambda _: True
) -> Instance:
    """etcd's store and a watch of it, with the wanted ones of its properties.

    `texts` are their lines of help by name.
    """
    kept = store.store(scenario)
    claims: dict[str, tuple[Expr, Expr, str]] = {}
    notify: Notify = _nobody
    watch: Watch | None = None
    if any(wanted(name) for name in WATCH if name != COMPARE):
        watch = _watch(kept)
        notify = watch.notify
        for part in (_server, _client):
            part(watch)
        claims.update(_claims(watch))
    store.add(kept, notify)
    if wanted(COMPARE):
        lost = store.add_compare_and_swap(kept, notify)
        read = exists(kept.Key, lambda k: kept.exists(k) & (kept.last(k, kept.revision()) > 1))
        claims[COMPARE] = (~lost(), read, "a key is written after another write")
    builder = kept.builder
    builder.omit("etcd: watches of some keys, leases of keys")
    builder.properties += [
        Property(name, "always", p, witness=w, text=texts.get(name, ""), occasion=occasion)
        for name, (p, w, occasion) in claims.items()
        if wanted(name)
    ]
    fields = {prop.name: FIELDS for prop in builder.properties}
    system = builder.build()

    def said(state: State, prop: str) -> tuple[Remark, ...]:
        if prop == COMPARE:
            return remarks.overwritten(kept, system, state)
        assert watch is not None
        return remarks.remarks(watch, system, state, prop)

    return Instance(scenario, system, "ControlPlane/etcd", fields, said)


def _nobody(_: Expr, __: Callable[[Expr], Expr]) -> list[Update]:
    """What a write does to a watch that there is not."""
    return []


def _watch(kept: Store) -> Watch:
    """No watch yet."""
    builder, events = kept.builder, (kept.Revision, kept.Key)
    most = kept.Revision.size

    def mark(name: str) -> StateFunction:
        return builder.function(name, (), BOOL, 0, f"watch.{name}")

    return Watch(
        kept,
        builder.function("watch", (), STAGE, 0, "watch.stage"),
        builder.function("startRevision", (), IntType(1, most + 1), 1, "watch.startRevision"),
        builder.function("nextRevision", (), IntType(1, most + 1), 1, "watch.nextRevision"),
        builder.function("sent", events, BOOL, 0, "watch.underWay[{0}][{1}]"),
        builder.function("received", events, BOOL, 0, "watch.received[{0}][{1}]"),
        builder.function("seen", (), IntType(0, most), 0, "watch.lastReceived"),
        builder.function("progress", (), IntType(0, most), 0, "watch.progress"),
        mark("disordered"),
        mark("repeated"),
        mark("torn"),
        mark("skipped"),
    )


def _server(watch: Watch) -> None:
    kept, builder = watch.store, watch.store.builder
    r, k = variable("revision", kept.Revision), variable("key", kept.Key)
    behind = (watch.stage() == UNSYNCED) & watch.idle
    refused = watch.next() < kept.compacted()
    builder.action(
        "refuse the watch",
        "etcd",
        (),
        behind & refused,
        [assign(watch.stage(), REFUSED)],
        text="etcd refuses the watch: what it asks for is compacted",
        why="the next revision that the watch needs is before the last compaction",
    )
    synced = (watch.stage() == SYNCED) & (watch.next() > kept.revision())
    told = watch.open if kept.mutated(PROGRESS_OF_UNSYNCED) else synced & watch.idle
    builder.action(
        "tell progress",
        "etcd",
        (),
        told,
        [assign(watch.progress(), kept.revision())],
        text="etcd tells the client that it has everything up to now",
        why="the watch has been sent all there is",
    )
    served = behind if kept.mutated(COMPACTED_WATCH_SERVED) else behind & ~refused
    found = (kept.number[r] >= watch.next()) & kept.kept(r, k)
    builder.action(
        "sync the watch",
        "etcd",
        (),
        served,
        [
            assign(watch.sent[r, k], True, r, k, where=found),
            assign(watch.next(), kept.revision() + 1),
            assign(watch.stage(), SYNCED),
        ],
        text="etcd sends what the watch has missed",
        why="the watch is behind, and no response to it is under way",
    )
    if kept.mutated(KEYS_SENT_APART):
        builder.action(
            "send one key",
            "etcd",
            (k,),
            served,
            [assign(watch.sent[r, k], True, r, where=found & ~watch.received[r, k])],
            text="etcd sends what the watch has missed of {key}",
            why="a seeded fault sends the keys of one revision apart",
        )


def _client(watch: Watch) -> None:
    kept, builder = watch.store, watch.store.builder
    r, k = variable("revision", kept.Revision), variable("key", kept.Key)
    each = variable("each", kept.Revision)

    def opened(at: Expr) -> list[Update]:
        synced = disj(at > kept.revision(), kept.mutated(WATCH_SYNCED_TOO_EARLY))
        return [assign(watch.next(), at), assign(watch.stage(), ite(synced, SYNCED, UNSYNCED))]

    builder.action(
        "watch",
        "client",
        (r,),
        (watch.stage() == NONE) & (kept.number[r] <= kept.revision() + 1),
        [assign(watch.start(), kept.number[r]), *opened(kept.number[r])],
        text="a client watches all keys from revision {revision}",
        why="a watch may begin at any revision up to the next",
    )
    builder.action(
        "receive",
        "client",
        (),
        ~watch.idle,
        [
            assign(watch.received[each, k], True, each, k, where=watch.sent[each, k]),
            assign(watch.sent[each, k], False, each, k),
            assign(watch.seen(), greatest(watch.seen(), _newest(watch))),
            assign(watch.disordered(), True, where=watch.some(_older(watch))),
            assign(
                watch.repeated(),
                True,
                where=watch.some(lambda x, y: watch.sent[x, y] & watch.received[x, y]),
            ),
            assign(watch.torn(), True, where=watch.some(_torn(watch))),
            assign(watch.skipped(), True, where=watch.some(_left_out(watch))),
        ],
        text="the client receives what is under way",
        why="etcd has sent it",
    )
    builder.action(
        "break",
        "fault",
        (),
        watch.open,
        [
            assign(watch.stage(), BROKEN),
            assign(watch.next(), 1),
            assign(watch.sent[each, k], False, each, k),
        ],
        text="the connection breaks",
        why="a connection may break at any moment",
    )
    last = greatest(watch.seen(), watch.progress())
    after = last if kept.mutated(WATCH_RESUMES_AT_LAST) else last + 1
    builder.action(
        "watch again",
        "client",
        (),
        watch.stage() == BROKEN,
        opened(greatest(watch.start(), after)),
        text="the client watches again from where it was",
        why="its connection broke: it asks for what comes after the last that it received",
    )


def _newest(watch: Watch) -> Expr:
    """The largest revision in the response under way."""
    kept = watch.store
    return maximum(
        kept.Revision,
        lambda r: kept.number[r],
        lambda r: exists(kept.Key, lambda k: watch.sent[r, k]),
        default=0,
    )


def _older(watch: Watch) -> Callable[[Expr, Expr], Expr]:
    """Events under way that come after a later one."""
    return lambda r, k: watch.sent[r, k] & (watch.store.number[r] < watch.seen())


def _torn(watch: Watch) -> Callable[[Expr, Expr], Expr]:
    """Events that are not under way though others of their revision are."""

    def others(r: Expr) -> Expr:
        return exists(watch.store.Key, lambda k: watch.sent[r, k])

    return lambda r, k: watch.due(r, k) & ~watch.sent[r, k] & others(r)


def _left_out(watch: Watch) -> Callable[[Expr, Expr], Expr]:
    """Events that the client should have, or have now, before something under way."""
    newest = _newest(watch)
    return lambda r, k: (
        watch.due(r, k)
        & (watch.store.number[r] <= newest)
        & ~watch.received[r, k]
        & ~watch.sent[r, k]
    )


def _claims(watch: Watch) -> Mapping[str, tuple[Expr, Expr, str]]:
    """Each property with its occasion, and that in words."""
    kept = watch.store

    def passed(r: Expr, k: Expr) -> Expr:
        return watch.due(r, k) & (kept.number[r] < watch.next())

    complete = forall(
        kept.Revision,
        lambda r: forall(
            kept.Key,
            lambda k: passed(r, k).implies(watch.received[r, k] | watch.sent[r, k]),
        ),
    )
    got = watch.seen() > 0, "a client has received an event"
    together = (
        exists(kept.Revision, lambda r: forall(kept.Key, lambda k: watch.received[r, k])),
        "a client has received two events of one revision",
    )
    told = (watch.progress() > 0) & (watch.seen() > 0), "a client is told that it has everything"
    behind = (watch.stage() == UNSYNCED), "a watch begins at a revision of the past"
    return {
        "watch-ordered": (~watch.disordered(), *got),
        "watch-unique": (~watch.repeated(), *got),
        "watch-atomic": (~watch.torn(), *together),
        "watch-reliable": (~watch.skipped(), *got),
        "watch-resumable": (watch.open.implies(complete), *behind),
        "watch-bookmarkable": (
            ~watch.some(
                lambda r, k: (
                    watch.due(r, k) & (kept.number[r] <= watch.progress()) & ~watch.received[r, k]
                )
            ),
            *told,
        ),
    }
