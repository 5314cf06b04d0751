"""Which endpoints a Service has, and in which EndpointSlices.

What an endpoint says of itself is the same text on numbers and on expressions over the state; which
pods are alike in ports and labels is decided on concrete objects.

Source: endpointslice v0.36 `reconciler.go` (reconcileByAddressType), `utils.go` (podToEndpoint,
getEndpointPorts, FindPort, setEndpointSliceLabels), `util/controller_utils.go`
(ShouldPodBeInEndpoints); kubernetes v1.36.3
`pkg/controller/endpointslice/endpointslice_controller.go` (syncService).

Omits: slices that are there already, which are changed rather than made anew; topology hints;
Services without ipFamilies, which only old API servers have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from model.ir.expr import TRUE, Expr, Literalish, coerce, conj, disj

#: --max-endpoints-per-slice.
FULL = 100
IPV4, IPV6 = "IPv4", "IPv6"

_SERVICE_NAME = "kubernetes.io/service-name"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_HEADLESS = "service.kubernetes.io/headless"
_CONTROLLER = "endpointslice-controller.k8s.io"


class Conditions(NamedTuple):
    """What an endpoint says. kube-proxy sends to ready ones; where all terminate, to serving
    ones."""

    ready: Expr
    serving: Expr
    terminating: Expr


def listed(ended: Literalish, addressed: Literalish) -> Expr:
    """Whether a selected pod is an endpoint: it has an address, and has not ended."""
    return conj(addressed, ~coerce(ended))


def conditions(
    ready: Literalish, deleting: Literalish, publishes_unready: Literalish
) -> Conditions:
    """Of a pod by its condition Ready and whether it is being deleted, for a Service with
    publishNotReadyAddresses or not."""
    serving, going = coerce(ready), coerce(deleting)
    return Conditions(disj(publishes_unready, serving & ~going), serving, going)


class ServicePort(NamedTuple):
    """`target` is a number, or the name of a port of a container."""

    name: str
    target: int | str
    protocol: str = "TCP"
    app_protocol: str | None = None


class Port(NamedTuple):
    """A port of endpoints, and one that a container names."""

    name: str
    number: int
    protocol: str = "TCP"
    app_protocol: str | None = None


@dataclass(frozen=True)
class Service:
    """What the controller reads of a Service."""

    namespace: str
    name: str
    #: None for one whose endpoints somebody else writes.
    selector: Mapping[str, str] | None
    ports: tuple[ServicePort, ...] = ()
    #: ipFamilies.
    families: tuple[str, ...] = (IPV4,)
    #: clusterIP is None.
    headless: bool = False
    external: bool = False
    publishes_unready: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pod:
    namespace: str
    name: str
    labels: Mapping[str, str]
    #: Of all containers that run as long as the pod, sidecars last.
    ports: tuple[Port, ...] = ()
    addresses: tuple[str, ...] = ()
    ready: bool = False
    deleting: bool = False
    ended: bool = False
    node: str = ""
    hostname: str = ""
    subdomain: str = ""


@dataclass(frozen=True)
class Endpoint:
    pod: str
    addresses: tuple[str, ...]
    ready: bool
    serving: bool
    terminating: bool
    node: str = ""
    zone: str = ""
    hostname: str = ""


@dataclass(frozen=True)
class Slice:
    family: str
    labels: Mapping[str, str]
    ports: tuple[Port, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True)
class Sync:
    """The slices that a sync makes, and the pods that it leaves out as their nodes are unknown, in
    which case it is tried again."""

    slices: tuple[Slice, ...] = ()
    left_out: tuple[str, ...] = ()


def sync(service: Service, pods: Iterable[Pod], zones: Mapping[str, str]) -> Sync:
    """What one sync makes of a Service without any slices. `zones`: of each node that there is,
    empty for one in none."""
    if service.external or service.selector is None:
        return Sync()
    wanted = service.selector.items()
    mine = [
        pod
        for pod in pods
        if pod.namespace == service.namespace
        and all(pod.labels.get(key) == value for key, value in wanted)
        and listed(pod.ended, bool(pod.addresses)) is TRUE
    ]
    known = [pod for pod in mine if pod.node in zones or service.publishes_unready]
    slices = []
    for family in dict.fromkeys(service.families):
        slices += _of_family(service, family, known, zones)
    return Sync(tuple(slices), tuple(pod.name for pod in mine if pod not in known))


def _of_family(
    service: Service, family: str, pods: Sequence[Pod], zones: Mapping[str, str]
) -> list[Slice]:
    """A slice, or several if it is full, for each set of ports; at least one, without any."""
    by_ports: dict[tuple[Port, ...], list[Endpoint]] = {}
    for pod in pods:
        endpoint = _endpoint(service, pod, family, zones)
        if endpoint.addresses:
            by_ports.setdefault(_ports(service, pod), []).append(endpoint)
    labels = _labels(service)
    made = [
        Slice(family, labels, ports, tuple(found[start : start + FULL]))
        for ports, found in by_ports.items()
        for start in range(0, len(found), FULL)
    ]
    return made or [Slice(family, labels)]


def _endpoint(service: Service, pod: Pod, family: str, zones: Mapping[str, str]) -> Endpoint:
    told = conditions(pod.ready, pod.deleting, service.publishes_unready)
    named = pod.subdomain == service.name
    return Endpoint(
        pod.name,
        tuple(each for each in pod.addresses if _family(each) == family),
        told.ready is TRUE,
        told.serving is TRUE,
        told.terminating is TRUE,
        pod.node,
        zones.get(pod.node, ""),
        pod.hostname if named else "",
    )


def _family(address: str) -> Literal["IPv4", "IPv6"]:
    return "IPv6" if ":" in address else "IPv4"


def _ports(service: Service, pod: Pod) -> tuple[Port, ...]:
    """The Service's ports on a pod, without those whose name no container of it has."""
    found = []
    for port in service.ports:
        number = _number(port, pod)
        if number is not None:
            found.append(Port(port.name, number, port.protocol, port.app_protocol))
    return tuple(sorted(found, key=lambda each: each.name))


def _number(port: ServicePort, pod: Pod) -> int | None:
    if isinstance(port.target, int):
        return port.target
    wanted = port.target, port.protocol
    return next((e.number for e in pod.ports if (e.name, e.protocol) == wanted), None)


def _labels(service: Service) -> Mapping[str, str]:
    """Those of the Service, but for those that are the controller's own."""
    own = {_SERVICE_NAME: service.name, _MANAGED_BY: _CONTROLLER}
    copied = {k: v for k, v in service.labels.items() if k not in {*own, _HEADLESS}}
    return copied | ({_HEADLESS: ""} if service.headless else {}) | own
