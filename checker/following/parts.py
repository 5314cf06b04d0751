"""Which hidden functions of a system belong together.

The visible functions of a state are known after every write. Each hidden function is then part of
the smallest sets such that what happens to one set does not depend on another: an update of a
hidden function reads visible functions and its own set; so does the guard, together with what it
writes of the visible, and with the other guards of its actor. So a run of the system is a run of
each set, and each is followed alone: sets of states are products, and their sizes add up instead of
being multiplied.

Functions that only record something for a property, so that no guard depends on them, are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from model.ir.check import reads
from model.ir.system import Action, StateFunction, System, Update


@dataclass(frozen=True)
class Part:
    """Hidden functions that belong together, in the order of the system."""

    hidden: tuple[StateFunction, ...]
    #: Those that write something visible, of actors some of whose guards read some of them.
    shown: tuple[Action, ...]
    #: Those that write nothing but these.
    silent: tuple[Action, ...]
    #: What else has an effect on them.
    others: tuple[Action, ...]


@dataclass(frozen=True)
class Parts:
    """The hidden functions that decide anything, and what is left."""

    parts: tuple[Part, ...]
    #: Functions that decide nothing.
    idle: tuple[StateFunction, ...]
    #: Actions that write something visible whose guards read visible functions only.
    plain: tuple[Action, ...]


def parts(system: System, visible: Collection[StateFunction]) -> Parts:
    """The parts of a system whose other functions are hidden."""
    kept = _deciding(system, visible)
    hidden = [f for f in system.functions if f in kept and f not in visible]
    groups = _Groups(hidden)
    deciding: dict[str, set[StateFunction]] = {}
    for action in system.actions:
        guard = reads(action.guard) & groups.members
        groups.join(guard)
        if any(u.function in visible for u in action.updates):
            deciding.setdefault(action.actor, set()).update(guard)
        for update in action.updates:
            read = _read(update) & groups.members
            if update.function in visible:
                groups.join({*guard, *read})
            elif update.function in kept:
                groups.join({update.function, *read})
    for together in deciding.values():
        # Which step a write is has one answer, so all that an actor decides by is one set.
        groups.join(together)
    found = []
    for group in groups.sets(hidden):
        shown, silent, others = [], [], []
        for action in system.actions:
            guarded = reads(action.guard) & group
            seen = any(u.function in visible for u in action.updates)
            writes = any(u.function in group for u in action.updates)
            its = bool(deciding.get(action.actor, set()) & group)
            if seen and (guarded or its or any(_read(u) & group for u in _seen(action, visible))):
                shown.append(action)
            elif not seen and writes:
                silent.append(action)
            elif writes:
                others.append(action)
        ordered = tuple(f for f in hidden if f in group)
        found.append(Part(ordered, tuple(shown), tuple(silent), tuple(others)))
    plain = tuple(
        action
        for action in system.actions
        if any(u.function in visible for u in action.updates)
        and not any(action in part.shown for part in found)
    )
    idle = tuple(f for f in system.functions if f not in kept and f not in visible)
    return Parts(tuple(found), idle, plain)


def _seen(action: Action, visible: Collection[StateFunction]) -> Iterable[Update]:
    return (u for u in action.updates if u.function in visible)


def _read(update: Update) -> frozenset[StateFunction]:
    return reads(update.where, update.value, *update.arguments)


def _deciding(system: System, visible: Collection[StateFunction]) -> frozenset[StateFunction]:
    """Visible functions, and the hidden ones that a guard, or what becomes of one of all these,
    depends on."""
    found = set(visible)
    found.update(*(reads(action.guard) for action in system.actions))
    while True:
        more = {
            f
            for action in system.actions
            for update in action.updates
            if update.function in found
            for f in _read(update)
        }
        if more <= found:
            return frozenset(found)
        found |= more


class _Groups:
    """Sets that grow together."""

    def __init__(self, members: Iterable[StateFunction]) -> None:
        self._sets = {member: {member} for member in members}
        self.members = frozenset(self._sets)

    def join(self, those: Collection[StateFunction]) -> None:
        if not those:
            return
        union = set().union(*(self._sets[each] for each in those))
        for each in union:
            self._sets[each] = union

    def sets(self, order: Iterable[StateFunction]) -> list[set[StateFunction]]:
        found: list[set[StateFunction]] = []
        for member in order:
            if all(self._sets[member] is not each for each in found):
                found.append(self._sets[member])
        return found
