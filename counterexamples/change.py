"""What steps change that a reader should see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model.ir.label import Label
from model.ir.system import State, System
from model.ir.types import Plain, plain


class Change(NamedTuple):
    """One visible value that a step changed: "Pod/web-1.spec.nodeName" from None to "node-1"."""

    label: Label
    old: Plain
    new: Plain


def changes(system: System, before: State, after: State) -> Iterator[Change]:
    """The labelled values that differ, in the order of the state."""
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        if old != new and (label := named(system, index)):
            function, _ = system.cells[index]
            yield Change(label, plain(function.type, old), plain(function.type, new))


def named(system: System, index: int) -> Label | None:
    """The label of a cell, with the names of its arguments; None if it has none."""
    function, arguments = system.cells[index]
    elements = (sort.elements[a] for sort, a in zip(function.domain, arguments, strict=True))
    return None if function.label is None else function.label.about(*elements)
