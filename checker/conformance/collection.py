"""Vectors of the garbage collector: what one attempt to delete an object does, and the step that
orphans its dependents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, together
from model.controllers import garbage
from model.controllers.garbage import Dependent, Item, Owner
from model.ir.expr import FALSE, TRUE, Expr

_CLUSTER = {"Node"}
_KINDS = _CLUSTER | {"Pod", "ReplicaSet", "Deployment"}
#: What upstream says where an attempt ends with an error.
_FORGOTTEN = "enqueued virtual delete event"
_ERRORS = (
    (garbage.UNKNOWN, "unable to get REST mapping for example.com/v1/Unknown."),
    (garbage.MISPLACED, "cluster-scoped objects cannot refer to namespaced owners"),
)


def judge(vector: Vector) -> Mapping[str, Outcome]:
    orphans = vector.input["step"] == "orphan"
    return {"garbage collection": together((_orphaned if orphans else _attempted)(vector))}


def _attempted(vector: Vector) -> Iterator[Outcome]:
    given, real = vector.input, vector.output
    owners = [Owner(_reference(each, given["kind"]), _blocks(each)) for each in given["owners"]]
    dependents = [
        Dependent(_blocks(each), each["deletingForeground"]) for each in given["dependents"]
    ]
    foreground = garbage.FOREGROUND in given["finalizers"]
    item = Item(
        given["deleting"],
        given["deleting"] and foreground,
        given["exists"] == "yes",
        garbage.ORPHAN in given["finalizers"],
        foreground,
    )
    found = garbage.attempt(item, owners, dependents)
    yield compared(real["requests"], list(_requests(given, found)))
    queued = _chosen([each["name"] for each in given["dependents"]], found.queues)
    yield compared(real.get("queuedDependents", []), sorted(queued))
    yield compared(real.get("error"), _error(found, owners))


def _reference(owner: Any, kind: str) -> Expr:
    if owner["kind"] not in _KINDS:
        return garbage.UNKNOWN
    if kind in _CLUSTER and owner["kind"] not in _CLUSTER:
        return garbage.MISPLACED
    state = owner["state"]
    return garbage.reference(
        state not in ("absent", "otherUID"),
        state in ("background", "foreground", "orphaning"),
        state == "foreground",
    )


def _blocks(given: Any) -> bool:
    return bool(given.get("blockOwnerDeletion"))


def _requests(given: Any, found: garbage.Attempt) -> Iterator[str]:
    owners = [f"uid-{each['name']}" for each in given["owners"]]
    if dropped := _chosen(owners, found.drops):
        yield f"patch it removes owners [{' '.join(sorted(dropped))}]"
    if found.unblocks is TRUE:
        blocking = [f"uid-{each['name']}" for each in given["owners"] if _blocks(each)]
        yield f"patch it unblocks owners [{' '.join(sorted(blocking))}]"
    if found.deletes is not garbage.KEPT:
        yield f"delete it {garbage.POLICY.values[found.deletes.payload]}"
    if found.releases is TRUE:
        yield _released(given, garbage.FOREGROUND)


def _released(given: Any, finalizer: str) -> str:
    left = [each for each in given["finalizers"] if each != finalizer]
    return f"patch it leaves finalizers [{' '.join(left)}]"


def _chosen(names: Sequence[str], chosen: Sequence[Expr]) -> list[str]:
    assert all(each is TRUE or each is FALSE for each in chosen), chosen
    return [name for name, each in zip(names, chosen, strict=True) if each is TRUE]


def _error(found: garbage.Attempt, owners: Sequence[Owner]) -> str | None:
    if found.forgets is TRUE:
        return _FORGOTTEN
    if found.fails is not TRUE:
        return None
    return next(told for each in owners for kind, told in _ERRORS if each.reference is kind)


def _orphaned(vector: Vector) -> Iterator[Outcome]:
    given, real = vector.input, vector.output
    names = [each["name"] for each in given["dependents"]]
    orphans = garbage.ORPHAN in given["finalizers"]
    found = garbage.orphan(given["exists"] != "no", orphans, len(names))
    loosened = [f"patch {name} removes owners [uid-it]" for name in _chosen(names, found.drops)]
    last = [_released(given, garbage.ORPHAN)] if found.releases is TRUE else []
    count = len(loosened)
    yield compared(sorted(real["requests"][:count]), sorted(loosened))
    yield compared(real["requests"][count:], last)
    yield compared(real["requeue"], False)
