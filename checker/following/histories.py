"""What there was to count of an object since its last status, as caches may have shown it.

Each cache shows its objects as they were at some moment, and never an earlier one than before. Two
caches are kept apart here: what the object owns, and nodes. So a status is counted from a pair of
moments; of those that explain it the oldest are kept, which leave most to the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from checker.following.counts import Asked, Counts, Pod, Row, Set
from checker.following.recording import Write


class Shown(NamedTuple):
    """What a cache showed of what an object owns, from when on, and what its controller has done
    that this does not show."""

    pods: Mapping[str, Pod] = {}
    sets: Mapping[str, Set] = {}
    since: datetime | None = None
    #: ReplicaSets that it has made, by uid, and whether it has deleted pods.
    made: Mapping[str, Set] = {}
    deleted: bool = False


@dataclass
class Known:
    """What there is to count of an object, since what its last status was counted from."""

    own: list[Shown]
    #: Whether a DaemonSet wants a pod on each node, by name.
    nodes: list[Mapping[str, bool | None]]
    #: The oldest moments of both that the next status may be counted from.
    least: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    #: The object by its generation.
    specs: dict[int, Write] = field(default_factory=dict)
    #: Whether it was made while it was recorded.
    whole: bool = True

    def fitting(self, row: Row, fields: Collection[str], asked: Asked) -> list[tuple[int, int]]:
        """The oldest moments that a status may be counted from; none if it was never true."""
        found: list[tuple[int, int]] = []
        for second in range(len(self.nodes)):
            able = [own for own, least in self.least if least <= second]
            end = found[-1][0] if found else len(self.own)
            for first in range(min(able, default=end), end):
                if _fits(row.counts(self.asked(asked, first, second)), fields, asked.told):
                    found.append((first, second))
                    break
        return found

    def asked(self, asked: Asked, first: int, second: int) -> Asked:
        """The status as one that is counted from some moments."""
        return replace(asked, **self.own[first]._asdict(), nodes=self.nodes[second])

    def true(self, moments: list[tuple[int, int]]) -> None:
        """The last status was counted from one of these."""
        first, second = min(n for n, _ in moments), min(n for _, n in moments)
        del self.own[:first], self.nodes[:second]
        self.least = [(own - first, nodes - second) for own, nodes in moments]

    def anew(self, now: Shown) -> None:
        """What was so before nobody can tell."""
        self.own, self.least = [now], [(0, min(n for _, n in self.least))]


def noted(shown: Shown, write: Write, part: Pod | Set, notes: bool) -> Shown:
    """What a cache showed, and what its owner has done since, which it may count at once."""
    if isinstance(part, Set):
        made = {**shown.made, write.uid: part} if write.type == "ADDED" else shown.made
        return shown._replace(made=made)
    before, goes = shown.pods.get(write.uid), part.going or part.gone
    if notes and before is None and write.type == "ADDED":
        return shown._replace(pods={**shown.pods, write.uid: part})
    if notes and before is not None and goes:
        pods = {**shown.pods, write.uid: before._replace(going=True)}
        return shown._replace(pods=pods, deleted=True)
    return shown._replace(deleted=shown.deleted or goes)


def _fits(counts: Counts, fields: Collection[str], numbers: Mapping[str, int]) -> bool:
    looked = fields & counts.keys()
    return all(n in counts[name] for name, n in numbers.items() if name in looked)
