"""Properties of Services: that requests are answered."""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import Cluster
from model.apiserver.routing import Routing, selections
from model.ir.expr import Expr, conj
from model.ir.quantifier import exists
from model.ir.system import Property


def service_always_answers(name: str, text: str, cluster: Cluster) -> Property:
    """Unless an involuntary fault has struck, requests to each Service may be sent to a pod that
    takes them."""
    answered = conj(*(answers(cluster, selects) for selects in selections(cluster)))
    return Property(
        name,
        "always",
        cluster.disturbed | answered,
        witness=_leaves(cluster, _routing(cluster)),
        text=text,
        occasion="a pod to which requests are sent is deleted",
    )


def answers(cluster: Cluster, selects: Callable[[Expr], Expr]) -> Expr:
    """Whether requests to a Service may be sent to a pod that takes them."""
    routing = _routing(cluster)
    return exists(cluster.Pod, lambda p: routing.is_sent(selects, p) & routing.answers(cluster, p))


def no_traffic_to_stopped(name: str, text: str, cluster: Cluster) -> Property:
    """Unless an involuntary fault has struck, no request is sent to a pod that has been told to
    stop, or that is gone."""
    routing = _routing(cluster)
    return Property(
        name,
        "always",
        cluster.disturbed | (~routing.cut() & ~exists(cluster.Pod, lambda p: void(cluster, p))),
        witness=_leaves(cluster, routing),
        text=text,
        occasion="a pod to which requests are sent is deleted",
    )


def void(cluster: Cluster, pod: Expr) -> Expr:
    """Whether requests are sent to a pod that is being deleted and takes none."""
    routing = _routing(cluster)
    going = cluster.phase[pod].is_in("Terminating")
    return going & routing.is_routed(cluster, pod) & ~routing.lingers[pod]


def _leaves(cluster: Cluster, routing: Routing) -> Expr:
    return routing.cut() | exists(
        cluster.Pod,
        lambda p: cluster.phase[p].is_in("Terminating") & routing.is_routed(cluster, p),
    )


def _routing(cluster: Cluster) -> Routing:
    assert cluster.routing is not None
    return cluster.routing
