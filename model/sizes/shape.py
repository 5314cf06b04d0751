"""The shape of a scenario: what a smaller instance has in common with it to stand for it.

Feasibility is what the scheduler's own filters say, per host and per every other topology key by
which pods keep each other off. Numbers are compared where it matters which of two is larger: room
with pods, pods of a node with evictions to spare. Others count as none, one, or more.

Omits: how uneven placements of the same number of pods can be; scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from model.api.node import Node
from model.api.pod import PodTemplate
from model.apiserver.room import capacity, pod_slots, roomy
from model.controllers.budgetstatus import healthy_needed
from model.plugins import filters, scores, spreading
from model.plugins.spreading import Domains
from model.scenario import Scenario
from model.sizes import jobs

#: From this number on it is no matter how many there are.
MANY = 2


class Spot(NamedTuple):
    """A node, how many pods it takes alone, and the domains that it shares with other nodes, each
    of which takes one pod."""

    node: Node
    takes: int
    domains: frozenset[tuple[str, str]]
    #: Equal for nodes that nothing but the domains of anti-affinity and the change tells apart.
    kind: Hashable

    def shrunk(self, takes: int) -> Spot:
        """The same for a node that takes at most so many pods."""
        if takes >= self.takes:
            return self
        node = replace(self.node, allocatable={**self.node.allocatable, "pods": takes})
        return self._replace(node=node, takes=takes)


def spots(template: PodTemplate, nodes: Sequence[Node], most: int) -> list[Spot]:
    """The nodes, each taking at most `most` pods."""
    known: dict[Hashable, int] = {}
    found = []
    even = spreading.domains(template, template.spread, nodes)
    shared = [_shared(each) for each in even]
    for index, node in enumerate(nodes):
        read = filters.seen(template, node)
        if read not in known:
            known[read] = capacity(template, node, most)
        domains = filters.domains(template, node)
        # Each domain that constraints spread pods over is kept, unless every node is one.
        places = tuple(
            (each.of[index] if together else None, each.counted[index] != spreading.NOWHERE)
            for each, together in zip(even, shared, strict=True)
        )
        kind = read, scores.seen(template, node), frozenset(key for key, _ in domains), places
        found.append(Spot(node, known[read], domains, kind))
    return found


def shape(scenario: Scenario, cluster: Sequence[Spot] | None = None) -> Hashable:
    """Equal for scenarios of the same shape. `cluster` may give what `spots` says of the nodes."""
    on = _spots(scenario) if cluster is None else cluster
    return (
        _strategy(scenario),
        _rooms(scenario, on),
        _evenly(scenario, on),
        _shares(scenario, on),
        _changed(scenario, on),
    )


def same_room(one: Scenario, other: Scenario) -> bool:
    """Whether two sizes of a scenario leave as much room, with nodes lost or not; and any node
    alone."""
    return all(
        part(one, _spots(one)) == part(other, _spots(other)) for part in (_rooms, _left_alone)
    )


def _spots(scenario: Scenario) -> list[Spot]:
    return spots(scenario.workload.template, scenario.nodes, _most(scenario))


def _most(scenario: Scenario) -> int:
    """More pods than there ever are."""
    return pod_slots(scenario) + 1


def _few(number: int) -> int:
    return min(number, MANY)


def _strategy(scenario: Scenario) -> Hashable:
    """How many pods a rollout adds and takes at a time, and whether it may take all; of a Job, how
    many may fail."""
    if not scenario.change.rolls:
        return jobs.shape(scenario)
    surge, unavailable = scenario.workload.rounded
    return _few(surge), _few(unavailable), unavailable < scenario.workload.replicas


# -- room --------------------------------------------------------------------------------------
def _rooms(scenario: Scenario, cluster: Sequence[Spot]) -> Hashable:
    """What there is room for, with each set of nodes lost that can be lost."""
    wanted = _wanted(scenario)
    rooms = {
        tuple(room >= pods for room in room_on(left) for pods in wanted)
        for left in _left(scenario, cluster)
    }
    return frozenset(rooms), roomy(scenario)


def _wanted(scenario: Scenario) -> tuple[int, ...]:
    """Numbers of pods for which it matters whether there is room."""
    replicas = scenario.workload.replicas
    surge, unavailable = scenario.workload.rounded
    if not scenario.change.rolls:
        surge = unavailable = 0
    numbers = (1, replicas - unavailable, replicas - 1, replicas, replicas + 1, replicas + surge)
    return (*numbers, pod_slots(scenario))


def room_on(cluster: Sequence[Spot]) -> tuple[int, int]:
    """How many pods nodes take, if each one is put where it keeps the most others off, and where it
    keeps the fewest off; these differ only for several topology keys."""
    shared = Counter(domain for spot in cluster for domain in spot.domains)
    found = []
    for sign in (-1, 1):
        taken: set[tuple[str, str]] = set()
        room = 0
        for spot in sorted(cluster, key=lambda s: sign * sum(shared[d] for d in s.domains)):
            if spot.takes and not spot.domains & taken:
                room += 1 if spot.domains else spot.takes
                taken |= spot.domains
        found.append(room)
    return found[0], found[1]


def _left(scenario: Scenario, cluster: Sequence[Spot]) -> Iterator[list[Spot]]:
    """The nodes that still take pods, for each set of those that may take none at the same time: by
    the change, and by crashes of the roomiest or of the least roomy."""
    change, crashes = scenario.change, scenario.losable
    for gone in _gone(change.nodes, change.uncordon):
        left = [spot for spot in cluster if spot.node.name not in gone]
        yield left
        if crashes:
            ranked = sorted(left, key=lambda spot: spot.takes)
            yield ranked[: max(0, len(ranked) - crashes)]
            yield ranked[crashes:]


def _gone(names: Sequence[str], uncordon: bool) -> Iterator[Collection[str]]:
    yield ()
    for index in range(len(names)):
        yield names[index : index + 1] if uncordon else names[: index + 1]


# -- spread ------------------------------------------------------------------------------------
def _evenly(scenario: Scenario, cluster: Sequence[Spot]) -> Hashable:
    """For each hard topology spread constraint: over how many domains pods are spread, whether they
    come out even there, and what each domain has room for."""
    given, nodes = spreading.constraints(scenario), [spot.node for spot in cluster]
    return tuple(
        _spread(scenario, cluster, each)
        for each in spreading.domains(scenario.workload.template, given, nodes)
    )


def _spread(scenario: Scenario, cluster: Sequence[Spot], domains: Domains) -> Hashable:
    rooms: Counter[int] = Counter()
    for spot, domain in zip(cluster, domains.counted, strict=True):
        rooms[domain] += spot.takes
    del rooms[spreading.NOWHERE]
    number, wanted = len(rooms), _wanted(scenario)
    shared = _shared(domains)
    # With a pod for each domain the last pods of all are not those that come first.
    over = tuple(
        (_few(pods // number), pods % number if shared else pods % number == 0)
        for pods in (wanted if not shared else (scenario.workload.replicas,))
        if number
    )
    fair = [-(-pods // number) for pods in wanted if number]
    room = Counter(tuple(each >= share for share in fair) for each in rooms.values())
    return (
        number if shared else _few(number),
        domains.few,
        over,
        frozenset(room.items()) if shared else frozenset(room),
    )


def _shared(domains: Domains) -> bool:
    """Whether several nodes are in one domain."""
    there = [domain for domain in domains.of if domain != spreading.NOWHERE]
    return len(there) > len(domains.names)


# -- disruptions ---------------------------------------------------------------------------------
def _shares(scenario: Scenario, cluster: Sequence[Spot]) -> Hashable:
    """How the pods of a node that is lost compare with all, and with what may be missing."""
    replicas = scenario.workload.replicas
    able = [spot for spot in cluster if spot.takes]
    fair = -(-replicas // max(1, len(able)))
    budgets = [replicas - healthy_needed(budget, replicas) for budget in scenario.budgets]
    guarded = tuple((_few(spare), spare < replicas) for spare in budgets)
    losable = scenario.losable or scenario.change.nodes
    if not losable:
        return _few(fair), guarded
    named = set(scenario.change.nodes)
    hit = [s for s in able if scenario.losable or s.node.name in named]
    most = min(replicas, max((1 if s.domains else s.takes for s in hit), default=0))
    compared = tuple((fair > spare, most > spare) for spare in (*budgets, replicas - 1))
    return _few(fair), _few(most), guarded, compared


def _changed(scenario: Scenario, cluster: Sequence[Spot]) -> Hashable:
    """Which kinds of nodes there are, whether the change is about them, and how many crash."""
    named = set(scenario.change.nodes)
    kinds = {(_few(spot.takes), len(spot.domains), spot.node.name in named) for spot in cluster}
    crashes = scenario.losable
    return (
        frozenset(kinds),
        _few(len(named)),
        crashes < len(cluster),
        _left_alone(scenario, cluster),
    )


def _left_alone(scenario: Scenario, cluster: Sequence[Spot]) -> bool:
    """Whether the change leaves any node alone."""
    return len(scenario.change.nodes) < len(cluster)
