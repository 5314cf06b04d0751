"""Every file that is read, once each, and which of them are checked together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from model.load import compose, files, objects
from model.load.diagnostics import Report
from model.load.objects import Object
from model.mutations import MUTATIONS
from model.scenario import Source

if TYPE_CHECKING:
    from model.load.check import Check


class Library:
    """Reads paths, follows `spec.manifests`, and groups what was found into units."""

    def __init__(self, property_names: Sequence[str], stdin: TextIO | None, report: Report) -> None:
        self.property_names = property_names
        self.stdin = stdin
        self.report = report
        #: Real path to the objects of a file, in the order of reading.
        self._files: dict[str, list[Object]] = {}
        #: Each Check with the real paths of the files that it covers.
        self._checks: list[tuple[Check, list[str]]] = []

    def read(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._add(path)

    def units(self) -> list[tuple[list[Object], Check | None]]:
        """Objects that are checked together, each group with its Check.

        Files that no Check covers form a group of their own. They join a Check that has no
        workload itself; and if they have none, only nodes perhaps, they join every Check.
        """
        claimed = {real for _, covered in self._checks for real in covered}
        loose = self._objects(real for real in self._files if real not in claimed)
        if not self._checks:
            return [(loose, None)]
        units: list[tuple[list[Object], Check | None]] = []
        joined = not _has_workload(loose)
        for check, covered in self._checks:
            found = self._objects(dict.fromkeys(covered))
            if not _has_workload(found) or not _has_workload(loose):
                found += loose
                joined = True
            units.append((found, check))
        return units if joined else [*units, (loose, None)]

    def _add(self, path: str) -> list[str]:
        """Read a file or folder and what its Checks point at; the real paths of its files."""
        added = []
        for name in files.expand(path, self.report):
            real = name if name == "-" or "\0" in name else os.path.realpath(name)
            added.append(real)
            if real not in self._files:
                self._files[real] = self._read_file(name)
                for found in self._files[real]:
                    if found.kind == "Check" and found.read:
                        self._add_check(found, real)
        return added

    def _read_file(self, path: str) -> list[Object]:
        text = files.read(path, self.report, self.stdin)
        if text is None:
            return []
        name = files.STDIN if path == "-" else path
        self.report.texts[name] = text
        documents = compose.documents(name, text, self.report)
        if not documents and not self.report.failed_in(name):
            self.report.warning("P004", "no Kubernetes object in this file", Source(name, 1))
        return list(objects.objects_of(documents, self.report))

    def _add_check(self, found: Object, real: str) -> None:
        # Most runs have no Check, and its reader costs milliseconds to import.
        from model.load.check import read_check

        check = read_check(found, self.property_names, tuple(MUTATIONS), self.report)
        folder = "" if real == "-" else os.path.dirname(found.source.file)
        covered = [real]
        self._checks.append((check, covered))
        for path, place in check.manifests:
            target = os.path.normpath(os.path.join(folder, path))
            if path == "-" or "\0" in path or not os.path.exists(target):
                message = f"`spec.manifests`: there is no `{target}`"
                self.report.error("P001", message, place, "paths are relative to this file")
            else:
                covered += self._add(target)

    def _objects(self, real_paths: Iterable[str]) -> list[Object]:
        return [found for real in real_paths for found in self._files[real]]


def _has_workload(found: list[Object]) -> bool:
    return any(item.kind in ("Deployment", "ReplicaSet") and item.read for item in found)
