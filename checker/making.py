"""Making systems when they are needed, and none twice.

Before a system is made its part of a scenario says which others have the same but for names
(`model.alike`); once it is made its structure says so more exactly (`checker.memo`).
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from checker.budget import Budget
from checker.memo import structural_key
from checker.watchdog import Overrun, watched
from model.instance import Instance, Part

#: So many are few.
FEW = 24


class Making:
    """The systems of some parts, made as far as the budget allows."""

    def __init__(self, parts: Iterable[Part], budget: Budget) -> None:
        self._budget = budget
        self.parts = tuple(parts)
        #: The first part with each key.
        self._owners: dict[Hashable, Part] = {}
        for part in self.parts:
            self._owners.setdefault(part.key, part)
        #: By the key of a part: what was made for it, and the structure of that.
        self.made: dict[Hashable, tuple[Instance, bytes]] = {}
        #: The first instance with each structure.
        self.distinct: dict[bytes, Instance] = {}
        #: Names of the properties that what was made has, skipped ones among them.
        self.offered: set[str] = set()

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

    def batches(self) -> Iterator[list[Instance]]:
        """Instances of structures that were not there before: all that are few, or one by one."""
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
            new = list(self.distinct.values())[told:]
            told += len(new)
            yield new
            if self._budget.exhausted():
                return

    def _make(self, part: Part) -> None:
        whole = part.make()
        self.offered.update(prop.name for prop in whole.system.properties)
        instance = narrowed(whole)
        found = structure(instance)
        self.made[part.key] = instance, found
        if instance.system.properties:
            self.distinct.setdefault(found, instance)


def structure(instance: Instance) -> bytes:
    """A digest of all that a verdict can depend on: the key itself may have megabytes."""
    key = structural_key(instance.system, instance.system.properties)
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
