"""What an object counts for in ResourceQuotas.

Source: kubernetes v1.36.3 `pkg/quota/v1/evaluator/core/pods.go`, `services.go`,
`persistent_volume_claims.go`, `registry.go`; apiserver v0.36 `pkg/quota/v1/generic/evaluator.go`
(objectCountEvaluator); `pkg/apis/core/v1/helper/qos/qos.go` (ComputePodQOS).

Omits: resource claims; containers that are resized, which count by their status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from model.api import quantity
from model.api.amounts import Amounts, Container, pod_requests
from model.api.resources import COMPUTE, is_huge_page, is_native

ONE = quantity.NANOS
PODS, SERVICES, CLAIMS = "pods", "services", "persistentvolumeclaims"
TERMINATING, NOT_TERMINATING = "Terminating", "NotTerminating"
BEST_EFFORT, NOT_BEST_EFFORT = "BestEffort", "NotBestEffort"
CROSS_NAMESPACE, PRIORITY = "CrossNamespacePodAffinity", "PriorityClass"
VOLUME_ATTRIBUTES = "VolumeAttributesClass"

_CLASS = ".storageclass.storage.k8s.io/"
_STORAGE = "requests.storage"
#: What a device class is asked for by.
_DEVICES = "deviceclass.resource.kubernetes.io/"
#: Resources that a container must name where a quota of its pod limits them.
_DEMANDED = {
    "cpu": "requests",
    "memory": "requests",
    "requests.cpu": "requests",
    "requests.memory": "requests",
    "limits.cpu": "limits",
    "limits.memory": "limits",
}
_OF_PODS = frozenset(
    (
        PODS,
        f"count/{PODS}",
        *COMPUTE,
        *(f"{kind}.{name}" for kind in ("requests", "limits") for name in COMPUTE),
    )
)
_OF_SERVICES = frozenset(
    (SERVICES, f"count/{SERVICES}", "services.nodeports", "services.loadbalancers")
)
#: Kinds that quotas could count before they counted every kind.
_COUNTED = frozenset(("configmaps", "resourcequotas", "replicationcontrollers", "secrets"))


@dataclass(frozen=True)
class Item:
    """An object as quotas see it."""

    #: Its resource and group: `pods`, `deployments.apps`.
    kind: str
    #: Nanos of each resource of quotas.
    usage: Mapping[str, int]
    #: Scopes that it is in, whatever their operator.
    scopes: frozenset[str] = frozenset()
    #: Names of classes by the scope that is about them, where it has any.
    classes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Resources that a quota must not limit, since some container does not name them.
    unnamed: frozenset[str] = frozenset()


def tracks(kind: str, resource: str) -> bool:
    """Whether a quota of a resource is about objects of a kind."""
    if kind == PODS:
        huge = resource.removeprefix("requests.").startswith("hugepages-")
        return resource in _OF_PODS or huge or _is_extended(resource)
    if kind == SERVICES:
        return resource in _OF_SERVICES
    if kind == CLAIMS:
        ends = (_CLASS + CLAIMS, _CLASS + _STORAGE)
        return resource in (CLAIMS, f"count/{CLAIMS}", _STORAGE) or resource.endswith(ends)
    return resource == f"count/{kind}" or (kind in _COUNTED and resource == kind)


def _is_extended(resource: str) -> bool:
    """Whether a quota's resource is one of somebody else's, or a device class."""
    asked = resource.removeprefix("requests.")
    return asked != resource and (not is_native(resource) or asked.startswith(_DEVICES))


def counted(kind: str) -> Item:
    """An object of a kind that quotas only count."""
    names = [f"count/{kind}", *([kind] if kind in _COUNTED else [])]
    return Item(kind, dict.fromkeys(names, ONE))


@dataclass(frozen=True)
class Resources:
    """Requests and limits of a container or pod, in nanos, defaults filled in."""

    requests: Amounts = field(default_factory=dict)
    limits: Amounts = field(default_factory=dict)
    sidecar: bool = False


@dataclass(frozen=True)
class Pod:
    """What quotas read of a pod."""

    containers: Sequence[Resources]
    init_containers: Sequence[Resources] = ()
    #: `spec.resources`, None where there is none.
    whole: Resources | None = None
    overhead: Amounts = field(default_factory=dict)
    #: Whether it has activeDeadlineSeconds.
    limited: bool = False
    priority_class: str = ""
    #: Whether a term of its pod affinity names namespaces, or selects them.
    cross_namespace: bool = False
    #: Whether it has ended, or its grace period has passed twice since its deletion was asked for.
    gone: bool = False

    @property
    def item(self) -> Item:
        scopes = {
            TERMINATING if self.limited else NOT_TERMINATING,
            BEST_EFFORT if self._best_effort else NOT_BEST_EFFORT,
            *((CROSS_NAMESPACE,) if self.cross_namespace else ()),
        }
        classes = {PRIORITY: frozenset((self.priority_class,))} if self.priority_class else {}
        return Item(PODS, self._usage, frozenset(scopes), classes, self._unnamed)

    @property
    def _usage(self) -> Mapping[str, int]:
        """Only the number of objects counts what is gone."""
        one = {f"count/{PODS}": ONE}
        if self.gone:
            return one
        return one | {PODS: ONE} | _compute(self._together("requests"), self._together("limits"))

    def _together(self, kind: str) -> Amounts:
        found = pod_requests(
            [Container(getattr(each, kind), each.sidecar) for each in self.containers],
            [Container(getattr(each, kind), each.sidecar) for each in self.init_containers],
            {n: a for n, a in getattr(self.whole, kind, {}).items() if _is_pod_level(n)},
            self.overhead if kind == "requests" else {},
        )
        if kind == "limits":
            # Overhead is on top of limits that there are.
            for name, nanos in self.overhead.items():
                found |= {name: found[name] + nanos} if found.get(name) else {}
        return found

    @property
    def _best_effort(self) -> bool:
        """Whether nothing asks for cpu or memory."""
        every = [*self.containers, *self.init_containers] if self.whole is None else [self.whole]
        amounts = [amounts for each in every for amounts in (each.requests, each.limits)]
        return not any(some.get(name) for some in amounts for name in ("cpu", "memory"))

    @property
    def _unnamed(self) -> frozenset[str]:
        whole = self.whole
        if whole is not None and any(map(_is_pod_level, (*whole.requests, *whole.limits))):
            return frozenset()
        return frozenset(
            name
            for name, kind in _DEMANDED.items()
            for each in (*self.containers, *self.init_containers)
            if name.rpartition(".")[2] not in getattr(each, kind)
        )


def _is_pod_level(name: str) -> bool:
    return name in ("cpu", "memory") or is_huge_page(name)


def _compute(requests: Mapping[str, int], limits: Mapping[str, int]) -> Amounts:
    found: Amounts = {}
    for name, nanos in requests.items():
        if name in COMPUTE or is_huge_page(name):
            found |= {name: nanos, f"requests.{name}": nanos}
        elif not is_native(name) or name.startswith(_DEVICES):
            found[f"requests.{name}"] = nanos
    return found | {f"limits.{name}": limits[name] for name in COMPUTE if name in limits}


def service(type_: str, ports: int, node_ports: int, *, allocates: bool = True) -> Item:
    """A Service by its type, how many ports it has and how many of them say which port of nodes
    they want, and allocateLoadBalancerNodePorts."""
    balanced = type_ == "LoadBalancer"
    on_nodes = node_ports if balanced and not allocates else ports
    if not balanced and type_ != "NodePort":
        on_nodes = 0
    usage = {
        SERVICES: ONE,
        f"count/{SERVICES}": ONE,
        "services.nodeports": on_nodes * ONE,
        "services.loadbalancers": balanced * ONE,
    }
    return Item(SERVICES, usage)


def claim(
    storage: int | None,
    storage_class: str = "",
    allocated: int | None = None,
    attributes: frozenset[str] = frozenset(),
) -> Item:
    """A PersistentVolumeClaim by the nanos that it requests and has been given, its class and its
    VolumeAttributesClasses, those asked for and those it has."""
    usage = {CLAIMS: ONE, f"count/{CLAIMS}": ONE}
    amounts: list[tuple[str, int]] = [(CLAIMS, ONE)]
    if storage is not None:
        bytes_ = quantity.ceil(max(storage, allocated or 0), ONE) * ONE
        amounts.append((_STORAGE, bytes_))
        usage[_STORAGE] = bytes_
    if storage_class:
        usage |= {f"{storage_class}{_CLASS}{name}": amount for name, amount in amounts}
    return Item(CLAIMS, usage, classes={VOLUME_ATTRIBUTES: attributes} if attributes else {})


#: Whether an object with classes of these names, maybe none, is in a scope about classes.
_BY_CLASS: Mapping[str, Callable[[frozenset[str], frozenset[str]], bool]] = {
    "In": lambda names, values: bool(names & values),
    "NotIn": lambda names, values: not names or bool(names - values),
    "Exists": lambda names, _: bool(names),
    "DoesNotExist": lambda names, _: not names,
}


def is_in(item: Item, scope: str, operator: str, values: frozenset[str]) -> bool:
    """Whether an object is in a scope. Kinds to which a scope is nothing are in none."""
    if scope == {PODS: PRIORITY, CLAIMS: VOLUME_ATTRIBUTES}.get(item.kind):
        return _BY_CLASS[operator](item.classes.get(scope, frozenset()), values)
    return scope in item.scopes
