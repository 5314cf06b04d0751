"""What was measured of a row, as a line of the table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from textwrap import shorten

from benchmarks.child import Measured
from benchmarks.row import Row
from benchmarks.spin import Search

HEADINGS = (
    "what",
    "seconds",
    "cpu",
    "states",
    "states/s",
    "B/state",
    "x import",
    "x SPIN",
    "target",
    "met",
    "answer",
)
#: Widths of the columns; the last one takes what it needs.
WIDTHS = (42, 8, 8, 10, 10, 7, 8, 7, 26, 4, 0)
LONGEST = 60

NOTES = (
    "seconds: on the clock. cpu: seconds of all processors.",
    "x import: seconds over those of `import z3, numpy`, measured right before.",
    "x SPIN: cpu over that of SPIN's search of the same states, in this run.",
    "met: `cpu` says that a time is met in processor time, but not on the clock of this machine.",
)


@dataclass(frozen=True)
class Line:
    """A row and what came out; `found` is a sentence where nothing did."""

    row: Row
    found: Measured | str
    #: Seconds of wall time that `import z3, numpy` took right before.
    reference: float
    #: What the peer found, or why it did not run; None for a row without one.
    peer: Search | str | None = None

    @property
    def states_per_second(self) -> float | None:
        found = self.found
        if isinstance(found, str) or found.states is None:
            return None
        return found.states / found.seconds

    @property
    def bytes_per_state(self) -> float | None:
        found = self.found
        if isinstance(found, str) or found.states is None or found.memory is None:
            return None
        return found.memory / found.states

    @property
    def peer_ratio(self) -> float | None:
        """Our processor time over the peer's; None where it did not see the same states."""
        found, peer = self.found, self.peer
        if isinstance(found, str) or not isinstance(peer, Search) or peer.states != found.states:
            return None
        return found.processor / peer.processor

    @property
    def met(self) -> str:
        """ "yes", "no", "cpu" (see NOTES), or "" without a target."""
        target, found = self.row.target, self.found
        if str(target) == "-":
            return ""
        if isinstance(found, str) or not found.right:
            return "no"
        sizes = (
            (target.bytes_per_state, self.bytes_per_state),
            (target.memory, found.memory),
        )
        if any(most is not None and (is_ is None or is_ > most) for most, is_ in sizes):
            return "no"
        if self._in_time(found, found.seconds):
            return "yes"
        return "cpu" if self._in_time(found, found.processor) else "no"

    def _in_time(self, found: Measured, seconds: float) -> bool:
        target = self.row.target
        if target.seconds is not None and seconds > target.seconds:
            return False
        wanted = target.states_per_second
        return wanted is None or (found.states or 0) / seconds >= wanted

    def cells(self) -> tuple[str, ...]:
        """The texts of the columns."""
        found = self.found
        if isinstance(found, str):
            return (self.row.name, *("",) * 7, str(self.row.target), self.met, found)
        peer = shorten(self.peer, 30) if isinstance(self.peer, str) else ""
        if isinstance(self.peer, Search) and self.peer_ratio is None:
            peer = f"{self.peer.states} states"
        return (
            self.row.name,
            f"{found.seconds:.3f}",
            f"{found.processor:.3f}",
            _number(found.states),
            _number(self.states_per_second),
            "" if (found.states or 0) < 100_000 else _number(self.bytes_per_state),
            f"{found.seconds / self.reference:.1f}",
            peer or ("" if self.peer_ratio is None else f"{self.peer_ratio:.2f}"),
            str(self.row.target),
            self.met,
            found.answer if found.right else f"FAILED: {found.answer}",
        )

    def document(self) -> dict[str, object]:
        """The line for JSON."""
        found, peer = self.found, self.peer
        return {
            "name": self.row.name,
            "what": self.row.what,
            "found": found if isinstance(found, str) else asdict(found),
            "importSeconds": self.reference,
            "statesPerSecond": self.states_per_second,
            "bytesPerState": self.bytes_per_state,
            "spin": peer._asdict() if isinstance(peer, Search) else peer,
            "spinRatio": self.peer_ratio,
            "target": str(self.row.target),
            "met": self.met,
        }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def written(cells: Sequence[str]) -> str:
    """One line of the table; names and words to the left, figures to the right."""
    cells = (*cells[:-1], shorten(cells[-1], LONGEST, placeholder=" …"))
    aligned = (
        cell.ljust(width) if place in (0, 8, 9, 10) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    return "  ".join(aligned).rstrip()


def markdown(lines: Iterable[Line]) -> str:
    """The table for a page."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
