"""Random runs of a system, state by state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from model.ir.interpret import Step, steps
from model.ir.system import State, System

#: What may happen next, and where it leads.
Possible = Sequence[tuple[Step, State]]


def walks(
    draw: random.Random,
    system: System,
    runs: int,
    length: int,
    among: Callable[[Possible], Possible] = lambda possible: possible,
) -> Iterator[tuple[State, Possible]]:
    """The states of so many runs of so many steps, with what may happen in each; a run goes on by
    one of the steps `among` those."""
    for _ in range(runs):
        state = draw.choice(system.initial)
        for _ in range(length):
            possible = list(steps(system, state))
            yield state, possible
            if not possible:
                break
            _, state = draw.choice(among(possible))
