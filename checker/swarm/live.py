"""Runs that violate a liveness property: where they rest for ever, and what they go round.

A run that stands in a state where no fair action is enabled may stay there for ever. A run that
comes back to a state may go round for ever; that is fair if on the way every weakly fair action
was taken or somewhere disabled, and every strongly fair one taken or everywhere disabled. Whether
it is so to everyone whom fairness tells apart (`Action.fair_for`), and where actions only wait, is
asked of what is found so.
Omits: cycles that do not lead back to the state that is remembered of a walk (Brent's method:
the state after 1, 2, 4, … steps), and fair runs that are not a cycle of one walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from checker.explicit.codegen import Kernel, compile_system
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.symmetry import Symmetry
from checker.swarm.runs import Integers
from model.ir.expr import disj
from model.ir.fairness import serves, unwaiting
from model.ir.system import Property, System
from model.ir.trace import Trace


def observe(kernel: Kernel, C: Matrix) -> list[Mask]:
    """The truth of the kernel's observed expressions in any number of states."""
    columns = C.shape[1]
    parts = [
        kernel.observe(np.ascontiguousarray(C[:, first : first + kernel.rows]), size)
        for first in range(0, columns, kernel.rows)
        for size in [min(kernel.rows, columns - first)]
    ]
    if len(parts) == 1:
        return parts[0]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


class Look(NamedTuple):
    """What the liveness properties say of some states."""

    #: (properties, N): a run that stays in such states for ever violates the property.
    wrong: Mask
    #: (properties, N), of a run that arrives in them: nothing satisfied the property so far.
    pending: Mask
    #: (N,): no bound of the model is reached, so that no step is missing.
    inside: Mask


class Watch:
    """Looks at states for some liveness properties.

    pending, for `eventually p`: p was never true; for `leads to (p, q)`: p was true, and q was
    not from there on; for the others, which forget every beginning, always true.
    """

    def __init__(self, system: System, properties: Sequence[Property]) -> None:
        self.properties = tuple(properties)
        #: What is pending before a run begins.
        self.fresh = [prop.kind != "leads to" for prop in properties]
        #: A run must only be in wrong states again and again, not all the time.
        self.sometimes = np.array([p.kind == "eventually always" for p in properties], bool)
        idle = Layout(replace(system, actions=()))
        observed = [expr for prop in properties for expr in (prop.p, prop.q)]
        observed.append(disj(*(bound.reached for bound in system.bounds)))
        self._kernel = compile_system(idle, Symmetry(idle, enabled=False), observed)

    def look(self, C: Matrix, pending: Mask) -> Look:
        """The states C; `pending` may already take them into account."""
        truths = observe(self._kernel, C)
        wrong, still = np.empty_like(pending), pending.copy()
        for index, prop in enumerate(self.properties):
            p, q = truths[2 * index], truths[2 * index + 1]
            wrong[index] = ~(q if prop.kind == "leads to" else p)
            if prop.kind == "eventually":
                still[index] = still[index] & ~p
            elif prop.kind == "leads to":
                still[index] = (still[index] | p) & ~q
        return Look(wrong, still, ~truths[-1])


class Service:
    """Whom weakly fair actions could serve in some states if they waited for nobody."""

    def __init__(self, layout: Layout) -> None:
        system = layout.system
        told = [a for a in system.actions if a.fair_for or a.claim is not None]
        self._actions = {action: number for number, action in enumerate(told)}
        #: None where fairness is that of whole actions, and none waits.
        self._kernel: Kernel | None = None
        if told:
            free = replace(system, actions=tuple(map(unwaiting, told)))
            self._kernel = compile_system(Layout(free), Symmetry(Layout(free), enabled=False), ())
        self._layout, self._served = layout, [action.served for action in told]

    def fair(self, run: Trace) -> bool:
        """Whether the loop of a run serves everyone, if it is fair to whole actions that do not
        wait."""
        if self._kernel is None:
            return True
        assert run.loop is not None
        owed: set[tuple[int, ...]] | None = None
        states = list(dict.fromkeys(run.states[run.loop : -1] or run.states[-1:]))
        for first in range(0, len(states), self._kernel.rows):
            batch = self._layout.encode(states[first : first + self._kernel.rows])
            found: list[set[tuple[int, ...]]] = [set() for _ in range(batch.shape[1])]
            for action, _, rows, chosen in self._kernel.expand(batch, batch.shape[1], {}):
                whom = (chosen[place].tolist() for place in self._served[action])
                for row, *each in zip(rows.tolist(), *whom, strict=True):
                    found[row] |= {(action,), (action, *each)}
            here = set.intersection(*found)
            owed = here if owed is None else owed & here
        for step in run.steps[run.loop :]:
            if owed and (number := self._actions.get(step.action)) is not None:
                owed -= {(number,), *((number, *whom) for whom in serves(step))}
        return not owed


class Loops:
    """What happened to each of some walks since a state that it may come back to."""

    def __init__(self, system: System, watch: Watch, states: Matrix) -> None:
        self._watch = watch
        self._weak = [i for i, a in enumerate(system.actions) if a.fairness == "weak"]
        self._strong = [i for i, a in enumerate(system.actions) if a.fairness == "strong"]
        self._states = states.copy()
        #: The length of each walk when it was in the remembered state.
        self.since = np.zeros(states.shape[1], np.int64)
        self._span = np.ones(states.shape[1], np.int64)
        shape = len(system.actions), states.shape[1]
        self._taken, self._rested, self._able = (np.zeros(shape, bool) for _ in range(3))
        shape = len(watch.properties), states.shape[1]
        self._right, self._wrong = np.zeros(shape, bool), np.zeros(shape, bool)

    def resting(self, enabled: Mask, look: Look) -> Mask:
        """(properties, N): where staying for ever is fair and violates a property."""
        busy: Mask = np.logical_or.reduce(enabled[self._weak + self._strong])
        return ~busy & look.inside & look.wrong & look.pending

    def leave(self, enabled: Mask, look: Look, moved: Integers, actions: Integers) -> None:
        """The walks in places `moved` take a step by `actions`."""
        self._rested |= ~enabled
        self._able |= enabled
        self._right |= ~look.inside | (~look.wrong & ~self._watch.sometimes.reshape(-1, 1))
        self._wrong |= look.wrong
        self._taken[actions, moved] = True

    def closed(self, states: Matrix, pending: Mask, moved: Integers) -> Mask:
        """(properties, N): where the walks that moved are back, and going round for ever is
        fair and violates a property."""
        back = np.zeros(states.shape[1], bool)
        back[moved] = (states[:, moved] == self._states[:, moved]).all(0)
        if not back.any():
            return np.zeros_like(pending)
        fair = np.concatenate(
            (
                (self._taken | self._rested)[self._weak],
                (self._taken | ~self._able)[self._strong],
            )
        )
        violated: Mask = fair.all(0) & back & pending & self._wrong & ~self._right
        return violated

    def remember(self, states: Matrix, lengths: Integers, begun: Mask) -> None:
        """Forget the state of walks that have just begun, or have gone on for long enough."""
        late = lengths - self.since >= self._span
        self._span[late] *= 2
        self._span[begun] = 1
        new = (late | begun).nonzero()[0]
        self._states[:, new] = states[:, new]
        self.since[new] = lengths[new]
        for seen in (self._taken, self._rested, self._able, self._right, self._wrong):
            seen[:, new] = False
