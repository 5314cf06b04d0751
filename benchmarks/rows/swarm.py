"""How fast random walks are, and how soon they find faults where exhaustion takes too long."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.row import Answer, Job, Progress, Row
from checker.budget import Budget
from checker.engines import engine
from checker.swarm.walk import Swarm
from model.ir.system import Property, System
from tests.shipped import checked, scenario
from tests.systems import rollout

#: Seconds of searching at most, and of walking where there is nothing to find.
PATIENCE, WALKING = 20.0, 3.0

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
                # The explorer is beside for comparison; nobody asks it to find anything here.
                asked = which == "swarm"
                return Answer(verdict.reason or verdict.outcome, not asked, verdict.states)
            steps = f"{len(verdict.trace.steps)} steps"
            return Answer(steps, verdict.outcome == "violated", verdict.states)

        return job

    return prepare


def _walk(kind: str) -> Callable[[Progress], Job]:
    """Walks for a fixed time through a toy rollout of 40 pods on 8 nodes."""

    def prepare(progress: Progress) -> Job:
        system = rollout(40, 8)
        asked = [p for p in system.properties if p.is_safety == (kind == "safety")]

        def job() -> Answer:
            swarm = Swarm(system, asked, Budget(seconds=WALKING, progress=progress))
            began = time.perf_counter()
            swarm.walk()
            rate = swarm.steps / (time.perf_counter() - began)
            text = f"{rate:,.0f} steps/s, longest walk {swarm.deepest}"
            return Answer(text, swarm.steps > 0, swarm.states)

        return job

    return prepare


FOUND = tuple(
    Row(
        f"swarm/{fault}-{which}",
        f"{name} in specs/{spec}.yaml with {replicas} replicas, {nodes} nodes and this fault",
        _find(which, spec, name, fault, replicas, nodes),
        extra=True,
    )
    for spec, name, fault, replicas, nodes in FAULTS
    for which in ("swarm", "explicit")
)

ROWS = (
    *(
        Row(f"swarm/{kind}", f"walks for {WALKING:g} s, for {kind}", _walk(kind), extra=True)
        for kind in ("safety", "liveness")
    ),
    *FOUND,
)
