"""How soon random walks find seeded faults where exhaustion does not get through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.row import Answer, Job, Progress, Row
from checker.budget import Budget
from checker.engines import engine
from model.ir.system import Property, System
from tests.shipped import checked, scenario

#: Seconds of searching at most.
PATIENCE = 20.0

#: Spec, property and seeded fault, and the replicas and nodes that the spec is enlarged to.
FAULTS = (
    ("half-unavailable", "rollout-keeps-available", "pending-scale-down-ignored", 30, 20),
    ("default-strategy", "rollout-completes", "creates-one-too-many", 30, 20),
    ("lagging-pods", "no-duplicate-pods", "expectations-forgotten", 30, 20),
    ("min-ready-seconds", "scale-down-spares-ready", "deletes-any-pod", 50, 20),
)


def enlarged(
    spec: str, name: str, fault: str, replicas: int, nodes: int
) -> tuple[System, Property]:
    """A shipped spec at another size with a seeded fault, its quick steps delayed at will."""
    small = scenario(f"specs/{spec}.yaml")
    large = replace(
        small,
        workload=replace(small.workload, replicas=replicas),
        nodes=tuple(replace(small.nodes[0], name=f"node-{i}") for i in range(nodes)),
        prompt=False,
        mutations=frozenset({fault}),
        properties=(name,),
    )
    (instance,) = checked(large)
    return instance.system, instance.system.property(name)


def _find(which: str, *arguments: object) -> Callable[[Progress], Job]:
    def prepare(progress: Progress) -> Job:
        system, prop = enlarged(*arguments)  # type: ignore[arg-type]

        def job() -> Answer:
            budget = Budget(seconds=PATIENCE, progress=progress)
            (verdict,) = engine(which).check(system, (prop,), budget)
            if verdict.trace is None:
                return Answer(verdict.reason or verdict.outcome, False, verdict.states)
            steps = f"{len(verdict.trace.steps)} steps"
            return Answer(steps, verdict.outcome == "violated", verdict.states)

        return job

    return prepare


ROWS = tuple(
    Row(
        f"{which}-large/{fault}",
        f"{name} in specs/{spec}.yaml with {replicas} replicas, {nodes} nodes and this fault",
        _find(which, spec, name, fault, replicas, nodes),
        extra=True,
    )
    for spec, name, fault, replicas, nodes in FAULTS
    for which in ("swarm", "explicit")
)
