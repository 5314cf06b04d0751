"""Systems to test engines on: textbook protocols and random small systems.

What a seed gives never changes: tests pin seeds. A new form of system is a new maker. Nothing
here imports an engine.
"""

from __future__ import annotations

from typing import Literal

from hypothesis import strategies as st

from model.ir.system import System
from tests.systems.generator import Maker, SymmetricMaker
from tests.systems.serving import serving
from tests.systems.textbook import peterson, rollout, semaphore, token_ring, two_phase_commit
from tests.systems.wide import WideMaker

__all__ = [
    "FORMS",
    "Form",
    "peterson",
    "random_system",
    "rollout",
    "semaphore",
    "serving",
    "systems",
    "token_ring",
    "two_phase_commit",
]

Form = Literal["mixed", "symmetric", "wide"]

FORMS: dict[Form, type[Maker]] = {
    "mixed": Maker,
    "symmetric": SymmetricMaker,
    "wide": WideMaker,
}


def random_system(
    seed: int, size: int = 2, *, symmetric: bool = False, form: Form | None = None
) -> System:
    """The random system of a seed; `size` from 1 (a handful of states) to 4 (some thousands).

    `form` says what it is like; without it, `symmetric` ones have only symmetric sorts, and few
    tables that tell their elements apart. Steps of "wide" systems may leave their interval:
    exploring one may raise ModelError.
    """
    return FORMS[form or ("symmetric" if symmetric else "mixed")](seed, size).make()


def systems(largest: int = 3) -> st.SearchStrategy[System]:
    """Random small systems. Their names hold the arguments that `random_system` wants."""
    seeds = st.integers(0, 2**32 - 1)
    made = st.builds(random_system, seeds, st.integers(1, largest), symmetric=st.booleans())
    return made | st.builds(serving, made, st.integers(0, 999))
