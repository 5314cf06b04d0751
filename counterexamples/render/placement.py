"""What becomes of one pod: nodes by plugins, with reasons, and scores, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from counterexamples.render.attempt import (
    SHOWN,
    as_data,
    filters,
    put_filters,
    put_remedies,
    put_table,
)
from counterexamples.render.attempt import name as name_of
from counterexamples.render.paint import Canvas, Piece, Style
from model.api.pod import Pod
from model.plugins.attempt import Attempt
from model.plugins.defaultpreemption import Preemption
from model.plugins.placing import Placing
from model.plugins.snapshot import NodeInfo


@dataclass(frozen=True)
class Placement:
    """What was asked and what came of it. `kept` says what keeps the scheduler from looking at the
    pod at all, `node` is the only one that is shown, if any."""

    attempt: Attempt
    assumptions: tuple[str, ...] = ()
    unmodelled: tuple[str, ...] = ()
    kept: str = ""
    node: str = ""
    #: Whether what is not looked at may let the pod onto nodes that it is kept off here.
    lenient: bool = False

    @property
    def placing(self) -> Placing:
        return self.attempt.placing

    @property
    def infos(self) -> list[NodeInfo]:
        """The nodes that are shown."""
        everyone = self.placing.snapshot.nodes
        return [info for info in everyone if self.node in ("", info.name)]

    @property
    def name(self) -> str:
        return name_of(self.attempt)

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
    shown = found.infos[:SHOWN]
    put_filters(found.attempt, shown, canvas)
    _scores(found, shown, canvas)
    if found.attempt.remedies:
        canvas.blank()
        put_remedies(found.attempt.remedies[:SHOWN], canvas)
    if found.attempt.preemption is not None and found.attempt.preemption.candidates:
        _preemption(found.attempt.preemption, canvas)
    if len(found.infos) > SHOWN:
        canvas.blank()
        rest = f"{len(found.infos) - SHOWN} more nodes: --node NAME or --format json shows them"
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
    if not feasible and found.attempt.message and not found.kept:
        canvas.verbatim((f"event: {found.attempt.message}", ""), indent=2)


def _nodes(number: int) -> str:
    return f"{number} node{'' if number == 1 else 's'}"


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
    put_table(rows, canvas)


def _preemption(tried: Preemption, canvas: Canvas) -> None:
    """What is done for a pod of higher priority than others have."""
    canvas.blank()
    chosen = [each.node for each in tried.chosen]
    either = " or ".join(chosen[:8]) + (" ..." if len(chosen) > 8 else "")
    canvas.line(
        ("Preemption makes room on ", ""), (either, "place"), (". What it takes on each node:", "")
    )
    for each in tried.candidates[:SHOWN]:
        victims = ", ".join(_victim(victim) for victim in each.victims)
        more = f"; {each.violations} against a budget" if each.violations else ""
        style: Style = "good" if each.node in chosen else ""
        canvas.line((each.node, "place"), (f"  {victims}{more}", style), indent=2, hang=4)


def _victim(pod: Pod) -> str:
    ending = ", ending already" if pod.terminating else ""
    return f"{pod.namespace}/{pod.name} (priority {pod.priority}{ending})"


def as_json(found: Placement, code: int) -> dict[str, Any]:
    """The document, version 1."""
    placing = found.placing
    return {
        "version": 1,
        "pod": found.name,
        "kept": found.kept or None,
        "feasible": [info.name for info in placing.feasible],
        "best": placing.best,
        "event": found.attempt.message or None,
        "remedies": as_data(found.attempt.remedies),
        "preemption": found.attempt.preemption and _tried(found.attempt.preemption),
        "nodes": list(_documents(found.attempt, found.infos)),
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


def _documents(found: Attempt, infos: Iterable[NodeInfo]) -> Iterator[dict[str, Any]]:
    placing = found.placing
    for info in infos:
        refusal, score = placing.refusals.get(info.name), placing.scores.get(info.name)
        yield {
            "name": info.name,
            "refusal": None if refusal is None else refusal.plugin,
            "filters": filters(found, info),
            "scores": None if score is None else score.by_plugin,
            "total": None if score is None else score.total,
        }
