"""Pod templates: the part of a pod that the model reads, defaulted and validated.

Source: kubernetes 1.36 `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation/validation.go`
(ValidatePodTemplateSpec, validateContainers, ValidateTolerations, ValidateNodeSelector).

Omits: what does not bear on placement or rollout (volumes' own fields, security contexts,
environment, lifecycle hooks); their names and types are still checked by `shape`.
"""

from __future__ import annotations

from model.load import affinity, labels, resources
from model.load.diagnostics import Report, suggest
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

_OPERATORS = ("Equal", "Exists", "Lt", "Gt")
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
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


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
    _check_restart_policy(spec, report)
    _check_containers(spec, f"{path}.spec", report)
    node_affinity = affinity.read_node_affinity(spec, f"{path}.spec", report)
    anti_affinity = affinity.read_anti_affinity(spec, own, namespace, report)
    grace = as_int(spec.at("terminationGracePeriodSeconds"))
    if grace is not None and grace < 0:
        place = labels.place_of_value(spec, "terminationGracePeriodSeconds")
        report.error("P200", "`terminationGracePeriodSeconds` must not be negative", place)
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
        tolerations=_tolerations(spec, f"{path}.spec", report),
        node_name=as_text(spec.at("nodeName")),
        host_ports=_host_ports(spec, f"{path}.spec", report),
        anti_affinity=anti_affinity,
        has_readiness_probe=any(
            c.at("readinessProbe") is not None for _, c in mappings_of(spec.at("containers"))
        ),
        termination_grace_seconds=30 if grace is None else grace,
        fields=_places(tree, spec),
    )


def _check_restart_policy(spec: Mapping, report: Report) -> None:
    policy = as_text(spec.at("restartPolicy"), "Always")
    if policy != "Always":
        report.error(
            "P201",
            f"`spec.template.spec.restartPolicy` must be Always here, not `{policy}`",
            labels.place_of_value(spec, "restartPolicy"),
            "for pods that run to completion use a Job",
        )
    if spec.at("activeDeadlineSeconds") is not None:
        report.error(
            "P203",
            "`spec.template.spec.activeDeadlineSeconds` is not allowed in this template",
            spec.place("activeDeadlineSeconds"),
        )


def _check_containers(spec: Mapping, path: str, report: Report) -> None:
    if not items_of(spec.at("containers")):
        report.error("P104", f"`{path}.containers` needs at least one", spec.place("containers"))
    if items_of(spec.at("ephemeralContainers")):
        message = f"`{path}.ephemeralContainers` is not allowed in a template"
        report.error("P203", message, spec.place("ephemeralContainers"))
    seen: dict[str, int] = {}
    for field in ("initContainers", "containers"):
        for index, container in mappings_of(spec.at(field)):
            where = f"{path}.{field}[{index}]"
            _check_container(container, where, seen, report)


def _check_container(tree: Mapping, path: str, seen: dict[str, int], report: Report) -> None:
    name = as_text(tree.at("name"))
    place = labels.place_of_value(tree, "name")
    if not name:
        report.error("P104", f"`{path}.name` is required", place)
    else:
        labels.check_dns_label(name, f"{path}.name", place, report)
        if name in seen:
            message = f"`{path}.name`: container `{name}` is already on line {seen[name]}"
            report.error("P205", message, place, "container names are unique in a pod")
        seen.setdefault(name, place.line)
    image = as_text(tree.at("image"))
    if not image:
        report.error("P104", f"`{path}.image` is required", tree.place("image"))
    elif image != image.strip():
        message = f"`{path}.image` must not begin or end with white space"
        report.error("P200", message, labels.place_of_value(tree, "image"))


