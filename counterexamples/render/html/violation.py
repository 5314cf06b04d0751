"""One violation of the page: its markup for every reader, and its data for the script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from counterexamples.excerpt import source_line
from counterexamples.explain import Change, Counterexample, Move, Place
from counterexamples.render.beliefs import show, takes
from counterexamples.render.contract import Look
from counterexamples.render.diagnosis import remarks, says, steps
from counterexamples.render.endings import ending, quarrels
from counterexamples.render.html.page import text
from counterexamples.render.html.scene import scenes
from counterexamples.render.paint import safe
from counterexamples.render.verdicts import plural
from model.ir.trace import Trace

if TYPE_CHECKING:
    from checker.report import Report, Result

#: What there is to say of a run that just ends.
_BROKEN = "This state breaks the property."
#: Lines of a manifest shown before and after the one that matters.
_AROUND = 2


@dataclass
class Violation:
    """One run, and all results that it is the counterexample of; they are of one property."""

    number: int
    example: Counterexample
    command: str
    look: Look
    results: list[Result] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"violation-{self.number}"

    def data(self) -> dict[str, Any]:
        """What the script draws: steps, where the loop begins, lanes and scenes."""
        result = self.results[0]
        trace = result.verdict.trace
        assert isinstance(trace, Trace)
        assert len(trace.steps) == len(self.example.moves), "the trace is not the one explained"
        boxes, states = scenes(result.instance.system, trace.states)
        return {
            "id": self.anchor,
            "loop": self.example.loop,
            "steps": [self._step(move) for move in self.example.moves],
            "boxes": boxes,
            "states": states,
        }

    def _step(self, move: Move) -> dict[str, Any]:
        start, ends = _lanes(move, self.results[0].subject)
        return {
            "from": safe(start),
            "to": [safe(end) for end in ends],
            "text": safe(move.text),
            "changes": [
                [safe(c.label), safe(show(c.old)), safe(show(c.new))] for c in move.changes
            ],
        }

    def markup(self) -> str:
        """The violation as text; the script fills the empty parts."""
        first, example = self.results[0], self.example
        name, anchor = text(first.claim.name), self.anchor
        claim = first.claim.text.rstrip(".")
        others = list(dict.fromkeys(r.scenario for r in self.results[1:]))
        where = f"{first.subject} · {first.scenario}"
        where += f" (and likewise: {', '.join(others)})" if others else ""
        says = f" It says: {text(claim)}." if claim else ""
        given = ", ".join(f"{key} {value}" for key, value in example.configuration.items())
        remarks = "".join(f"<li>{text(remark)}</li>" for remark in example.remarks)
        steps = "".join(_item(move, example.loop) for move in example.moves)
        goes_on = ending(example.loop, len(example.moves)) or _BROKEN
        return (
            f'<section class="violation" id="{anchor}" aria-labelledby="{anchor}-title">'
            f'<h2 id="{anchor}-title"><span class="violated">✗</span> {name} is violated'
            f" after {plural(len(example.moves), 'step')}.{says}</h2>"
            f"<p>{text(where)}</p>"
            + (f"<p>With {text(given)}.</p>" if given else "")
            + '<div class="stage" hidden></div>'
            + "<h3>Steps</h3>"
            + (f'<ol class="steps">{steps}</ol>' if steps else "<p>It is so from the start.</p>")
            + f'<p class="ending"><b>{text(goes_on)}</b></p>'
            + "".join(f"<p>{text(sentence)}</p>" for sentence in quarrels(example))
            + (f"<h3>In the end</h3><ul>{remarks}</ul>" if remarks else "")
            + _diagnosis(example)
            + _places(example.places, self.look)
            + f'<p>Reproduce: <code class="command">{text(self.command)}</code></p></section>'
        )


def violations(report: Report, look: Look) -> list[Violation]:
    """The violations that have a run, in the order of the report."""
    found: list[Violation] = []
    for result in report.results:
        example = result.counterexample
        if result.verdict.outcome != "violated" or example is None:
            continue
        for known in found:
            first = known.results[0]
            same = (first.claim.name, first.subject) == (result.claim.name, result.subject)
            if same and _run(known.example) == _run(example):
                known.results.append(result)
                break
        else:
            command = report.reproduce(result)
            found.append(Violation(len(found) + 1, example, command, look, [result]))
    return found


def _run(example: Counterexample) -> object:
    return example.moves, example.loop, example.configuration, example.remarks, example.places


def _lanes(move: Move, subject: str) -> tuple[str, list[str]]:
    """Who acts in a step, and on what.

    In the control plane an actor stands for several members, and the one that the step's text
    begins with acts, on those others that the text names and that change. Elsewhere it acts on the
    kinds of objects that change.
    """
    words = move.text.split() if subject.startswith("ControlPlane/") else []
    named = [name for name in move.parameters.values() if name in words]
    first = next((name for name in named if words[0] == name), None)
    if first is not None:
        changed = {_object(change).rpartition("/")[2] for change in move.changes}
        return first, [name for name in dict.fromkeys(named) if name != first and name in changed]
    objects = [_object(change) for change in move.changes]
    kinds = [label.partition("/")[0] for label in objects if "/" in label]
    return move.actor, list(dict.fromkeys(kind for kind in kinds if kind != move.actor))


def _object(change: Change) -> str:
    """The object of a label: "Pod/web-1.spec.nodeName" is of "Pod/web-1"."""
    start = change.label.find("/") + 1
    ends = [end for mark in ".[" if (end := change.label.find(mark, start)) >= 0]
    return change.label[: min(ends, default=len(change.label))]


def _item(move: Move, loop: int | None) -> str:
    changes = "".join(
        f"<li><code>{text(c.label)}</code>: <del>{text(show(c.old))}</del> → "
        f"<ins>{text(show(c.new))}</ins></li>"
        for c in move.changes
    )
    repeats = (
        ' <span class="repeats">↻ repeats</span>' if loop is not None and move.index > loop else ""
    )
    why = f'<p class="why">because {text(move.why)}</p>' if move.why else ""
    why += f'<p class="why">needs {steps(move.needs)}</p>' if move.needs else ""
    why += "".join(
        f'<p class="why believed">believed {text(takes(each))}</p>' for each in move.believed
    )
    return (
        f'<li data-step="{move.index}"><span class="actor">{text(move.actor)}</span> '
        f'<span class="what">{text(move.text)}</span>{repeats}{why}'
        + (f'<ul class="changes">{changes}</ul>' if changes else "")
        + "</li>"
    )


def _diagnosis(example: Counterexample) -> str:
    """What repairs it and what does not matter to it, as the text format has it."""
    found = example.diagnosis
    if found is None:
        return ""
    fixes = "".join(f"<li>{text(says(repair))}</li>" for repair in found.repairs)
    others = "".join(f"<li>{text(sentence)}</li>" for sentence in remarks(found))
    return (f'<h3>Repair</h3><ul class="repairs">{fixes}</ul>' if fixes else "") + (
        f"<h3>What else was found</h3><ul>{others}</ul>" if others else ""
    )


def _places(places: Sequence[Place], look: Look) -> str:
    if not places:
        return ""
    return "<h3>Where to look</h3>" + "".join(_place(place, look) for place in places)


def _place(place: Place, look: Look) -> str:
    source = place.source
    rows = []
    for number in range(max(1, source.line - _AROUND), source.line + _AROUND + 1):
        line = source_line(replace(source, line=number), look.texts)
        if line is None:
            continue
        blamed = number == source.line
        mark = "▶" if blamed else " "
        tag, kind = ("mark", "line blamed") if blamed else ("span", "line")
        shown = safe(line.expandtabs(2)[:400])
        rows.append(f'<{tag} class="{kind}">{mark}{number:>5} | {escape(shown)}</{tag}>')
    excerpt = f'<pre class="wide" tabindex="0">{"".join(rows)}</pre>' if rows else ""
    return (
        f'<figure><figcaption><span class="place">{text(source.file)}:{source.line}</span> '
        f"{text(place.path)}</figcaption>{excerpt}</figure>"
    )
