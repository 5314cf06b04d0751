"""What a violation is to blame on, in sentences; every format says them in the same words."""

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
        heading = f"Repair{within}:" if len(told) == 1 else f"Repair{within}, any one will do:"
        canvas.line((heading, "bold"), indent=2)
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


def repairs(found: Diagnosis | None, most: int = MOST_REPAIRS) -> list[str]:
    """The first repairs, each with what was shown of it; none where nobody asked."""
    return [says(repair) for repair in found.repairs[:most]] if found else []


def says(repair: Repair) -> str:
    """A repair as a sentence, and what came of it."""
    text = f"{repair.text}: then it is {answer(repair.verdict)}"
    if repair.verdict.outcome == "holds":
        text = f"{repair.text}: then it {answer(repair.verdict)}"
    if repair.without:
        text += f" (without {listed(repair.without, whole=True)})"
    if repair.lowers:
        text += ", but asks for less"
    return f"{text}, but {listed(repair.breaks, whole=True)} is violated" if repair.breaks else text


def remarks(found: Diagnosis) -> list[str]:
    """What else was found out, and what there was no time for."""
    sentences = []
    if found.faults:
        sentences.append(f"It needs {listed(found.faults, whole=True)}.")
    if found.faults is not None and found.needless:
        sentences.append(f"It is violated without {listed(found.needless, whole=True)} as well.")
    if found.smallest:
        count = plural(found.smallest_steps, "step")
        sentences.append(f"It is violated with {found.smallest} as well, in {count}.")
    if found.irrelevant:
        sentences.append(f"It is violated without {listed(found.irrelevant, whole=True)} as well.")
    if not found.repairs and found.complete and not found.undecided:
        sentences.append("No change of a single field that was tried repairs it.")
    if found.undecided:
        undecided = "; ".join(found.undecided)
        sentences.append(f"No answer in the time (--explain) to: {undecided}.")
    if not found.complete:
        sentences.append("There was not the time to try everything; --explain gives more.")
    return sentences


def steps(numbers: Sequence[int]) -> str:
    """ "step 1", "steps 1, 2 and 5"."""
    return f"{'step' if len(numbers) == 1 else 'steps'} {listed(numbers, whole=True)}"
