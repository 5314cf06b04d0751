"""Rules of containers, their ports, environment and mounts; probes and hooks are `handlers`.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateContainerCommon,
validateContainers, validateInitContainers, validateContainerPorts, AccumulateUniqueHostPorts,
validatePodHostNetworkDeps, ValidateEnv, ValidateEnvFrom, ValidateVolumeMounts,
ValidateVolumeDevices, validateContainerRestartPolicy), feature gates at their defaults.

Omits: the length of restartPolicyRules' lists of exit codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from model.api import quantity
from model.load import answers, labels, quantities
from model.load.diagnostics import suggest
from model.load.validation.contract import (
    At,
    is_config_key,
    is_environment_name,
    is_port_name,
    path_problem,
)
from model.load.validation.handlers import lifecycle, probe

_DNS_LABEL = "use at most 63 lower-case letters, digits and `-`"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
#: What only a container that keeps running may have.
_RUNNING_ONLY = ("lifecycle", *_PROBES)
_PULL = ("Always", "IfNotPresent", "Never")


def container(at: At) -> None:
    """What holds for containers of either list; `in_pod` has what depends on others."""
    if at.text("name"):
        labels.check_dns_label(at.text("name"), at.at("name"), at.place("name"), at.report)
    at.need("name", "image")
    at.one_of("terminationMessagePolicy", ("File", "FallbackToLogsOnError"))
    at.one_of("imagePullPolicy", _PULL)
    _ports(at)
    for variable in at.children("env"):
        _variable(variable)
    for source in at.children("envFrom"):
        _environment(source)
    _resize(at)
    for name in _PROBES:
        found = at.child(name)
        if found is not None:
            probe(found, name)


def in_pod(at: At, pod: At, volumes: dict[str, At], *, init: bool) -> None:
    """What depends on the pod: `volumes` by name, whether it is an `init` container."""
    keeps_running = not init or at.text("restartPolicy") == "Always"
    if not keeps_running:
        for field in _RUNNING_ONLY:
            if at.given(field):
                at.forbidden(field, "is for init containers with restartPolicy Always only")
    _restart(at)
    _mounts(at, volumes)
    _devices(at, volumes)
    for variable in at.children("env"):
        _file_key(variable, volumes)
    hooks = at.child("lifecycle")
    if hooks is not None and keeps_running:
        lifecycle(hooks, pod)
    if init and not keeps_running:
        for policy in at.children("resizePolicy"):
            if policy.text("restartPolicy") == "RestartContainer":
                policy.forbidden("restartPolicy", "must not be RestartContainer here")


def _ports(at: At) -> None:
    names: set[str] = set()
    for port in at.children("ports"):
        name = port.text("name")
        if name and not is_port_name(name):
            hint = "use at most 15 lower-case letters, digits and single `-`, with a letter"
            said = answers.port_name(port.at("name"), name)
            port.misnamed("name", f"`{name}` is not a port name", hint, said)
        elif name in names:
            hint = "port names are unique in a container"
            again = answers.duplicate(port.at("name"), name)
            port.twice("name", f"`{name}` is given twice", hint, (again,))
        elif name:
            names.add(name)
        if not port.number("containerPort"):
            absent = answers.required(port.at("containerPort"))
            port.required("containerPort", answers=(absent,))
        else:
            port.within("containerPort", 1, 65535, answers.PORT)
        port.within("hostPort", 0, 65535, answers.PORT)
        port.one_of("protocol", ("TCP", "UDP", "SCTP"), answered=("SCTP", "TCP", "UDP"))


def host_ports(together: Iterable[At], *, on_host: bool) -> None:
    """The ports of the node that containers which run together take; `on_host` says that they are
    on its network."""
    taken: set[tuple[str, str, int]] = set()
    for container_ in together:
        for port in container_.children("ports"):
            inside, outside = port.number("containerPort"), port.number("hostPort")
            if on_host and outside and inside != outside:
                why = "must match `containerPort` when `hostNetwork` is true"
                said = answers.invalid(port.at("hostPort"), outside, why)
                why = "must equal containerPort with hostNetwork"
                port.forbidden("hostPort", why, answers=(said,))
            protocol = port.text("protocol", default="TCP")
            each = (port.text("hostIP"), protocol, outside)
            if outside and each in taken:
                message = f"`{port.path}`: host port {outside}/{protocol} is taken twice in the pod"
                named = f"{protocol}/{port.text('hostIP')}/{outside}"
                again = answers.duplicate(port.at("hostPort"), named)
                port.report.error("P205", message, port.tree.source, answers=(again,))
            taken.add(each)


def _variable(at: At) -> None:
    name = at.text("name")
    if not name:
        at.required("name")
    elif not is_environment_name(name):
        at.misnamed("name", f"`{name}` is not a name of an environment variable")
    source = at.child("valueFrom")
    if source is None:
        return
    kinds = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
    found = source.only_one(kinds)
    if not found:
        at.report.error(
            "P104", f"`{source.path}` needs one of {', '.join(kinds)}", at.place("valueFrom")
        )
    elif at.text("value"):
        at.forbidden("valueFrom", "excludes `value`", "keep one of them")
    field, resource = source.child("fieldRef"), source.child("resourceFieldRef")
    if field is not None:
        field_reference(field, _ENVIRONMENT_FIELDS)
    if resource is not None:
        resource_reference(resource, in_volume=False)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        key = source.child(kind)
        if key is not None:
            labels.check_name(key.text("name"), key.at("name"), key.place("name"), key.report)
            _key(key, "key")
    file = source.child("fileKeyRef")
    if file is not None:
        if file.need("key", "volumeName", "path") and not is_environment_name(file.text("key")):
            file.misnamed("key", "is not a name of an environment variable")
        problem = path_problem(file.text("path"), inside=False)
        if problem:
            file.invalid("path", problem)


def _file_key(at: At, volumes: dict[str, At]) -> None:
    file = at.child("valueFrom", "fileKeyRef")
    if file is None or not file.text("volumeName"):
        return
    volume = volumes.get(file.text("volumeName"))
    if volume is None:
        file.invalid("volumeName", "names no volume of the pod")
    elif not (volume.given("emptyDir") or is_plain(volume)):
        file.invalid("volumeName", "must name an emptyDir")


def is_plain(volume: At) -> bool:
    """Whether a volume has no source, so that it is an emptyDir."""
    return not any(volume.given(field) for field in volume.tree.keys if field != "name")


def _key(at: At, field: str) -> None:
    if not at.text(field):
        at.required(field)
    elif not is_config_key(at.text(field)):
        at.misnamed(field, f"`{at.text(field)}` is not a key of a ConfigMap or Secret")


def _environment(at: At) -> None:
    if at.text("prefix") and not is_environment_name(at.text("prefix")):
        at.misnamed("prefix", "must be printable ASCII without `=`")
    found = at.only_one(("configMapRef", "secretRef"))
    if not found:
        at.report.error("P104", f"`{at.path}` needs a configMapRef or a secretRef", at.tree.source)
    for kind in found:
        source = at.child(kind)
        if source is None:
            continue
        if source.need("name"):
            # Upstream looks at these as at the beginning of a name.
            name = re.sub("-$", "a", source.text("name"))
            labels.check_name(name, source.at("name"), source.place("name"), source.report)


_ENVIRONMENT_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)


def field_reference(at: At, fields: tuple[str, ...]) -> None:
    """A reference to one of these fields of the pod, or to a label or annotation."""
    if at.text("apiVersion", default="v1") != "v1":
        at.invalid("apiVersion", "must be v1")
    path = at.text("fieldPath")
    if not path:
        at.required("fieldPath")
        return
    subscript = re.fullmatch(r"(metadata\.(?:labels|annotations))\['(.*)'\]", path, re.DOTALL)
    if subscript:
        key = subscript[2].lower() if subscript[1].endswith("annotations") else subscript[2]
        if not labels.is_qualified(key):
            at.misnamed("fieldPath", f"`{subscript[2]}` is not a valid key")
    elif ("spec.nodeName" if path == "spec.host" else path) not in fields:
        at.wrong("P201", "fieldPath", f"must be one of {', '.join(fields)}, not `{path}`")


_SUFFIXES = ("", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_RESOURCES = ("cpu", "memory", "ephemeral-storage")


def resource_reference(at: At, *, in_volume: bool) -> None:
    """A reference to a request or limit of a container."""
    if in_volume and not at.text("containerName"):
        at.required("containerName")
        return
    resource = at.text("resource")
    kind, _, name = resource.partition(".")
    if not resource:
        at.required("resource")
    elif kind not in ("limits", "requests") or not (
        name in _RESOURCES or name.startswith("hugepages-")
    ):
        allowed = ", ".join(f"limits.{each}, requests.{each}" for each in _RESOURCES)
        at.wrong("P201", "resource", f"must be one of {allowed}, not `{resource}`")
    nanos = quantities.of_value(at.tree.at("divisor"))
    if nanos and nanos not in _divisors(name):
        few = ("m", "") if name == "cpu" else _SUFFIXES
        at.wrong("P201", "divisor", f"must be one of {', '.join(f'1{each}' for each in few)}")


def _divisors(resource: str) -> set[int]:
    if resource == "cpu":
        return {quantity.NANOS, quantity.NANOS // 1000}
    return {nanos for suffix in _SUFFIXES if (nanos := quantity.parse(f"1{suffix}")) is not None}


def _resize(at: At) -> None:
    seen: set[str] = set()
    for policy in at.children("resizePolicy"):
        policy.one_of("resourceName", ("cpu", "memory"), needed=True)
        policy.one_of("restartPolicy", ("NotRequired", "RestartContainer"), needed=True)
        if policy.text("resourceName") in seen:
            policy.twice("resourceName", "is given twice")
        seen.add(policy.text("resourceName"))


def _restart(at: At) -> None:
    rules = list(at.children("restartPolicyRules"))
    if rules and not at.given("restartPolicy"):
        at.required("restartPolicy", hint="restartPolicyRules need one")
    if at.given("restartPolicy"):
        at.one_of("restartPolicy", ("Always", "Never", "OnFailure"), needed=True)
    if len(rules) > 20:
        at.invalid("restartPolicyRules", "must have at most 20 items")
    for rule in rules:
        rule.one_of("action", ("Restart", "RestartAllContainers"), needed=True)
        codes = rule.child("exitCodes")
        if codes is None:
            rule.required("exitCodes")
        else:
            codes.one_of("operator", ("In", "NotIn"), needed=True)


def _mounts(at: At, volumes: dict[str, At]) -> None:
    devices = {d.text("name"): d.text("devicePath") for d in at.children("volumeDevices")}
    paths: set[str] = set()
    for mount in at.children("volumeMounts"):
        name, path = mount.text("name"), mount.text("mountPath")
        mount.need("name", "mountPath")
        if name and name not in volumes:
            hint = suggest(name, volumes) or "add it to `volumes` of the pod"
            mount.invalid("name", f"names no volume of the pod: `{name}`", hint)
        if path in paths:
            mount.twice("mountPath", f"`{path}` is given twice")
        paths.add(path)
        if name in devices:
            mount.forbidden("name", "is in volumeDevices already")
        if path in devices.values():
            mount.forbidden("mountPath", "is in volumeDevices already")
        if mount.text("subPath") and mount.text("subPathExpr"):
            mount.forbidden("subPathExpr", "excludes `subPath`", "keep one of them")
        for field in ("subPath", "subPathExpr"):
            held = mount.text(field)
            problem = "must be a relative path" if held.startswith("/") else ""
            problem = problem or path_problem(held, inside=False)
            if problem:
                mount.invalid(field, problem)
        _propagation(mount, at)


def _propagation(mount: At, container_: At) -> None:
    allowed = ("Bidirectional", "HostToContainer", "None")
    mount.one_of("mountPropagation", allowed, needed=mount.given("mountPropagation"))
    propagation = mount.text("mountPropagation")
    if propagation == "Bidirectional" and not container_.truth("securityContext", "privileged"):
        mount.forbidden("mountPropagation", "may be Bidirectional in privileged containers only")
    modes = ("Disabled", "Enabled", "IfPossible")
    mount.one_of("recursiveReadOnly", modes, needed=mount.given("recursiveReadOnly"))
    if mount.text("recursiveReadOnly") in modes[1:]:
        if not mount.truth("readOnly"):
            mount.forbidden("recursiveReadOnly", "goes with `readOnly: true` only")
        if propagation not in ("", "None"):
            mount.forbidden("recursiveReadOnly", "goes without mountPropagation only")


def _devices(at: At, volumes: dict[str, At]) -> None:
    mounts = {m.text("name"): m.text("mountPath") for m in at.children("volumeMounts")}
    names: set[str] = set()
    paths: set[str] = set()
    for device in at.children("volumeDevices"):
        name, path = device.text("name"), device.text("devicePath")
        device.need("name", "devicePath")
        volume = volumes.get(name)
        if name and volume is None:
            device.invalid("name", f"names no volume of the pod: `{name}`")
        elif volume is not None and not (
            volume.given("persistentVolumeClaim") or volume.given("ephemeral")
        ):
            device.forbidden("name", "must name a persistentVolumeClaim or ephemeral volume")
        if name in names or name in mounts:
            device.twice("name", f"`{name}` is given twice")
        if path in paths or path in mounts.values():
            device.twice("devicePath", f"`{path}` is given twice")
        problem = path_problem(path, inside=False)
        if problem:
            device.invalid("devicePath", problem)
        names.add(name)
        paths.add(path)
