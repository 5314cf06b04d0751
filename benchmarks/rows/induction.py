"""Proofs for every number of pods, nodes and replicas."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.row import Answer, Job, Progress, Row, Target
from checker.budget import Budget
from checker.engines import engine
from model.cluster import instances
from tests.shipped import scenario

#: Seconds for one property.
PATIENCE = 30.0

#: What must be proved for every size, and what is proved besides.
ASKED = ("surge-bounded", "rollout-keeps-available", "no-overcommit")
BESIDES = ("no-duplicate-pods",)


def _prove(spec: str, name: str) -> Callable[[Progress], Job]:
    def prepare(progress: Progress) -> Job:
        import z3  # noqa: F401 - loading Z3 is not what is measured

        system = instances(scenario(f"specs/{spec}.yaml"))[0].system

        def job() -> Answer:
            budget = Budget(seconds=PATIENCE, progress=progress)
            (verdict,) = engine("induction").check(system, (system.property(name),), budget)
            proved = verdict.outcome == "proved"
            return Answer("proved" if proved else verdict.reason or verdict.outcome, proved)

        return job

    return prepare


def _prove_all(spec: str) -> Callable[[Progress], Job]:
    """Whatever `always` property of a spec has a proof, each on its own."""

    def prepare(progress: Progress) -> Job:
        import z3  # noqa: F401 - loading Z3 is not what is measured

        system = instances(scenario(f"specs/{spec}.yaml"))[0].system
        asked = [prop for prop in system.properties if prop.kind == "always"]

        def job() -> Answer:
            proved = []
            for prop in asked:
                budget = Budget(seconds=PATIENCE, progress=progress)
                (verdict,) = engine("induction").check(system, (prop,), budget)
                proved += [prop.name] * (verdict.outcome == "proved")
            return Answer(f"{len(proved)} of {len(asked)}: {', '.join(proved)}", True)

        return job

    return prepare


ROWS = (
    *(
        Row(
            f"induction/{name}",
            f"{name} of specs/default-strategy.yaml for every size",
            _prove("default-strategy", name),
            Target(seconds=10) if name in ASKED else Target(),
            quick=name == "surge-bounded",
        )
        for name in (*ASKED, *BESIDES)
    ),
    *(
        Row(
            f"induction/{spec}",
            f"every `always` property of specs/{spec}.yaml for every size",
            _prove_all(spec),
            extra=True,
            patience=300,
        )
        for spec in ("full-nodes", "drain", "node-crash", "deployment")
    ),
)
