"""The time, memory and depth that an engine may use, and how it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.verdict import Verdict

_PAGE = 4096

#: Seconds of patience where nobody says anything else.
PATIENCE = 6.0
#: Cells of states that a second of patience stands for where the answer may not depend on how fast
#: the machine is, or how busy: half of what an idle one takes in.
PACE = 1 << 24


@dataclass
class Budget:
    """Engines poll `exhausted()` at least every few hundred milliseconds and then wind up with
    what they know; nothing kills them."""

    #: Wall time from `started`, in seconds.
    seconds: float | None = None
    #: Resident memory of the process, in bytes.
    memory: int | None = None
    #: Steps from an initial state, for engines that search in depth.
    depth: int | None = None
    #: Steps in all, for engines that see some runs only; None for as many as the time allows.
    steps: int | None = None
    #: Cells of states that a search of all runs may take in; None for as many as there is time for.
    #: What it has found by then it still looks at.
    work: int | None = None
    #: Whether it ends as soon as it can tell that it will not be done by then.
    foresees: bool = False
    #: Called by an engine that has done all that work: whether it is to go on all the same.
    more: Callable[[], bool] = lambda: False
    #: Whether one stopped because it had.
    worked_off: bool = field(default=False, init=False)
    #: Seed of whatever an engine draws by chance.
    seed: int = 0
    #: Seconds to go on looking for a better answer than one that `holds` at every depth.
    patience: float = PATIENCE
    #: Set by the command line on Ctrl-C.
    interrupted: bool = False
    #: Set by whoever runs the engine to stop it: the reason to give.
    stopped: str = ""
    #: The reason to give once the time is over, where "out of time" would mislead: a first look.
    late: str = ""
    started: float = field(default_factory=time.monotonic)
    #: What tells the time, in seconds.
    clock: Callable[[], float] = time.monotonic
    #: Called now and then with a short line on how far the engine is.
    progress: Callable[[str], None] = lambda _: None
    #: Called with each answer that no more work will change, as soon as the engine has it; the
    #: engine returns it at the end as well.
    answer: Callable[[Verdict], None] = lambda _: None
    #: What this is a part of: an interruption of the whole stops its parts.
    whole: Budget | None = None

    @property
    def cancelled(self) -> str:
        """Why this budget, or one that it is a part of, was told to stop; empty if it was not."""
        if self.interrupted:
            return "interrupted"
        return self.stopped or ("" if self.whole is None else self.whole.cancelled)

    def work_off(self) -> bool:
        """The work is done, here and in what this is a part of: whether to go on all the same."""
        if self.more():
            return True
        part: Budget | None = self
        while part is not None and part.work is not None:
            part.worked_off = True
            part = part.whole
        return False

    def part(self, seconds: float | None) -> Budget:
        """A budget that starts now and takes at most `seconds` of what is left of this one."""
        left = self.remaining()
        limits = [limit for limit in (seconds, left) if limit is not None]
        return replace(self, seconds=min(limits, default=None), started=self.clock(), whole=self)

    def busy_part(self, seconds: float) -> Budget:
        """A part that counts seconds of processor time of this process, so that it covers the
        same on a busy machine."""
        clock = time.process_time
        return replace(self, seconds=seconds, started=clock(), clock=clock, whole=self)

    def exhausted(self, coming: int = 0) -> str | None:
        """Why to stop now ("out of time", …), or None to go on and take `coming` more bytes."""
        if self.cancelled:
            return self.cancelled
        if self.seconds is not None and self.clock() - self.started > self.seconds:
            return self.late or self.out_of_time()
        if self.whole is not None and self.clock is not time.monotonic:
            # A part that counts processor time is within one that counts any time.
            return self.whole.exhausted()
        if self.memory is not None and resident() + coming > self.memory:
            return self.out_of_memory()
        return None

    def out_of_time(self) -> str:
        """What to say where the time was not enough."""
        return "out of time" if self.seconds is None else f"out of time ({self.seconds:.3g} s)"

    def out_of_memory(self) -> str:
        """What to say where the memory was not enough."""
        limit = self.memory
        return "out of memory" if limit is None else f"out of memory ({limit / 2**30:.3g} GiB)"

    def remaining(self) -> float | None:
        """Seconds that are left, never negative; None without a limit."""
        if self.seconds is None:
            return None
        return max(0.0, self.seconds - (self.clock() - self.started))


def resident() -> int:
    """Resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        # As bytes: this is asked in a signal handler too, perhaps while a codec is imported.
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return 0
