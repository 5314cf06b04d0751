"""The states in which a run begins: one for each configuration of the scenario, and for each
placement of the pods of a deployed workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from model.api.workload import Workload
from model.apiserver.objects import ABSENT, AVAILABLE, PENDING, READY, Cluster
from model.configurations import choices, closed
from model.ir.expr import Expr
from model.ir.quantifier import exists
from model.ir.system import Bound, State, StateFunction, System
from model.plugins import daemon_nodes
from model.scenario import Scenario
from model.scheduler.placements import Placements
from model.words import NAMED, counted, listed

#: Initial states that a scenario has at most, unless it has more configurations.
MOST = 2000


#: The placements of a closed scenario, given how many there should be at most.
Placing = Callable[[Scenario, int], Placements]


def begin(cluster: Cluster, placing: Placing | None) -> None:
    """Adds the initial values of every object. `placing` None: nothing is deployed yet."""
    builder, configurations = cluster.builder, choices(cluster.scenario)
    for choice in configurations:
        scenario = closed(cluster.scenario, choice)
        if placing is None:
            builder.starts.append(_start(cluster, choice, scenario, None))
            continue
        most = max(1, MOST // len(configurations))
        places = _without_added(placing, scenario, most)
        job = scenario.workload.job
        if scenario.workload.stateful is not None or (job is not None and job.indexed):
            places = _named(places, scenario.workload.replicas, most)
        builder.starts += [_start(cluster, choice, scenario, each) for each in places.found]
        if places.limit and all(bound.text != places.limit for bound in builder.bounds):
            # By what it reads, it is about the runs for which it matters where the pods are.
            placed = exists(cluster.Pod, lambda p: ~cluster.node[p].is_none())
            builder.bounds.append(Bound("placements", placed, places.limit))
        if places.note and places.note not in builder.assumptions:
            builder.assumptions.append(places.note)


def _without_added(placing: Placing, scenario: Scenario, most: int) -> Placements:
    """The placements on nodes that are there at the start."""
    added = scenario.change.added
    if not added:
        return placing(scenario, most)
    there = [i for i, node in enumerate(scenario.nodes) if node.name not in added]
    nodes = tuple(scenario.nodes[i] for i in there)
    neighbours = tuple(replace(w, replicas=_number(w, scenario)) for w in scenario.neighbours)
    places = placing(replace(scenario, nodes=nodes, neighbours=neighbours), most)
    found = (tuple(None if at is None else there[at] for at in each) for each in places.found)
    return replace(places, found=tuple(found))


def _named(places: Placements, own: int, most: int) -> Placements:
    """The placements where the first pods, those of the own workload, are not alike: which of them
    is where counts as well."""
    every = ((*order, *found[own:]) for found in places.found for order in _orders(found[:own]))
    orders = list(islice(every, most + 1))
    if len(orders) <= most:
        return replace(places, found=tuple(orders))
    text = f"which pods start on which nodes: {most:,} of the ways there are"
    return replace(places, found=tuple(orders[:most]), limit=places.limit or text)


def _orders(placed: tuple[int | None, ...]) -> Iterator[tuple[int | None, ...]]:
    """Every order of some nodes, each once."""
    if not placed:
        yield ()
    for at in dict.fromkeys(placed):
        rest = list(placed)
        rest.remove(at)
        yield from ((at, *order) for order in _orders(tuple(rest)))


def _start(
    cluster: Cluster,
    choice: Mapping[str, int],
    scenario: Scenario,
    placed: Sequence[int | None] | None,
) -> dict[StateFunction, tuple[int, ...]]:
    slots = cluster.Pod.size
    if placed:
        deployed, owners = placed, _owners(cluster, scenario)
    else:
        # A pod that nothing controls is there as soon as the user creates it.
        owners = [i for i, w in enumerate(cluster.workloads) if w.is_pod for _ in range(w.replicas)]
        deployed = (None,) * len(owners)
    if len(deployed) > slots:
        raise ValueError(f"{len(deployed)} deployed pods for {slots} pod slots")
    phases = [
        PENDING.payload if at is None else _ready(cluster, cluster.workloads[owner]).payload
        for owner, at in zip(owners, deployed, strict=True)
    ]
    mine = sum(cluster.is_mine(cluster.workloads[owner]) for owner in owners)
    #: Places that are kept for identities that are not wanted yet come between.
    kept = 0 if cluster.identities is None else cluster.identities.number - mine
    sets = range(cluster.ReplicaSet.size)
    # A workload that is not deployed yet is a Deployment without ReplicaSets; neighbours have
    # theirs, which amounts to the same, since they may be slow to make pods.
    begun = placed is not None or not scenario.workload.rolls_out
    revisions = not scenario.workload.by_replicasets  # all are there
    there = [
        revisions or not cluster.is_mine(workload) or (i == 0 and begun)
        for i, workload in enumerate(cluster.workloads)
    ]
    if scenario.workload.cron is not None:
        there = [False] * cluster.ReplicaSet.size  # no run was due yet
    replicas = [each.replicas for each in (scenario.workload, *cluster.workloads[1:])]
    # The statuses are up to date, so nothing is left to write.
    counts = {
        cluster.status_available: [
            sum(of == i and at is not None for of, at in zip(owners, deployed, strict=True))
            for i in sets
        ]
    }
    if cluster.status_replicas is not None:
        counts[cluster.status_replicas] = [owners.count(i) for i in sets]
    statuses = {
        function: tuple(
            count if cluster.is_followed(workload) else 0
            for workload, count in zip(cluster.workloads, counts[status.written], strict=True)
        )
        for status in cluster.syncs.statuses
        for function in status
    }

    def spread(values: Sequence[int], free: int) -> tuple[int, ...]:
        """Something of each deployed pod, over all places."""
        own, others = values[:mine], values[mine:]
        row = (*own, *(free,) * kept, *others)
        return (*row, *(free,) * (slots - len(row)))

    start = {
        cluster.phase: spread(phases, ABSENT.payload),
        cluster.node: spread([-1 if at is None else at for at in deployed], -1),
        cluster.owner: spread(owners, 0),
        cluster.exists: tuple(map(int, there)),
        cluster.replicas: tuple(
            number if here else 0 for number, here in zip(replicas, there, strict=True)
        ),
        **statuses,
        **cluster.configuration.start(choice),
    }
    start |= {each.used: (mine,) for each in cluster.charges}
    if cluster.desired_replicas is not None:
        begin = scenario.workload.replicas if begun else 0
        start[cluster.desired_replicas] = (begin, *(0,) * (cluster.ReplicaSet.size - 1))
    if cluster.target is not None:
        start[cluster.target] = spread(list(_targets(scenario)) if deployed else [], -1)
    if cluster.jobs is not None and cluster.jobs.index is not None:
        start[cluster.jobs.index] = spread(list(range(mine)), -1)
    if cluster.pins is not None:
        start[cluster.pins.pinned] = cluster.pins.start(deployed, slots - len(deployed))
    if cluster.registered is not None:
        nodes = len(scenario.nodes)
        coming = {cluster.Node.elements.index(name) for name in scenario.change.added}
        start[cluster.registered] = tuple(
            int(i < nodes and i not in coming) for i in range(cluster.Node.size)
        )
    return start


def _targets(scenario: Scenario) -> Iterator[int]:
    """The node that each deployed pod is made for, -1 for those of no DaemonSet."""
    for workload in scenario.deployed:
        if workload.daemon is None:
            yield from (-1,) * workload.replicas
        else:
            yield from _wanted(workload, scenario)


def _wanted(workload: Workload, scenario: Scenario) -> Iterator[int]:
    """The nodes, of those that are there, that a DaemonSet wants a pod on."""
    wanted = daemon_nodes.wants(workload.template, scenario.nodes)
    for at, (node, runs) in enumerate(zip(scenario.nodes, wanted, strict=True)):
        if runs and node.name not in scenario.change.added:
            yield at


def _number(workload: Workload, scenario: Scenario) -> int:
    """How many pods a neighbour has at the start."""
    if workload.daemon is None or not scenario.change.added:
        return workload.replicas
    return len(list(_wanted(workload, scenario)))


def _ready(cluster: Cluster, workload: Workload) -> Expr:
    """The phase of a pod that has been up for long."""
    waits = workload.min_ready_seconds and cluster.is_followed(workload)
    return AVAILABLE if waits else READY


def _owners(cluster: Cluster, scenario: Scenario) -> list[int]:
    """The ReplicaSet of each pod of the deployed workloads, by its position."""
    found = [0] * scenario.workload.replicas
    for i, workload in enumerate(cluster.workloads):
        if not cluster.is_mine(workload):
            found += [i] * _number(workload, scenario)
    return found


def told(cluster: Cluster, system: System, state: State) -> str:
    """Where the pods are in the first state of a run, if they might be elsewhere: "web-pod1 and
    web-pod2 on node-1, web-pod3 pending"; else nothing."""
    if len(system.initial) <= len(choices(cluster.scenario)):
        return ""
    first, size = system.offsets[cluster.node], cluster.Pod.size
    phases = state[system.offsets[cluster.phase] :]
    owners = state[system.offsets[cluster.owner] :]
    found: dict[int, list[str]] = {}
    for name, at, phase, of in zip(
        cluster.Pod.elements, state[first : first + size], phases, owners, strict=False
    ):
        if phase != ABSENT.payload:
            whose = f" of {cluster.ReplicaSet.elements[of]}" if cluster.shared else ""
            found.setdefault(at, []).append(f"{name}{whose}")
    where = {at: f"on {name}" for at, name in enumerate(cluster.Node.elements)} | {-1: "pending"}
    return ", ".join(f"{_pods(found[at])} {where[at]}" for at in sorted(found))


def _pods(names: Sequence[str]) -> str:
    return listed(names) if len(names) <= NAMED else counted(len(names), "pod")
