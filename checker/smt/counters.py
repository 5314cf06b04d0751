"""The counter form of a system: how many elements of a symmetric sort have which values.

Elements of a symmetric sort are interchangeable, so a state is a multiset of the tuples of values
that its unary functions have, and integers that count each tuple stand for it (generic
representatives; Emerson and Trefler, 1999). The integers have no upper bound, so one counter form
serves every size of the sorts. Functions that are not tracked are left out: whatever depends on
them may have any value, so the counter form has every run of the system and perhaps more. What
never happens in it never happens in the system; the converse does not hold.

One arbitrary element of a symmetric sort may be *chosen* (a Skolem constant): then the counters
tell what points to it from what points elsewhere.

Omits: functions of symmetric elements that are not unary or whose values are many; which of the
elements a function points to, but for the chosen one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from checker.smt.linear import Bit, Integers, Linear, Values, combine, named, number
from model.ir.check import walk
from model.ir.expr import QUANTIFIERS, Expr
from model.ir.system import StateFunction, System, Table
from model.ir.types import NONE, BoolType, ElementType, EnumType, IntType, Sort, Type

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Integer functions of symmetric elements with more values than this are not tracked.
MOST_VALUES = 4

#: Whether the element is the chosen one (0 or 1), then the value of each tracked function.
#: A reference to a symmetric element is NONE, ELSEWHERE or HERE (the chosen one).
Group = tuple[int, ...]

ELSEWHERE, HERE = 0, 1


def symmetric(type: Type | Sort) -> bool:
    """Whether a sort, or the type of its elements, is symmetric."""
    if isinstance(type, Sort):
        return type.symmetric
    return isinstance(type, ElementType) and type.sort.symmetric


@dataclass(frozen=True)
class Chosen:
    """The arbitrary element that is singled out: its sort, and the element of the system at hand
    whose tables it shares."""

    sort: Sort
    like: int


@dataclass(frozen=True, eq=False)
class CounterForm:
    """The variables of a counter form, by name, and how states of systems are seen in it."""

    system: System
    tracked: frozenset[StateFunction]
    chosen: Chosen | None = None
    #: Tables without arguments that may have any value (see `model.ir.family`).
    parameters: frozenset[Table] = frozenset()
    #: The parameter that is the number of elements of a sort, where sizes are open.
    sizes: Mapping[Sort, Table] = field(default_factory=dict)

    # -- variables -----------------------------------------------------------------------------
    @cached_property
    def scalars(self) -> Mapping[tuple[StateFunction, tuple[int, ...]], str]:
        """The cells without symmetric elements that are tracked, by name."""
        return {
            (function, arguments): scalar_name(function, arguments)
            for function, arguments in self.system.cells
            if function in self.tracked
            and not symmetric(function.type)
            and not any(map(symmetric, function.domain))
        }

    @cached_property
    def sorts(self) -> tuple[Sort, ...]:
        """The symmetric sorts, those that only a quantifier mentions included."""
        system = self.system
        found = dict.fromkeys(system.sorts)
        roots = [definition.body for definition in system.definitions]
        roots += [prop.p for prop in system.properties]
        for action in system.actions:
            roots.append(action.guard)
            roots += [e for update in action.updates for e in (update.where, update.value)]
        for node in walk(*roots):
            if node.op in QUANTIFIERS:
                found[node.payload[1]] = None
        return tuple(sort for sort in found if sort.symmetric)

    @cached_property
    def observed(self) -> Mapping[Sort, tuple[StateFunction, ...]]:
        """For each symmetric sort the tracked functions that its groups tell apart."""
        return {
            sort: tuple(
                f
                for f in self.system.functions
                if f in self.tracked and f.domain == (sort,) and few(f.type)
            )
            for sort in self.sorts
        }

    @cached_property
    def groups(self) -> Mapping[Sort, tuple[Group, ...]]:
        """The tuples of values that an element of each symmetric sort may have."""
        return {
            sort: tuple(
                product(
                    (0, 1) if self.chosen and self.chosen.sort == sort else (0,),
                    *(self.values(f.type) for f in functions),
                )
            )
            for sort, functions in self.observed.items()
        }

    @cached_property
    def counters(self) -> Mapping[tuple[Sort, Group], str]:
        """The name of each counter."""
        return {
            (sort, group): self._counter(sort, group)
            for sort, groups in self.groups.items()
            for group in groups
        }

    @cached_property
    def settled(self) -> dict[tuple[object, ...], Any]:
        """Constant values of expressions that only the group of an element decides (a memo)."""
        return {}

    @cached_property
    def _of_groups_only(self) -> dict[Expr, bool]:
        return {}

    def of_groups_only(self, expr: Expr) -> bool:
        """Whether an expression reads nothing of the state but functions of its variables."""
        found = self._of_groups_only.get(expr)
        if found is None:
            found = expr.op not in QUANTIFIERS and all(map(self.of_groups_only, expr.args))
            if found and expr.op in ("apply", "get"):
                symbol = expr.payload
                if isinstance(symbol, StateFunction):
                    found = [arg.op for arg in expr.args] == ["var"] and symbol.domain[0].symmetric
                elif not isinstance(symbol, Table):
                    found = self.of_groups_only(symbol.body)
            self._of_groups_only[expr] = found
        return found

    def values(self, type: Type) -> range:
        """The values that groups tell apart."""
        if isinstance(type, ElementType) and type.sort.symmetric:
            here = self.chosen is not None and self.chosen.sort == type.sort
            return range(NONE if type.optional else ELSEWHERE, 1 + (HERE if here else ELSEWHERE))
        return range(type.lo, type.hi + 1)

    def initial_values(self, integers: Integers) -> dict[str, Any]:
        """A state in which every variable is itself."""
        import z3

        state: dict[str, Any] = {name: named(name) for name in self.counters.values()}
        for (function, _), name in self.scalars.items():
            if isinstance(function.type, BoolType):
                state[name] = z3.Bool(name, integers.context)
            else:
                state[name] = named(name)
        return state

    def size(self, sort: Sort) -> Linear:
        table = self.sizes.get(sort)
        return number(sort.size) if table is None else named(table.name)

    def axioms(self, integers: Integers) -> Iterator[Bit]:
        """What holds of the variables in every state, whatever the system does."""
        for sort, groups in self.groups.items():
            names = [self.counters[sort, group] for group in groups]
            for name in names:
                yield integers.at_most(number(0), named(name))
            everyone = combine((1, named(name)) for name in names)
            yield integers.equal(everyone, self.size(sort))
            if self.chosen and self.chosen.sort == sort:
                only = [named(self.counters[sort, group]) for group in groups if group[0]]
                yield integers.equal(combine((1, each) for each in only), number(1))
        for (function, _), name in self.scalars.items():
            if isinstance(function.type, EnumType | ElementType):
                yield integers.at_most(number(function.type.lo), named(name))
                yield integers.at_most(named(name), number(function.type.hi))

    def _counter(self, sort: Sort, group: Group) -> str:
        parts = ["chosen"] * group[0]
        for function, value in zip(self.observed[sort], group[1:], strict=True):
            if symmetric(function.type):
                shown = ("none", "elsewhere", "here")[value + 1]
            else:
                shown = function.type.show(value)
            parts.append(f"{function.name}={shown}")
        return f"#{sort.name}({', '.join(parts)})"

    # -- how states are seen ---------------------------------------------------------------------
    def see(
        self, system: System, states: NDArray[np.integer[Any]], like: int | None = None
    ) -> dict[str, NDArray[np.int64]]:
        """The variables in each of some states (one in each column) of a system whose functions
        have the same names; `like` is the element that is chosen there."""
        import numpy as np

        found: dict[str, NDArray[np.int64]] = {}
        functions = {f.name: f for f in system.functions}
        for (function, arguments), name in self.scalars.items():
            row = states[system.cell(functions[function.name], arguments)]
            found[name] = row.astype(np.int64)
        for sort, observed in self.observed.items():
            there = next((s for s in system.sorts if s.name == sort.name), None)
            size = sort.size if there is None else there.size
            columns = [np.zeros((size, states.shape[1]), np.int64)]
            if self.chosen and self.chosen.sort == sort and like is not None:
                columns[0][like] = 1
            for function in observed:
                offset = system.offsets[functions[function.name]]
                values = states[offset : offset + size].astype(np.int64)
                if isinstance(function.type, ElementType) and function.type.sort.symmetric:
                    pointed = self.chosen and self.chosen.sort == function.type.sort
                    values = np.where(
                        values == NONE,
                        NONE,
                        np.where(values == like, HERE, ELSEWHERE) if pointed else ELSEWHERE,
                    )
                columns.append(values)
            for group in self.groups[sort]:
                same = np.ones((size, states.shape[1]), bool)
                for values, value in zip(columns, group, strict=True):
                    same &= values == value
                found[self.counters[sort, group]] = same.sum(axis=0)
        return found


def scalar_name(function: StateFunction | Table, arguments: Sequence[int]) -> str:
    """How a cell is called: the names of symmetric elements do not occur in it."""
    inner = [
        domain.elements[value] if isinstance(domain, Sort) else str(value)
        for domain, value in zip(function.domain, arguments, strict=True)
    ]
    return f"{function.name}[{', '.join(inner)}]" if inner else function.name


def few(type: Type) -> bool:
    """Whether the values of a type can be looked at one by one."""
    return not isinstance(type, IntType) or type.hi - type.lo < MOST_VALUES


def everything(state: Values, names: Collection[str]) -> Linear:
    """The sum of some counters in a state."""
    return combine((1, state[name]) for name in names)
