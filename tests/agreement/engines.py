"""The engines, configured in every way that should make no difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec

from checker.budget import Budget
from checker.engines import engine
from checker.engines.bmc import BoundedModelChecker
from checker.engines.contract import Engine
from checker.engines.explicit import Explicit
from checker.portfolio.wire import pack, unpack
from checker.reduce import REDUCTIONS
from checker.reduce.contract import Unliftable
from checker.reduce.counters import counter_form
from checker.reduce.within import within
from checker.smt.sat import CORES
from checker.verdict import Verdict
from model.ir.system import Property, System
from tests.agreement.judge import Promise, contradiction
from tests.agreement.truth import Fault, Truth
from tests.checker import fakes

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


class Portfolio:
    """All engines at once, in child processes, as the command line has them."""

    name = "portfolio"

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        from checker.portfolio.contest import Contest
        from checker.portfolio.race import race

        instance = replace(fakes.instance(fakes.scenario()), system=system)
        contest = Contest(instance, properties, {}, True, budget)
        race([contest], budget)
        return contest.result(budget.exhausted() or "").verdicts


class Reduced:
    """An engine behind the reductions, which are made for each property alone: so they find
    most to leave out."""

    def __init__(self, inner: Engine, *names: str) -> None:
        self.name = inner.name
        self._inner, self._names = inner, names

    def refuses(self, system: System, prop: Property) -> str | None:
        return self._inner.refuses(system, prop)

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        check = self._inner.check
        return tuple(
            verdict
            for prop in properties
            for verdict in within(self._names, check, system, [prop], budget)
        )


class Counted:
    """An engine that is asked about counts wherever individuals can be counted, even where that
    makes a system larger."""

    def __init__(self, inner: Engine) -> None:
        self.name = inner.name
        self._inner = inner

    def refuses(self, system: System, prop: Property) -> str | None:
        return self._inner.refuses(system, prop)

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return tuple(self._verdict(system, prop, budget) for prop in properties)

    def _verdict(self, system: System, prop: Property, budget: Budget) -> Verdict:
        forms = (counter_form(system, [prop], sort) for sort in system.sorts)
        form = next(filter(None, forms), None)
        if form is not None:
            counted = form.system.property(prop.name)
            (verdict,) = self._inner.check(form.system, [counted], budget)
            try:
                trace = None if verdict.trace is None else form.lift(verdict.trace)
                return replace(verdict, trace=trace, reductions=form.says, idle=None)
            except Unliftable:
                pass
        (verdict,) = self._inner.check(system, [prop], budget)
        return verdict


CONFIGURATIONS: dict[str, Configuration] = {
    "explicit": Configuration(Explicit, Promise(whole=True, shortest=True, counts="classes")),
    "explicit, elements told apart": Configuration(
        lambda: Explicit(symmetric=False), Promise(whole=True, shortest=True, counts="states")
    ),
    "explicit, reduced": Configuration(
        lambda: Reduced(Explicit(), *REDUCTIONS), Promise(whole=True, shortest=True), every=2
    ),
    "explicit, counted": Configuration(
        lambda: Counted(Explicit()), Promise(whole=True, shortest=True), every=4
    ),
    "swarm": Configuration(lambda: engine("swarm"), every=16),
    **{
        f"bmc, {name}": Configuration(
            partial(BoundedModelChecker, name),
            Promise(depth=DEPTH, shortest=True),
            depth=DEPTH,
            every=every,
            needs=package,
        )
        for (name, (_, package)), every in zip(CORES.items(), (4, 16), strict=True)
    },
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
