"""The counterexamples of a report as text, each run once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterexamples.render.alike import others, sentence
from counterexamples.render.contract import Look
from counterexamples.render.diagnosis import put_diagnosis, remarks, repairs
from counterexamples.render.example import put_command, put_example, put_heading
from counterexamples.render.paint import Canvas
from counterexamples.render.verdicts import Block

if TYPE_CHECKING:
    from collections.abc import Hashable

    from checker.report import Report, Result
    from counterexamples.explain import Counterexample


def put_examples(canvas: Canvas, block: Block, report: Report, look: Look) -> None:
    """The counterexamples of a block, each run once; those that are alike but for names are told of
    the first subject."""
    everyone = report.results if look.detail != "verbose" else ()
    violated = [r for r in block.results if r.verdict.outcome == "violated" and r.counterexample]
    if look.detail != "verbose":
        violated = [r for r in violated if r.suppressed is None]
    shown: list[Result] = []
    pending: dict[Hashable, str] = {}
    for result in violated:
        equal = [r for r in violated if _run(r) == _run(result)]
        same = [r.scenario for r in equal if r.claim.name == result.claim.name]
        example = result.counterexample
        if same[0] != result.scenario or example is None:
            continue
        alike = others(everyone, result)
        if alike and everyone.index(alike[0]) < everyone.index(result):
            continue
        put_heading(canvas, result, same[1:])
        known = next((r for r in shown if r in equal), None)
        if known is not None:
            canvas.line((f"It comes about as for {known.claim.name} above.", ""), indent=2)
            if _asked(known) != _asked(result):
                put_diagnosis(canvas, example, look, result.scenario if same[1:] else "")
        else:
            before = _before(example, result.claim.name, pending)
            put_example(canvas, example, look, result.scenario if same[1:] else "", before)
        shown.append(result)
        if alike and known is None:
            canvas.blank()
            canvas.line((sentence(alike), ""), indent=2)
        put_command(canvas, report.reproduce(result))


def _before(example: Counterexample, name: str, pending: dict[Hashable, str]) -> str:
    """The property of which the same was told of a pending pod already, if any."""
    if example.attempt is None:
        return ""
    from counterexamples.render.attempt import told

    before = pending.setdefault(told(example.attempt), name)
    return before if before != name else ""


def _asked(result: Result) -> object:
    """What asking again showed, as it is told."""
    found = result.counterexample and result.counterexample.diagnosis
    return found and (repairs(found, len(found.repairs)), remarks(found))


def _run(result: Result) -> object:
    """What happens in a counterexample, and whether it counts."""
    found = result.counterexample
    return found and (found.run, result.suppressed)
