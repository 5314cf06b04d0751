"""Every file that is read, once each, and which of them are checked together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TextIO

from model.api.source import Source
from model.load import compose, files, foreign, objects
from model.load.diagnostics import Report
from model.load.folder import Exclusion, content
from model.load.kinds import WORKLOADS
from model.load.objects import Object
from model.load.tree import Value
from model.plan import Skipped

if TYPE_CHECKING:
    from model.load.applied import Applied
    from model.load.check import Check
    from model.load.folder import Root


@dataclass
class Lot:
    """Objects that are checked together, and the Check that is about them, if any."""

    objects: list[Object]
    check: Check | None = None
    #: The kustomization or chart that the workloads are from; empty for plain files.
    origin: str = ""


class Library:
    """Reads paths, follows `spec.manifests`, and groups what was found into lots."""

    def __init__(
        self,
        property_names: Sequence[str],
        stdin: TextIO | None,
        report: Report,
        exclusions: Sequence[Exclusion] = (),
    ) -> None:
        self.property_names = property_names
        self.stdin = stdin
        self.report = report
        #: Characters of all files so far.
        self._size = 0
        self.exclusions = exclusions
        self.skipped: dict[Skipped, None] = {}
        #: What kustomizations and charts came to, by the name that it is shown as.
        self.rendered: dict[str, str] = {}
        #: Real path to the objects of a file, or of a folder that was rendered, in the order of
        #: reading.
        self._files: dict[str, list[Object]] = {}
        #: Real path of each folder that was rendered to its name.
        self._rendered: dict[str, str] = {}
        #: Each Check with the real paths of the files that it covers.
        self._checks: list[tuple[Check, list[str]]] = []
        #: What could not be rendered, by the reason.
        self._unrendered: dict[str, list[Root]] = {}

    def read(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._add(path)
        self._report_unrendered()

    def lots(self) -> list[Lot]:
        """Files that no Check covers are together, but for what a kustomization or a chart comes
        to: that is apart. They join a Check that has no workload itself; and those without any,
        only nodes perhaps, join every other."""
        claimed = {real for _, covered in self._checks for real in covered}
        loose, rest = self._split(real for real in self._files if real not in claimed)
        if not self._checks:
            return loose or [Lot(rest)]
        lots: list[Lot] = []
        joined = not loose
        for check, covered in self._checks:
            own, others = self._split(dict.fromkeys(covered))
            if own:
                more = rest if not loose else []
                lots += [Lot(lot.objects + more, check, lot.origin) for lot in own]
                continue
            joined = True
            for lot in loose or [Lot(rest)]:
                lots.append(Lot(others + lot.objects, check, lot.origin))
        return lots if joined else [*lots, *loose]

    def _split(self, real_paths: Iterable[str]) -> tuple[list[Lot], list[Object]]:
        """A lot for the files and one for each rendering, those with a workload only, with the
        objects of the others in each; and these objects."""
        plain = Lot([])
        lots = [plain]
        for real in real_paths:
            if real in self._rendered:
                lots.append(Lot(list(self._files[real]), origin=self._rendered[real]))
            else:
                plain.objects += self._files[real]
        having = [lot for lot in lots if _has_workload(lot.objects)]
        rest = [found for lot in lots if lot not in having for found in lot.objects]
        for lot in having:
            lot.objects += rest
        return having, rest

    def _add(self, path: str) -> list[str]:
        """Read a file or folder and what its Checks point at; the real paths of what it holds."""
        if path == "-" or "\0" in path or not os.path.isdir(path):
            real = path if path == "-" or "\0" in path else os.path.realpath(path)
            self._read_once(path, real, named=True)
            return [real]
        added = []
        held = content(path, self.exclusions, self.report)
        self.skipped.update(dict.fromkeys(held.skipped))
        if not (held.files or held.roots or held.skipped):
            expected = ", ".join(f"*{suffix}" for suffix in files.SUFFIXES)
            message = f"no manifests in this folder (expected {expected})"
            self.report.warning("P004", message, Source(path, 1))
        for name in held.files:
            added.append(os.path.realpath(name))
            self._read_once(name, added[-1], named=False)
        for root in held.roots:
            real = os.path.realpath(root.folder)
            if real in self._rendered or self._render(root, real):
                added.append(real)
        return added

    def _read_once(self, path: str, real: str, *, named: bool) -> None:
        if real in self._files:
            return
        self._files[real] = []
        if self._size > files.MAX_TOTAL:
            limit = f"larger than {files.MAX_TOTAL // 2**20} MiB with the files before it"
            self.report.error("P002", limit, Source(path, 1), "check the files one by one")
            return
        documents = self._documents(path, named=named)
        self._files[real] = list(objects.objects_of(documents, self.report))
        for found in self._files[real]:
            if found.kind == "Check" and found.read:
                self._add_check(found, real)

    def _documents(self, path: str, *, named: bool) -> list[Value]:
        """The documents of a file; none where a folder holds it and it is no manifest."""
        scratch = Report()
        text = files.read(path, self.report if named else scratch, self.stdin)
        name = files.STDIN if path == "-" else path
        if text is None:
            if scratch.failed and not self._left_out(path):
                files.read(path, self.report, self.stdin)
            return []
        self._size += len(text)
        self.report.texts[name] = text
        if named:
            documents = compose.documents(name, text, self.report)
            if not documents and not self.report.failed_in(name):
                message = "no Kubernetes object in this file"
                self.report.warning("P004", message, Source(name, 1))
            return documents
        documents = compose.documents(name, text, scratch)
        if scratch.failed:
            return [] if self._left_out(path) else compose.documents(name, text, self.report)
        kinds = [foreign.what(document) for document in documents]
        if None in kinds:
            return documents
        self.skipped[Skipped(path, kinds[0] or "" if kinds else "an empty file")] = None
        return []

    def _left_out(self, path: str) -> bool:
        """Whether a file that cannot be understood holds no manifest for certain."""
        found = files.mentions(path, "apiVersion")
        if found is False:
            self.skipped[Skipped(path, "neither YAML nor JSON")] = None
        return found is False

    def _render(self, root: Root, real: str) -> bool:
        """Read what a kustomization or chart comes to; whether it could be rendered."""
        from model.load import rendering

        command = rendering.installed(root.kind)
        if root.outside or command is None:
            programs = " nor ".join(words[0] for words in rendering.RENDERERS[root.kind])
            several = "neither " if " nor " in programs else ""
            missing = f"{several}{programs} is {'' if several else 'not '}installed"
            self._unrendered.setdefault(root.outside or missing, []).append(root)
            self.skipped[Skipped(root.folder, f"a {root.kind}", missed=True)] = None
            return False
        rendered = rendering.render(root, command)
        if rendered.failure:
            message = f"`{rendered.command}` failed: {rendered.failure}"
            hint = f"{rendering.mending(root)}, or leave the folder out with --exclude"
            self.report.error("P007", message, Source(root.folder, 1), hint)
            return False
        self._rendered[real] = root.folder
        self._files[real] = []
        self.rendered |= rendered.texts
        self.report.texts |= rendered.texts
        for name, text in rendered.texts.items():
            documents = compose.documents(name, text, self.report)
            self._files[real] += objects.objects_of(documents, self.report)
        return True

    def _report_unrendered(self) -> None:
        if not self._unrendered:
            return
        from model.load.rendering import pipe

        for reason, roots in self._unrendered.items():
            first, *others = roots
            more = f", and {len(others)} more likewise" if others else ""
            message = f"this {first.kind} is not checked: {reason}{more}"
            self.report.warning("P006", message, Source(first.folder, 1), f"run `{pipe(first)}`")

    def _add_check(self, found: Object, real: str) -> None:
        # Most runs have no Check, and its reader costs milliseconds to import.
        from model.load.check import read_check

        check = read_check(found, self.property_names, self.report)
        folder = "" if real == "-" else os.path.dirname(found.source.file)
        covered = [real]
        for path, place in check.manifests:
            target = self._target("spec.manifests", folder, path, place)
            if target is not None:
                covered += self._add(target)
        applied = (self._read_applied(e, folder) if e.path else e for e in check.applied)
        check = replace(check, applied=tuple(applied))
        self._checks.append((check, covered))

    def _target(self, field: str, folder: str, path: str, place: Source) -> str | None:
        """What a Check in a folder means by a path; None if that is nothing to be read."""
        target = os.path.normpath(os.path.join(folder, path))
        if path == "-" or "\0" in path or not os.path.exists(target):
            message = f"`{field}`: there is no `{target}`"
            self.report.error("P001", message, place, "paths are relative to this file")
            return None
        if not os.path.isdir(target) and not files.is_manifest(target):
            # Who wrote the Check need not be who runs it: it chooses manifests, no other files.
            expected = ", ".join(f"*{suffix}" for suffix in files.SUFFIXES)
            message = f"`{field}`: `{target}` is not called like a manifest"
            self.report.error("P001", message, place, f"expected {expected}")
            return None
        return target

    def _read_applied(self, applied: Applied, folder: str) -> Applied:
        """The objects that a step applies, which are not there before."""
        target = self._target("apply.manifest", folder, applied.path, applied.source)
        if target is None:
            return applied
        if os.path.isdir(target):
            message = f"`apply.manifest`: `{target}` is a folder"
            self.report.error("P001", message, applied.source, "name one file")
            return applied
        found = objects.objects_of(self._documents(target, named=True), self.report)
        return replace(applied, objects=tuple(found))


def _has_workload(found: list[Object]) -> bool:
    return any(item.kind in WORKLOADS and item.read for item in found)
