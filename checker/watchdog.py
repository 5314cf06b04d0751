"""A safety net under work that does not notice the end of its budget.

Engines poll their budget, but one long preparation without a poll, or reading and building, which
never poll, would make `--timeout`, the memory limit and Ctrl-C empty promises.

Omits: systems without interval timers and threads other than the main one; there the engine's
own polling is all there is. A single long call into native code is not interrupted either.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from checker.budget import Budget

#: Seconds between two looks at the budget.
TICK = 0.25
#: Seconds of processor time that an engine may take to wind up, and how many times as long on the
#: clock where others use the processors as well.
GRACE = 1.5
_PATIENT = 4


class Overrun(Exception):
    """Work went on long after its budget was used up; the message is what ran out."""


@contextmanager
def watched(budget: Budget, grace: float = GRACE, tick: float = TICK) -> Iterator[None]:
    """Raise Overrun inside the block once the budget has been exhausted for `grace` seconds of
    processor time; at the next tick where that is 0. Blocks may be inside one another: the inner
    one is what counts until its end."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return
    since: tuple[float, float] | None = None
    overrun: Overrun | None = None
    over = False

    def look(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's contract
        nonlocal since, overrun
        reason = budget.exhausted()
        if reason is None or over:
            since = None
            return
        now = time.process_time(), time.monotonic()
        since = since or now
        # Raised again at every tick: one that hits a destructor is lost.
        if now[0] - since[0] >= grace or now[1] - since[1] >= _PATIENT * grace:
            overrun = Overrun(reason)
            raise overrun

    hook = sys.unraisablehook

    def mute(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, Overrun):
            hook(lost)

    sys.unraisablehook = mute
    before = signal.signal(signal.SIGALRM, look)
    timer = signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        try:
            yield
        finally:
            over = True
    except Exception as problem:
        # What breaks off anywhere may come out as something else: a class whose making it ended.
        if overrun is None or problem is overrun:
            raise
        raise overrun from problem
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)
        sys.unraisablehook = hook
