"""Files of certificates: a proof, with what it takes to build the model that it is about again.

One file for each property that was proved with a certificate: JSON, in which the same run writes
the same bytes. docs/certificates.md describes the fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker import TOOL
from checker.keeping import keep
from checker.report import Report
from checker.verdict import left_out
from model import KUBERNETES, inputs

FORMAT = "planecheck certificate"
VERSION = 1

#: No certificate is as large as this.
MOST_BYTES = 64 << 20


class Unreadable(Exception):
    """A file is no certificate; the message says what is wrong with it."""


@dataclass(frozen=True)
class Document:
    """A certificate and what it is about."""

    property: str
    subject: str
    scenario: str
    #: Whether quick steps are prompt in it.
    prompt: bool
    #: The paths that were checked, and `--nodes`.
    paths: tuple[str, ...]
    nodes: str | None
    #: SHA-256 of each file that the model was made from.
    inputs: Mapping[str, str]
    #: Names of omissions that the user accepts and that could make it false of a cluster.
    leaving_out: tuple[str, ...]
    #: What the engine wrote.
    proof: Mapping[str, Any]

    def text(self) -> str:
        written = {
            "format": FORMAT,
            "version": VERSION,
            "tool": TOOL,
            "kubernetes": KUBERNETES,
            "property": self.property,
            "subject": self.subject,
            "scenario": self.scenario,
            "prompt": self.prompt,
            "paths": list(self.paths),
            "nodes": self.nodes,
            "inputs": dict(self.inputs),
            "leavingOut": list(self.leaving_out),
            **self.proof,
        }
        return json.dumps(written, indent=1, ensure_ascii=False) + "\n"


def keep_all(
    folder: str, report: Report, paths: Sequence[str], nodes: str | None, texts: Mapping[str, str]
) -> int:
    """Write the certificates of a report into a folder, which is made if it is missing; how many
    there are. Raises OSError."""
    found = documents(report, paths, nodes, texts)
    if found:
        Path(folder).mkdir(parents=True, exist_ok=True)
    for name, document in found.items():
        keep(Path(folder) / name, document.text())
    return len(found)


def documents(
    report: Report, paths: Sequence[str], nodes: str | None, texts: Mapping[str, str]
) -> dict[str, Document]:
    """The certificates of a report, by the name of their file. `texts` are those of files that
    cannot be read again.

    Instances of one structure share a proof: the file names the one that was checked.
    """
    found: dict[str, Document] = {}
    for result in report.results:
        proof = result.verdict.certificate
        if proof is None or result.shared is not None:
            continue
        name = re.sub(r"[^A-Za-z0-9.]+", "-", f"{result.subject} {result.scenario}".lower())
        found[f"{name.strip('-')}.{result.claim.name}.json"] = Document(
            result.claim.name,
            result.subject,
            result.scenario,
            bool(result.instance.scenario.prompt),
            tuple(paths),
            nodes,
            inputs.digests(inputs.files_of(result.instance), texts),
            left_out(result.verdict),
            proof,
        )
    return found


def read(path: str) -> Document:
    """The certificate in a file. Raises Unreadable."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a path with a NUL byte in it
        raise Unreadable(f"cannot be read: {error}") from error
    if len(data) > MOST_BYTES:
        raise Unreadable("is too large for a certificate")
    try:
        given = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is not JSON, or was cut short: {error}") from error
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise Unreadable(f"is no {FORMAT}: `check --certificates DIR …` writes them")
    if given.get("version") != VERSION or isinstance(given.get("version"), bool):
        raise Unreadable(f"has version {given.get('version')!r}; this program reads {VERSION}")
    return Document(
        _text(given, "property"),
        _text(given, "subject"),
        _text(given, "scenario"),
        given.get("prompt") is True,
        tuple(_texts(given, "paths")),
        None if given.get("nodes") is None else _text(given, "nodes"),
        _inputs(given),
        tuple(_texts(given, "leavingOut")) if "leavingOut" in given else (),
        given,
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"has no text `{name}`")
    return value


def _texts(given: Mapping[str, Any], name: str) -> list[str]:
    value = given.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unreadable(f"has no list of texts `{name}`")
    return value


def _inputs(given: Mapping[str, Any]) -> dict[str, str]:
    value = given.get("inputs")
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise Unreadable("has no `inputs`")
    return value
