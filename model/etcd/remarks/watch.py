"""What a watch has missed, and what a transaction has overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.instance import Remark
from model.ir.reading import Element, Reading
from model.ir.system import State, System
from model.words import listed, verb

if TYPE_CHECKING:
    from model.etcd.store import Store
    from model.etcd.watch import Watch

#: What the last response broke, where only a mark tells of it.
MARKED = {
    "watch-ordered": "one of these events came after a later one",
    "watch-unique": "one of these events came twice",
}


def remarks(watch: Watch, system: System, state: State, prop: str) -> tuple[Remark, ...]:
    """How the last state breaks a property of a watch."""
    reading = Reading(system, state)
    if prop in MARKED:
        return *_received(watch, reading), Remark(MARKED[prop], ())
    if prop == "watch-atomic":
        return tuple(_torn(watch, reading))
    start, limit = reading.value(watch.start), _limit(watch, reading, prop)
    missing = reading.find(
        lambda r, k: watch.due(r, k) & ~watch.received[r, k] & ~watch.sent[r, k],
        watch.store.Revision,
        watch.store.Key,
    )
    missing = [(r, k) for r, k in missing if r.position < limit]
    heard = {
        "watch-reliable": "has received the event of",
        "watch-resumable": "has been sent all there is up to",
        "watch-bookmarkable": "was told that it has everything up to",
    }[prop]
    return (
        *(
            Remark(
                f"the watch started at revision {start} {heard} revision {limit}, and never heard "
                f"that {k} was {_did(watch.store, reading, r, k)} at revision {r}",
                (),
            )
            for r, k in missing[:2]
        ),
        *_compacted(watch, reading, missing),
    )


def overwritten(store: Store, system: System, state: State) -> tuple[Remark, ...]:
    """Which write the last transaction has overwritten."""
    reading = Reading(system, state)
    last = reading.value(store.revision)
    found = []
    for r, k in reading.find(store.changed, store.Revision, store.Key):
        before = reading.value(lambda k: store.last(k, store.revision() - 1), k)
        if r.position + 1 == last:
            text = (
                f"the client wrote {k} at revision {last}, and had not read revision {before} of it"
            )
            found.append(Remark(text, ()))
    return tuple(found)


def _limit(watch: Watch, reading: Reading, prop: str) -> int:
    """Up to which revision the watch should have heard everything."""
    if prop == "watch-bookmarkable":
        return reading.value(watch.progress)
    return reading.value(watch.next) - 1 if prop == "watch-resumable" else reading.value(watch.seen)


def _did(store: Store, reading: Reading, r: Element, k: Element) -> str:
    return "put" if reading.shown(lambda r, k: store.change[r, k], r, k) == "Put" else "deleted"


def _received(watch: Watch, reading: Reading) -> Iterator[Remark]:
    events = reading.find(lambda r, k: watch.received[r, k], watch.store.Revision, watch.store.Key)
    said = listed(f"{k} at revision {r}" for r, k in events)
    yield Remark(f"the watch has received {said}", ())


def _torn(watch: Watch, reading: Reading) -> Iterator[Remark]:
    for r in reading.those(watch.store.Revision, lambda r: watch.store.number[r] <= watch.seen()):
        due = reading.those(watch.store.Key, lambda k, r: watch.due(r, k), r)
        got = reading.those(watch.store.Key, lambda k, r: watch.received[r, k], r)
        if got and len(got) < len(due):
            lacks = listed(k for k in due if k not in got)
            yield Remark(f"of revision {r} the watch received {listed(got)} without {lacks}", ())


def _compacted(
    watch: Watch, reading: Reading, missing: list[tuple[Element, ...]]
) -> Iterator[Remark]:
    """That the store can no longer tell of what is missing."""
    end = reading.value(watch.store.compacted)
    lost = [r for r, k in missing if not reading.value(watch.store.kept, r, k)]
    if lost:
        said = f"{verb(lost, 'revision', 'revisions')} {listed(lost)}"
        yield Remark(f"etcd was compacted at revision {end}, and can no longer tell of {said}", ())
