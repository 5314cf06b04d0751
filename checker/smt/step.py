"""One transition, symbolically: what each choice of an action's parameters reads and writes.

Omits: nothing of the interpreter's meaning. A step that would make the interpreter raise (a value
out of range, two updates that disagree) cannot be taken here; `Transition.fault` says that one is
enabled, and whoever unrolls has to look for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations, product
from typing import Any

import z3

from checker.budget import Budget
from checker.smt import terms
from checker.smt.encode import Encoder
from checker.smt.layout import Layout
from checker.smt.solver import new_context, poll
from checker.smt.template import Template
from checker.smt.terms import Bit, Number, Value
from model.ir.fairness import Whom, serves, unwaiting
from model.ir.interpret import Step, bind
from model.ir.system import Action, System, Update
from model.ir.types import BoolType, ElementType

#: Pairs of instances grow with the square of their number; above it one is taken at a time.
MOST_TOGETHER = 400


@dataclass(frozen=True, eq=False)
class Instance:
    """An action with its parameters chosen."""

    step: Step
    #: The guard holds, the state would change, and no write goes wrong.
    enabled: Bit
    #: The guard holds and a write goes wrong.
    fault: Bit
    #: Cell to (condition, value): where the condition is false the cell keeps its value.
    writes: dict[int, tuple[Bit, Value]]
    #: The cells that decide whether it is enabled and what it writes, as bits of an integer.
    reads: int
    #: The cells that it may write, as bits of an integer.
    touches: int


class Dependence:
    """Which instances may not change places: one writes what the other reads or writes."""

    def __init__(self, instances: Sequence[Instance], visible: int = 0) -> None:
        """Instances that both write a `visible` cell (bits of an integer) depend on each other
        too: then the states on the way show the same things in the same order."""
        self._instances = instances
        self._visible = visible

    def between(self, a: Instance, b: Instance) -> bool:
        return bool(
            a.touches & b.reads
            or b.touches & a.reads
            or (a.touches & self._visible and b.touches & self._visible)
        )

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Each dependent pair of different instances, as their numbers, the smaller first."""
        for high, b in enumerate(self._instances):
            for low in range(high):
                if self.between(self._instances[low], b):
                    yield low, high


