"""One violation of the page: its markup for every reader, and its data for the script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from counterexamples.explain import Counterexample
from counterexamples.render.alike import group, sentence
from counterexamples.render.alike import others as subjects
from counterexamples.render.beliefs import believed
from counterexamples.render.contract import Look
from counterexamples.render.diagnosis import preference
from counterexamples.render.endings import ending, quarrels
from counterexamples.render.html.page import text
from counterexamples.render.html.places import places
from counterexamples.render.html.repairs import repairs, rest
from counterexamples.render.html.scene import scenes
from counterexamples.render.html.steps import items, rows
from counterexamples.render.verdicts import plural, suppressed_by
from model.ir.trace import Trace

if TYPE_CHECKING:
    from checker.report import Report, Result
    from model.plugins.attempt import Attempt

#: What there is to say of a run that just ends.
_BROKEN = "This state breaks the property."


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
        """What the script draws: steps, where the loop begins, and scenes."""
        result = self.results[0]
        trace = result.verdict.trace
        assert isinstance(trace, Trace)
        assert len(trace.steps) == len(self.example.moves), "the trace is not the one explained"
        boxes, states = scenes(result.instance.system, trace.states)
        return {
            "id": self.anchor,
            "loop": self.example.loop,
            "steps": rows(self.example, result.subject),
            "boxes": boxes,
            "states": states,
        }

    def markup(self) -> str:
        """The violation as text; the script fills the empty part, and copies from the others."""
        first, example, anchor = self.results[0], self.example, self.anchor
        name, claim = text(first.claim.name), first.claim.text.rstrip(".")
        own = (r for r in self.results[1:] if r.subject == first.subject)
        others = list(dict.fromkeys(r.scenario for r in own))
        alike = sentence(subjects(self.results, first))
        where = f"{first.subject} · {first.scenario}"
        where += f" (and likewise: {', '.join(others)})" if others else ""
        given = ", ".join(f"{key} {value}" for key, value in example.configuration.items())
        accepted = first.suppressed
        parts = (
            f'<h2 id="{anchor}-title"><span class="violated">✗</span> {name} is violated'
            f" after {plural(len(example.moves), 'step')}</h2>",
            f"<p>The rule: <b>{text(claim)}</b>.</p>" if claim else "",
            f'<p class="where">{text(where)}</p>',
            f"<p>{text(suppressed_by(accepted))}</p>" if accepted else "",
            f"<p>With {text(given)}.</p>" if given else "",
            f"<p>At the start: {text(example.placement)}.</p>" if example.placement else "",
            '<div class="summary">',
            places(example.places, self.look),
            repairs(example.diagnosis, first.scenario),
            "</div>",
            self._run(),
            _sentences("What was believed, and was not so", believed(example), "beliefs"),
            _sentences("In the end", example.remarks, "remarks"),
            "" if example.attempt is None else _pending(example.attempt),
            f"<p>{text(said)}</p>" if (said := preference(example)) else "",
            rest(example.diagnosis),
            f"<p>{text(alike)}</p>" if alike else "",
            f'<p>Reproduce: <code class="command">{text(self.command)}</code></p>',
        )
        opening = f'<section class="violation" id="{anchor}" aria-labelledby="{anchor}-title">'
        return f"{opening}{''.join(parts)}</section>"

    def _run(self) -> str:
        """How it comes about, and how it goes on."""
        example = self.example
        steps = items(example, self.anchor)
        goes_on = ending(example.loop, len(example.moves)) or _BROKEN
        undoing = "".join(f"<li>{text(sentence)}</li>" for sentence in quarrels(example))
        return (
            '<h3>How it comes about</h3><div class="stage" hidden></div>'
            + (f'<ol class="steps">{steps}</ol>' if steps else "<p>It is so from the start.</p>")
            + f'<p class="ending"><b>{text(goes_on)}</b></p>'
            + (f'<ul class="quarrels">{undoing}</ul>' if undoing else "")
        )


def violations(report: Report, look: Look) -> list[Violation]:
    """The violations that have a run, in the order of the report; those that differ in names only
    are one."""
    found: list[Violation] = []
    for result in report.results:
        example = result.counterexample
        if result.verdict.outcome != "violated" or example is None:
            continue
        for known in found:
            first = known.results[0]
            same = first.claim.name == result.claim.name and first.subject == result.subject
            same = same and first.suppressed == result.suppressed
            same = same and known.example.run == example.run
            if same or any(group(result) == group(other) for other in known.results):
                known.results.append(result)
                break
        else:
            command = report.reproduce(result)
            found.append(Violation(len(found) + 1, example, command, look, [result]))
    return found


def _pending(found: Attempt) -> str:
    from counterexamples.render.html.pending import pending

    return pending(found)


def _sentences(title: str, sentences: Sequence[str], kind: str) -> str:
    if not sentences:
        return ""
    listed = "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
    return f'<h3>{title}</h3><ul class="{kind}">{listed}</ul>'
