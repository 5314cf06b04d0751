"""The report for people: verdicts, counterexamples, and what they rest on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from counterexamples.render.contract import Look
from counterexamples.render.example import put_command, put_example, put_heading
from counterexamples.render.paint import Canvas, Piece, Style, safe

if TYPE_CHECKING:
    from checker.report import Report, Result
    from checker.verdict import Outcome, Verdict
    from model.load.diagnostics import Diagnostic

_MARKS: dict[str, Piece] = {
    "proved": ("✓", "good"),
    "holds": ("✓", "good"),
    "violated": ("✗", "bad"),
    "unknown": ("?", "doubt"),
}
_COUNTED: dict[Outcome, str] = {
    "proved": "proved",
    "holds": "held up to a bound",
    "violated": "violated",
    "unknown": "unknown",
}


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    canvas = Canvas(look)
    for found in report.diagnostics:
        for line in _harmless(found).render().split("\n"):
            canvas.verbatim((line, ""))
    if any(found.severity == "error" for found in report.diagnostics):
        return canvas.text()
    blocks = _blocks(report)
    for block in blocks:
        _put_block(canvas, block, look)
    for block in blocks:
        _put_examples(canvas, block, report, look)
    if look.detail != "quiet":
        _put_basis(canvas, report, look)
    _put_summary(canvas, report)
    return canvas.text()


def _harmless(found: Diagnostic) -> Diagnostic:
    """The diagnostic with nothing in it that could end a line of its rendering."""
    return replace(
        found,
        message=safe(found.message),
        hint=safe(found.hint),
        excerpt=safe(found.excerpt.replace("\t", " ")),
        source=replace(found.source, file=safe(found.source.file)),
    )


@dataclass
class _Block:
    """The results of one instance, and the scenarios in which they are the same by identity."""

    results: list[Result]
    scenarios: list[str] = field(default_factory=list)


def _blocks(report: Report) -> list[_Block]:
    """One block for each instance; instances of one subject that share their verdicts are
    one block."""
    blocks: dict[tuple[int, str], _Block] = {}
    for _, group in groupby(report.results, key=lambda result: id(result.instance)):
        results = list(group)
        first = results[0]
        checked = first.instance if first.shared is None else first.shared
        block = blocks.setdefault((id(checked), first.subject), _Block(results))
        block.scenarios.append(first.scenario)
    return list(blocks.values())


def _put_block(canvas: Canvas, block: _Block, look: Look) -> None:
    shown = block.results
    if look.detail == "quiet":
        shown = [r for r in shown if r.verdict.outcome in ("violated", "unknown")]
    if not shown:
        return
    canvas.blank()
    # One search usually answers all of a block: what it took is then said once.
    together = len({(r.verdict.engine, r.verdict.states) for r in shown}) == 1
    title: list[Piece] = [(shown[0].subject, "bold"), (f" · {', '.join(block.scenarios)}", "")]
    if together:
        slowest = max((result.verdict for result in shown), key=lambda v: v.seconds)
        title += [("  ", ""), (f"({_effort(slowest)})", "dim")]
    canvas.line(*title)
    shared = shown[0].shared
    if shared is not None and look.detail == "verbose":
        same = f"same system as {shared.subject}, {shared.scenario.name}: checked once"
        canvas.line((same, "dim"), indent=2)
    width = max(len(safe(result.claim.name)) for result in shown)
    for result in shown:
        row: list[Piece] = [
            (f"{_MARKS[result.verdict.outcome][0]} ", _MARKS[result.verdict.outcome][1]),
            (safe(result.claim.name).ljust(width) + "  ", ""),
            _answer(result.verdict),
        ]
        if not together:
            row += [("  ", ""), (_effort(result.verdict), "dim")]
        canvas.line(*row, indent=2, hang=min(width + 4, look.width // 2))
        if look.detail == "verbose" and result.verdict.idle:
            idle = "never possible here: " + ", ".join(result.verdict.idle)
            canvas.line((idle, "dim"), indent=6)


def _put_examples(canvas: Canvas, block: _Block, report: Report, look: Look) -> None:
    shown: list[Result] = []
    for result in block.results:
        if result.counterexample is None or result.verdict.outcome != "violated":
            continue
        same = next((r for r in shown if r.counterexample == result.counterexample), None)
        put_heading(canvas, result, block.scenarios[1:])
        if same is None:
            put_example(canvas, result.counterexample, look)
            shown.append(result)
        else:
            canvas.line((f"It comes about as for {same.claim.name} above.", ""), indent=2)
        put_command(canvas, report.reproduce(result))


def _answer(verdict: Verdict) -> Piece:
    """The verdict with its bound or reason."""
    style = _MARKS[verdict.outcome][1]
    words: str = verdict.outcome
    if verdict.outcome == "violated":
        steps = verdict.trace and _plural(len(verdict.trace.steps), "step")
        words = f"violated after {steps}" if steps else "violated: never reached"
    elif verdict.outcome == "holds":
        words = f"holds {_bound(verdict)}".rstrip()
    return (f"{words}: {verdict.reason}" if verdict.reason else words), style


def _bound(verdict: Verdict) -> str:
    """How far a `holds` reaches; empty if what limits it is only in its reason."""
    extent = verdict.extent
    parts: list[str] = []
    if extent is not None and extent.depth is not None:
        parts.append(f"up to {_plural(extent.depth, 'step')}")
    if extent is not None and extent.limits:
        parts.append(f"within the bounds: {'; '.join(extent.limits)}")
    return ", ".join(parts)


def _effort(verdict: Verdict) -> str:
    parts = [verdict.engine]
    if verdict.states is not None:
        parts.append(_plural(verdict.states, "state"))
    parts.append(duration(verdict.seconds))
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """`0.04 s`, `12 s`, `3 min 20 s`."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def _put_basis(canvas: Canvas, report: Report, look: Look) -> None:
    """What the verdicts rest on and what they do not speak of."""
    assumptions = list(dict.fromkeys(a for r in report.results for a in r.assumptions))
    omissions = list(dict.fromkeys(o for r in report.results for o in r.omissions))
    if assumptions:
        canvas.blank()
        canvas.line(("Assumed:", "bold"))
        for sentence in assumptions:
            canvas.line((f"- {sentence}", ""), indent=2)
    if omissions and look.detail == "verbose":
        canvas.blank()
        canvas.line(("Left out of the model:", "bold"))
        for sentence in omissions:
            canvas.line((f"- {sentence}", ""), indent=2)
    elif omissions:
        canvas.blank()
        count = _plural(len(omissions), "thing is", "things are")
        canvas.line((f"{count} left out of the model; --verbose lists them.", "dim"))
    if report.unchecked:
        canvas.blank()
        kinds = Counter(name.partition("/")[0] for name in report.unchecked)
        listed = ", ".join(f"{kind} \u00d7{number}" for kind, number in sorted(kinds.items()))
        canvas.line((f"Not checked yet: {listed}.", "doubt"))
        if look.detail == "verbose":
            for name in report.unchecked:
                canvas.line((f"- {name}", "dim"), indent=2)


def _put_summary(canvas: Canvas, report: Report) -> None:
    canvas.blank()
    if report.interrupted:
        canvas.line(("Interrupted: the answers above are partial.", "doubt"))
    if not report.results:
        nothing = "Nothing was checked: the input holds no Deployment or ReplicaSet."
        canvas.line((nothing, "doubt"))
        return
    counts = Counter(result.verdict.outcome for result in report.results)
    listed = ", ".join(f"{counts[key]} {text}" for key, text in _COUNTED.items() if counts[key])
    worst: Style = "bad" if counts["violated"] else "doubt" if counts["unknown"] else "good"
    total = _plural(len(report.results), "check")
    canvas.line((f"{total}: {listed}", worst), (f" ({duration(report.seconds)})", "dim"))


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {many or one + 's'}"
