"""How a run goes on after its last step, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterexamples.explain import Counterexample

#: Steps of a loop that undo others at most.
MOST_QUARRELS = 3


def ending(loop: int | None, count: int) -> str:
    """How a run of `count` steps goes on; empty if it just ends."""
    if loop is None:
        return ""
    if loop == count:
        return "Then nothing more happens: the state stays like this for ever."
    if loop == count - 1:
        return f"Step {count} repeats for ever."
    return f"Steps {loop + 1} to {count} repeat for ever."


def quarrels(example: Counterexample) -> list[str]:
    """Which steps of a loop undo the work of which others."""
    found = []
    for one in example.undone[:MOST_QUARRELS]:
        did, undid = (example.moves[number - 1].actor for number in (one.did, one.undid))
        whose = "its own" if did == undid else f"the {did}'s"
        listed = ", ".join(one.labels)
        found.append(f"Step {one.undid} ({undid}) undoes {whose} step {one.did}: {listed}.")
    return found
