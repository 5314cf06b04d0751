"""Kustomizations and charts to text, by the programs that are installed.

A renderer is called without a shell, for a limited time, and without anything that makes it go to a
network or a cluster. Helm says which template each document is from (`# Source:`), and kustomize
says it of which file where it is asked to (`buildMetadata: [originAnnotations]`): such a document
is placed in that file, with the lines of what was rendered. Pods that only `helm test` makes are
left out.

Source: kubernetes-sigs/kustomize at kustomize v5.7.1, `api/resource/origin.go`; helm v3.22
`pkg/cmd/template.go`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from model.load import compose
from model.load.diagnostics import Report
from model.load.files import MAX_BYTES
from model.load.folder import Root
from model.load.tree import Mapping, as_text

#: Seconds that one rendering may take.
PATIENCE = 30.0
#: Letters of a renderer's own words about a failure.
_MOST_LETTERS = 600

#: Kind of root to the commands that render it, best first; the folder follows.
RENDERERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "kustomization": (("kubectl", "kustomize"), ("kustomize", "build")),
    "chart": (("helm", "template", "--skip-tests"),),
}

#: What k8s.io/klog puts before a message.
_LOGGED = re.compile(r"(?m)^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\] ")
#: The annotation in which kustomize says what an object is made from.
_ORIGIN = "config.kubernetes.io/origin"
_SOURCE = re.compile(r"(?m)^# Source: (.+?)\s*$")


@dataclass(frozen=True)
class Rendered:
    """`texts` by the name of the file that each is shown as; or `failure`, a sentence."""

    command: str
    texts: dict[str, str]
    failure: str = ""


def pipe(root: Root) -> str:
    """What the user may run in place of a renderer that is missing."""
    command = RENDERERS[root.kind][0]
    return f"{' '.join(command)} {_argument(root.folder)} | check -"


def mending(root: Root) -> str:
    """What may be done about a root that cannot be rendered."""
    if root.kind != "chart":
        return "mend it"
    return f"mend it, give it values (`helm template {_argument(root.folder)} -f FILE | check -`)"


def installed(kind: str) -> tuple[str, ...] | None:
    """The command that renders a kind of root here."""
    return next((command for command in RENDERERS[kind] if shutil.which(command[0])), None)


def render(root: Root, command: tuple[str, ...]) -> Rendered:
    """The texts that a root stands for."""
    words = (*command, _argument(root.folder))
    shown = " ".join(words)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, close_fds=True
            )
        except OSError as error:
            return Rendered(shown, {}, f"cannot be run: {error.strerror or error}")
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return Rendered(shown, {}, f"took more than {PATIENCE:g} s")
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        err.seek(0)
        data = out.read(MAX_BYTES + 1)
        said = _plain(err.read(2**16).decode("utf-8", "replace"))
    if code:
        return Rendered(shown, {}, said or f"ended with exit code {code} and said nothing")
    if len(data) > MAX_BYTES:
        return Rendered(shown, {}, f"gave more than {MAX_BYTES // 2**20} MiB")
    texts: dict[str, str] = {}
    for name, text in _parts(root, data.decode("utf-8", "replace")):
        texts[name] = f"{texts[name]}---\n{text}" if name in texts else text
    return Rendered(shown, texts)


def _plain(said: str) -> str:
    """A program's words on one line, without the times and processes that a log has."""
    return " ".join(_LOGGED.sub("", said).split())[:_MOST_LETTERS]


def _argument(folder: str) -> str:
    """A folder that no program takes for an option or for the name of something remote."""
    plain = os.path.isabs(folder) or folder.startswith(("./", "../")) or folder in (".", "..")
    return folder if plain else os.path.join(".", folder)


def _parts(root: Root, text: str) -> Iterator[tuple[str, str]]:
    """Each document, or run of them, with the file that it is shown as."""
    place = _template if root.kind == "chart" else _origin
    for part in re.split(r"(?m)^---[ \t]*\n", text):
        if part.strip():
            own = place(part)
            # A base's file comes to something else in each overlay.
            whose = f" for {root.folder}" if own and root.kind != "chart" else ""
            path = os.path.normpath(os.path.join(root.folder, own))
            yield f"{path} (rendered{whose})", part


def _template(part: str) -> str:
    """The template of a document, in the chart's folder; empty where Helm says nothing."""
    source = _SOURCE.search(part)
    # The chart goes by its own name there, whatever its folder is called.
    return source[1].partition("/")[2] or source[1] if source else ""


def _origin(part: str) -> str:
    """The file that a document is made from or configured in, seen from the kustomization's folder;
    empty where kustomize says nothing, or that it is fetched."""
    if _ORIGIN not in part:
        return ""
    scratch = Report()
    for document in compose.documents("", part, scratch):
        if not isinstance(document, Mapping):
            continue
        said = as_text(document.at("metadata", "annotations", _ORIGIN))
        for origin in compose.documents("", said, scratch):
            if isinstance(origin, Mapping) and origin.at("repo") is None:
                return as_text(origin.at("path")) or as_text(origin.at("configuredIn"))
    return ""
