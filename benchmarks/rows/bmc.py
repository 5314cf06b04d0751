"""How deep bounded model checking gets where there is nothing to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from benchmarks.rolling import rolling_update
from benchmarks.row import Answer, Job, Progress, Row, Target
from benchmarks.systems import raft_election
from checker.budget import Budget
from checker.engines import engine
from model.ir.system import System
from tests.shipped import checked, scenario

#: Seconds after which what is covered until then is the answer.
PATIENCE = 50.0


def _cover(make: Callable[[], System], depth: int) -> Callable[[Progress], Job]:
    """All properties of a system, every run of so many steps."""

    def prepare(progress: Progress) -> Job:
        import z3  # noqa: F401 - loading Z3 is not what is measured

        system = make()

        def job() -> Answer:
            budget = Budget(seconds=PATIENCE, depth=depth, progress=progress)
            verdicts = engine("bmc").check(system, system.properties, budget)
            held = [v for v in verdicts if v.outcome == "holds" and v.extent is not None]
            depths = [v.extent.depth for v in held if v.extent and v.extent.depth is not None]
            covered = f"{len(held)} hold to depth {min(depths)}" if depths else ""
            others = Counter(v.outcome for v in verdicts if v not in held)
            texts = [covered, *(f"{count} {name}" for name, count in sorted(others.items()))]
            text = ", ".join(each for each in texts if each)
            right = not others["unknown"] and min(depths, default=depth) >= depth
            return Answer(text, right)

        return job

    return prepare


def _kind(system: System, safety: bool) -> System:
    """Without the properties of the other kind."""
    kept = tuple(p for p in system.properties if p.is_safety == safety)
    return replace(system, properties=kept)


def _always(system: System) -> System:
    kept = tuple(p for p in system.properties if p.kind == "always")
    return replace(system, properties=kept)


def _shipped(path: str) -> System:
    return checked(scenario(path))[0].system


ROWS = (
    Row(
        "bmc/election",
        "3-server Raft election, 4 terms, 1 crash: election-safety to depth 20",
        _cover(lambda: _always(raft_election(3, 4)), 20),
        Target(seconds=20),
    ),
    Row(
        "bmc/deployment",
        "specs/deployment.yaml, all properties to depth 12",
        _cover(lambda: _shipped("specs/deployment.yaml"), 12),
        patience=90,
    ),
    Row(
        "bmc/large-rollout",
        "benchmarks/large-rollout.yaml, 100 nodes, 100 replicas: all properties to depth 4",
        _cover(lambda: _shipped("benchmarks/large-rollout.yaml"), 4),
        patience=90,
        extra=True,
    ),
    Row(
        "bmc/rolling-safety",
        "rolling update of 3 replicas in 6 slots on 3 nodes, one crash: safety to depth 16",
        _cover(lambda: _kind(rolling_update(), safety=True), 16),
        extra=True,
    ),
    Row(
        "bmc/rolling-liveness",
        "the same without crash: liveness to depth 16",
        _cover(lambda: _kind(rolling_update(crashes=0), safety=False), 16),
        extra=True,
    ),
)
