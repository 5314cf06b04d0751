"""The state functions of a scenario's objects: which there are, and how large their sorts.

What is kept of an object, and what is left out, `model.apiserver.objects` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from model import labellings
from model.api.steps import LABELS, Cordon, Drain, Uncordon
from model.api.workload import Workload
from model.apiserver import floor, nominations, pins
from model.apiserver.adoptions import adoptions
from model.apiserver.charges import charges
from model.apiserver.configuration import Configuration
from model.apiserver.deletion import deletion
from model.apiserver.harm import harm
from model.apiserver.history import history
from model.apiserver.identities import identities
from model.apiserver.jobs import jobs
from model.apiserver.objects import (
    ABSENT,
    HEALTH,
    LOST,
    OMISSIONS,
    PHASE,
    TARGET,
    UNBOUNDED,
    WASTED,
    Cluster,
    owners,
    spares_ready,
)
from model.apiserver.room import largest, pod_slots, roomy
from model.apiserver.routing import routing
from model.apiserver.syncs import syncs
from model.configurations import choices, closed
from model.etcd.contract import availability
from model.ir.builder import Builder
from model.ir.expr import FALSE, TRUE, Expr
from model.ir.label import Label
from model.ir.system import StateFunction
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort
from model.plugins.filters import heeds_cordons
from model.scenario import Scenario
from model.stages import Stages, stages


def _slots(scenario: Scenario) -> int:
    """How many pods there can be in the largest configuration."""
    return max(pod_slots(closed(scenario, choice)) for choice in choices(scenario))


def cluster(scenario: Scenario, general: int | None = None) -> Cluster:
    """The objects of a scenario; `model.start` gives them their initial values.

    `general` asks for a text that serves every size, written down with so many pod slots.
    """
    workload = scenario.workload
    builder = Builder(f"{workload.subject}: {scenario.name}")
    slots = _slots(scenario) if general is None else general
    workloads = owners(scenario)
    pod_sort, node_sort, replicaset_sort = _sorts(scenario, slots, workloads)

    configuration = Configuration(scenario, builder)
    phase = builder.function("phase", (pod_sort,), PHASE, ABSENT.payload, "Pod/{0}.status.phase")
    node = builder.function(
        "node", (pod_sort,), ElementType(node_sort, optional=True), -1, "Pod/{0}.spec.nodeName"
    )
    owner = builder.function("owner", (pod_sort,), ElementType(replicaset_sort), 0)
    health = builder.function("health", (node_sort,), HEALTH, 0, "Node/{0}.status.conditions.Ready")
    unschedulable = None
    if scenario.change.has(Drain, Cordon, Uncordon):
        unschedulable = builder.function(
            "unschedulable",
            (node_sort,),
            BOOL,
            [int(n.unschedulable) for n in scenario.nodes],
            "Node/{0}.spec.unschedulable",
        )
    target = None
    if any(each.daemon is not None for each in scenario.workloads):
        target = builder.function(
            "target", (pod_sort,), ElementType(node_sort, optional=True), -1, TARGET
        )
    listed = None
    unaware = scenario.faults.lags("kube-scheduler")
    heeded = all(heeds_cordons(w.template) for w in scenario.templates) and not unaware
    if scenario.change.drains and not heeded:
        listed = builder.function("listed", (pod_sort,), BOOL, 0)
    among = stages(scenario)
    stepwise = scenario.change.kind == "steps"
    change, position = _change(configuration, among, listed=stepwise)
    registered = None
    if "nodes" in scenario.open or scenario.changes_nodes:
        registered = builder.function("registered", (node_sort,), BOOL, 1)
    most = max(slots, *among.sizes, *(each.replicas for each in workloads))
    counted = UNBOUNDED if general is not None else IntType(0, most)
    exists = builder.function("exists", (replicaset_sort,), BOOL, 0)
    replicas = builder.function(
        "replicas",
        (replicaset_sort,),
        counted,
        0,
        f"{_made_by(workload)}/{{0}}.spec.replicas",
    )
    desired_replicas = None
    if scenario.change.scales and workload.kind == "Deployment":
        label = "ReplicaSet/{0}.metadata.annotations.desired-replicas"
        desired_replicas = builder.function(
            "desiredReplicas", (replicaset_sort,), IntType(0, among.sizes[-1]), 0, label
        )
    status_available, *others = statuses = _statuses(builder, workload, replicas)
    lost_update = None
    if any(scenario.faults.slow_watches.values()):
        lost_update = builder.function("lostUpdate", (), BOOL, 0, LOST)
    ready_wasted = None
    if spares_ready(scenario):
        ready_wasted = builder.function("readyPodWasted", (), BOOL, 0, WASTED)
    made = Cluster(
        scenario=scenario,
        builder=builder,
        general=general is not None,
        configuration=configuration,
        roomy=configuration.truth("roomy", roomy),
        Pod=pod_sort,
        Node=node_sort,
        ReplicaSet=replicaset_sort,
        workloads=workloads,
        phase=phase,
        node=node,
        owner=owner,
        health=health,
        unschedulable=unschedulable,
        target=target,
        identities=identities(builder, pod_sort, _own_places(scenario, slots))
        if workload.stateful is not None
        else None,
        listed=listed,
        harm=harm(scenario, builder, pod_sort, node_sort),
        registered=registered,
        exists=exists,
        replicas=replicas,
        desired_replicas=desired_replicas,
        owed=floor.owed(builder, scenario),
        status_available=status_available,
        status_replicas=others[0] if others else None,
        syncs=syncs(builder, owner, statuses),
        jobs=jobs(builder, scenario, pod_sort, replicaset_sort),
        routing=routing(scenario, builder, pod_sort),
        deleted=deletion(builder, scenario, replicaset_sort),
        adopted=adoptions(builder, scenario, replicaset_sort),
        history=history(builder, scenario, replicaset_sort),
        serving=availability(builder, scenario),
        stages=among,
        change=change,
        position=position,
        lost_update=lost_update,
        ready_wasted=ready_wasted,
        charges=charges(builder, scenario, pod_sort.size),
        pins=pins.made(builder, scenario, pod_sort, node_sort),
        nominations=nominations.made(builder, scenario, pod_sort, node_sort),
    )
    builder.omit(*OMISSIONS)
    builder.assumptions.append(
        "fairness: a step of a controller, the scheduler, a kubelet or etcd that stays possible is "
        "taken in the end"
    )
    if made.roomy is not FALSE:
        room, so = "cluster has room for every pod at once,", "a deleted pod of a live node is gone"
        said = f"the {room} so {so}" if made.roomy is TRUE else f"where the {room} {so}"
        builder.assumptions.append(f"{said} at once (spec.model.prompt: false lifts this)")
    return made


def _change(
    configuration: Configuration, among: Stages, *, listed: bool
) -> tuple[StateFunction | None, StateFunction | None]:
    """What the workload's object says, where the user changes it; and which steps the user has
    taken, where that does not tell. `listed`: the steps are given as such."""
    scenario, builder = configuration.scenario, configuration.builder
    change, position, workload = None, None, scenario.workload
    if len(among.stages) > 1:
        says = "spec" if among.resizes else "spec.template"
        label = Label(f"{workload.kind}/{workload.name}", says)
        change = builder.function("change", (), EnumType("Template", among.names), 0, label)
    if among.ambiguous and listed:
        last = IntType(0, len(among.positions) - 1)
        position = builder.function("stepsTaken", (), last, 0)
        if scenario.change.has(*LABELS):
            configuration.labelling = _labelling(builder, scenario, position)
    return change, position


def _labelling(builder: Builder, scenario: Scenario, position: StateFunction) -> Expr:
    """Which labels nodes have, by the steps that the user has taken."""
    at, found = position.type, labellings.places(scenario)
    assert isinstance(at, IntType)
    return builder.table("labelling", (at,), IntType(0, max(found)), found)[position()]


def _sorts(scenario: Scenario, slots: int, workloads: Sequence[Workload]) -> tuple[Sort, ...]:
    """Pods, nodes and ReplicaSets."""
    return (
        _pods(scenario, slots),
        Sort("Node", tuple(node.name for node in scenario.nodes), True),
        Sort("ReplicaSet", _names(workloads)),
    )


def _pods(scenario: Scenario, slots: int) -> Sort:
    """The places of pods. Those of a StatefulSet have names that stay, and are not alike."""
    workload = scenario.workload
    if workload.stateful is not None:
        own = _own_places(scenario, slots)
        ordinals = range(workload.stateful.start, workload.stateful.start + own)
        names = [f"{workload.name}-{ordinal}" for ordinal in ordinals]
        prefix = "other" if workload.name == "pod" else "pod"
        names += [f"{prefix}-{i + 1}" for i in range(slots - own)]
        return Sort("Pod", tuple(names), bool(scenario.neighbours))
    if workload.is_pod and slots == 1:
        return Sort("Pod", (workload.name,))
    # Where several workloads take part, whose a pod is changes with what its slot holds.
    prefix = "pod-" if scenario.neighbours else f"{workload.name}-pod"
    return Sort("Pod", tuple(f"{prefix}{i + 1}" for i in range(slots)), True)


def _own_places(scenario: Scenario, slots: int) -> int:
    """How many of the places of pods are for a StatefulSet's identities."""
    return max(1, largest(scenario).replicas) if scenario.neighbours else slots


