"""Whether the pods of a template meet a pod security standard.

Source: k8s.io/pod-security-admission v0.36.3 `policy/check_*.go`.

Omits: what only some versions of a standard allow (their newest restrictions are taken), exemptions
of the admission's configuration, Windows, and ways round the rules for pods in a user namespace:
`meets` is false where one of them would be needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model.setting import Manifest, mapping, texts

_POD = "spec.template.spec"
_CONTAINERS = (f"{_POD}.containers[*]", f"{_POD}.initContainers[*]")
_EVERYWHERE = (_POD, *_CONTAINERS)

_ADDED = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
_SELINUX = {"", "container_t", "container_init_t", "container_kvm_t"}
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_syncookies",
}
_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_PROFILES = ("RuntimeDefault", "Localhost")


def _unset(value: Any) -> bool:
    return not value


def _default(value: Any) -> bool:
    return value in ("", "Default")


def _is_profile(value: Any) -> bool:
    return value in _PROFILES


def _ordinary_labels(value: Any) -> bool:
    options = mapping(value)
    return options.get("type", "") in _SELINUX and not (options.get("user") or options.get("role"))


#: What baseline wants of a field, where it was written.
_BASELINE: dict[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    "hostNetwork": ((_POD,), _unset),
    "hostPID": ((_POD,), _unset),
    "hostIPC": ((_POD,), _unset),
    "volumes[*].hostPath": ((_POD,), lambda _: False),
    "securityContext.sysctls[*].name": ((_POD,), lambda value: value in _SYSCTLS),
    "securityContext.appArmorProfile.type": (_EVERYWHERE, _is_profile),
    "securityContext.seccompProfile.type": (_EVERYWHERE, _is_profile),
    "securityContext.seLinuxOptions": (_EVERYWHERE, _ordinary_labels),
    "securityContext.windowsOptions.hostProcess": (_EVERYWHERE, _unset),
    "securityContext.privileged": (_CONTAINERS, _unset),
    "securityContext.procMount": (_CONTAINERS, _default),
    "securityContext.capabilities.add": (_CONTAINERS, lambda v: set(texts(v)) <= _ADDED),
    "ports[*].hostPort": (_CONTAINERS, _unset),
    **{
        f"{probe}.{action}.host": (_CONTAINERS, _unset)
        for probe in (
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle.postStart",
            "lifecycle.preStop",
        )
        for action in ("httpGet", "tcpSocket")
    },
}


def meets(manifest: Manifest, level: str) -> bool:
    """Whether the pods of a workload are sure to be admitted at a level of enforcement."""
    if level == "privileged":
        return True
    if level not in ("baseline", "restricted") or not _baseline(manifest):
        return False
    return level == "baseline" or _restricted(manifest)


def _baseline(manifest: Manifest) -> bool:
    annotations = mapping(manifest.value("spec.template.metadata.annotations"))
    if any(key.startswith("container.apparmor.security.beta") for key in annotations):
        return False
    return all(
        fine(written.value)
        for path, (roots, fine) in _BASELINE.items()
        for root in roots
        for written in manifest.written(f"{root}.{path}")
    )


def _restricted(manifest: Manifest) -> bool:
    pod = mapping(manifest.value(f"{_POD}.securityContext"))
    volumes = [mapping(written.value) for written in manifest.written(f"{_POD}.volumes[*]")]
    return (
        pod.get("runAsUser") != 0
        and all(set(volume) <= {"name", *_VOLUMES} for volume in volumes)
        and all(
            _restrained(mapping(mapping(written.value).get("securityContext")), pod)
            for root in _CONTAINERS
            for written in manifest.written(root)
        )
    )


def _restrained(own: dict[str, Any], pod: dict[str, Any]) -> bool:
    """Whether a container's security context, in that of its pod, gives enough up."""
    capabilities = mapping(own.get("capabilities"))
    seccomp = mapping(own.get("seccompProfile", pod.get("seccompProfile"))).get("type")
    return (
        own.get("allowPrivilegeEscalation") is False
        and own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True
        and own.get("runAsUser") != 0
        and _is_profile(seccomp)
        and "ALL" in texts(capabilities.get("drop"))
        and set(texts(capabilities.get("add"))) <= {"NET_BIND_SERVICE"}
    )
