"""Pod templates: the part of a pod that the model reads, defaulted and validated.

Source: kubernetes 1.36 `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation/validation.go`
(validateContainerPorts, AccumulateUniqueHostPorts, validatePodHostNetworkDeps).

Omits: what does not bear on placement or rollout (volumes' own fields, security contexts,
environment, lifecycle hooks); `model.load.validation` has the rules for these and all the rest.
"""

from __future__ import annotations

from model.load import affinity, labels, resources
from model.load.diagnostics import Report
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
from model.scenario import PodTemplate, Source, Toleration

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
)


def read_template(tree: Mapping, namespace: str, report: Report) -> PodTemplate:
    """The template under `spec.template` of a workload; `tree` is that mapping."""
    path = "spec.template"
    own = labels.read_labels(
        as_mapping(tree.at("metadata", "labels")), f"{path}.metadata.labels", report
    )
    spec = as_mapping(tree.at("spec"))
    if spec is None:
        report.error("P104", f"`{path}.spec` is required", tree.place("spec"))
        return PodTemplate(labels=own)
    if not items_of(spec.at("containers")):
        message = f"`{path}.spec.containers` needs at least one"
        report.error("P104", message, spec.place("containers"))
    node_affinity = affinity.read_node_affinity(spec, f"{path}.spec", report)
    anti_affinity = affinity.read_anti_affinity(spec, own, namespace, report)
    grace = as_int(spec.at("terminationGracePeriodSeconds"))
    if grace is not None and grace < 0:
        grace = 1  # so does the API server when a pod is created
    selector_path = f"{path}.spec.nodeSelector"
    requests = resources.read_pod_requests(spec, f"{path}.spec", report)
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
        host_ports=_host_ports(spec, f"{path}.spec", report),
        anti_affinity=anti_affinity,
        has_readiness_probe=any(
            c.at("readinessProbe") is not None for _, c in mappings_of(spec.at("containers"))
        ),
        termination_grace_seconds=30 if grace is None else grace,
        fields=_places(tree, spec),
    )


def _host_ports(spec: Mapping, path: str, report: Report) -> tuple[tuple[str, str, int], ...]:
    """(hostIP, protocol, hostPort) of every port that takes one of the node's."""
    on_host = as_bool(spec.at("hostNetwork"))
    found: list[tuple[str, str, int]] = []
    for field in ("initContainers", "containers"):
        together: set[tuple[str, str, int]] = set()
        for number, container in mappings_of(spec.at(field)):
            if field == "initContainers":
                together = set()  # these run one after the other
            for index, port in mappings_of(container.at("ports")):
                where = f"{path}.{field}[{number}].ports[{index}]"
                inside = _port(port, "containerPort", where, report, required=True)
                outside = _port(port, "hostPort", where, report, required=False)
                if on_host and outside and inside != outside and field == "containers":
                    message = f"`{where}.hostPort` must equal containerPort with hostNetwork"
                    report.error("P203", message, labels.place_of_value(port, "hostPort"))
                protocol = as_text(port.at("protocol")) or "TCP"
                if protocol not in ("TCP", "UDP", "SCTP"):
                    message = f"`{where}.protocol` must be TCP, UDP or SCTP"
                    report.error("P201", message, labels.place_of_value(port, "protocol"))
                taken = (as_text(port.at("hostIP")), protocol, outside)
                if outside and taken in together:
                    message = f"`{where}`: host port {outside}/{protocol} is taken twice in the pod"
                    report.error("P205", message, port.source)
                together.add(taken)
                sidecar = as_text(container.at("restartPolicy")) == "Always"
                outside = outside or (inside if on_host else 0)
                if outside and (field == "containers" or sidecar):
                    found.append((as_text(port.at("hostIP")), protocol, outside))
    return tuple(found)


def _port(tree: Mapping, field: str, path: str, report: Report, *, required: bool) -> int:
    """A port number, 0 when there is none."""
    number = as_int(tree.at(field)) or 0
    if number == 0 and not required:
        return 0
    if number == 0:
        report.error("P104", f"`{path}.{field}` is required", tree.place(field))
    elif not 1 <= number <= 65535:
        message = f"`{path}.{field}` must be from 1 to 65535"
        report.error("P200", message, labels.place_of_value(tree, field))
        return 0
    return number


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


def _places(tree: Mapping, spec: Mapping) -> dict[str, Source]:
    """The places of the template's fields that a verdict may point at."""
    root = "spec.template"
    found: dict[str, Source] = {}
    for field in _PLACED:
        if spec.at(field) is not None:
            found[f"{root}.spec.{field}"] = spec.place(field)
    for key in texts_of(spec.at("nodeSelector")):
        found[f"{root}.spec.nodeSelector.{key}"] = spec.place("nodeSelector", key)
    if tree.at("metadata", "labels") is not None:
        found[f"{root}.metadata.labels"] = tree.place("metadata", "labels")
    for group in ("initContainers", "containers"):
        for index, container in mappings_of(spec.at(group)):
            base = f"{root}.spec.{group}[{index}]"
            found[base] = container.source
            for field in ("image", "resources", "readinessProbe", "ports", "restartPolicy"):
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
