"""The main job from end to end: run, then write the report wherever it is wanted."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from checker.budget import Budget
from checker.exits import MISTAKE
from checker.report import Report
from checker.run import Options, run
from checker.terminal import Color, Detail, Progress, abandon, interruptible, look
from counterexamples.render import renderer
from counterexamples.render.contract import Look


@dataclass(frozen=True)
class Output:
    """Where the report goes: one format to standard output, others to files."""

    format: str = "text"
    #: (format, path) of every file.
    files: tuple[tuple[str, str], ...] = ()
    color: Color = "auto"
    detail: Detail = "normal"
    #: The folder for certificates of proofs.
    certificates: str | None = None
    #: The folder for traces of violations.
    traces: str | None = None


def perform(paths: Sequence[str], options: Options, budget: Budget, output: Output) -> int:
    """Check the paths, write the report, and return the exit code."""
    progress = Progress(sys.stderr)
    budget.progress = progress
    texts: dict[str, str] = {}
    stdin = _read_stdin(texts) if "-" in paths else None
    try:
        with interruptible(budget):
            report = run(paths, options, budget, stdin)
    finally:
        progress.clear()
    texts |= report.rendered
    code = write(report, output, texts)
    if options.new_baseline is not None and not _accepted(report, options.new_baseline):
        code = MISTAKE
    if output.traces is not None and not _traced(report, output.traces, texts):
        code = MISTAKE
    if output.certificates is None or _certified(
        report, output.certificates, paths, options, texts
    ):
        return code
    return MISTAKE


def _accepted(report: Report, path: str) -> bool:
    """Write the baseline, unless the input was wrong, and say so; whether it could be written."""
    from checker.baseline import keep

    if report.baseline is None:
        return True
    try:
        sys.stderr.write(f"{keep(path, report.baseline)}\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        sys.stderr.write(f"{path}: cannot be written: {reason or error}\n")
        return False
    return True


def _certified(
    report: Report, folder: str, paths: Sequence[str], options: Options, texts: Mapping[str, str]
) -> bool:
    """Write the certificates, and say so; whether the folder could be written."""
    from checker.certificates import keep

    try:
        count = keep(folder, report, paths, options.nodes, texts)
    except OSError as error:
        sys.stderr.write(f"{folder}: cannot be written: {error.strerror or error}\n")
        return False
    if not count:
        sys.stderr.write("no proof has a certificate; --engine induction looks for such proofs\n")
    return True


def _traced(report: Report, folder: str, texts: Mapping[str, str]) -> bool:
    """Write the traces; whether the folder could be written."""
    import json
    from pathlib import Path

    from counterexamples.trace import documents

    found = documents(report, texts)
    try:
        if found:
            Path(folder).mkdir(parents=True, exist_ok=True)
        for name, document in found.items():
            text = json.dumps(document, indent=1) + "\n"
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        sys.stderr.write(f"{folder}: cannot be written: {reason or error}\n")
        return False
    return True


def _read_stdin(texts: dict[str, str]) -> TextIO:
    """Standard input for the loader, its text kept for excerpts: it cannot be read twice."""
    from model.load.files import MAX_BYTES, STDIN

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    texts[STDIN] = data.decode("utf-8", "replace")
    return io.TextIOWrapper(io.BytesIO(data), "utf-8")


def _bundle(report: Report, texts: Mapping[str, str]) -> str:
    """Keep what whoever mends a disagreement needs, and say in a sentence where."""
    from checker.disagreement import keep

    names = ", ".join(dict.fromkeys(result.claim.name for result in report.conflicts))
    said = f"engines contradict each other about {names}: a mistake of this program; "
    try:
        return said + f"please report it with the folder {keep(report, texts)}\n"
    except OSError as error:
        reason = error.strerror or error
        return said + f"what to report with it cannot be written here: {reason}\n"


def _summarised(report: Report, texts: Mapping[str, str]) -> bool:
    """Append the report to the summary of a step of GitHub Actions, which names its file where
    there is one; whether that could be done."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return True
    from counterexamples.render.markdown import SUMMARY, document

    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            # GitHub drops a summary that is too long as a whole, with what others wrote.
            room = SUMMARY - file.tell()
            file.write(document(report, Look(texts=texts), room) if room >= 2000 else "")
    except OSError as error:
        sys.stderr.write(f"{path}: cannot be written: {error.strerror or error}\n")
        return False
    return True


def write(report: Report, output: Output, texts: Mapping[str, str]) -> int:
    """Write the report to the files and then to standard output; return the exit code.

    Text about wrong input goes to standard error: standard output stays for results.
    """
    code = report.exit
    for format, path in output.files:
        content = renderer(format)(report, Look(detail=output.detail, texts=texts))
        try:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(content)
        except OSError as error:
            sys.stderr.write(f"{path}: cannot be written: {error.strerror or error}\n")
            code = MISTAKE
    if "github" in (output.format, *(format for format, _ in output.files)):
        code = code if _summarised(report, texts) else MISTAKE
    if report.conflicts:
        sys.stderr.write(_bundle(report, texts))
    stream = sys.stderr if output.format == "text" and code == MISTAKE else sys.stdout
    appearance = look(stream, output.color, output.detail, texts)
    content = renderer(output.format)(report, appearance)
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        abandon(stream.fileno())
    except OSError as error:
        abandon(stream.fileno())
        sys.stderr.write(f"the report cannot be written: {error.strerror or error}\n")
        code = MISTAKE
    return code
