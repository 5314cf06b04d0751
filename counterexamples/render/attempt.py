"""One attempt to schedule a pod, as text and as data: nodes by the plugins that refuse them, with
reasons; the event; and what would let the pod on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from counterexamples.render.paint import Canvas, Piece, Style
from model.plugins.attempt import Attempt
from model.plugins.remedies import Remedy
from model.plugins.snapshot import NodeInfo

Said = TypeVar("Said", bound=Hashable)

#: So many nodes are shown as text; JSON has all.
SHOWN = 40
#: So many lines are shown of each kind in a counterexample, where nodes that are alike share one.
FEW = 8
_CODES: dict[str, tuple[str, Style]] = {
    "": ("ok", "dim"),
    "Unschedulable": ("no", "bad"),
    "UnschedulableAndUnresolvable": ("never", "bad"),
    "Error": ("error", "bad"),
}
#: Names that are told where there are more.
_NAMED = 3
NEVER = "never: it would not help to take other pods off the node"
TRIED = "What would let it onto a node; each was tried"


def name(found: Attempt) -> str:
    """The pod."""
    return f"{found.placing.pod.namespace}/{found.placing.pod.name}"


def put_pending(found: Attempt, canvas: Canvas, before: str = "") -> None:
    """Write why a pod of a counterexample is pending, and what would change that. `before` is the
    property of which that was told already."""
    if before:
        said = f"What kube-scheduler says of {name(found)} is as for {before} above."
        canvas.line((said, ""), indent=2)
        return
    canvas.line((f"What kube-scheduler says of {name(found)}:", "bold"), indent=2)
    canvas.line((found.message, ""), indent=4)
    put_filters(found, found.placing.snapshot.nodes, canvas, 4, FEW)
    if found.remedies:
        canvas.blank()
        put_remedies(found.remedies, canvas, 2, FEW)


def told(found: Attempt) -> Hashable:
    """Equal for attempts of which the same is written."""
    said = reasons(found, found.placing.snapshot.nodes)
    return name(found), found.message, tuple(said), tuple(remedies(found.remedies))


def table(
    found: Attempt, infos: Sequence[NodeInfo]
) -> tuple[Sequence[str], Sequence[tuple[str, Sequence[tuple[str, Style]]]]]:
    """The plugins that keep the pod off any of some nodes, and what each says of each in a word;
    nodes of which all say the same are together."""
    by_node = [(info.name, found.placing.by_plugin(info)) for info in infos]
    plugins = [p for p in found.placing.filters if any(p in statuses for _, statuses in by_node)]
    codes = (
        (node, tuple(statuses[p].code if p in statuses else "" for p in plugins))
        for node, statuses in by_node
    )
    rows = [(names, [_CODES[code] for code in row]) for names, row in _grouped(codes)]
    return plugins, rows


def reasons(found: Attempt, infos: Iterable[NodeInfo]) -> Iterator[tuple[str, str]]:
    """Nodes that a plugin keeps the pod off for the same reason; that plugin and that reason."""
    return _grouped(
        (info.name, f"{plugin}: {'; '.join(status.reasons)}{detail}")
        for info in infos
        for plugin, status in found.placing.by_plugin(info).items()
        for detail in [f" ({status.detail})" if status.detail else ""]
    )


def remedies(found: Sequence[Remedy]) -> Iterator[tuple[str, str]]:
    """Nodes that the pod may go to after the same changes, and these."""
    return _grouped(
        (each.node or "a node more", "; ".join(change.text for change in each.changes))
        for each in found
    )


def _grouped(rows: Iterable[tuple[str, Said]]) -> Iterator[tuple[str, Said]]:
    """Each thing that is said once, with the names that it is said of."""
    names: dict[Said, list[str]] = {}
    for name, said in rows:
        names.setdefault(said, []).append(name)
    for said, all_ in names.items():
        shown = all_ if len(all_) <= _NAMED + 1 else all_[:_NAMED]
        rest = f" and {len(all_) - len(shown)} more" if len(all_) > len(shown) else ""
        yield f"{', '.join(shown)}{rest}", said


def put_filters(
    found: Attempt,
    shown: Sequence[NodeInfo],
    canvas: Canvas,
    indent: int = 2,
    most: int = SHOWN,
) -> None:
    """Write a table of the filters that keep the pod off any node that is shown, and why; at most
    so many lines of each."""
    canvas.blank()
    plugins, rows = table(found, shown)
    if not plugins:
        asked = len(found.placing.filters)
        canvas.line((f"All {asked} filters that concern it let it onto every node shown.", ""))
        return
    head: list[Piece] = [("node", "bold"), *((plugin, "bold") for plugin in plugins)]
    put_table([head, *([(names, "place"), *cells] for names, cells in rows[:most])], canvas, indent)
    _put_rest(len(rows) - most, canvas, indent)
    if "never" in {text for _, cells in rows for text, _ in cells}:
        canvas.line((NEVER, "dim"), indent=indent)
    canvas.blank()
    _put_grouped(reasons(found, shown), "", canvas, indent, most)


def put_remedies(
    found: Sequence[Remedy], canvas: Canvas, indent: int = 0, most: int = SHOWN
) -> None:
    """Write what would let the pod onto nodes; at most so many lines."""
    canvas.line((f"{TRIED}:", "bold" if indent else ""), indent=indent)
    _put_grouped(remedies(found), "good", canvas, indent + 2, most)


def _put_grouped(
    rows: Iterable[tuple[str, str]], style: Style, canvas: Canvas, indent: int, most: int
) -> None:
    listed = list(rows)
    for names, said in listed[:most]:
        canvas.line((names, "place"), (f"  {said}", style), indent=indent, hang=4)
    _put_rest(len(listed) - most, canvas, indent)


def _put_rest(left: int, canvas: Canvas, indent: int) -> None:
    if left > 0:
        canvas.line((f"and {left} more: --format json", "dim"), indent=indent)


def put_table(rows: Sequence[Sequence[Piece]], canvas: Canvas, indent: int = 2) -> None:
    """Write rows of cells, lined up."""
    widths = [max(len(row[at][0]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        pieces: list[Piece] = []
        for width, (text, style) in zip(widths, row, strict=True):
            pieces += [(text, style), (" " * (width - len(text) + 2), "")]
        canvas.verbatim(*pieces, indent=indent)


def as_data(found: Sequence[Remedy]) -> list[dict[str, Any]]:
    """What would let the pod onto nodes, for programs."""
    return [
        {"node": each.node or None, "changes": [change.text for change in each.changes]}
        for each in found
    ]


def filters(found: Attempt, info: NodeInfo) -> dict[str, Any]:
    """What each filter of the profile says of a node, for programs; null where it does not mind."""
    refusing = found.placing.by_plugin(info)
    told = {plugin.name: refusing.get(plugin.name) for plugin in found.placing.plugins}
    filtering = {plugin.name for plugin in found.placing.plugins if plugin.filter is not None}
    return {
        plugin: status
        and {
            "code": status.code,
            "reasons": list(status.reasons),
            "detail": status.detail or None,
        }
        for plugin, status in told.items()
        if plugin in filtering
    }


def pending(found: Attempt) -> dict[str, Any]:
    """A pod of a counterexample that no node takes, for programs."""
    return {
        "pod": name(found),
        "event": found.message,
        "nodes": [
            {"name": info.name, "filters": filters(found, info)}
            for info in found.placing.snapshot.nodes
        ],
        "remedies": as_data(found.remedies),
    }
