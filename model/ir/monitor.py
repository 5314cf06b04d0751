"""What one step may do, as a safety property: a monitor that sees each step.

A formula about a step reads the state before it, and the one after it by other functions that stand
for the same ones then. A run satisfies it if it holds at each step that changes something of what
it reads ([][P]_v in TLA). The monitor is a truth value that goes up at the first step at which it
does not: each action computes what the formula comes to from what it writes. So every engine, every
reduction and every trace has such properties without knowing of them; that nothing else changes,
`tests/model/test_monitor.py` tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from model.ir.builder import Builder
from model.ir.check import reads
from model.ir.expr import TRUE, Expr, conj, disj, make
from model.ir.substitution import Substitution, nothing
from model.ir.system import Action, StateFunction, Update, assign
from model.ir.types import BOOL


@dataclass
class Steps:
    """The states before and after the steps of a system under construction."""

    builder: Builder
    _after: dict[StateFunction, StateFunction] = field(default_factory=dict)

    def after(self, expr: Expr) -> Expr:
        """An expression about a state, about the one after the step."""
        return Substitution(lambda _: True, lambda function, args: self._then(function)[args])(expr)

    @property
    def pairs(self) -> Sequence[tuple[StateFunction, StateFunction]]:
        """The state functions that were read after the step, with what stands for them then."""
        return tuple(self._after.items())

    def _then(self, function: StateFunction) -> StateFunction:
        if function not in self._after:
            name = f"{function.name} after"
            self._after[function] = StateFunction(name, function.domain, function.type)
        return self._after[function]

    def watch(self, name: str, formula: Expr, *, wanted: bool) -> StateFunction:
        """A state function that goes up at the first step at which a formula is `wanted`, of those
        that change something of what it reads. All actions are to be there."""
        seen = self.builder.function(name, (), BOOL, 0)
        now = {then: function for function, then in self._after.items()}
        read = {now.get(function, function) for function in reads(formula)}

        def watched(action: Action) -> Action:
            written = [each for each in action.updates if each.function in read]
            if not written:
                return action
            comes_to = self._written(action)(formula)
            happens = comes_to if wanted else ~comes_to
            update = assign(seen(), seen() | (disj(*map(_changes, written)) & happens))
            return replace(action, updates=(*action.updates, update))

        self.builder.actions[:] = map(watched, self.builder.actions)
        return seen

    def _written(self, action: Action) -> Substitution:
        """What functions are after an action, by what they are before it."""
        now = {then: function for function, then in self._after.items()}

        def value(then: StateFunction, args: tuple[Expr, ...]) -> Expr:
            function = now[then]
            found = function[args]
            for update in action.updates:
                if update.function is function:
                    found = _updated(update, args, found)
            return found

        return Substitution(now.__contains__, value, "s")


def _updated(update: Update, args: Sequence[Expr], otherwise: Expr) -> Expr:
    """What a cell is after an update, if that writes it."""
    over = {str(each.payload) for each in update.over}
    env: dict[str, Expr] = {}
    same: list[Expr] = []
    for argument, asked in zip(update.arguments, args, strict=True):
        name = str(argument.payload)
        if argument.op == "var" and name in over and name not in env:
            env[name] = asked
        else:
            same.append(env.get(name, argument) == asked)
    put = Substitution(nothing, lambda function, given: function[given], "u")
    here = conj(*same, put(update.where, env))
    if here.op == "const":
        return _typed(update, put(update.value, env), otherwise) if here.payload else otherwise
    # No update leaves the type of its function, so the choice does not either.
    return make("ite", update.function.type, (here, put(update.value, env), otherwise))


def _typed(update: Update, value: Expr, otherwise: Expr) -> Expr:
    """A value that is written everywhere, as a value of its function's type."""
    wanted = update.function.type
    inside = wanted.lo <= value.type.lo and value.type.hi <= wanted.hi
    return value if inside else make("ite", wanted, (TRUE, value, otherwise))


def _changes(update: Update) -> Expr:
    """Whether an update changes a cell."""
    found = update.where & (update.function[update.arguments] != update.value)
    for each in reversed(update.over):
        found = make("exists", BOOL, (found,), (str(each.payload), each.type.sort))  # type: ignore[union-attr]
    return found
