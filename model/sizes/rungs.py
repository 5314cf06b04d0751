"""The ladder of sizes: smaller instances of a scenario that keep its shape.

A state space grows quickly with replicas and nodes. What goes wrong usually goes wrong at a small
size too, if that size has the same shape (`model.sizes.shape`): whether the strategy may surge and
may lose replicas, which kinds of nodes there are, what there is room for, what a disruption budget
leaves over. A verdict on a smaller instance says nothing certain of the real one, so whoever uses
it names the sizes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from model.api.intstr import IntOrPercent
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.steps import NODES, RESIZES
from model.api.workload import Workload
from model.apiserver.room import pod_slots
from model.controllers.budgetstatus import healthy_needed
from model.controllers.deployment_view import ROUNDING
from model.plugins import spreading
from model.scenario import Scenario
from model.sizes import background, jobs
from model.sizes.shape import MANY, Spot, shape, spots

#: Replicas to try, ascending.
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100)
#: Beyond these numbers of pods at a time, and of completions of a Job that are told apart or come
#: one by one, no system is written down: that, or its first look, would take the time that most
#: users give. Pods at a time of what is looked at instead.
MOST_PODS = 20_000
MOST_COMPLETIONS = 1_000
STAND_IN = 5
#: Nodes of each kind that a smaller instance keeps at least.
FEW = 3


def stand_in(scenario: Scenario) -> Scenario | None:
    """The smaller scenario to look at in place of one that is too large to be written down; None
    if it is not, or has no smaller ones."""
    job, pods = scenario.workload.job, scenario.workload.replicas
    # Few pods one after the other make few states, but as many steps as there are completions.
    counted = job is not None and (job.indexed or pods <= SIZES[0])
    completions = job.enough if job is not None and counted else 0
    if pod_slots(scenario) <= MOST_PODS and completions <= MOST_COMPLETIONS:
        return None
    found = None
    for small in smaller(scenario):
        if found is not None and small.workload.replicas > STAND_IN:
            break
        found = small
    return found


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Smaller scenarios of the same shape, smallest first; none for a scenario that is small."""
    workload = scenario.workload
    if any(each.template.near for each in scenario.workloads):
        # Whoever is left out may be whom others wait for.
        return
    if workload.template.spread and not spreading.constraints(scenario):
        return
    if scenario.neighbours:
        if any(each.template.spread for each in scenario.workloads):
            return
        yield from (_among(scenario, number) for number in range(1, len(scenario.neighbours)))
        return
    if not (workload.by_replicasets or jobs.shrinks(scenario)):
        return
    if (
        scenario.before is not None
        or scenario.quotas
        or (scenario.change.kind == "steps" and scenario.change.has(*RESIZES, *NODES))
        or scenario.bounds.pods is not None
        or scenario.faults.zones
        or scenario.faults.overloads.times
    ):
        return
    if workload.replicas <= SIZES[0]:
        # Fewer pods at a time would be another shape, fewer one after the other are not.
        yield from (replace(scenario, workload=each) for each in jobs.shorter(workload))
        return
    cluster = spots(workload.template, scenario.nodes, pod_slots(scenario) + 1)
    whole = shape(scenario, cluster)
    for replicas in SIZES:
        if replicas >= workload.replicas:
            return
        small = replace(
            scenario,
            workload=_shrunk(scenario, replicas),
            budgets=tuple(_budget(b, workload.replicas, replicas) for b in scenario.budgets),
        )
        for some in _clusters(scenario, cluster, replicas):
            found = _on(small, some)
            if shape(found, some) == whole:
                yield found
                break


def _among(scenario: Scenario, number: int) -> Scenario:
    """The scenario with the first few of its neighbours; the others stay where they are, where some
    do so anyway."""
    if scenario.background:
        return background.beside(scenario, number)
    kept = scenario.neighbours[:number]
    subjects = {scenario.workload.subject, *(each.subject for each in kept)}
    apart = tuple(each for each in scenario.apart if {each.one, each.other} <= subjects)
    return replace(scenario, neighbours=kept, apart=apart)


def sizes(small: Scenario, scenario: Scenario) -> str:
    """What a verdict on the small one covers: "4 of 50 replicas on 3 of 20 nodes", and what else
    was made smaller: "(maxSurge 2)", "that take at most 2 pods each"."""
    if scenario.neighbours:
        # By numbers: what is found out for one workload may serve another that is like it.
        if small.background:
            return background.says(small)
        number, of = len(small.neighbours), len(scenario.neighbours)
        return f"beside the first {number} of {of} that it is checked together with"
    found = f"{small.workload.replicas} of {scenario.workload.replicas} replicas"
    if small.workload.job is not None:
        found = jobs.says(small.workload, scenario.workload)
    counts = ", ".join(_counts(small, scenario))
    if counts:
        found += f" ({counts})"
    if len(small.nodes) < len(scenario.nodes):
        found += f" on {len(small.nodes)} of {len(scenario.nodes)} nodes"
    given = {node.name: node.allocatable for node in scenario.nodes}
    limits = [n.allocatable["pods"] for n in small.nodes if n.allocatable != given[n.name]]
    if limits:
        where = "" if len(small.nodes) < len(scenario.nodes) else " on nodes"
        pods = "1 pod" if max(limits) == 1 else f"{max(limits)} pods"
        found += f"{where} that take at most {pods} each"
    return found


