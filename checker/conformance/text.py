"""Vectors of strings: quantities, names, label selectors, percentages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checker.conformance.contract import Outcome, Vector, compared, unsupported
from model.api import quantity
from model.api.intstr import IntOrPercent
from model.api.selector import LabelSelector, Requirement
from model.api.source import Source
from model.load import labels
from model.load.diagnostics import Report

#: Beyond these many nanos upstream's rounding overflows, while amounts here are capped.
_EXACT = 2**53 * 10**6


def quantities(vector: Vector) -> Mapping[str, Outcome]:
    """Whether a text is a quantity, and its value rounded up to units and to thousandths."""
    nanos, real = quantity.parse(vector.input), vector.output
    ours = None if nanos is None else [quantity.ceil(nanos, 10**6), quantity.ceil(nanos, 10**9)]
    theirs = None if "error" in real else [real["milliValue"], real["value"]]
    outcome = compared(theirs, ours)
    if outcome.verdict == "disagree" and nanos is not None and theirs is not None:
        if nanos < 0:
            outcome = unsupported("how negative amounts are rounded: no object may have them")
        elif nanos >= _EXACT:
            outcome = unsupported("amounts that overflow upstream are capped")
    return {"quantities": outcome}


def names(vector: Vector) -> Mapping[str, Outcome]:
    """Which kinds of names and values a text may be."""
    text: str = vector.input

    def passes(check: Callable[[str, str, Source, Report], None]) -> bool:
        report = Report()
        check(text, "name", Source("<vector>", 1), report)
        return not report.failed

    ours = {
        "dns1123Label": passes(labels.check_dns_label),
        "dns1123Subdomain": passes(labels.check_name),
        "qualifiedName": labels.is_qualified(text),
        "labelValue": labels.is_label_value(text),
    }
    return {"names": compared(vector.output, ours)}


def selectors(vector: Vector) -> Mapping[str, Outcome]:
    """Whether a label selector matches a set of labels."""
    given = vector.input["selector"]
    expressions = (
        Requirement(e["key"], e["operator"], tuple(e.get("values") or ()))
        for e in given.get("matchExpressions") or ()
    )
    selector = LabelSelector(given.get("matchLabels") or {}, tuple(expressions))
    ours = {
        "empty": labels.is_empty(selector),
        "matches": selector.selects(vector.input["labels"] or {}),
    }
    return {"label selectors": compared(vector.output, ours)}


def percentages(vector: Vector) -> Mapping[str, Outcome]:
    """A percentage of a total, rounded up and down."""
    amount, total = IntOrPercent(vector.input["percent"], percent=True), vector.input["total"]
    ours = {
        "up": amount.scaled(total, round_up=True),
        "down": amount.scaled(total, round_up=False),
    }
    return {"percentages": compared(vector.output, ours)}
