"""What the garbage collector does, in the situations of its documentation and upstream's tests."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from model.controllers.garbage import (
    DANGLING,
    KEPT,
    MISPLACED,
    POLICY,
    SOLID,
    UNKNOWN,
    WAITING,
    Attempt,
    Dependent,
    Item,
    Owner,
    attempt,
    orphan,
    reference,
)
from model.ir.expr import FALSE, TRUE, Expr

ALIVE, GONE, WAITS = Owner(SOLID), Owner(DANGLING), Owner(WAITING, blocks=True)


def told(found: Attempt) -> str:
    """What an attempt does, in words, in order."""
    words = ["forget"] * _is(found.forgets) + ["fail"] * _is(found.fails)
    words += _marked("drop", found.drops) + ["unblock"] * _is(found.unblocks)
    if found.deletes is not KEPT:
        words.append(f"delete {POLICY.values[found.deletes.payload]}")
    words += ["release"] * _is(found.releases) + _marked("queue", found.queues)
    return ", ".join(words)


def _marked(word: str, chosen: Sequence[Expr]) -> list[str]:
    marks = "".join(".x"[_is(each)] for each in chosen)
    return [f"{word} {marks}"] if "x" in marks else []


def _is(expr: Expr) -> bool:
    assert expr is TRUE or expr is FALSE
    return expr is TRUE


@pytest.mark.parametrize(
    ("item", "owners", "dependents", "expected"),
    [
        # As long as one owner keeps it, only the references to the others go.
        (Item(), [], [], ""),
        (Item(), [ALIVE], [], ""),
        (Item(), [ALIVE, ALIVE], [Dependent()], ""),
        (Item(), [ALIVE, GONE], [], "drop .x"),
        (Item(), [WAITS, ALIVE, GONE], [], "drop x.x"),
        # Without one it goes, as its finalizers say.
        (Item(), [GONE], [], "delete Background"),
        (Item(), [GONE, GONE], [Dependent()], "delete Background"),
        (Item(orphans=True), [GONE], [Dependent()], "delete Orphan"),
        (Item(foreground=True), [GONE], [Dependent()], "delete Foreground"),
        (Item(orphans=True, foreground=True), [GONE], [], "delete Orphan"),
        # With an owner that waits for it, it waits for its own.
        (Item(), [WAITS], [], "delete Background"),
        (Item(), [WAITS], [Dependent()], "delete Foreground"),
        (Item(orphans=True), [WAITS, GONE], [Dependent()], "delete Foreground"),
        # A circle of waiting is broken.
        (Item(), [WAITS], [Dependent(waits=True)], "unblock, delete Foreground"),
        (Item(), [WAITS], [Dependent(), Dependent(waits=True)], "unblock, delete Foreground"),
        (Item(), [GONE], [Dependent(waits=True)], "delete Background"),
        # What is being deleted is let be, unless it waits for its dependents.
        (Item(deleting=True), [GONE], [Dependent()], ""),
        (Item(deleting=True, waits=True, foreground=True), [GONE], [], "release"),
        (
            Item(deleting=True, waits=True, foreground=True),
            [],
            [Dependent(), Dependent()],
            "release",
        ),
        (
            Item(deleting=True, waits=True, foreground=True),
            [],
            [Dependent(blocks=True), Dependent(), Dependent(blocks=True, waits=True)],
            "queue x..",
        ),
        (
            Item(deleting=True, waits=True, foreground=True),
            [],
            [Dependent(blocks=True, waits=True)],
            "",
        ),
        # The graph may be behind.
        (Item(deleting=True, waits=True), [], [], ""),
        (Item(exists=False), [GONE], [], "forget"),
        (Item(deleting=True, exists=False), [GONE], [], ""),
        (Item(deleting=True, waits=True, exists=False), [], [], "forget"),
        # References that nobody can follow.
        (Item(), [GONE, Owner(UNKNOWN)], [], "fail"),
        (Item(), [ALIVE, Owner(MISPLACED)], [], "fail"),
    ],
)
def test_an_attempt(
    item: Item, owners: Sequence[Owner], dependents: Sequence[Dependent], expected: str
) -> None:
    assert told(attempt(item, owners, dependents)) == expected


def test_what_a_reference_is() -> None:
    assert reference(False, False, False) is DANGLING
    assert reference(True, False, False) is SOLID
    assert reference(True, True, False) is SOLID
    assert reference(True, True, True) is WAITING
    # The finalizer of one that is not being deleted says nothing yet.
    assert reference(True, False, True) is SOLID


def test_orphans_lose_their_owner_before_that_goes() -> None:
    found = orphan(True, True, 2)
    assert found.drops == (TRUE, TRUE)
    assert found.releases is TRUE
    assert orphan(True, False, 0).releases is FALSE
    assert orphan(False, True, 1).releases is FALSE
