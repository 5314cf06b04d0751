"""A pod that no node takes: what each plugin says of each node, and what would let it on."""

from __future__ import annotations

from collections.abc import Iterable

from counterexamples.render.attempt import (
    FEW,
    NEVER,
    TRIED,
    cell,
    name,
    reasons,
    refusing,
    remedies,
)
from counterexamples.render.html.page import text
from model.plugins.attempt import Attempt

_MARKS = {"ok": "proved", "no": "violated", "never": "violated", "error": "violated"}


def pending(found: Attempt) -> str:
    """A section with the event, a table of the first nodes, the reasons and what would help."""
    everyone = found.placing.snapshot.nodes
    infos = everyone[:FEW]
    columns = refusing(found, infos)
    titles = "".join(f'<th scope="col">{text(plugin)}</th>' for plugin in ("node", *columns))
    rows, said = [], set()
    for at, info in enumerate(infos):
        words = [cell(column[at])[0] for column in columns.values()]
        said.update(words)
        cells = "".join(f'<td><span class="mark {_MARKS[w]}">{w}</span></td>' for w in words)
        rows.append(f'<tr><th scope="row">{text(info.name)}</th>{cells}</tr>')
    more = len(everyone) - len(infos)
    notes = ([NEVER] if "never" in said else []) + ([f"and {more} more nodes"] if more else [])
    helps = list(remedies(found.remedies))
    return (
        f'<div class="pending"><h3>What kube-scheduler says of {text(name(found))}</h3>'
        f"<p>{text(found.message)}</p>"
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        + "".join(f'<p class="why">{text(note)}</p>' for note in notes)
        + _listed(reasons(found, infos))
        + (f"<h3>{TRIED}</h3>{_listed(helps)}" if helps else "")
        + "</div>"
    )


def _listed(rows: Iterable[tuple[str, str]]) -> str:
    items = "".join(
        f'<li><span class="place">{text(names)}</span> {text(said)}</li>' for names, said in rows
    )
    return f"<ul>{items}</ul>"
