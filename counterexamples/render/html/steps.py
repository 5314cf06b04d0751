"""The steps of a run: a list for every reader, and rows of a diagram for the script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from counterexamples.change import Change
from counterexamples.explain import Counterexample, Move
from counterexamples.loops import Undone
from counterexamples.render.beliefs import show
from counterexamples.render.html.page import text
from counterexamples.render.paint import safe
from model.instance import Belief

#: The actor of what goes wrong by itself.
_FAULT = "fault"


def rows(example: Counterexample, subject: str) -> list[dict[str, Any]]:
    """What the diagram shows of each step: `from` and `to` are lanes, `needs` numbers of steps,
    `fault`, `idle` and `believed` whether it is one, is not needed, or rests on what is not so."""
    return [_row(move, move.index in example.idle, subject) for move in example.moves]


def items(example: Counterexample, anchor: str) -> str:
    """The steps as items of a list, each with an anchor of its own: `ANCHOR-step-1`."""
    undone: dict[int, list[Undone]] = {}
    for one in example.undone:
        undone.setdefault(one.undid, []).append(one)
    return "".join(
        _item(move, example, undone.get(move.index, ()), anchor) for move in example.moves
    )


def _is_fault(move: Move) -> bool:
    # A fault that an actor suffers itself, such as a watch that stalls, names its budget as reason.
    return move.actor == _FAULT or "spec.faults." in move.why


def _row(move: Move, idle: bool, subject: str) -> dict[str, Any]:
    start, ends = _lanes(move, subject)
    return {
        "from": safe(start),
        "to": [safe(end) for end in ends],
        "text": safe(move.text),
        "needs": list(move.needs),
        "fault": _is_fault(move),
        "idle": idle,
        "believed": bool(move.believed),
    }


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
        changed = {change.label.object.rpartition("/")[2] for change in move.changes}
        return first, [name for name in dict.fromkeys(named) if name != first and name in changed]
    objects = [change.label.object for change in move.changes]
    kinds = [name.partition("/")[0] for name in objects if "/" in name]
    return move.actor, list(dict.fromkeys(kind for kind in kinds if kind != move.actor))


def _item(move: Move, example: Counterexample, undone: Sequence[Undone], anchor: str) -> str:
    loop, fault, idle = example.loop, _is_fault(move), move.index in example.idle
    marks = {
        "fault": "⚡ fault" if fault else "",
        "repeats": "↻ repeats" if loop is not None and move.index > loop else "",
        "spare": "not needed for the violation" if idle else "",
    }
    told = "".join(
        f' <span class="mark {kind}">{said}</span>' for kind, said in marks.items() if said
    )
    why = [f"because {text(move.why)}"] if move.why else []
    if move.needs:
        why.append(f"needs {_links(move.needs, anchor)}")
    why += [_undoes(one, example, anchor) for one in undone]
    return (
        f'<li id="{anchor}-step-{move.index}"><div class="step"><div>'
        f'<p><b class="actor">{text(move.actor)}</b> '
        f'<span class="what">{text(move.text)}</span>{told}</p>'
        + "".join(f'<p class="why">{said}</p>' for said in why)
        + _beliefs(move.believed)
        + "</div>"
        + _changes(move.changes)
        + "</div></li>"
    )


def _links(numbers: Sequence[int], anchor: str) -> str:
    """Links to some steps, as in a sentence: "step 1", "step 1, step 2 and step 5"."""
    links = [f'<a href="#{anchor}-step-{n}">step {n}</a>' for n in numbers]
    return " and ".join(filter(None, (", ".join(links[:-1]), links[-1])))


def _undoes(one: Undone, example: Counterexample, anchor: str) -> str:
    by = example.moves[one.did - 1].actor
    labels = ", ".join(f"<code>{text(label)}</code>" for label in one.labels)
    return f"undoes {_links((one.did,), anchor)} ({text(by)}): {labels}"


def _beliefs(believed: Sequence[Belief]) -> str:
    by: dict[str, list[Belief]] = {}
    for belief in believed:
        by.setdefault(belief.actor, []).append(belief)
    return "".join(
        f'<div class="believed"><p>{text(actor)} believed what was not so:</p><ul>'
        + "".join(
            f"<li><code>{text(each.label)}</code>: believed <b>{text(show(each.believed))}</b>, "
            f"in truth <b>{text(show(each.actual))}</b></li>"
            for each in beliefs
        )
        + "</ul></div>"
        for actor, beliefs in by.items()
    )


def _changes(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    listed = "".join(
        f"<li><code>{text(str(c.label))}</code>: <del>{text(show(c.old))}</del> → "
        f"<ins>{text(show(c.new))}</ins></li>"
        for c in changes
    )
    return f'<ul class="changes" aria-label="Changed fields">{listed}</ul>'
