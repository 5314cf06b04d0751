"""A safety net under engines that do not notice the end of their budget.

Engines poll their budget, but one long preparation without a poll would make `--timeout`, the
memory limit and Ctrl-C empty promises.

Omits: systems without interval timers and threads other than the main one; there the engine's
own polling is all there is. A single long call into native code is not interrupted either.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from checker.budget import Budget

#: Seconds between two looks at the budget.
TICK = 1.0
#: Seconds that an engine may take to wind up.
GRACE = 10.0


class Overrun(Exception):
    """An engine went on long after its budget was used up; the message is what ran out."""


@contextmanager
def watched(budget: Budget, grace: float = GRACE, tick: float = TICK) -> Iterator[None]:
    """Raise Overrun inside the block once the budget has been exhausted for `grace` seconds."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return
    overdue = 0.0

    def look(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's contract
        nonlocal overdue
        reason = budget.exhausted()
        overdue = 0.0 if reason is None else overdue + tick
        # Raised again at every tick: one that hits a destructor is lost.
        if reason is not None and overdue > grace:
            raise Overrun(reason)

    hook = sys.unraisablehook

    def mute(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, Overrun):
            hook(lost)

    sys.unraisablehook = mute
    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = hook
