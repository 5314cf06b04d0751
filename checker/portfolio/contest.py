"""One system that a quick look did not settle: who works on it, and what is known so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from checker.budget import Budget
from checker.engines import engine
from checker.engines.auto import SAMPLING, settle
from checker.ladder import Best, Climb, applies, walking
from checker.portfolio.process import Child
from checker.portfolio.wire import Climbed, Ended, unpack
from checker.portfolio.work import ask, ladder, walks
from checker.verdict import Verdict, as_asked
from model.instance import Instance
from model.ir.system import Property

#: Who works on the rungs. It is the explorer, but its answers are about other systems.
LADDER = "ladder"
#: Who walks the whole system before a rung speaks for it.
WALKER = "swarm"
#: Workers in the order in which they are heard, and the share of the processors that each gets
#: while all are at work.
SHARES = {LADDER: 6, "explicit": 6, "induction": 6, "swarm": 1, "bmc": 2}
#: Workers that hardly ever prove anything.
SEEKERS = ("swarm", "bmc")
#: Seconds with a processor that a job has before its worker turns to another one.
SLICE = 1.0
#: Workers that answer each property on its own.
ALONE = ("induction",)
#: More seconds than anybody waits.
_AGES = 1e9


@dataclass(eq=False)
class Job:
    """One worker on one system."""

    contest: Contest
    worker: str
    #: What it may answer.
    properties: tuple[Property, ...]
    child: Child | None = None
    #: Seconds that it had a processor.
    used: float = 0.0
    #: The last word on how far it is.
    progress: str = ""
    #: Whether it has done what it does in any case.
    tried: bool = False
    #: Whether it has said its last word, and whether nobody waits for it any more.
    told: bool = False
    over: bool = False
    #: Since when it has been told to give back memory; None if it was not.
    losing: float | None = None

    @property
    def rank(self) -> tuple[float, float, float]:
        """Whose turn it is: the one with the smallest. Rungs, and the walks without which they say
        nothing of the whole, come first until something is known that is worth something; then
        those that only find violations come last, as does a search of a whole that has rungs once
        it has gone as far as it goes in any case. Jobs of one worker share its time in slices, so
        that what is short comes to its end."""
        useful = self.contest.useful
        peers = sum(job.used for job in self.contest.jobs if job.worker == self.worker)
        turn = peers / SHARES[self.worker]
        if not useful and (self.worker == LADDER or self.walks):
            turn -= _AGES
        late = self.worker == "explicit" and self.tried and self.contest.climbs
        if late or (self.worker in SEEKERS and useful):
            turn += _AGES
        return turn, self.used // SLICE, -self.used

    def begin(self, budget: Budget, cells: int) -> None:
        """Fork; the rungs, and the search of a whole that has some, take in so many cells in any
        case."""
        instance, asked = self.contest.instance, self.open
        if self.worker == LADDER:
            work = ladder(instance, asked, cells)
        elif self.walks:
            work = walks(instance.system, asked, walking(instance.system))
        else:
            work = ask(self.worker, instance.system, asked, cells if self.due else None)
        self.child = Child(work, budget)

    @property
    def due(self) -> bool:
        """Whether it is waited for however long it takes: what it finds must not depend on that."""
        if not self.contest.climbs or not self.wanted:
            return False
        return self.worker == LADDER or self.walks or (self.worker == "explicit" and not self.tried)

    @property
    def rests(self) -> bool:
        """Whether it is not to work: where rungs speak for the whole, further walks and searches
        would find more on a faster machine. They are for what has no answer, or one to confirm."""
        contest = self.contest
        others = self.worker in SEEKERS or self.worker == "explicit"
        if not others or self.due or not contest.climbs:
            return False
        return contest.due or (contest.useful and not contest.doubted)

    @property
    def walks(self) -> bool:
        """Whether it is at walks that a verdict of the rungs waits for."""
        return self.worker == WALKER and self.contest.climbs and not self.contest.walked

    @property
    def wanted(self) -> bool:
        """Whether something that it may answer is open."""
        return not self.over and bool(self.open)

    @property
    def open(self) -> tuple[Property, ...]:
        return tuple(prop for prop in self.properties if prop in self.contest.open)


@dataclass(eq=False)
class Contest:
    """`found` is what the quick look says of each property; it was `cut_short` or not."""

    instance: Instance
    properties: Sequence[Property]
    found: dict[str, Verdict]
    cut_short: bool
    budget: Budget
    jobs: list[Job] = field(default_factory=list)
    #: Properties on which nobody can say more.
    settled: set[str] = field(default_factory=set)
    rungs: Best = field(default_factory=Best)
    #: What samples that decided nothing had seen, by property.
    sampled: dict[str, str] = field(default_factory=dict)
    #: Who stopped without being asked to, and why.
    failures: list[str] = field(default_factory=list)
    #: Whether its rungs are climbed, and whether the whole was walked as far as they need.
    climbs: bool = False
    walked: bool = False

    def __post_init__(self) -> None:
        for verdict in self.found.values():
            self._settle(verdict, complete=not self.cut_short)
        self.climbs = self.cut_short and applies(self.instance, self.budget)
        # Who was not cut short has seen every run up to the depth that was asked for.
        idle = set() if self.climbs else {LADDER}
        idle |= set() if self.cut_short else {"explicit", *SAMPLING}
        for worker in SHARES:
            if worker not in idle:
                self._employ(worker)

    def _employ(self, worker: str) -> None:
        asked, system = self.open, self.instance.system
        if asked and worker != LADDER:
            able = engine(worker)
            asked = tuple(prop for prop in asked if able.refuses(system, prop) is None)
        # One proof helps no other, and a hard one should not keep the easy ones waiting.
        groups = [(prop,) for prop in asked] if worker in ALONE else [asked]
        self.jobs += [Job(self, worker, group) for group in groups if group]

    # -- what is open --------------------------------------------------------------------------
    @property
    def open(self) -> tuple[Property, ...]:
        return tuple(prop for prop in self.properties if prop.name not in self.settled)

    @property
    def useful(self) -> bool:
        """Whether each property has an answer that is worth something, if not the best one."""
        return all(self._useful(prop.name) for prop in self.open)

    def _useful(self, name: str) -> bool:
        verdict = self.found.get(name)
        if self.rungs.answers(name):
            return self.walked
        if verdict is None or verdict.outcome != "holds":
            return False
        depth = verdict.extent.depth if verdict.extent else None
        return depth is None or (self.budget.depth is not None and depth >= self.budget.depth)

    @property
    def due(self) -> bool:
        """Whether somebody is at work who is waited for however long it takes."""
        return any(job.due for job in self.jobs)

    @property
    def doubted(self) -> bool:
        """Whether a rung violates what is open: the whole may confirm it."""
        return any(prop.name in self.rungs.refuted for prop in self.open)

    @property
    def over(self) -> bool:
        """Whether nothing is open, or nobody is left to work on it."""
        return not any(job.wanted and not job.rests for job in self.jobs)

    # -- what comes in -------------------------------------------------------------------------
    def take(self, job: Job, verdict: Verdict, *, complete: bool = False) -> None:
        """A worker's answer; `complete` if nothing stopped it early."""
        verdict = replace(verdict, seconds=job.used)
        name = verdict.property
        if verdict.outcome == "unknown" and job.worker in SAMPLING:
            self.sampled[name] = verdict.reason
            return
        earlier = self.found.get(name)
        best = verdict if earlier is None else settle(earlier, verdict)
        if name in self.settled and not best.conflict:
            return
        self.found[name] = best
        self._settle(best, complete=complete and job.worker == "explicit")

    def end(self, job: Job, ended: Ended) -> None:
        """A worker's last answers."""
        for packed in ended.answers:
            verdict = unpack(packed, self.instance.system)
            self.take(job, verdict, complete=not ended.exhausted)

    def climb(self, climbed: Climbed) -> None:
        """Answers on a rung."""
        rung = self.instance
        if any(packed.start is not None for packed in climbed.answers):
            # Building it takes time, and it is only needed to read traces.
            rung, _ = next(islice(rung.smaller(), climbed.place, None))
        answers = [unpack(packed, rung.system) for packed in climbed.answers]
        self.rungs.take(rung, climbed.sizes, answers)

    def fail(self, job: Job, reason: str) -> None:
        """A worker that stopped without being asked to."""
        far = f" ({job.progress})" if job.progress else ""
        self.failures.append(f"{job.worker} stopped: {reason}{far}")

    def _settle(self, verdict: Verdict, *, complete: bool) -> None:
        """An answer about every depth is final. So is `unknown` of a complete search: it saw
        every run and still cannot say, for example because the property is vacuous."""
        final = verdict.outcome in ("proved", "violated") or bool(verdict.conflict)
        if verdict.outcome == "holds":
            final = verdict.extent is not None and verdict.extent.depth is None
        if verdict.outcome == "unknown" and complete and self.budget.depth is None:
            final = True
        if final:
            self.settled.add(verdict.property)

    # -- what comes out ------------------------------------------------------------------------
    def result(self, reason: str) -> Climb:
        """The best answers; `reason` is what ended the contest, if anything did."""
        verdicts = tuple(self._verdict(prop, reason) for prop in self.properties)
        return Climb(verdicts, self.rungs.unconfirmed(prop.name for prop in self.open))

    def _verdict(self, prop: Property, reason: str) -> Verdict:
        nothing = Verdict(prop.name, "unknown", "auto", 0.0, reason=reason)
        found = self.found.get(prop.name, nothing)
        if prop.name in self.settled:
            return found
        best = self.rungs.merged(found, walked=self.walked)
        merged = as_asked(best, self.budget.depth, reason)
        notes = [] if self.rungs.answers(prop.name) else [self.sampled.get(prop.name, "")]
        told = "; ".join(filter(None, (merged.reason, *notes, *self.failures)))
        if merged.outcome == "unknown" and not told:
            told = "no engine can tell"
        return replace(merged, reason=told)
