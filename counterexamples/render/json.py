"""Version 1 of the JSON format; its schema is `docs/report.schema.json`.

Equal runs give equal bytes but for `seconds`. Everything beyond ASCII is escaped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from counterexamples.explain import Counterexample
from counterexamples.render.contract import Look
from model import KUBERNETES

if TYPE_CHECKING:
    from checker.report import Report, Result
    from model.api.source import Source
    from model.load.diagnostics import Diagnostic
    from model.plugins.attempt import Attempt
    from model.suppression import Suppression
    from model.use import Use

FORMAT_VERSION = 1


def render(report: Report, look: Look) -> str:  # noqa: ARG001 - machines need no look
    """See `contract.Renderer`."""
    from checker import TOOL

    document = {
        "version": FORMAT_VERSION,
        "tool": TOOL,
        "kubernetes": KUBERNETES,
        "results": [_result(result) for result in report.results],
        "unchecked": list(report.unchecked),
        "skipped": [{"path": each.path, "what": each.what} for each in report.skipped],
        "diagnostics": [_diagnostic(found) for found in report.diagnostics],
        "exit": report.exit,
    }
    return json.dumps(document, indent=1) + "\n"


def _result(result: Result) -> dict[str, Any]:
    verdict, source = result.verdict, result.location
    # What is proved or violated has no bound, whatever was covered on the way.
    extent = verdict.extent if verdict.outcome in ("holds", "unknown") else None
    bound = extent and {"depth": extent.depth, "limits": list(extent.limits)}
    return {
        "property": result.claim.name,
        "subject": result.subject,
        "scenario": result.scenario,
        "kind": result.kind,
        "verdict": verdict.outcome,
        "reason": verdict.reason,
        "severity": result.severity,
        "suppressed": result.suppressed and _suppressed(result.suppressed),
        "engine": verdict.engine,
        "bound": bound,
        "states": verdict.states,
        "seconds": round(verdict.seconds, 3),
        "location": source and _place(source),
        "scope": {
            "with": list(result.neighbours),
            "because": list(result.instance.scenario.meetings) if result.neighbours else [],
            "staying": list(result.staying),
        },
        "assumptions": list(result.assumptions),
        "omissions": list(result.omissions),
        "enoughNodes": verdict.enough_nodes,
        "omitted": [_omitted(use, use not in result.unmodelled) for use in verdict.omitted],
        "coverage": {
            "neverEnabled": None if verdict.idle is None else list(verdict.idle),
            "boundsReached": None if verdict.reached is None else list(verdict.reached),
        },
        "reductions": list(verdict.reductions),
        "trace": result.counterexample and _trace(result.counterexample),
        "diagnosis": _diagnosis(result),
    }


def _omitted(use: Use, accepted: bool) -> dict[str, Any]:
    return {
        "name": use.name,
        "what": use.what,
        "text": use.text,
        "accepted": accepted,
        "location": _place(use.source),
    }


def _suppressed(suppression: Suppression) -> dict[str, Any]:
    return {
        "reason": suppression.reason,
        "until": suppression.until and suppression.until.isoformat(),
        "origin": suppression.origin,
        "source": _place(suppression.source),
    }


def _trace(example: Counterexample) -> dict[str, Any]:
    steps = [
        {
            "index": move.index,
            "actor": move.actor,
            "action": move.action,
            "params": dict(move.parameters),
            "changes": {str(change.label): [change.old, change.new] for change in move.changes},
            "why": move.why,
            "needs": list(move.needs),
            "believed": [
                {"label": each.label, "believed": each.believed, "actual": each.actual}
                for each in move.believed
            ],
        }
        for move in example.moves
    ]
    return {
        "configuration": dict(example.configuration),
        "placement": example.placement,
        "loop": example.loop,
        "idle": list(example.idle),
        "steps": steps,
        "pending": example.attempt and _pending(example.attempt),
        "choice": choice(example),
    }


def choice(example: Counterexample) -> dict[str, Any] | None:
    """A binding that scores tell of, and whether the violation takes it."""
    found = example.binding
    if found is None:
        return None
    also = True if found.is_best else example.diagnosis and example.diagnosis.best
    return {
        "alsoBest": also,
        "pod": found.pod,
        "node": found.node,
        "score": found.score,
        "best": found.best,
        "bestScore": found.most,
    }


def _pending(found: Attempt) -> dict[str, Any]:
    from counterexamples.render.attempt import pending

    return pending(found)


def _diagnosis(result: Result) -> dict[str, Any] | None:
    found = result.counterexample and result.counterexample.diagnosis
    if not found:
        return None
    repairs = [
        {
            "text": repair.text,
            "field": repair.field,
            "now": repair.now,
            "verdict": repair.verdict.outcome,
            "limits": list(repair.verdict.extent.limits) if repair.verdict.extent else [],
            "leavingOut": list(dict.fromkeys(u.name for u in repair.verdict.omitted)),
            "breaks": list(repair.breaks),
            "asksForLess": repair.lowers,
            "withoutFaults": list(repair.without),
        }
        for repair in found.repairs
    ]
    smallest = {"size": found.smallest, "steps": found.smallest_steps}
    return {
        "repairs": repairs,
        "undecided": list(found.undecided),
        "faults": None if found.faults is None else list(found.faults),
        "needlessFaults": list(found.needless),
        "irrelevant": list(found.irrelevant),
        "smallest": smallest if found.smallest else None,
        "complete": found.complete,
    }


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    return {
        "severity": found.severity,
        "code": found.code,
        "message": found.message,
        "hint": found.hint,
        "answers": list(found.answers),
        "location": _place(found.source) | {"column": found.source.column},
    }


def _place(source: Source) -> dict[str, Any]:
    return {"file": source.file, "line": source.line}
