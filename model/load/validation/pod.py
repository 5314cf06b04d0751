"""Rules of a pod's specification, where it stands in a template.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (ValidatePodTemplateSpec,
ValidatePodSpec and what it calls), `pkg/apis/apps/validation/validation.go`
(ValidatePodTemplateSpecForReplicaSet), feature gates at their defaults: what they drop is not
looked at.

Omits: deprecated annotations that stand for seccomp and AppArmor profiles, host users of volumes.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.load import answers, labels
from model.load.tree import texts_of
from model.load.validation import addresses, containers, metadata, placement, resources, security
from model.load.validation.contract import At
from model.load.validation.volumes import volumes

#: Fields of a pod that are names: of objects, and of hosts.
_NAMES = ("nodeName", "serviceAccountName", "priorityClassName")
#: Likewise; an empty text in them is a name, and a wrong one.
_POINTERS = ("runtimeClassName", "hostnameOverride")
_HOSTS = ("hostname", "subdomain")
_NONE: Mapping[str, At] = {}
_DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")


def template(at: At, claims: Mapping[str, At] = _NONE) -> None:
    """A pod template; its labels are checked where they are read. `claims` are volumes that its
    controller adds."""
    inside = at.child("spec")
    if inside is not None:
        spec(inside, claims)
        if any(True for _ in inside.children("ephemeralContainers")):
            inside.forbidden("ephemeralContainers", "is not allowed in a template")
    head = at.child("metadata")
    if head is None:
        return
    metadata.check_annotations(head)
    found = texts_of(head.tree.at("annotations"))
    cost = found.get("controller.kubernetes.io/pod-deletion-cost")
    if cost is not None and not labels.is_deletion_cost(cost):
        head.invalid(
            "annotations", "must have a whole number of 32 bits as pod-deletion-cost, in quotes"
        )
    mirror = "kubernetes.io/config.mirror"
    if mirror in found and not at.text("spec", "nodeName"):
        head.forbidden("annotations", f"must not have {mirror} without a nodeName")


def spec(at: At, claims: Mapping[str, At] = _NONE) -> None:
    """A pod's specification."""
    init, main = list(at.children("initContainers")), list(at.children("containers"))
    everyone = [*init, *main]
    known = {**volumes(at), **claims}
    host_users = not (at.given("hostUsers") and not at.truth("hostUsers"))
    for container in everyone:
        containers.container(container)
        resources.requirements(container)
        security.of_container(container, host_users=host_users)
    _unique(sorted(everyone, key=lambda each: each.tree.source))
    for container in everyone:
        containers.in_pod(container, at, known, init=container in init)
    containers.host_ports(main, on_host=at.truth("hostNetwork"))
    for container in init:  # these begin one after the other
        containers.host_ports([container], on_host=False)
    resources.claims(at, everyone)
    resources.of_pod(at, main, init)
    security.of_pod(at)
    security.of_system(at, everyone)
    placement.affinity(at)
    placement.spread(at)
    placement.tolerations(at)
    if not at.text("serviceAccountName") and at.text("serviceAccount"):
        name, place = at.text("serviceAccount"), at.place("serviceAccount")
        labels.check_name(name, at.at("serviceAccount"), place, at.report)
    for field in (*_NAMES, *_POINTERS):
        if at.text(field) or (at.given(field) and field in _POINTERS):
            name, place = at.text(field), at.place(field)
            labels.check_name(name, at.at(field), place, at.report, answered=field in _NAMES)
    for field in _HOSTS:
        if at.text(field):
            labels.check_dns_label(at.text(field), at.at(field), at.place(field), at.report)
    at.one_of("dnsPolicy", _DNS)
    preemption = ("Never", "PreemptLowerPriority")
    at.one_of("preemptionPolicy", preemption, needed=at.given("preemptionPolicy"))
    _host_users(at, everyone)
    _host_name(at)
    _gates(at)
    _dns(at)
    _aliases(at)


def _unique(everyone: list[At]) -> None:
    lines: dict[str, int] = {}
    for container in everyone:
        name, place = container.text("name"), container.place("name")
        if name in lines:
            message = f"container `{name}` is already on line {lines[name]}"
            hint = "container names are unique in a pod"
            container.report.error("P205", f"`{container.at('name')}`: {message}", place, hint)
        elif name:
            lines[name] = place.line


