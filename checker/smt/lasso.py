"""Infinite fair runs: a finite run that ends in a cycle, or that stays in its last state for ever.

One copy of the state stands for the one where the cycle begins; what fairness and the properties
want to know of the cycle is accumulated from there on, so a formula grows with its length only.
Fairness is that of an action as a whole: weak, somewhere in the cycle the action is disabled or
taken; strong, it is taken somewhere or disabled everywhere. Weak fairness is also that of each whom
an action serves (`Action.fair_for`); an action that only waits counts as enabled.

A run that stays where a bound of the model is reached does not count: a step may be missing there,
and the run may only seem fair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from checker.smt import terms
from checker.smt.gates import FALSE, Gates, literal
from checker.smt.normal import NormalForm
from checker.smt.sat import core
from checker.smt.sat.contract import Model
from checker.smt.shortest import Shortest
from checker.smt.step import Transition
from checker.smt.unroll import Unrolling
from model.ir.fairness import Whom, serves
from model.ir.interpret import Step
from model.ir.system import Action, Property
from model.ir.trace import Trace, replay


class _Violation:
    """What makes a fair run violate one property.

    `prefix` is about the states so far. `mark` is a state predicate, and `marked` whether a state
    of the cycle has it; the property is violated if that is as `wanted`.
    """

    def __init__(self, gates: Gates, prop: Property) -> None:
        self._gates = gates
        self._kind = prop.kind
        self._wanted = literal(prop.kind == "eventually always")
        self._prefix = literal(prop.kind != "leads to")
        self._mark = FALSE
        self._marked = FALSE

    def observe(self, p: int, q: int) -> None:
        """Take in the next state."""
        conj, disj = self._gates.conj, self._gates.disj
        match self._kind:
            case "eventually":
                self._prefix = conj((self._prefix, -p))
            case "leads to":
                self._prefix = conj((disj((self._prefix, p)), -q))
                self._mark = q
            case "always eventually":
                self._mark = p
            case "eventually always":
                self._mark = -p

    def pass_on(self, inside: int) -> None:
        """Take in that a layer leaves the last state, which may be inside the cycle."""
        self._marked = _either(self._gates, self._marked, inside, self._mark)

    def by_stuttering(self) -> int:
        return self._gates.conj((self._prefix, self._gates.equal(self._mark, self._wanted)))

    def by_cycling(self) -> int:
        return self._gates.conj((self._prefix, self._gates.equal(self._marked, self._wanted)))


class _Fair:
    """Whether a cycle is fair to one action, or to one whom it serves; None for the action."""

    def __init__(self, gates: Gates, action: Action, whom: Whom | None) -> None:
        self._gates = gates
        self.action, self.whom = action, whom
        self.enabled = FALSE
        self._ever_enabled = literal(action.fairness == "weak")
        self._satisfied = FALSE

    def meant(self, step: Step) -> bool:
        """Whether a step is one that it asks for."""
        return step.action is self.action and (self.whom is None or self.whom in serves(step))

    def pass_on(self, inside: int, taken: int) -> None:
        gates = self._gates
        if self.action.fairness == "strong":
            self._ever_enabled = _either(gates, self._ever_enabled, inside, self.enabled)
            good = taken
        else:
            good = gates.disj((taken, -self.enabled))
        self._satisfied = _either(gates, self._satisfied, inside, good)

    def holds(self) -> int:
        return self._gates.disj((-self._ever_enabled, self._satisfied))


def _everyone(action: Action) -> Iterable[Whom]:
    """Those whom an action serves one by one."""
    if not action.fair_for:
        return ()
    return product(*(range(action.sorts[place].size) for place in action.served))


def _either(gates: Gates, before: int, inside: int, now: int) -> int:
    return gates.disj((before, gates.conj((inside, now))))


class Lassos:
    """The search for fair runs that violate liveness properties, layer by layer."""

    def __init__(
        self, transition: Transition, properties: Sequence[Property], solver: str | None = None
    ) -> None:
        """`solver` names a SAT core."""
        self.system = transition.system
        self._gates = gates = Gates(core(solver, transition.budget))
        fair = [
            (action, whom)
            for action in transition.system.actions
            if action.fairness != "none"
            for whom in (None, *_everyone(action))
        ]
        self._fair = [_Fair(gates, action, whom) for action, whom in fair]
        self._violations = [_Violation(gates, prop) for prop in properties]
        formulas = [transition.enabled(action, whom) for action, whom in fair]
        visible = 0
        for prop in properties:
            for expr in (prop.p, prop.q):
                bit, reads = transition.encoder.value_and_reads(expr, {})
                formulas.append(bit)
                if prop.kind in ("eventually", "leads to"):
                    visible |= reads
        bounds = [limit.reached for limit in transition.system.bounds]
        formulas.append(terms.disj(transition.encoder.value_and_reads(b, {})[0] for b in bounds))
        self._run = Unrolling(transition, gates, transition.layer(visible))
        self._shortest = Shortest(self._run, self._trace)
        self._normal = NormalForm(transition, gates, visible)
        self._template = self._run.template(formulas)
        #: The state where the cycle begins, and whether each layer is the cycle's first.
        self._knot = [
            gates.fresh() if written else bit
            for bit, written in zip(self._run.states[0], transition.written, strict=True)
        ]
        self._starts: list[int] = []
        #: For each property, that a run violates it by staying in its last state.
        self._still: dict[int, int] = {}
        self._inside = FALSE
        #: Whether the last state reaches a bound of the model, and whether one in the cycle does.
        self._bounded = FALSE
        self._bounded_inside = FALSE
        self._unseen = set(range(len(properties)))
        #: The number of steps up to which every lasso was covered; -1 before the first answer.
        self.covered = -1

    @property
    def open(self) -> dict[int, Trace]:
        """Violations that were found, but maybe not by a shortest trace."""
        return self._shortest.open

    @property
    def doubtful(self) -> set[int]:
        """Those whose trace may not be the shortest, though no more effort was made."""
        return self._shortest.doubtful

    @property
    def ended(self) -> bool:
        """No run has as many layers as were covered last. Raises Unanswered."""
        return self.covered >= 0 and self._gates.core.solve() is None

    def deepen(self) -> dict[int, Trace]:
        """Properties that a run of `covered + 1` layers is first to violate, by their index.

        A trace that may not be the shortest is kept `open`, and part of the result later.
        Raises Unanswered.
        """
        wanted = self._advance()
        unseen = {index: wanted[index] for index in sorted(self._unseen)}
        for index, model in self._gates.reached(unseen):
            self._unseen.discard(index)
            self._shortest.offer(index, self._trace(index, model))
        self.covered += 1
        return self._shortest.settle(wanted)

    def shorten(self) -> dict[int, Trace]:
        """As `deepen`, but only asks for shorter traces to what is `open`."""
        return self._shortest.settle(self._advance())

    def _advance(self) -> dict[int, int]:
        """What says that a run of one layer more violates each property."""
        gates = self._gates
        if self.covered >= 0:
            self._pass_on()
        self._observe(self._run.depth)
        # A run that stays where it is has no cycle: all its steps may be put in order.
        disabled = (-fair.enabled for fair in self._fair)
        stutter = gates.conj((-self._inside, -self._bounded, *disabled))
        fair = (fair.holds() for fair in self._fair)
        tied = self._tied(self._run.depth)
        cycle = gates.conj((self._inside, tied, -self._bounded_inside, *fair))
        wanted = {}
        for index, violation in enumerate(self._violations):
            still = self._still[index] = gates.conj((stutter, violation.by_stuttering()))
            wanted[index] = gates.disj((still, gates.conj((cycle, violation.by_cycling()))))
        return wanted

    def _trace(self, index: int, model: Model) -> Trace:
        run = self._run
        steps = run.steps(model)
        begun = len(steps)
        if not model[self._still[index]]:
            start = next(i for i, start in enumerate(self._starts) if model[start])
            begun = sum(model[fires] for fired in run.fired[:start] for fires in fired)
        return replay(self.system, steps, run.start(model), begun)

    def _observe(self, depth: int) -> None:
        bits = iter(self._run.read(self._template, depth))
        for fair in self._fair:
            fair.enabled = next(bits)
        for violation in self._violations:
            violation.observe(next(bits), next(bits))
        self._bounded = next(bits)

    def _pass_on(self) -> None:
        """Make the runs one layer longer; a cycle may begin in the state they leave."""
        gates, run = self._gates, self._run
        start = gates.fresh()
        gates.require(-start, -self._inside)
        gates.require(-start, self._tied(run.depth))
        self._starts.append(start)
        self._inside = gates.disj((self._inside, start))
        run.advance()
        # Inside the cycle every state matters to fairness: one step at a time, and none may move.
        self._normal.constrain(run.fired[-1], -self._inside)
        self._alone(run.fired[-1])
        pairs = list(zip(run.fired[-1], run.transition.instances, strict=True))
        for fair in self._fair:
            taken = gates.disj(fires for fires, i in pairs if fair.meant(i.step))
            fair.pass_on(self._inside, taken)
        for violation in self._violations:
            violation.pass_on(self._inside)
        self._bounded_inside = _either(gates, self._bounded_inside, self._inside, self._bounded)

    def _alone(self, fired: Sequence[int]) -> None:
        """A layer of the cycle is a single step."""
        if not self._run.transition.parallel:
            return
        before = FALSE
        for step in fired:
            self._gates.require(-self._inside, -before, -step)
            before = self._gates.disj((before, step))

    def _tied(self, depth: int) -> int:
        """The state after `depth` steps is the one where the cycle begins."""
        return self._gates.same(self._run.states[depth], self._knot)
