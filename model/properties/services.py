"""Properties of Services: that requests are answered."""

from __future__ import annotations

from model.apiserver.objects import Cluster
from model.apiserver.routing import Routing, Selection, selections, served
from model.ir.expr import Expr, conj
from model.ir.quantifier import exists
from model.ir.system import Property
from model.properties.promises import promised
from model.properties.safety import rolling

AT_ONCE = (
    "the rules of Services follow their pods at once; who asks by name for service-always-answers "
    "and no-traffic-to-stopped has rules that lag, and preStop hooks"
)
_DELETED = "a pod to which requests are sent is deleted"


def service_always_answers(name: str, text: str, cluster: Cluster) -> Property:
    """Unless an involuntary fault has struck, requests to each Service may be sent to a pod that
    takes them; where nobody asks by name, each Service selects a ready pod."""
    answered = conj(*(answers(cluster, each) for each in asked(cluster)))
    if cluster.routing is None:
        cluster.builder.assumptions.append(AT_ONCE)
        begun, occasion = _disrupted(cluster), "the template is changed, or a node is cordoned"
    else:
        begun, occasion = _leaves(cluster, cluster.routing), _DELETED
    return Property(
        name,
        "always",
        cluster.disturbed | answered,
        witness=begun,
        text=text,
        occasion=occasion,
    )


def asked(cluster: Cluster) -> tuple[Selection, ...]:
    """The Services that have to be answered."""
    scenario = cluster.scenario
    services = promised(scenario) if cluster.routing is None else served(scenario)
    return selections(cluster, services)


def answers(cluster: Cluster, service: Selection) -> Expr:
    """Whether requests to a Service may be sent to a pod that takes them."""
    routing, selects = cluster.routing, service.selects
    if routing is None:
        return exists(cluster.Pod, lambda p: cluster.is_ready(p) & selects(p))
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
        occasion=_DELETED,
    )


def void(cluster: Cluster, pod: Expr) -> Expr:
    """Whether requests are sent to a pod that is being deleted and takes none."""
    routing = _routing(cluster)
    going = cluster.phase[pod].is_in("Terminating")
    return going & routing.is_routed(cluster, pod) & ~routing.lingers[pod]


def _disrupted(cluster: Cluster) -> Expr:
    return rolling(cluster) | exists(cluster.Node, cluster.cordoned)


def _leaves(cluster: Cluster, routing: Routing) -> Expr:
    return routing.cut() | exists(
        cluster.Pod,
        lambda p: cluster.phase[p].is_in("Terminating") & routing.is_routed(cluster, p),
    )


def _routing(cluster: Cluster) -> Routing:
    assert cluster.routing is not None
    return cluster.routing
