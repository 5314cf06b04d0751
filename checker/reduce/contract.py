"""What a reduction implements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.ir.system import Property, System
from model.ir.trace import Trace


class Unliftable(Exception):
    """A trace of the smaller system was not followed in the original one: ask the original."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """A smaller system in place of another, for some of its properties."""

    #: It has these properties, by the same names and with the same answers. Its actions keep
    #: their names; one that is missing was left out.
    system: System
    #: Turns a trace of the smaller system that shows a violation, or a witness, of a property
    #: into one of the original that shows the same and that `model.ir.trace.replay` accepts.
    #: Raises Unliftable.
    lift: Callable[[Trace], Trace]
    #: What was done, for a reader: "cone of influence: 12 of 20 state functions".
    says: tuple[str, ...]
    #: Whether a shortest trace of the smaller system is a shortest one of the original, too.
    shortest: bool = True
    #: Actions (`repr`) that the original may enable where the smaller system does not.
    unsure: frozenset[str] = frozenset()


#: A reduction of a system for some of its properties; None where it would change nothing, or
#: would not be sound.
Reduction = Callable[[System, Sequence[Property]], Reduced | None]
