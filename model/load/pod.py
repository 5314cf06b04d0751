"""Pod templates: the part of a pod that the model reads, defaulted and validated.

Source: kubernetes 1.36 `pkg/apis/core/v1/defaults.go`.

Omits: what does not bear on placement or rollout (volumes' own fields, security contexts,
environment, lifecycle hooks); `model.load.validation` has the rules for these and all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.api.pod import PodTemplate, Toleration
from model.api.source import Source
from model.load import affinity, labels, resources
from model.load.diagnostics import Report
from model.load.spread import hard_spread
from model.load.tree import (
    Mapping,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    items_of,
    mappings_of,
    texts_of,
)
from model.load.wishes import read_wishes

#: Fields of the pod's own spec whose places are kept.
_PLACED = (
    "nodeSelector",
    "nodeName",
    "affinity",
    "tolerations",
    "hostNetwork",
    "terminationGracePeriodSeconds",
    "topologySpreadConstraints",
    "overhead",
    "resources",
    "schedulingGates",
)


def read_template(
    tree: Mapping, namespace: str, report: Report, root: str = "spec.template."
) -> PodTemplate:
    """The template under `spec.template` of a workload, or a pod; `tree` is that mapping, and the
    paths of its fields begin with `root`."""
    own = labels.read_labels(
        as_mapping(tree.at("metadata", "labels")), f"{root}metadata.labels", report
    )
    path, spec = f"{root}spec", as_mapping(tree.at("spec"))
    if spec is None:
        report.error("P104", f"`{path}` is required", tree.place("spec"))
        return PodTemplate(labels=own)
    if not items_of(spec.at("containers")):
        message = f"`{path}.containers` needs at least one"
        report.error("P104", message, spec.place("containers"))
    node_affinity = affinity.read_node_affinity(spec, path, report)
    anti_affinity = affinity.read_anti_affinity(spec, own, namespace, report)
    grace = as_int(spec.at("terminationGracePeriodSeconds"))
    if grace is not None and grace < 0:
        grace = 1  # so does the API server when a pod is created
    selector_path = f"{path}.nodeSelector"
    requests = resources.read_pod_requests(spec, path, report)
    return PodTemplate(
        labels=own,
        images=tuple(as_text(c.at("image")) for _, c in mappings_of(spec.at("containers"))),
        requests=requests.asked,
        scored_requests=requests.scored,
        arriving_requests=requests.arriving,
        node_selector=labels.read_labels(
            as_mapping(spec.at("nodeSelector")), selector_path, report
        ),
        node_affinity=node_affinity,
        tolerations=_tolerations(spec),
        node_name=as_text(spec.at("nodeName")),
        gates=tuple(
            as_text(gate.at("name")) for _, gate in mappings_of(spec.at("schedulingGates"))
        ),
        host_ports=_host_ports(spec),
        anti_affinity=anti_affinity,
        near=affinity.read_near(spec, own, namespace, path),
        spread=hard_spread(spec, own, path, report),
        has_readiness_probe=any(
            c.at("readinessProbe") is not None for _, c in mappings_of(spec.at("containers"))
        ),
        termination_grace_seconds=30 if grace is None else grace,
        pre_stop_seconds=_pre_stop(spec),
        port_names=_port_names(spec),
        ends=(as_text(spec.at("restartPolicy")) or "Always") != "Always",
        wishes=read_wishes(spec, own, namespace, path),
        fields=_places(tree, spec, root),
    )


def _pre_stop(spec: Mapping) -> int | None:
    """See `PodTemplate.pre_stop_seconds`."""
    containers = [container for _, container in mappings_of(spec.at("containers"))]
    open_ = [container for container in containers if items_of(container.at("ports"))]
    slept = [_sleeps(container) for container in open_ or containers]
    if 0 in slept or not slept:
        return 0
    known = [seconds for seconds in slept if seconds is not None]
    return min(known) if len(known) == len(slept) else None


def _sleeps(container: Mapping) -> int | None:
    """For how many seconds a container's preStop hook sleeps; None if it does something else."""
    hook = as_mapping(container.at("lifecycle", "preStop"))
    if hook is None:
        return 0
    seconds = as_int(hook.at("sleep", "seconds"))
    if seconds is not None:
        return seconds
    words = [as_text(word) for word in items_of(hook.at("exec", "command"))]
    if len(words) == 3 and words[0].endswith("sh") and words[1] == "-c":
        words = words[2].split()
    sleeps = len(words) == 2 and words[0].rpartition("/")[2] == "sleep" and words[1].isdigit()
    return int(words[1]) if sleeps else None


