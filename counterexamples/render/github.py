"""Workflow commands of GitHub Actions: annotations on the lines of a pull request.

A step shows ten annotations of a kind, and cuts messages at 4,096 characters: the tenth names how
many more there are, and these follow in the log only. Every line is a command, with everything
from the input escaped inside, so that no name can be a command of its own.

Follows actions/runner, `src/Runner.Common/ActionCommand.cs` (escapes) and
`src/Runner.Worker/ExecutionContext.cs` (length), and actions/toolkit, `docs/problem-matchers.md`
(number). Files are named as from the working folder, which
has to be the root of the repository for the lines to be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterexamples.render.contract import Look
from counterexamples.render.endings import ending
from counterexamples.render.findings import Finding, findings, fixes, is_violation, relative
from counterexamples.render.findings import summary as in_one_line
from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from checker.report import Report

#: Annotations of one kind that a step shows.
MOST = 10
#: Characters of a message that are shown.
LONGEST = 4096

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, look: Look) -> str:  # noqa: ARG001 - GitHub draws excerpts itself
    """See `contract.Renderer`."""
    lines: list[str] = []
    found = findings(report)
    for severity, command in _COMMANDS.items():
        own = [finding for finding in found if finding.severity == severity]
        # The last notice is the summary.
        room = MOST - (severity == "note")
        shown = own if len(own) <= room else own[: room - 1]
        lines += [_annotation(command, finding, report) for finding in shown]
        if len(shown) < len(own):
            more = f"{len(own) - len(shown)} more follow in the log: a step shows {MOST} of a kind"
            lines.append(f"::{command} title=planecheck::{_data(more)}")
            lines += [_annotation(command, finding, report) for finding in own[len(shown) :]]
    lines.append(f"::notice title=planecheck::{_data(in_one_line(report))}")
    return "".join(f"{line}\n" for line in lines)


def _annotation(command: str, finding: Finding, report: Report) -> str:
    properties = {}
    if finding.source is not None:
        properties["file"] = relative(finding.source.file)
        properties["line"] = str(finding.source.line)
        properties["col"] = str(finding.source.column)
    properties["title"] = finding.rule
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {listed}::{_data(_message(finding, report))}"


def _message(finding: Finding, report: Report) -> str:
    lines = [finding.title]
    result = finding.result
    last: list[str] = []
    if result is not None and is_violation(finding):
        last = [f"Reproduce: {safe(report.reproduce(result))}"]
        if finding.likewise:
            lines.append(safe(f"Likewise: {', '.join(finding.likewise)}"))
        if result.counterexample:
            example = result.counterexample
            lines += [f"- {safe(remark)}" for remark in example.remarks]
            lines += fixes(finding)
            lines += [f"{m.index}. {safe(m.actor)}: {safe(m.text)}" for m in example.moves]
            lines += [ending(example.loop, len(example.moves))]
    room = LONGEST - sum(len(line) + 1 for line in last) - 2
    kept: list[str] = []
    for line in filter(None, lines):
        if len(line) >= room:
            kept.append("…")
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join([*kept, *last])[:LONGEST]


def _data(text: str) -> str:
    """The text as a command's message: the runner takes `%25`, `%0D` and `%0A` back."""
    lines = text.split("\n")
    return "%0A".join(safe(line).replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return safe(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
