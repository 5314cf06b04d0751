"""Many engines at once, in child processes, for what a quick look did not settle.

May enter: processes, signals, what crosses between them, who runs when. May not enter: how any
engine works.

Reading order: `wire` (what a child tells), `process` (one child), `work` (what children do),
`contest` (one system: who works on it, what is known), `race` (all of them under one budget).

What may vary between two runs with the same input, since engines race: which engine's proof is
reported, the number of states or steps covered of what is not exhausted, and, where a walk or Z3
is faster than the explorer, which violation is shown. What the explorer and the first walks answer
does not vary with the time that they take: they do so much work, and are waited for. Only these
vary as far as the time suffices: inductive proofs of what `holds` otherwise, what confirms at full
size what a rung violates, and what has no answer until `--timeout`.
"""

from __future__ import annotations

import os
import sys
import threading


def available() -> bool:
    """Whether child processes can be had here and now."""
    return (
        hasattr(os, "fork")
        and sys.platform != "darwin"
        and threading.active_count() == 1
        and "z3" not in sys.modules
    )


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