def _host_users(at: At, everyone: list[At]) -> None:
    if not at.given("hostUsers") or at.truth("hostUsers"):
        return
    for container in everyone:
        if any(True for _ in container.children("volumeDevices")):
            container.forbidden("volumeDevices", "is not allowed when `hostUsers` is false")


def _host_name(at: At) -> None:
    if not at.given("hostnameOverride"):
        return
    for field in ("setHostnameAsFQDN", "hostNetwork"):
        if at.truth(field):
            at.forbidden("hostnameOverride", f"is not allowed when `{field}` is true")
    if len(at.text("hostnameOverride")) > 64:
        at.invalid("hostnameOverride", "must have at most 64 characters")


def _gates(at: At) -> None:
    seen: set[str] = set()
    for gate in at.children("schedulingGates"):
        name = gate.text("name")
        if not labels.is_qualified(name):
            said = answers.qualified(gate.path, name)
            gate.misnamed("name", f"`{name}` is not a valid name", answers=said)
        elif name in seen:
            again = answers.duplicate(gate.path, name)
            gate.twice("name", f"`{name}` is given twice", answers=(again,))
        seen.add(name)
    for gate in at.children("readinessGates"):
        if not labels.is_qualified(gate.text("conditionType")):
            gate.misnamed("conditionType", f"`{gate.text('conditionType')}` is not a valid name")


def _dns(at: At) -> None:
    config = at.child("dnsConfig")
    if at.text("dnsPolicy") == "None" and (config is None or not config.texts("nameservers")):
        at.required("dnsConfig", "nameservers", hint="dnsPolicy None needs at least one")
    if config is None:
        return
    servers, searches = config.texts("nameservers"), config.texts("searches")
    if len(servers) > 3:
        config.invalid("nameservers", "must have at most 3 items")
    for index, server in enumerate(servers):
        if not addresses.is_ip(server):
            config.wrong_item("P200", "nameservers", index, f"`{server}` is not an IP address")
    if len(searches) > 32 or len(" ".join(searches)) > 2048:
        config.invalid("searches", "must have at most 32 items, and 2048 characters in all")
    for index, search in enumerate(searches):
        name = search.removesuffix(".").replace("_", "a")
        if search != "." and not labels.is_name(name):
            config.wrong_item("P206", "searches", index, f"`{search}` is not a domain")
    for option in config.children("options"):
        option.need("name")


def _aliases(at: At) -> None:
    for alias in at.children("hostAliases"):
        if not addresses.is_ip(alias.text("ip")):
            alias.invalid("ip", f"`{alias.text('ip')}` is not an IP address")
        for index, name in enumerate(alias.texts("hostnames")):
            if not labels.is_name(name):
                alias.wrong_item("P206", "hostnames", index, f"`{name}` is not a host's name")


def created(at: At, own: Mapping[str, str]) -> None:
    """What is asked of a pod that is created, not of a template; `own` are its labels."""
    if any(True for _ in at.children("ephemeralContainers")):
        at.forbidden("ephemeralContainers", "cannot be set when a pod is created")
    if at.text("nodeName") and any(True for _ in at.children("schedulingGates")):
        why = "cannot be set until all schedulingGates have been cleared"
        said = answers.forbidden(at.at("nodeName"), why)
        at.forbidden("nodeName", "cannot be set while there are scheduling gates", answers=(said,))
    for container in (*at.children("initContainers"), *at.children("containers")):
        image = container.text("image")
        if image != image.strip():
            container.invalid("image", "must not begin or end with blanks")
    placement.label_keys(at, own)


def in_workload(at: At) -> None:
    """What a Deployment, StatefulSet, DaemonSet or ReplicaSet asks of its template."""
    pod = at.child("spec")
    if pod is None:
        return
    policy = pod.text("restartPolicy", default="Always")
    if policy != "Always":
        hint = "for pods that run to completion use a Job"
        known = ("Always", "OnFailure", "Never")
        allowed = [("Always",)] if policy in known else [known, ("Always",)]
        said = tuple(answers.unsupported(pod.at("restartPolicy"), policy, a) for a in allowed)
        pod.wrong("P201", "restartPolicy", f"must be Always here, not `{policy}`", hint, said)
    if pod.given("activeDeadlineSeconds"):
        pod.forbidden("activeDeadlineSeconds", "is not allowed in this template")
