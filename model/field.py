"""A field of the Check document, or of another of our own documents: what a row of a table says.

A field's `type` is one of

    integer boolean string quantity   a scalar
    text                              a string, or a number as it is written
    strings                           a list of strings
    words                             a list of strings, or one alone
    labels counts                     a mapping from names to strings, to integers; for a name with
                                      parts also from these to integers
    object objects                    a mapping with `fields`; a list of them, or one alone
    variant                           a mapping with exactly one of `fields`, besides those `aside`
    variants                          a list of such mappings
    tree                              a mapping that is read elsewhere, as it is written
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Field:
    """`default` None: left to the program, or nothing, as `help` says."""

    type: str
    help: str
    default: object = None
    minimum: int | None = None
    maximum: int | None = None
    #: Allowed strings, or allowed names of `counts`, "name.part" of parts; "property", "mutation"
    #: and "omission" name tables.
    names: tuple[str, ...] | str = ()
    required: bool = False
    #: Of an object: the field that a value alone is meant for.
    short: str = ""
    #: Of a variant's field: whether it is none of the variants.
    aside: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)

    @property
    def whole(self) -> tuple[str, ...]:
        """The allowed names that are no parts of others."""
        return tuple(name for name in self.names if name.rpartition(".")[0] not in self.names)

    def parts(self, name: str) -> tuple[str, ...]:
        """The parts of an allowed name."""
        inside = f"{name}."
        return tuple(each[len(inside) :] for each in self.names if each.startswith(inside))


def count(help: str, default: int | None = 0, minimum: int = 0, maximum: int = 1000) -> Field:
    """A whole number within limits."""
    return Field("integer", help, default, minimum, maximum)
