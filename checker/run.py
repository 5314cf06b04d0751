"""The driver: from paths to a report, every property of every instance under one budget."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, TextIO

from checker.assumed import on_more_nodes
from checker.budget import Budget
from checker.configurations import settled
from checker.engines import engine
from checker.engines.contract import Engine
from checker.exits import FailOn
from checker.interleavings import formed
from checker.inventory import inventory
from checker.ladder import Climb, applies, climb, spoken_for
from checker.making import Making, Piece
from checker.memo import rebind
from checker.omitted import judged
from checker.report import Report, Result
from checker.selection import check_offered, select, telling
from checker.standstill import moving
from checker.suppressions import Suppressions, today
from checker.thinning import thinned
from checker.turns import of_each
from checker.verdict import Verdict
from checker.watchdog import Overrun, watched
from model.api.source import Source
from model.instance import Instance, Part
from model.ir.system import Property, System

if TYPE_CHECKING:
    from model.load.config import Config
    from model.load.diagnostics import Report as Diagnostics
    from model.load.folder import Exclusion
    from model.plan import Plan
    from model.suppression import Suppression


#: Workloads of which there was no time to make a system that are named one by one.
_NAMED = 3

#: Seconds after the end of the time to leave out what the runs that were found do not need.
TRIMMING = 0.5


@dataclass(frozen=True)
class Options:
    """What the user asked for beyond the paths."""

    engine: str = "auto"
    properties: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    nodes: str | None = None
    #: None leaves it to the spec.
    depth: int | None = None
    seed: int = 0
    #: Seconds to look for what violations are to blame on, and for repairs.
    explain: float = 0.0
    #: Names of omissions that the user accepts, or "all".
    accepted: tuple[str, ...] = ()
    #: The file of what is accepted already, and the one to write it to.
    baseline: str | None = None
    new_baseline: str | None = None
    #: What is left out of folders.
    exclude: tuple[Exclusion, ...] = ()
    #: Paths of the manifests as they were before the change that is checked.
    before: tuple[str, ...] = ()
    #: Properties that are not checked.
    skip: tuple[str, ...] = ()
    #: Whether a run that checks nothing passes, and what makes one fail.
    allow_empty: bool = False
    fail_on: FailOn = "unknown"
    #: Whether what only an assumption violates is violated.
    strict_assumptions: bool = False
    #: Expressions of `--invariant`.
    invariants: tuple[str, ...] = ()
    #: The file that gives what the command line does not.
    config: Config | None = None
    #: By which suppressions expire.
    day: date = field(default_factory=today)

    def arguments(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The command line that gives the same verdicts, without what selects among them."""
        words: list[str] = []
        if self.engine != "auto":
            words += ["--engine", self.engine]
        if self.nodes is not None:
            words += ["--nodes", self.nodes]
        if self.depth is not None:
            words += ["--depth", str(self.depth)]
        if self.seed:
            words += ["--seed", str(self.seed)]
        words += [f"--exclude={p}" for e in self.exclude if e.base is None for p in e.patterns]
        words += [f"--from={path}" for path in self.before]
        words += [f"--invariant={text}" for text in self.invariants]
        words += ["--strict-assumptions"] if self.strict_assumptions else []
        words += [f"--allow-omitted={name}" for name in self.accepted]
        if any(path.startswith("-") and path != "-" for path in paths):
            words.append("--")
        return (*words, *paths)


