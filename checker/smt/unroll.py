"""Runs of growing length: the step as a template, placed once for each depth."""

from __future__ import annotations

from collections.abc import Sequence

from checker.smt.gates import Gates
from checker.smt.sat.contract import Model
from checker.smt.start import begin
from checker.smt.step import Transition, constants
from checker.smt.template import Template
from checker.smt.terms import Bit, in_range
from model.ir.interpret import Step
from model.ir.system import State


class Unrolling:
    """All runs of a system of `depth` layers, as clauses of a core."""

    def __init__(
        self, transition: Transition, gates: Gates, relation: Template, *, anywhere: bool = False
    ) -> None:
        """Runs that begin in an initial state, or in any state at all.

        `relation` says what a layer is: one step, or several (see `Transition`).
        """
        self.system = transition.system
        self.gates = gates
        self.transition = transition
        self._relation = relation
        layout = transition.layout
        if anywhere:
            first = [gates.fresh() for _ in range(layout.size)]
            laws = [in_range(cell) for cell in transition.cells]
            self.template((), laws).place(gates, first)
        else:
            first = begin(gates, layout, transition.system.initial)
        #: The bits of each state of the run, in the layout of the transition.
        self.states = [first]
        #: For each layer one literal for each instance: whether it is taken.
        self.fired: list[list[int]] = []

    @property
    def depth(self) -> int:
        return len(self.fired)

    def template(self, formulas: Sequence[Bit], laws: Sequence[Bit] = ()) -> Template:
        """Formulas over the transition's cells, to be read at the states of the run."""
        variables = constants(self.transition.cells)
        return Template(variables, laws, formulas, self.transition.context, self.transition.budget)

    def read(self, template: Template, index: int) -> list[int]:
        """A template's formulas in the state after `index` layers."""
        return template.place(self.gates, self.states[index])

    def advance(self) -> None:
        """Make the runs one layer longer."""
        gates, transition = self.gates, self.transition
        before = self.states[-1]
        # What no step writes keeps its literals.
        after = [
            gates.fresh() if written else bit
            for bit, written in zip(before, transition.written, strict=True)
        ]
        fired = [gates.fresh() for _ in transition.instances]
        self._relation.place(gates, [*before, *after, *fired])
        self.states.append(after)
        self.fired.append(fired)

    def start(self, model: Model) -> State:
        """The initial state of a model's run."""
        return self.transition.layout.state(model, self.states[0])

    def steps(self, model: Model) -> tuple[Step, ...]:
        """The steps of a model's run, those of one layer in the order of instances."""
        return tuple(
            instance.step
            for fired in self.fired
            for fires, instance in zip(fired, self.transition.instances, strict=True)
            if model[fires]
        )
