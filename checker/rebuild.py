"""The instance that a stranger's file is about, made anew from manifests.

The file chooses nothing that is read: manifests are those that the user names. What it says is
printed without whatever could be taken for more than text, and building ends with its budget.
"""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from checker.budget import Budget
from checker.terminal import interruptible
from checker.watchdog import watched
from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from model.instance import Instance


#: Bytes that building may take.
_MEMORY = 4 << 30


class Wrong(Exception):
    """The manifests are wrong, or not about what was asked for: a sentence, and lines below it."""

    def __init__(self, sentence: str, *lines: str) -> None:
        super().__init__(sentence, *lines)
        self.lines = (sentence, *lines)


@dataclass(frozen=True)
class Wanted:
    """What there was when the file was written; see `model.load.LoadOptions` for the options."""

    property: str
    subject: str
    scenario: str
    #: The paths that were checked: for a hint, never to be read.
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


@contextmanager
def bounded(seconds: float) -> Iterator[Budget]:
    """A budget for all that is done inside, which signals interrupt. Raises Overrun there."""
    budget = Budget(seconds, _MEMORY)
    with interruptible(budget), watched(budget, grace=0.0):
        yield budget


def tell(path: str, word: str, lines: Sequence[str], *, mistake: bool) -> None:
    """Print what came out of a file: no text in it ends a line or moves the cursor, and none
    begins one, where a log would take it for a command."""
    first, *others = map(safe, lines)
    click.echo(f"{safe(path)}: {word}: {first}", err=mistake)
    for line in others:
        click.echo(f"  {line}", err=mistake)


def rebuild(wanted: Wanted, inputs: Sequence[str], texts: Mapping[str, str]) -> Instance:
    """The instance that is wanted, from `inputs`. Raises Wrong."""
    from model.cluster import instances
    from model.load import LoadOptions, load
    from model.load.files import STDIN
    from model.properties import PROPERTIES

    if not inputs:
        said = shlex.join(word for path in wanted.paths for word in ("--input", path))
        raise Wrong(f"name the manifests that it is about: it says {said or 'none'}")
    stdin = io.TextIOWrapper(io.BytesIO(texts.get(STDIN, "").encode("utf-8", "replace")), "utf-8")
    options = LoadOptions(wanted.nodes, wanted.selected)
    loaded = load(inputs, property_names=tuple(PROPERTIES), stdin=stdin, options=options)
    if loaded.plan is None:
        first = next(d for d in loaded.diagnostics if d.severity == "error")
        raise Wrong("the manifests are wrong:", *first.lines())
    for scenario in loaded.plan.scenarios:
        if scenario.name == wanted.scenario:
            for found in instances(scenario):
                if found.subject == wanted.subject and _has(found, wanted.property):
                    return _sized(found, wanted.sizes)
    what = f"{wanted.property} of {wanted.subject}, {wanted.scenario}"
    raise Wrong(f"there is no {what} in {', '.join(inputs)}")


def _has(instance: Instance, name: str) -> bool:
    return any(prop.name == name for prop in instance.system.properties)


def _sized(instance: Instance, sizes: str | None) -> Instance:
    if sizes is None:
        return instance
    for smaller, _ in instance.smaller():
        if smaller.scenario.name == sizes:
            return smaller
    raise Wrong(f"the scenario has no smaller instance {sizes}")