def _port_names(spec: Mapping) -> tuple[tuple[str, str], ...]:
    """See `PodTemplate.port_names`."""
    found = {
        (as_text(port.at("name")), as_text(port.at("protocol")) or "TCP")
        for container in _lasting(spec)
        for _, port in mappings_of(container.at("ports"))
    }
    return tuple(sorted(each for each in found if each[0]))


def _lasting(spec: Mapping) -> Iterator[Mapping]:
    """The containers that run as long as the pod: sidecars, and those that are no init
    containers."""
    for field in ("initContainers", "containers"):
        for _, container in mappings_of(spec.at(field)):
            if field == "containers" or as_text(container.at("restartPolicy")) == "Always":
                yield container


def _host_ports(spec: Mapping) -> tuple[tuple[str, str, int], ...]:
    """(hostIP, protocol, hostPort) of every port that takes one of the node's."""
    on_host = as_bool(spec.at("hostNetwork"))
    found: list[tuple[str, str, int]] = []
    for container in _lasting(spec):
        for _, port in mappings_of(container.at("ports")):
            inside = as_int(port.at("containerPort")) or 0
            outside = as_int(port.at("hostPort")) or (inside if on_host else 0)
            protocol = as_text(port.at("protocol")) or "TCP"
            if outside:
                found.append((as_text(port.at("hostIP")), protocol, outside))
    return tuple(found)


def _tolerations(spec: Mapping) -> tuple[Toleration, ...]:
    return tuple(
        Toleration(
            as_text(tree.at("key")),
            as_text(tree.at("operator")) or "Equal",  # type: ignore[arg-type]
            as_text(tree.at("value")),
            as_text(tree.at("effect")),
            as_int(tree.at("tolerationSeconds")),
        )
        for _, tree in mappings_of(spec.at("tolerations"))
    )


#: Fields of containers that a verdict may point at.
_OF_CONTAINERS = (
    "image",
    "resources",
    "readinessProbe",
    "ports",
    "restartPolicy",
    "lifecycle",
)


def _places(tree: Mapping, spec: Mapping, root: str) -> dict[str, Source]:
    """The places of the template's fields that a verdict may point at."""
    found: dict[str, Source] = {}
    for field in _PLACED:
        if spec.at(field) is not None:
            found[f"{root}spec.{field}"] = spec.place(field)
    for key in texts_of(spec.at("nodeSelector")):
        found[f"{root}spec.nodeSelector.{key}"] = spec.place("nodeSelector", key)
    if tree.at("metadata", "labels") is not None:
        found[f"{root}metadata.labels"] = tree.place("metadata", "labels")
    for group in ("initContainers", "containers"):
        for index, container in mappings_of(spec.at(group)):
            base = f"{root}spec.{group}[{index}]"
            found[base] = container.source
            for field in _OF_CONTAINERS:
                if container.at(field) is not None:
                    found[f"{base}.{field}"] = container.place(field)
            for kind in ("requests", "limits"):
                amounts = as_mapping(container.at("resources", kind))
                for name in amounts.keys if amounts is not None else ():
                    place = container.place("resources", kind, name)
                    found[f"{base}.resources.{kind}.{name}"] = place
            for number, port in mappings_of(container.at("ports")):
                if port.at("hostPort") is not None:
                    found[f"{base}.ports[{number}].hostPort"] = port.place("hostPort")
    return found
