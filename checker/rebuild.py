"""The instance that a file is about, made anew from manifests."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.instance import Instance


class Wrong(Exception):
    """The manifests are wrong, or not about what was asked for; the message says which."""


@dataclass(frozen=True)
class Wanted:
    """What there was when the file was written; see `model.load.LoadOptions` for the options."""

    property: str
    subject: str
    scenario: str
    paths: tuple[str, ...]
    nodes: str | None
    #: Properties asked for on the command line: systems depend on what is asked of them.
    selected: tuple[str, ...]
    #: The name of a smaller instance of the scenario; None for the scenario itself.
    sizes: str | None = None


def standard_input() -> dict[str, str]:
    """The text of standard input, by the name that the loader gives it."""
    from model.load.files import MAX_BYTES, STDIN

    return {STDIN: sys.stdin.buffer.read(MAX_BYTES + 1).decode("utf-8", "replace")}


def rebuild(wanted: Wanted, inputs: Sequence[str], texts: Mapping[str, str]) -> Instance:
    """The instance that is wanted, from `inputs` or from the paths of then. Raises Wrong."""
    from model.cluster import instances
    from model.load import LoadOptions, load
    from model.load.files import STDIN
    from model.properties import PROPERTIES

    paths = tuple(inputs) or wanted.paths
    if "-" in paths and STDIN not in texts:
        raise Wrong("it is about standard input: give the manifests with --input")
    stdin = io.TextIOWrapper(io.BytesIO(texts.get(STDIN, "").encode("utf-8", "replace")), "utf-8")
    options = LoadOptions(wanted.nodes, wanted.selected)
    loaded = load(paths, property_names=tuple(PROPERTIES), stdin=stdin, options=options)
    if loaded.plan is None:
        first = next(d for d in loaded.diagnostics if d.severity == "error")
        raise Wrong(f"its manifests are wrong:\n{first.render()}")
    for scenario in loaded.plan.scenarios:
        if scenario.name == wanted.scenario:
            for found in instances(scenario):
                if found.subject == wanted.subject and _has(found, wanted.property):
                    return _sized(found, wanted.sizes)
    what = f"{wanted.property} of {wanted.subject}, {wanted.scenario}"
    raise Wrong(f"there is no {what} in {', '.join(paths)}")


def _has(instance: Instance, name: str) -> bool:
    return any(prop.name == name for prop in instance.system.properties)


def _sized(instance: Instance, sizes: str | None) -> Instance:
    if sizes is None:
        return instance
    for smaller, _ in instance.smaller():
        if smaller.scenario.name == sizes:
            return smaller
    raise Wrong(f"the scenario has no smaller instance {sizes}")
