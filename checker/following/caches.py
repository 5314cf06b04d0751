"""What caches show of a recording: the store as it was at some moment.

Every state of the store is known, so what a cache shows is told by the number of a moment, its
version: it holds what the store was before that write, and what its owner has noted of the writes
since. Versions only grow. Two that differ in nothing are told by the earlier one.

The version of a cache is never too old: later on it may always come to show more. So of two runs
that differ in nothing else the one whose caches are further behind can do whatever the other can
(docs/adr/0018-caches-rest-at-moments.md has the versions that the checks count).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from checker.following.machine import Cache, Cells, Machine, Moment
from checker.following.scalar import Kept

#: A write as a step: actor and name, and the arguments.
Done = tuple[tuple[str, str], Cells]


@dataclass
class Past:
    """What one cache of a machine showed, shows, and may show."""

    machine: Machine
    cache: Cache
    moments: Sequence[Moment]
    #: What each write was, by its number; known of all those before the one that is asked about.
    done: dict[int, Done]
    #: Versions that differ from those before them, up to where that is worked out.
    _versions: list[int] = field(default_factory=list)
    _until: int = -1
    _latest: Cells = ()
    #: The writes that the owner notes, up to there.
    _noted: list[int] = field(default_factory=list)
    #: What it holds of each version after so many of these writes.
    _held: dict[int, list[Cells]] = field(default_factory=dict)

    def versions(self, lowest: int, moment: int) -> list[int]:
        """Those that it may show before a write and that differ, the current one first; `lowest` is
        what it shows already."""
        self._work_out(moment)
        first = bisect_right(self._versions, lowest)
        last = bisect_right(self._versions, moment)
        return [*reversed(self._versions[first:last]), lowest]

    def is_current(self, version: int, moment: int) -> bool:
        """Whether a version is that of the store before a write."""
        self._work_out(moment)
        return self._versions[bisect_right(self._versions, moment) - 1] <= version

    def held(self, version: int, moment: int) -> Cells:
        """The cells of the cache that shows a version, before a write."""
        self._work_out(moment)
        first = bisect_left(self._noted, version)
        since = self._noted[first : bisect_left(self._noted, moment)]
        held = self._held.get(version)
        if held is None:
            held = self._held[version] = [self._shown(version)]
        while len(held) <= len(since):
            held.append(self._note(held[-1], since[len(held) - 1]))
        return held[len(since)]

    def _work_out(self, moment: int) -> None:
        while self._until < moment:
            here = self._until = self._until + 1
            before = self.moments[here - 1] if here else None
            noted = here > 0 and here - 1 in self.done and self._notes(here - 1)
            if noted:
                self._noted.append(here - 1)
            if before is None or not self.cache.shows.isdisjoint(before.changed):
                shown = self._shown(here)
                differs = shown != self._latest
                self._latest = shown
            else:
                differs = False
            if differs or noted:
                self._versions.append(here)

    def _shown(self, version: int) -> Cells:
        visible, first = self.moments[version].before, self.machine.first
        kept: Kept = {}
        _, written = self.cache.stall.writes(visible, first, kept, {})
        return tuple(written.get(cell, first[cell]) for cell in self.cache.cells)

    def _notes(self, write: int) -> bool:
        return self.done[write][0] in self.cache.notes

    def _note(self, held: Cells, write: int) -> Cells:
        step, arguments = self.done[write]
        hidden = list(self.machine.first)
        for cell, value in zip(self.cache.cells, held, strict=True):
            hidden[cell] = value
        noted = self.cache.notes[step]
        _, written = noted.writes(self.moments[write].before, tuple(hidden), {}, {}, *arguments)
        return tuple(
            written.get(cell, value) for cell, value in zip(self.cache.cells, held, strict=True)
        )
