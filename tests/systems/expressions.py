"""Random expressions of every form that the intermediate representation has."""

from __future__ import annotations

import random
from collections.abc import Sequence

from model.ir.builder import Builder
from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    boolean,
    constant,
    element,
    greatest,
    integer,
    ite,
    least,
    none,
)
from model.ir.quantifier import count, exists, forall, maximum, minimum, total
from model.ir.system import Definition, StateFunction, Table
from model.ir.types import BOOL, BoolType, ElementType, EnumType, IntType, Sort, Type


class Expressions:
    """Draws expressions over the functions, tables and definitions that there are so far."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = random.Random(seed)
        self.size = size
        self.builder = Builder(f"random {seed}, size {size}")
        self.sorts: list[Sort] = []
        self.enum = EnumType("Colour", ("red", "green", "blue"))
        self.definitions: list[Definition] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def value(self, type: Type, scope: list[Expr], depth: int) -> Expr:
        """An expression whose values all lie in `type`."""
        if isinstance(type, BoolType):
            return self.boolean(scope, depth)
        if isinstance(type, IntType):
            number = self.number(scope, depth)
            return least(greatest(number, type.lo), type.hi)
        if isinstance(type, EnumType):
            return self.colour(scope, depth)
        return self.element(type, scope, depth)

    def lookup(self, wanted: Type, scope: list[Expr], depth: int) -> Expr | None:
        """A function, table or definition of a fitting type, applied; None if there is none."""
        symbols: list[StateFunction | Table | Definition] = [
            s
            for group in (self.builder.functions, self.builder.tables, self.definitions)
            for s in group
            if _fits(s.type, wanted)
        ]
        self.random.shuffle(symbols)
        for symbol in symbols:
            domain = symbol.domain
            if not self.applicable(domain, scope):
                continue
            if len(domain) == 1 and isinstance(domain[0], Sort) and self.chance(0.4):
                argument = self.element(ElementType(domain[0], True), scope, depth - 1)
                return symbol.get(argument, self.default(symbol.type, scope))
            return symbol[
                tuple(
                    self.element(ElementType(entry), scope, depth - 1)
                    if isinstance(entry, Sort)
                    else least(greatest(self.number(scope, depth - 1), entry.lo), entry.hi)
                    for entry in domain
                )
            ]
        return None

    def applicable(self, domain: Sequence[Sort | IntType], scope: Sequence[Expr]) -> bool:
        """Whether arguments can be found: tables can name every element."""
        return True

    def default(self, type: Type, scope: list[Expr]) -> Expr:
        if isinstance(type, ElementType):
            return self.element(type, scope, 0)
        if isinstance(type, IntType):
            return integer(self.random.choice((0, -7, type.hi, 200)))
        if isinstance(type, BoolType):
            return boolean(self.chance(0.5))
        return constant(self.enum, self.random.choice(self.enum.values))

    def element(self, type: ElementType, scope: list[Expr], depth: int) -> Expr:
        """An element expression; of a sort without anything to name it, a table of one value."""
        choices: list[Expr] = [v for v in scope if v.type == ElementType(type.sort)]
        if not type.sort.symmetric:
            choices.append(element(type.sort, self.random.choice(type.sort.elements)))
        if type.optional:
            choices.append(none(type.sort))
        if depth > 0 and self.chance(0.6):
            found = self.lookup(type, scope, depth - 1)
            if found is not None:
                choices = [found]
        if not choices:
            choices = [
                f[tuple(arguments)]
                for f in self.builder.functions
                if f.type == ElementType(type.sort)
                for arguments in [self.variables(f.domain, scope)]
                if arguments is not None
            ]
        if not choices:
            choices.append(self.named(type.sort))
        if depth > 0 and len(choices) > 1 and self.chance(0.3):
            return ite(
                self.boolean(scope, depth - 1),
                self.random.choice(choices),
                self.random.choice(choices),
            )
        return self.random.choice(choices)

    def named(self, sort: Sort) -> Expr:
        """An element of a symmetric sort that only a table can name (which breaks symmetry)."""
        name = f"some {sort.name}"
        for table in self.builder.tables:
            if table.name == name:
                return table[0]
        table = self.builder.table(
            name, (IntType(0, 0),), ElementType(sort), [self.random.randrange(sort.size)]
        )
        return table[0]

    def variables(self, domain: tuple[Sort, ...], scope: list[Expr]) -> list[Expr] | None:
        result: list[Expr] = []
        for sort in domain:
            fitting = [v for v in scope if v.type == ElementType(sort)]
            if not fitting:
                return None
            result.append(self.random.choice(fitting))
        return result

    def colour(self, scope: list[Expr], depth: int) -> Expr:
        if depth > 0 and self.chance(0.5):
            found = self.lookup(self.enum, scope, depth)
            if found is not None:
                return found
        if depth > 0 and self.chance(0.3):
            return ite(
                self.boolean(scope, depth - 1),
                self.colour(scope, depth - 1),
                self.colour(scope, depth - 1),
            )
        return constant(self.enum, self.random.choice(self.enum.values))

    def number(self, scope: list[Expr], depth: int) -> Expr:
        if depth <= 0:
            return integer(self.random.choice((0, 1, 2, -1, 3, 100, -130, 127)))
        sort = self.random.choice(self.sorts)
        a = self.random.choice((1, 2, 3, -2, 50))
        match self.random.randrange(10):
            case 0:
                return self.number(scope, depth - 1) + self.number(scope, depth - 1)
            case 1:
                return self.number(scope, depth - 1) * self.number(scope, depth - 1)
            case 2:
                return self.number(scope, depth - 1) // abs(a)
            case 3:
                return self.number(scope, depth - 1) % abs(a)
            case 4:
                return ite(
                    self.boolean(scope, depth - 1),
                    self.number(scope, depth - 1),
                    self.number(scope, depth - 1),
                )
            case 5:
                return count(sort, lambda v: self.boolean([*scope, v], depth - 1))
            case 6:
                return total(sort, lambda v: self.number([*scope, v], depth - 1))
            case 7:
                pick = minimum if self.chance(0.5) else maximum
                return pick(
                    sort,
                    lambda v: self.number([*scope, v], depth - 1),
                    (lambda v: self.boolean([*scope, v], depth - 1))
                    if self.chance(0.7)
                    else (lambda _: TRUE),
                    default=self.random.choice((-1, 0, 5, 200)),
                )
        found = self.lookup(IntType(0, 0), scope, depth)
        return integer(a) if found is None else found

    def boolean(self, scope: list[Expr], depth: int) -> Expr:
        if depth <= 0:
            found = self.lookup(BOOL, scope, 0)
            return boolean(self.chance(0.5)) if found is None else found
        sort = self.random.choice(self.sorts)
        match self.random.randrange(11):
            case 0:
                return ~self.boolean(scope, depth - 1)
            case 1:
                return self.boolean(scope, depth - 1) & self.boolean(scope, depth - 1)
            case 2:
                return self.boolean(scope, depth - 1) | self.boolean(scope, depth - 1)
            case 3:
                left, right = self.number(scope, depth - 1), self.number(scope, depth)
                return left <= right if self.chance(0.5) else left < right
            case 4:
                return self.number(scope, depth) == self.number(scope, depth - 1)
            case 5:
                return self.colour(scope, depth) == self.colour(scope, depth - 1)
            case 6 | 7:
                type = ElementType(sort, self.chance(0.5) or not self.applicable((sort,), scope))
                return self.element(type, scope, depth) == self.element(type, scope, depth - 1)
            case 8:
                quantifier = forall if self.chance(0.5) else exists
                return quantifier(sort, lambda v: self.boolean([*scope, v], depth - 1))
            case 9:
                return ite(
                    self.boolean(scope, depth - 1),
                    self.boolean(scope, depth - 1),
                    self.boolean(scope, depth - 1),
                )
        found = self.lookup(BOOL, scope, depth)
        return FALSE if found is None else found


def _fits(type: Type, wanted: Type) -> bool:
    if isinstance(type, IntType) and isinstance(wanted, IntType):
        return True
    if isinstance(type, ElementType) and isinstance(wanted, ElementType):
        return type.sort == wanted.sort and (wanted.optional or not type.optional)
    return type == wanted
