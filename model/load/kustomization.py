"""What a kustomization refers to: its own files, other kustomizations, and what only a network has.

Files and folders are named relative to the kustomization's folder.
Source: kubernetes-sigs/kustomize at kustomize v5.8, `api/types/kustomization.go` and
`api/internal/target/kusttarget.go`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from model.load import compose, files
from model.load.diagnostics import Report
from model.load.tree import Mapping, as_text, items_of, mappings_of

#: What the file of a kustomization is called.
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: Fields that list paths; a patch or a generator may stand there itself, which no path does.
_PATHS = (
    *("resources", "bases", "components", "crds", "configurations", "generators", "transformers"),
    *("validators", "patchesStrategicMerge"),
)
#: Fields that list mappings with a `path`.
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
#: Addresses as `git clone` and go-getter take them.
_REMOTE = re.compile(r"[a-z0-9+.-]+://|git@|[^/]*\?ref=|[a-z0-9-]+(\.[a-z0-9-]+)+/|.*[?&]ref=")


@dataclass(frozen=True)
class Kustomization:
    """`reached` are real paths of files and folders, those of other kustomizations included."""

    folder: str
    #: `Kustomization`, or `Component` for what only others can use.
    kind: str
    reached: frozenset[str]
    #: Why only the user can render it, such as a base that is fetched; empty if it can be.
    outside: str


def read(folder: str) -> Kustomization | None:
    """The kustomization in a folder; None if there is none. One that cannot be read refers to
    nothing: who renders it says what is wrong."""
    name = next((n for n in NAMES if os.path.isfile(os.path.join(folder, n))), None)
    if name is None:
        return None
    path = os.path.join(folder, name)
    scratch = Report()
    text = files.read(path, scratch)
    documents = compose.documents(path, text or "", scratch)
    tree = documents[0] if documents else None
    if not isinstance(tree, Mapping):
        return Kustomization(folder, "Kustomization", frozenset({os.path.realpath(path)}), "")
    group = as_text(tree.at("apiVersion")).partition("/")[0]
    if group not in ("", "kustomize.config.k8s.io"):
        return None
    reached = {os.path.realpath(path)}
    outside = "it inflates Helm charts" if _inflates(tree) else ""
    for named in _named(tree):
        target = os.path.join(folder, named)
        if os.path.exists(target):
            reached.add(os.path.realpath(target))
        elif _REMOTE.match(named):
            outside = outside or f"it fetches {named}"
    return Kustomization(folder, as_text(tree.at("kind"), NAMES[2]), frozenset(reached), outside)


def _inflates(tree: Mapping) -> bool:
    return any(items_of(tree.at(key)) for key in ("helmCharts", "helmChartInflationGenerator"))


def _named(tree: Mapping) -> Iterator[str]:
    """Every text that may be a path."""
    for key in _PATHS:
        for item in items_of(tree.at(key)):
            if "\n" not in as_text(item) and as_text(item):
                yield as_text(item)
    for key in _WITH_PATH:
        for _, item in mappings_of(tree.at(key)):
            yield from filter(None, [as_text(item.at("path"))])
    yield from filter(None, [as_text(tree.at("openapi", "path"))])
    for key in _GENERATORS:
        for _, item in mappings_of(tree.at(key)):
            for field in ("files", "envs"):
                for entry in items_of(item.at(field)):
                    yield from filter(None, [as_text(entry).rpartition("=")[2]])
            yield from filter(None, [as_text(item.at("env"))])
