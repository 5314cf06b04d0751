"""Random systems with the habits of real models: what `generator` draws seldom or never.

Configuration cells that nothing writes, with an initial state for each of their values; elements
that start alike; two updates of one function in a step; values that only a guard keeps in range;
steps of three elements; numbers far from zero; names that are used twice; several bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from model.ir.expr import TRUE, Expr, conj, constant, disj, ite, least, variable
from model.ir.system import Bound, Fairness, Property, StateFunction, System, Update, assign
from model.ir.types import BOOL, ElementType, IntType, Sort, Type
from tests.systems.generator import KINDS, Maker

#: More initial states than this are not made of a configuration.
INITIAL = 8


class WideMaker(Maker):
    """Draws one such system; about half of them have symmetric sorts only."""

    def __init__(self, seed: int, size: int) -> None:
        super().__init__(seed, size)
        self.builder.name += ", wide"
        self.strict = self.chance(0.5)
        self.frozen: list[StateFunction] = []

    # -- declarations --------------------------------------------------------------------------
    def make(self) -> System:
        system = super().make()
        (first, *others) = system.initial
        if self.chance(0.6):
            first = tuple(first[system.offsets[function]] for function, _ in system.cells)
        initial = {first: None, **dict.fromkeys(others)}
        cells = [i for i, (f, _) in enumerate(system.cells) if f in self.frozen]
        choices = 1
        for position, cell in enumerate(cells):
            choices *= system.cells[cell][0].type.hi - system.cells[cell][0].type.lo + 1
            if choices > INITIAL:
                del cells[position:]
                break
        ranges = (range(f.type.lo, f.type.hi + 1) for f, _ in (system.cells[c] for c in cells))
        for values in product(*ranges):
            state = list(first)
            for cell, value in zip(cells, values, strict=True):
                state[cell] = value
            initial[tuple(state)] = None
        return replace(system, initial=tuple(initial))

    def sort(self, name: str) -> Sort:
        size = self.random.choice((1, 2, 2, 2, 3, 3, 4))
        symmetric = self.strict or self.chance(0.6)
        return Sort(name, tuple(f"{name.lower()}{i}" for i in range(size)), symmetric)

    def domain(self) -> tuple[Sort, ...]:
        arity = self.random.choice((0, 1, 1, 1, 1, 2, 3))
        return tuple(self.random.choice(self.sorts) for _ in range(arity))

    def type(self) -> Type:
        match self.random.randrange(6):
            case 0:
                return BOOL
            case 1:
                return self.enum
            case 2:
                low = self.random.choice((0, -1, 255, -32768, 65535))
                return IntType(low, low + self.random.randint(1, 3))
            case 3:
                return IntType(0, self.random.choice((2, 2, 300, 70_000)))
        return ElementType(self.random.choice(self.sorts), self.chance(0.7))

    def table(self, index: int) -> None:
        if not self.strict:
            super().table(index)
            return
        sort = self.random.choice(self.sorts)
        type = self.random.choice((BOOL, self.enum, IntType(-1, 1)))
        values = [self.random.randint(type.lo, type.hi) for _ in sort.elements]
        self.builder.table(f"t{index}", (sort,), type, values)

    def applicable(self, domain: Sequence[Sort | IntType], scope: Sequence[Expr]) -> bool:
        known = [v.type for v in scope]
        return not self.strict or all(
            not isinstance(d, Sort) or ElementType(d) in known for d in domain
        )

    # -- actions -------------------------------------------------------------------------------
    def action(self, index: int) -> None:
        if index == 0 and len(self.builder.functions) > 1 and self.chance(0.4):
            self.frozen = self.random.sample(self.builder.functions, 1)
        sorts = [
            self.random.choice(self.sorts) for _ in range(self.random.choice((0, 1, 1, 1, 2, 3)))
        ]
        # Definitions call their parameters so, too.
        parameters = [variable(f"d{i}", sort) for i, sort in enumerate(sorts)]
        written = [f for f in self.builder.functions if f not in self.frozen]
        functions = self.random.sample(written, min(len(written), self.random.randint(1, 2)))
        guards = [self.boolean(parameters, 2)] if self.chance(0.7) else []
        if self.chance(0.3):
            guards.append(self.boolean(parameters, 1))
        updates: list[Update] = []
        for function in functions:
            updates += self.two(function, parameters) or [self.update(function, parameters)]
        some = disj(*guards) if self.chance(0.3) else conj(*guards)
        guard = conj(some, *(kept for update in updates for kept in self.kept_in_range(update)))
        fairness: Fairness = self.random.choice(("none", "weak", "weak", "strong"))
        actor = self.random.choice(("someone", "another"))
        # An action is known by its actor and its name together.
        name = "act" if not any(a.actor == actor for a in self.builder.actions) else f"act{index}"
        self.builder.action(name, actor, parameters, guard, updates, fairness=fairness)

    def two(self, function: StateFunction, parameters: list[Expr]) -> list[Update]:
        """Updates of one element and of all others of its sort, if there is one to choose."""
        if len(function.domain) != 1 or not self.chance(0.5):
            return []
        fitting = [p for p in parameters if p.type == ElementType(function.domain[0])]
        if not fitting:
            return []
        one = self.random.choice(fitting)
        other = variable("o0", function.domain[0])
        scope = [*parameters, other]
        where = conj(other != one, self.boolean(scope, 1) if self.chance(0.5) else TRUE)
        return [
            assign(function[one], self.advance(function[one], parameters)),
            assign(function[other], self.value(function.type, scope, 1), other, where=where),
        ]

    def advance(self, target: Expr, scope: list[Expr]) -> Expr:
        if isinstance(target.type, IntType):
            low, high = target.type.lo, target.type.hi
            if high - low > 3:
                return ite(target < high, high, low)
            if self.chance(0.4):
                return target + 1
        return super().advance(target, scope)

    def kept_in_range(self, update: Update) -> list[Expr]:
        """The guard without which an update may leave its interval; it is seldom forgotten."""
        value, type = update.value, update.function.type
        if not isinstance(type, IntType) or value.type.hi <= type.hi or update.over:
            return []
        return [] if self.chance(0.2) else [value <= type.hi]

    def update(self, function: StateFunction, parameters: list[Expr]) -> Update:
        update = super().update(function, parameters)
        value, type = update.value, update.function.type
        if isinstance(type, IntType) and update.over and not self.chance(0.1):
            return replace(update, value=least(value, type.hi))
        return update

    # -- properties ----------------------------------------------------------------------------
    def add_properties(self) -> None:
        for index, kind in enumerate((*KINDS, self.random.choice(KINDS))):
            witness = self.telling(1) if self.chance(0.3) else None
            prop = Property(f"property {index}", kind, self.telling(3), self.telling(2), witness)
            self.builder.properties.append(prop)
        for index in range(self.random.choice((0, 0, 0, 1, 2))):
            reached = self.telling(2)
            self.builder.bounds.append(Bound(f"bound {index}", reached, f"bound {index} is hit"))

    def telling(self, depth: int) -> Expr:
        """A closed boolean expression that is no constant, if a few attempts give one."""
        drawn = self.boolean([], depth)
        for _ in range(5):
            if drawn.op != "const":
                break
            drawn = self.boolean([], depth)
        return drawn

    def colour(self, scope: list[Expr], depth: int) -> Expr:
        found = super().colour(scope, depth)
        if self.chance(0.1):
            return ite(found.is_in("red", "blue"), constant(self.enum, "green"), found)
        return found
