"""Composition: which systems a scenario becomes. Read this first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model import faults, user
from model.apiserver import objects
from model.apiserver.objects import Cluster
from model.controllers import deployment, nodelifecycle, replicaset
from model.etcd import quorum
from model.instance import Instance
from model.ir.expr import disj
from model.ir.system import State
from model.node import kubelet
from model.properties import PROPERTIES
from model.scenario import Scenario
from model.scheduler import binding, filters

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
        lambda state: pending_remarks(cluster, state),
    )


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


def pending_remarks(cluster: Cluster, state: State) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """For a state with a pod that no node has been found for: why each node refuses it."""
    scenario = cluster.scenario
    offset = _offsets(cluster)
    where = state[offset["node"] : offset["node"] + cluster.Pod.size]
    phases = state[offset["phase"] : offset["phase"] + cluster.Pod.size]
    health = state[offset["health"] : offset["health"] + cluster.Node.size]
    pending = [
        name
        for name, phase, at in zip(cluster.Pod.elements, phases, where, strict=True)
        if objects.PHASE.values[phase] == "Pending" and at < 0
    ]
    if not pending:
        return ()
    remarks: list[tuple[str, tuple[str, ...]]] = []
    template = scenario.workload.template
    for index, node in enumerate(scenario.nodes):
        pods = sum(at == index for at in where)
        reasons = [(reason, row.fields) for row, reason in filters.refusals(template, node, pods)]
        unreachable = objects.HEALTH.values[health[index]] == "Unreachable"
        if unreachable and not nodelifecycle.admitted_unreachable(template):
            reasons.append(("is unreachable", ()))
        cordoned = "unschedulable" in offset and state[offset["unschedulable"] + index]
        if cordoned and not filters.tolerates(template.tolerations, filters.UNSCHEDULABLE):
            reasons = reasons or [("is cordoned", ())]
        blockers = [
            other.name
            for at, other in enumerate(scenario.nodes)
            if filters.same_domain(template, node, other) and at in where
        ]
        if blockers:
            said = f"shares a topology domain with a pod on {blockers[0]}"
            reasons.append(
                (f"{said}, which the anti-affinity rejects", ("spec.template.spec.affinity",))
            )
        if reasons:
            reason, fields = reasons[0]
            remarks.append((f"{node.name} {reason}", fields))
    if len(remarks) < len(scenario.nodes):
        return ()
    who = pending[0] if len(pending) == 1 else f"{len(pending)} pods"
    return ((f"no node takes {who}:", ()), *remarks)


def _offsets(cluster: Cluster) -> dict[str, int]:
    offsets, position = {}, 0
    for function in cluster.builder.functions:
        offsets[function.name] = position
        position += function.size
    return offsets