def run(paths: Sequence[str], options: Options, budget: Budget, stdin: TextIO | None) -> Report:
    """Load, check and report. What the user got wrong is in the report's diagnostics."""
    from model.cluster import parts
    from model.load import LoadOptions, load
    from model.load.diagnostics import Report as Diagnostics
    from model.properties import PROPERTIES

    started = time.monotonic()
    overrides = LoadOptions(
        nodes=options.nodes,
        properties=options.properties,
        skip=options.skip,
        accepted=options.accepted,
        invariants=options.invariants,
        config=options.config,
        exclude=options.exclude,
        before=options.before,
    )
    said = Diagnostics()
    try:
        with watched(budget, grace=0.0):
            loaded = load(paths, property_names=tuple(PROPERTIES), stdin=stdin, options=overrides)
            said.texts.update(loaded.texts)
            names = (*PROPERTIES, *_claimed(loaded.plan))
            baseline = _baseline(options.baseline, names, said)
            earlier = _baseline(options.new_baseline, names, said, must_exist=False)
    except (Overrun, MemoryError) as problem:
        return cut_short(paths, budget, _why(problem), "the input was read")
    if loaded.plan is None or said.failed:
        return Report(diagnostics=(*loaded.diagnostics, *said.sorted()))
    plan = select(loaded.plan, options.scenarios, said)
    budget.depth = options.depth if options.depth is not None else plan.depth
    budget.seed = options.seed
    asked = engine(options.engine)
    scenarios = [formed(scenario, asked) for scenario in thinned(plan.scenarios, budget)]
    making = Making([part for scenario in scenarios for part in parts(scenario)], budget)
    given = dict(zip(options.properties, overrides.at("properties"), strict=True))
    check_offered(plan, making, given, said)
    if said.failed:
        return Report(diagnostics=(*loaded.diagnostics, *said.sorted()))
    results = answered(making, asked, budget)
    results = on_more_nodes(telling(results), budget, strict=options.strict_assumptions)
    if making.left:
        said.warning(*_unmade(making, budget))
    suppressions = Suppressions(
        loaded.plan, baseline, options.properties, options.scenarios, options.day
    )
    results = suppressions.applied(results)
    suppressions.report(results, said)
    if options.explain and any(result.counterexample for result in results):
        from checker.inquiry import explained

        results = explained(results, budget, options.explain)
    return Report(
        results=results,
        diagnostics=(
            *inventory(plan, results, cut_short=making.left > 0),
            *loaded.diagnostics,
            *said.sorted(),
        ),
        unchecked=plan.unchecked,
        skipped=plan.skipped,
        rendered=loaded.rendered,
        interrupted=budget.interrupted,
        cut_short=making.left > 0,
        arguments=options.arguments(paths),
        paths=tuple(paths),
        nodes=options.nodes,
        selected=options.properties,
        seed=options.seed,
        seconds=time.monotonic() - started,
        baseline=suppressions.rewritten(earlier, results)
        if options.new_baseline is not None
        else None,
    )


def cut_short(paths: Sequence[str], budget: Budget, reason: str, doing: str) -> Report:
    """The report of a run that ended before there was anything to answer."""
    from model.load.diagnostics import Diagnostic

    message = f"{reason} while {doing}: nothing was checked"
    hint = "" if budget.interrupted else "give more with --timeout and --max-memory, or check less"
    said = Diagnostic("warning", "P016", message, Source(paths[0], 1), hint)
    return Report(diagnostics=(said,), interrupted=budget.interrupted, cut_short=True)


def _claimed(plan: Plan | None) -> tuple[str, ...]:
    """The names of the invariants of a plan."""
    scenarios = () if plan is None else plan.scenarios
    return tuple(dict.fromkeys(each.name for found in scenarios for each in found.invariants))


def _baseline(
    path: str | None, names: Sequence[str], said: Diagnostics, must_exist: bool = True
) -> tuple[Suppression, ...]:
    """What the file of a baseline accepts; mistakes go to `said`."""
    if path is None or not (must_exist or os.path.isfile(path)):
        return ()
    # Most runs have no baseline, and its reader costs milliseconds to import.
    from model.load.baseline import read_baseline

    return read_baseline(path, tuple(names), said)


def _why(problem: Overrun | MemoryError) -> str:
    return str(problem) if isinstance(problem, Overrun) else "out of memory"


def _unmade(making: Making, budget: Budget) -> tuple[str, str, Source, str]:
    """The diagnostic on systems that there was no time, or no memory, to make."""
    subjects = dict.fromkeys(p.subject for p in making.parts if p.key not in making.made)
    names = ", ".join([*subjects][:_NAMED]) + (" and others" if len(subjects) > _NAMED else "")
    systems = sum(part.key not in making.made for part in making.parts)
    why = budget.exhausted() or "out of memory"
    missed = f"{systems} of {len(making.parts)} systems were not looked at"
    message = f"{why}: {missed}, of {len(subjects)} subjects: {names}"
    hint = "give more with --timeout and --max-memory, or check less"
    return "P016", message, Source("-", 1), hint


def check(instances: Sequence[Instance], asked: Engine, budget: Budget) -> tuple[Result, ...]:
    """One result for each property, in the order of instances and of their properties.

    Instances of one structure are checked once. Raises Rejected if the interpreter does not accept
    an engine's trace.
    """
    return answered(Making([Part.made(instance) for instance in instances], budget), asked, budget)


def answered(making: Making, asked: Engine, budget: Budget) -> tuple[Result, ...]:
    """The same for parts of which systems are made as far as the budget allows: the others have no
    results."""
    found = _answers(making, asked, budget)
    results: list[Result] = []
    for part in making.parts:
        for piece in making.made.get(part.key, ()):
            if piece.structure in found:
                results += _results(making, part, piece, found[piece.structure].verdicts)
    for structure, climbed in found.items():
        whole = making.distinct[structure]
        for rung, answer in climbed.unconfirmed:
            prop = rung.system.property(answer.property)
            results.append(replace(_result(rung, prop, answer), whole=whole))
    return tuple(results)


