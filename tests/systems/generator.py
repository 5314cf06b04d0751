"""Random small systems, each drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.ir.expr import TRUE, Expr, conj, constant, disj, element, ite, least, variable
from model.ir.system import (
    Bound,
    Fairness,
    Property,
    PropertyKind,
    StateFunction,
    System,
    Update,
    assign,
)
from model.ir.types import BOOL, BoolType, ElementType, EnumType, IntType, Sort, Type
from tests.systems.expressions import Expressions

KINDS: tuple[PropertyKind, ...] = (
    "always",
    "eventually",
    "leads to",
    "always eventually",
    "eventually always",
    "reachable",
)


class Maker(Expressions):
    """Draws one random system from a seed; `size` from 1 to 4 scales everything."""

    def make(self) -> System:
        for name in ("A", "B", "C")[: self.random.randint(1, min(3, self.size + 1))]:
            self.sorts.append(self.sort(name))
        cells = 0
        for index in range(self.random.randint(2, 2 + self.size)):
            domain = self.domain()
            size = 1
            for sort in domain:
                size *= sort.size
            if cells + size > 4 + 3 * self.size:
                domain, size = (), 1
            cells += size
            type = self.type()
            values = [self.random.randint(type.lo, type.hi) for _ in range(size)]
            self.builder.function(f"f{index}", domain, type, values)
        for index in range(self.random.randint(0, 2)):
            self.table(index)
        for index in range(self.random.randint(0, 2)):
            parameters = [variable(f"d{i}", sort) for i, sort in enumerate(self.domain())]
            body = self.value(self.type(), parameters, 2)
            self.definitions.append(self.builder.define(f"view{index}", parameters, body))
        for index in range(self.random.randint(2, 2 + self.size)):
            self.action(index)
        self.add_properties()
        system = self.builder.build()
        if self.chance(0.2):
            other = tuple(self.random.randint(f.type.lo, f.type.hi) for f, _ in system.cells)
            system = replace(system, initial=(*system.initial, other))
        return system

    def sort(self, name: str) -> Sort:
        elements = tuple(f"{name.lower()}{i}" for i in range(self.random.randint(1, 3)))
        return Sort(name, elements, self.chance(0.5))

    def domain(self) -> tuple[Sort, ...]:
        arity = self.random.choice((0, 1, 1, 1, 2))
        return tuple(self.random.choice(self.sorts) for _ in range(arity))

    def type(self) -> Type:
        kind = self.random.randrange(4)
        if kind == 0:
            return BOOL
        if kind == 1:
            return self.enum
        if kind == 2:
            low = self.random.choice((0, 0, -1, -2, 100, -130))
            return IntType(low, low + self.random.randint(1, 3))
        return ElementType(self.random.choice(self.sorts), self.chance(0.6))

    def table(self, index: int) -> None:
        domain = tuple(
            IntType(self.random.choice((0, -1)), 2)
            if self.chance(0.3)
            else self.random.choice(self.sorts)
            for _ in range(self.random.randint(1, 2))
        )
        size = 1
        for entry in domain:
            size *= entry.size if isinstance(entry, Sort) else entry.hi - entry.lo + 1
        type = self.type()
        values = [self.random.randint(type.lo, type.hi) for _ in range(size)]
        if self.chance(0.4):
            values = [values[0]] * size
        self.builder.table(f"t{index}", domain, type, values)

    def action(self, index: int) -> None:
        sorts = [self.random.choice(self.sorts) for _ in range(self.random.choice((0, 1, 1, 2)))]
        parameters = [variable(f"p{i}", sort) for i, sort in enumerate(sorts)]
        functions = self.random.sample(
            self.builder.functions, min(len(self.builder.functions), self.random.randint(1, 2))
        )
        updates = [self.update(function, parameters) for function in functions]
        parts = [self.boolean(parameters, 2) for _ in range(self.random.randint(1, 3))]
        guard = TRUE if self.chance(0.2) else disj(*parts) if self.chance(0.6) else conj(*parts)
        fairness: Fairness = self.random.choice(("none", "weak", "weak", "strong"))
        self.builder.action(f"act{index}", "someone", parameters, guard, updates, fairness=fairness)

    def update(self, function: StateFunction, parameters: list[Expr]) -> Update:
        arguments: list[Expr] = []
        over: list[Expr] = []
        for i, sort in enumerate(function.domain):
            fitting = [p for p in parameters + over if p.type == ElementType(sort)]
            if fitting and self.chance(0.6):
                arguments.append(self.random.choice(fitting))
            elif not sort.symmetric and self.chance(0.3):
                arguments.append(element(sort, self.random.choice(sort.elements)))
            else:
                over.append(variable(f"o{i}", sort))
                arguments.append(over[-1])
        scope = parameters + over
        where = self.boolean(scope, 1) if self.chance(0.4) else TRUE
        target = function[tuple(arguments)]
        value = self.value(function.type, scope, 2)
        if self.chance(0.75):
            value = self.advance(target, scope)
        return assign(target, value, *over, where=where)

    def advance(self, target: Expr, scope: list[Expr]) -> Expr:
        """A value that differs from the present one, so that random systems move."""
        match target.type:
            case BoolType():
                return ~target
            case IntType(lo, hi):
                return ite(target < hi, least(target + 1, hi), lo)
            case EnumType():
                red, green, blue = (constant(target.type, name) for name in target.type.values)
                return ite(target == red, green, ite(target == green, blue, red))
            case ElementType():
                return self.element(target.type, scope, 1)

    def add_properties(self) -> None:
        for index, kind in enumerate(KINDS):
            witness = self.boolean([], 1) if self.chance(0.2) else None
            self.builder.properties.append(
                Property(
                    f"property {index}",
                    kind,
                    self.boolean([], 2),
                    self.boolean([], 2),
                    witness,
                )
            )
        if self.chance(0.2):
            self.builder.bounds.append(Bound("bound", self.boolean([], 1), "a bound is reached"))


class SymmetricMaker(Maker):
    """Draws systems whose sorts stay symmetric: nothing names an element."""

    def __init__(self, seed: int, size: int) -> None:
        super().__init__(seed, size)
        self.builder.name += ", symmetric"

    def sort(self, name: str) -> Sort:
        elements = tuple(f"{name.lower()}{i}" for i in range(self.random.randint(2, 3)))
        return Sort(name, elements, symmetric=True)

    def domain(self) -> tuple[Sort, ...]:
        arity = self.random.choice((0, 1, 1, 1, 1, 1, 2))
        return tuple(self.random.choice(self.sorts) for _ in range(arity))

    def type(self) -> Type:
        if self.chance(0.3):
            return ElementType(self.random.choice(self.sorts), optional=True)
        return self.random.choice((BOOL, self.enum, IntType(0, 2)))

    def table(self, index: int) -> None:
        sort = self.random.choice(self.sorts)
        values = [self.random.randint(0, 1) for _ in sort.elements]
        if self.chance(0.8):
            values = values[:1] * sort.size
        self.builder.table(f"t{index}", (sort,), IntType(0, 1), values)

    def applicable(self, domain: Sequence[Sort | IntType], scope: Sequence[Expr]) -> bool:
        known = [v.type for v in scope]
        return all(not isinstance(d, Sort) or ElementType(d) in known for d in domain)
