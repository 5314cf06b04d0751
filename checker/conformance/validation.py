"""Vectors of manifests: whether the API server takes them."""

from __future__ import annotations

from collections.abc import Mapping

from checker.conformance.contract import Outcome, Vector, compared, unsupported
from model.load import compose
from model.load.diagnostics import Report
from model.load.kinds import READ
from model.load.library import Lot
from model.load.objects import objects_of
from model.load.unit import read_unit


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """Accepted or refused; what is refused while it is decoded and what is refused afterwards are
    one to a user."""
    report = Report()
    documents = compose.documents("<vector>", vector.input["manifest"], report)
    objects = list(objects_of(documents, report))
    strangers = [found.kind for found in objects if not found.read]
    if strangers or (vector.family not in READ and vector.family != "YAML"):
        kind = strangers[0] if strangers else vector.family
        return {f"validation {kind}": unsupported(f"{kind} is not read")}
    read_unit(Lot(objects), (), report)
    found = report.sorted()
    if vector.output.get("stage") == "decode" and any(each.code == "P017" for each in found):
        return {f"validation {vector.family}": unsupported("YAML that kubectl rewrites")}
    errors = [f"{each.code} {each.message}" for each in found if each.severity == "error"]
    theirs = _said(vector.output)
    accepted = not errors
    ours = theirs if accepted == vector.output["accepted"] else errors[0] if errors else "accepted"
    return {f"validation {vector.family}": compared(theirs, ours)}


def _said(answer: Mapping[str, list[Mapping[str, str]]]) -> str:
    """The real answer in one line."""
    if answer["accepted"]:
        return "accepted"
    first = answer["errors"][0]
    place = f"{first['field']}: " if first.get("field") else ""
    return f"refused: {place}{first['message']}"
