"""Where requests to a Service go: what the rules on nodes have of its pods, and which pods answer.

EndpointSlices follow pods, and kube-proxy's rules follow EndpointSlices, each some time later. That
is one lag here: the rules of a node show the pods as they were at some time, and never go back. A
pod that is told to stop takes no more requests; whoever still has it in the rules sends them into
the void.

Only modelled where somebody asks for a property of it by name, see `routed`. Elsewhere the rules
are taken to show the pods as they are.

Source: kubernetes v1.36.3 `pkg/proxy/topology.go` (CategorizeEndpoints: where no endpoint is ready,
those that serve while they terminate), `pkg/kubelet/kuberuntime/kuberuntime_container.go`
(killContainer: the preStop hook, then the signal, within the grace period).
`model.network.endpoints` has what an endpoint says.

Omits: the rules of nodes that differ from each other at one time (a request meets those of one
node), session affinity, traffic policies `Local`, headless Services and those with
publishNotReadyAddresses (`model.network.omitted`), programs that go on taking requests after the
signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.ir.builder import Builder
from model.ir.expr import Expr, constant, disj, ite
from model.ir.quantifier import exists
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, EnumType, Sort

if TYPE_CHECKING:
    from model.api.service import Service
    from model.apiserver.objects import Cluster
    from model.scenario import Scenario

RULE = EnumType("Rule", ("None", "Ready", "Terminating"))
NO_RULE, TO_READY, TO_TERMINATING = (constant(RULE, name) for name in RULE.values)

#: The properties that ask for it.
ANSWERS, STOPPED = "service-always-answers", "no-traffic-to-stopped"

#: What a trace says when a pod goes with its containers while requests are sent to it.
CUT = "a pod is gone at once while the rules still send to it"


def served(scenario: Scenario) -> tuple[Service, ...]:
    """The Services whose requests may go to the workload's pods, before a rollout or after it; only
    those that are followed, if there are any."""
    found = tuple(
        each
        for each in scenario.services
        if any(each.routes_to(version) for version in scenario.versions)
    )
    return tuple(each for each in found if each.followed) or found


def routed(scenario: Scenario) -> bool:
    """Whether requests are modelled: a Service has such pods, and a property of it is asked for."""
    return bool(served(scenario) and {ANSWERS, STOPPED} & set(scenario.properties or ()))


@dataclass(frozen=True)
class Selection:
    """A Service, or several that select the same pods."""

    service: Service
    #: Whether it selects a pod.
    selects: Callable[[Expr], Expr]


def selections(cluster: Cluster, services: Sequence[Service]) -> tuple[Selection, ...]:
    """What each of some Services selects of the pods. Those that select the same are one."""
    found: dict[tuple[bool, ...], Service] = {}
    for each in services:
        found.setdefault(tuple(each.routes_to(w) for w in cluster.workloads), each)

    def selection(number: int, service: Service) -> Selection:
        chosen = cluster.each(
            f"served by {number}", BOOL, lambda each: int(service.routes_to(each))
        )
        return Selection(service, lambda pod: chosen(cluster.owner[pod]))

    return tuple(selection(number, each) for number, each in enumerate(found.values()))


@dataclass(frozen=True)
class Routing:
    """The state functions: of the rules, and of pods that are being deleted."""

    Pod: Sort
    #: [pod]: what the rules have of it.
    rule: StateFunction
    #: [pod]: whether it takes requests although it is being deleted.
    lingers: StateFunction
    #: (): whether a pod was cut off from requests that were still sent to it, as it went at once.
    cut: StateFunction

    def is_routed(self, cluster: Cluster, pod: Expr) -> Expr:
        """Whether requests to some Service may be sent to a pod."""
        found = selections(cluster, served(cluster.scenario))
        return disj(*(self.is_sent(each.selects, pod) for each in found))

    def is_sent(self, selects: Callable[[Expr], Expr], pod: Expr) -> Expr:
        """Whether requests to a Service may be sent to a pod; `selects`: see `Selection`."""
        none_ready = ~exists(self.Pod, lambda q: (self.rule[q] == TO_READY) & selects(q))
        fallback = (self.rule[pod] == TO_TERMINATING) & none_ready
        return ((self.rule[pod] == TO_READY) | fallback) & selects(pod)

    def takes_requests(self, cluster: Cluster, pod: Expr) -> Expr:
        """Whether a pod that a Service of the workload selects is ready and not being deleted."""
        services = served(cluster.scenario)
        selected = cluster.each(
            "served", BOOL, lambda each: int(any(s.routes_to(each) for s in services))
        )
        return cluster.is_ready(pod) & selected(cluster.owner[pod])

    def answers(self, cluster: Cluster, pod: Expr) -> Expr:
        """Whether a pod takes requests, be it that it is being deleted."""
        return self.takes_requests(cluster, pod) | self.lingers[pod]

    def as_it_is(self, cluster: Cluster, pod: Expr) -> Expr:
        """What rules that are up to date have of a pod."""
        going = ite(self.lingers[pod], TO_TERMINATING, NO_RULE)
        return ite(self.takes_requests(cluster, pod), TO_READY, going)

    def deleted(self, cluster: Cluster, pod: Expr, gone: Expr) -> list[Update]:
        """What a DELETE request does besides; `gone`: whether the pod is gone at once."""
        ready = self.takes_requests(cluster, pod)
        return [
            assign(self.lingers[pod], True, where=ready & ~gone),
            assign(self.cut(), True, where=ready & gone & self.is_routed(cluster, pod)),
        ]

    def cut_off(self, cluster: Cluster, pod: Expr) -> list[Update]:
        """What it is that a pod is gone at once, whose node nobody waits for."""
        lost = self.answers(cluster, pod) & self.is_routed(cluster, pod)
        return [assign(self.cut(), True, where=lost)]

    def stops(self, pod: Expr) -> list[Update]:
        """That a pod takes no more requests."""
        return [assign(self.lingers[pod], False)]

    def vacated(self, pod: Expr) -> list[Update]:
        """What becomes of the place of a pod that is gone: the next one has another address."""
        return [assign(self.rule[pod], NO_RULE), assign(self.lingers[pod], False)]


def routing(scenario: Scenario, builder: Builder, Pod: Sort) -> Routing | None:
    """The state of a system in which requests are modelled; None elsewhere."""
    if not routed(scenario):
        return None
    return Routing(
        Pod,
        builder.function("rule", (Pod,), RULE, 0, "kube-proxy's rule for Pod/{0}"),
        builder.function("lingers", (Pod,), BOOL, 0, "Pod/{0} takes requests while it terminates"),
        builder.function("requestsCut", (), BOOL, 0, CUT),
    )