def _counts(small: Scenario, scenario: Scenario) -> Iterator[str]:
    """The counts of the small one that are not what the user wrote."""
    yield from jobs.counts(small.workload, scenario.workload)
    if scenario.change.rolls:
        one, other = small.workload, scenario.workload
        if one.max_surge != other.max_surge:
            yield f"maxSurge {one.max_surge}"
        if one.max_unavailable != other.max_unavailable:
            yield f"maxUnavailable {one.max_unavailable}"
    for mine, given in zip(small.budgets, scenario.budgets, strict=True):
        if mine != given:
            yield f"minAvailable {healthy_needed(mine, small.workload.replicas)}"


def _shrunk(scenario: Scenario, replicas: int) -> Workload:
    """The workload with fewer replicas. Percentages stay if they still come to none, one or more;
    counts shrink in proportion, within that."""
    workload = scenario.workload
    if workload.job is not None:
        return jobs.shrunk(workload, replicas)
    fewer = replace(workload, replicas=replicas)
    if not scenario.change.rolls:
        return fewer
    pairs = zip(workload.rounded, fewer.rounded, strict=True)
    surge, unavailable = (
        _scaled(value, count, now, scenario, replicas)
        for value, (count, now) in zip(
            (workload.max_surge, workload.max_unavailable), pairs, strict=True
        )
    )
    return replace(fewer, max_surge=surge, max_unavailable=unavailable)


def _scaled(
    value: IntOrPercent, count: int, now: int, scenario: Scenario, replicas: int
) -> IntOrPercent:
    """A limit of the strategy that came to `count` and would come to `now`."""
    same = min(count, MANY) == min(now, MANY)
    # A fault in how percentages round shows with percentages only.
    if value.percent and (same or scenario.mutations & ROUNDING):
        return value
    share = round(count * replicas / scenario.workload.replicas)
    return IntOrPercent(max(min(count, MANY), min(share, count)))


def _budget(budget: PodDisruptionBudget, before: int, replicas: int) -> PodDisruptionBudget:
    """The budget with as many evictions to spare, as far as fewer replicas allow: not all of them
    unless it spares all."""
    needed = healthy_needed(budget, before)
    spare = max(0, before - needed)
    now = replicas - healthy_needed(budget, replicas)
    limit = budget.min_available or budget.max_unavailable
    percent = limit is not None and limit.percent
    if percent and min(now, MANY) == min(spare, MANY) and (now < replicas) == (needed > 0):
        return budget
    if needed > 0:
        share = round(spare * replicas / before)
        spare = min(max(min(spare, MANY), share), spare, replicas - 1)
    else:
        spare = replicas
    return replace(budget, min_available=None, max_unavailable=IntOrPercent(spare))


def _clusters(
    scenario: Scenario, cluster: Sequence[Spot], replicas: int
) -> Iterator[tuple[Spot, ...]]:
    """Clusters to try for fewer replicas: a few nodes of each kind, then more of them, but no more
    than there are pods to tell them apart; then nodes that take fewer pods each, in proportion."""
    lost = scenario.losable + len(scenario.change.nodes)
    most = min(len(cluster), 2 * replicas + lost + FEW)
    tried: list[tuple[Spot, ...]] = []
    for few in range(min(FEW, len(cluster)), most + 1):
        some = tuple(_few(scenario, cluster, few))
        if some not in tried:
            tried.append(some)
            yield some
    pods = scenario.workload.replicas
    for some in tried:
        share = replicas * len(cluster) / (pods * len(some))
        fewest = [s.shrunk(max(1, min(round(s.takes * share), s.takes))) for s in some]
        yield tuple(fewest)
        yield tuple(s.shrunk(max(1, -(-replicas // len(some)))) for s in some)


def _few(scenario: Scenario, cluster: Sequence[Spot], few: int) -> Iterator[Spot]:
    """The first few nodes of each kind, those that are drained or tainted apart from others, in
    the order of the cluster."""
    kept: dict[Hashable, int] = {}
    for spot in cluster:
        kind = spot.kind, spot.node.name in scenario.change.nodes
        kept[kind] = kept.get(kind, 0) + 1
        if kept[kind] <= few:
            yield spot


def _on(scenario: Scenario, cluster: Sequence[Spot]) -> Scenario:
    """The scenario on some of its nodes; its change is about those of them that it names."""
    nodes = tuple(spot.node for spot in cluster)
    kept = {node.name for node in nodes}
    named = tuple(name for name in scenario.change.nodes if name in kept)
    return replace(scenario, nodes=nodes, change=replace(scenario.change, nodes=named))
