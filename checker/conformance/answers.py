"""Vectors of mistakes: what the API server says of each, in its own words.

Some answers come from decoding, which ends at the first mistake.
"""

from __future__ import annotations

from collections.abc import Mapping

from checker.conformance.contract import Outcome, Vector, compared
from model.load import compose
from model.load.diagnostics import Report
from model.load.library import Lot
from model.load.objects import objects_of
from model.load.unit import read_unit


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """All that is said of a manifest, in any order; nothing is said of what is created. A mistake
    that is found here and of which no answer is known disagrees."""
    report = Report()
    documents = compose.documents("<vector>", vector.input["manifest"], report)
    read_unit(Lot(list(objects_of(documents, report))), (), report)
    found = [each for each in report.sorted() if each.severity == "error"]
    ours = [answer for each in found for answer in each.answers or (each.message,)]
    return {f"answers {vector.family}": compared(sorted(vector.output["answers"]), sorted(ours))}
