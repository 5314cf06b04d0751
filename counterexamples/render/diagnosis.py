"""What causes a violation and what fixes it, in the same sentences in every format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counterexamples.diagnosis import Diagnosis, Repair
from counterexamples.render.contract import Look
from counterexamples.render.paint import Canvas
from counterexamples.render.verdicts import answer, plural
from model.words import listed

if TYPE_CHECKING:
    from counterexamples.explain import Counterexample

#: Said of a repair with which the property asks for less.
WEAKENS = "but weakens what you asked for"
#: What to do where the time was too short.
MORE = "try `--explain 30s`"
#: Repairs shown where nobody asked for all.
MOST_REPAIRS = 3


def put_diagnosis(canvas: Canvas, example: Counterexample, look: Look, scenario: str = "") -> None:
    """Write what repairs a violation, and what does not matter to it. `scenario` is the one that
    was asked about, where others are told with it."""
    found = example.diagnosis
    if found is None:
        return
    most = len(found.repairs) if look.detail == "verbose" else MOST_REPAIRS
    told = repairs(found, most)
    if told:
        canvas.blank()
        within = f" in scenario {scenario}" if scenario else ""
        canvas.line((f"{heading(len(told))}{within}:", "bold"), indent=2)
        for sentence in told:
            canvas.line((f"- {sentence}", "good"), indent=4)
        if found.repairs[most:]:
            more = plural(len(found.repairs) - most, "more", "more")
            canvas.line((f"{more} with --verbose", "dim"), indent=4)
    sentences = remarks(found)
    if sentences:
        canvas.blank()
        for sentence in sentences:
            canvas.line((sentence, "dim"), indent=2)


def heading(count: int) -> str:
    """What stands above so many repairs."""
    return "This fixes it" if count == 1 else "Any one of these fixes it"


def repairs(found: Diagnosis | None, most: int = MOST_REPAIRS) -> list[str]:
    """The first repairs, each with what was shown of it; none where nobody asked."""
    return [says(repair) for repair in found.repairs[:most]] if found else []


def says(repair: Repair) -> str:
    """A repair as a sentence, and what came of it."""
    text = f"{repair.text}: {passes(repair)}"
    if repair.without:
        text += f" (without {listed(repair.without, whole=True)})"
    if repair.lowers:
        text += f", {WEAKENS}"
    return f"{text}, but breaks {listed(repair.breaks, whole=True)}" if repair.breaks else text


def passes(repair: Repair) -> str:
    """What was shown of a repair: "passes", "passes within the bounds: …"."""
    return answer(repair.verdict).replace(repair.verdict.outcome, "passes", 1)


def preference(example: Counterexample) -> str:
    """Whether it takes a scheduler that does not prefer what kube-scheduler does; empty where that
    is no question."""
    binding = example.binding
    if binding is None:
        return ""
    if binding.is_best:
        return "It comes about also when every pod goes to a node that scores best, as here."
    run = f"{binding.pod} → {binding.node}, scored {binding.score}, {binding.best} {binding.most}"
    best = example.diagnosis.best if example.diagnosis else None
    if best is None:
        return (
            f"Here a pod goes to a node that scores lower: {run}. Whether it comes about as well "
            "when every pod goes to a node that scores best is not known"
            f"{'' if example.diagnosis else f': {MORE}'}."
        )
    if best:
        return (
            "It comes about also when every pod goes to a node that scores best, in another run "
            f"than this one ({run})."
        )
    return f"It comes about only where a pod goes to a node that scores lower: {run}."


def remarks(found: Diagnosis) -> list[str]:
    """What else was found out, and what there was no time for."""
    sentences = []
    if found.faults:
        sentences.append(f"Fewest faults that break it: {listed(found.faults, whole=True)}.")
    if found.faults is not None and found.needless:
        sentences.append(f"It also fails without {listed(found.needless, whole=True)}.")
    if found.smallest:
        count = plural(found.smallest_steps, "step")
        sentences.append(f"It also fails with {found.smallest}, in {count}.")
    if found.irrelevant:
        # Not that these are innocent: another cause may take their place.
        names = listed(found.irrelevant, whole=True)
        sentences.append(f"Without {names} it fails as well, perhaps in another way.")
    if not found.repairs and found.complete and not found.undecided:
        sentences.append("No change of a single field that was tried fixes it.")
    if found.undecided:
        undecided = "; ".join(found.undecided)
        sentences.append(f"Ran out of time for: {undecided}; {MORE}.")
    if not found.complete:
        sentences.append(f"Stopped looking for fixes; {MORE}.")
    return sentences


def steps(numbers: Sequence[int]) -> str:
    """ "step 1", "steps 1, 2 and 5"."""
    return f"{'step' if len(numbers) == 1 else 'steps'} {listed(numbers, whole=True)}"
