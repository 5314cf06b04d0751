"""A seeded fault: a named way in which the modelled control plane can be wrong."""

from __future__ import annotations


class Mutation(str):
    """Its name, with one line that says what goes wrong.

    A component asks `cluster.mutated(NAME)` where the fault would change it; a new one is a
    constant there and a row in `model.mutations`.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, name: str, text: str) -> Mutation:
        """A fault by the name that specs have."""
        made = super().__new__(cls, name)
        made.text = text
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.text
