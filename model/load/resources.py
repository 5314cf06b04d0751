"""What one pod asks of a node.

How amounts of containers come to that of a pod is in `model.api.amounts`.

Source: kubernetes 1.36 `pkg/apis/core/v1/defaults.go` (requests default to limits when the pod is
created), `pkg/scheduler/util/pod_resources.go` and `pkg/scheduler/framework/types.go`
(getNonMissingContainerRequests: what a container without a request counts as in scores),
`pkg/scheduler/framework/plugins/noderesources/fit.go` (NewFit: its scorer skips pod-level amounts),
`pkg/apis/core/validation/validation.go` (ValidateResourceRequirements).

Omits: LimitRange defaults, dynamic resource claims, the validation of pod-level amounts against
those of the containers.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.api import quantity
from model.api.amounts import Amounts, Container, pod_requests
from model.api.quantity import canonical
from model.api.resources import COMPUTE, is_compute, is_huge_page, is_native
from model.load import answers, quantities
from model.load.answers import Answers
from model.load.diagnostics import Report, suggest
from model.load.labels import is_qualified
from model.load.tree import Mapping, as_mapping, as_text, mappings_of

#: What a container that does not say so counts as in the scheduler's scores.
_UNSAID: Amounts = {"cpu": quantity.NANOS // 10, "memory": 200 * 2**20 * quantity.NANOS}

#: Resources without a domain of which there are so many.
_COUNTED = (
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
)


def is_extended(name: str) -> bool:
    """Whether a resource is somebody else's, such as example.com/gpu."""
    plain = not is_native(name) and not name.startswith("requests.")
    return plain and is_qualified(name) and is_qualified(f"requests.{name}")


def is_counted(name: str) -> bool:
    """Whether amounts of a resource are whole numbers."""
    return name in _COUNTED or is_extended(name)


@dataclass(frozen=True)
class Requests:
    """What a pod asks for, in integer units by resource: of the node; as the scheduler's scores
    count it where it is already; as NodeResourcesFit scores it while it is placed."""

    asked: dict[str, int]
    scored: dict[str, int]
    arriving: dict[str, int]


def read_pod_requests(spec: Mapping, path: str, report: Report) -> Requests:
    """What a pod of this spec asks for; mistakes are reported.

    In scores a container that does not name cpu or memory counts with a default; an explicit 0 is
    kept. Amounts of the pod as a whole leave no default for what is asked for anywhere; but the
    score of NodeResourcesFit does not look at them while it places the pod.
    """
    containers = _containers(spec, "containers", path, report)
    init_containers = _containers(spec, "initContainers", path, report)
    requests, limits = _read_both(spec.at("resources"), f"{path}.resources", report)
    pod_level: Amounts = {}
    if requests or limits:
        by_containers = pod_requests(containers, init_containers, {}, {})
        pod_level = {
            name: nanos
            for name, nanos in {**limits, **by_containers, **requests}.items()
            if name in ("cpu", "memory") or is_huge_page(name)
        }
    overhead = read_amounts(as_mapping(spec.at("overhead")), f"{path}.overhead", report)
    asked = pod_requests(containers, init_containers, pod_level, overhead)

    def scored(level: Amounts, unsaid: Amounts) -> dict[str, int]:
        level = {name: nanos for name, nanos in level.items() if name in _UNSAID}
        said = (_said(containers, unsaid), _said(init_containers, unsaid))
        return _units(pod_requests(*said, level, overhead))

    unsaid = {n: a for n, a in _UNSAID.items() if not pod_level or n not in asked}
    return Requests(_units(asked), scored(pod_level, unsaid), scored({}, _UNSAID))


def _said(containers: list[Container], unsaid: Amounts) -> list[Container]:
    """The containers with a default for the cpu and memory that they do not name."""
    return [
        Container({**unsaid, **compute}, container.sidecar)
        for container in containers
        for compute in [{n: a for n, a in container.requests.items() if n in _UNSAID}]
    ]


def _units(total: Amounts) -> dict[str, int]:
    return {name: quantity.units(name, nanos) for name, nanos in sorted(total.items())}


