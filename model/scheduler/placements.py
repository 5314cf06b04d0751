"""Where the pods of a deployed workload can be: whatever the scheduler can have come to.

Every placement in which each pod is on a node that the filters let it onto is the outcome of some
order of bindings: what lets a pod onto a node would have let it onto the same node with fewer pods
around. Pods are pending only where no node takes another one. With hard topology spread it is not
so: there the orders of bindings are followed, from an empty cluster on.

A placement is a number of pods for each node, up to exchanges of pods and of nodes that neither the
filters nor the scenario's change tells apart. Of nodes that a run cannot tell apart (see `told`)
only the number of pods on all of them counts, and they hold as many each as they can. Where there
are too many placements still, extreme ones stand for all: the pods fill one node after the other,
or all nodes as evenly as they can, beginning with any kind of node.

Omits: what the nodes looked like when the pods were bound, such as cordons and taints that came
later (the omission `bound-before`, where pods are to leave such a node: elsewhere a node that loses
none of them is one with fewer pods to place anew); pods that were deleted before, which may leave
others less even than bindings alone: the verdicts assume that there were none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from model.api.node import ZONE
from model.api.steps import LABELS
from model.apiserver.pins import pins
from model.plugins import daemon_nodes, filters, spreading
from model.scenario import Scenario

#: Placements that are all explored, though a run might not tell them apart.
FEW = 30
#: Pods of a rollout in which nodes crash that may be wherever they can.
MOST_PODS = 3
#: Numbers of pods that are tried for nodes, for each placement that may be found.
_PATIENCE = 50

#: The number of pods on each node.
Counts = tuple[int, ...]
#: What is counted of one node: pods, or those of each workload.
Count = TypeVar("Count", int, tuple[int, ...])


@dataclass(frozen=True)
class Placements:
    """Where the pods of a deployed workload may be: of each the index of its node, None if it is
    pending."""

    found: tuple[tuple[int | None, ...], ...]
    #: What these are of all that there are, up to symmetry; empty if they are all.
    limit: str = ""
    #: Why one of them stands for all, if it does.
    note: str = ""


def placements(scenario: Scenario, most: int) -> Placements:
    """The placements of a closed scenario's pods, even ones first; at most `most`, if not extreme
    ones stand for all."""
    if scenario.workload.daemon is not None:
        return Placements((_daemons(scenario),))
    apart = told(scenario)
    nodes = _Nodes(scenario, apart)
    counts, limit = nodes.all(most), ""
    if counts is None:
        counts = list(dict.fromkeys(nodes.extremes()))
        limit = f"pods that start evenly spread or packed, of more than {most:,} placements"
    counts.sort(key=lambda each: sum(number * number for number in each))
    note = "" if all(apart) else _FIXED if crowded(scenario) else _NOTE
    if nodes.even.domains:
        note = _BOUND
    return Placements(tuple(map(nodes.pods, counts)), limit, note)


def _daemons(scenario: Scenario) -> tuple[int | None, ...]:
    """A DaemonSet's pods: each on the node that it is made for, if that has room for it."""
    template = scenario.workload.template
    nodes = zip(scenario.nodes, daemon_nodes.wanted(scenario), strict=True)
    return tuple(
        None if filters.refusals(template, node, 0) else at
        for at, (node, runs) in enumerate(nodes)
        if runs
    )


_NOTE = (
    "which of the nodes a pod is on that nothing happens to changes nothing: they are as evenly"
    " filled as they can be (spec.model.prompt: false lifts this)"
)


_BOUND = (
    "pods start where the scheduler, binding one after the other, can have put them under hard"
    " topology spread constraints: what was deleted or rolled out before left nothing uneven"
)


_FIXED = (
    "pods start spread evenly, and go where the score LeastAllocated prefers: where else they could"
    " be is too much for a rollout in which nodes crash (spec.model.prompt: false lifts this)"
)


def crowded(scenario: Scenario) -> bool:
    """Whether all placements would be too many: each pod of a rollout may or may not be on the node
    that crashes, at every step of the rollout. Then the scheduler's choices are narrowed, and the
    verdicts say so."""
    pods = scenario.workload.replicas + scenario.workload.rounded[0]
    crashes = scenario.change.rolls and scenario.faults.befalls_nodes
    if scenario.workload.daemon is not None or scenario.choice == "best":
        return False
    return bool(scenario.prompt) and crashes and pods > MOST_PODS and not _particular(scenario)


def _particular(scenario: Scenario) -> bool:
    """Whether more than the number of pods on a node tells nodes apart."""
    return bool(scenario.mutations or scenario.workload.template.node_name or _wide(scenario))


def matter(scenario: Scenario) -> bool:
    """Whether what happens to some node, or keeps pods off it, depends on where pods are."""
    return any(_befalls(scenario)) or _wide(scenario) or scenario.mixed


