"""Runs of growing length: the step as a template, instantiated once for each depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from checker.smt import terms
from checker.smt.solver import Solver
from checker.smt.step import Transition, constants, state_variables
from checker.smt.template import Template
from checker.smt.terms import Bit, Number, Value
from model.ir.interpret import Step
from model.ir.system import State


class Unrolling:
    """All runs of a system of `depth` steps, as constraints in a solver."""

    def __init__(self, transition: Transition, solver: Solver, *, anywhere: bool = False) -> None:
        """Runs that begin in an initial state, or in any state at all."""
        self.system = system = transition.system
        self.solver = solver
        self.transition = transition
        context = solver.context
        self.states = [state_variables(system, "s0", context)]
        #: For each step one truth value for each instance: exactly one of them holds.
        self.fired: list[list[Any]] = []
        if anywhere:
            solver.add(*map(terms.in_range, self.states[0]))
        else:
            solver.add(terms.disj(self._equals(self.states[0], state) for state in system.initial))

    @property
    def depth(self) -> int:
        return len(self.fired)

    def template(self, formulas: Sequence[Bit]) -> Template:
        """Formulas over the transition's cells, to be read at the states of the run."""
        return Template(constants(self.transition.cells), formulas)

    def read(self, template: Template, index: int) -> list[Bit]:
        """A template's formulas in the state after `index` steps."""
        return template.at(constants(self.states[index]))

    def advance(self) -> None:
        """Make the runs one step longer."""
        context, depth = self.solver.context, self.depth
        after = state_variables(self.system, f"s{depth + 1}", context)
        fired = [z3.Bool(f"f{depth}.{i}", context) for i in range(len(self.transition.instances))]
        before = constants(self.states[-1])
        self.solver.add(*self.transition.relation.at([*before, *constants(after), *fired]))
        self.states.append(after)
        self.fired.append(fired)

    def start(self, model: Any) -> State:
        """The initial state of a model's run."""
        return tuple(_number(model, value) for value in self.states[0])

    def steps(self, model: Any) -> tuple[Step, ...]:
        """The steps of a model's run."""
        found = []
        for fired in self.fired:
            index = next(i for i, f in enumerate(fired) if z3.is_true(model.eval(f)))
            found.append(self.transition.instances[index].step)
        return tuple(found)

    def _equals(self, cells: list[Value], state: State) -> Bit:
        pairs = zip(cells, state, self.system.cells, strict=True)
        return terms.conj(
            terms.equal(cell, bool(value) if isinstance(cell, z3.BoolRef) else value)
            for cell, value, _ in pairs
        )


def _number(model: Any, value: Value) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, Number):
        return value.lo + int(model.eval(value.term, model_completion=True).as_long())
    return int(z3.is_true(model.eval(value)))
