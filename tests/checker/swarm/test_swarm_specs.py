"""The engine on shipped specs: it finds seeded faults, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines.swarm import RandomWalks
from model.ir.interpret import holds
from model.ir.trace import replay
from tests.effort import busy
from tests.shipped import checked, scenario
from tests.test_mutations import CAUGHT

#: What walks seldom come to: many steps have to be taken in one order, or many pods to be served.
DEEP = {
    "campaigns-with-unapplied-change",
    "change-before-own-commit",
    "job-endless-beside",
    "old-term-commit",
    "refused-goes-on",
}


@pytest.mark.parametrize("mutation", sorted(CAUGHT.keys() - DEEP))
def test_finds_seeded_faults(mutation: str) -> None:
    """Within seconds, by a trace that replays and is not much longer than the shortest."""
    spec, name, shortest = CAUGHT[mutation]
    passing = scenario(f"specs/{spec}.yaml")
    mutated = replace(passing, mutations=passing.mutations | {mutation}, properties=(name,))
    (instance,) = checked(mutated)
    system = instance.system
    prop = system.property(name)
    (verdict,) = RandomWalks().check(system, (prop,), busy(60))
    assert verdict.outcome == "violated"
    trace = verdict.trace
    assert trace is not None
    assert replay(system, trace.steps, trace.states[0], trace.loop) == trace
    if prop.is_safety:
        assert not holds(system, prop.p, trace.states[-1])
    # A loop has to serve each pod that waits, in whatever order it comes to them.
    assert len(trace.steps) <= (2 if prop.is_safety else 3) * shortest
    if prop.is_safety:
        # The explorer's lassos are short, not shortest: a walk may find a shorter one.
        assert shortest <= len(trace.steps)


@pytest.mark.parametrize("spec", ["lagging-pods", "node-crash", "etcd-quorum", "deployment"])
def test_passing_specs(spec: str) -> None:
    """Nothing is said against what is proved."""
    for instance in checked(scenario(f"specs/{spec}.yaml")):
        properties = instance.system.properties
        for verdict in RandomWalks().check(instance.system, properties, Budget(seconds=1)):
            assert verdict.outcome == "unknown", verdict


def test_beyond_exhaustion() -> None:
    """A fault that shows only after all quick steps may be delayed, among 30 replicas on 20
    nodes: no search of all runs gets there."""
    small = scenario("specs/half-unavailable.yaml")
    large = replace(
        small,
        workload=replace(small.workload, replicas=30),
        nodes=tuple(replace(small.nodes[0], name=f"node-{i}") for i in range(20)),
        prompt=False,
        mutations=frozenset({"pending-scale-down-ignored"}),
        properties=("rollout-keeps-available",),
    )
    (instance,) = checked(large)
    (verdict,) = RandomWalks().check(
        instance.system, (instance.system.property("rollout-keeps-available"),), busy(60)
    )
    assert verdict.outcome == "violated"
