"""Kustomizations and charts to text, by the programs that are installed.

A renderer is called without a shell, for a limited time, and without anything that makes it go to a
network or a cluster. Helm says which template each document is from (`# Source:`): such a document
is placed in that template's file, with the lines of what was rendered.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from model.load.files import MAX_BYTES
from model.load.folder import Root

#: Seconds that one rendering may take.
PATIENCE = 30.0
#: Letters of a renderer's own words about a failure.
_MOST_LETTERS = 600

#: Kind of root to the commands that render it, best first; the folder follows.
RENDERERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "kustomization": (("kubectl", "kustomize"), ("kustomize", "build")),
    "chart": (("helm", "template"),),
}

#: What k8s.io/klog puts before a message.
_LOGGED = re.compile(r"(?m)^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\] ")
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
    if root.kind != "chart":
        yield f"{root.folder} (rendered)", text
        return
    for part in re.split(r"(?m)^---[ \t]*\n", text):
        source = _SOURCE.search(part)
        if source:
            # The chart goes by its own name there, whatever its folder is called.
            below = source[1].partition("/")[2] or source[1]
            yield f"{os.path.join(root.folder, below)} (rendered)", part
        elif part.strip():
            yield f"{root.folder} (rendered)", part
