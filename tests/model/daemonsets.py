"""DaemonSets' nodes and the requests of a sync, as the cases of tests write them.

Nodes are written one after the other with | between them: the pods of each, the oldest first, with
a letter for the state and one for the revision: A available, J ready for too short a time, N not
ready, P pending, F failed, S succeeded, T terminating, X failed and terminating; o old, n new; u
after them: not bound yet. Before them, if it is no plain node: `stays` that gets no pods but keeps
those it has, `leaves` that is to have none, `gone` whose object does not exist any more, `waits`
that had a failed pod deleted lately.

Requests are +1 (create on that node) and -1.0 (delete that pod of that node); after / so many of
those that follow, whichever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from model.controllers.daemons import Decision, Place, Pod
from model.ir.expr import FALSE, TRUE, Expr, boolean


def places(text: str) -> list[Place]:
    return [_place(node.split()) for node in text.split("|")]


def _place(words: list[str]) -> Place:
    known = ("stays", "leaves", "gone", "waits")
    kind = words[0] if words and words[0] in known else ""
    pods = tuple(_pod(word) for word in words if word not in known)
    return Place(
        pods,
        should_run=boolean(kind in ("", "waits")),
        should_continue=boolean(kind in ("", "waits", "stays")),
        exists=boolean(kind != "gone"),
        backs_off=boolean(kind == "waits"),
    )


def _pod(word: str) -> Pod:
    state = word[0]
    return Pod(
        TRUE,
        updated=boolean(word[1] == "n"),
        ready=boolean(state in "AJT"),
        available=boolean(state in "AT"),
        failed=boolean(state in "FX"),
        succeeded=boolean(state == "S"),
        terminating=boolean(state in "TX"),
        bound=boolean(not word.endswith("u")),
    )


def told(decision: Decision) -> str:
    """What is sure, then each choice."""
    if decision.error is TRUE:
        return "error"
    parts = [*_nodes(decision.creates), *_pods(decision.deletes)]
    for node, flags in enumerate(decision.failed):
        candidates = [f"-{node}.{pod}" for pod in _true(flags)]
        parts += _some(min(1, len(candidates)), candidates)
    parts += _some(_number(decision.create_count), list(_nodes(decision.more_creates)))
    parts += _some(_number(decision.delete_count), list(_pods(decision.more_deletes)))
    return " ".join(parts)


def _some(count: int, among: list[str]) -> list[str]:
    return [f"/{count}", *among] if count else []


def _nodes(flags: Iterable[Expr]) -> Iterator[str]:
    return (f"+{node}" for node in _true(flags))


def _pods(flags: Iterable[Iterable[Expr]]) -> Iterator[str]:
    return (f"-{node}.{pod}" for node, row in enumerate(flags) for pod in _true(row))


def _true(flags: Iterable[Expr]) -> Iterator[int]:
    for index, flag in enumerate(flags):
        assert flag is TRUE or flag is FALSE, f"{flag} is no number"
        if flag is TRUE:
            yield index


def _number(value: Expr) -> int:
    assert isinstance(value.payload, int)
    return value.payload
