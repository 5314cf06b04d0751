"""A pod that no node takes: what each plugin says of each node, and what would let it on."""

from __future__ import annotations

from collections.abc import Iterable

from counterexamples.render.attempt import (
    FEW,
    NEVER,
    TRIED,
    name,
    reasons,
    remedies,
    table,
)
from counterexamples.render.html.page import text
from model.plugins.attempt import Attempt

_MARKS = {"ok": "proved", "no": "violated", "never": "violated", "error": "violated"}


def pending(found: Attempt) -> str:
    """A section with the event, a table of the nodes, the reasons and what would help."""
    plugins, rows = table(found, found.placing.snapshot.nodes)
    titles = "".join(f'<th scope="col">{text(plugin)}</th>' for plugin in ("node", *plugins))
    shown, said = [], set()
    for names, row in rows[:FEW]:
        words = [word for word, _ in row]
        said.update(words)
        cells = "".join(f'<td><span class="mark {_MARKS[w]}">{w}</span></td>' for w in words)
        shown.append(f'<tr><th scope="row">{text(names)}</th>{cells}</tr>')
    left = len(rows) - FEW
    notes = ([f"and {left} more"] if left > 0 else []) + ([NEVER] if "never" in said else [])
    helps = list(remedies(found.remedies))
    return (
        f'<div class="pending"><h3>What kube-scheduler says of {text(name(found))}</h3>'
        f"<p>{text(found.message)}</p>"
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{''.join(shown)}</tbody></table></div>"
        + "".join(f'<p class="why">{text(note)}</p>' for note in notes)
        + _listed(reasons(found, found.placing.snapshot.nodes))
        + (f"<h3>{TRIED}</h3>{_listed(helps)}" if helps else "")
        + "</div>"
    )


def _listed(rows: Iterable[tuple[str, str]]) -> str:
    listed = list(rows)
    items = "".join(
        f'<li><span class="place">{text(names)}</span> {text(said)}</li>'
        for names, said in listed[:FEW]
    )
    left = len(listed) - FEW
    return f"<ul>{items}{f'<li>and {left} more</li>' if left > 0 else ''}</ul>"
