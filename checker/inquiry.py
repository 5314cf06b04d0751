"""Explains violations by asking the explorer about scenarios with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checker.budget import Budget
from checker.engines import engine
from checker.interleavings import FEW, Look, only
from checker.making import narrowed
from checker.memo import Key, rebind, structural_key
from checker.omitted import leaving_out
from checker.report import Result
from checker.turns import of_each
from checker.verdict import Verdict
from checker.watchdog import Overrun, watched
from counterexamples.diagnosis import Ask, Spent, diagnose
from counterexamples.explain import diagnosed, explain
from counterexamples.minimise import minimise
from counterexamples.transfer import transferred
from model.cluster import instances, workload
from model.instance import Instance
from model.ir.system import System
from model.scenario import Scenario

#: The part of the time that one question may take, so that one that is hard leaves some to others.
SHARE = 0.75
#: How many times as long it may take on the clock where others use the processors as well.
_PATIENT = 2
#: Seconds that a search may go on if it does not notice the end of its time.
_GRACE, _TICK = 1.0, 0.25


def explained(results: Sequence[Result], budget: Budget, seconds: float) -> tuple[Result, ...]:
    """The results, with diagnoses of the violations. One that comes about as an earlier one of its
    subject does is not looked into again, nor one that is suppressed, or of a smaller instance.

    The time is shared evenly; those that need more get what the others leave.
    """
    inquiry = Inquiry(budget, seconds)
    runs: dict[object, int] = {}
    for index, result in enumerate(results):
        example = result.counterexample
        # A smaller instance is not what the user wrote: its numbers are no advice.
        accepted = result.suppressed is not None or result.whole is not None
        if result.verdict.outcome == "violated" and example is not None and not accepted:
            runs.setdefault((result.claim.name, result.subject, example.run), index)
    found = list(results)
    left = list(runs.values())
    for last in (False, True):
        for number, index in enumerate(left):
            result = results[index]
            budget.progress(f"{result.subject} · {result.scenario}: looking for repairs")
            share = None if last else inquiry.remaining() / (len(left) - number)
            found[index] = inquiry.explain(result, results, share)
        left = [index for index in left if not _complete(found[index])]
    return tuple(found)


def _complete(result: Result) -> bool:
    diagnosis = result.counterexample and result.counterexample.diagnosis
    return bool(diagnosis and diagnosis.complete and not diagnosis.undecided)


class Inquiry:
    """Questions under one budget. What has been asked of an equal system is not asked again.

    An answer that is work for more cells of states than `most` is left open, if that is given."""

    def __init__(self, budget: Budget, seconds: float, most: int | None = None) -> None:
        whole = budget.part(seconds * _PATIENT)
        whole.depth = None
        self._budget = whole.busy_part(seconds)
        self._most = seconds * SHARE
        self._work = most
        #: What the present violation leaves for others, in seconds.
        self._until = 0.0
        self._known: dict[tuple[int | None, Key], tuple[System, Look]] = {}

    def remaining(self) -> float:
        """Seconds that are left of all."""
        return self._budget.remaining() or 0.0

    def explain(
        self, result: Result, results: Sequence[Result], seconds: float | None = None
    ) -> Result:
        """The result with a diagnosis, and with a run that needs fewer faults if there is one. It
        takes at most some seconds of those that are left."""
        self._until = self.remaining() - (self.remaining() if seconds is None else seconds)
        instance, claim, example = result.instance, result.claim, result.counterexample
        assert example is not None
        violated = {
            other.claim.name: len(other.verdict.trace.steps) if other.verdict.trace else 0
            for other in results
            if other.instance is instance and other.verdict.outcome == "violated"
        }
        found = diagnose(
            instance.scenario,
            instance.subject,
            claim.name,
            violated,
            self.about(instance, tuple(violated)),
            chosen=example.binding is not None and not example.binding.is_best,
        )
        plainer = found.plainer and transferred(found.plainer, instance.system, claim)
        if plainer:
            trace = minimise(instance.system, claim, plainer)
            result = replace(result, verdict=replace(result.verdict, trace=trace))
            example = explain(instance, claim, trace)
        return replace(result, counterexample=diagnosed(instance, example, found))

    def about(self, instance: Instance, violated: Sequence[str] = ()) -> Ask:
        """The questions about an instance's subject. Nothing can be asked about an instance that
        its scenario does not give anew.

        Who asks for all properties looks for a repair: then of those that are `violated` none
        passes that a look at every interleaving refutes."""
        base = structural_key(instance.system, ())
        again = _instance(instance.scenario, instance.subject)
        known = again is not None and structural_key(again.system, ()) == base

        def ask(scenario: Scenario, names: Sequence[str] | None) -> Mapping[str, Verdict] | None:
            if not known or self._budget.exhausted() or self.remaining() <= self._until:
                raise Spent
            found = _instance(scenario, instance.subject)
            if found is None:
                return {}
            if structural_key(found.system, ()) == base:
                return None
            answers = self._formed(found if names is None else only(found, names))
            if names is None and scenario.prompt:
                passing = [n for n in violated if n in answers and _passes(answers[n])]
                answers |= self._refuted(scenario, instance.subject, passing)
            return {name: leaving_out(answer, scenario) for name, answer in answers.items()}

        return ask

    def _formed(self, instance: Instance) -> dict[str, Verdict]:
        """The answers on an instance: where it has both forms, with quick steps prompt only if a
        look at every interleaving leaves them open."""
        if instance.hurried is None:
            return _by_property(self._answer(instance.system))
        seen = self._answer(instance.system, FEW)
        answers = _by_property(seen)
        if not seen.whole:
            left = {name for name, answer in answers.items() if answer.outcome != "violated"}
            answers |= _by_property(self._answer(only(instance.hurried(), left).system))
        return answers

    def _refuted(
        self, scenario: Scenario, subject: str, names: Sequence[str]
    ) -> Mapping[str, Verdict]:
        """Violations of some properties that a look at every interleaving finds."""
        found = _instance(replace(scenario, prompt=False), subject) if names else None
        seen = () if found is None else self._answer(only(found, names).system, FEW).verdicts
        return {verdict.property: verdict for verdict in seen if verdict.outcome == "violated"}

    def _answer(self, system: System, work: int | None = None) -> Look:
        """The explorer's answers, for at most so much work."""
        work = self._work if work is None else work
        key = work, structural_key(system, system.properties)
        if key in self._known:
            source, (verdicts, whole) = self._known[key]
            return Look(tuple(rebind(v, source, system) for v in verdicts), whole)
        part = replace(
            self._budget,
            seconds=min(self._most, self.remaining() - self._until),
            work=work,
            started=self._budget.clock(),
            whole=self._budget,
        )
        try:
            with watched(part, _GRACE, _TICK):
                answers = engine("explicit").check(system, system.properties, part)
                verdicts = tuple(of_each(answer, system) for answer in answers)
        except (Overrun, MemoryError):
            reason = "out of time or memory"
            verdicts = tuple(
                Verdict(prop.name, "unknown", "explicit", 0.0, reason=reason)
                for prop in system.properties
            )
        late = part.exhausted() is not None
        found = Look(verdicts, not late and not part.worked_off)
        if not late:
            self._known[key] = system, found
        return found


def _by_property(seen: Look) -> dict[str, Verdict]:
    return {verdict.property: verdict for verdict in seen.verdicts}


def _passes(verdict: Verdict) -> bool:
    return verdict.outcome in ("proved", "holds")


def _instance(scenario: Scenario, subject: str) -> Instance | None:
    """The subject's instance in a scenario, with the properties that it asks for."""
    found: Instance | None
    if subject == scenario.workload.subject:
        found = workload(scenario)
    else:
        found = next((each for each in instances(scenario) if each.subject == subject), None)
    return None if found is None else narrowed(found)
