"""What becomes of one pod: nodes by plugins, with reasons, and scores, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from counterexamples.render.paint import Canvas, Piece, Style
from model.api.pod import Pod
from model.plugins.defaultpreemption import Preemption
from model.plugins.placing import Placing
from model.plugins.remedies import Remedy
from model.plugins.snapshot import NodeInfo

#: So many nodes are shown as text; JSON has all.
_SHOWN = 40
_CODES: dict[str, tuple[str, Style]] = {
    "": ("ok", "dim"),
    "Unschedulable": ("no", "bad"),
    "UnschedulableAndUnresolvable": ("never", "bad"),
    "Error": ("error", "bad"),
}


@dataclass(frozen=True)
class Placement:
    """What was asked and what came of it. `kept` says what keeps the scheduler from looking at the
    pod at all, `node` is the only one that is shown, if any."""

    placing: Placing
    assumptions: tuple[str, ...]
    unmodelled: tuple[str, ...] = ()
    kept: str = ""
    node: str = ""
    #: The whole message of the event where no node takes it, and what preemption comes to then.
    message: str = ""
    preemption: Preemption | None = None
    #: What would let the pod onto nodes, if none takes it.
    remedies: Sequence[Remedy] = ()
    #: Whether what is not looked at may let the pod onto nodes that it is kept off here.
    lenient: bool = False

    @property
    def infos(self) -> list[NodeInfo]:
        """The nodes that are shown."""
        everyone = self.placing.snapshot.nodes
        return [info for info in everyone if self.node in ("", info.name)]

    @property
    def name(self) -> str:
        return f"{self.placing.pod.namespace}/{self.placing.pod.name}"

    @property
    def taken(self) -> bool:
        """Whether a node that is shown takes the pod."""
        shown = {info.name for info in self.infos}
        return not self.kept and any(i.name in shown for i in self.placing.feasible)


def as_text(found: Placement, canvas: Canvas) -> None:
    """Draw it."""
    _verdict(found, canvas)
    if found.assumptions:
        canvas.line(("Assumptions:", "dim"), indent=2)
    for said in found.assumptions:
        canvas.line((f"- {said}", "dim"), indent=4)
    for missing in found.unmodelled:
        canvas.line((f"not looked at: {missing}", "doubt"), indent=2)
    shown = found.infos[:_SHOWN]
    _filters(found, shown, canvas)
    _scores(found, shown, canvas)
    _remedies(found, canvas)
    if found.preemption is not None and found.preemption.candidates:
        _preemption(found.preemption, canvas)
    if len(found.infos) > _SHOWN:
        canvas.blank()
        rest = f"{len(found.infos) - _SHOWN} more nodes: --node NAME or --format json shows them"
        canvas.line((rest, "dim"), indent=2)


def _verdict(found: Placement, canvas: Canvas) -> None:
    placing, total = found.placing, len(found.placing.snapshot.nodes)
    feasible = len(placing.feasible)
    if found.kept:
        canvas.line((f"Pod {found.name} is not placed: {found.kept}", "bad"))
    elif found.node:
        style: Style = "good" if found.taken else "bad"
        canvas.line(
            (f"Pod {found.name} {'may' if found.taken else 'cannot'} go to ", style),
            (found.node, "place"),
        )
    elif feasible:
        canvas.line((f"Pod {found.name} may go to {feasible} of {_nodes(total)}", "good"))
    else:
        canvas.line((f"Pod {found.name} is pending: none of {_nodes(total)} takes it", "bad"))
    if feasible and not found.node and not found.kept:
        best = ", ".join(placing.best[:8]) + (" ..." if len(placing.best) > 8 else "")
        several = ", any of which is taken" if len(placing.best) > 1 else ""
        canvas.line((f"highest score: {best}{several}", ""), indent=2)
    if not feasible and found.message and not found.kept:
        canvas.verbatim((f"event: {found.message}", ""), indent=2)


def _nodes(number: int) -> str:
    return f"{number} node{'' if number == 1 else 's'}"


def _filters(found: Placement, shown: Sequence[NodeInfo], canvas: Canvas) -> None:
    """A table of the filters that keep the pod off any node that is shown, and the reasons."""
    by_node = {info.name: found.placing.by_plugin(info) for info in shown}
    names = [
        name
        for name in found.placing.filters
        if any(name in statuses for statuses in by_node.values())
    ]
    canvas.blank()
    asked = len(found.placing.filters)
    if not names:
        canvas.line((f"All {asked} filters that concern it let it onto every node shown.", ""))
        return
    rows: list[list[Piece]] = [[("node", "bold"), *((name, "bold") for name in names)]]
    for info in shown:
        codes = (by_node[info.name].get(name) for name in names)
        cells = (_CODES[code.code if code else ""] for code in codes)
        rows.append([(info.name, "place"), *cells])
    _table(rows, canvas)
    if "never" in {text for row in rows for text, _ in row}:
        canvas.line(("never: it would not help to take other pods off the node", "dim"), indent=2)
    canvas.blank()
    for info in shown:
        for name, status in by_node[info.name].items():
            detail = f" ({status.detail})" if status.detail else ""
            reasons = f"{'; '.join(status.reasons)}{detail}"
            canvas.line((info.name, "place"), (f"  {name}: {reasons}", ""), indent=2, hang=4)


def _scores(found: Placement, shown: Sequence[NodeInfo], canvas: Canvas) -> None:
    scores = {info.name: found.placing.scores.get(info.name) for info in shown}
    rated = {name: score for name, score in scores.items() if score is not None}
    if not rated or found.kept:
        return
    # A plugin of which all nodes have nothing makes no difference to anybody.
    everyone = found.placing.scores.values()
    names = [n for n in next(iter(everyone)).by_plugin if any(s.by_plugin[n] for s in everyone)]
    head: list[Piece] = [("node", "bold"), *((name, "bold") for name in names), ("total", "bold")]
    rows = [head]
    best = frozenset(found.placing.best)
    for name, score in sorted(rated.items(), key=lambda each: (-each[1].total, each[0])):
        style: Style = "good" if name in best else ""
        points: list[Piece] = [(str(score.by_plugin[each]), "") for each in names]
        rows.append([(name, "place"), *points, (str(score.total), style)])
    canvas.blank()
    canvas.line(("Scores, weighted:", ""))
    _table(rows, canvas)


def _remedies(found: Placement, canvas: Canvas) -> None:
    if not found.remedies:
        return
    canvas.blank()
    canvas.line(("What would let it onto a node; each was tried:", ""))
    for remedy in found.remedies[:_SHOWN]:
        changes = "; ".join(change.text for change in remedy.changes)
        canvas.line((remedy.node, "place"), (f"  {changes}", "good"), indent=2, hang=4)


def _preemption(tried: Preemption, canvas: Canvas) -> None:
    """What is done for a pod of higher priority than others have."""
    canvas.blank()
    chosen = [each.node for each in tried.chosen]
    either = " or ".join(chosen[:8]) + (" ..." if len(chosen) > 8 else "")
    canvas.line(
        ("Preemption makes room on ", ""), (either, "place"), (". What it takes on each node:", "")
    )
    for each in tried.candidates[:_SHOWN]:
        victims = ", ".join(_victim(victim) for victim in each.victims)
        more = f"; {each.violations} against a budget" if each.violations else ""
        style: Style = "good" if each.node in chosen else ""
        canvas.line((each.node, "place"), (f"  {victims}{more}", style), indent=2, hang=4)


def _victim(pod: Pod) -> str:
    ending = ", ending already" if pod.terminating else ""
    return f"{pod.namespace}/{pod.name} (priority {pod.priority}{ending})"


def _table(rows: Sequence[Sequence[Piece]], canvas: Canvas) -> None:
    widths = [max(len(row[at][0]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        pieces: list[Piece] = []
        for width, (text, style) in zip(widths, row, strict=True):
            pieces += [(text, style), (" " * (width - len(text) + 2), "")]
        canvas.verbatim(*pieces, indent=2)


def as_json(found: Placement, code: int) -> dict[str, Any]:
    """The document, version 1."""
    placing = found.placing
    return {
        "version": 1,
        "pod": found.name,
        "kept": found.kept or None,
        "feasible": [info.name for info in placing.feasible],
        "best": placing.best,
        "event": found.message or None,
        "remedies": [
            {"node": each.node, "changes": [change.text for change in each.changes]}
            for each in found.remedies
        ],
        "preemption": None if found.preemption is None else _tried(found.preemption),
        "nodes": list(_documents(placing, found.infos)),
        "assumptions": list(found.assumptions),
        "unmodelled": list(found.unmodelled),
        "exit": code,
    }


def _tried(found: Preemption) -> dict[str, Any]:
    return {
        "candidates": [
            {
                "node": each.node,
                "victims": [f"{victim.namespace}/{victim.name}" for victim in each.victims],
                "violations": each.violations,
            }
            for each in found.candidates
        ],
        "chosen": [each.node for each in found.chosen],
        "message": found.message or None,
    }


def _documents(placing: Placing, infos: Iterable[NodeInfo]) -> Iterator[dict[str, Any]]:
    for info in infos:
        refusal, score = placing.refusals.get(info.name), placing.scores.get(info.name)
        yield {
            "name": info.name,
            "refusal": None if refusal is None else refusal.plugin,
            "filters": {
                name: None
                if status is None
                else {
                    "code": status.code,
                    "reasons": list(status.reasons),
                    "detail": status.detail or None,
                }
                for name, status in _everyone(placing, info)
            },
            "scores": None if score is None else score.by_plugin,
            "total": None if score is None else score.total,
        }


def _everyone(placing: Placing, info: NodeInfo) -> Iterator[tuple[str, Any]]:
    refusing = placing.by_plugin(info)
    for plugin in placing.plugins:
        if plugin.filter is not None:
            yield plugin.name, refusing.get(plugin.name)
