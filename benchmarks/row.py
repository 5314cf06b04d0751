"""What a measurement is: prepared apart, done in a child process, compared with a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

#: Told now and then how far a job is.
Progress = Callable[[str], None]


class Answer(NamedTuple):
    """What a job found."""

    #: In a few words, for whoever reads the table.
    text: str
    #: Whether it is what had to come out; a fast wrong answer meets no target.
    right: bool
    #: Distinct states visited, by engines that count them.
    states: int | None = None
    #: Wall and processor time in seconds, where only a part of the job counts.
    times: tuple[float, float] | None = None
    #: Peak resident bytes of another process that did the work.
    memory: int | None = None


#: What is measured. It may run several times.
Job = Callable[[], Answer]


@dataclass(frozen=True)
class Target:
    """What is asked of a measurement; None where nothing is."""

    #: At most, of wall time.
    seconds: float | None = None
    #: At least, distinct ones a second.
    states_per_second: float | None = None
    #: At most, of memory beyond what the process held before.
    bytes_per_state: float | None = None
    #: At most, in bytes.
    memory: int | None = None

    def __str__(self) -> str:
        parts = [
            f"< {self.seconds:g} s" if self.seconds is not None else "",
            f">= {self.states_per_second / 1e6:g} M/s" if self.states_per_second else "",
            f"<= {self.bytes_per_state:g} B/state" if self.bytes_per_state else "",
            f"<= {self.memory / 2**20:,.0f} MiB" if self.memory else "",
        ]
        return ", ".join(part for part in parts if part) or "-"


class Peer(NamedTuple):
    """The same system in Promela: `promela/<text>.pml` with definitions."""

    text: str
    definitions: Mapping[str, int]


@dataclass(frozen=True)
class Row:
    """One measurement. Another one is another row of a module in `benchmarks.rows`."""

    #: "group/name".
    name: str
    #: What is measured, in one line.
    what: str
    #: Gets everything ready that the measurement is not about.
    prepare: Callable[[Progress], Job]
    target: Target = Target()
    peer: Peer | None = None
    #: The median of so many runs is reported.
    runs: int = 1
    #: Part of the quick selection: a few seconds at most.
    quick: bool = False
    #: Measured only where it is asked for by name.
    extra: bool = False
    #: Seconds after which the child process is killed.
    patience: float = 60.0
