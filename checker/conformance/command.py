"""`check conformance DIR`: how far the model agrees with what real code answered.

What is compared follows from what is in the folder: vectors (`*.jsonl`, `*.jsonl.gz`), and the
scripted scenarios of a checkout of etcd-io/raft.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from checker.conformance import ADAPTERS, raft, vectors
from checker.conformance.contract import Outcome, Vector, unsupported
from checker.conformance.tally import Component, Disagreement, Tally
from checker.exits import MISTAKE, PASSED, UNDECIDED, VIOLATED
from checker.terminal import Progress
from counterexamples.render.paint import safe
from model.etcd.scenarios import Malformed

#: What an adapter may meet in a line that has not the form of its kind.
_SHAPELESS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
#: Characters of an input or an answer that are shown unless everything is asked for.
_SHOWN = 200


@click.command(name="conformance", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="What to write to standard output.",
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Show every disagreement, whole, and all reasons."
)
@click.pass_context
def conformance(ctx: click.Context, folder: Path, format_: str, verbose: bool) -> None:
    """Compare the model with what real code answered, as recorded in FOLDER.

    FOLDER holds vectors (*.jsonl or *.jsonl.gz, one {kind, seed, family, input, output} a line),
    or is a checkout of etcd-io/raft with its scripted scenarios. Each line counts for every
    component that it asks, as agree, disagree or unsupported: what the model does not do.

    Exits with 1 if anything disagrees, 2 if a file or line cannot be read, 3 if interrupted.
    """
    files = vectors.files(folder)
    scenarios = raft.files(folder)
    if not files and not scenarios:
        kinds = ", ".join(f"*{suffix}" for suffix in vectors.SUFFIXES)
        scripted = " or ".join(f"{name}/*.txt" for name in raft.FOLDERS)
        click.echo(
            f"error: nothing to compare in {folder}: expected vectors ({kinds}), "
            f"or etcd-io/raft's {scripted}",
            err=True,
        )
        ctx.exit(MISTAKE)
    tally, progress = Tally(keep_all=verbose), Progress(sys.stderr)
    with _interruptible(tally):
        _scenarios(scenarios, folder, tally)
        _vectors(files, folder, tally, progress)
    progress.clear()
    for problem in tally.unreadable:
        click.echo(f"error: {safe(problem)}", err=True)
    click.echo(as_json(tally) if format_ == "json" else "\n".join(as_text(tally, verbose)))
    ctx.exit(_code(tally))


def _code(tally: Tally) -> int:
    if tally.disagrees:
        return VIOLATED
    if tally.unreadable:
        return MISTAKE
    return UNDECIDED if tally.interrupted else PASSED


@contextmanager
def _interruptible(tally: Tally) -> Iterator[None]:
    """Within it Ctrl-C or SIGTERM ends the comparison after the line at hand, a second one all."""

    def stop(_number: int, _frame: object) -> None:
        if tally.interrupted:
            raise KeyboardInterrupt
        tally.interrupted = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _scenarios(files: list[Path], folder: Path, tally: Tally) -> None:
    for path in files:
        name = path.relative_to(folder)
        try:
            outcomes = raft.outcomes(path)
        except (Malformed, OSError, UnicodeDecodeError) as problem:
            tally.unreadable.append(f"{name}: {problem}")
            continue
        for found in outcomes:
            if tally.interrupted:
                return
            tally.lines += 1
            verdict = Outcome("agree" if found.agrees else "disagree")
            kept = tally.add(raft.component(path), verdict)
            if kept is not None:
                case = found.case
                place, asked = f"{name}:{case.line}", f"{case.command} {case.input}".strip()
                kept.disagreements.append(
                    Disagreement(place, None, "", asked, case.expected, found.found)
                )


def _vectors(files: list[Path], folder: Path, tally: Tally, progress: Progress) -> None:
    for path in files:
        name = path.relative_to(folder)
        for number, found in vectors.read(path):
            if tally.interrupted:
                return
            place = f"{name}:{number}"
            progress(f"{place}: {tally.lines:,} lines compared")
            if isinstance(found, vectors.Unreadable):
                tally.unreadable.append(f"{place}: {found.problem}")
                continue
            try:
                outcomes = _judged(found)
            except _SHAPELESS as problem:
                what = f"not a vector of kind `{found.kind}`: {type(problem).__name__}: {problem}"
                tally.unreadable.append(f"{place}: {what}")
                continue
            tally.lines += 1
            for component, outcome in outcomes.items():
                kept = tally.add(component, outcome)
                if kept is not None:
                    kept.disagreements.append(_disagreement(place, found, outcome))


def _judged(vector: Vector) -> dict[str, Outcome]:
    adapter = ADAPTERS.get(vector.kind)
    if adapter is None:
        return {f"kind {vector.kind}": unsupported("nothing answers vectors of this kind")}
    return dict(adapter(vector))


def _disagreement(place: str, vector: Vector, outcome: Outcome) -> Disagreement:
    asked = json.dumps(vector.input, ensure_ascii=False)
    expected, got = _plain(outcome.expected), _plain(outcome.got)
    return Disagreement(place, vector.seed, vector.family, asked, expected, got)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def as_json(tally: Tally) -> str:
    """The counts as a document: `components` with `name`, `agree`, `disagree`, `unsupported`."""
    document = {
        "components": [
            {
                "name": found.name,
                "agree": found.agree,
                "disagree": found.disagree,
                "unsupported": found.unsupported,
                "reasons": dict(sorted(found.reasons.items())),
                "disagreements": [vars(each) for each in found.disagreements],
            }
            for found in tally.components
        ],
        "lines": tally.lines,
        "unreadable": tally.unreadable,
        "interrupted": tally.interrupted,
    }
    return json.dumps(document, indent=2)


def as_text(tally: Tally, verbose: bool) -> Iterator[str]:
    """A table of the counts, why lines are unsupported, and disagreements."""
    components = tally.components
    width = max((len(safe(found.name)) for found in components), default=9)
    yield f"{'component':{width}}  {'agree':>8}  {'disagree':>8}  {'unsupported':>11}"
    for found in components:
        counts = f"{found.agree:>8,}  {found.disagree:>8,}  {found.unsupported:>11,}"
        yield f"{safe(found.name):{width}}  {counts}"
    for found in components:
        if found.reasons and (verbose or found.agree or found.disagree):
            yield ""
            yield f"{safe(found.name)}: unsupported are"
            for reason, number in found.reasons.most_common():
                yield f"  {number:,}: {safe(reason)}"
    for found in components:
        yield from _shown(found, verbose)
    yield ""
    agreeing = sum(found.agree for found in components)
    answers = agreeing + sum(found.disagree for found in components)
    stopped = "interrupted after " if tally.interrupted else ""
    yield f"{stopped}{tally.lines:,} lines: {agreeing:,} of {answers:,} answers agree"


def _shown(found: Component, verbose: bool) -> Iterator[str]:
    for each in found.disagreements:
        seed = "" if each.seed is None else f", seed {each.seed}"
        family = f", {safe(each.family)}" if each.family else ""
        yield ""
        yield f"{safe(each.place)}: {safe(found.name)} disagrees{family}{seed}"
        for label, text in (
            ("input", each.input),
            ("expected", each.expected),
            ("the model says", each.got),
        ):
            yield f"  {label}: {safe(text if verbose else _short(text))}"
    if found.disagree > len(found.disagreements):
        yield f"  and {found.disagree - len(found.disagreements):,} more; --verbose shows all"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
