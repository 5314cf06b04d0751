"""What a violation is to blame on: found by asking again with one thing changed at a time.

Each answer is an engine's, given by `Ask`: a repair is only called one if the property was proved,
or held within the bounds that are named, in the scenario with that edit and no other.

Omits: repairs by two fields at once; whether a repair helps in other scenarios than the one that
is violated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any, Protocol

from model.edits import FAULTS, Edit, Fault, Knob, knobs
from model.edits.sizes import smaller
from model.ir.trace import Trace
from model.properties import rows
from model.scenario import Scenario
from model.words import counted

if TYPE_CHECKING:
    from checker.verdict import Verdict

#: Edits of one field to try one after the other before the last is tried.
FEW = 3


class Spent(Exception):
    """Nothing more can be asked: the time is over."""


class Ask(Protocol):
    def __call__(
        self, scenario: Scenario, names: Sequence[str] | None
    ) -> Mapping[str, Verdict] | None:
        """Verdicts on the same subject in another scenario, of the properties of these names (of
        all that it offers for None). None where the scenario makes no difference to the system.
        Raises Spent."""


@dataclass(frozen=True)
class Repair:
    """An edit of one field with which the property is satisfied."""

    text: str
    #: The field as in `model.edits.contract.Knob`, and what it says now.
    field: str
    now: str
    verdict: Verdict
    #: Properties of the same subject that are violated with this edit, and were not without it.
    breaks: tuple[str, ...] = ()
    #: Whether the property asks for something else with this edit.
    lowers: bool = False
    #: Faults that must not happen besides, where it is no repair with them; they are not needed for
    #: the violation.
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """What was found out in the time there was."""

    repairs: tuple[Repair, ...] = ()
    #: Edits about which there was no time for an answer.
    undecided: tuple[str, ...] = ()
    #: The smallest set of faults with which it comes about, in words; None if that is not known,
    #: or there are no faults in the scenario.
    faults: tuple[str, ...] | None = None
    #: The fields that allow them, in the same order.
    fault_fields: tuple[str, ...] = ()
    #: Faults that the scenario allows and that are not needed.
    needless: tuple[str, ...] = ()
    #: What can be left out, all of it together, and it still comes about.
    irrelevant: tuple[str, ...] = ()
    #: The smallest size at which it comes about, if that is smaller: "1 replica on 1 node".
    smallest: str = ""
    #: How many steps it takes there.
    smallest_steps: int = 0
    #: Whether it also comes about where every pod goes to a node that scores best; None if nobody
    #: asked, or that is not known.
    best: bool | None = None
    #: A run with no other faults than those that are needed, if that is no longer than the one
    #: that was given. It is one of another scenario: see `transfer`.
    plainer: Trace | None = None
    #: Whether there was time to ask everything.
    complete: bool = True


def diagnose(
    scenario: Scenario,
    subject: str,
    name: str,
    violated: Mapping[str, int],
    ask: Ask,
    *,
    chosen: bool = False,
) -> Diagnosis:
    """What a violated property of a subject is to blame on. `violated` has every property of the
    subject that is violated in the scenario, and in how many steps; `chosen` is whether the run has
    a pod on a node that does not score best."""
    inquiry = _Inquiry(scenario, subject, name, violated, ask)
    complete = True
    try:
        if chosen:
            inquiry.choose()
        inquiry.run()
    except Spent:
        complete = False
    # Less of a promise is a last resort, and so is what breaks another one.
    repairs = sorted(inquiry.found.repairs, key=lambda repair: (repair.lowers, bool(repair.breaks)))
    # What was asked with all faults and without some has no answer once.
    undecided = tuple(dict.fromkeys(inquiry.found.undecided))
    return replace(inquiry.found, repairs=tuple(repairs), undecided=undecided, complete=complete)


class _Inquiry:
    def __init__(
        self, scenario: Scenario, subject: str, name: str, violated: Mapping[str, int], ask: Ask
    ) -> None:
        self.scenario, self.subject, self.name = scenario, subject, name
        self.violated, self.ask = violated, ask
        self.found = Diagnosis()
        #: The scenario with no more faults than are needed: what it is violated without is asked of
        #: this one, as more faults could bring the violation about in another way.
        self.base = scenario
        #: The scenario that repairs are asked about, and the faults that it lacks.
        self.asked = scenario
        self.besides: tuple[str, ...] = ()
        #: Whether there was no answer to a question whether it comes about.
        self.unsure = False

    def choose(self) -> None:
        """Whether it also comes about where pods go to nodes that score best. Where that makes no
        other system the scores were left open."""
        answers = self.ask(replace(self.scenario, choice="best"), (self.name,))
        verdict = (answers or {}).get(self.name)
        if verdict is None or verdict.outcome == "unknown" or _cut_short(verdict):
            return
        self._note(best=verdict.outcome == "violated")

    def run(self) -> None:
        """Most telling first, since the time may end."""
        needed = self._needed()
        self.base = self._fewest(needed)
        fields = list(knobs(self.scenario, self.subject))
        persists = []
        for knob in self._until_decided(fields):
            known = self.found.repairs
            if self._turned(knob) and self.found.repairs == known:
                persists.append(knob)
        if not self.found.repairs and self.found.needless:
            self.asked, self.besides = self._only(needed), self.found.needless
            for knob in self._until_decided(fields):
                self._turned(knob)
        if self.subject == self.scenario.workload.subject and not self.scenario.open:
            self._sizes()
        self._irrelevant(persists)

    def _until_decided(self, fields: Sequence[Knob]) -> Iterator[Knob]:
        for knob in fields:
            yield knob
            if knob.decisive and self.found.repairs:
                return

    def _note(self, **found: Any) -> None:
        self.found = replace(self.found, **found)

    # -- one field -----------------------------------------------------------------------------
    def _turned(self, knob: Knob) -> bool:
        """Look for the smallest edit of a field that repairs; whether the violation persists
        without what the field says."""
        persists = False
        if knob.without is not None and knob.without not in knob.edits:
            persists = self._persists(knob.without.change(self.base))
            if persists and knob.furthest:
                return True
        edits = knob.edits
        best: Repair | None = None
        try:
            for edit in edits[:FEW]:
                best = _better(best, self._repair(knob, edit))
                if best is not None and not best.breaks:
                    break
            if best is None and len(edits) > FEW:
                best = self._between(knob, FEW - 1, len(edits) - 1)
        finally:
            # What is known is kept, also where the time ends.
            if best is not None:
                self._note(repairs=(*self.found.repairs, best))
        if best is not None:
            return persists
        if knob.without is not None and knob.without in edits:
            persists = self._persists(knob.without.change(self.base))
        return persists

    def _between(self, knob: Knob, low: int, high: int) -> Repair | None:
        """The repair of the largest edit of a field, or one of a smaller edit: halfway between
        what helps and what does not, again and again."""
        if self._tried(knob, knob.edits[high]) is None:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            if self._tried(knob, knob.edits[middle]) is None:
                low = middle
            else:
                high = middle
        return self._repair(knob, knob.edits[high])

    def _repair(self, knob: Knob, edit: Edit) -> Repair | None:
        """An edit that helps; with all values from there on, if all of them do no harm."""
        found = self._tried(knob, edit)
        if found is None or found.breaks or edit.wider is None:
            return found
        try:
            wider = self._tried(knob, edit.wider)
        except Spent:
            return found
        return found if wider is None or wider.breaks else wider

    def _tried(self, knob: Knob, edit: Edit) -> Repair | None:
        answers = self.ask(edit.change(self.asked), None) or {}
        verdict = answers.get(self.name)
        if verdict is None or verdict.outcome == "violated":
            return None
        if verdict.vacuous:
            return None
        # What was searched to some depth only may be violated beyond it.
        if verdict.outcome == "unknown" or _cut_short(verdict):
            self._note(undecided=(*self.found.undecided, edit.text))
            return None
        breaks = tuple(
            name
            for name, answer in answers.items()
            if answer.outcome == "violated" and name not in self.violated
        )
        lowers = rows(self.asked)[self.name].asks_less(knob.field, edit.shift)
        return Repair(edit.text, knob.field, knob.now, verdict, breaks, lowers, self.besides)

    def _persists(self, scenario: Scenario) -> bool:
        return self._again(scenario) is not None

    def _again(self, scenario: Scenario) -> Verdict | None:
        """The verdict on the property in another scenario, if it is violated there too."""
        # All that are violated at once, so that the next of them need not ask again.
        verdict = (self.ask(scenario, tuple(self.violated)) or {}).get(self.name)
        if verdict is None or verdict.outcome == "violated":
            return verdict
        self.unsure |= not verdict.vacuous and (verdict.outcome == "unknown" or _cut_short(verdict))
        return None

    # -- faults --------------------------------------------------------------------------------
    def _needed(self) -> tuple[Fault, ...]:
        """The smallest set of kinds of faults with which it comes about."""
        allowed = [fault for fault in FAULTS if fault.allowed(self.scenario)]
        allowed = [fault for fault in allowed if self._plays_a_part(fault)]
        needed = tuple(allowed)
        for kept in _subsets(allowed):
            verdict = self._again(self._only(kept))
            if verdict is not None:
                needed = kept
                self._note(plainer=self._no_longer(verdict))
                break
        if allowed:
            needless = (fault for fault in allowed if fault not in needed)
            self._note(
                faults=tuple(fault.says(fault.allowed(self.scenario)) for fault in needed),
                fault_fields=tuple(fault.field for fault in needed),
                needless=tuple(fault.says(fault.allowed(self.scenario)) for fault in needless),
            )
        return needed

    def _no_longer(self, verdict: Verdict) -> Trace | None:
        trace = verdict.trace
        return trace if trace and len(trace.steps) <= self.violated[self.name] else None

    def _plays_a_part(self, fault: Fault) -> bool:
        """Whether the subject's system has the fault at all."""
        return self.ask(fault.limit(self.scenario, 0), tuple(self.violated)) is not None

    def _only(self, kept: Sequence[Fault]) -> Scenario:
        """The scenario with no other faults."""
        scenario = self.scenario
        for fault in FAULTS:
            if fault not in kept and fault.allowed(scenario):
                scenario = fault.limit(scenario, 0)
        return scenario

    def _fewest(self, needed: Sequence[Fault]) -> Scenario:
        """The scenario with the lowest number of each of the faults that are needed, one kind after
        the other, and with no others."""
        scenario, said = self._only(needed), []
        for fault in needed:
            low, high = 0, fault.allowed(scenario)
            while high - low > 1:
                middle = (low + high) // 2
                if self._persists(fault.limit(scenario, middle)):
                    high = middle
                else:
                    low = middle
            scenario = fault.limit(scenario, high)
            said.append(fault.says(high))
        if self.unsure:
            # Fewer might do, so nothing is said of what it needs.
            self._note(faults=None, fault_fields=(), needless=())
        elif needed:
            self._note(faults=tuple(said))
        return scenario

    # -- what does not matter ------------------------------------------------------------------
    def _sizes(self) -> None:
        for small in smaller(self.base):
            verdict = self._again(small)
            if verdict is not None:
                replicas, nodes = small.workload.replicas, len(small.nodes)
                size = f"{counted(replicas, 'replica')} on {counted(nodes, 'node')}"
                count = len(verdict.trace.steps) if verdict.trace else 0
                self._note(smallest=size, smallest_steps=count)
                return

    def _irrelevant(self, persists: Sequence[Knob]) -> None:
        """What can be left out together: all of it, or one thing after the other."""
        if not persists:
            return
        if len(persists) > 1:
            scenario = self.base
            for knob in persists:
                scenario = _without(knob, scenario)
            if self._persists(scenario):
                self._note(irrelevant=tuple(knob.what for knob in persists))
                return
        scenario = self.base
        for knob in persists:
            less = _without(knob, scenario)
            # Alone each is known to make no difference.
            if scenario is self.base or self._persists(less):
                scenario = less
                self._note(irrelevant=(*self.found.irrelevant, knob.what))


def _subsets(faults: Sequence[Fault]) -> Iterator[tuple[Fault, ...]]:
    """Every set of some of them, small ones first."""
    return chain.from_iterable(combinations(faults, size) for size in range(len(faults)))


def _without(knob: Knob, scenario: Scenario) -> Scenario:
    assert knob.without is not None
    return knob.without.change(scenario)


def _cut_short(verdict: Verdict) -> bool:
    """Whether deeper runs were not looked at."""
    return verdict.extent is not None and verdict.extent.depth is not None


def _better(one: Repair | None, other: Repair | None) -> Repair | None:
    """The repair that breaks less, the first of two that break as much."""
    found: Iterator[Repair] = (repair for repair in (one, other) if repair is not None)
    return min(found, key=lambda repair: len(repair.breaks), default=None)
