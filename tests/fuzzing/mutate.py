"""Documents that differ from shipped ones in a place or two, most of them still valid."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from model.load.fields import fields_of
from model.load.spec import SPEC

ROOT = Path(__file__).parents[2]
FOLDERS = ("specs", "specs/broken", "tests/cases", "counterexamples/gallery")

#: What no author of a loader thinks of.
WILD: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    2**63,
    10**30,
    0.5,
    float("inf"),
    float("nan"),
    "",
    " ",
    "{",
    "{0}{pod}%s${X}",
    "\0",
    "\x1b[2J",
    "a\n::error::b",
    "\u202eabc\u200b",
    "é\U0001f600",
    "a" * 300,
    "1e1000000000",
    "0x10",
    "no",
    "~",
    [],
    {},
    [[]],
    {"": None},
)

#: What an author may well write.
PLAIN: dict[type, tuple[Any, ...]] = {
    bool: (True, False),
    int: (0, 1, 2, 3, 4, 5, 7, 10, 60, 100, 300, 1000, 65535),
    str: ("1", "50%", "0%", "100%", "500m", "2Gi", "web", "a", "node-1", "Exists", "NoSchedule"),
}


#: Fields of which next to every change is a mistake.
FRAGILE = ("apiVersion", "kind", "metadata", "selector", "matchLabels", "labels", "app", "name")


class Place(NamedTuple):
    """Something inside documents: what holds it, under which key or index, and the key above
    that says what it is (`args`; `args[]` for its elements)."""

    holder: Any
    key: Any
    name: str


def places(value: Any, name: str = "") -> Iterator[Place]:
    """Every place below a value."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in list(items):
        own = key if isinstance(key, str) else f"{name}[]"
        yield Place(value, key, own)
        yield from places(inner, own)


@cache
def corpus() -> tuple[str, ...]:
    """The files that are mutated."""
    return tuple(
        path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.yaml"))
        if folder != "specs" or path.parent.name == "specs"
    )


@cache
def grafts() -> dict[str, list[Any]]:
    """Every value in the corpus by the field that has it."""
    found: dict[str, list[Any]] = {}
    for text in corpus():
        for document in yaml.safe_load_all(text):
            for place in places(document):
                found.setdefault(place.name, []).append(place.holder[place.key])
    return found


@cache
def fields() -> tuple[str, ...]:
    """The names of fields that there are somewhere."""
    kinds = ("ObjectMeta", "DeploymentSpec", "PodSpec", "Container", "NodeSpec")
    return tuple(sorted({name for kind in kinds for name in fields_of(kind)} | set(SPEC)))


def mutated(number: int) -> str:
    """The text with this number: the same for the same sources of the corpus."""
    draw = random.Random(number)
    documents = list(yaml.safe_load_all(draw.choice(corpus())))
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        found = list(places(documents))
        if not found:
            break
        fine = [place for place in found if place.name not in FRAGILE]
        place = draw.choice(fine if fine and draw.random() < 0.95 else found)
        kind = draw.choices(KINDS, WEIGHTS)[0]
        kind(draw, place, documents, found)
    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=draw.random() < 0.5)
    if text and draw.random() < 0.02:
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice("\0\t{[&*!%@`'\"\ufeff\x85") + text[at:]
    return text


def _graft(draw: random.Random, place: Place, *_: Any) -> None:
    """What the same field has elsewhere."""
    place.holder[place.key] = copy.deepcopy(draw.choice(grafts().get(place.name) or [1]))


def _near(draw: random.Random, place: Place, *_: Any) -> None:
    """Another value of its type."""
    value = place.holder[place.key]
    if isinstance(value, int) and not isinstance(value, bool) and draw.random() < 0.5:
        place.holder[place.key] = max(0, value + draw.choice((-1, 1, 2)))
    elif type(value) in PLAIN and (not isinstance(value, str) or draw.random() < 0.2):
        place.holder[place.key] = draw.choice(PLAIN[type(value)])
    else:
        _graft(draw, place)


def _wild(draw: random.Random, place: Place, *_: Any) -> None:
    place.holder[place.key] = copy.deepcopy(draw.choice(WILD))


def _delete(draw: random.Random, place: Place, *_: Any) -> None:
    del place.holder[place.key]


def _twice(draw: random.Random, place: Place, *_: Any) -> None:
    """An element of a list once more, or a field under another name."""
    value = copy.deepcopy(place.holder[place.key])
    if isinstance(place.holder, list):
        place.holder.insert(draw.randrange(len(place.holder) + 1), value)
    else:
        place.holder[draw.choice(fields())] = value


def _add(draw: random.Random, place: Place, *_: Any) -> None:
    """A field that some value has elsewhere."""
    name = draw.choice(sorted(grafts()))
    inside = place.holder[place.key]
    holder = inside if isinstance(inside, dict) else place.holder
    if isinstance(holder, dict):
        holder[name] = copy.deepcopy(draw.choice(grafts()[name]))


def _move(draw: random.Random, place: Place, documents: Any, found: list[Place]) -> None:
    """A subtree to where another one was."""
    other = draw.choice(found)
    value = copy.deepcopy(place.holder[place.key])
    other.holder[other.key] = value


def _swap(draw: random.Random, place: Place, documents: Any, found: list[Place]) -> None:
    """Two subtrees of the same field."""
    same = [other for other in found if other.name == place.name]
    other = draw.choice(same)
    here, there = place.holder[place.key], other.holder[other.key]
    place.holder[place.key], other.holder[other.key] = copy.deepcopy(there), copy.deepcopy(here)


def _merge(draw: random.Random, place: Place, documents: list[Any], *_: Any) -> None:
    """Documents of another file as well, most of them under other names."""
    more = [d for d in yaml.safe_load_all(draw.choice(corpus())) if draw.random() < 0.7]
    for document in more:
        metadata = document.get("metadata") if isinstance(document, dict) else None
        if isinstance(metadata, dict) and "name" in metadata and draw.random() < 0.9:
            metadata["name"] = f"{metadata['name']}-too"
    documents += more


KINDS = (_graft, _near, _wild, _delete, _twice, _add, _move, _swap, _merge)
WEIGHTS = (24, 44, 5, 8, 2, 2, 1, 6, 5)
