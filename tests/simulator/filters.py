"""Which nodes may take a pod: the filters of the scheduler's default profile, and the kubelet's.

A filter is a function of the incoming pod, a node and the cluster; True lets the pod in. Pods are
manifests with `spec.nodeName`; a terminating one counts until it is gone.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/`: nodeunschedulable, nodename,
tainttoleration, nodeaffinity, nodeports, noderesources/fit.go, interpodaffinity/filtering.go,
podtopologyspread/filtering.go, schedulinggates; component-helpers v0.36 `resource/helpers.go`
(PodRequests); `pkg/kubelet/lifecycle/predicate.go` (generalFilter, removeMissingExtendedResources).

Omits: volumes, dynamic resources, namespaces other than the pod's own, preemption.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulator.objects import Manifest
from tests.simulator.quantities import amount
from tests.simulator.selectors import meets, node_term, selects, tolerated

HOSTNAME = "kubernetes.io/hostname"


@dataclass(frozen=True)
class Cluster:
    """What the scheduler sees: nodes, and the pods that have one."""

    nodes: Sequence[Manifest]
    pods: Sequence[Manifest]

    def on(self, name: str) -> list[Manifest]:
        return [pod for pod in self.pods if pod["spec"].get("nodeName") == name]


Filter = Callable[[Manifest, Manifest, Cluster], bool]


def labels_of(thing: Manifest) -> Mapping[str, str]:
    return thing["metadata"].get("labels") or {}


def tolerations_of(pod: Manifest) -> Sequence[Mapping[str, Any]]:
    return pod["spec"].get("tolerations") or ()


def taints_of(node: Manifest, *effects: str) -> list[Mapping[str, Any]]:
    return [t for t in node["spec"].get("taints") or () if t["effect"] in effects]


# -- one node by itself -----------------------------------------------------------------------
def node_unschedulable(pod: Manifest, node: Manifest, _: Cluster) -> bool:
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    return not node["spec"].get("unschedulable") or tolerated(tolerations_of(pod), taint)


def node_name(pod: Manifest, node: Manifest, _: Cluster) -> bool:
    wanted = pod["spec"].get("nodeName")
    return not wanted or bool(wanted == node["metadata"]["name"])


def taint_toleration(pod: Manifest, node: Manifest, _: Cluster) -> bool:
    return all(
        tolerated(tolerations_of(pod), taint)
        for taint in taints_of(node, "NoSchedule", "NoExecute")
    )


def node_affinity(pod: Manifest, node: Manifest, _: Cluster) -> bool:
    labels, name = labels_of(node), node["metadata"]["name"]
    selector = pod["spec"].get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(node_term(term, name, labels) for term in required["nodeSelectorTerms"])


def ports(pod: Manifest) -> list[tuple[str, str, int]]:
    """(host address, protocol, port) of each port of the node that a pod takes."""
    sidecars = [c for c in pod["spec"].get("initContainers") or () if _is_sidecar(c)]
    found = []
    for container in [*sidecars, *pod["spec"]["containers"]]:
        for port in container.get("ports") or ():
            on_host = pod["spec"].get("hostNetwork") and port.get("containerPort")
            number = port.get("hostPort") or on_host
            if number:
                address = port.get("hostIP") or "0.0.0.0"
                found.append((address, port.get("protocol") or "TCP", number))
    return found


def node_ports(pod: Manifest, node: Manifest, cluster: Cluster) -> bool:
    taken = [port for other in cluster.on(node["metadata"]["name"]) for port in ports(other)]
    return not any(
        mine[1:] == theirs[1:] and (mine[0] == theirs[0] or "0.0.0.0" in (mine[0], theirs[0]))
        for mine in ports(pod)
        for theirs in taken
    )


def _is_sidecar(container: Mapping[str, Any]) -> bool:
    return container.get("restartPolicy") == "Always"


def requests(pod: Manifest) -> dict[str, int]:
    """What a pod counts for: all containers together, or the init container that wants more."""

    def of(container: Mapping[str, Any]) -> Counter[str]:
        wanted = (container.get("resources") or {}).get("requests") or {}
        return Counter({name: amount(name, str(value)) for name, value in wanted.items()})

    def larger(one: Counter[str], other: Counter[str]) -> Counter[str]:
        return Counter({name: max(one[name], other[name]) for name in {*one, *other}})

    spec = pod["spec"]
    running, starting, most = Counter[str](), Counter[str](), Counter[str]()
    for container in spec["containers"]:
        running.update(of(container))
    for container in spec.get("initContainers") or ():
        if _is_sidecar(container):
            running.update(of(container))
            starting.update(of(container))
            most = larger(most, starting)
        else:
            alone = of(container)
            alone.update(starting)
            most = larger(most, alone)
    total = larger(running, most)
    for name, value in ((spec.get("resources") or {}).get("requests") or {}).items():
        if name in ("cpu", "memory") or name.startswith("hugepages-"):
            total[name] = amount(name, str(value))
    for name, value in (spec.get("overhead") or {}).items():
        total[name] += amount(name, str(value))
    return dict(total)


def node_resources_fit(pod: Manifest, node: Manifest, cluster: Cluster) -> bool:
    there = cluster.on(node["metadata"]["name"])
    allocatable = node["status"]["allocatable"]
    if len(there) + 1 > amount("pods", str(allocatable.get("pods", "0"))):
        return False
    used = Counter[str]()
    for other in there:
        used.update(requests(other))
    return all(
        want == 0 or want <= amount(name, str(allocatable.get(name, "0"))) - used[name]
        for name, want in requests(pod).items()
    )


# -- pods beside pods -------------------------------------------------------------------------
def _terms(pod: Manifest, kind: str) -> list[Mapping[str, Any]]:
    affinity = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return list(affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ())


def _matches(term: Mapping[str, Any], owner: Manifest, other: Manifest) -> bool:
    """Whether a term of `owner` selects another pod; matchLabelKeys take the owner's values."""
    labels = labels_of(other)
    for key in term.get("matchLabelKeys") or ():
        if key in labels_of(owner) and labels.get(key) != labels_of(owner)[key]:
            return False
    for key in term.get("mismatchLabelKeys") or ():
        if key in labels_of(owner) and labels.get(key) == labels_of(owner)[key]:
            return False
    names = term.get("namespaces") or ()
    if term.get("namespaceSelector") is None or names:
        own = names or (owner["metadata"].get("namespace", "default"),)
        if other["metadata"].get("namespace", "default") not in own:
            return False
    return selects(term.get("labelSelector"), labels)


