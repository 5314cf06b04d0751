"""What the garbage collector does about one object, by its owners and its dependents.

It knows dependents from the graph that it keeps of all objects; the object and its owners it reads
from the API server. The same text is read on numbers and on expressions over the state.

Source: kubernetes v1.36.3 `pkg/controller/garbagecollector/garbagecollector.go`
(attemptToDeleteItem, classifyReferences, processDeletingDependentsItem, attemptToOrphanWorker,
removeFinalizer), `graph.go` (blockingDependents), `patch.go`.

Omits: requests that fail; the cache of owners that were absent, which upstream asks first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.ir.expr import TRUE, Expr, Literalish, coerce, conj, constant, disj, ite
from model.ir.types import EnumType

#: Finalizers that the garbage collector removes; an object that is deleted has one of them by its
#: propagationPolicy.
ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"

#: What an owner reference is: one to an object that keeps its dependents; one to nothing, or to
#: another object of that name; one to an owner that is deleted once its dependents are gone; and
#: two that end the attempt with an error: of a kind that nobody knows, and of an object of the
#: cluster to one of a namespace.
REFERENCE = EnumType("OwnerReference", ("Solid", "Dangling", "Waiting", "Unknown", "Misplaced"))
SOLID, DANGLING, WAITING, UNKNOWN, MISPLACED = (
    constant(REFERENCE, name) for name in REFERENCE.values
)
#: How an object is deleted, if it is.
POLICY = EnumType("PropagationPolicy", ("None", "Background", "Foreground", "Orphan"))
KEPT, IN_BACKGROUND, IN_FOREGROUND, ORPHANING = (constant(POLICY, name) for name in POLICY.values)


@dataclass(frozen=True)
class Owner:
    """An owner reference of the object."""

    reference: Literalish
    #: blockOwnerDeletion.
    blocks: Literalish = False


@dataclass(frozen=True)
class Dependent:
    """An object that has this one as an owner."""

    #: blockOwnerDeletion of that reference.
    blocks: Literalish = False
    #: Whether it is being deleted, and waits for its own dependents.
    waits: Literalish = False
    #: Whether there is one.
    there: Literalish = True


@dataclass(frozen=True)
class Item:
    #: Whether the graph has it as being deleted, and as waiting for its dependents.
    deleting: Literalish = False
    waits: Literalish = False
    #: Whether the API server has it, with this UID.
    exists: Literalish = True
    #: Whether it has the finalizers.
    orphans: Literalish = False
    foreground: Literalish = False


@dataclass(frozen=True)
class Attempt:
    """What is done, in this order."""

    #: Whether the graph drops it.
    forgets: Expr
    #: Whether it ends with an error, to be tried again or, of a misplaced reference, not.
    fails: Expr
    #: Whether each owner reference is removed: one patch.
    drops: tuple[Expr, ...]
    #: Whether all that block are made not to.
    unblocks: Expr
    deletes: Expr
    #: Whether the finalizer `FOREGROUND` is removed.
    releases: Expr
    #: Whether each dependent is attempted next.
    queues: tuple[Expr, ...]


def reference(exists: Literalish, deleting: Literalish, foreground: Literalish) -> Expr:
    """What a reference is, by whether its owner exists, with that UID, is being deleted, and has
    that finalizer. One that goes in the background, or orphans, still keeps its dependents."""
    waiting = conj(deleting, foreground)
    return ite(exists, ite(waiting, WAITING, SOLID), DANGLING)


def attempt(item: Item, owners: Sequence[Owner], dependents: Sequence[Dependent]) -> Attempt:
    """One attempt to delete an object (attemptToDeleteItem)."""
    goes_on = disj(~coerce(item.deleting), item.waits)
    here = conj(goes_on, item.exists)
    waits = here & item.waits
    kinds = [coerce(each.reference) for each in owners]
    judged = conj(here, ~coerce(item.waits), bool(owners))
    fails = judged & disj(*(disj(kind == UNKNOWN, kind == MISPLACED) for kind in kinds))
    judged &= ~fails
    kept = judged & disj(*(kind == SOLID for kind in kinds))
    lost = judged & ~kept
    some = disj(*(each.there for each in dependents))
    with_owner = conj(lost, some, disj(*(kind == WAITING for kind in kinds)))
    policy = ite(item.orphans, ORPHANING, ite(item.foreground, IN_FOREGROUND, IN_BACKGROUND))
    blocked = disj(*(each.blocks for each in dependents))
    return Attempt(
        goes_on & ~coerce(item.exists),
        fails,
        tuple(kept & (kind != SOLID) for kind in kinds),
        with_owner & disj(*(each.waits for each in dependents)),
        ite(lost, ite(with_owner, IN_FOREGROUND, policy), KEPT),
        waits & item.foreground & ~blocked,
        tuple(conj(waits, each.blocks, ~coerce(each.waits)) for each in dependents),
    )


@dataclass(frozen=True)
class Orphaning:
    """What is done: at once to all dependents, then to the object."""

    #: Whether the reference of each dependent to the object is removed.
    drops: tuple[Expr, ...]
    #: Whether the finalizer `ORPHAN` is removed.
    releases: Expr


def orphan(exists: Literalish, orphans: Literalish, dependents: int) -> Orphaning:
    """One attempt to orphan the dependents of an object (attemptToOrphanWorker), by whether the API
    server has one of that name, whatever its UID, and that has the finalizer."""
    return Orphaning((TRUE,) * dependents, conj(exists, orphans))
