"""How much of their logs members have given up, and what leaders could still send.

A compacted entry stays in the state, so that properties can speak of it; no leader sends it any
more. What a leader has sent before it compacted is still under way, so what counts is what it had
when it was elected.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.ir.builder import Builder
from model.ir.system import StateFunction
from model.ir.types import IntType, Sort


@dataclass(frozen=True)
class Compaction:
    """Indices up to which logs are compacted; 0 is not at all."""

    #: [m]: up to where m's log is. m has a snapshot of just that.
    compacted: StateFunction
    #: [t]: up to where the log of the leader of term t was when it was elected.
    base: StateFunction
    #: [t]: up to where the last snapshot goes that this leader may have sent.
    offered: StateFunction


def compaction(builder: Builder, member: Sort, term: Sort, index: Sort) -> Compaction:
    """Nothing is compacted yet."""
    positions = IntType(0, index.size)
    return Compaction(
        builder.function("compacted", (member,), positions, 0, "etcd/{0}.compacted"),
        builder.function("sentFrom", (term,), positions, 0),
        builder.function("sentSnapshot", (term,), positions, 0),
    )
