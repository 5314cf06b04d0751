"""Making systems when they are needed, and none twice.

Before a system is made its part of a scenario says which others have the same but for names
(`model.sizes.alike`); once it is made its structure says so more exactly (`checker.memo`). Which
form it is made in, `checker.interleavings` says: that takes a look at it, and what the look sees is
known.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from checker.budget import Budget
from checker.interleavings import Look, look, only
from checker.memo import rebind, structural_key
from checker.verdict import Verdict
from checker.watchdog import Overrun, watched
from model.instance import Instance, Part

#: So many are few.
FEW = 24


class Piece(NamedTuple):
    """One system for some of the properties of a part, and its structure."""

    instance: Instance
    structure: bytes
    #: Whether quick steps are prompt because there would be too many states.
    hurried: bool = False

    def again(self, part: Part) -> Instance:
        """The same for a part with the same key, in its own names."""
        made = part.make()
        if self.hurried and made.hurried is not None:
            made = made.hurried()
        return only(made, {prop.name for prop in self.instance.system.properties})


class Making:
    """The systems of some parts, made as far as the budget allows."""

    def __init__(self, parts: Iterable[Part], budget: Budget) -> None:
        self._budget = budget
        self.parts = tuple(parts)
        #: The first part with each key.
        self._owners: dict[Hashable, Part] = {}
        for part in self.parts:
            self._owners.setdefault(part.key, part)
        #: By the key of a part: what was made for it.
        self.made: dict[Hashable, tuple[Piece, ...]] = {}
        #: The first instance with each structure that has properties.
        self.distinct: dict[bytes, Instance] = {}
        #: Names of the properties that what was made has, skipped ones among them.
        self.offered: set[str] = set()
        #: Answers that are known by a look at all interleavings, by structure.
        self.known: dict[bytes, tuple[Verdict, ...]] = {}
        self._looks: dict[bytes, tuple[Instance, Look]] = {}

    @property
    def left(self) -> int:
        """How many keys there are for which nothing was made."""
        return len(self._owners) - len(self.made)

    @property
    def few(self) -> bool:
        """Whether all are made before any of them is asked about: then the order is free. Where
        there are many the time may be over before."""
        return len(self._owners) <= FEW

    def owner(self, part: Part) -> bool:
        """Whether what was made for the key of a part was made for it."""
        return self._owners[part.key] is part

    def batches(self) -> Iterator[list[bytes]]:
        """Structures that were not there before: all that are few, or one by one."""
        told = 0
        todo = [part for part in self._owners.values() if part.key not in self.made]
        size = FEW if self.few else 1
        for first in range(0, max(1, len(todo)), size):
            try:
                with watched(self._budget, grace=0.0):
                    for part in todo[first : first + size]:
                        if self._budget.exhausted():
                            break
                        self._make(part)
            except (Overrun, MemoryError):
                pass
            new = list(self.distinct)[told:]
            told += len(new)
            yield new
            if self._budget.exhausted():
                return

    def _make(self, part: Part) -> None:
        made = part.make()
        self.offered.update(prop.name for prop in made.system.properties)
        instance = narrowed(made)
        whole = Piece(instance, structure(instance))
        self.made[part.key] = pieces = self._pieces(whole)
        for piece in pieces:
            if piece.instance.system.properties:
                self.distinct.setdefault(piece.structure, piece.instance)

    def _pieces(self, whole: Piece) -> tuple[Piece, ...]:
        """The system as it is where it has no other form or all of it was seen. Else that is two:
        for what is violated, whatever else happens, and for the rest."""
        instance, found, _ = whole
        if instance.hurried is None or not instance.system.properties:
            return (whole,)
        if found not in self._looks:
            self._looks[found] = instance, self._look(instance)
        source, (verdicts, complete) = self._looks[found]
        if complete:
            self.known[found] = verdicts
            return (whole,)
        violated = [each for each in verdicts if each.outcome == "violated"]
        names = {prop.name for prop in instance.system.properties}
        names -= {each.property for each in violated}
        rest = only(instance.hurried(), names)
        pieces = [Piece(rest, structure(rest), hurried=True)]
        if violated:
            part = only(instance, {each.property for each in violated})
            pieces.insert(0, Piece(part, structure(part)))
            self.known[pieces[0].structure] = tuple(
                rebind(each, source.system, instance.system) for each in violated
            )
        return tuple(pieces)

    def _look(self, instance: Instance) -> Look:
        try:
            return look(instance, self._budget)
        except MemoryError:
            return Look((), whole=False)


def structure(instance: Instance) -> bytes:
    """A digest of all that a verdict can depend on: the key itself may have megabytes."""
    key = structural_key(instance.system, instance.system.properties)
    # What a verdict on a stand-in says of the whole depends on the sizes.
    key = (key, instance.stand_in[1] if instance.stand_in else "")
    # Version 2 writes equal values alike, whoever shares them.
    return hashlib.sha256(marshal.dumps(key, 2)).digest()


def narrowed(instance: Instance) -> Instance:
    """The instance with only the properties that its scenario asks for and does not skip."""
    wanted, skipped = instance.scenario.properties, instance.scenario.skipped
    chosen = tuple(
        prop
        for prop in instance.system.properties
        if (wanted is None or prop.name in wanted) and prop.name not in skipped
    )
    if chosen == instance.system.properties:
        return instance
    return replace(instance, system=replace(instance.system, properties=chosen))
