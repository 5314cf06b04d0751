"""Expressions and steps over counts in place of individuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product

from checker.reduce.countable import Countable, Values, bulk, parameter_of, values_in
from checker.reduce.rewrite import Environment, Individual, Rewriter, Untranslatable, fresh
from model.ir.application import apply
from model.ir.expr import FALSE, TRUE, Expr, Op, conj, disj, integer, ite, make, negate, none
from model.ir.system import Action, Property, State, StateFunction, System, Table, Update
from model.ir.types import BOOL, NONE, ElementType, IntType, Sort, Type


class Tally(Rewriter):
    """What becomes of a system when the elements of one sort are counted."""

    def __init__(self, system: System, counted: Countable, tuples: Sequence[Values]) -> None:
        super().__init__()
        self.original, self.counted, self.tuples = system, counted, tuples
        sort, target = counted.sort, counted.place
        self.kind = Sort(f"{sort.name} values", tuple(map(self._name, tuples)))
        self._known_values = {
            symbol: Table(f"{symbol.name} of values", (self.kind,), symbol.type,
                          tuple(each[i] for each in tuples))
            for i, symbol in enumerate(counted.symbols)
        }  # fmt: skip
        #: Where an individual points to, and the table that tells "none" from its elements.
        self.place, self._absent = target, None
        if counted.reference is not None and target is not None and _optional(counted.reference):
            self.place = Sort(target.name, (*target.elements, "none"), symmetric=True)
            nowhere = (0,) * target.size + (1,)
            self._absent = Table(f"no {target.name}", (self.place,), BOOL, nowhere)
        domain = (self.kind,) if self.place is None else (self.kind, self.place)
        self.count = StateFunction(f"{sort.name} count", domain, IntType(0, sort.size))

    def _name(self, values: Values) -> str:
        return ", ".join(
            f"{symbol.name}={symbol.type.show(value)}"
            for symbol, value in zip(self.counted.symbols, values, strict=True)
        )

    # -- the system ------------------------------------------------------------------------------
    def system(
        self, properties: Sequence[Property], *, whole: bool = False
    ) -> tuple[System, dict[Action, Action]]:
        """The counter form with these properties, and the action that each of its actions was.

        With `whole` the guards say that everybody is counted. Raises Untranslatable.
        """
        original = self.original
        also = self._everybody_counts() if whole else TRUE
        actions = {self.action(action, also): action for action in original.actions}
        asked = tuple(map(self.property, properties))
        bounds = tuple(
            replace(bound, reached=self.rewrite(bound.reached, {})) for bound in original.bounds
        )
        made = replace(
            original,
            functions=self.functions,
            initial=tuple(dict.fromkeys(map(self.project, original.initial))),
            actions=tuple(actions),
            properties=asked,
            bounds=bounds,
            definitions=tuple(self._definitions.values()),
            tables=(
                *self._tables.values(),
                *self._known_values.values(),
                *([self._absent] if self._absent else []),
            ),
            family=lambda: None,
        )
        return made, actions

    @cached_property
    def functions(self) -> tuple[StateFunction, ...]:
        """The counting function, and what becomes of those that are not counted."""
        others = (f for f in self.original.functions if self.counted.sort not in f.domain)
        return (self.count, *map(self.function, others))

    def project(self, state: State) -> State:
        """The counts, and what else there is, of a state of the original system."""
        original, counted = self.original, self.counted
        width = 1 if self.place is None else self.place.size
        counts = [0] * (len(self.tuples) * width)
        for element in range(counted.sort.size):
            values = values_in(original, counted, state, element)
            counts[self.tuples.index(values) * width + self.where(state, element)] += 1
        for function in original.functions:
            if counted.sort in function.domain:
                continue
            other = self.function(function)
            for arguments in product(*(range(sort.size) for sort in other.domain)):
                inside = all(i < s.size for i, s in zip(arguments, function.domain, strict=True))
                counts.append(
                    state[original.cell(function, arguments)] if inside else function.type.lo
                )
        return tuple(counts)

    def where(self, state: State, element: int) -> int:
        """The element of `place` that an individual points to; 0 where there are none."""
        if self.counted.reference is None or self.place is None:
            return 0
        at = state[self.original.cell(self.counted.reference, (element,))]
        return self.place.size - 1 if at == NONE else at

    def property(self, prop: Property) -> Property:
        """The property of counts. Where it is about an occasion, that is said as before."""
        p, q = self.rewrite(prop.p, {}), self.rewrite(prop.q, {})
        if prop.witness is None:
            return replace(prop, p=p, q=q)
        occasion = prop.occasion or str(prop.witness)
        witness = self.rewrite(prop.witness, {})
        return replace(prop, p=p, q=q, witness=witness, occasion=occasion)

    # -- what becomes of the parts -----------------------------------------------------------------
    def sort(self, sort: Sort) -> Sort:
        if sort == self.counted.sort:
            raise Untranslatable(f"an individual {sort.name} is asked for")
        return self.place if self.place is not None and sort == self.counted.place else sort

    def table(self, table: Table) -> Table:
        domain = tuple(self.sort(d) if isinstance(d, Sort) else d for d in table.domain)
        type = self.type(table.type)
        if (domain, type) == (table.domain, table.type):
            return table
        ranges = [range(d.size) if isinstance(d, Sort) else range(d.lo, d.hi + 1) for d in domain]
        values = [
            # What is said of "none" is never asked for.
            table.values[table.index([
                0 if isinstance(d, Sort) and i >= d.size else i
                for d, i in zip(table.domain, arguments, strict=True)
            ])]
            for arguments in product(*ranges)
        ]  # fmt: skip
        return Table(table.name, domain, type, tuple(values))

    def quantifier(self, expr: Expr, env: Environment) -> Expr:
        name, sort = expr.payload
        if sort == self.counted.sort:
            return self._everybody(expr, env)
        here = make("var", ElementType(self.sort(sort)), (), fresh(name, env))
        args = self._bodies(expr, env, {**env, name: here})
        return quantify(expr, args, [here], self.real(here))

    def real(self, variable: Expr) -> Expr:
        """Whether an element is one of the original system."""
        if self._absent is None or self.place is None or variable.type != ElementType(self.place):
            return TRUE
        return negate(self._absent[variable])

    def individual(self, name: str) -> tuple[Individual, tuple[Expr, ...]]:
        """An individual, and the variables (with this name) that say where it is counted."""
        kind = make("var", ElementType(self.kind), (), name)
        values = {symbol: table[kind] for symbol, table in self._known_values.items()}
        if self.place is None or self.counted.reference is None:
            return Individual(values), (kind,)
        place = make("var", ElementType(self.place), (), f"{name} at")
        values[self.counted.reference] = self.target(place)
        return Individual(values), (kind, place)

    def target(self, place: Expr) -> Expr:
        """What an individual that is counted at a place points to."""
        if self._absent is None or self.place is None:
            return place
        return ite(self._absent[place], none(self.place), place)

    def _everybody(self, expr: Expr, env: Environment) -> Expr:
        """A quantifier over individuals as one over where they are counted."""
        name, _ = expr.payload
        someone, variables = self.individual(fresh(name, env))
        args = self._bodies(expr, env, {**env, name: someone})
        number = apply(self.count, variables)
        return quantify(expr, args, variables, number > 0, number)

    def _everybody_counts(self) -> Expr:
        (_, variables), size = self.individual("counted#all"), self.counted.sort.size
        number = apply(self.count, variables)
        most = IntType(0, size * len(self.tuples) * (self.place.size if self.place else 1))
        return _nest("sum", most, variables, number) == size

    # -- steps -------------------------------------------------------------------------------------
    def action(self, action: Action, also: Expr = TRUE) -> Action:
        """The action over counts, where `also` holds; a parameter of the sort becomes where it is
        counted."""
        env: dict[str, Expr | Individual] = {}
        parameters: list[Expr] = []
        guards: list[Expr] = []
        for parameter in action.parameters:
            name = str(parameter.payload)
            if parameter is parameter_of(action, self.counted.sort):
                env[name], variables = self.individual(name)
                parameters += variables
                guards.append(apply(self.count, variables) > 0)
            else:
                env[name] = self.variable(parameter)
                parameters.append(self.variable(parameter))
                guards.append(self.real(parameters[-1]))
        mine = [u for u in action.updates if self.counted.sort in u.function.domain]
        updates = [self._update(u, env) for u in action.updates if u not in mine]
        if mine:
            updates.append(self._recount(action, mine, env))
        guard = conj(*guards, self.rewrite(action.guard, env), also)
        claim = action.claim
        if claim is not None:
            claim = conj(*guards, self.rewrite(claim, env), also)
        # Who is one of a number is not told apart, so fairness here is that of the whole action.
        kept = all(any(p is q for q in parameters) for p in action.fair_for)
        return replace(
            action,
            parameters=tuple(parameters),
            guard=guard,
            updates=tuple(updates),
            fair_for=action.fair_for if kept else (),
            claim=claim,
        )

    def _update(self, update: Update, env: Environment) -> Update:
        over = tuple(map(self.variable, update.over))
        inner = {**env, **{str(v.payload): v for v in over}}
        return Update(
            self.function(update.function),
            tuple(self.rewrite(argument, inner) for argument in update.arguments),
            self.rewrite(update.value, inner),
            over,
            conj(*map(self.real, over), self.rewrite(update.where, inner)),
        )

    def _recount(self, action: Action, mine: Sequence[Update], env: Environment) -> Update:
        """What updates of individuals do to the counts."""
        parameter = parameter_of(action, self.counted.sort)
        many = [update for update in mine if bulk(update, self.counted.sort)]
        cell = self.individual("counted#cell")[1]
        here = apply(self.count, cell)
        source = target = FALSE
        if parameter is not None:
            name = str(parameter.payload)
            own = env[name]
            assert isinstance(own, Individual)
            source = same(cell, self.individual(name)[1])
            target = self._arrives(own, mine, env, cell)
        if not many:
            moves = (source & ~target) | (target & ~source)
            return Update(self.count, cell, within(here + ite(target, 1, -1), here), cell, moves)
        someone, variables = self.individual("counted#each")
        number = apply(self.count, variables)
        if parameter is not None:
            number = number - ite(same(variables, self.individual(name)[1]), 1, 0)
        arrives = self._arrives(someone, many, env, cell)
        total = _nest("sum", here.type, variables, ite(arrives, number, 0))
        return Update(self.count, cell, within(total + ite(target, 1, 0), here), cell)

    def _arrives(
        self, one: Individual, updates: Sequence[Update], env: Environment, cell: Sequence[Expr]
    ) -> Expr:
        """Whether an individual is counted in a cell after the updates."""
        after = dict(one.values)
        for update in updates:
            inner = {**env, **{str(v.payload): one for v in update.over}}
            where = self.rewrite(update.where, inner)
            value = self.rewrite(update.value, inner)
            after[update.function] = ite(where, value, after[update.function])
        seen = [table[cell[0]] == after[symbol] for symbol, table in self._known_values.items()]
        if self.counted.reference is not None:
            seen.append(self.target(cell[1]) == after[self.counted.reference])
        return conj(*seen)


def same(left: Sequence[Expr], right: Sequence[Expr]) -> Expr:
    return conj(*(a == b for a, b in zip(left, right, strict=True)))


def within(value: Expr, limit: Expr) -> Expr:
    """A sum that is known to stay in the interval of another expression."""
    return make(value.op, limit.type, value.args) if value.op == "add" else value


def quantify(
    expr: Expr,
    args: Sequence[Expr],
    variables: Sequence[Expr],
    present: Expr,
    number: Expr | None = None,
) -> Expr:
    """The quantifier `expr` with new bodies, over variables in place of its own.

    Where `present` is false nobody is meant; `number` is how many are meant at once.
    """
    body = args[0]
    match expr.op:
        case "forall":
            return _nest("forall", BOOL, variables, disj(negate(present), body))
        case "exists":
            return _nest("exists", BOOL, variables, conj(present, body))
        case "count":
            if number is None:
                return _nest("count", expr.type, variables, conj(present, body))
            return _nest("sum", expr.type, variables, ite(body, number, 0))
        case "sum":
            weighted = ite(present, body, 0) if number is None else body * number
            low, high = min(0, expr.type.lo), max(0, expr.type.hi)
            return _nest("sum", IntType(low, high), variables, weighted)
    result, there = body, conj(present, args[1])
    for each in reversed(variables):
        last = each is variables[0]
        default = args[2] if last else integer(body.type.lo)
        result = _nest(expr.op, expr.type if last else body.type, [each], result, there, default)
        there = _nest("exists", BOOL, [each], there)
    return result


def _nest(op: Op, type: Type, variables: Sequence[Expr], *args: Expr) -> Expr:
    for each in reversed(variables):
        assert isinstance(each.type, ElementType)
        args = (make(op, type, args, (str(each.payload), each.type.sort)),)
    return args[0]


def _optional(function: StateFunction) -> bool:
    return isinstance(function.type, ElementType) and function.type.optional
