"""One counterexample as text: what is violated, how it comes about, and which line matters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from counterexamples.change import Change
from counterexamples.excerpt import absent, label, source_line, window
from counterexamples.explain import Counterexample, Move, Place
from counterexamples.render.beliefs import believed, show, takes
from counterexamples.render.contract import Look
from counterexamples.render.diagnosis import preference, put_diagnosis, steps
from counterexamples.render.endings import ending, quarrels
from counterexamples.render.paint import Canvas, safe
from counterexamples.render.rows import Row, rows

if TYPE_CHECKING:
    from checker.report import Result

#: Fields pointed at; the first ones are the most telling.
_MAX_PLACES = 2


def put_heading(canvas: Canvas, result: Result, likewise: Sequence[str]) -> None:
    """Write what is violated and where. `likewise` names other scenarios of the same violation."""
    canvas.blank()
    claim = result.claim.text.rstrip(".")
    says = f" The rule: {claim}." if claim else ""
    canvas.line(("✗ ", "bad"), (f"{result.claim.name} is violated.", "bad"), (says, "bold"))
    also = f" (and likewise: {', '.join(likewise)})" if likewise else ""
    canvas.line((f"{result.subject} · {result.scenario}{also}", "dim"), indent=2)
    canvas.blank()


def put_example(
    canvas: Canvas, example: Counterexample, look: Look, scenario: str = "", before: str = ""
) -> None:
    """Write the lines that matter, how it comes about, what the end says, and what repairs it.
    `before` is the property of which the same was told of the pending pod already."""
    for place in example.places[:_MAX_PLACES]:
        _put_place(canvas, place, look)
        canvas.blank()
    if example.configuration:
        listed = ", ".join(f"{name} {value}" for name, value in example.configuration.items())
        canvas.line((f"With {listed}:", "bold"), indent=2)
    if example.placement:
        canvas.line(("At the start: ", "bold"), (f"{example.placement}.", ""), indent=2)
    _put_moves(canvas, example, look)
    beliefs = believed(example) if look.detail != "verbose" else []
    if beliefs:
        canvas.blank()
        canvas.line(("What was believed, and was not so:", "bold"), indent=2)
        for sentence in beliefs:
            canvas.line((f"- {sentence}", ""), indent=4)
    if example.remarks:
        canvas.blank()
        canvas.line(("In the end:", "bold"), indent=2)
        for remark in example.remarks:
            canvas.line((f"- {remark}", ""), indent=4)
    if example.attempt is not None:
        from counterexamples.render.attempt import put_pending

        canvas.blank()
        put_pending(example.attempt, canvas, before)
    if said := preference(example):
        canvas.blank()
        canvas.line((said, ""), indent=2)
    put_diagnosis(canvas, example, look, scenario)


def put_command(canvas: Canvas, command: str) -> None:
    """Write the command that checks it again, on one line, to be copied."""
    canvas.blank()
    canvas.verbatim(("Reproduce: ", "dim"), (command, ""), indent=2)


def _put_moves(canvas: Canvas, example: Counterexample, look: Look) -> None:
    moves = example.moves
    shown = (
        [Row((move,)) for move in moves] if look.detail == "verbose" else rows(moves, example.loop)
    )
    margin = max((len(row.number) for row in shown), default=0)
    actor = max((len(safe(move.actor)) for move in moves), default=0)
    if not moves:
        canvas.line(("It is so from the start.", ""), indent=2)
    for row in shown:
        _put_row(canvas, row, margin, actor, look)
    if example.loop is not None:
        canvas.line((ending(example.loop, len(moves)), "bold"), indent=2)
    for sentence in quarrels(example):
        canvas.line((sentence, ""), indent=2)


def _put_row(canvas: Canvas, row: Row, margin: int, actor: int, look: Look) -> None:
    """One row of steps; `margin` and `actor` are the widths of its first columns."""
    move, verbose = row.moves[0], look.detail == "verbose"
    hang = margin + 2 + actor + 2
    alone = not verbose and len(row.moves) == 1
    canvas.line(
        (f"{row.number:>{margin}}  ", "dim"),
        (safe(move.actor).ljust(actor) + "  ", "place"),
        (row.text, ""),
        (_beside(move, look.width - 2 - hang - len(safe(row.text))) if alone else "", "dim"),
        indent=2,
        # On a narrow terminal the text keeps at least half of the line.
        hang=hang if 2 * hang < look.width else margin + 2,
    )
    if verbose:
        _put_reasons(canvas, move, 2 + margin + 4)


def _put_reasons(canvas: Canvas, move: Move, indent: int) -> None:
    """Write why a step was possible, and all that it changed."""
    if move.why:
        canvas.line((f"because {move.why}", "dim"), indent=indent)
    if move.needs:
        canvas.line((f"needs {steps(move.needs)}", "dim"), indent=indent)
    for belief in move.believed:
        canvas.line((f"believed {takes(belief)}", "dim"), indent=indent)
    for change in move.changes:
        values = f"{show(change.old)} → {show(change.new)}"
        canvas.line((f"{change.label}: {values}", "dim"), indent=indent)


def _beside(move: Move, room: int) -> str:
    """As many of a step's changes as fit beside its text, words before numbers: not those that it
    tells already, nor numbers in a list, nor flags but for those that are sentences."""
    told: list[str] = []
    for change in sorted(move.changes, key=lambda change: isinstance(change.new, int)):
        if " " in change.label.field:
            said = str(change.label) if change.new is True else ""
        elif isinstance(change.new, bool) or _tells(move.text, change):
            continue
        else:
            name = change.label.field.rpartition(".")[2]
            said = f"{name} {show(change.old)} → {show(change.new)}"
        if said and len(f" ({', '.join([*told, said])})") <= room:
            told.append(said)
    return f" ({', '.join(told)})" if told else ""


def _tells(text: str, change: Change) -> bool:
    """Whether a step's text says what a value changes to, or need not say it. The 1 of `web-1` is
    no number."""
    if isinstance(change.new, int):
        return "[" in str(change.label) or str(change.new) in re.findall(r"(?<![\w.-])\d+", text)
    return show(change.new).lower() in text.lower()


def _put_place(canvas: Canvas, place: Place, look: Look) -> None:
    source = place.source
    line = source_line(source, look.texts)
    told = f"  {place.path}{' (not given)' if absent(place, line) else ''}"
    canvas.line((f"{source.file}:{source.line}", "place"), (told, "dim"), indent=2)
    if line is None:
        return
    number = str(source.line)
    now = f" {said}" if (said := label(place, line)) else ""
    shown, caret = window(line, source.column, max(20, look.width - len(number) - 8))
    # An escaped character is longer than what it stands for, so the caret goes by what is shown.
    before = len(safe(shown[:caret]))
    canvas.verbatim((f"{number} | ", "dim"), (shown, ""), indent=4)
    margin = " " * len(number) + " | "
    if 4 + len(margin) + before + 1 + len(safe(now)) <= look.width:
        canvas.verbatim((margin, "dim"), (" " * before + "^" + now, "bad"), indent=4)
        return
    canvas.verbatim((margin, "dim"), (" " * before + "^", "bad"), indent=4)
    if now:
        canvas.line((f"now{now}", "bad"), indent=4)
