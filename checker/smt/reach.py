"""Shortest runs to states: safety, witnesses, the model's own bounds and its mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from checker.smt.gates import Gates
from checker.smt.normal import NormalForm
from checker.smt.sat import core
from checker.smt.sat.contract import Model
from checker.smt.step import Transition
from checker.smt.unroll import Unrolling
from model.ir.expr import Expr
from model.ir.interpret import steps
from model.ir.trace import Trace, replay


class Reach:
    """The search for goals (closed boolean expressions), depth by depth."""

    def __init__(
        self, transition: Transition, goals: Sequence[Expr], solver: str | None = None
    ) -> None:
        """`solver` names a SAT core."""
        self.system = transition.system
        self._gates = Gates(core(solver, transition.budget))
        self._unrolling = Unrolling(transition, self._gates)
        self._normal = NormalForm(transition, self._gates)
        bits = [transition.encoder.value(goal, {}) for goal in goals]
        self._template = self._unrolling.template([transition.fault, *bits])
        self._unseen = set(range(len(goals)))
        #: The number of steps up to which every run was covered; -1 before the first answer.
        self.covered = -1
        #: No run has more than `covered` steps.
        self.exhausted = False
        #: The names of the actions that no covered run takes.
        self.idle = {repr(action) for action in self.system.actions}

    def deepen(self) -> dict[int, Trace]:
        """Goals that are first reached in `covered + 1` steps, by their index.

        Raises Unanswered, and ModelError if a step goes wrong in a state reached so.
        """
        depth = self.covered + 1
        if depth:
            self._unrolling.advance()
            self._normal.constrain(self._unrolling.fired[-1])
            if self._gates.core.solve() is None:
                self.exhausted = True
                return {}
        fault, *goals = self._unrolling.read(self._template, depth)
        wanted: dict[int | str, int] = {index: goals[index] for index in sorted(self._unseen)}
        wanted |= {name: self._taken(name) for name in sorted(self.idle)} if depth else {}
        found: dict[int, Trace] = {}
        for key, model in self._gates.reached({**wanted, "": fault}):
            if key == "":
                self._explain(self._trace(model))
            elif isinstance(key, str):
                self.idle.discard(key)
            else:
                found[key] = self._trace(model)
                self._unseen.discard(key)
        self.covered = depth
        return found

    def _taken(self, name: str) -> int:
        """That the last step is one of the named action."""
        pairs = zip(self._unrolling.fired[-1], self._unrolling.transition.instances, strict=True)
        return self._gates.disj(fires for fires, i in pairs if repr(i.step.action) == name)

    def _trace(self, model: Model) -> Trace:
        run = self._unrolling
        return replay(self.system, run.steps(model), run.start(model), None)

    def _explain(self, trace: Trace) -> None:
        """Let the interpreter raise what is wrong with the model."""
        for _ in steps(self.system, trace.states[-1]):
            pass
        raise AssertionError("Z3 sees a step go wrong where the interpreter does not")
