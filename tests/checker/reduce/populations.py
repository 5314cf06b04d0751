"""Random systems with a sort whose elements can be counted."""

from __future__ import annotations

import random

from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, boolean, conj, constant, disj, integer, ite, least, variable
from model.ir.quantifier import count, exists, forall, maximum, minimum, total
from model.ir.system import Bound, Fairness, Property, PropertyKind, System, Update, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort

KINDS: tuple[PropertyKind, ...] = (
    "always",
    "eventually",
    "leads to",
    "always eventually",
    "eventually always",
    "reachable",
)
COLOUR = EnumType("Colour", ("red", "green", "blue"))


class _Population:
    """Draws cells that have a colour, a level and perhaps a host, and hosts that are up or not."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.b = b = Builder(f"population {seed}")
        chance, pick = self.chance, self.random.choice
        size = pick((2, 3, 3, 4))
        self.Cell = Sort("Cell", tuple(f"cell{i}" for i in range(size)), symmetric=True)
        self.Host = Sort("Host", tuple(f"host{i}" for i in range(pick((1, 2, 2)))), chance(0.7))
        self.colour = b.function("colour", (self.Cell,), COLOUR, self.values(0, 2))
        self.level = b.function("level", (self.Cell,), IntType(0, 1), self.values(0, 1))
        self.mark = b.function("mark", (), BOOL, 0)
        self.up = b.function("up", (self.Host,), BOOL, 1)
        self.optional = chance(0.7)
        self.at = None
        if chance(0.7):
            type = ElementType(self.Host, self.optional)
            self.at = b.function("at", (self.Cell,), type, -1 if self.optional else 0)
        self.heavy = None
        if chance(0.4):
            weights = [int(chance(0.5)) for _ in range(size)]
            self.heavy = b.table("heavy", (self.Cell,), BOOL, weights)
        self.worth = b.table("worth", (self.Host, BOOL_INDEX), IntType(0, 3),
                             [pick((0, 1, 3))] * (2 * self.Host.size))  # fmt: skip
        c = variable("cell", self.Cell)
        self.bright = b.define("bright", [c], self.about(c, 1))
        self.crowd = b.define("crowd", [], count(self.Cell, lambda d: self.about(d, 1)))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def values(self, low: int, high: int) -> list[int] | int:
        if self.chance(0.6):
            return low
        return [self.random.randint(low, high) for _ in self.Cell.elements]

    def make(self) -> System:
        for index in range(self.random.randint(2, 4)):
            self.action(index)
        for index, kind in enumerate(KINDS):
            witness = self.closed(1) if self.chance(0.3) else None
            self.b.properties.append(
                Property(f"{index}", kind, self.closed(2), self.closed(2), witness)
            )
        if self.chance(0.2):
            self.b.bounds.append(Bound("bound", self.closed(1), "a bound is reached"))
        return self.b.build()

    def action(self, index: int) -> None:
        c, n = variable("cell", self.Cell), variable("host", self.Host)
        parameters = [p for p in (c, n) if self.chance(0.7)]
        self.random.shuffle(parameters)
        known = next((p for p in parameters if p is c), None)
        host = next((p for p in parameters if p is n), None)
        guard = conj(*([self.about(c, 1, host)] if known is not None else []),
                     *([self.up[n]] if host is not None and self.chance(0.5) else []),
                     *([self.closed(1)] if self.chance(0.3) else []))  # fmt: skip
        updates: list[Update] = []
        if known is not None:
            for target in self.random.sample(["colour", "level", "at"], 2):
                updates += self.move(target, c, host)
        d = variable("each", self.Cell)
        if self.chance(0.4) and not any(u.function is self.level for u in updates):
            new = integer(self.random.randint(0, 1))
            updates.append(assign(self.level[d], new, d, where=self.about(d, 1, host)))
        if self.chance(0.3) and not any(u.function is self.colour for u in updates):
            new = ite(self.mark(), self.some_colour(), self.some_colour())
            updates.append(assign(self.colour[d], new, d, where=self.about(d, 1, host)))
        if host is not None and self.chance(0.4):
            updates.append(assign(self.up[n], ~self.up[n]))
        if not updates or self.chance(0.2):
            updates.append(assign(self.mark(), self.about(c, 1) if known is not None
                                  else ~self.mark()))  # fmt: skip
        fairness: Fairness = self.random.choice(("none", "weak", "weak", "strong"))
        self.b.action(f"act{index}", "someone", parameters, guard, updates, fairness=fairness)

    def move(self, target: str, c: Expr, host: Expr | None) -> list[Update]:
        where = self.about(c, 1, host) if self.chance(0.3) else TRUE
        if target == "colour":
            red, green, blue = (constant(COLOUR, name) for name in COLOUR.values)
            here = self.colour[c]
            turn = ite(here == red, green, ite(here == green, blue, red))
            return [assign(here, turn if self.chance(0.6) else self.some_colour(), where=where)]
        if target == "level":
            new = 1 - self.level[c] if self.chance(0.5) else least(self.level[c] + 1, 1)
            return [assign(self.level[c], new, where=where)]
        if self.at is None or host is None:
            return []
        return [assign(self.at[c], host, where=where)]

    def some_colour(self) -> Expr:
        return constant(COLOUR, self.random.choice(COLOUR.values))

    def about(self, c: Expr, depth: int, host: Expr | None = None) -> Expr:
        """A condition on one cell."""
        match self.random.randrange(8):
            case 0:
                return self.level[c] > 0
            case 1 if self.at is not None:
                return self.up.get(self.at[c], self.chance(0.5))
            case 2 if self.at is not None and self.optional:
                return self.at[c].is_none()
            case 3 if self.at is not None and host is not None:
                return self.at[c] == host
            case 4 if self.heavy is not None:
                return self.heavy[c]
            case 5 if depth:
                pair = self.about(c, depth - 1, host), self.about(c, depth - 1, host)
                return conj(*pair) if self.chance(0.5) else disj(*pair)
            case 6 if depth and hasattr(self, "bright"):
                return ~self.bright[c]
            case 7 if depth:
                same = count(self.Cell, lambda d: self.colour[d] == self.colour[c])
                return same >= self.random.randint(1, 3)
        return self.colour[c] == self.some_colour()

    def closed(self, depth: int) -> Expr:
        """A condition on the whole state."""
        limit = self.random.randint(0, self.Cell.size)
        match self.random.randrange(10):
            case 0:
                return forall(self.Cell, lambda c: self.about(c, depth))
            case 1:
                return exists(self.Cell, lambda c: self.about(c, depth))
            case 2 if self.at is not None:
                at = self.at
                return exists(self.Host, lambda n: count(self.Cell, lambda c: at[c] == n) > limit)
            case 3:
                return total(self.Cell, lambda c: self.level[c] * 2 + 1) <= limit * 2
            case 4:
                pick = minimum if self.chance(0.5) else maximum
                return pick(
                    self.Cell, lambda c: self.level[c], lambda c: self.about(c, 1), default=2
                ) == self.random.randint(0, 2)
            case 5:
                return total(self.Host, lambda n: self.worth[n, ite(self.up[n], 1, 0)]) > limit
            case 6:
                return self.crowd() > limit
            case 7 if depth:
                return self.closed(depth - 1) & ~self.closed(depth - 1)
            case 8:
                return forall(self.Host, lambda n: self.up[n]) | self.mark()
        return boolean(False) | (count(self.Cell, lambda c: self.about(c, depth)) <= limit)


BOOL_INDEX = IntType(0, 1)


def population(seed: int) -> System:
    """The random system of a seed; its cells can be counted."""
    return _Population(seed).make()
