"""The verdicts as text: a block for each subject, a row for each different answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from checker.verdict import Verdict, left_out
from counterexamples.render.contract import Look
from counterexamples.render.paint import Canvas, Piece, safe
from model.words import listed

if TYPE_CHECKING:
    from checker.report import Report, Result
    from model.suppression import Suppression

_MARKS: dict[str, Piece] = {
    "proved": ("✓", "good"),
    "holds": ("✓", "good"),
    "violated": ("✗", "bad"),
    "unknown": ("?", "doubt"),
}

#: What is said of an invariant that is not proved and whose severity is a warning.
TOLD_ONLY = "severity warning: does not count for the exit code"

_COUNTED = {
    "proved": "proved",
    "holds": "held up to a bound",
    "violated": "violated",
    "unknown": "unknown",
    "suppressed": "suppressed",
}


@dataclass
class Block:
    """Results of one subject, and the scenarios that they come from."""

    subject: str
    scenarios: tuple[str, ...]
    results: Sequence[Result]


def blocks_of(results: Sequence[Result]) -> list[Block]:
    """One block for each subject, in order of appearance."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.subject, []).append(result)
    return [
        Block(subject, tuple(dict.fromkeys(r.scenario for r in own)), own)
        for subject, own in found.items()
    ]


def put_block(canvas: Canvas, block: Block, look: Look) -> None:
    """Write the subject, its scenarios, and its verdicts: all that are equal in one row."""
    shown = block.results
    if look.detail == "quiet":
        shown = [r for r in shown if r.verdict.outcome in ("violated", "unknown")]
        shown = [r for r in shown if r.suppressed is None]
    if not shown:
        return
    if look.detail == "verbose":
        for _, own in groupby(shown, key=lambda result: id(result.instance)):
            _put_instance(canvas, list(own), look)
        return
    if all(r.verdict.outcome in ("proved", "holds") and r.suppressed is None for r in shown):
        _put_line(canvas, block, look)
        return
    if look.detail == "normal" and (like := _like(shown)):
        _put_likeness(canvas, block, like)
        return
    canvas.blank()
    _put_title(canvas, block.subject, block.scenarios, f"({effort(shown)})")
    rows: dict[str, dict[tuple[str, Suppression | None, str], list[Result]]] = {}
    for result in shown:
        answers = rows.setdefault(result.claim.name, {})
        told = (answer(result.verdict), result.suppressed, result.verdict.engine)
        answers.setdefault(told, []).append(result)
    width = max(len(safe(name)) for name in rows)
    several = len({result.verdict.engine for result in shown}) > 1
    above = ""
    for answers in rows.values():
        for (_, _, engine), same in answers.items():
            scenarios = tuple(dict.fromkeys(result.scenario for result in same))
            notes = [engine] if several else []
            if scenarios != block.scenarios:
                notes.append(", ".join(scenarios))
            dim = f"({': '.join(notes)})" if notes else ""
            reason = same[0].verdict.reason
            _put_row(canvas, same[0], width, dim, look, told=reason == above)
            above = reason
    _put_silent(canvas, shown)
    canvas.blank()


