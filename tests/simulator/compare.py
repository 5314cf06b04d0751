"""One scenario through both: what `check` claims, and what random fair runs show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from checker.budget import Budget
from checker.engines import engine
from checker.making import narrowed
from checker.report import Result
from checker.run import check
from model.cluster import instances
from tests.simulator import runs
from tests.simulator.follow import follow
from tests.simulator.judge import LIVENESS, SAFETY, Verdicts
from tests.simulator.setups import begin, setups
from tests.simulator.world import ASSUMED, Assumed, Setup

#: Seconds of processor time for the search of one scenario; what is larger is left out.
SECONDS = 5.0


@dataclass
class Compared:
    """What came of one scenario."""

    setup: Setup
    results: tuple[Result, ...] = ()
    #: Of properties that are called proved: the run that violates each.
    refuted: dict[str, list[str]] = field(default_factory=dict)
    #: Of properties that are called violated: where the trace can't be followed.
    lost: dict[str, str] = field(default_factory=dict)
    followed: int = 0
    #: How many of those that were followed report other numbers on the way.
    loosely: int = 0
    #: Properties that a run violates, whatever `check` says.
    violated: set[str] = field(default_factory=set)
    runs: int = 0
    undecided: int = 0

    def outcomes(self) -> dict[str, str]:
        return {r.claim.name: r.verdict.outcome for r in self.results}


def answers(setup: Setup, seconds: float = SECONDS) -> tuple[Result, ...]:
    """What `check` says of a scenario's workload, from a search of at most so long."""
    found = [narrowed(i) for i in instances(setup.scenario)]
    mine = [i for i in found if i.subject == setup.scenario.workload.subject]
    return check(mine, engine("explicit"), Budget().busy_part(seconds))


def run(setup: Setup, seed: int, names: Sequence[str]) -> tuple[Verdicts, list[str], bool]:
    """One random run to its end: what it violates, its steps, and whether it came to an end."""
    random = Random(seed)
    world = begin(setup, random)
    verdicts, log = Verdicts(names), list[str]()
    verdicts.see(world)
    runs.wander(world, random, random.choice((20, 50, 90, 150)), verdicts.see, log)
    ending = runs.finish(world, random, verdicts.see, log)
    if not ending.given_up:
        verdicts.end(ending)
    return verdicts, log, not ending.given_up


def compare(text: str, schedules: int, seed: int = 0, assumed: Assumed = ASSUMED) -> list[Compared]:
    """Every scenario of a file, each in so many random runs."""
    found = []
    for setup in setups(text, assumed):
        compared = Compared(setup, answers(setup))
        found.append(compared)
        outcomes = compared.outcomes()
        names = [name for name in outcomes if name in SAFETY or name in LIVENESS]
        # What manifests ask for and the model leaves out is in the way of its runs here.
        shown = () if setup.scenario.omitted else compared.results
        for result in shown:
            if result.verdict.outcome == "violated" and result.claim.name in names:
                followed = follow(setup, result)
                compared.followed += not followed.lost
                compared.loosely += followed.loosely
                if followed.lost:
                    compared.lost[result.claim.name] = followed.lost
        for number in range(schedules):
            verdicts, log, ended = run(setup, seed + number, names)
            compared.runs += 1
            compared.undecided += not ended
            for name in verdicts.violated:
                compared.violated.add(name)
                if outcomes[name] == "proved":
                    compared.refuted.setdefault(name, log)
    return found
