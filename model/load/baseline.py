"""The baseline: a file of suppressions beside the manifests, which `check --write-baseline` writes.

It is JSON, read with the reader of manifests: so mistakes have their lines, and what is damaged or
far too large is refused in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as Names

from model.api.source import Source
from model.field import Field
from model.load import compose, files
from model.load.diagnostics import Report
from model.load.reader import Reader
from model.load.spec import SUPPRESSION
from model.load.suppressions import read_suppressions
from model.load.tree import Mapping, as_int, as_text
from model.suppression import Suppression

FORMAT = "planecheck baseline"
VERSION = 1

#: The fields of the file.
BASELINE: Dictionary[str, Field] = {
    "format": Field("string", "what the file is", names=(FORMAT,), required=True),
    "version": Field("integer", "version of this format", None, VERSION, VERSION, required=True),
    "suppressions": Field("objects", "what is accepted", fields=SUPPRESSION, required=True),
}


def read_baseline(path: str, property_names: Names[str], report: Report) -> tuple[Suppression, ...]:
    """The suppressions of a file; mistakes go to `report`, and nothing is returned after one."""
    text = files.read(path, report)
    if text is None:
        return ()
    report.texts[path] = text
    documents = compose.documents(path, text, report)
    if report.failed_in(path):
        return ()
    tree = documents[0] if len(documents) == 1 else None
    if not isinstance(tree, Mapping) or as_text(tree.at("format")) != FORMAT:
        hint = "`check --write-baseline FILE PATH...` writes one"
        report.error("P313", "this is no baseline", Source(path, 1), hint)
        return ()
    version = tree.at("version")
    if as_int(version) != VERSION:
        message = f"this program reads version {VERSION} of baselines, and this is another one"
        report.error("P313", message, tree.place("version"), "use the program that wrote it")
        return ()
    reader = Reader({"property": lambda: property_names}, report)
    values = reader.object(tree, BASELINE, "baseline")
    found = read_suppressions(tree.at("suppressions"), values["suppressions"], "baseline", report)
    return () if report.failed_in(path) else found