def _put_line(canvas: Canvas, block: Block, look: Look) -> None:
    """Write a block in which all is well: how many properties are proved, what merely holds."""
    answers: dict[str, dict[str, None]] = {}
    for result in block.results:
        answers.setdefault(answer(result.verdict), {})[result.claim.name] = None
    told = [
        f"{len(names)} proved" if said == "proved" else f"{listed(names)} {said}"
        for said, names in sorted(answers.items(), key=lambda each: each[0] != "proved")
    ]
    # What was checked elsewhere counts there, and most is explored: only what differs is said.
    own = any(result.shared is None for result in block.results)
    spent = effort(block.results).removeprefix("explicit, ") if own else ""
    canvas.line(
        ("✓ ", "good"),
        (block.subject, "bold"),
        (f" · {_several(block.scenarios)}: ", ""),
        ("; ".join(told), "good"),
        (f"  ({spent})" if spent else "", "dim"),
        hang=min(4, look.width // 2),
    )
    _put_silent(canvas, block.results)


def _like(results: Sequence[Result]) -> str:
    """The one other subject whose verdicts all of these are; empty if there is none."""
    if any(r.shared is None or r.suppressed or r.verdict.omitted for r in results):
        return ""
    subjects = {result.shared.subject for result in results if result.shared}
    return subjects.pop() if len(subjects) == 1 else ""


def _put_likeness(canvas: Canvas, block: Block, like: str) -> None:
    """Write a block whose verdicts are another's in one line."""
    counts = Counter[str](result.verdict.outcome for result in block.results)
    worst = next(key for key in ("violated", "unknown", "holds", "proved") if counts[key])
    told = [f"{counts[key]} {text}" for key, text in _COUNTED.items() if counts[key]]
    mark, style = _MARKS[worst]
    canvas.line(
        (f"{mark} ", style),
        (block.subject, "bold"),
        (f" · {_several(block.scenarios)}: {', '.join(told)}, as {like}", ""),
        hang=4,
    )


def _several(scenarios: Sequence[str]) -> str:
    """The names of scenarios, or their number where they are many."""
    return listed(scenarios) if len(scenarios) < 3 else plural(len(scenarios), "scenario")


def _put_silent(canvas: Canvas, results: Sequence[Result]) -> None:
    silent = _silent(results)
    if silent:
        canvas.line((f"never acts in any covered run: {', '.join(silent)}", "dim"), indent=2)


def _silent(results: Sequence[Result]) -> list[str]:
    """Actors of whom every covered run of every scenario is free, if they are half of all: then
    little of what the properties are about ever happened. One or two have nothing to do in many a
    scenario; --verbose lists what they never do."""
    acts: dict[str, bool] = {}
    for result in results:
        idle = result.verdict.idle
        if idle is None or result.verdict.outcome not in ("proved", "holds"):
            continue
        for action in result.instance.system.actions:
            acts[action.actor] = acts.get(action.actor, False) or repr(action) not in idle
    silent = [actor for actor, active in acts.items() if not active]
    return silent if 2 * len(silent) >= len(acts) else []


def _put_instance(canvas: Canvas, results: Sequence[Result], look: Look) -> None:
    """The block of one instance, with everything that is known about each verdict."""
    first = results[0]
    canvas.blank()
    _put_title(canvas, first.subject, (first.scenario,), "")
    if first.shared is not None:
        same = f"same system as {first.shared.subject}, {first.shared.scenario.name}: checked once"
        canvas.line((same, "dim"), indent=2)
    width = max(len(safe(result.claim.name)) for result in results)
    for result in results:
        took = "" if first.shared is not None else f"({effort([result])})"
        _put_row(canvas, result, width, took, look)
    for idle in dict.fromkeys(result.verdict.idle or () for result in results):
        if idle:
            canvas.line((f"no covered run has: {', '.join(idle)}", "dim"), indent=2)
    for reductions in dict.fromkeys(result.verdict.reductions for result in results):
        if reductions:
            canvas.line((f"reduced before the search: {'; '.join(reductions)}", "dim"), indent=2)


def _put_title(canvas: Canvas, subject: str, scenarios: Sequence[str], dim: str) -> None:
    names = f" · {', '.join(scenarios)}"
    canvas.line((subject, "bold"), (names, ""), ("  " if dim else "", ""), (dim, "dim"))


def _put_row(
    canvas: Canvas, result: Result, width: int, dim: str, look: Look, *, told: bool = False
) -> None:
    """`told`: whether the row above gives the same reason."""
    said = answer(result.verdict)
    if told and result.verdict.omitted and result.verdict.outcome == "unknown":
        said = "unknown for the same reason"
    mark, style = _MARKS[result.verdict.outcome]
    if result.suppressed is not None:
        style = "dim"
    canvas.line(
        (f"{mark} ", style),
        (safe(result.claim.name).ljust(width) + "  ", ""),
        (said, style),
        ("  " if dim else "", ""),
        (dim, "dim"),
        indent=2,
        hang=min(width + 4, look.width // 2),
    )
    if result.suppressed is not None:
        canvas.line((suppressed_by(result.suppressed), "dim"), indent=6)
    elif result.severity == "warning" and result.verdict.outcome in ("violated", "unknown"):
        canvas.line((TOLD_ONLY, "dim"), indent=6)


def suppressed_by(suppression: Suppression) -> str:
    """`suppressed by web.yaml:7: see issue 12 (until 2027-01-31)`."""
    place = f"{suppression.source.file}:{suppression.source.line}"
    until = f" (until {suppression.until})" if suppression.until else ""
    return f"suppressed by {place}: {suppression.reason}{until}"


def tally(report: Report) -> list[str]:
    """How many results have which outcome, in words; those that are suppressed are one number."""
    counts = report.counts
    return [f"{counts[key]} {text}" for key, text in _COUNTED.items() if counts[key]]


def answer(verdict: Verdict) -> str:
    """The verdict with its bound or reason: "holds within the bounds: at most 2 etcd terms"."""
    words: str = verdict.outcome
    if verdict.outcome == "violated":
        steps = verdict.trace and plural(len(verdict.trace.steps), "step")
        words = f"violated after {steps}" if steps else "violated: never reached"
    elif verdict.outcome == "holds":
        words = f"holds {_bound(verdict)}".rstrip()
    left_out = leaving_out((verdict,))
    words += f", {left_out}" if left_out else ""
    if verdict.vacuous and verdict.outcome == "unknown":
        return verdict.reason
    return f"{words}: {verdict.reason}" if verdict.reason else words


def leaving_out(verdicts: Iterable[Verdict]) -> str:
    """What answers leave out because the user accepts it: "leaving out pod-affinity"; or ""."""
    names = dict.fromkeys(name for verdict in verdicts for name in left_out(verdict))
    return f"leaving out {', '.join(names)}" if names else ""


def _bound(verdict: Verdict) -> str:
    """How far a `holds` reaches; empty if what limits it is only in its reason."""
    extent = verdict.extent
    parts: list[str] = []
    if extent is not None and extent.depth is not None:
        parts.append(f"up to {plural(extent.depth, 'step')}")
    if extent is not None and extent.limits:
        parts.append(f"within the bounds: {'; '.join(extent.limits)}")
    return ", ".join(parts)


def effort(results: Sequence[Result]) -> str:
    """Engines, states and time behind some results; what was checked elsewhere counts there."""
    own = [result for result in results if result.shared is None]
    if not own:
        assert results[0].shared is not None
        return f"as {results[0].shared.subject}"
    parts = [" and ".join(dict.fromkeys(result.verdict.engine for result in own))]
    states: list[int] = []
    seconds = 0.0
    for _, group in groupby(own, key=lambda result: id(result.instance)):
        # The properties of an instance are answered by one search.
        verdicts = [result.verdict for result in group]
        seconds += max(verdict.seconds for verdict in verdicts)
        states.append(max(verdict.states or 0 for verdict in verdicts))
    if any(states):
        parts.append(plural(sum(states), "state"))
    return ", ".join((*parts, duration(seconds)))


def duration(seconds: float) -> str:
    """`0.04 s`, `12 s`, `3 min 20 s`."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 step`, `5,024 steps`."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {many or one + 's'}"
