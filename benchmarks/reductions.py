"""What the reductions leave of the shipped specs, and what counters are worth to both engines.

    python -m benchmarks.reductions [cone|order|counters ...]

Processor times of one run each, with and without, one after the other.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.rolling import rolling_update
from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.engines.contract import Engine
from checker.engines.explicit import Explicit
from checker.reduce import reduce
from checker.reduce.cone import cone, influence
from checker.reduce.counters import bits, choices, counter_form
from checker.verdict import Verdict
from model.api.intstr import IntOrPercent
from model.cluster import workload
from model.ir.system import System
from tests.shipped import BROKEN, PASSING, checked, scenario

#: Seconds for one engine on one system.
LIMIT = 12.0


def cones() -> Iterator[str]:
    """Cells in the cone of each property, where that is not everything."""
    whole = 0
    for spec in (*PASSING, *BROKEN):
        for instance in checked(scenario(spec)):
            system = instance.system
            for prop in system.properties:
                if cone(system, [prop]) is None:
                    whole += 1
                    continue
                cells = sum(f.size for f in influence(system, [prop]))
                yield f"{spec} {prop.name}: {cells} of {len(system.cells)} cells"
    yield f"{whole} other properties see everything"


def orders() -> Iterator[str]:
    """States with and without partial order, for safety, where it applies, steps not prompt."""
    none = 0
    for spec in PASSING:
        for instance in checked(replace(scenario(spec), prompt=False)):
            system = instance.system
            safety = [prop for prop in system.properties if prop.is_safety]
            reduced = reduce(system, safety, ["order"]) if safety else None
            if reduced is None:
                none += 1
                continue
            full, small = (
                Explicit().check(s, [s.property(p.name) for p in safety], Budget(seconds=LIMIT))
                for s in (system, reduced.system)
            )
            yield f"{spec}: {reduced.says[0]}: {small[0].states} of {full[0].states} states"
    yield f"it does not apply to {none} other systems"


def counted() -> Iterator[str]:
    """Both engines on counter forms, whether they pay or not."""
    for name, system, depth in (
        ("rolling update of 6 pods", rolling_update(), 8),
        ("deployment.yaml", _deployment(3, 3), 8),
        ("10 replicas on 3 nodes", _deployment(10, 3), 6),
        ("20 replicas on 2 nodes", _deployment(20, 2), 6),
        ("30 replicas on 2 nodes", _deployment(30, 2), 4),
    ):
        pods = next(sort for sort in system.sorts if sort.name == "Pod")
        form = counter_form(system, system.properties, pods, whole=True)
        if form is None:
            yield f"{name}: cannot be counted"
            continue
        small = form.system
        yield (
            f"{name}: {bits(system.functions)} to {bits(small.functions)} bits,"
            f" {choices(system)} to {choices(small)} choices"
        )
        for engine, limit in ((Explicit(), None), (BoundedModelChecker(), depth)):
            for which, asked in (("individuals", system), ("counters", small)):
                yield f"  {engine.name}, {which}: {_measured(engine, asked, limit)}"


def _deployment(replicas: int, nodes: int) -> System:
    """The shipped Deployment, of another size, with a surge of a quarter and none unavailable."""
    shipped = scenario("specs/deployment.yaml")
    size = replace(shipped.workload, replicas=replicas, max_surge=IntOrPercent(25, percent=True))
    faults = replace(shipped.faults, node_crashes=0)
    return workload(
        replace(shipped, workload=size, nodes=shipped.nodes[:nodes], faults=faults)
    ).system


def _measured(engine: Engine, system: System, depth: int | None) -> str:
    safety = [prop for prop in system.properties if prop.kind == "always"][:2]
    began = time.process_time()
    verdicts: Sequence[Verdict] = engine.check(system, safety, Budget(seconds=LIMIT, depth=depth))
    seconds = time.process_time() - began
    (first, *_) = verdicts
    covered = "" if first.extent is None else f" up to {first.extent.depth} steps"
    states = "" if first.states is None else f", {first.states / seconds:,.0f} states/s"
    return f"{first.outcome}{covered} in {seconds:.2f} s{states}"


TABLES = {"cone": cones, "order": orders, "counters": counted}


def main(names: Sequence[str]) -> None:
    for name in names or TABLES:
        for line in TABLES[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