def _containers(spec: Mapping, field: str, path: str, report: Report) -> list[Container]:
    found = []
    for index, tree in mappings_of(spec.at(field)):
        where = f"{path}.{field}[{index}].resources"
        requests, limits = _read_both(tree.at("resources"), where, report)
        sidecar = as_text(tree.at("restartPolicy")) == "Always"
        found.append(Container({**limits, **requests}, sidecar))
    return found


def _read_both(value: object, path: str, report: Report) -> tuple[Amounts, Amounts]:
    """Requests and limits, checked against each other."""
    if not isinstance(value, Mapping):
        return {}, {}
    requests = read_amounts(as_mapping(value.at("requests")), f"{path}.requests", report)
    limits = read_amounts(as_mapping(value.at("limits")), f"{path}.limits", report)
    for name, nanos in requests.items():
        place = value.place("requests", name)
        if name in limits and nanos > limits[name]:
            report.error(
                "P203",
                f"`{path}.requests.{name}` is larger than the limit",
                place,
                "raise the limit or lower the request",
                _above(value, path, name) if is_native(name) else _unlimited(value, path, name),
            )
        elif (is_huge_page(name) or not is_native(name)) and limits.get(name) != nanos:
            message = (
                f"`{path}`: {name} cannot be overcommitted, so its limit must equal the request"
            )
            hint = f"set limits.{name} to the same amount"
            report.error("P203", message, place, hint, _unlimited(value, path, name))
    return requests, limits


def _above(value: Mapping, path: str, name: str) -> Answers:
    """The answer to a request that is larger than the limit."""
    request, limit = (
        canonical(quantities.text_of(value.at(field, name))) for field in ("requests", "limits")
    )
    why = f"must be less than or equal to {name} limit of {limit}"
    return (answers.invalid(f"{path}.requests", request, why),)


def _unlimited(value: Mapping, path: str, name: str) -> Answers:
    """The answer to a request that needs the same limit."""
    request, limit = (value.at(field, name) for field in ("requests", "limits"))
    if limit is None:
        why = "Limit must be set for non overcommitable resources"
        return (answers.required(f"{path}.limits", why),)
    why = f"must be equal to {name} limit of {canonical(quantities.text_of(limit))}"
    return (answers.invalid(f"{path}.requests", canonical(quantities.text_of(request)), why),)


def _unknown(path: str, name: str) -> Answers:
    """The answer to a resource that nobody knows."""
    wrong = answers.qualified(path, name)
    if "/" in name:
        return (
            *wrong,
            answers.invalid(path, name, "doesn't follow extended resource name standard"),
        )
    unknown = answers.invalid(path, name, "must be a standard resource type or fully qualified")
    other = answers.invalid(path, name, "must be a standard resource for containers")
    return (*(wrong or (unknown,)), other)


def read_amounts(tree: Mapping | None, path: str, report: Report) -> Amounts:
    """Nanos by resource name, in whole thousandths as the API server keeps them; wrong entries are
    reported and left out."""
    amounts: Amounts = {}
    if tree is None:
        return amounts
    for name, value in tree.entries.items():
        nanos = quantities.in_map(value)
        if nanos is None:
            continue
        nanos = quantity.ceil(nanos, quantity.NANOS // 1000) * (quantity.NANOS // 1000)
        known = is_compute(name) or is_huge_page(name) or is_extended(name)
        if not (known or ("/" in name and is_native(name) and is_qualified(name))):
            hint = suggest(name, COMPUTE) or "extended resources are named like example.com/gpu"
            message = f"`{path}`: unknown resource `{name}`"
            report.error("P201", message, tree.keys[name], hint, _unknown(f"{path}[{name}]", name))
        elif nanos < 0:
            amount = canonical(quantities.text_of(value))
            said = answers.invalid(f"{path}[{name}]", amount, answers.NOT_NEGATIVE)
            message = f"`{path}.{name}` must not be negative"
            report.error("P200", message, value.source, answers=(said,))
        elif is_counted(name) and nanos % quantity.NANOS:
            amount = canonical(quantities.text_of(value))
            said = answers.invalid(f"{path}[{name}]", amount, "must be an integer")
            message = f"`{path}.{name}` must be a whole number"
            report.error("P200", message, value.source, answers=(said,))
        else:
            amounts[name] = nanos
    return amounts
