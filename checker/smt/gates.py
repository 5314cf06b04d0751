"""Truth values as literals of a SAT core, and the few gates between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from checker.smt.sat.contract import Core, Model

#: The literals of the two constants.
TRUE, FALSE = 1, -1

Key = TypeVar("Key")


def literal(value: bool) -> int:
    return TRUE if value else FALSE


class Gates:
    """Formulas over the variables of a core; equal constants are folded away."""

    def __init__(self, core: Core) -> None:
        """The core must be new."""
        self.core = core
        assert core.grow(1) == TRUE
        core.add([[TRUE]])

    def fresh(self) -> int:
        """A new truth value that no clause mentions."""
        return self.core.grow(1)

    def require(self, *clause: int) -> None:
        """From now on one of these holds."""
        self.core.add([clause])

    def conj(self, literals: Iterable[int]) -> int:
        """The literal of a conjunction."""
        parts = set(literals) - {TRUE}
        if FALSE in parts or any(-part in parts for part in parts):
            return FALSE
        if len(parts) < 2:
            return parts.pop() if parts else TRUE
        ordered = sorted(parts)
        gate = self.fresh()
        self.core.add([*([-gate, part] for part in ordered), [gate, *(-part for part in ordered)]])
        return gate

    def disj(self, literals: Iterable[int]) -> int:
        """The literal of a disjunction."""
        return -self.conj(-part for part in literals)

    def equal(self, left: int, right: int) -> int:
        """The literal of an equivalence."""
        if abs(left) == abs(right):
            return literal(left == right)
        if abs(left) == TRUE:
            return right if left == TRUE else -right
        if abs(right) == TRUE:
            return left if right == TRUE else -left
        gate = self.fresh()
        self.core.add([[-gate, -left, right], [-gate, left, -right],
                       [gate, left, right], [gate, -left, -right]])  # fmt: skip
        return gate

    def same(self, left: Sequence[int], right: Sequence[int]) -> int:
        """That two rows of truth values are equal."""
        return self.conj(self.equal(a, b) for a, b in zip(left, right, strict=True))

    def reached(self, wanted: dict[Key, int]) -> Iterator[tuple[Key, Model]]:
        """Each key whose literal has a model, with that model; then all others are false.

        One model often serves several keys, so this asks for any of them at once.
        """
        unseen = dict(wanted)
        while unseen:
            question = self.disj(unseen.values())
            model = None if question == FALSE else self.core.solve([question])
            if model is None:
                self.core.add([[-bit] for bit in unseen.values()])
                return
            for key in [key for key, bit in unseen.items() if model[bit]]:
                del unseen[key]
                yield key, model
