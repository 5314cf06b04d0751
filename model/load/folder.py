"""What a folder stands for: manifests to read, and kustomizations and charts to render.

Files come in the order in which `kubectl apply --recursive` takes them (kubernetes v1.36,
`staging/src/k8s.io/cli-runtime/pkg/resource/visitor.go`, ExpandPathsToFileVisitors: Go's
filepath.Walk, which sorts names and follows no link to a folder). Hidden files and folders are left
out. What a kustomization refers to, and all that lies in a chart, is theirs: it is no manifest on
its own. A kustomization that another one uses is rendered through that one only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from model.api.source import Source
from model.load import files, kustomization
from model.load.diagnostics import Report
from model.load.files import SUFFIXES
from model.load.kustomization import Kustomization
from model.plan import Skipped

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CHART = "Chart.yaml"
#: Folders below a kustomization's own that it may use, and files below a folder: more are not
#: looked at, so that no link makes the work endless.
MAX_ENTRIES = 100_000


@dataclass(frozen=True)
class Exclusion:
    """Patterns as in a `.gitignore` in the folder `base`; None is the folder that is read."""

    patterns: tuple[str, ...]
    base: str | None = None


@dataclass(frozen=True)
class Root:
    """A kustomization or a chart that stands for itself."""

    kind: Literal["kustomization", "chart"]
    folder: str
    #: Why it cannot be rendered here, or the empty string.
    outside: str = ""


@dataclass
class Content:
    """Paths begin with the folder's, as it was given."""

    files: list[str] = field(default_factory=list)
    roots: list[Root] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def content(path: str, exclusions: Iterable[Exclusion], report: Report) -> Content:
    """What a folder holds; what cannot be read goes to `report`."""
    found = Content()
    excluded = _Excluded(path, exclusions, found.skipped)
    walked: list[str] = []
    folders: list[str] = []
    for name, is_folder in _walk(path, excluded, found.roots, report):
        if not is_folder and os.path.exists(name) and not files.is_manifest(name):
            # Whoever put a link there chooses no other file to be read, and quoted in a report.
            found.skipped.append(Skipped(name, "a link to something else"))
        elif is_folder or os.path.isfile(name) or not os.path.exists(name):
            (folders if is_folder else walked).append(name)
        else:
            # Whoever names a pipe wants it read; one that lies in a folder may never end.
            found.skipped.append(Skipped(name, "a pipe, socket or device"))
    used, everything = _kustomizations(folders, found)
    own = {real for each in everything for real in each.reached}
    charts = [root for root in found.roots if root.kind == "chart"]
    libraries = [root.folder for root in charts if _says(root.folder, "type", "library")]
    found.skipped += [Skipped(folder, "a library chart") for folder in libraries]
    # A chart that a kustomization uses is rendered through that.
    idle = {os.path.realpath(folder) for folder in libraries} | used
    found.roots = [
        root
        for root in found.roots
        if root.kind == "kustomization" or os.path.realpath(root.folder) not in idle
    ]
    inside = tuple(os.path.join(os.path.realpath(root.folder), "") for root in charts)
    found.files = [
        name
        for name in walked
        if (real := os.path.realpath(name)) not in own and not real.startswith(inside)
    ]
    return found


def _kustomizations(folders: list[str], found: Content) -> tuple[set[str], list[Kustomization]]:
    """Adds the roots among the folders' kustomizations. Returns the real paths that others use,
    and every kustomization, those that are only reached included."""
    known: dict[str, Kustomization | None] = {}
    waiting = [*reversed(folders)]
    inside = {os.path.realpath(folder) for folder in folders}
    used: set[str] = set()
    while waiting and len(known) < MAX_ENTRIES:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in known:
            continue
        each = known[real] = kustomization.read(folder)
        if each is not None:
            used |= each.reached
            waiting += [path for path in each.reached if os.path.isdir(path) and path not in known]
    everything = [each for each in known.values() if each is not None]
    for real, each in known.items():
        if each is None or real in used or real not in inside:
            continue
        if each.kind == "Component":
            what = "a kustomize component that nothing uses"
            found.skipped.append(Skipped(each.folder, what))
        else:
            outside = next((o for k in _through(each, known) if (o := k.outside)), "")
            found.roots.append(Root("kustomization", each.folder, outside))
    return used, everything


def _through(
    each: Kustomization, known: dict[str, Kustomization | None]
) -> Iterator[Kustomization]:
    """A kustomization and all that it reaches."""
    seen: set[str] = set()
    waiting = [each]
    while waiting:
        current = waiting.pop()
        yield current
        for path in current.reached - seen:
            seen.add(path)
            below = known.get(path)
            if below is not None:
                waiting.append(below)


def _walk(
    path: str, excluded: _Excluded, charts: list[Root], report: Report
) -> Iterator[tuple[str, bool]]:
    """Folders before what is in them, and files that may hold manifests. Nothing of a chart."""
    waiting = [path]
    count = 0
    while waiting:
        name = waiting.pop()
        count += 1
        if count > MAX_ENTRIES:
            message = f"more than {MAX_ENTRIES:,} files and folders"
            report.error("P002", message, Source(path, 1), "name a folder below it")
            return
        if not os.path.isdir(name) or (os.path.islink(name) and name != path):
            yield name, False
            continue
        try:
            names = sorted(os.listdir(name), reverse=True)
        except OSError as error:
            report.error("P001", f"cannot be read: {error.strerror or error}", Source(name, 1))
            continue
        chart = CHART in names and os.path.isfile(os.path.join(name, CHART))
        if chart and _says(name, "name") and not _says(name, "kind"):
            charts.append(Root("chart", name))
            continue
        yield name, True
        waiting += [
            below
            for each in names
            if not each.startswith(".")
            and (os.path.isdir(below := os.path.join(name, each)) or each.endswith(SUFFIXES))
            and not (os.path.isdir(below) and os.path.islink(below))
            and not excluded(below)
        ]


def _says(chart: str, key: str, value: str = "") -> bool:
    """Whether the Chart.yaml in a folder has a key at its top, with a value that begins so."""
    try:
        with open(os.path.join(chart, CHART), encoding="utf-8", errors="replace") as file:
            text = file.read(2**16)
    except OSError:
        return False
    return bool(re.search(rf"(?m)^{key}\s*:\s*{value}", text))


class _Excluded:
    """Whether a path below a folder is excluded; each that is goes to `skipped` once."""

    def __init__(
        self, folder: str, exclusions: Iterable[Exclusion], skipped: list[Skipped]
    ) -> None:
        self._skipped = skipped
        self._specs = [
            (os.path.realpath(folder if each.base is None else each.base), spec(each.patterns))
            for each in exclusions
            if each.patterns
        ]

    def __call__(self, path: str) -> bool:
        # The last component is left as it is: a link is excluded by its own name.
        head, tail = os.path.split(path)
        slash = "/" if os.path.isdir(path) else ""
        for base, patterns in self._specs:
            below = os.path.relpath(os.path.join(os.path.realpath(head), tail), base)
            name = below.replace(os.sep, "/")
            if not name.startswith("../") and patterns.match_file(name + slash):
                self._skipped.append(Skipped(path, "excluded"))
                return True
        return False


def spec(patterns: Sequence[str]) -> GitIgnoreSpec:
    """The patterns, compiled. Raises ValueError for what is none."""
    # Costs more to import than most folders to read.
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
