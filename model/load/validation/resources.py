"""Rules of resources that go beyond reading them: huge pages, claims, the pod as a whole.

`model.load.resources` refuses what is wrong with an amount by itself.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateResourceRequirements,
validateResourceClaimNames, validatePodResourceConsistency, validatePodResourceClaim),
`pkg/apis/core/helper/helpers.go` (IsHugePageResourceValueDivisible).
"""

from __future__ import annotations

from collections.abc import Iterable

from model.api import quantity
from model.api.amounts import Amounts, Container, pod_requests
from model.api.resources import is_huge_page
from model.load import labels, quantities
from model.load.tree import as_mapping
from model.load.validation.contract import At

_POD_LEVEL = ("cpu", "memory")


def requirements(owner: At) -> None:
    """The `resources` of a container or pod."""
    at = owner.child("resources")
    if at is None:
        return
    named = {**amounts(at, "limits"), **amounts(at, "requests")}
    huge = [name for name in named if is_huge_page(name)]
    if huge and not {"cpu", "memory"} & set(named):
        message = f"`{at.path}`: {huge[0]} needs a request or limit of cpu or memory beside it"
        at.report.error("P203", message, at.tree.source)
    for field in ("limits", "requests"):
        for name, nanos in amounts(at, field).items():
            size = quantity.parse(name.removeprefix("hugepages-")) if is_huge_page(name) else None
            if is_huge_page(name) and (not size or nanos % size):
                why = f"must be a multiple of {name.removeprefix('hugepages-')}"
                message = f"`{at.path}.{field}.{name}` {why}"
                at.report.error("P200", message, at.tree.place(field, name))


def amounts(at: At, field: str) -> Amounts:
    """Nanos by resource, as they are written."""
    tree = as_mapping(at.tree.at(field))
    found = {}
    for name, value in tree.entries.items() if tree is not None else ():
        nanos = quantities.in_map(value)
        if nanos is not None:
            found[name] = nanos
    return found


def claims(pod: At, containers: Iterable[At]) -> None:
    """The claims of a pod, and those that its containers name."""
    names: set[str] = set()
    for claim in pod.children("resourceClaims"):
        name = claim.text("name")
        if not name:
            claim.required("name")
        elif name in names:
            claim.twice("name", f"`{name}` is given twice")
        else:
            labels.check_dns_label(name, claim.at("name"), claim.place("name"), claim.report)
        names.add(name)
        sources = ("resourceClaimName", "resourceClaimTemplateName")
        found = claim.only_one(sources)
        if not found:
            message = f"`{claim.path}` needs a resourceClaimName or a resourceClaimTemplateName"
            claim.report.error("P104", message, claim.tree.source)
        for field in found:
            place = claim.place(field)
            labels.check_name(claim.text(field), claim.at(field), place, claim.report)
    for container in containers:
        at = container.child("resources")
        if at is not None:
            _named(at, names)


def _named(at: At, names: set[str]) -> None:
    seen: set[tuple[str, str]] = set()
    for claim in at.children("claims"):
        name, request = claim.text("name"), claim.text("request")
        if not name:
            claim.required("name")
            continue
        whole = (name, "") in seen or (not request and any(name == other for other, _ in seen))
        if whole or (name, request) in seen:
            claim.twice("name", f"`{name}` is given twice")
        seen.add((name, request))
        if request:
            place = claim.place("request")
            labels.check_dns_label(request, claim.at("request"), place, claim.report)
        if name not in names:
            claim.invalid("name", f"is in `resourceClaims` of no pod here: `{name}`")


def of_pod(pod: At, containers: list[At], init_containers: list[At]) -> None:
    """The amounts of a pod as a whole, beside those of its containers."""
    at = pod.child("resources")
    if at is None:
        return
    requirements(pod)
    if at.given("claims"):
        at.forbidden("claims", "is not for a pod as a whole")
    for field in ("limits", "requests"):
        for name in amounts(at, field):
            if name not in _POD_LEVEL and not is_huge_page(name):
                message = f"`{at.path}.{field}`: {name} is not for a pod as a whole"
                hint = "cpu, memory and hugepages are"
                at.report.error("P201", message, at.tree.place(field, name), hint)
    asked, limits = amounts(at, "requests"), amounts(at, "limits")
    for name, nanos in _together(containers, init_containers, "requests").items():
        if name in asked and nanos > asked[name]:
            why = "is less than what the containers request together"
            at.report.error(
                "P203",
                f"`{at.path}.requests.{name}` {why}",
                at.tree.place("requests", name),
                "raise it, or lower theirs",
            )
    for name, nanos in _together(containers, init_containers, "limits").items():
        if is_huge_page(name) and name in limits and nanos > limits[name]:
            message = f"`{at.path}.limits.{name}` is less than those of the containers together"
            at.report.error("P203", message, at.tree.place("limits", name))
    for container in containers:
        own = container.child("resources")
        for name, nanos in amounts(own, "limits").items() if own is not None else ():
            if name in limits and nanos > limits[name]:
                message = f"`{container.path}.resources.limits.{name}` is larger than the pod's"
                place = container.tree.place("resources", "limits", name)
                at.report.error("P203", message, place, "lower it, or raise the pod's")


def _together(containers: list[At], init_containers: list[At], field: str) -> Amounts:
    def each(found: list[At]) -> list[Container]:
        return [
            Container(
                {} if own is None else amounts(own, field), at.text("restartPolicy") == "Always"
            )
            for at in found
            for own in [at.child("resources")]
        ]

    return pod_requests(each(containers), each(init_containers), {}, {})
