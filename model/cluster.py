"""Composition: which systems a scenario becomes. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from model import faults, remarks, rungs, user
from model.apiserver import objects
from model.apiserver.objects import Cluster
from model.controllers import deployment, nodelifecycle, replicaset
from model.etcd import quorum
from model.instance import Instance
from model.ir.expr import disj
from model.node import kubelet
from model.properties import PROPERTIES
from model.scenario import Scenario
from model.scheduler import binding

#: The components of a cluster, in the order in which they add to its system.
COMPONENTS: tuple[Callable[[Cluster], None], ...] = (
    user.add,
    deployment.add,
    replicaset.add,
    binding.add,
    kubelet.add,
    nodelifecycle.add,
    faults.add,
)


def instances(scenario: Scenario) -> tuple[Instance, ...]:
    """The systems that together stand for a scenario, each with the properties to check."""
    made = [workload(scenario)]
    wanted = scenario.properties
    if wanted is None or "no-split-brain-writes" in wanted:
        made.append(quorum.instance(scenario))
    return tuple(i for i in made if i.system.properties)


def workload(scenario: Scenario) -> Instance:
    """The cluster around one workload, with etcd behind its contract."""
    deployed = None if scenario.change.kind == "apply" else binding.place(scenario)
    cluster = objects.cluster(scenario, deployed)
    for component in COMPONENTS:
        component(cluster)
    if scenario.prompt:
        _hurry(cluster)
    chosen = {
        name: row
        for name, row in PROPERTIES.items()
        if row.build is not None
        and row.concerns(scenario)
        and (scenario.properties is None or name in scenario.properties)
    }
    for name, row in chosen.items():
        assert row.build is not None
        cluster.builder.properties.append(row.build(name, row.text, cluster))
    return Instance(
        scenario,
        cluster.builder.build(),
        scenario.workload.subject,
        {name: row.fields for name, row in chosen.items()},
        partial(remarks.remarks, cluster),
        partial(_smaller, scenario),
    )


def _smaller(scenario: Scenario) -> Iterator[tuple[Instance, str]]:
    """The ladder of sizes below a scenario's workload."""
    for small in rungs.smaller(scenario):
        yield workload(small), rungs.sizes(small, scenario)


def _hurry(cluster: Cluster) -> None:
    """Every other step waits while a quick one is due.

    Binding, starting and reporting take milliseconds; what can overtake them (probes that succeed,
    containers that stop, nodes that fail, users) takes seconds and more. The runs in which one is
    overtaken are left out, and with them most of the state space.
    """
    builder = cluster.builder
    due = builder.define("quickStepDue", (), disj(*(condition for _, condition in cluster.quick)))
    quick = [action for action, _ in cluster.quick]
    builder.actions[:] = [
        action if action in quick else replace(action, guard=~due() & action.guard)
        for action in builder.actions
    ]
    builder.assumptions.append(
        "quick steps are prompt: a pod is bound and started, and a ReplicaSet's status written, "
        "before anything else happens (spec.model.prompt: false lifts this)"
    )
