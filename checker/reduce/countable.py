"""Which sorts can be counted, and which values their elements can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from checker.reduce.rewrite import Environment, Individual, Rewriter
from model.ir.expr import FALSE, TRUE, Expr, literal, make
from model.ir.system import Action, StateFunction, System, Table, Update
from model.ir.types import ElementType, Sort, Type

#: More value tuples than this are not counted.
MOST_VALUES = 64

#: One value for each of `Countable.symbols`.
Values = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Countable:
    """A sort whose elements are known by the values of unary functions and tables alone."""

    sort: Sort
    #: The functions whose values are counted: those that do not point to symmetric elements.
    functions: tuple[StateFunction, ...]
    tables: tuple[Table, ...]
    #: The one function that points to an element of a symmetric sort, if there is one.
    reference: StateFunction | None

    @property
    def symbols(self) -> tuple[StateFunction | Table, ...]:
        return (*self.functions, *self.tables)

    @property
    def place(self) -> Sort | None:
        """The sort that the reference points to."""
        if self.reference is None:
            return None
        assert isinstance(self.reference.type, ElementType)
        return self.reference.type.sort


def countable(system: System, sort: Sort) -> Countable | None:
    """The sort as a countable one, as far as declarations and updates show.

    Of an update of many elements at once it asks that it be the only one of its function in its
    action, with one value for all of them. Then more elements have that value afterwards, unless
    nothing changes: a step that changes a state changes the counts, too.
    """
    mine = [f for f in system.functions if sort in f.domain]
    tables = [t for t in system.tables if sort in t.domain]
    every: tuple[StateFunction | Table, ...] = (*system.functions, *system.tables)
    if not sort.symmetric or not mine or any(_points(symbol.type, sort) for symbol in every):
        return None
    unary: tuple[StateFunction | Table, ...] = (*mine, *tables)
    if any(symbol.domain != (sort,) for symbol in unary):
        return None
    pointers = [symbol for symbol in unary if _symmetric(symbol.type)]
    if len(pointers) > 1 or any(isinstance(symbol, Table) for symbol in pointers):
        return None
    if not all(_moves_are_told(action, sort) for action in system.actions):
        return None
    reference = next((f for f in mine if f in pointers), None)
    return Countable(sort, tuple(f for f in mine if f is not reference), tuple(tables), reference)


def possible(system: System, counted: Countable) -> tuple[Values, ...] | None:
    """Every tuple of values that an element may come to have, and perhaps more; None if there are
    too many. Raises Untranslatable where an individual is asked for more than its values."""
    rewriter = _Blind(counted.sort)
    found = dict.fromkeys(
        values_in(system, counted, state, element)
        for state in system.initial
        for element in range(counted.sort.size)
    )
    todo = list(found)
    while todo:
        here = todo.pop()
        for action in system.actions:
            for updates, env in _moved(action, counted, here):
                if rewriter.rewrite(action.guard, env) is FALSE:
                    continue
                for after in _after(counted, here, updates, env, rewriter):
                    if after not in found:
                        found[after] = None
                        todo.append(after)
        if len(found) > MOST_VALUES:
            return None
    return tuple(sorted(found))


def values_in(system: System, counted: Countable, state: tuple[int, ...], element: int) -> Values:
    """The values of an element in a state."""
    return (
        *(state[system.cell(function, (element,))] for function in counted.functions),
        *(table.values[element] for table in counted.tables),
    )


def parameter_of(action: Action, sort: Sort) -> Expr | None:
    """The parameter that is an element of a sort, if there is one."""
    return next((p for p in action.parameters if p.type == ElementType(sort)), None)


def bulk(update: Update, sort: Sort) -> bool:
    """Whether an update is about many elements of a sort at once."""
    return any(variable.type == ElementType(sort) for variable in update.over)


def _points(type: Type, sort: Sort) -> bool:
    return isinstance(type, ElementType) and type.sort == sort


def _symmetric(type: Type) -> bool:
    return isinstance(type, ElementType) and type.sort.symmetric


def _moves_are_told(action: Action, sort: Sort) -> bool:
    """Whether an action has at most one individual of a sort as its parameter, and its updates of
    many at once are as `countable` asks."""
    if sum(p.type == ElementType(sort) for p in action.parameters) > 1:
        return False
    for update in action.updates:
        if not bulk(update, sort):
            continue
        (own,) = update.arguments
        alone = sum(other.function is update.function for other in action.updates) == 1
        if not alone or len(update.over) > 1 or own.payload in update.value.free:
            return False
    return True


class _Blind(Rewriter):
    """Folds what is known of one element; of the others nothing is."""

    def __init__(self, sort: Sort) -> None:
        super().__init__()
        self._sort = sort

    def quantifier(self, expr: Expr, env: Environment) -> Expr:
        return (
            _unknown(expr.type) if expr.payload[1] == self._sort else super().quantifier(expr, env)
        )


def _unknown(type: Type) -> Expr:
    return make("var", type, (), "?")


def _element(counted: Countable, here: Values | None) -> Individual:
    """An element of which the values, but for the reference, are known, or nothing is."""
    values = {
        symbol: _unknown(symbol.type) if here is None else literal(symbol.type, here[i])
        for i, symbol in enumerate(counted.symbols)
    }
    if counted.reference is not None:
        values[counted.reference] = _unknown(counted.reference.type)
    return Individual(values)


def _moved(
    action: Action, counted: Countable, here: Values
) -> Iterator[tuple[Sequence[Update], Environment]]:
    """The updates of an element with these values, as the parameter and as one of many, and what
    the variables stand for."""
    parameter = parameter_of(action, counted.sort)
    many = [update for update in action.updates if bulk(update, counted.sort)]
    env: dict[str, Expr | Individual] = {str(p.payload): p for p in action.parameters}
    env |= {str(update.over[0].payload): _element(counted, here) for update in many}
    if parameter is not None:
        own = {str(parameter.payload): _element(counted, here)}
        single = [u for u in action.updates if u.function.domain == (counted.sort,)]
        yield single, {**env, **own}
        env[str(parameter.payload)] = _element(counted, None)
    if many:
        yield many, env


def _after(
    counted: Countable,
    here: Values,
    updates: Sequence[Update],
    env: Environment,
    rewriter: Rewriter,
) -> Iterator[Values]:
    """The values that an element may have after some updates."""
    options: list[set[int]] = [{value} for value in here]
    for update in updates:
        if update.function not in counted.functions:
            continue
        place = counted.functions.index(update.function)
        where = rewriter.rewrite(update.where, env)
        if where is FALSE:
            continue
        new = _leaves(rewriter.rewrite(update.value, env), update.function.type)
        options[place] = new if where is TRUE else options[place] | new
    return product(*options)


def _leaves(value: Expr, type: Type) -> set[int]:
    """The values of the type that an expression may have."""
    if value.op == "const":
        return {value.payload} if type.lo <= value.payload <= type.hi else set()
    if value.op == "ite":
        return _leaves(value.args[1], type) | _leaves(value.args[2], type)
    return set(range(max(type.lo, value.type.lo), min(type.hi, value.type.hi) + 1))
