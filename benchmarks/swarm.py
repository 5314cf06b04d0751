"""How fast random walks are, and how soon they find seeded faults.

Run `python -m benchmarks.swarm`. The first table is of walks that find nothing, for a fixed time
each; the second one of systems that breadth-first search does not get through, beside what that
finds in the same time. Machines differ: there are ratios to `python -c "import z3, numpy"`,
measured in the same run.
"""

from __future__ import annotations

import time
from dataclasses import replace

from benchmarks.explicit import reference
from checker.budget import Budget
from checker.engines import engine
from checker.swarm.walk import Swarm
from model.ir.system import Property, System
from tests.shipped import checked, scenario
from tests.systems import rollout, two_phase_commit

#: Seconds of walking for each system of the first table, and at most for each of the second.
WALKING, SEARCHING = 3.0, 20.0

#: Spec, property and seeded fault, and the replicas and nodes that the spec is enlarged to.
FAULTS = [
    ("half-unavailable", "rollout-keeps-available", "pending-scale-down-ignored", 30, 20),
    ("default-strategy", "rollout-completes", "creates-one-too-many", 30, 20),
    ("lagging-pods", "no-duplicate-pods", "expectations-forgotten", 30, 20),
    ("min-ready-seconds", "scale-down-spares-ready", "deletes-any-pod", 50, 20),
]


def systems() -> list[System]:
    """Small and large, of the tests and of the shipped specs."""
    shipped = [checked(scenario(f"specs/{s}.yaml"))[0] for s in ("deployment", "large-rollout")]
    etcd = checked(scenario("specs/etcd-leader-changes.yaml"))[-1]
    own = [two_phase_commit(8), rollout(8, 3), rollout(40, 8)]
    return own + [instance.system for instance in (*shipped, etcd)]


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


def main() -> None:
    unit = reference()
    print(f"import z3, numpy: {unit:.3f} s")
    print(f"{'system':42} {'walkers':>7} {'walks':>8} {'longest':>7} {'states':>8}")
    for system in systems():
        for kind in ("safety", "liveness"):
            asked = [p for p in system.properties if p.is_safety == (kind == "safety")]
            if not asked:
                continue
            swarm = Swarm(system, asked, Budget(seconds=WALKING))
            before = time.perf_counter()
            swarm.walk()
            seconds = time.perf_counter() - before
            print(
                f"{system.name:42} {swarm.runs.count:7} {swarm.walks:8} {swarm.deepest:7}"
                f" {swarm.states:8}  {swarm.steps / seconds:9.0f} steps/s, {kind}"
            )
    print(f"{'fault':28} {'replicas':>8} {'nodes':>5}  engine    answer    steps   seconds")
    for spec, name, fault, replicas, nodes in FAULTS:
        system, prop = enlarged(spec, name, fault, replicas, nodes)
        for which in ("explicit", "swarm"):
            before = time.perf_counter()
            (verdict,) = engine(which).check(system, (prop,), Budget(seconds=SEARCHING))
            seconds = time.perf_counter() - before
            steps = len(verdict.trace.steps) if verdict.trace is not None else "-"
            print(
                f"{fault:28} {replicas:8} {nodes:5}  {which:9} {verdict.outcome:9} {steps:>5}"
                f" {seconds:8.2f}s  /reference {seconds / unit:.1f}"
            )


if __name__ == "__main__":
    main()
