"""Where the pods of several deployed workloads can be: whatever the scheduler can have come to.

As in `model.scheduler.placements` every placement in which no pod is where the filters keep it off
is the outcome of some order of bindings, and pods are pending only where no node takes them. Here a
placement says how many pods of each workload are on each node, up to exchanges of nodes that
nothing tells apart. Where there are too many placements, extreme ones stand for all: each workload
in turn, beginning with any, fills one node after the other or spreads as evenly as it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from model.api.change import Change
from model.api.node import ZONE, Node
from model.api.steps import LABELS
from model.api.workload import Workload
from model.apiserver.pins import pins
from model.plugins import daemon_nodes
from model.plugins.sharing import Sharing, at_first
from model.scenario import Scenario
from model.scheduler.placements import Placements, canonical

#: Steps of the search for each placement that may be found.
_PATIENCE = 10

_BOUND = (
    "pods start where the scheduler, binding one after the other, can have put them under"
    " required pod affinity or hard topology spread constraints: what was deleted or rolled out"
    " before left no trace"
)

_DAEMONS = "the DaemonSet's pods start on all nodes that it wants them on"

#: [node][workload]: how many pods are there.
Counts = tuple[tuple[int, ...], ...]


def placements(scenario: Scenario, most: int) -> Placements:
    """The placements of all pods of a closed scenario; at most `most`, if not extreme ones stand
    for all."""
    crowd = _Crowd(scenario, at_first(scenario))
    counts, limit = crowd.all(most), ""
    if counts is None:
        counts = list(dict.fromkeys(filter(crowd.is_at_rest, crowd.extremes())))
        limit = f"pods that start evenly spread or packed, of more than {most:,} placements"
    note = _BOUND if crowd.sharing.ordered else ""
    daemons = scenario.workload.replicas
    first = [each for each in counts if sum(row[0] for row in each) == daemons]
    if scenario.workload.daemon is not None and 0 < len(first) < len(counts):
        # To others it is there before all others as well, see `model.scope`.
        counts, note = first, "; ".join(filter(None, (note, _DAEMONS)))
    return Placements(tuple(map(crowd.pods, counts)), limit, note)


def even(workloads: Sequence[Workload], nodes: Sequence[Node]) -> Counts:
    """How many pods of each workload are on each node if each is bound to the emptiest one that
    takes it, those of one workload after the other."""
    alone = Scenario("", workloads[0], tuple(nodes), Change("steady")) if workloads else None
    if alone is None:
        return ((),) * len(nodes)
    crowd = _Crowd(alone, Sharing(tuple(workloads), tuple(nodes), ()))
    return crowd.filled(range(len(workloads)), 0, packed=False)


@dataclass(frozen=True)
class _Crowd:
    """The pods of workloads that share nodes, and where they can be."""

    scenario: Scenario
    sharing: Sharing

    def all(self, most: int) -> list[Counts] | None:
        """Every placement up to symmetry; None if there are more than so many."""
        found: dict[Counts, None] = {}
        for tried, counts in enumerate(self._search()):
            if counts is not None and self.is_at_rest(counts):
                found.setdefault(counts)
            if len(found) > most or tried > most * _PATIENCE:
                return None
        return list(found)

    def is_at_rest(self, counts: Counts) -> bool:
        """Whether no pod that is left over may have others go."""
        workloads = self.sharing.workloads
        waiting = (i for i, w in enumerate(workloads) if w.replicas > sum(row[i] for row in counts))
        return not any(workloads[i].template.preempts and self._helped(counts, i) for i in waiting)

    def _helped(self, counts: Counts, at: int) -> bool:
        """Whether some node would take one more pod of a workload without the pods there that have
        a lower priority, if there are any."""
        templates = [each.template for each in self.sharing.workloads]
        lower = [each.priority < templates[at].priority for each in templates]
        left = tuple(
            tuple(0 if low else number for number, low in zip(row, lower, strict=True))
            for row in counts
        )
        return any(lower) and any(
            row != here and self._takes(left, at, node)
            for node, (row, here) in enumerate(zip(left, counts, strict=True))
        )

    def _search(self) -> Iterator[Counts | None]:
        """The placements that pods of one workload after the other lead to, and None for each step
        of the search. Those that are left over at a workload's turn may be what others have kept
        out, if no node takes one of them in the end."""
        if self.sharing.ordered:
            yield from self._bindings()
            return
        workloads = self.sharing.workloads
        empty = tuple((0,) * len(workloads) for _ in self.sharing.nodes)
        #: Counts, the workload whose turn it is, and how many pods of each are left.
        first = empty, 0, tuple(workload.replicas for workload in workloads)
        seen, todo = {first}, [first]
        while todo:
            counts, at, left = todo.pop()
            yield None
            if at == len(workloads):
                if not any(left[i] and self._taken(counts, i) for i in range(at)):
                    yield counts
                continue
            following = [(counts, at + 1, left)]
            if left[at]:
                fewer = (*left[:at], left[at] - 1, *left[at + 1 :])
                for node in self._takers(counts, at):
                    following.append((canonical(self._kinds, _with(counts, node, at)), at, fewer))
            for each in following:
                if each not in seen:
                    seen.add(each)
                    todo.append(each)

    def _bindings(self) -> Iterator[Counts | None]:
        """The same where a pod lets others onto a node: bindings in any order, one after the
        other."""
        workloads = self.sharing.workloads
        empty = tuple((0,) * len(workloads) for _ in self.sharing.nodes)
        first = empty, tuple(workload.replicas for workload in workloads)
        seen, todo = {first}, [first]
        while todo:
            counts, left = todo.pop()
            yield None
            following = [
                (
                    canonical(self._kinds, _with(counts, node, at)),
                    (*left[:at], number - 1, *left[at + 1 :]),
                )
                for at, number in enumerate(left)
                if number
                for node in self._takers(counts, at)
            ]
            if not following:
                yield counts
            for each in following:
                if each not in seen:
                    seen.add(each)
                    todo.append(each)

    def _takers(self, counts: Counts, workload: int) -> Iterator[int]:
        """The nodes that take one more pod of a workload."""
        for node in range(len(counts)):
            if self._takes(counts, workload, node):
                yield node

    def _taken(self, counts: Counts, workload: int) -> bool:
        """Whether some node takes one more."""
        return any(self._takes(counts, workload, node) for node in range(len(counts)))

    def _takes(self, counts: Counts, workload: int, node: int) -> bool:
        # Of a DaemonSet a node has one pod, which is made for it.
        wanted = self._wanted[workload]
        if wanted is not None and (counts[node][workload] or not wanted[node]):
            return False
        return self.sharing.takes(counts, workload, node)

    @cached_property
    def _wanted(self) -> list[list[bool] | None]:
        """For each workload that is a DaemonSet the nodes that it wants a pod on."""
        return [
            None
            if workload.daemon is None
            else daemon_nodes.wants(workload.template, self.sharing.nodes)
            for workload in self.sharing.workloads
        ]

    @cached_property
    def _kinds(self) -> list[list[int]]:
        """The nodes that nothing tells apart but their pods."""
        sharing, order = self.sharing, self.scenario.change.nodes
        amounts = sharing.amounts(1 << 40)
        found: dict[object, list[int]] = {}
        for index, node in enumerate(sharing.nodes):
            kind = (
                index if self.scenario.change.has(*LABELS) else None,
                order.index(node.name) if node.name in order else None,
                tuple(row[index] for row in sharing.admitted),
                tuple(amount.allocatable[index] for amount in amounts),
                # A domain of its own is like any other of the kind.
                tuple(
                    domains.together[index] if len(domains.together[index]) > 1 else None
                    for domains in sharing.domains
                ),
                tuple(bool(domains.together[index]) for domains in sharing.domains),
                tuple(
                    (each[index] if len(each[index]) > 1 else None, bool(each[index]))
                    for each in sharing.neighbourhoods.values()
                ),
                tuple(each.kind(index) for rows in sharing.spread for each, _ in rows),
                node.taints,
                node.labels.get(ZONE) if pins(self.scenario) else None,
            )
            found.setdefault(kind, []).append(index)
        return list(found.values())

    def extremes(self) -> Iterator[Counts]:
        """Each workload first, the others in their order; each kind of node first; every pod on the
        emptiest node that takes it, or on the fullest."""
        number = len(self.sharing.workloads)
        for turn in range(number):
            order = [turn, *(other for other in range(number) if other != turn)]
            # Who may have others go ends up as if it had come before them.
            order.sort(key=lambda at: -self.sharing.workloads[at].template.priority)
            for first in range(len(self._kinds)):
                for packed in (False, True):
                    yield canonical(self._kinds, self.filled(order, first, packed=packed))

    def filled(self, order: Sequence[int], first: int, *, packed: bool) -> Counts:
        """One workload after the other, each pod on the emptiest node that takes it, or on the
        fullest, beginning with the nodes of one kind."""
        counts = tuple((0,) * len(order) for _ in self.sharing.nodes)
        kinds = [*self._kinds[first:], *self._kinds[:first]]
        place = {node: i for i, node in enumerate(node for kind in kinds for node in kind)}
        left, sign, before = [each.replicas for each in self.sharing.workloads], -packed or 1, None
        # Those that are left over may be let onto nodes by others that come later.
        while left != before:
            before = list(left)
            for workload in order:
                while left[workload] and (takers := list(self._takers(counts, workload))):
                    best = min(takers, key=lambda n: (sign * sum(counts[n]), place[n]))
                    counts = _with(counts, best, workload)
                    left[workload] -= 1
        return counts

    def pods(self, counts: Counts) -> tuple[int | None, ...]:
        """Of each pod its node, or None if it is pending; those of each workload together."""
        found: list[int | None] = []
        for at, workload in enumerate(self.sharing.workloads):
            wanted = self._wanted[at]
            if wanted is not None:
                made = (node for node, wants in enumerate(wanted) if wants)
                found += [node if counts[node][at] else None for node in made]
                continue
            placed = [node for node, row in enumerate(counts) for _ in range(row[at])]
            found += [*placed, *(None,) * (workload.replicas - len(placed))]
        return tuple(found)


def _with(counts: Counts, node: int, workload: int) -> Counts:
    """The same with one more pod of a workload on a node."""
    row = counts[node]
    more = (*row[:workload], row[workload] + 1, *row[workload + 1 :])
    return (*counts[:node], more, *counts[node + 1 :])
