"""What SARIF 2.1.0 and GitHub's code scanning demand, as a schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from checker.report import Report
from counterexamples.render.contract import Look
from tests.counterexamples.reports import LOOK, render

# What SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) and GitHub's code scanning demand of what is
# used here; unknown members are refused, so that a slip of the pen shows.
_LOCATION = {"$ref": "#/$defs/location"}


def _object(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    names = {name: {} for name in (required + " " + optional).split()}
    return {
        "type": "object",
        "required": required.split(),
        "properties": names | properties,
        "additionalProperties": False,
    }


_COUNT = {"type": "integer", "minimum": 1}
_TEXT = _object("text", "markdown", text={"type": "string", "minLength": 1})
_NOTIFICATION = _object(
    "level message descriptor",
    "locations",
    message=_TEXT,
    level={"enum": ["none", "note", "warning", "error"]},
    locations={"type": "array", "items": _LOCATION},
)
_FLOW_STEP = _object(
    "location executionOrder",
    "state",
    location=_LOCATION,
    executionOrder={"type": "integer", "minimum": 0},
    state={"type": "object", "additionalProperties": _TEXT},
)
SARIF = {
    "$defs": {
        "location": _object(
            "physicalLocation",
            "id message logicalLocations",
            message=_TEXT,
            physicalLocation=_object(
                "artifactLocation region",
                artifactLocation=_object(
                    "uri", "uriBaseId", uri={"type": "string", "pattern": "^[!-~]+$"}
                ),
                region=_object(
                    "startLine",
                    "startColumn endLine endColumn snippet",
                    startLine=_COUNT,
                    startColumn=_COUNT,
                    endLine=_COUNT,
                    endColumn=_COUNT,
                ),
            ),
        )
    },
    **_object(
        "$schema version runs",
        version={"const": "2.1.0"},
        runs={
            "type": "array",
            "items": _object(
                "tool columnKind originalUriBaseIds invocations results",
                columnKind={"enum": ["unicodeCodePoints", "utf16CodeUnits"]},
                tool=_object(
                    "driver",
                    driver=_object(
                        "name version semanticVersion rules",
                        rules={
                            "type": "array",
                            "uniqueItems": True,
                            "items": _object(
                                "id shortDescription fullDescription help helpUri",
                                "defaultConfiguration properties",
                                shortDescription=_TEXT,
                                fullDescription=_TEXT,
                                help=_TEXT,
                            ),
                        },
                    ),
                ),
                invocations={
                    "type": "array",
                    "items": _object(
                        "executionSuccessful",
                        "exitCode",
                        executionSuccessful={"type": "boolean"},
                        toolExecutionNotifications={"items": _NOTIFICATION},
                        toolConfigurationNotifications={"items": _NOTIFICATION},
                    ),
                },
                results={
                    "type": "array",
                    "items": _object(
                        "ruleId ruleIndex level kind message locations partialFingerprints "
                        "suppressions",
                        "",
                        suppressions={
                            "type": "array",
                            "uniqueItems": True,
                            "items": _object(
                                "kind",
                                "status justification location",
                                kind={"enum": ["inSource", "external"]},
                                status={"enum": ["accepted", "underReview", "rejected"]},
                                justification={"type": "string", "minLength": 1},
                                location=_LOCATION,
                            ),
                        },
                        message=_TEXT,
                        kind={"const": "fail"},
                        locations={"type": "array", "minItems": 1, "items": _LOCATION},
                        relatedLocations={"type": "array", "items": _LOCATION},
                        partialFingerprints={"additionalProperties": {"type": "string"}},
                        codeFlows={
                            "items": _object(
                                "threadFlows",
                                threadFlows={
                                    "items": _object(
                                        "locations",
                                        locations={"minItems": 1, "items": _FLOW_STEP},
                                    )
                                },
                            )
                        },
                    ),
                },
            ),
        },
    ),
}


def sarif_of(report: Report, look: Look = LOOK) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render("sarif", report, look))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    return dict(run)
