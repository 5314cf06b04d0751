"""kube-proxy: brings its rules up to date, some time after pods have changed.

Source: kubernetes v1.36.3 `pkg/proxy/iptables/proxier.go` (syncProxyRules), and what
`model.apiserver.routing` cites.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.apiserver.objects import AVAILABLE, READY, Cluster
from model.apiserver.routing import NO_RULE, TO_READY, served
from model.ir.expr import FALSE, Expr, ite, variable
from model.ir.quantifier import exists
from model.ir.system import StateFunction, assign
from model.mutation import Mutation

NAME = "kube-proxy"

NEW_PODS_MISSED = Mutation("new-pods-missed", "kube-proxy makes no rules for pods that are new")

OMISSIONS = (
    "requests to Services: session affinity, traffic policies Local, headless Services and those "
    "with publishNotReadyAddresses; rules that differ between nodes at one time",
    "programs that take requests after they were told to stop, or refuse them during a hook",
)


def add(cluster: Cluster) -> None:
    """Adds that rules follow, where requests are modelled; they begin up to date."""
    builder, routing = cluster.builder, cluster.routing
    if routing is None:
        return
    builder.omit(*OMISSIONS)
    builder.starts[:] = [
        {**start, routing.rule: _begun(cluster, start)} for start in builder.starts
    ]
    q = variable("other", cluster.Pod)

    def now(p: Expr) -> Expr:
        missed = FALSE
        if cluster.mutated(NEW_PODS_MISSED):
            missed = routing.rule[p] == NO_RULE
        return ite(missed, NO_RULE, routing.as_it_is(cluster, p))

    behind = exists(cluster.Pod, lambda p: routing.rule[p] != now(p))
    builder.action(
        "update rules",
        NAME,
        (),
        behind,
        [assign(routing.rule[q], now(q), q)],
        fairness="weak",
        text="bring the rules of Services up to date",
        why="the pods of a Service are others than its rules say",
    )


def _begun(cluster: Cluster, start: Mapping[StateFunction, tuple[int, ...]]) -> tuple[int, ...]:
    """The rules in a state in which a run begins."""
    services = served(cluster.scenario)
    chosen = [any(each.routes_to(workload) for each in services) for workload in cluster.workloads]
    ready = {READY.payload, AVAILABLE.payload}
    return tuple(
        TO_READY.payload if phase in ready and chosen[owner] else NO_RULE.payload
        for phase, owner in zip(start[cluster.phase], start[cluster.owner], strict=True)
    )
