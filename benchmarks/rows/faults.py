"""How soon bounded model checking finds each seeded fault of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.row import Answer, Job, Progress, Row, Target
from checker.budget import Budget
from checker.engines import engine
from tests.shipped import checked, scenario
from tests.test_mutations import CAUGHT

#: Seconds after which a fault counts as not found, and steps that no run may exceed.
PATIENCE, DEPTH = 60.0, 40


def _find(fault: str) -> Callable[[Progress], Job]:
    """The shipped spec with that fault in the model, and the property that catches it."""

    def prepare(progress: Progress) -> Job:
        import z3  # noqa: F401 - loading Z3 is not what is measured

        spec, name, _ = CAUGHT[fault]
        given = scenario(f"specs/{spec}.yaml")
        given = replace(given, mutations=frozenset({fault}), properties=(name,))
        (instance,) = checked(given)
        system = instance.system

        def job() -> Answer:
            budget = Budget(seconds=PATIENCE, depth=DEPTH, progress=progress)
            (verdict,) = engine("bmc").check(system, (system.property(name),), budget)
            if verdict.trace is None:
                return Answer(verdict.reason or verdict.outcome, False)
            return Answer(f"{len(verdict.trace.steps)} steps", verdict.outcome == "violated")

        return job

    return prepare


ROWS = tuple(
    Row(
        f"faults/{fault}",
        f"{name} violated in specs/{spec}.yaml with this seeded fault, by bmc",
        _find(fault),
        Target(seconds=5),
        patience=90,
        quick=fault in ("surge-one-too-many", "votes-twice"),
    )
    for fault, (spec, name, _) in CAUGHT.items()
)