def _host_ports(spec: Mapping, path: str, report: Report) -> tuple[tuple[str, str, int], ...]:
    """(hostIP, protocol, hostPort) of every port that takes one of the node's."""
    on_host = as_bool(spec.at("hostNetwork"))
    found: list[tuple[str, str, int]] = []
    for field in ("initContainers", "containers"):
        for number, container in mappings_of(spec.at(field)):
            for index, port in mappings_of(container.at("ports")):
                where = f"{path}.{field}[{number}].ports[{index}]"
                inside = _port(port, "containerPort", where, report, required=True)
                outside = _port(port, "hostPort", where, report, required=False)
                if on_host and inside and outside and inside != outside:
                    message = f"`{where}.hostPort` must equal containerPort with hostNetwork"
                    report.error("P203", message, labels.place_of_value(port, "hostPort"))
                outside = outside or (inside if on_host else 0)
                protocol = as_text(port.at("protocol"), "TCP")
                if protocol not in ("TCP", "UDP", "SCTP"):
                    message = f"`{where}.protocol` must be TCP, UDP or SCTP"
                    report.error("P201", message, labels.place_of_value(port, "protocol"))
                sidecar = as_text(container.at("restartPolicy")) == "Always"
                if not outside or (field == "initContainers" and not sidecar):
                    continue
                taken = (as_text(port.at("hostIP")), protocol, outside)
                if taken in found:
                    message = f"`{where}`: host port {outside}/{protocol} is taken twice in the pod"
                    report.error("P205", message, port.source)
                found.append(taken)
    return tuple(found)


def _port(tree: Mapping, field: str, path: str, report: Report, *, required: bool) -> int:
    """A port number, 0 when there is none."""
    number = as_int(tree.at(field))
    if number is None or (number == 0 and not required):
        if required and tree.at(field) is None:
            report.error("P104", f"`{path}.{field}` is required", tree.place(field))
        return 0
    if not 1 <= number <= 65535:
        message = f"`{path}.{field}` must be from 1 to 65535"
        report.error("P200", message, labels.place_of_value(tree, field))
        return 0
    return number


def _tolerations(spec: Mapping, path: str, report: Report) -> tuple[Toleration, ...]:
    found = []
    for index, tree in mappings_of(spec.at("tolerations")):
        toleration = _toleration(tree, f"{path}.tolerations[{index}]", report)
        if toleration is not None:
            found.append(toleration)
    return tuple(found)


def _toleration(tree: Mapping, path: str, report: Report) -> Toleration | None:
    key, value = as_text(tree.at("key")), as_text(tree.at("value"))
    operator = as_text(tree.at("operator")) or "Equal"
    effect = as_text(tree.at("effect"))
    seconds = as_int(tree.at("tolerationSeconds"))
    if operator not in _OPERATORS:
        message = f"`{path}.operator` must be one of {', '.join(_OPERATORS)}"
        place = labels.place_of_value(tree, "operator")
        report.error("P201", message, place, suggest(operator, _OPERATORS))
        return None
    if operator in ("Lt", "Gt"):
        report.warning(
            "P201",
            f"`{path}.operator`: {operator} needs the feature gate "
            "TaintTolerationComparisonOperators, off by default",
            labels.place_of_value(tree, "operator"),
        )
    if not key and operator != "Exists":
        message = f"`{path}`: without a key the operator must be Exists"
        report.error("P203", message, tree.place("operator"))
    if operator == "Exists" and value:
        message = f"`{path}.value` must be empty when the operator is Exists"
        report.error("P203", message, labels.place_of_value(tree, "value"))
    if key and not labels.is_qualified(key):
        message = f"`{path}.key`: `{key}` is not a valid taint key"
        report.error("P206", message, labels.place_of_value(tree, "key"))
    if effect and effect not in _EFFECTS:
        message = f"`{path}.effect` must be one of {', '.join(_EFFECTS)}"
        place = labels.place_of_value(tree, "effect")
        report.error("P201", message, place, suggest(effect, _EFFECTS))
    if seconds is not None and effect != "NoExecute":
        message = f"`{path}.tolerationSeconds` goes with effect NoExecute only"
        report.error("P203", message, tree.place("tolerationSeconds"))
    return Toleration(key, operator, value, effect, seconds)  # type: ignore[arg-type]


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