def _befalls(scenario: Scenario) -> list[bool]:
    """Of each node whether it may crash, or is drained or tainted."""
    return [
        scenario.faults.befalls_nodes
        or node.name in scenario.change.nodes
        or any(taint.effect == "NoExecute" for taint in node.taints)
        for node in scenario.nodes
    ]


def _wide(scenario: Scenario) -> bool:
    """Whether a pod keeps others off other nodes, too, or lets them onto others."""
    if spreading.constraints(scenario):
        return True
    terms = scenario.workload.template.anti_affinity
    return any(term.topology_key != filters.HOSTNAME for term in terms)


def told(scenario: Scenario) -> list[bool]:
    """Of each node whether a run may tell that a pod is on this one and not on another.

    Nothing happens to the nodes of which it can't: they do not crash and are neither drained nor
    tainted. Whether any of them is feasible then depends on how many pods they have together, not
    on who has them, as long as no anti-affinity is about more than one node. Only the ReplicaSet
    controller asks which pods share a node, and only of pods that are equal otherwise: that is no
    matter where all nodes are alike in this, or where it never has a pod too many. Last, the
    filters alone keep nodes from being overcommitted, and pods where they are allowed. So runs that
    differ in these nodes only are runs of the same steps, and it is enough that the scheduler takes
    those of them that one of its scores prefers.

    Where there are few placements all nodes are told apart, and where seeded faults touch on this.
    None is where a scenario is `crowded`, though it would matter.
    """
    every, befalls = [True] * len(scenario.nodes), _befalls(scenario)
    if crowded(scenario):
        return [False] * len(scenario.nodes)
    if (
        not scenario.prompt
        or scenario.choice == "best"
        or scenario.workload.daemon is not None
        or scenario.mutations & filters.MUTATIONS
        or scenario.faults.pods_seen_late
        or scenario.workload.template.node_name
        or pins(scenario)
        or _wide(scenario)
        or (any(befalls) and (scenario.change.rolls or scenario.mutations))
        or _Nodes(scenario, every).all(FEW) is not None
    ):
        return every
    return befalls


def canonical(kinds: Sequence[Sequence[int]], counts: tuple[Count, ...]) -> tuple[Count, ...]:
    """The counts by node up to exchanges of nodes of a kind, the fullest of a kind first."""
    rows = list(counts)
    for kind in kinds:
        ordered = sorted((counts[node] for node in kind), reverse=True)
        for node, row in zip(kind, ordered, strict=True):
            rows[node] = row
    return tuple(rows)


