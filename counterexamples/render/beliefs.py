"""What actors took for true and was not, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.instance import Belief
from model.ir.types import Plain

if TYPE_CHECKING:
    from counterexamples.explain import Counterexample

#: Beliefs told of a run.
MOST_BELIEFS = 4


def believed(example: Counterexample) -> list[str]:
    """The beliefs behind the last steps of a run. One that was behind several steps is told of the
    last of them."""
    found: dict[tuple[str, str], str] = {}
    for move in example.moves:
        for belief in move.believed:
            key = belief.actor, belief.label
            found.pop(key, None)
            found[key] = f"step {move.index}, {belief.actor}: {takes(belief)}"
    return list(found.values())[-MOST_BELIEFS:]


def takes(belief: Belief) -> str:
    """ "ReplicaSet/web-rev1.spec.replicas: 2 (in truth 1)"."""
    return f"{belief.label}: {show(belief.believed)} (in truth {show(belief.actual)})"


def show(value: Plain) -> str:
    """A value as a reader of a manifest would write it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
