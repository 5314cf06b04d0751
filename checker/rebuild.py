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
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import click

from checker.budget import Budget
from checker.terminal import interruptible
from checker.verdict import Verdict
from checker.watchdog import watched
from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from checker.verdict import Outcome
    from model.instance import Instance
    from model.scenario import Scenario

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
    #: What it leaves out because whoever had it written accepts that: for a hint, no more.
    leaving_out: tuple[str, ...]
    #: Whether quick steps were prompt, where the manifests leave that open.
    prompt: bool
    #: The name of a smaller instance of the scenario; None for the scenario itself.
    sizes: str | None = None


@dataclass(frozen=True)
class Given:
    """What the user gives: the paths of manifests, those of older ones (`--from`), the text of
    standard input by the name that the loader gives it, and what may be left out
    (`--allow-omitted`)."""

    inputs: tuple[str, ...]
    before: tuple[str, ...]
    texts: Mapping[str, str]
    accepted: tuple[str, ...]
    #: Expressions (`--invariant`).
    invariants: tuple[str, ...] = ()

    @staticmethod
    def now(
        inputs: Sequence[str],
        before: Sequence[str],
        accepted: Sequence[str],
        invariants: Sequence[str] = (),
    ) -> Given:
        """What there is to read now, of standard input only if it is asked for."""
        from model.load.files import MAX_BYTES, STDIN

        texts = {}
        if "-" in inputs:
            texts[STDIN] = sys.stdin.buffer.read(MAX_BYTES + 1).decode("utf-8", "replace")
        return Given(tuple(inputs), tuple(before), texts, tuple(accepted), tuple(invariants))


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


def rebuild(wanted: Wanted, given: Given) -> Instance:
    """The instance that is wanted, from what is given. Raises Wrong."""
    from model.cluster import instances
    from model.load import LoadOptions, load
    from model.load.files import STDIN
    from model.properties import PROPERTIES

    if not given.inputs:
        said = shlex.join(word for path in wanted.paths for word in ("--input", path))
        raise Wrong(f"name the manifests that it is about: it says {said or 'none'}")
    data = given.texts.get(STDIN, "").encode("utf-8", "replace")
    stdin = io.TextIOWrapper(io.BytesIO(data), "utf-8")
    options = LoadOptions(
        wanted.nodes,
        wanted.selected,
        accepted=given.accepted,
        before=given.before,
        invariants=given.invariants,
    )
    loaded = load(given.inputs, property_names=tuple(PROPERTIES), stdin=stdin, options=options)
    if loaded.plan is None:
        first = next(d for d in loaded.diagnostics if d.severity == "error")
        raise Wrong("the manifests are wrong:", *first.lines())
    for scenario in loaded.plan.scenarios:
        if scenario.name == wanted.scenario:
            hurried = scenario.prompt is None and wanted.prompt
            for found in instances(replace(scenario, prompt=True) if hurried else scenario):
                if found.subject == wanted.subject and _has(found, wanted.property):
                    return _sized(found, wanted.sizes)
    what = f"{wanted.property} of {wanted.subject}, {wanted.scenario}"
    said = f"there is no {what} in {', '.join(given.inputs)}"
    if wanted.property.partition("-")[0] == "invariant" and not given.invariants:
        raise Wrong(said, "give --invariant as it was given then")
    raise Wrong(said)


def judgement(outcome: Outcome, wanted: Wanted, scenario: Scenario) -> tuple[bool, str]:
    """Whether an answer about the model is one about what the manifests ask for, as `check` judges
    it, and what is to be said of that: nothing where the model leaves nothing out.

    What the file says that may be left out is no reason to leave it out: the user says so, or the
    manifests do."""
    from checker.omitted import judged
    from counterexamples.render.verdicts import leaving_out

    verdict = judged(Verdict(wanted.property, outcome, "", 0.0), scenario)
    if verdict.outcome != "unknown":
        return True, leaving_out((verdict,))
    names = wanted.leaving_out or dict.fromkeys(use.name for use in verdict.omitted)
    said = " ".join(f"--allow-omitted={name}" for name in names)
    whose = "it was written with" if wanted.leaving_out else "the model's answer:"
    return False, f"{verdict.reason} ({whose} {said})"


def _has(instance: Instance, name: str) -> bool:
    return any(prop.name == name for prop in instance.system.properties)


def _sized(instance: Instance, sizes: str | None) -> Instance:
    if sizes is None:
        return instance
    stand_in = () if instance.stand_in is None else (instance.stand_in,)
    for smaller, _ in chain(stand_in, instance.smaller()):
        if smaller.scenario.name == sizes:
            return smaller
    from checker.thinning import beside_few

    for smaller, said in beside_few(instance):
        if sizes in (smaller.scenario.name, said):
            return smaller
    raise Wrong(f"the scenario has no smaller instance {sizes}")
