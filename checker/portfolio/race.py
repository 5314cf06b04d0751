"""The race: children of all systems take turns on the processors, under one budget of time and
memory, until everything is answered well enough."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Sequence

from checker.budget import PACE, Budget
from checker.portfolio import cores
from checker.portfolio.contest import LADDER, SHARES, Contest, Job
from checker.portfolio.process import REASONS
from checker.portfolio.wire import (
    Answer,
    Bug,
    Climbed,
    Ended,
    Failed,
    Message,
    Progress,
    Tried,
    Walked,
    unpack,
)

#: Seconds that a child may work before it is another one's turn.
QUANTUM = 0.2
#: Seconds to wind up for children that are told to stop.
WIND_UP = 1.5
#: By how many processors patience is measured, and how many times as long it may be on the clock
#: where there are fewer, or others use them as well.
_PROCESSORS = 2
_PATIENT = 4
#: In which order news is heard.
ORDER = {worker: number for number, worker in enumerate(SHARES)}
#: Seconds between two looks at the memory; beyond this part of the limit nobody is asked first.
_WEIGHING = 0.4
_TOO_MUCH = 1.25


class Mistake(Exception):
    """A child met a bug of this program; the message is its traceback."""


def race(contests: Sequence[Contest], budget: Budget) -> None:
    """Have children work until each contest is over, or useful with nobody due and patience at its
    end, or the budget is used up. Raises Mistake. No child is left afterwards, whatever happens."""
    runner = _Race(contests, budget)
    try:
        runner.run()
    finally:
        runner.clear()


class _Race:
    def __init__(self, contests: Sequence[Contest], budget: Budget) -> None:
        self.contests, self.budget = contests, budget
        self.began = self.weighed = time.monotonic()
        self.cores = cores()
        climbers = sum(contest.climbs for contest in contests)
        #: Cells of states that the rungs of each take in, and the search of its whole.
        self.cells = int(budget.patience * PACE) // max(1, climbers)

    @property
    def jobs(self) -> list[Job]:
        return [job for contest in self.contests for job in contest.jobs]

    def run(self) -> None:
        while self._going():
            reason = self.budget.exhausted()
            if reason is not None:
                self._wind_up(reason)
                return
            self._listen(self._turns())
            self._weigh()

    def clear(self) -> None:
        """End all children."""
        for job in self.jobs:
            _end(job)

    # -- who works -----------------------------------------------------------------------------
    def _going(self) -> bool:
        """End what nobody waits for any more; whether there is something left to do."""
        impatient = self._impatient
        going = False
        for contest in self.contests:
            over = contest.over or (impatient and contest.useful and not contest.due)
            going = going or not over
            for job in contest.jobs:
                if over or not job.wanted:
                    _end(job)
        return going

    @property
    def _impatient(self) -> bool:
        """Whether patience is at its end: by the time that two processors give in it when idle,
        so that as much is found on few or busy ones."""
        patience = self.budget.patience
        if time.monotonic() - self.began > _PATIENT * patience:
            return True
        spent = sum(job.child.spent for job in self.jobs if job.child is not None)
        return spent > _PROCESSORS * patience

    def _turns(self) -> list[Job]:
        """Those whose turn it is, at work; all others wait."""
        waiting = [job for job in self.jobs if not job.over]
        resting = [job for job in waiting if job.rests]
        losing = [job for job in waiting if job.losing is not None]
        able = (job for job in waiting if job.losing is None and job not in resting)
        free = sorted(able, key=lambda job: job.rank)
        chosen = free[: max(1, self.cores - len(losing))]
        for job in waiting:
            if job in chosen:
                if job.child is None:
                    job.begin(self.budget, self.cells)
                else:
                    job.child.resume()
            elif job.child is not None and job.losing is None:
                job.child.suspend()
        told = [f"{j.worker} on {j.contest.instance.scenario.name} {j.progress}" for j in chosen]
        self.budget.progress("; ".join(told))
        return chosen

    # -- what they tell ------------------------------------------------------------------------
    def _listen(self, working: Sequence[Job]) -> None:
        """Wait for news or for the end of the turn; take the news in `ORDER`."""
        before = time.monotonic()
        children = {job.child.descriptor: job for job in self.jobs if job.child and not job.over}
        ready, _, _ = select.select(list(children), [], [], QUANTUM)
        for job in working:
            job.used += time.monotonic() - before
        for job in sorted(
            (children[number] for number in ready), key=lambda job: ORDER[job.worker]
        ):
            self._hear(job)

    def _hear(self, job: Job) -> None:
        assert job.child is not None
        for message in job.child.receive():
            self._take(job, message)
        if not job.child.silent:
            return
        if not job.told and job.losing is None:
            job.contest.fail(job, _manner(job.child.reap()))
        _end(job)

    def _take(self, job: Job, message: Message) -> None:
        contest = job.contest
        match message:
            case Progress(text):
                job.progress = text
            case Answer(packed):
                contest.take(job, unpack(packed, contest.instance.system))
            case Climbed():
                contest.climb(message)
            case Walked():
                contest.walked = True
            case Tried():
                job.tried = True
            case Ended():
                job.told = True
                contest.end(job, message)
            case Failed(reason):
                job.told = True
                contest.fail(job, reason)
            case Bug(traceback):
                raise Mistake(f"in a child process ({job.worker}):\n{traceback}")

    # -- memory --------------------------------------------------------------------------------
    def _weigh(self) -> None:
        """If all processes together take too much memory, the largest one has to give it back."""
        limit, now = self.budget.memory, time.monotonic()
        if limit is None or now - self.weighed < _WEIGHING:
            return
        self.weighed = now
        sizes = {
            job: proportional(job.child.pid) for job in self.jobs if job.child and not job.over
        }
        total = proportional(os.getpid()) + sum(sizes.values())
        if total <= limit or not sizes:
            return
        largest = max(sizes, key=lambda job: sizes[job])
        assert largest.child is not None
        if largest.losing is None and total < _TOO_MUCH * limit:
            largest.losing = now
            largest.contest.fail(largest, self.budget.out_of_memory())
            largest.child.stop(signal.SIGUSR1)
        elif largest.losing is None or now - largest.losing > WIND_UP or total > _TOO_MUCH * limit:
            if largest.losing is None:
                largest.contest.fail(largest, self.budget.out_of_memory())
            _end(largest)

    # -- the end -------------------------------------------------------------------------------
    def _wind_up(self, reason: str) -> None:
        """Ask those that may know more than they told to tell it, and wait a little. They are all
        at work then, whatever the number of processors."""
        told = (number for number, says in REASONS.items() if says(self.budget) == reason)
        number = next(told, signal.SIGTERM)
        waiting = []
        for job in self.jobs:
            if job.child is None or job.over or job.worker in (LADDER, "induction"):
                _end(job)
            else:
                job.child.stop(number)
                waiting.append(job)
        end = time.monotonic() + WIND_UP
        while waiting and time.monotonic() < end:
            self._listen(waiting)
            waiting = [job for job in waiting if not job.over]


def _end(job: Job) -> None:
    job.over = True
    if job.child is not None:
        job.child.kill()


def _manner(status: int) -> str:
    """How a process ended that did not say why, from its status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"killed by {signal.Signals(number).name}"
    return f"it ended with status {os.waitstatus_to_exitcode(status)}"


def proportional(pid: int) -> int:
    """Memory of a process in bytes, shared pages counted in proportion; 0 where the system does
    not tell."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return 0
