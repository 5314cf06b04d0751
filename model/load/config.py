"""`.planecheck.yaml`: what a repository is to be checked with, where the command line says nothing.

The file lies in the folder of the first path, or in one above it, up to the root of the repository
(the folder with `.git`) or of the file system. Its fields are read by the same reader as those of a
spec; paths and patterns in it are relative to its folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as Names
from dataclasses import dataclass, field
from typing import Any

from model.api.source import Source
from model.field import Field
from model.load.diagnostics import Report

NAME = ".planecheck.yaml"

#: The fields of the file, each named as the long option that it stands for would be in YAML.
CONFIG: Dictionary[str, Field] = {
    "paths": Field("strings", "files and folders to check where the command line names none"),
    "exclude": Field(
        "strings", "what is left out of folders, as a .gitignore beside this file would (--exclude)"
    ),
    # Which names there are is known once the manifests are read: a Check may have its own.
    "properties": Field("strings", "check only these properties (--property)"),
    "skip": Field("strings", "properties that are not checked (--skip)"),
    "scenarios": Field("strings", "check only these scenarios (--scenario)"),
    "nodes": Field("text", "nodes to assume, such as 5 or 5x8cpu,32Gi (--nodes)"),
    "strictAssumptions": Field(
        "boolean",
        "whether what only the assumed number of nodes violates is violated (--strict-assumptions)",
    ),
    "accept": Field(
        "strings",
        "what the model leaves out and is accepted: names of omissions, or all (--allow-omitted)",
        names="omission",
    ),
    "failOn": Field(
        "string",
        "what makes a run fail: a violation, or also what has no answer, or nothing (--fail-on)",
        names=("violated", "unknown", "never"),
    ),
    "allowEmpty": Field("boolean", "whether a run that checks nothing passes (--allow-empty)"),
    "baseline": Field("string", "the file of violations that are accepted (--baseline)"),
    "engine": Field("string", "how to search (--engine)"),
    "depth": Field("integer", "longest runs that are looked at (--depth)", None, 1, 100_000),
    "timeout": Field("text", "time for the whole run, such as 2m (--timeout)"),
    "patience": Field("text", "time to look for proofs of what holds (--patience)"),
    "explain": Field("text", "processor time to look for causes (--explain)"),
    "memory": Field("text", "memory to stop at, such as 2GiB (--max-memory)"),
}
#: Fields with paths, and one path.
_PATHS, _PATH = "paths", "baseline"


@dataclass(frozen=True)
class Config:
    """What a file says: fields to values as a user would give them on the command line."""

    file: str
    values: Dictionary[str, Any]
    #: Where each of them is, and each item of a list, as `skip[0]`.
    places: Dictionary[str, Source] = field(default_factory=dict)
    text: str = ""

    @property
    def folder(self) -> str:
        return os.path.dirname(self.file)


def find(path: str | None) -> str | None:
    """The file that counts for a path; None and "-" stand for the working folder."""
    start = "." if path in (None, "-") else path or "."
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        file = os.path.join(folder, NAME)
        if os.path.isfile(file):
            return _short(file)
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = above


def read_config(file: str, report: Report) -> Config:
    """What a file says; mistakes go to `report`."""
    from model.load import compose, files
    from model.load.reader import Reader
    from model.load.tree import Mapping
    from model.omissions import EVERYTHING, OMISSIONS

    text = files.read(file, report)
    if text is None:
        return Config(file, {})
    report.texts[file] = text
    documents = compose.documents(file, text, report)
    if not documents:
        return Config(file, {})
    tables: dict[str, Callable[[], Names[str]]] = {
        "omission": lambda: (EVERYTHING, *OMISSIONS),
    }
    reader = Reader(tables, report)
    values = reader.object(documents[0], CONFIG, "config")
    if len(documents) > 1:
        report.error("P304", "one document is enough here", documents[1].source)
    given = documents[0].keys if isinstance(documents[0], Mapping) else {}
    found = {key: values[key] for key in CONFIG if key in given and values[key] is not None}
    folder = os.path.dirname(file)
    if _PATHS in found:
        found[_PATHS] = [os.path.normpath(os.path.join(folder, path)) for path in found[_PATHS]]
    if _PATH in found:
        found[_PATH] = os.path.normpath(os.path.join(folder, found[_PATH]))
    items = {path.removeprefix("config."): place for path, place in reader.places.items()}
    return Config(file, found, items | {key: given[key] for key in found}, text)


def _short(file: str) -> str:
    """The file as from the working folder, if it is not far from there."""
    below = os.path.relpath(file)
    return file if below.count("..") > 3 else below