def _names(workloads: Sequence[Workload]) -> tuple[str, ...]:
    """The ReplicaSets of workloads: of a Deployment one for each time that it is there; of a
    StatefulSet or DaemonSet its revisions, of a Job itself, and of a CronJob its Jobs, which stand
    for them. Names that are used in several namespaces come with theirs."""
    subjects = dict.fromkeys(workload.subject for workload in workloads)
    named = Counter(subject.rpartition("/")[2] for subject in subjects)
    found: list[str] = []
    for workload in workloads:
        name = workload.name
        if named[name] > 1:
            name = f"{workload.namespace}/{name}"
        stays = workload.stateful is not None and workload.subject != workloads[0].subject
        if (workload.rolls_out and not stays) or workload.cron is not None:
            before = workloads[: len(found)]
            number = sum(each.subject == workload.subject for each in before) + 1
            name = f"{name}-{number}" if workload.cron is not None else f"{name}-rev{number}"
        found.append(name)
    return tuple(found)


def _made_by(workload: Workload) -> str:
    """The kind of the objects that make a workload's pods, as traces name it."""
    return workload.kind if workload.kind == "ReplicationController" else "ReplicaSet"


def _statuses(
    builder: Builder, workload: Workload, replicas: StateFunction
) -> tuple[StateFunction, ...]:
    """The counts of ReplicaSets' statuses that somebody reads: of the available pods, and where the
    strategy is Recreate of all."""
    asked = [("statusAvailable", "availableReplicas")]
    if workload.kind == "Deployment" and workload.strategy == "Recreate":
        asked.append(("statusReplicas", "replicas"))
    return tuple(
        builder.function(
            name, replicas.domain, replicas.type, 0, f"{_made_by(workload)}/{{0}}.status.{field}"
        )
        for name, field in asked
    )
