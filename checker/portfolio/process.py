"""One child process: started by fork, heard through a pipe, suspended, stopped and killed.

A child never outlives its parent: the kernel kills it (Linux), or it notices when it next polls its
budget. The parent must not have used Z3 before: its locks would be copied without its threads.

Omits: systems without fork, and macOS, whose libraries do not survive it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from checker.budget import Budget
from checker.portfolio.wire import Bug, Failed, Message, Progress

#: What a child does: with what it may use, and a way to tell.
Work = Callable[[Budget, Callable[[Message], None]], None]

#: Seconds from one word about progress to the next.
_PACE = 0.2
#: Bytes before each message that say how long it is.
_HEAD = 8
#: prctl: the signal that a process gets when its parent ends.
_PR_SET_PDEATHSIG = 1


class Child:
    """A process that was forked off to work. `budget` is what it may use of the parent's."""

    def __init__(self, work: Work, budget: Budget) -> None:
        self._received = bytearray()
        #: Whether it has been heard of: before that it is not yet tied to its parent, and one that
        #: were suspended then might outlive it.
        self._settled = False
        #: Whether everything that it told has been received.
        self.silent = False
        #: The status that it ended with, as from `waitpid`; None while it is there.
        self.status: int | None = None
        #: Seconds of processor time that it has taken, as far as is known.
        self._spent = 0.0
        sys.stdout.flush()
        sys.stderr.flush()
        self.descriptor, writer = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.descriptor)
            _live(work, budget, writer, parent)
        os.close(writer)
        os.set_blocking(self.descriptor, False)

    def receive(self) -> list[Message]:
        """What it has told since the last time; never waits."""
        while not self.silent:
            try:
                part = os.read(self.descriptor, 1 << 20)
            except BlockingIOError:
                break
            self.silent = not part
            self._settled = True
            self._received += part
        messages: list[Message] = []
        while len(self._received) >= _HEAD:
            end = _HEAD + int.from_bytes(self._received[:_HEAD], "big")
            if len(self._received) < end:
                break
            messages.append(pickle.loads(self._received[_HEAD:end]))
            del self._received[:end]
        return messages

    def suspend(self) -> None:
        """Have it wait."""
        if self._settled:
            self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def stop(self, number: int) -> None:
        """Ask it to wind up, by one of `REASONS`; one that has hardly begun is ended."""
        self._signal(number if self._settled else signal.SIGKILL)
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once; what it has not told is lost."""
        self._signal(signal.SIGKILL)
        self.reap()

    def reap(self) -> int:
        """Wait for its end, which must be near, and return its status."""
        if self.status is None:
            _, self.status, usage = os.wait4(self.pid, 0)
            self._spent = usage.ru_utime + usage.ru_stime
            os.close(self.descriptor)
            self.silent = True
        return self.status

    @property
    def spent(self) -> float:
        """Seconds of processor time that it has taken; 0 for one at work where the system does not
        tell."""
        if self.status is None:
            with suppress(OSError), open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
                fields = file.read().rpartition(")")[2].split()
                self._spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return self._spent

    def _signal(self, number: int) -> None:
        # A process that ended but was not waited for keeps its number: nobody else is hit.
        if self.status is None:
            os.kill(self.pid, number)


def pause() -> None:
    """Have this child wait until it is its turn again: for who has just told something that may
    change whether it is."""
    signal.raise_signal(signal.SIGSTOP)


#: Signals that ask a child to wind up, and the reason that its budget gives then.
REASONS: dict[int, Callable[[Budget], str]] = {
    signal.SIGINT: lambda _: "interrupted",
    signal.SIGTERM: Budget.out_of_time,
    signal.SIGUSR1: Budget.out_of_memory,
}


def _live(work: Work, budget: Budget, writer: int, parent: int) -> None:
    """The whole life of a child. Never returns: the parent's stack is not the child's."""
    try:
        _tie(parent)
        tell = _Teller(writer)
        own = _Own(**(vars(budget) | {"progress": tell.progress, "parent": parent}))

        def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's contract
            own.stopped = REASONS[number](own)

        for number in REASONS:
            signal.signal(number, stop)
        tell(Progress("starting"))
        try:
            work(own, tell)
        except BrokenPipeError:
            pass
        except MemoryError:
            tell(Failed("out of memory"))
        except Exception as problem:
            tell(_told(problem))
    finally:
        os._exit(0)


def _told(problem: Exception) -> Message:
    """An exception of a library or the system is a failure; any other is a bug of ours."""
    home = type(problem).__module__.partition(".")[0]
    ours = home in ("builtins", "model", "checker", "counterexamples", "tests", "__main__")
    if isinstance(problem, (ImportError, OSError)) or not ours:
        return Failed(f"{type(problem).__name__}: {problem}".rstrip(": "))
    return Bug(traceback.format_exc())


def _tie(parent: int) -> None:
    """Have the kernel kill this process when its parent ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


@dataclass
class _Own(Budget):
    """A child's budget: it ends with the parent."""

    parent: int = 0

    def exhausted(self, coming: int = 0) -> str | None:
        if os.getppid() != self.parent:
            os._exit(0)
        return super().exhausted(coming)


class _Teller:
    """Writes messages into the pipe."""

    def __init__(self, writer: int) -> None:
        self._writer = writer
        self._next = 0.0

    def __call__(self, message: Message) -> None:
        content = pickle.dumps(message)
        data = memoryview(len(content).to_bytes(_HEAD, "big") + content)
        while data:
            data = data[os.write(self._writer, data) :]

    def progress(self, text: str) -> None:
        """Tell now and then how far it is."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PACE
            self(Progress(text))
