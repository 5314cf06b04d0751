"""Infinite fair runs: a finite run that ends in a cycle, or that stays in its last state for ever.

One copy of the state stands for the one where the cycle begins; what fairness and the properties
want to know of the cycle is accumulated from there on, so a formula grows with its length only.
Fairness is that of an action as a whole: weak, somewhere in the cycle the action is disabled or
taken; strong, it is taken somewhere or disabled everywhere.

A run that stays where a bound of the model is reached does not count: a step may be missing there,
and the run may only seem fair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.smt import terms
from checker.smt.normal import NormalForm
from checker.smt.solver import Solver, true
from checker.smt.step import Transition, state_variables
from checker.smt.terms import Bit
from checker.smt.unroll import Unrolling
from model.ir.system import Action, Property
from model.ir.trace import Trace, replay


class _Violation:
    """What makes a fair run violate one property.

    `prefix` is about the states so far. `mark` is a state predicate, and `marked` whether a state
    of the cycle has it; the property is violated if that is as `wanted`.
    """

    def __init__(self, prop: Property) -> None:
        self.kind = prop.kind
        self.prefix: Bit = prop.kind != "leads to"
        self.wanted = prop.kind == "eventually always"
        self.mark: Bit = False
        self.marked: Bit = False

    def observe(self, solver: Solver, p: Bit, q: Bit) -> None:
        """Take in the next state."""
        match self.kind:
            case "eventually":
                self.prefix = terms.conj((self.prefix, terms.negate(p)))
            case "leads to":
                self.prefix = terms.conj((terms.disj((self.prefix, p)), terms.negate(q)))
                self.mark = q
            case "always eventually":
                self.mark = p
            case "eventually always":
                self.mark = terms.negate(p)
        self.prefix = solver.define("prefix", self.prefix)

    def pass_on(self, solver: Solver, inside: Bit) -> None:
        """Take in that a step leaves the last state, which may be inside the cycle."""
        self.marked = _either(solver, self.marked, inside, self.mark)

    def by_stuttering(self) -> Bit:
        return terms.conj((self.prefix, terms.equal(self.mark, self.wanted)))

    def by_cycling(self) -> Bit:
        return terms.conj((self.prefix, terms.equal(self.marked, self.wanted)))


class _Fair:
    """Whether a cycle is fair to one action."""

    def __init__(self, action: Action) -> None:
        self.action = action
        self.enabled: Bit = False
        self.ever_enabled: Bit = False
        self.satisfied: Bit = False

    def pass_on(self, solver: Solver, inside: Bit, taken: Bit) -> None:
        if self.action.fairness == "strong":
            self.ever_enabled = _either(solver, self.ever_enabled, inside, self.enabled)
            good = taken
        else:
            self.ever_enabled = True
            good = terms.disj((taken, terms.negate(self.enabled)))
        self.satisfied = _either(solver, self.satisfied, inside, good)

    def holds(self) -> Bit:
        return terms.implies(self.ever_enabled, self.satisfied)


def _either(solver: Solver, before: Bit, inside: Bit, now: Bit) -> Bit:
    return solver.define("some", terms.disj((before, terms.conj((inside, now)))))


class Lassos:
    """The search for fair runs that violate liveness properties, depth by depth."""

    def __init__(self, transition: Transition, properties: Sequence[Property]) -> None:
        self.system = transition.system
        self._solver = Solver(transition.context, transition.budget)
        self._unrolling = Unrolling(transition, self._solver)
        fair = [action for action in transition.system.actions if action.fairness != "none"]
        self._fair = [_Fair(action) for action in fair]
        self._violations = [_Violation(prop) for prop in properties]
        formulas = [transition.enabled(action) for action in fair]
        visible = 0
        for prop in properties:
            for expr in (prop.p, prop.q):
                bit, reads = transition.encoder.value_and_reads(expr, {})
                formulas.append(bit)
                if prop.kind in ("eventually", "leads to"):
                    visible |= reads
        bounds = [limit.reached for limit in transition.system.bounds]
        formulas.append(terms.disj(transition.encoder.value_and_reads(b, {})[0] for b in bounds))
        self._normal = NormalForm(transition, self._solver, visible)
        self._template = self._unrolling.template(formulas)
        self._knot = state_variables(transition.system, "knot", transition.context)
        self._starts: list[Any] = []
        self._inside: Bit = False
        #: Whether the last state reaches a bound of the model, and whether one in the cycle does.
        self._bounded: Bit = False
        self._bounded_inside: Bit = False
        self._unseen = set(range(len(properties)))
        #: The number of steps up to which every lasso was covered; -1 before the first answer.
        self.covered = -1

    def deepen(self) -> dict[int, Trace]:
        """Properties that a run of `covered + 1` steps is first to violate, by their index.

        Raises Unanswered.
        """
        depth = self.covered + 1
        if depth:
            self._pass_on()
        self._observe(depth)
        # A run that stays where it is has no cycle: all its steps may be put in order.
        disabled = (terms.negate(fair.enabled) for fair in self._fair)
        stutter = terms.conj((terms.negate(self._inside), terms.negate(self._bounded), *disabled))
        fair = (fair.holds() for fair in self._fair)
        cycle = terms.conj(
            (self._inside, self._tied(depth), terms.negate(self._bounded_inside), *fair)
        )
        stutter, cycle = (self._solver.define("ending", bit) for bit in (stutter, cycle))
        wanted: dict[int, Bit] = {}
        for index in sorted(self._unseen):
            violation = self._violations[index]
            wanted[index] = terms.disj(
                (
                    terms.conj((stutter, violation.by_stuttering())),
                    terms.conj((cycle, violation.by_cycling())),
                )
            )
        found: dict[int, Trace] = {}
        for index, model in self._solver.reached(wanted):
            still = terms.conj((stutter, self._violations[index].by_stuttering()))
            loop = depth if true(model, still) else self._start(model)
            run = self._unrolling
            found[index] = replay(self.system, run.steps(model), run.start(model), loop)
            self._unseen.discard(index)
        self.covered = depth
        return found

    def _observe(self, depth: int) -> None:
        bits = iter(self._unrolling.read(self._template, depth))
        for fair in self._fair:
            fair.enabled = self._solver.define("enabled", next(bits))
        for violation in self._violations:
            violation.observe(self._solver, next(bits), next(bits))
        self._bounded = self._solver.define("bounded", next(bits))

    def _pass_on(self) -> None:
        """Make the runs one step longer; a cycle may begin in the state they leave."""
        solver, run = self._solver, self._unrolling
        start = solver.fresh("start")
        solver.add(terms.implies(start, terms.negate(self._inside)))
        solver.add(terms.implies(start, self._tied(run.depth)))
        self._starts.append(start)
        self._inside = solver.define("inside", terms.disj((self._inside, start)))
        run.advance()
        # Inside the cycle every state matters to fairness: no step may move there.
        self._normal.constrain(run.fired[-1], terms.negate(self._inside))
        pairs = list(zip(run.fired[-1], run.transition.instances, strict=True))
        for fair in self._fair:
            taken = terms.disj(fires for fires, i in pairs if i.step.action is fair.action)
            fair.pass_on(solver, self._inside, taken)
        for violation in self._violations:
            violation.pass_on(solver, self._inside)
        self._bounded_inside = _either(solver, self._bounded_inside, self._inside, self._bounded)

    def _tied(self, depth: int) -> Bit:
        """The state after `depth` steps is the one where the cycle begins."""
        pairs = zip(self._unrolling.states[depth], self._knot, strict=True)
        return terms.conj(terms.equal(a, b) for a, b in pairs)

    def _start(self, model: Any) -> int:
        return next(i for i, start in enumerate(self._starts) if true(model, start))
