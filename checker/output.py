"""The main job from end to end: run, then write the report wherever it is wanted."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from checker.budget import Budget
from checker.exits import MISTAKE, UNDECIDED
from checker.keeping import keep, unwritten
from checker.report import Report
from checker.run import Options, cut_short, run
from checker.terminal import Color, Detail, Progress, abandon, interruptible, look, say
from checker.watchdog import Overrun, watched
from counterexamples.render import renderer
from counterexamples.render.contract import Look

#: Seconds that it may take to make one report. Writing it takes as long as its reader.
_RENDERING = 20.0


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
    with interruptible(budget):
        try:
            report = replace(
                _checked(paths, options, budget, texts),
                allow_empty=options.allow_empty,
                fail_on=options.fail_on,
            )
        finally:
            progress.clear()
        try:
            return _written(report, paths, options, output, texts)
        except Overrun:
            say(f"the report could not be made in {_RENDERING:g} seconds\n")
            return UNDECIDED


def _checked(
    paths: Sequence[str], options: Options, budget: Budget, texts: dict[str, str]
) -> Report:
    try:
        with watched(budget, grace=0.0):
            stdin = _read_stdin(texts) if "-" in paths else None
    except Overrun as overrun:
        return cut_short(paths, budget, str(overrun), "standard input was read")
    report = run(paths, options, budget, stdin)
    texts |= report.rendered
    return report


def _written(
    report: Report,
    paths: Sequence[str],
    options: Options,
    output: Output,
    texts: Mapping[str, str],
) -> int:
    """Write everything that is wanted; the exit code. Raises Overrun."""
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
    from checker.baseline import keep_baseline

    if report.baseline is None:
        return True
    try:
        say(f"{keep_baseline(path, report.baseline)}\n")
    except (OSError, ValueError) as error:
        say(unwritten(path, error))
        return False
    return True


def _certified(
    report: Report, folder: str, paths: Sequence[str], options: Options, texts: Mapping[str, str]
) -> bool:
    """Write the certificates, and say so; whether the folder could be written."""
    from checker.certificates import keep_all

    try:
        count = keep_all(folder, report, paths, options.nodes, texts)
    except (OSError, ValueError) as error:
        say(unwritten(folder, error))
        return False
    if not count:
        how = "" if options.engine == "induction" else "; --engine induction looks for such proofs"
        say(f"no proof has a certificate{how}\n")
    return True


def _traced(report: Report, folder: str, texts: Mapping[str, str]) -> bool:
    """Write the traces; whether the folder could be written."""
    import json

    from counterexamples.trace import documents

    found = documents(report, texts)
    try:
        if found:
            os.makedirs(folder, exist_ok=True)
        for name, document in found.items():
            keep(os.path.join(folder, name), json.dumps(document, indent=1) + "\n")
    except (OSError, ValueError) as error:
        say(unwritten(folder, error))
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
        say(unwritten(path, error))
        return False
    return True


def write(report: Report, output: Output, texts: Mapping[str, str]) -> int:
    """Write the report to the files and then to standard output; return the exit code.

    Text about wrong input goes to standard error: standard output stays for results. Raises
    Overrun where a report cannot be made in time.
    """
    code = report.exit
    for format, path in output.files:
        content = _rendered(format, report, Look(detail=output.detail, texts=texts))
        try:
            keep(path, content)
        except (OSError, ValueError) as error:
            say(unwritten(path, error))
            code = MISTAKE
    if "github" in (output.format, *(format for format, _ in output.files)):
        code = code if _summarised(report, texts) else MISTAKE
    if report.conflicts:
        say(_bundle(report, texts))
    stream = sys.stderr if output.format == "text" and code == MISTAKE else sys.stdout
    appearance = look(stream, output.color, output.detail, texts)
    content = _rendered(output.format, report, appearance)
    try:
        if output.format != "text" and isinstance(stream, io.TextIOWrapper):
            # Documents say themselves that they are UTF-8; a terminal's encoding is for people.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        abandon(stream)
    except OSError as error:
        abandon(stream)
        say(f"the report cannot be written: {error.strerror or error}\n")
        code = MISTAKE
    return code


def _rendered(format: str, report: Report, appearance: Look) -> str:
    with watched(Budget(_RENDERING), grace=0.0):
        return renderer(format)(report, appearance)
