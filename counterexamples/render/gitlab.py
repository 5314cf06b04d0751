"""GitLab's code quality report: an array of findings, empty when there is nothing to say.

A violation of a safety property is critical, of a liveness property major; what has no answer is
info; mistakes in the input are blockers, other diagnostics minor or info.

Follows GitLab's documentation of code quality, "Code Quality report format". GitLab shows only
findings in files: one that no file speaks of is put on line 1 of `-`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from counterexamples.render.contract import Look
from counterexamples.render.findings import Finding, findings, fixes, relative
from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from checker.report import Report


def render(report: Report, look: Look) -> str:  # noqa: ARG001 - machines need no look
    """See `contract.Renderer`."""
    return json.dumps([_issue(found) for found in findings(report)], indent=1) + "\n"


def _issue(found: Finding) -> dict[str, Any]:
    result, source = found.result, found.source
    description = found.title
    if result is not None and result.counterexample:
        example = result.counterexample
        description += "".join(f": {safe(remark)}" for remark in example.remarks[:1])
        description += "".join(f". {fix}" for fix in fixes(found, 1))
    return {
        "description": description,
        "check_name": found.rule,
        "fingerprint": found.fingerprint,
        "severity": _severity(found),
        "location": {
            "path": safe(relative(source.file)) if source else "-",
            "lines": {"begin": source.line if source else 1},
        },
    }


def _severity(found: Finding) -> str:
    if found.result is None:
        return {"error": "blocker", "warning": "minor", "note": "info"}[found.severity]
    if found.result.verdict.conflict:
        return "blocker"
    if found.severity == "warning":
        return "info"
    return "critical" if found.result.kind == "safety" else "major"
