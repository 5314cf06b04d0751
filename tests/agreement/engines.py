"""The engines, configured in every way that should make no difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec

from checker.budget import Budget
from checker.engines import engine
from checker.engines.bmc import BoundedModelChecker
from checker.engines.contract import Engine
from checker.engines.explicit import Explicit
from checker.portfolio.wire import pack, unpack
from checker.reduce import REDUCTIONS
from checker.smt.sat import CORES
from checker.verdict import Verdict
from model.ir.system import System
from tests.agreement.judge import Promise, contradiction
from tests.agreement.truth import Fault, Truth
from tests.agreement.wrapped import Counted, Portfolio, Reduced

#: Steps that the bounded model checker looks ahead.
DEPTH = 4


@dataclass(frozen=True)
class Configuration:
    """One way to ask an engine, and what may be expected of its answers."""

    make: Callable[[], Engine]
    promise: Promise = field(default_factory=Promise)
    depth: int | None = None
    #: One of so many systems is given to it, because it takes so long; 0: only where it is asked
    #: for by name.
    every: int = 1
    #: A package that is optional.
    needs: str = ""

    @property
    def missing(self) -> bool:
        """Whether the package that it needs is not installed."""
        return bool(self.needs) and find_spec(self.needs) is None


#: A search of all runs.
EXACT = Promise(whole=True, shortest=True)

CONFIGURATIONS: dict[str, Configuration] = {
    "explicit": Configuration(Explicit, Promise(whole=True, shortest=True, counts="classes")),
    "explicit, elements told apart": Configuration(
        lambda: Explicit(symmetric=False), Promise(whole=True, shortest=True, counts="states")
    ),
    "explicit, as registered": Configuration(lambda: engine("explicit"), EXACT, every=4),
    "explicit, reduced": Configuration(lambda: Reduced(Explicit(), *REDUCTIONS), EXACT, every=4),
    "explicit, in order": Configuration(lambda: Reduced(Explicit(), "order"), EXACT, every=4),
    "explicit, counted": Configuration(lambda: Counted(Explicit()), EXACT, every=4),
    "swarm": Configuration(lambda: engine("swarm"), every=32),
    **{
        f"bmc, {name}": Configuration(
            partial(BoundedModelChecker, name),
            Promise(depth=DEPTH, shortest=True),
            depth=DEPTH,
            every=every,
            needs=package,
        )
        for (name, (_, package)), every in zip(CORES.items(), (8, 32), strict=True)
    },
    "bmc, as registered": Configuration(
        lambda: engine("bmc"), Promise(depth=DEPTH, shortest=True), depth=DEPTH, every=8
    ),
    "induction": Configuration(lambda: engine("induction"), every=4),
    "auto": Configuration(lambda: engine("auto"), Promise(whole=True), every=4),
    # Its children must not inherit a solver: it cannot share a process with the others.
    "portfolio": Configuration(Portfolio, every=0),
}

#: Seconds that an engine may take over one small system.
PATIENCE = 60.0


def ask(name: str, system: System, seed: int = 0) -> tuple[tuple[Verdict, ...], list[Verdict]]:
    """The verdicts of a configuration on the properties that it does not refuse, and the answers
    that it gave before it was done."""
    configuration = CONFIGURATIONS[name]
    made = configuration.make()
    early: list[Verdict] = []
    budget = Budget(seconds=PATIENCE, depth=configuration.depth, seed=seed, answer=early.append)
    properties = [prop for prop in system.properties if made.refuses(system, prop) is None]
    return made.check(system, properties, budget), early


def contradictions(
    name: str, truth: Truth, verdicts: Sequence[Verdict], early: Sequence[Verdict]
) -> Iterator[str]:
    """What is wrong with the answers of a configuration about a system."""
    system, promise = truth.system, CONFIGURATIONS[name].promise
    for verdict in verdicts:
        complaint = contradiction(truth, system.property(verdict.property), verdict, promise)
        if complaint is not None:
            yield f"{verdict.property}: {complaint}"
        if unpack(pack(verdict, system), system) != verdict:
            yield f"{verdict.property}: the verdict does not cross between processes"
    final = {verdict.property: verdict for verdict in verdicts}
    told: set[str] = set()
    for verdict in early:
        if verdict.outcome not in ("proved", "violated") or verdict.property in told:
            yield f"{verdict.property}: answered early, but not for good"
        told.add(verdict.property)
        later = final.get(verdict.property)
        if later is None or later.outcome != verdict.outcome:
            yield f"{verdict.property}: answered {verdict.outcome} early, then {later}"


def unnoticed(name: str, fault: Fault, verdicts: Sequence[Verdict]) -> str | None:
    """Whether a configuration should have seen that a step goes wrong, and did not."""
    promise = CONFIGURATIONS[name].promise
    if all(verdict.trace is not None for verdict in verdicts):
        return None
    if any(verdict.reductions for verdict in verdicts):
        return None
    if promise.whole or (promise.depth is not None and fault.distance < promise.depth):
        return f"a step goes wrong after {fault.distance} others, and nothing is said of it"
    return None
