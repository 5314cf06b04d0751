"""One attempt to schedule a pod, as text and as data: nodes by the plugins that refuse them, with
reasons; the event; and what would let the pod on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from counterexamples.render.paint import Canvas, Piece, Style
from model.plugins.attempt import Attempt
from model.plugins.contract import Status
from model.plugins.remedies import Remedy
from model.plugins.snapshot import NodeInfo

#: So many nodes are shown as text; JSON has all.
SHOWN = 40
#: The same in a counterexample.
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


def put_pending(found: Attempt, canvas: Canvas) -> None:
    """Write why a pod of a counterexample is pending, and what would change that."""
    infos = found.placing.snapshot.nodes
    canvas.line((f"What kube-scheduler says of {name(found)}:", "bold"), indent=2)
    canvas.line((found.message, ""), indent=4)
    put_filters(found, infos[:FEW], canvas, 4)
    if len(infos) > FEW:
        canvas.line((f"and of {len(infos) - FEW} more nodes: --format json", "dim"), indent=4)
    if found.remedies:
        canvas.blank()
        put_remedies(found.remedies[:FEW], canvas, 2)


def refusing(found: Attempt, infos: Sequence[NodeInfo]) -> dict[str, list[Status | None]]:
    """By the plugins that keep the pod off any of some nodes, what each says of each."""
    by_node = [found.placing.by_plugin(info) for info in infos]
    return {
        plugin: [statuses.get(plugin) for statuses in by_node]
        for plugin in found.placing.filters
        if any(plugin in statuses for statuses in by_node)
    }


def cell(status: Status | None) -> tuple[str, Style]:
    """What a plugin says of a node in a word."""
    return _CODES[status.code if status else ""]


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


def _grouped(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each text once, with the names that it is said of."""
    names: dict[str, list[str]] = {}
    for name, text in rows:
        names.setdefault(text, []).append(name)
    for text, all_ in names.items():
        shown = all_ if len(all_) <= _NAMED + 1 else all_[:_NAMED]
        rest = f" and {len(all_) - len(shown)} more" if len(all_) > len(shown) else ""
        yield f"{', '.join(shown)}{rest}", text


def put_filters(found: Attempt, shown: Sequence[NodeInfo], canvas: Canvas, indent: int = 2) -> None:
    """Write a table of the filters that keep the pod off any node that is shown, and why."""
    canvas.blank()
    columns = refusing(found, shown)
    if not columns:
        asked = len(found.placing.filters)
        canvas.line((f"All {asked} filters that concern it let it onto every node shown.", ""))
        return
    rows: list[list[Piece]] = [[("node", "bold"), *((plugin, "bold") for plugin in columns)]]
    for at, info in enumerate(shown):
        rows.append([(info.name, "place"), *(cell(column[at]) for column in columns.values())])
    put_table(rows, canvas, indent)
    if "never" in {text for row in rows for text, _ in row}:
        canvas.line((NEVER, "dim"), indent=indent)
    canvas.blank()
    for names, why in reasons(found, shown):
        canvas.line((names, "place"), (f"  {why}", ""), indent=indent, hang=4)


def put_remedies(found: Sequence[Remedy], canvas: Canvas, indent: int = 0) -> None:
    """Write what would let the pod onto nodes."""
    canvas.line((f"{TRIED}:", "bold" if indent else ""), indent=indent)
    for where, what in remedies(found):
        canvas.line((where, "place"), (f"  {what}", "good"), indent=indent + 2, hang=4)


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