class Transition:
    """Every instance of a system's actions over one symbolic state, those never enabled left out.

    `cells` are the state's variables, in the order of `System.cells`.
    """

    def __init__(self, system: System, budget: Budget) -> None:
        """Raises Unanswered if the budget is used up before all is read."""
        self.system = system
        self.budget = budget
        self.context = new_context()
        self.cells = state_variables(system, "x", self.context)
        self.layout = Layout(system)
        self.encoder = Encoder(system, self.cells, partial(poll, budget))
        found = (
            self._instance(action, arguments)
            for action in system.actions
            for arguments in product(*(range(sort.size) for sort in action.sorts))
        )
        self.instances = [instance for instance in found if instance is not None]
        self._claims: dict[Action, list[Instance]] = {}
        self.fault = terms.disj(instance.fault for instance in self.instances)
        self._writers: defaultdict[int, list[int]] = defaultdict(list)
        for index, instance in enumerate(self.instances):
            for cell in instance.writes:
                self._writers[cell].append(index)

    @cached_property
    def relation(self) -> Template:
        """That one instance, and only one, is taken. The variables are those of the cells before
        and after the step and one truth value for each instance, each in their order."""
        fired = self._fired
        return self._template([z3.AtMost(*fired, 1)] if len(fired) > 1 else [])

    @property
    def parallel(self) -> bool:
        """Whether independent instances are taken together."""
        return len(self.instances) <= MOST_TOGETHER

    def layer(self, visible: int = 0) -> Template:
        """As `relation`, but instances that do not depend on each other are taken together
        if the system is small enough for that. `visible` is that of `Dependence`."""
        if not self.parallel:
            return self.relation
        dependence = Dependence(self.instances, visible)
        return self._template(
            terms.disj((terms.negate(self._fired[low]), terms.negate(self._fired[high])))
            for low, high in dependence.pairs()
        )

    @cached_property
    def _fired(self) -> list[Any]:
        return [z3.Bool(f"f.{i}", self.context) for i in range(len(self.instances))]

    def _template(self, exclusion: Iterable[Bit]) -> Template:
        after = state_variables(self.system, "y", self.context)
        laws = [
            terms.implies(fires, instance.enabled)
            for fires, instance in zip(self._fired, self.instances, strict=True)
        ]
        laws += [terms.disj(self._fired), *exclusion]
        for cell, variable in enumerate(after):
            laws.append(terms.equal(variable, self._after(cell, self._fired)))
        variables = [*constants(self.cells), *constants(after), *self._fired]
        return Template(variables, laws, [], self.context, self.budget)

    @cached_property
    def written(self) -> list[bool]:
        """For each bit of the layout, whether some instance writes its cell."""
        cells = range(len(self.cells))
        return [bool(self._writers[cell]) for cell in cells for _ in self.layout.of(cell)]

    def enabled(self, action: Action, whom: Whom | None = None) -> Bit:
        """Some choice of parameters that serves `whom`, or any one, satisfies the guard and would
        change the state, where the action waits for nobody."""
        return terms.disj(
            instance.enabled
            for instance in self._unwaiting(action)
            if whom is None or whom in serves(instance.step)
        )

    def _unwaiting(self, action: Action) -> list[Instance]:
        """The instances of an action, as they are where it waits for nobody."""
        if action.claim is None:
            return [i for i in self.instances if i.step.action is action]
        if action not in self._claims:
            acting = unwaiting(action)
            every = product(*(range(sort.size) for sort in action.sorts))
            found = (self._instance(acting, arguments) for arguments in every)
            self._claims[action] = [instance for instance in found if instance is not None]
        return self._claims[action]

    def _after(self, cell: int, fired: list[Any]) -> Value:
        """The value of a cell after the step, given one truth value for each instance."""
        groups: dict[Hashable, tuple[Value, list[Bit]]] = {}
        for index in self._writers[cell]:
            test, value = self.instances[index].writes[cell]
            tests = groups.setdefault(terms.key(value), (value, []))[1]
            tests.append(terms.conj((fired[index], test)))
        result = self.cells[cell]
        for value, tests in groups.values():
            result = terms.ite(terms.disj(tests), value, result)
        return result

    def _instance(self, action: Action, arguments: tuple[int, ...]) -> Instance | None:
        poll(self.budget)
        env = bind(action, arguments)
        guard, reads = self.encoder.value_and_reads(action.guard, env)
        if guard is False:
            return None
        pins = _pins(guard)
        faults: list[Bit] = []
        candidates: defaultdict[int, list[tuple[Bit, Value]]] = defaultdict(list)
        for update in action.updates:
            for inner in _choices(update, env):
                reads |= self._write(update, inner, candidates, faults)
        writes: dict[int, tuple[Bit, Value]] = {}
        changes: list[Bit] = []
        for cell, options in candidates.items():
            test, value = options[0]
            for (first, one), (second, other) in combinations(options, 2):
                differ = terms.negate(terms.equal(one, other))
                faults.append(terms.conj((first, second, differ)))
            for other_test, other in options[1:]:
                test, value = terms.disj((test, other_test)), terms.ite(other_test, other, value)
            current = self.cells[cell]
            if not terms.same(value, current):
                writes[cell] = test, value
                changes.append(terms.conj((test, _differs(current, value, pins))))
        fault = terms.conj((guard, terms.disj(faults)))
        enabled = terms.conj((guard, terms.disj(changes), terms.negate(terms.disj(faults))))
        if enabled is False and fault is False:
            return None
        touches = sum(1 << cell for cell in writes)
        # Whether the state would change depends on what is there.
        return Instance(Step(action, arguments), enabled, fault, writes, reads | touches, touches)

    def _write(
        self,
        update: Update,
        env: dict[str, int],
        candidates: defaultdict[int, list[tuple[Bit, Value]]],
        faults: list[Bit],
    ) -> int:
        """Add what one update does to one cell, and how it may leave the cell's interval.

        The result is what it reads.
        """
        test, reads = self.encoder.value_and_reads(update.where, env)
        if test is False:
            return reads
        arguments = [self.encoder.value(argument, env) for argument in update.arguments]
        cell = self.system.cell(update.function, arguments)
        value, more = self.encoder.value_and_reads(update.value, env)
        kind = update.function.type
        if not isinstance(kind, BoolType):
            value, inside = terms.fit(value, kind.lo, kind.hi)
            faults.append(terms.conj((test, terms.negate(inside))))
        candidates[cell].append((test, value))
        return reads | more


def state_variables(system: System, prefix: str, context: Any) -> list[Value]:
    """A fresh variable for each cell (a constant where its type has one value)."""
    found: list[Value] = []
    for index, (function, _) in enumerate(system.cells):
        name = f"{prefix}.{index}"
        if isinstance(function.type, BoolType):
            found.append(z3.Bool(name, context))
        else:
            found.append(terms.variable(name, function.type.lo, function.type.hi, context))
    return found


def constant(value: Value) -> Any:
    """The Z3 constant of a cell that is not a Python constant."""
    return value.term if isinstance(value, Number) else value


def constants(cells: Sequence[Value]) -> list[Any]:
    """The Z3 constants of the cells that have one."""
    return [constant(cell) for cell in cells if not isinstance(cell, int)]


def _choices(update: Update, env: Any) -> list[dict[str, int]]:
    names = [str(v.payload) for v in update.over]
    sorts = [v.type.sort for v in update.over if isinstance(v.type, ElementType)]
    ranges = (range(sort.size) for sort in sorts)
    return [{**env, **dict(zip(names, choice, strict=True))} for choice in product(*ranges)]


def _pins(guard: Bit) -> dict[int, int]:
    """What the conjuncts of a guard fix: term id to the value of its bit-vector or Boolean."""
    pins: dict[int, int] = {}
    todo = [] if isinstance(guard, bool) else [guard]
    while todo:
        term = todo.pop()
        if z3.is_and(term):
            todo.extend(term.children())
        elif z3.is_not(term):
            pins[term.arg(0).get_id()] = 0
        elif z3.is_eq(term) and z3.is_bv_value(term.arg(1)):
            pins[term.arg(0).get_id()] = term.arg(1).as_long()
        else:
            pins[term.get_id()] = 1
    return pins


def _differs(current: Value, value: Value, pins: dict[int, int]) -> Bit:
    """That a write changes a cell; plainly true where the guard already says so."""
    if isinstance(value, int) and not isinstance(current, int):
        pinned = pins.get(constant(current).get_id())
        low = current.lo if isinstance(current, Number) else 0
        if pinned is not None:
            return pinned + low != int(value)
    return terms.negate(terms.equal(current, value))
