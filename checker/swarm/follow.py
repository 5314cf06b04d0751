"""Taking given steps, by the explorer's kernel, in many runs at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from checker.explicit.codegen import Kernel, compile_system
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.symmetry import Symmetry
from checker.swarm.live import Watch
from checker.swarm.runs import Integers, Numbering
from model.ir.expr import Expr
from model.ir.system import State, System


class Follower:
    """Follows steps in one system, and remembers of runs what a `Watch` wants to know.

    States are of shape (cells, N), what is pending of shape (properties, N).
    """

    def __init__(self, layout: Layout, numbering: Numbering, watch: Watch) -> None:
        self.numbering = numbering
        self._layout, self._watch = layout, watch
        self._kernels: dict[int, Kernel] = {}

    def begin(self, start: State, count: int) -> tuple[Matrix, Mask]:
        """So many runs in an initial state."""
        here = np.repeat(self._layout.encode([start]), count, axis=1)
        pending = np.repeat(np.array(self._watch.fresh, bool).reshape(-1, 1), count, axis=1)
        return here, self.pending(here, pending)

    def pending(self, here: Matrix, pending: Mask) -> Mask:
        """What is pending in runs that arrive in some states."""
        return self._watch.look(here, pending).pending if len(pending) else pending

    def fire(self, here: Matrix, number: int) -> tuple[Matrix, Mask]:
        """The states after a step, the same where it is not enabled; and where it is."""
        action = self.numbering.action(number)
        kernel = self._kernels.get(action)
        if kernel is None:
            kernel = self._kernels[action] = only(self._layout.system, [action])
        after, done = here.copy(), np.zeros(here.shape[1], bool)
        for first in range(0, here.shape[1], kernel.rows):
            part = np.ascontiguousarray(here[:, first : first + kernel.rows])
            for _, successors, rows, chosen in kernel.expand(part, part.shape[1], {}):
                same = self.numbering.numbers(action, chosen, len(rows)) == number
                after[:, first + rows[same]] = successors[:, same]
                done[first + rows[same]] = True
        return after, done

    def end(self, start: State, path: Integers) -> tuple[Matrix, Mask]:
        """Where one run leads, and what is pending then; of shape (cells, 1), (properties, 1)."""
        here, pending = self.begin(start, 1)
        for number in path.tolist():
            here, _ = self.fire(here, number)
            pending = self.pending(here, pending)
        return here, pending


def only(system: System, actions: Sequence[int], observed: Sequence[Expr] = ()) -> Kernel:
    """The kernel of the system with these actions alone, every choice of arguments tried."""
    layout = Layout(replace(system, actions=tuple(system.actions[i] for i in actions)))
    return compile_system(layout, Symmetry(layout, enabled=False), observed)


def enabled(kernel: Kernel, C: Matrix) -> Mask:
    """Which states of C enable one of the kernel's actions."""
    result = np.zeros(C.shape[1], bool)
    for first in range(0, C.shape[1], kernel.rows):
        part = np.ascontiguousarray(C[:, first : first + kernel.rows])
        for _, _, rows, _ in kernel.expand(part, part.shape[1], {}):
            result[first + rows] = True
    return result
