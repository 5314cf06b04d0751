"""Composition: which systems a scenario becomes. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from model import changes, configurations, faults, start
from model.apiserver import store, views
from model.apiserver.objects import Cluster
from model.apiserver.routing import routed
from model.controllers import table
from model.etcd import contract, names, raft
from model.instance import Instance, Part, Remark, Wanted
from model.ir.expr import TRUE, disj
from model.ir.family import Family
from model.ir.system import Action, Bound, State
from model.node import kubelet
from model.plugins import daemon_nodes
from model.properties import PROPERTIES, remarks, rows, scales
from model.scenario import Scenario
from model.scheduler import binding, crowds, placements
from model.sizes import alike, background, crowd, rungs

if TYPE_CHECKING:
    from model.plugins.attempt import Attempt
    from model.plugins.placing import Judged

# Few clusters have one of these, and they cost milliseconds to import.


def _neighbours(cluster: Cluster) -> None:
    if not all(each.by_replicasets for each in cluster.workloads):
        from model.controllers import neighbours

        neighbours.add(cluster)


def _adoption(cluster: Cluster) -> None:
    if cluster.adopted is not None:
        from model.controllers import adoption

        adoption.add(cluster)


def _job_counts(cluster: Cluster) -> None:
    if cluster.jobs is not None:
        from model.controllers import job_counts

        job_counts.add(cluster)


def _requests(cluster: Cluster) -> None:
    if cluster.routing is not None:
        from model.network import proxies
        from model.node import stopping

        stopping.add(cluster)
        proxies.add(cluster)


def _finishing(cluster: Cluster) -> None:
    if cluster.jobs is not None:
        from model.node import finishing

        finishing.add(cluster)


#: The components of a cluster, in the order in which they add to its system.
COMPONENTS: tuple[Callable[[Cluster], None], ...] = (
    _job_counts,
    changes.add,
    table.add_workloads,
    _neighbours,
    _adoption,
    binding.add,
    kubelet.add,
    _requests,
    _finishing,
    table.add_limits,
    faults.add,
)


def _availability(scenario: Scenario, texts: dict[str, str], wanted: Wanted) -> Instance:
    from model.etcd import availability

    return availability.instance(scenario, texts, wanted)


def _lease(scenario: Scenario, texts: dict[str, str], wanted: Wanted) -> Instance:
    from model.etcd import lease

    return lease.instance(scenario, texts, wanted)


def _watch(scenario: Scenario, texts: dict[str, str], wanted: Wanted) -> Instance:
    from model.etcd import watch

    return watch.instance(scenario, texts, wanted)


#: Systems that are made where one of their properties is asked for by name.
BESIDE: dict[tuple[str, ...], Callable[[Scenario, dict[str, str], Wanted], Instance]] = {
    names.AVAILABILITY: _availability,
    names.LEASE: _lease,
    names.WATCH: _watch,
}


def instances(scenario: Scenario) -> tuple[Instance, ...]:
    """The systems that together stand for a scenario, each with the properties to check."""
    return tuple(i for part in parts(scenario) if (i := part.make()).system.properties)


def parts(scenario: Scenario) -> Iterator[Part]:
    """The same before any is made, and also those that turn out to have no properties."""
    subject = scenario.workload.subject
    yield Part(scenario, subject, alike.workload_key(scenario), partial(workload, scenario))
    key = alike.control_plane_key(scenario)
    yield Part(scenario, raft.SUBJECT, key, partial(control_plane, scenario))
    asked = scenario.properties or ()
    for offered, make in BESIDE.items():
        if set(offered) & set(asked):
            made = partial(make, scenario, _texts(), lambda name: name in asked)
            key = (offered, id(scenario))
            yield Part(scenario, raft.SUBJECT, key, partial(_beside, made))


def control_plane(scenario: Scenario) -> Instance:
    """etcd beside the cluster. Who asks for nothing learns whether two halves of it can disagree:
    plain manifests say nothing of etcd, and its other properties are how Raft prevents that."""
    wanted = scenario.properties or ("no-split-brain-writes",)
    return _seeded(raft.instance(scenario, _texts(), lambda name: name in wanted))


def _beside(made: Callable[[], Instance]) -> Instance:
    return _seeded(made())


def _texts() -> dict[str, str]:
    """The properties' lines of help by name."""
    return {name: row.text for name, row in PROPERTIES.items()}


def workload(scenario: Scenario) -> Instance:
    """The cluster around one workload, with etcd behind its contract. One that is too large to be
    written down has a smaller one's system."""
    small = rungs.stand_in(scenario)
    if small is not None:
        sizes = rungs.sizes(small, scenario)
        found = workload(replace(small, name=f"{scenario.name}, {sizes}"))
        again = partial(workload, replace(scenario, prompt=True))
        hurried = None if found.hurried is None else again
        return replace(found, scenario=scenario, hurried=hurried, stand_in=(found, sizes))
    cluster = composed(scenario)
    system = replace(cluster.builder.build(), family=partial(_family, scenario))
    made = Instance(
        scenario,
        system,
        scenario.workload.subject,
        {prop.name: _fields(scenario, prop.name) for prop in system.properties},
        partial(remarks, cluster, system),
        partial(views.beliefs, cluster, system),
        cluster.configuration.shown,
        partial(start.told, cluster, system) if placements.matter(scenario) else lambda _: "",
        partial(_member, scenario),
        partial(workload, replace(scenario, prompt=True)) if scenario.prompt is None else None,
        partial(_smaller, scenario),
        attempt=partial(_attempt, cluster),
        judged=partial(_judged, cluster),
    )
    return _seeded(made)


