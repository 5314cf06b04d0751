"""Services, and what is wrong between them and the pods that they are for.

Source: kubernetes v1.36.3 `pkg/controller/endpointslice/endpointslice_controller.go` (syncService:
pods of the Service's namespace, by its selector); endpointslice v0.36 `utils.go` (getEndpointPorts:
a port whose name no container of a pod has is left out, silently); k8s.io/api v0.36
`apps/v1/types.go`, `batch/v1/types.go` (labels that controllers give).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from model.api.service import Service
from model.load import labels
from model.load.diagnostics import Report, suggest
from model.load.kinds import group_of, groups
from model.load.objects import Object
from model.load.tree import (
    Mapping,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    mappings_of,
    texts_of,
)
from model.setting import Pods
from model.words import listed

#: Whether requests go to pods of the same node only.
_POLICIES = ("internalTrafficPolicy", "externalTrafficPolicy")
_PLACED = ("selector", "clusterIP", "publishNotReadyAddresses")

#: Labels that controllers give pods beside those of their templates.
_GIVEN = (
    "pod-template-hash",
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "job-name",
    "controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
)

#: Why nobody is told whether a Service answers.
_UNPROMISED = (
    "no field promises a pod throughout a rollout or a drain, and nobody asks for "
    "service-always-answers by name"
)


def read_services(found: Object, report: Report) -> tuple[Service, ...]:
    """A Service, once for each target port that it names, and once for all numbers."""
    tree = as_mapping(found.tree.at("spec", "selector"))
    selector = labels.read_labels(tree, "spec.selector", report)
    spec = as_mapping(found.tree.at("spec")) or Mapping(found.source)
    local = [name for name in _POLICIES if as_text(spec.at(name)) == "Local"]
    written = [name for name in (*_PLACED, *local) if spec.at(name) is not None]
    fields = {f"spec.{name}": spec.place(name) for name in written}
    if tree is not None:
        fields |= {f"spec.selector.{key}": place for key, place in tree.keys.items()}
    targets: dict[tuple[str, str] | None, str] = {}
    for index, port in mappings_of(spec.at("ports")):
        target, path = _target(port), f"spec.ports[{index}].targetPort"
        if target is not None:
            fields[path] = port.place("targetPort")
        targets.setdefault(target, path)
    return tuple(
        Service(
            found.namespace,
            found.name,
            selector,
            as_text(spec.at("type")) == "ExternalName",
            as_text(spec.at("clusterIP")) == "None",
            as_bool(spec.at("publishNotReadyAddresses")),
            target,
            path,
            tuple(f"spec.{name}" for name in local),
            found.source,
            fields,
        )
        for target, path in (targets or {None: "spec.ports"}).items()
    )


def _target(port: Mapping) -> tuple[str, str] | None:
    """See `Service.target`."""
    named = port.at("targetPort")
    if named is None or as_int(named) is not None:
        return None
    return as_text(named), as_text(port.at("protocol")) or "TCP"


def check_pods(
    services: Iterable[Service], pods: Sequence[Pods], objects: Iterable[Object], report: Report
) -> None:
    """Warns of Services that select no pod, and of target ports that no selected pod names, where
    nothing else is wrong. Custom resources may have templates of pods too."""
    if not pods or report.failed:
        return
    custom = list(_custom(objects))
    warned = set()
    for service in services:
        mine = _selected(service, pods)
        here = service.namespace
        if mine and service.target is not None:
            if not any(service.target in each.template.port_names for each in mine):
                _warn_of_port(service, mine, report)
        elif mine or not service.selector or service.external or service.label in warned:
            continue
        elif not any(space == here and service.selects(own) for space, own in custom):
            warned.add(service.label)
            _warn_of_selector(service, pods, report)


def _selected(service: Service, pods: Iterable[Pods]) -> list[Pods]:
    """Those that it selects, or some of which it may select."""
    rest = {key: value for key, value in service.selector.items() if key not in _GIVEN}
    if service.external or not service.selector:
        return []
    return [
        each
        for each in pods
        if each.namespace == service.namespace
        and all(each.labels.get(key) == value for key, value in rest.items())
    ]


def _warn_of_port(service: Service, pods: Sequence[Pods], report: Report) -> None:
    assert service.target is not None
    name, protocol = service.target
    which = listed([each.manifest.label for each in pods])
    named = {other: kind for each in pods for other, kind in each.template.port_names}
    message = f"`{service.port}`: no container of {which} names a port `{name}` ({protocol})"
    hint = suggest(name, list(named)) or "name it in `ports` of a container, or give a number"
    if name in named:
        hint = f"the port of that name has protocol {named[name]}"
    place = service.fields.get(service.port, service.source)
    report.warning("P203", f"{message}: the Service has no endpoints there", place, hint)


def _warn_of_selector(service: Service, pods: Sequence[Pods], report: Report) -> None:
    selector, place = service.selector, service.fields.get("spec.selector", service.source)
    asked = ", ".join(f"{key}={value}" for key, value in selector.items())
    message = f"`spec.selector`: no pod in namespace {service.namespace} has {asked}"
    elsewhere = [each for each in pods if service.selects(each.labels)]
    near = max(pods, key=lambda each: _shared(service, each))
    hint = ""
    if elsewhere:
        label = elsewhere[0].manifest.label
        hint = f"those of {label} have; a Service selects pods of its own namespace only"
    elif near.namespace == service.namespace and _shared(service, near):
        key = next(key for key, value in selector.items() if near.labels.get(key) != value)
        has = f"{key}={near.labels[key]}" if key in near.labels else f"no label {key}"
        hint = f"pods of {near.manifest.label} have {has}"
    report.warning("P202", f"{message}: the Service has no endpoints", place, hint)


def _shared(service: Service, pods: Pods) -> int:
    """How many of the labels that it asks for pods of its namespace have."""
    same = sum(pods.labels.get(key) == value for key, value in service.selector.items())
    return same if pods.namespace == service.namespace else 0


def _custom(objects: Iterable[Object]) -> Iterator[tuple[str, dict[str, str]]]:
    """The namespaces and labels of the pods that custom resources have templates of."""
    for found in objects:
        if found.kind not in groups().get(group_of(found.api_version), ()):
            space = found.namespace or "default"  # no scope of its kind is known
            yield space, texts_of(found.tree.at("spec", "template", "metadata", "labels"))


def why_not(service: Service, pods: Iterable[Pods]) -> str:
    """Why no scenario is about a Service."""
    if service.external:
        return "type ExternalName: another name for something outside"
    if not service.selector:
        return "no selector: others write their endpoints"
    if not _selected(service, pods):
        return "no pod here is selected"
    if service.headless:
        return "headless: clients take addresses of pods from DNS"
    if service.publishes_unready:
        return "publishNotReadyAddresses: requests go to pods that are not ready as well"
    if not service.selector.keys().isdisjoint(_GIVEN):
        return "a selector by what controllers label: which of the pods that is, is not known"
    if service.local:
        return "a traffic policy Local: nothing promises each node a pod"
    return _UNPROMISED
