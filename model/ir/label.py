"""What a reader of a trace sees change: a field of an object, or a sentence."""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    """The names of both, "{0}" standing for the first argument of a state function: "Pod/{0}" and
    "spec.nodeName". A sentence is a field of no object.

    They are kept apart because names of objects may have dots as well.
    """

    object: str
    field: str

    @staticmethod
    def of(text: str | Label | None) -> Label | None:
        """The label that a text means which has no names in it yet ("Pod/{0}.spec.nodeName");
        None, for bookkeeping that nobody should read, if it is empty."""
        if text is None or isinstance(text, Label):
            return text
        target, dot, field = text.partition(".")
        return (Label(target, field) if dot else Label("", text)) if text else None

    def about(self, *elements: str) -> Label:
        """With the names of elements in it."""
        return Label(self.object.format(*elements), self.field.format(*elements))

    def __str__(self) -> str:
        return f"{self.object}.{self.field}" if self.object else self.field