def _seeded(made: Instance) -> Instance:
    """The same, with remarks that end with what is wrong with the model on purpose: without that
    nobody could tell why a step was possible."""
    asked = made.scenario.mutations
    if not asked:
        return made
    from model.mutations import MUTATIONS

    found = tuple(
        Remark(
            f"seeded fault {name}, which the spec switches on: {MUTATIONS[name].text}",
            ("spec.model.mutations",),
        )
        for name in sorted(asked & MUTATIONS.keys())
    )
    said = made.remarks
    return replace(made, remarks=lambda state, prop: (*said(state, prop), *found))


def _fields(scenario: Scenario, name: str) -> tuple[str, ...]:
    """The fields that matter to a property, as the kind of the workload calls them."""
    fields, workload = rows(scenario)[name].fields, scenario.workload
    if workload.by_replicasets:
        return fields
    if workload.job is not None:
        fields = tuple(each.replace("spec.replicas", "spec.parallelism") for each in fields)
    named = (each.replace("spec.strategy", "spec.updateStrategy") for each in fields)
    return tuple(each for each in named if each != "spec.replicas" or workload.daemon is None)


def composed(scenario: Scenario, general: int | None = None) -> Cluster:
    """All components and properties of a scenario; `general` as for `store.cluster`."""
    scenario = crowd.merged(daemon_nodes.counted(scenario))
    cluster = store.cluster(scenario, general)
    placing = crowds.placements if scenario.mixed else placements.placements
    if scenario.background:
        said = background.says(scenario)
        cluster.builder.bounds.append(Bound("neighbours", TRUE, said))
    empty = scenario.change.kind == "apply" or scenario.workload.cron is not None
    start.begin(cluster, None if empty else placing)
    for component in COMPONENTS:
        component(cluster)
    if scenario.prompt:
        _hurry(cluster)
    for name, row in rows(scenario).items():
        asked = scenario.properties is None or name in scenario.properties
        if row.build is not None and row.concerns(scenario) and asked:
            cluster.builder.properties.append(row.build(name, row.text, cluster))
    return cluster


def _family(scenario: Scenario) -> Family | None:
    """The scenario's system for every size, if it can be written down."""
    from model.sizes.family import family, slots

    single = not (scenario.open or scenario.mixed) and scenario.workload.by_replicasets
    single = single and scenario.change.kind != "steps" and not scenario.quotas
    single = single and not routed(scenario) and scenario.choice == "feasible"
    size = slots(scenario) if single else None
    if size is None:
        return None
    # What is claimed of these numbers and nodes says nothing of others.
    scenario = replace(scenario, invariants=())
    return family(composed(scenario, size), deployed=scenario.change.kind != "apply")


def _attempt(cluster: Cluster, state: State) -> Attempt | None:
    # Few runs leave a pod pending, and these words cost milliseconds to import.
    from model.scheduler import snapshots

    return snapshots.attempt(cluster.closed(state), state)


def _judged(cluster: Cluster, state: State, pod: str, node: str) -> Judged | None:
    if cluster.scenario.choice == "best" or cluster.scenario.mutations:
        return None
    from model.scheduler import snapshots

    return snapshots.judged(cluster.closed(state), state, pod, node)


def _member(scenario: Scenario) -> Instance | None:
    """The largest configuration, with every interleaving; what holds in all sizes of that holds in
    all configurations, unless these differ in what a node can allocate."""
    if not scenario.open or scenario.open.keys() & set(configurations.AMOUNTS):
        return None
    largest = configurations.closed(scenario, configurations.choices(scenario)[-1])
    return workload(replace(largest, prompt=False))


def _smaller(scenario: Scenario) -> Iterator[tuple[Instance, str]]:
    """The ladder of sizes below a scenario's workload."""
    if scenario.open:
        scenario = replace(scenario, invariants=tuple(filter(scales, scenario.invariants)))
        for small in configurations.smaller(scenario):
            yield workload(small), configurations.says(small.open)
        return
    # What is claimed of a number or of a node says nothing of other sizes.
    scaling = tuple(filter(scales, scenario.invariants))
    for small in rungs.smaller(replace(scenario, invariants=scaling)):
        sizes = rungs.sizes(small, scenario)
        yield workload(replace(small, name=f"{scenario.name}, {sizes}")), sizes


def _hurry(cluster: Cluster) -> None:
    """Every other step waits while a quick one is due.

    Binding and starting take milliseconds, and so do the requests of one sync; what can overtake
    them (probes that succeed, containers that stop, nodes that fail, users) takes seconds and more.
    The runs in which one is overtaken are left out, and with them most of the state space.
    """
    builder = cluster.builder
    first = builder.define(
        "quickStepDue", (), disj(*(quick.due for quick in cluster.quick if not quick.last))
    )
    due = builder.define(
        "syncUnderWay", (), first() | disj(*(quick.due for quick in cluster.quick if quick.last))
    )
    quick = {each.action: each for each in cluster.quick}

    def hurried(action: Action) -> Action:
        """The action as far as the others let it be taken. What waits is not done with: others
        that come first again and again are no reason never to come to it. What is never caught up
        with is no matter of milliseconds: after the last write nothing quick happens any more."""
        if action.name == contract.OUTAGE and contract.ends_writes(cluster.scenario):
            return action
        turn = ~due()
        if action in quick:
            before = ~first() if quick[action].last else TRUE
            turn = (quick[action].where & before) | turn
        claim = action.guard if action.fairness == "weak" and turn is not TRUE else None
        return replace(action, guard=turn & action.guard, claim=claim)

    builder.actions[:] = map(hurried, builder.actions)
    builder.assumptions.append(
        "quick steps are prompt: a pod is bound and started, and the requests that a controller "
        "decided on are sent, before anything else happens (spec.model.prompt: false lifts this)"
    )
