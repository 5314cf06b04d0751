"""Systems to test engines on: textbook protocols and random small systems.

Nothing here imports an engine.
"""

from __future__ import annotations

from tests.systems.generator import random_system, systems
from tests.systems.textbook import peterson, rollout, semaphore, token_ring, two_phase_commit

__all__ = [
    "peterson",
    "random_system",
    "rollout",
    "semaphore",
    "systems",
    "token_ring",
    "two_phase_commit",
]
