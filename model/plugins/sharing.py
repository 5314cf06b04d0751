"""What keeps a pod off a node where several workloads share nodes: the filters, once more, over the
pods of all of them.

A filter whose answer does not depend on the pods that are there is asked about the empty node. What
depends on them is of three kinds: amounts that add up to what a node can allocate, pairs of
workloads whose pods may not be in one domain, and workloads whose pods are to be near others. The
same rules are read in two ways: on numbers of pods here, where initial placements are found, and on
expressions in `model.scheduler.rooms`.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/noderesources/fit.go`,
`interpodaffinity/filtering.go` (terms of the pod that comes and of those that are there alike;
satisfyPodAffinity), `nodeports`.

Omits: templates with a nodeName (such workloads are never neighbours).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import gcd
from operator import mul
from typing import NamedTuple

from model.api.node import Node
from model.api.workload import Workload
from model.plugins import filters, spreading
from model.plugins.interpodaffinity import all_match
from model.scenario import Apart, Scenario

PODS = "pods"


class Amount(NamedTuple):
    """A resource, in units of what divides all requests: what one pod of each workload requests,
    and how much each node can allocate."""

    resource: str
    requests: tuple[int, ...]
    allocatable: tuple[int, ...]


class Domains(NamedTuple):
    """Pairs of workloads that keep apart by a topology key, by their positions, and for each node
    those that are in its domain."""

    topology_key: str
    pairs: frozenset[tuple[int, int]]
    together: tuple[frozenset[int], ...]


class Near(NamedTuple):
    """What a workload's pods are to be near: in a domain of each key, pods of any of the `others`,
    by their positions. Where there are none in any domain the first pod may go into any, if the
    workload is one of them itself."""

    keys: tuple[str, ...]
    others: frozenset[int]
    itself: bool


@dataclass(frozen=True)
class Sharing:
    """Workloads on nodes. Both are meant by their positions; a workload that is there with two
    templates is two, which keep apart from each other as each does from its own pods."""

    workloads: tuple[Workload, ...]
    nodes: tuple[Node, ...]
    apart: tuple[Apart, ...]
    #: [workload]: the domains by each topology spread constraint, and whose pods count there.
    spread: tuple[tuple[tuple[spreading.Domains, frozenset[int]], ...], ...] = ()

    @cached_property
    def admitted(self) -> tuple[tuple[bool, ...], ...]:
        """[workload][node]: whether the filters let a pod onto the node while it is empty."""
        rows = []
        for workload in self.workloads:
            refused = filters.rows(
                self.nodes,
                lambda node, template=workload.template: filters.seen(template, node),  # type: ignore[misc]
                lambda read, template=workload.template: [  # type: ignore[misc]
                    int(bool(filters.refused(template, read, 0)))
                ],
            )
            rows.append(tuple(not each for each in refused))
        return tuple(rows)

    def amounts(self, most: int) -> list[Amount]:
        """What adds up on nodes, without what so many pods never use up."""
        names = {PODS: None}
        for workload in self.workloads:
            names.update((name, None) for name, _ in filters.requested(workload.template))
        found = []
        for name in names:
            requests = [
                1 if name == PODS else workload.template.requests.get(name, 0)
                for workload in self.workloads
            ]
            given = [node.allocatable.get(name, 0) for node in self.nodes]
            unit = gcd(*requests)
            if any(most * max(requests) > amount for amount in given):
                found.append(
                    Amount(
                        name,
                        tuple(each // unit for each in requests),
                        # More than all pods together request is as good as any number.
                        tuple(min(each, most * max(requests)) // unit for each in given),
                    )
                )
        return found

    @cached_property
    def domains(self) -> list[Domains]:
        """Whom pods keep away from their domains."""
        positions: dict[str, list[int]] = {}
        for i, workload in enumerate(self.workloads):
            positions.setdefault(workload.subject, []).append(i)
        keys: dict[str, set[tuple[int, int]]] = {}
        for one, other, key in self._pairs():
            for pair in product(positions[one], positions[other]):
                keys.setdefault(key, set()).update((pair, pair[::-1]))
        return [
            Domains(key, frozenset(pairs), tuple(self.together(key)))
            for key, pairs in sorted(keys.items())
        ]

    def _pairs(self) -> Iterator[tuple[str, str, str]]:
        for each in self.apart:
            yield each.one, each.other, each.topology_key
        for workload in self.workloads:
            if workload.template.host_ports:
                yield workload.subject, workload.subject, ""
            for term in workload.template.anti_affinity:
                yield workload.subject, workload.subject, term.topology_key

    @cached_property
    def near(self) -> tuple[Near | None, ...]:
        """[workload]: what it is to be near; None where that is nothing."""
        return tuple(self._near(workload) for workload in self.workloads)

    def _near(self, workload: Workload) -> Near | None:
        terms = workload.template.near
        if not terms:
            return None
        others = frozenset(i for i, other in enumerate(self.workloads) if all_match(terms, other))
        keys = tuple(dict.fromkeys(term.topology_key for term in terms))
        return Near(keys, others, all_match(terms, workload))

    @cached_property
    def neighbourhoods(self) -> dict[str, tuple[frozenset[int], ...]]:
        """By the topology keys that workloads are to be near others by, for each node those that
        are in its domain."""
        keys = (key for near in self.near if near is not None for key in near.keys)
        return {key: tuple(self.together(key)) for key in sorted(set(keys))}

    def is_near(self, there: Sequence[Sequence[int]], workload: int, node: int) -> bool:
        """Whether a node is near what a workload's pods are to be near."""
        near = self.near[workload]
        if near is None:
            return True
        domains = [self.neighbourhoods[key] for key in near.keys]

        def some(nodes: frozenset[int]) -> bool:
            return any(there[each][other] for each in nodes for other in near.others)

        if not all(domain[node] for domain in domains):
            return False
        if all(some(domain[node]) for domain in domains):
            return True
        return near.itself and not any(some(nodes) for domain in domains for nodes in domain)

    def together(self, key: str) -> Iterator[frozenset[int]]:
        """For each node those that are in its domain of a topology key; none if it has no label."""
        values = [node.labels.get(key) if key else node.name for node in self.nodes]
        for value in values:
            same = (i for i, other in enumerate(values) if value is not None and other == value)
            yield frozenset(same)

    def takes(self, there: Sequence[Sequence[int]], workload: int, node: int) -> bool:
        """Whether a node takes one more pod of a workload; `there` has the number of pods of each
        workload on each node."""
        if not self.admitted[workload][node]:
            return False
        used = self._used(tuple(there[node]))
        for at, most in self._most[workload]:
            if used[at] > most[node]:
                return False
        if not (self.is_near(there, workload, node) and self._is_even(there, workload, node)):
            return False
        return not self.domains or not any(
            (workload, other) in domains.pairs and there[near][other]
            for domains in self.domains
            for near in domains.together[node]
            for other in range(len(self.workloads))
        )

    @property
    def ordered(self) -> bool:
        """Whether a pod may let others onto nodes, so that the order of bindings matters."""
        return any(self.near) or any(self.spread)

    def _is_even(self, there: Sequence[Sequence[int]], workload: int, node: int) -> bool:
        all_there = [True] * len(self.nodes)
        return all(
            domains.refusal(lambda at: sum(there[at][i] for i in whose), node, all_there) is None  # noqa: B023
            for domains, whose in (self.spread[workload] if self.spread else ())
        )

    def _used(self, row: tuple[int, ...]) -> tuple[int, ...]:
        """How much so many pods of each workload use of each amount."""
        if row not in self._known:
            self._known[row] = tuple(
                sum(map(mul, row, amount.requests)) for amount in self._all_amounts
            )
        return self._known[row]

    @cached_property
    def _most(self) -> list[list[tuple[int, list[int]]]]:
        """For each workload and each amount that it requests, the most that each node may use so
        that it takes one more pod."""
        return [
            [
                (at, [given - amount.requests[workload] for given in amount.allocatable])
                for at, amount in enumerate(self._all_amounts)
                if amount.requests[workload]
            ]
            for workload in range(len(self.workloads))
        ]

    @cached_property
    def _known(self) -> dict[tuple[int, ...], tuple[int, ...]]:
        return {}

    def refusal(
        self, there: Sequence[Sequence[int]], workload: int, node: int
    ) -> tuple[str, tuple[str, ...]] | None:
        """Why a node does not take one more pod, and the fields that decide it; None if it does."""
        template, given = self.workloads[workload].template, self.nodes[node]
        for row, reason in filters.refusals(template, given, 0):
            return reason, row.fields
        for amount, used in zip(self._all_amounts, self._used(tuple(there[node])), strict=True):
            request = amount.requests[workload]
            if request and used + request > amount.allocatable[node]:
                if amount.resource == PODS:
                    return f"full ({given.allocatable.get(PODS, 0)} pods)", ()
                fields = ("spec.template.spec.containers[*].resources.requests",)
                return f"insufficient {amount.resource}", fields
        if not self.is_near(there, workload, node):
            return self._far(workload, node), ("spec.template.spec.affinity",)
        for domains in self.domains:
            for near in sorted(domains.together[node]):
                for other, number in enumerate(there[near]):
                    if number and (workload, other) in domains.pairs:
                        return self._kept_off(domains.topology_key, other, near, node)
        return None

    def _far(self, workload: int, node: int) -> str:
        near = self.near[workload]
        assert near is not None
        lacking = [key for key in near.keys if not self.neighbourhoods[key][node]]
        if lacking:
            return f"missing required label {lacking[0]}"
        where = "" if near.keys == (filters.HOSTNAME,) else f" in the same {', '.join(near.keys)}"
        return f"no pod that the required pod affinity asks for{where or ' there'}"

    def _kept_off(self, key: str, other: int, near: int, node: int) -> tuple[str, tuple[str, ...]]:
        whose = self.workloads[other].subject
        if not key:
            return f"host port taken by a pod of {whose}", (
                "spec.template.spec.containers[*].ports",
            )
        where = "" if near == node else f" (on {self.nodes[near].name})"
        said = f"anti-affinity to a pod of {whose} in the same {key}{where}"
        return said, ("spec.template.spec.affinity",)

    @cached_property
    def _all_amounts(self) -> list[Amount]:
        return self.amounts(1 << 40)


def sharing(scenario: Scenario) -> Sharing:
    """The workloads of a scenario on its nodes, as they are without its own drains."""
    return Sharing(scenario.templates, filters.reopened(scenario).nodes, scenario.apart)


def at_first(scenario: Scenario) -> Sharing:
    """The deployed workloads of a scenario, none of whose pods terminates, and each of one
    revision."""
    workloads, nodes = scenario.deployed, scenario.nodes
    spread = []
    for workload in workloads:
        given = spreading.constraints(scenario, workload)
        rows = spreading.domains(workload.template, given, nodes)
        spread.append(
            tuple((row, spreading.counted(workload, row.constraint, workloads)) for row in rows)
        )
    return Sharing(workloads, nodes, scenario.apart, tuple(spread))