class _Nodes:
    """The nodes of a scenario as its pods see them; those that are not told apart as one."""

    def __init__(self, scenario: Scenario, apart: Sequence[bool]) -> None:
        self.template, self.nodes = scenario.workload.template, scenario.nodes
        self.replicas = scenario.workload.replicas
        width = self.replicas + 1
        # The seeded faults are those of the run: what was there before has come about without them.
        fits = filters.admits(replace(scenario, mutations=frozenset()), self.replicas)
        rows = (fits[i * width : i * width + width] for i in range(len(self.nodes)))
        #: How many pods each node takes if it is alone.
        self.room = [row.index(0) if 0 in row else self.replicas for row in rows]
        #: Anti-affinity by which a pod keeps others off other nodes, too.
        self._wide = [t for t in self.template.anti_affinity if t.topology_key != filters.HOSTNAME]
        #: Topology spread, by which it depends on other nodes whether one takes a pod.
        self.even = spreading.Even(scenario)
        self.rest = [index for index, told in enumerate(apart) if not told]
        self.kinds = self._kinds(scenario, apart)

    def _kinds(self, scenario: Scenario, apart: Sequence[bool]) -> list[list[int]]:
        """The nodes that are alike, in the order of the first of each kind; the first of those
        that are not told apart stands for all of them."""
        order, zones = scenario.change.nodes, pins(scenario)
        found: dict[object, list[int]] = {}
        for index, node in enumerate(self.nodes):
            place = order.index(node.name) if node.name in order else None
            # What a label makes of one node's domain, it makes of others' that share it.
            place = index if scenario.change.has(*LABELS) else place
            seen = filters.seen(self.template, node)
            domains = tuple(node.labels.get(t.topology_key) for t in self._wide)
            places = self.even.kind(index)
            zone = node.labels.get(ZONE) if zones else None
            kind = (place, seen, domains, places, node.taints, zone) if apart[index] else None
            found.setdefault(kind, []).append(index)
        return [kind[:1] if kind == self.rest else kind for kind in found.values()]

    @cached_property
    def _apart(self) -> list[frozenset[int]]:
        """For each node those on which a pod keeps others off it."""
        if not self._wide:
            return [frozenset()] * len(self.nodes)
        return [
            frozenset(
                other
                for other, b in enumerate(self.nodes)
                if filters.same_domain(self.template, a, b)
            )
            for a in self.nodes
        ]

    def takes(self, counts: Sequence[int], node: int) -> bool:
        """Whether a node takes one more pod."""
        fits = counts[node] < self.room[node] and not any(counts[o] for o in self._apart[node])
        return fits and self.even.takes(counts, node)

    def all(self, most: int) -> list[Counts] | None:
        """Every placement up to symmetry; None if there are more than so many."""
        found: list[Counts] = []
        search = self._bindings() if self.even.domains else self._search()
        for tried, counts in enumerate(search):
            if counts is not None:
                found.append(counts)
            if len(found) > most or tried > most * _PATIENCE:
                return None
        return found

    def _search(self) -> Iterator[Counts | None]:
        """Every placement up to symmetry, and None for each number of pods that was tried.

        Of nodes that are alike none has more pods than the one before it.
        """
        order = [node for kind in self.kinds for node in kind]
        position = {node: index for index, node in enumerate(order)}
        first = {kind[0] for kind in self.kinds}
        later = [0]
        for node in reversed(order):
            later.append(later[-1] + self._together(node))
        later.reverse()
        #: Numbers of pods on the first nodes of the order, and how many pods are left.
        todo: list[tuple[Counts, int]] = [((), self.replicas)]
        while todo:
            numbers, left = todo.pop()
            yield None
            if left == 0 or len(numbers) == len(order):
                counts = self._counts(dict(zip(order, numbers, strict=False)))
                if left == 0 or not any(self.takes(counts, node) for node in order):
                    yield counts
                continue
            here = len(numbers)
            node = order[here]
            apart = [position[other] for other in self._apart[node]]
            blocked = any(numbers[other] for other in apart if other < here)
            full = min(self._together(node), left, 1 if here in apart else left)
            most = 0 if blocked else full if node in first else min(full, numbers[-1])
            # Pods that no later node has room for may stay pending only if this one refuses them.
            refuses = blocked or any(other > here for other in apart)
            for number in range(most + 1):
                if number == full or refuses or left - number <= later[here + 1]:
                    todo.append(((*numbers, number), left - number))

    def _bindings(self) -> Iterator[Counts | None]:
        """Every placement that bindings one after the other lead to, up to symmetry, and None for
        each number of pods that was tried."""
        here: dict[Counts, None] = {(0,) * len(self.nodes): None}
        for _ in range(self.replicas):
            further: dict[Counts, None] = {}
            for counts in here:
                yield None
                takers = [node for node in range(len(counts)) if self.takes(counts, node)]
                if not takers:
                    yield counts
                for node in takers:
                    more = (*counts[:node], counts[node] + 1, *counts[node + 1 :])
                    further.setdefault(canonical(self.kinds, more))
            here = further
        yield from here

    def _together(self, node: int) -> int:
        """How many pods a node takes, or all that it stands for."""
        if node in self.rest:
            return min(self.replicas, sum(self.room[other] for other in self.rest))
        return self.room[node]

    def _counts(self, numbers: Mapping[int, int]) -> Counts:
        """A number for each node, those that are not told apart as even as they can be."""
        counts = [0] * len(self.nodes)
        for node, number in numbers.items():
            if node in self.rest:
                self._fill(counts, self.rest, number, lambda _: 1)
            else:
                counts[node] = number
        return tuple(counts)

    def extremes(self) -> Iterator[Counts]:
        """The pods as evenly as can be, then one node after the other full; beginning with each
        kind of node."""
        for first in range(len(self.kinds)):
            kinds = (*self.kinds[first:], *self.kinds[:first])
            order = [n for kind in kinds for n in (self.rest if kind[0] in self.rest else kind)]
            for at_once in (lambda _: 1, self.room.__getitem__):
                counts = [0] * len(self.nodes)
                self._fill(counts, order, self.replicas, at_once)
                yield tuple(counts)

    def _fill(
        self, counts: list[int], order: Sequence[int], left: int, at_once: Callable[[int], int]
    ) -> None:
        """Put pods onto nodes, so many at once on each in turn, until none is left or taken."""
        while left and any(self.takes(counts, node) for node in order):
            for node in order:
                for _ in range(at_once(node)):
                    if left and self.takes(counts, node):
                        counts[node] += 1
                        left -= 1

    def pods(self, counts: Counts) -> tuple[int | None, ...]:
        """Which node each pod is on: the first pods on different nodes."""
        rounds = range(max(counts, default=0))
        found = [node for turn in rounds for node, number in enumerate(counts) if number > turn]
        return (*found, *(None,) * (self.replicas - len(found)))
