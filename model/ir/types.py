"""Sorts and value types.

Every value of every type is an integer inside the type's interval `lo..hi`: booleans are 0 and
1, enum values count from 0 in their order, sort elements are their index and "none" is -1. The
engines rely on this one convention.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The value of an optional element that is absent.
NONE = -1


@dataclass(frozen=True)
class Sort:
    """A finite index set. Two sorts are the same if and only if all fields are equal.

    A `symmetric` sort is a Murphi scalarset: its elements are interchangeable except for what
    constant tables say of them, and expressions cannot name one of them.
    """

    name: str
    elements: tuple[str, ...]
    symmetric: bool = False

    @property
    def size(self) -> int:
        return len(self.elements)

    def __repr__(self) -> str:
        return f"{self.name}({self.size})"


@dataclass(frozen=True)
class BoolType:
    """Truth values: 0 and 1."""

    @property
    def lo(self) -> int:
        return 0

    @property
    def hi(self) -> int:
        return 1

    def show(self, value: int) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class IntType:
    """The integers lo..hi, both included."""

    lo: int
    hi: int

    def show(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True)
class EnumType:
    """One of some named values, numbered from 0."""

    name: str
    values: tuple[str, ...]

    @property
    def lo(self) -> int:
        return 0

    @property
    def hi(self) -> int:
        return len(self.values) - 1

    def show(self, value: int) -> str:
        return self.values[value]


@dataclass(frozen=True)
class ElementType:
    """An element of a sort, or none if `optional`."""

    sort: Sort
    optional: bool = False

    @property
    def lo(self) -> int:
        return NONE if self.optional else 0

    @property
    def hi(self) -> int:
        return self.sort.size - 1

    def show(self, value: int) -> str:
        return "none" if value == NONE else self.sort.elements[value]


Type = BoolType | IntType | EnumType | ElementType

#: A value as JSON has it: elements and enum values by name, the element none as null.
Plain = bool | int | str | None

BOOL = BoolType()


def plain(type: Type, value: int) -> Plain:
    """A value of a type as JSON has it."""
    match type:
        case BoolType():
            return bool(value)
        case IntType():
            return value
        case ElementType() if value == NONE:
            return None
    return type.show(value)


class ModelError(Exception):
    """The model itself is wrong: a bug of whoever wrote it, never of the user's manifests."""
