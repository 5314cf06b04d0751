"""Shortest runs to states: safety, witnesses, the model's own bounds and its mistakes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from checker.smt.gates import Gates
from checker.smt.normal import NormalForm
from checker.smt.sat import core
from checker.smt.sat.contract import Model
from checker.smt.shortest import Shortest
from checker.smt.step import Transition
from checker.smt.unroll import Unrolling
from model.ir.expr import Expr
from model.ir.interpret import holds, steps, successor
from model.ir.trace import Trace, replay


class Reach:
    """The search for goals (closed boolean expressions), layer by layer."""

    def __init__(
        self,
        transition: Transition,
        goals: Sequence[Expr],
        shorten: Collection[int],
        solver: str | None = None,
    ) -> None:
        """For the goals to `shorten` (by their index) the traces are the shortest that there are.
        `solver` names a SAT core."""
        self.system = transition.system
        self._gates = Gates(core(solver, transition.budget))
        self._run = Unrolling(transition, self._gates, transition.layer())
        self._normal = NormalForm(transition, self._gates)
        bits = [transition.encoder.value(goal, {}) for goal in goals]
        self._template = self._run.template([transition.fault, *bits])
        self._goals = goals
        self._unseen = set(range(len(goals)))
        self._shorten = shorten
        self._shortest = Shortest(self._run, lambda _, model: self._trace(model))
        #: The number of steps up to which every run was covered; -1 before the first answer.
        self.covered = -1
        #: No run has more than `covered` steps or layers.
        self.exhausted = False
        #: The names of the actions that no covered run takes.
        self.idle = {repr(action) for action in self.system.actions}

    @property
    def open(self) -> dict[int, Trace]:
        """Goals that were reached, but maybe not by a shortest trace."""
        return self._shortest.open

    @property
    def doubtful(self) -> set[int]:
        """Those whose trace may not be the shortest, though no more effort was made."""
        return self._shortest.doubtful

    def deepen(self) -> dict[int, Trace]:
        """Goals that are first reached in `covered + 1` layers, by their index.

        A trace that may not be the shortest is kept `open`, and part of the result later.
        Raises Unanswered, and ModelError if a step goes wrong in a state reached so.
        """
        goals = self._advance()
        if goals is None:
            return self._shortest.give_up()
        depth = self.covered + 1
        wanted: dict[int | str, int] = {index: goals[index] for index in sorted(self._unseen)}
        wanted |= {name: self._taken(name) for name in sorted(self.idle)} if depth else {}
        found: dict[int, Trace] = {}
        for key, model in self._gates.reached({**wanted, "": goals[-1]}):
            if key == "":
                self._explain(self._trace(model))
            elif isinstance(key, str):
                self.idle.discard(key)
            else:
                self._unseen.discard(key)
                if key in self._shorten:
                    self._shortest.offer(key, self._lean(self._trace(model), self._goals[key]))
                else:
                    found[key] = self._trace(model)
        self.covered = depth
        return found | self._shortest.settle(dict(enumerate(goals)))

    def shorten(self) -> dict[int, Trace]:
        """As `deepen`, but only asks for shorter traces to what is `open`."""
        goals = self._advance()
        if goals is None:
            return self._shortest.give_up()
        return self._shortest.settle(dict(enumerate(goals)))

    def _advance(self) -> list[int] | None:
        """What says that each goal is reached in one layer more, and last that a step goes wrong;
        None if no run is that long."""
        if self.covered >= 0:
            self._run.advance()
            self._normal.constrain(self._run.fired[-1])
            if self._gates.core.solve() is None:
                self.exhausted = True
                return None
        fault, *goals = self._run.read(self._template, self._run.depth)
        return [*goals, fault]

    def _taken(self, name: str) -> int:
        """That the last layer has a step of the named action."""
        pairs = zip(self._run.fired[-1], self._run.transition.instances, strict=True)
        return self._gates.disj(fires for fires, i in pairs if repr(i.step.action) == name)

    def _trace(self, model: Model) -> Trace:
        return replay(self.system, self._run.steps(model), self._run.start(model), None)

    def _lean(self, trace: Trace, goal: Expr) -> Trace:
        """The trace without single steps that it does not need: asking for a run with fewer is
        much harder than trying."""
        dropped = len(trace.steps)
        while dropped and len(trace.steps) > self._run.depth:
            dropped -= 1
            states, kept = [trace.states[0]], []
            for index, step in enumerate(trace.steps):
                after = None if index == dropped else successor(self.system, states[-1], step)
                if after is not None:
                    states.append(after)
                    kept.append(step)
            if holds(self.system, goal, states[-1]):
                trace = Trace(tuple(states), tuple(kept))
                dropped = min(dropped, len(kept))
        return trace

    def _explain(self, trace: Trace) -> None:
        """Let the interpreter raise what is wrong with the model."""
        for _ in steps(self.system, trace.states[-1]):
            pass
        raise AssertionError("the core sees a step go wrong where the interpreter does not")