def inter_pod_affinity(pod: Manifest, node: Manifest, cluster: Cluster) -> bool:
    labels = labels_of(node)
    places = {each["metadata"]["name"]: labels_of(each) for each in cluster.nodes}

    def near(other: Manifest, key: str) -> bool:
        there = places.get(other["spec"]["nodeName"], {})
        return key in labels and there.get(key) == labels[key]

    wanted = _terms(pod, "podAffinity")
    if any(term["topologyKey"] not in labels for term in wanted):
        return False
    # A pod counts for affinity only if all terms select it, and once for each.
    friends = [p for p in cluster.pods if all(_matches(term, pod, p) for term in wanted)]
    if not all(any(near(p, term["topologyKey"]) for p in friends) for term in wanted):
        keys = {term["topologyKey"] for term in wanted}
        somewhere = any(keys & places.get(p["spec"]["nodeName"], {}).keys() for p in friends)
        if somewhere or not all(_matches(term, pod, pod) for term in wanted):
            return False
    for term in _terms(pod, "podAntiAffinity"):
        if any(_matches(term, pod, p) and near(p, term["topologyKey"]) for p in cluster.pods):
            return False
    return not any(
        _matches(term, other, pod) and near(other, term["topologyKey"])
        for other in cluster.pods
        for term in _terms(other, "podAntiAffinity")
    )


