"""The report for people: verdicts, counterexamples, and what they rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterexamples.render.contract import Look
from counterexamples.render.paint import Canvas, Style, safe
from counterexamples.render.verdicts import blocks_of, duration, plural, put_block, tally

if TYPE_CHECKING:
    from checker.report import Report
    from model.load.diagnostics import Diagnostic


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    canvas = Canvas(look)
    for found in report.diagnostics:
        for line in _harmless(found).render().split("\n"):
            canvas.verbatim((line, ""))
    if any(found.severity == "error" for found in report.diagnostics):
        return canvas.text()
    blocks = blocks_of(report.results)
    for block in blocks:
        put_block(canvas, block, look)
    if any(result.counterexample for result in report.results):
        # Most reports tell of no run, and what does costs milliseconds to import.
        from counterexamples.render.examples import put_examples

        for block in blocks:
            put_examples(canvas, block, report, look)
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


def _put_basis(canvas: Canvas, report: Report, look: Look) -> None:
    """What the verdicts rest on and what they do not speak of."""
    assumptions = list(dict.fromkeys(a for r in report.results for a in r.assumptions))
    omissions = list(dict.fromkeys(o for r in report.results for o in r.omissions))
    if report.together:
        canvas.blank()
        canvas.line(("Checked together:", "bold"))
        for sentence in report.together:
            canvas.line((f"- {sentence}", ""), indent=2)
    if assumptions:
        canvas.blank()
        canvas.line(("Assumed:", "bold"))
        for sentence in assumptions:
            canvas.line((f"- {sentence}", ""), indent=2)
    _put_omitted(canvas, report)
    if omissions and look.detail == "verbose":
        canvas.blank()
        canvas.line(("Left out of the model:", "bold"))
        for sentence in omissions:
            canvas.line((f"- {sentence}", ""), indent=2)
    elif omissions:
        canvas.blank()
        count = plural(len(omissions), "thing is", "things are")
        canvas.line((f"{count} left out of the model; --verbose lists them.", "dim"))
    if look.detail == "verbose":
        skipped = [f"{each.path}: {each.what}" for each in report.skipped]
        for title, listed in (("Not checked yet", report.unchecked), ("Skipped", skipped)):
            if listed:
                canvas.blank()
                canvas.line((f"{title}:", "bold"))
            for name in listed:
                canvas.line((f"- {name}", ""), indent=2)


def _put_omitted(canvas: Canvas, report: Report) -> None:
    """What is asked for here and left out, and how to have answers all the same."""
    told = {use.name: use.text for result in report.results for use in result.unmodelled}
    if not told:
        return
    canvas.blank()
    canvas.line(("Not modelled, though these manifests ask for it:", "bold"))
    for name, text in told.items():
        canvas.line((f"- {name}: {text}", ""), indent=2)
    advice = f"--allow-omitted={next(iter(told))} (or spec.accept) gives the model's answer."
    canvas.line((advice, "dim"))


def _put_summary(canvas: Canvas, report: Report) -> None:
    canvas.blank()
    if report.interrupted:
        canvas.line(("Interrupted: the answers above are partial.", "doubt"))
    if not report.results:
        canvas.line(("Nothing was checked.", "doubt"))
        return
    counts = report.counts
    listed = ", ".join(tally(report))
    worst: Style = "bad" if counts["violated"] else "doubt" if counts["unknown"] else "good"
    total = plural(len(report.results), "check")
    canvas.line((f"{total}: {listed}", worst), (f" ({duration(report.seconds)})", "dim"))
