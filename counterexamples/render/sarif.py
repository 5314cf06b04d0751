"""SARIF 2.1.0, for GitHub's code scanning and other viewers.

Each violation is a result; its run is a code flow, each step on the line of the field that it
changes or else of the workload, with what changed as the step's state. A suppressed one says so and
why; the list of suppressions is empty for any other, not absent, since all were looked at. What
has no answer, and mistakes in the input, are no results: they are notifications of the invocation,
whose `executionSuccessful` is false where the exit code is 2 or 4, or the user stopped the run. So
a clean run has an empty list of results; but so has a run that found out nothing: docs/ci.md says
when to upload.

Follows the OASIS standard, and GitHub's "SARIF support for code scanning" for what it demands
beyond it (a location for each result, help for each rule). `partialFingerprints` leave the line
out, so that edits elsewhere in the file do not make a known violation a new one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from counterexamples.explain import Move
from counterexamples.render.beliefs import show
from counterexamples.render.contract import Look
from counterexamples.render.endings import ending
from counterexamples.render.findings import (
    Finding,
    excerpt,
    findings,
    fixes,
    is_violation,
    relative,
    suppressed,
)
from counterexamples.render.markdown import plain
from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from checker.report import Report, Result
    from model.api.source import Source
    from model.ir.system import Property
    from model.suppression import Suppression

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_KUBERNETES = "https://kubernetes.io/docs/concepts"
#: First part of a subject to what Kubernetes says about it.
_PAGES = {
    "Deployment": f"{_KUBERNETES}/workloads/controllers/deployment/",
    "ReplicaSet": f"{_KUBERNETES}/workloads/controllers/replicaset/",
    "ControlPlane": f"{_KUBERNETES}/overview/components/",
}
#: Steps of a code flow that GitHub shows.
_MOST_STEPS = 1000


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    from checker import VERSION

    found = [*findings(report), *suppressed(report)]
    rules: dict[str, Result] = {}
    for result in report.results:
        rules.setdefault(result.claim.name, result)
    index = {name: number for number, name in enumerate(rules)}
    driver = {
        "name": "planecheck",
        "version": VERSION,
        "semanticVersion": VERSION,
        "rules": [_rule(result.claim, result.subject) for result in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The working folder."}}},
        "invocations": [_invocation(report, found)],
        "results": [
            _result(finding, report, look, index) for finding in found if is_violation(finding)
        ],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    # Steps are nested so deep that indentation would be half of the file.
    return json.dumps(document, separators=(",", ":")) + "\n"


def _text(text: str) -> dict[str, str]:
    return {"text": safe(text)}


def _message(text: str) -> dict[str, str]:
    """Plain text of a message, in which brackets would be links and braces arguments."""
    shown = safe(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {"text": shown.replace("{", "{{").replace("}", "}}")}


def _rule(claim: Property, subject: str) -> dict[str, Any]:
    text = claim.text or claim.name
    page = _PAGES.get(subject.partition("/")[0], f"{_KUBERNETES}/")
    advice = "The steps of the code flow are one way in which it comes about."
    return {
        "id": claim.name,
        "shortDescription": _text(text),
        "fullDescription": _text(text),
        "helpUri": page,
        "help": {
            "text": f"{safe(text)} {advice} Background: {page}",
            "markdown": f"**{plain(claim.name)}**: {plain(text)}\n\n{advice}\n\n"
            f"[What Kubernetes says]({page})",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["kubernetes"], "precision": "very-high"},
    }


def _result(finding: Finding, report: Report, look: Look, index: dict[str, int]) -> dict[str, Any]:
    result = finding.result
    assert result is not None
    example = result.counterexample
    sentences = [f"{finding.title}."]
    if finding.likewise:
        sentences.append(f"Likewise in {', '.join(finding.likewise)}.")
    if example:
        sentences += [f"{remark}." for remark in example.remarks]
        sentences.append(ending(example.loop, len(example.moves)))
        sentences += [f"{fix}." for fix in fixes(finding)]
    sentences.append(f"Reproduce: {report.reproduce(result)}")
    document: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": result.severity,
        "kind": "fail",
        "message": _message(" ".join(filter(None, sentences))),
        "locations": [_location(finding.source, look) | {"logicalLocations": [_logical(result)]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1"},
        "suppressions": [_suppression(found)] if (found := finding.suppressed) else [],
    }
    if example and example.places[1:]:
        document["relatedLocations"] = [
            {"id": number, **_location(place.source, look), "message": _message(place.path)}
            for number, place in enumerate(example.places[1:], start=1)
        ]
    if example and example.moves:
        steps = [_step(move, result, finding) for move in example.moves[:_MOST_STEPS]]
        document["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return document


def _suppression(suppression: Suppression) -> dict[str, Any]:
    return {
        "kind": "external" if suppression.origin == "baseline" else "inSource",
        "status": "accepted",
        "justification": safe(suppression.reason),
        "location": _location(suppression.source, None),
    }


def _logical(result: Result) -> dict[str, str]:
    return {"fullyQualifiedName": safe(result.subject), "kind": "resource"}


def _step(move: Move, result: Result, finding: Finding) -> dict[str, Any]:
    source = _changed(move, result) or result.instance.scenario.workload.source
    if source.line < 1 or source.file in ("", "-"):
        source = finding.source or source
    step: dict[str, Any] = {
        "executionOrder": move.index,
        "location": {
            **_location(source, None),
            "message": _message(f"{move.index}. {move.actor}: {move.text}"),
        },
    }
    if move.changes:
        step["state"] = {safe(str(c.label)): _message(show(c.new)) for c in move.changes}
    return step


def _changed(move: Move, result: Result) -> Source | None:
    """Where a field of the workload that a step changes is written."""
    workload = result.instance.scenario.workload
    for change in move.changes:
        owner, path = change.label
        if owner == f"{workload.kind}/{workload.name}" and path in result.instance.fields:
            return result.instance.fields[path]
    return None


def _location(source: Source | None, look: Look | None) -> dict[str, Any]:
    """A place; with a look, its line is shown as well."""
    if source is None:
        return {"physicalLocation": {"artifactLocation": {"uri": "-"}, "region": {"startLine": 1}}}
    region: dict[str, Any] = {"startLine": source.line, "startColumn": source.column}
    if look is not None:
        from counterexamples.explain import Place

        line = excerpt(Place("", source), look)
        if line is not None:
            region |= {"endLine": source.line, "endColumn": max(len(line) + 1, source.column)}
            region["snippet"] = {"text": line}
    return {"physicalLocation": {"artifactLocation": _artifact(source.file), "region": region}}


def _artifact(file: str) -> dict[str, str]:
    """A file below the working folder relative to it, any other by its whole address."""
    name = relative(file)
    if os.path.isabs(name):
        return {"uri": Path(name).as_uri()}
    encoded = quote(name.encode("utf-8", "surrogateescape"), safe="/")
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}


def _invocation(report: Report, found: list[Finding]) -> dict[str, Any]:
    unknown = [f for f in found if f.result is not None and not is_violation(f)]
    input_ = [f for f in found if f.diagnostic is not None]
    return {
        "executionSuccessful": report.exit not in (2, 4) and not report.interrupted,
        "exitCode": report.exit,
        "toolExecutionNotifications": [_notification(f) for f in unknown],
        "toolConfigurationNotifications": [_notification(f) for f in input_],
    }


def _notification(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "level": finding.severity,
        "message": _message(finding.title),
        "descriptor": {"id": finding.rule},
    }
    if finding.source is not None:
        document["locations"] = [_location(finding.source, None)]
    return document