def pod_topology_spread(pod: Manifest, node: Manifest, cluster: Cluster) -> bool:
    hard = [
        c
        for c in pod["spec"].get("topologySpreadConstraints") or ()
        if c["whenUnsatisfiable"] == "DoNotSchedule"
    ]
    keys = [c["topologyKey"] for c in hard]
    if any(key not in labels_of(node) for key in keys):
        return False
    for constraint in hard:
        key = constraint["topologyKey"]
        counts: Counter[str] = Counter()
        for each in cluster.nodes:
            if any(k not in labels_of(each) for k in keys):
                continue
            affinity_counts = constraint.get("nodeAffinityPolicy", "Honor") == "Honor"
            taints_count = constraint.get("nodeTaintsPolicy", "Ignore") == "Honor"
            if affinity_counts and not node_affinity(pod, each, cluster):
                continue
            if taints_count and not taint_toleration(pod, each, cluster):
                continue
            here = [p for p in cluster.on(each["metadata"]["name"]) if _spread(constraint, pod, p)]
            counts[labels_of(each)[key]] += len(here)
        least = min(counts.values(), default=2**31)
        if len(counts) < (constraint.get("minDomains") or 1):
            least = 0
        itself = int(_selected(constraint, pod, pod))
        if counts[labels_of(node)[key]] + itself - least > constraint["maxSkew"]:
            return False
    return True


def _selected(constraint: Mapping[str, Any], pod: Manifest, other: Manifest) -> bool:
    labels, own = labels_of(other), labels_of(pod)
    keys = constraint.get("matchLabelKeys") or ()
    if any(key in own and labels.get(key) != own[key] for key in keys):
        return False
    return selects(constraint.get("labelSelector"), labels)


def _spread(constraint: Mapping[str, Any], pod: Manifest, other: Manifest) -> bool:
    selector = constraint.get("labelSelector") or {}
    empty = not any(selector.values()) and not constraint.get("matchLabelKeys")
    gone = other["metadata"].get("deletionTimestamp") is not None
    spaces = [p["metadata"].get("namespace", "default") for p in (pod, other)]
    return not empty and not gone and spaces[0] == spaces[1] and _selected(constraint, pod, other)


FILTERS: dict[str, Filter] = {
    "NodeUnschedulable": node_unschedulable,
    "NodeName": node_name,
    "TaintToleration": taint_toleration,
    "NodeAffinity": node_affinity,
    "NodePorts": node_ports,
    "NodeResourcesFit": node_resources_fit,
    "PodTopologySpread": pod_topology_spread,
    "InterPodAffinity": inter_pod_affinity,
}


def feasible(pod: Manifest, cluster: Cluster) -> list[str]:
    """The nodes that all filters let the pod on; which of them wins is left open."""
    if pod["spec"].get("schedulingGates"):
        return []
    if pod["spec"].get("schedulerName", "default-scheduler") != "default-scheduler":
        return []
    return [
        node["metadata"]["name"]
        for node in cluster.nodes
        if all(check(pod, node, cluster) for check in FILTERS.values())
    ]


def admits(pod: Manifest, node: Manifest, cluster: Cluster) -> bool:
    """Whether the kubelet of the pod's node lets it in."""
    operating = labels_of(node).get("kubernetes.io/os")
    wanted = (pod["spec"].get("nodeSelector") or {}).get("kubernetes.io/os")
    if operating is not None and wanted is not None and operating != wanted:
        return False
    known = {**node["status"]["allocatable"]}
    for name in requests(pod):
        if "/" in name and not name.startswith("kubernetes.io/"):
            known.setdefault(name, str(10**18))
    there = {**node, "status": {"allocatable": known}}
    return all(
        check(pod, there, cluster)
        for check in (node_resources_fit, node_affinity, node_name, node_ports)
    ) and all(tolerated(tolerations_of(pod), t) for t in taints_of(node, "NoExecute"))


__all__ = ["FILTERS", "HOSTNAME", "Cluster", "admits", "feasible", "meets", "requests"]
