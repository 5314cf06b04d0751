"""The result of a run, before any format: what was checked, what came out, what to say with it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from checker.exits import INTERNAL_ERROR, MISTAKE, PASSED, UNDECIDED, VIOLATED, FailOn
from checker.verdict import Verdict
from model.api.source import Source
from model.instance import Instance
from model.ir.system import Property
from model.plan import Skipped
from model.suppression import Suppression
from model.use import Use
from model.words import listed

if TYPE_CHECKING:
    from counterexamples.explain import Counterexample
    from model.load.diagnostics import Diagnostic


@dataclass(frozen=True)
class Result:
    """The answer to one property of one instance."""

    instance: Instance
    claim: Property
    verdict: Verdict
    #: The verdict's trace in words, if it has one.
    counterexample: Counterexample | None = None
    #: The instance of the same structure whose verdict this is; None if this one was checked.
    shared: Instance | None = None
    #: The instance of full size, if this one is smaller.
    whole: Instance | None = None
    #: Why it does not count for the exit code; None if it does.
    suppressed: Suppression | None = None

    @property
    def subject(self) -> str:
        return self.instance.subject

    @property
    def scenario(self) -> str:
        return self.instance.scenario.name

    @property
    def kind(self) -> str:
        """`safety`, `liveness`, or `reachability` for what some run is expected to reach."""
        if self.claim.kind == "reachable":
            return "reachability"
        return "safety" if self.claim.is_safety else "liveness"

    @property
    def severity(self) -> Literal["error", "warning"]:
        """Whether it counts for the exit code, or is only told: users say so of what they claim."""
        claimed = self.instance.scenario.invariants
        return next((each.severity for each in claimed if each.name == self.claim.name), "error")

    @property
    def unmodelled(self) -> tuple[Use, ...]:
        """What it has no answer because of."""
        accepted = self.instance.scenario.accepted
        return tuple(use for use in self.verdict.omitted if use.name not in accepted)

    @property
    def location(self) -> Source | None:
        """The line to look at first; None for what no file speaks of."""
        if self.unmodelled:
            return self.unmodelled[0].source
        places = self.counterexample.places if self.counterexample else ()
        if not places:
            from counterexamples.explain import concerns

            places = concerns(self.instance, self.claim)
        if places:
            return places[0].source
        scenario = self.instance.scenario
        if self.subject == scenario.workload.subject:
            return scenario.workload.source
        return None if scenario.source == Source("-", 1) else scenario.source

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The subjects of the workloads that took part beside its own."""
        scenario = self.instance.scenario
        if self.subject != scenario.workload.subject:
            return ()
        return tuple(workload.subject for workload in scenario.neighbours)

    @property
    def staying(self) -> tuple[str, ...]:
        """The subjects of those that would have, had there been the time: their pods stay."""
        scenario = self.instance.scenario
        return scenario.background if self.subject == scenario.workload.subject else ()

    @property
    def assumptions(self) -> tuple[str, ...]:
        own = self.instance.system.assumptions
        return tuple(dict.fromkeys((*self.instance.scenario.assumptions, *own)))

    @property
    def omissions(self) -> tuple[str, ...]:
        return self.instance.system.omissions


@dataclass(frozen=True)
class Report:
    """Everything that a renderer may say about a run, in the order in which to say it."""

    results: tuple[Result, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    #: Objects that were read but are not checked yet, "Kind/namespace/name".
    unchecked: tuple[str, ...] = ()
    #: Files and folders that were left out.
    skipped: tuple[Skipped, ...] = ()
    #: Texts of inputs that no file holds, by the name that they are shown as.
    rendered: Mapping[str, str] = field(default_factory=dict)
    #: Whether it passes where nothing was checked.
    allow_empty: bool = False
    #: What makes it fail at all.
    fail_on: FailOn = "unknown"
    #: Whether the user stopped the run.
    interrupted: bool = False
    #: Whether it ended before everything was asked.
    cut_short: bool = False
    #: Arguments of the command line that shape verdicts, the paths last.
    arguments: tuple[str, ...] = ()
    #: The same one by one: the paths, `--nodes`, every `--property`, `--seed`.
    paths: tuple[str, ...] = ()
    nodes: str | None = None
    selected: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    #: What the baseline of this run holds, where one is to be written.
    baseline: tuple[Suppression, ...] | None = None

    @property
    def exit(self) -> int:
        """The exit code that the run deserves."""
        if any(found.severity == "error" for found in self.diagnostics):
            return MISTAKE
        if self.conflicts:
            return INTERNAL_ERROR
        if self.fail_on == "never":
            return PASSED
        counting = [each for each in self.results if each.severity == "error"]
        counts = replace(self, results=tuple(counting)).counts
        if counts["violated"]:
            return VIOLATED
        missed = any(each.missed for each in self.skipped)
        empty = not self.results and not self.allow_empty
        # A run that did not look is no pass for who only wants to know of violations, either.
        stopped = self.interrupted or self.cut_short or missed or empty
        if stopped or (counts["unknown"] and self.fail_on == "unknown"):
            return UNDECIDED
        return PASSED

    @property
    def together(self) -> tuple[str, ...]:
        """Who was checked together with whom, and why, a sentence each: "Deployment/default/web
        with Deployment/default/api (drain node-1): they share …"."""
        scenarios: dict[str, dict[str, None]] = {}
        groups: dict[tuple[str, tuple[str, ...], str, tuple[str, ...]], dict[str, None]] = {}
        for result in self.results:
            scenarios.setdefault(result.subject, {})[result.scenario] = None
            if result.neighbours or result.staying:
                meetings = result.instance.scenario.meetings
                staying = listed(result.staying) if result.staying else ""
                group = result.subject, result.neighbours, staying, meetings
                groups.setdefault(group, {})[result.scenario] = None
        sentences = []
        for (subject, others, staying, meetings), own in groups.items():
            where = "" if own == scenarios[subject] else f" ({', '.join(own)})"
            beside = listed(others, whole=True) if others else "none of its neighbours"
            who = f"{subject} with {beside}{where}"
            stay = f"; the pods of {staying} stay where they are" if staying else ""
            sentences.append(f"{who}: they {', and they '.join(meetings)}{stay}")
        return tuple(sentences)

    @property
    def counts(self) -> Counter[str]:
        """How many results have each outcome; `suppressed` ones are counted as such alone."""
        return Counter(
            "suppressed" if result.suppressed else result.verdict.outcome for result in self.results
        )

    @property
    def conflicts(self) -> tuple[Result, ...]:
        """The results about which engines contradict each other, each checked once."""
        return tuple(r for r in self.results if r.verdict.conflict and r.shared is None)

    def reproduce(self, result: Result) -> str:
        """The shell command that checks this result again, alone."""
        scenario = (result.whole or result.instance).scenario.name
        selection = ("--scenario", scenario, "--property", result.claim.name)
        return shlex.join(("check", *selection, *self.arguments))
