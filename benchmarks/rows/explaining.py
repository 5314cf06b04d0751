"""What explaining a violation takes beyond finding it: fewer steps, causes, repairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.row import Answer, Job, Progress, Row, Target
from checker.budget import Budget
from checker.checking import DEFAULT_EXPLAIN
from checker.engines import engine
from checker.inquiry import explained
from checker.options import parse_duration
from checker.report import Result
from checker.run import minimised
from counterexamples.explain import explain
from tests.shipped import BROKEN, checked, scenario


def _explain(spec: str) -> Callable[[Progress], Job]:
    def prepare(_: Progress) -> Job:
        found = []
        for instance in checked(scenario(spec)):
            system, wanted = instance.system, instance.scenario.properties
            claims = [p for p in system.properties if wanted is None or p.name in wanted]
            verdicts = engine("explicit").check(system, claims, Budget(seconds=60))
            found += [(instance, verdict) for verdict in verdicts if verdict.outcome == "violated"]

        def job() -> Answer:
            results = []
            for instance, verdict in found:
                prop = instance.system.property(verdict.property)
                shorter = minimised(verdict, instance.system, Budget())
                assert shorter.trace is not None
                example = explain(instance, prop, shorter.trace)
                results.append(Result(instance, prop, shorter, example))
            told = explained(results, Budget(), parse_duration(DEFAULT_EXPLAIN))
            diagnoses = [r.counterexample.diagnosis for r in told if r.counterexample]
            known = [diagnosis for diagnosis in diagnoses if diagnosis is not None]
            repairs = sum(len(diagnosis.repairs) for diagnosis in known)
            whole = all(diagnosis.complete for diagnosis in known)
            text = f"{len(results)} violations, {repairs} repairs"
            return Answer(text if whole else f"{text}, not all was asked", bool(known))

        return job

    return prepare


ROWS = tuple(
    Row(
        f"explaining/{Path(spec).stem}",
        f"what explaining the violations of {spec} takes beyond finding them",
        _explain(spec),
        Target(seconds=5),
        quick=Path(spec).stem == "anti-affinity",
        patience=120.0,
    )
    for spec in BROKEN
)
