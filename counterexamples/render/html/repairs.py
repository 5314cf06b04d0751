"""What repairs a violation, and what else was found out about it."""

from __future__ import annotations

from counterexamples.diagnosis import Diagnosis, Repair
from counterexamples.render.diagnosis import MOST_REPAIRS, WEAKENS, heading, passes, remarks
from counterexamples.render.html.page import text
from counterexamples.render.verdicts import plural


def repairs(found: Diagnosis | None, scenario: str) -> str:
    """A section with every repair and its verdict in that scenario; empty if there is none."""
    if found is None or not found.repairs:
        return ""
    first, more = found.repairs[:MOST_REPAIRS], found.repairs[MOST_REPAIRS:]
    title = heading(len(found.repairs))
    folded = ""
    if more:
        count = plural(len(more), "more", "more")
        folded = f"<details><summary>{count}</summary>{_list(more)}</details>"
    return (
        f'<div class="repairs"><h3>{title}</h3>{_list(first)}{folded}'
        f'<p class="why">Checked in scenario {text(scenario)}, with one change and no other.</p>'
        "</div>"
    )


def rest(found: Diagnosis | None) -> str:
    """What it needs, what does not matter to it, and what there was no time for."""
    sentences = remarks(found) if found else []
    if not sentences:
        return ""
    listed = "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
    return f'<div class="rest"><h3>What else was found</h3><ul>{listed}</ul></div>'


def _list(found: tuple[Repair, ...]) -> str:
    return f"<ul>{''.join(map(_repair, found))}</ul>"


def _repair(repair: Repair) -> str:
    outcome = repair.verdict.outcome
    marks = [f'<span class="mark {outcome}">✓ {text(passes(repair))}</span>']
    if repair.lowers:
        marks.append(f'<span class="mark unknown">{WEAKENS}</span>')
    if repair.breaks:
        listed = ", ".join(repair.breaks)
        marks.append(f'<span class="mark violated">✗ but breaks {text(listed)}</span>')
    return f"<li>{text(repair.text)} {' '.join(marks)}</li>"