def _results(
    making: Making, part: Part, piece: Piece, verdicts: Sequence[Verdict]
) -> Iterator[Result]:
    """The results on one of a part's systems; the verdicts are those on the first one of the same
    structure."""
    owner, instance = making.distinct[piece.structure], piece.instance
    if not making.owner(part):
        instance = instance.alike(part.scenario, part.subject)
        if any(verdict.trace is not None for verdict in verdicts):
            # A trace speaks of its objects by their names.
            instance = piece.again(part)
    shared = None if owner is instance else owner
    for prop, answer in zip(instance.system.properties, verdicts, strict=True):
        verdict = answer if shared is None else rebind(answer, owner.system, instance.system)
        yield replace(_result(instance, prop, verdict), shared=shared)


def _result(instance: Instance, prop: Property, answer: Verdict) -> Result:
    verdict = judged(answer, instance.scenario)
    if verdict.trace is None:
        return Result(instance, prop, verdict)
    # Most runs end well, and what tells of a trace costs milliseconds to import.
    from counterexamples.explain import explain

    return Result(instance, prop, verdict, explain(instance, prop, verdict.trace))


def _answers(making: Making, asked: Engine, budget: Budget) -> dict[bytes, Climb]:
    """What is found out about each structure, all of them under one budget."""
    from checker.portfolio import available

    if asked.name == "auto" and available():
        from checker.portfolio.first import answers

        found = answers(making, budget)
    else:
        found = one_by_one(making, asked, budget)
    # What was found by the very end of the time is shown as well as can be.
    spare = Budget(TRIMMING) if budget.exhausted() else budget
    return {
        structure: spoken_for(
            instance,
            answer._replace(
                verdicts=tuple(
                    minimised(of_each(verdict, instance.system), instance.system, spare)
                    for verdict in settled(
                        instance,
                        [moving(v, instance.system) for v in answer.verdicts],
                        asked,
                        budget,
                    )
                ),
                unconfirmed=tuple(
                    (rung, minimised(v, rung.system, spare))
                    for rung, v in answer.unconfirmed
                    if of_each(v, rung.system) is v
                ),
            ),
        )
        for (structure, instance), answer in zip(making.distinct.items(), found, strict=True)
    }


def minimised(verdict: Verdict, system: System, budget: Budget) -> Verdict:
    """The verdict, its run without what it does not need as far as there is the time to find out.
    Raises Rejected as `check` does."""
    if verdict.trace is None or verdict.conflict or budget.exhausted():
        return verdict
    from counterexamples.minimise import minimise

    prop = system.property(verdict.property)
    try:
        with watched(budget, grace=0.0):
            shorter = replace(verdict, trace=minimise(system, prop, verdict.trace))
            return shorter if of_each(shorter, system) is shorter else verdict
    except Overrun:
        return verdict


def one_by_one(making: Making, asked: Engine, budget: Budget) -> list[Climb]:
    """The systems one after the other. The time that is left is shared evenly among those that
    are left, so what an easy one saves goes to the later ones."""
    found = []
    for batch in making.batches():
        for index, structure in enumerate(batch):
            remaining, others = budget.remaining(), making.left + len(batch) - index
            share = None if remaining is None else remaining / others
            known = making.known.get(structure)
            if known is not None and (asked.name == "explicit" or budget.depth is None):
                found.append(Climb(known))
            else:
                found.append(_verdicts(making.distinct[structure], asked, budget, share))
    return found


def _verdicts(instance: Instance, asked: Engine, budget: Budget, seconds: float | None) -> Climb:
    """A verdict for each property, whether or not the engine can and may still be asked."""
    system = instance.system
    found: dict[str, Verdict] = {}
    climbed = Climb(())

    def unknown(prop: Property, reason: str) -> Verdict:
        return Verdict(prop.name, "unknown", asked.name, 0.0, reason=reason)

    for prop in system.properties:
        reason = budget.exhausted() or asked.refuses(system, prop)
        if reason is not None:
            found[prop.name] = unknown(prop, reason)
    open_ = [prop for prop in system.properties if prop.name not in found]
    if open_:
        part = budget.part(seconds)
        where = f"{instance.subject} · {instance.scenario.name}"
        part.progress = lambda text: budget.progress(f"{where}: {text}")
        try:
            with watched(part):
                if asked.name == "auto" and applies(instance, part):
                    climbed = climb(instance, open_, asked, part)
                    verdicts = climbed.verdicts
                else:
                    verdicts = asked.check(system, open_, part)
        except (Overrun, MemoryError) as problem:
            verdicts = tuple(unknown(prop, _why(problem)) for prop in open_)
        found |= {prop.name: v for prop, v in zip(open_, verdicts, strict=True)}
    return climbed._replace(verdicts=tuple(found[prop.name] for prop in system.properties))
