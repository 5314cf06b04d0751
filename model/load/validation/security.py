"""Rules of security contexts, of pods and of containers.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (ValidateSecurityContext,
validatePodSpecSecurityContext, validateSysctls, validateWindows, validateLinux,
validateWindowsHostProcessPod, validateHostUsers).

Omits: the form of Windows' user names, and the size of its credential specifications.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from model.load import labels
from model.load.tree import as_int, items_of
from model.load.validation.contract import At, path_problem

_HIGHEST_ID = 2**31 - 1
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
#: Fields of a pod that a Windows pod may not have: of its security context, and of itself.
_NOT_WINDOWS_POD = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
_NOT_WINDOWS_CONTAINER = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)
#: Sysctls that belong to a namespace which a pod may share with its host.
_NETWORK, _IPC = ("net.",), ("kernel.shm", "kernel.msg", "fs.mqueue.")


def of_pod(pod: At) -> None:
    """The security context of a pod, and what its fields about the host exclude."""
    context = pod.child("securityContext")
    if pod.truth("shareProcessNamespace") and pod.truth("hostPID"):
        pod.forbidden("shareProcessNamespace", "excludes `hostPID`", "keep one of them")
    if pod.given("hostUsers") and not pod.truth("hostUsers"):
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.truth(field):
                pod.forbidden(field, "is not allowed when `hostUsers` is false")
    if context is None:
        return
    for field in ("fsGroup", "runAsUser", "runAsGroup"):
        context.within(field, 0, _HIGHEST_ID)
    _groups(context)
    _sysctls(context, pod)
    context.one_of(
        "fsGroupChangePolicy",
        ("Always", "OnRootMismatch"),
        needed=context.given("fsGroupChangePolicy"),
    )
    context.one_of(
        "supplementalGroupsPolicy",
        ("Merge", "Strict"),
        needed=context.given("supplementalGroupsPolicy"),
    )
    if context.given("seLinuxChangePolicy") and context.text("seLinuxChangePolicy") != "Recursive":
        context.wrong("P201", "seLinuxChangePolicy", "must be Recursive")
    _profiles(context)


def _groups(context: At) -> None:
    for index, item in enumerate(items_of(context.tree.at("supplementalGroups"))):
        number = as_int(item)
        if number is not None and not 0 <= number <= _HIGHEST_ID:
            why = f"must be from 0 to {_HIGHEST_ID}"
            context.wrong_item("P200", "supplementalGroups", index, why)


def _sysctls(context: At, pod: At) -> None:
    seen: set[str] = set()
    for sysctl in context.children("sysctls"):
        name = sysctl.text("name")
        if not name:
            sysctl.required("name")
        elif len(name) > 253 or not re.fullmatch(_SYSCTL, name):
            sysctl.misnamed("name", f"`{name}` is not the name of a sysctl")
        elif name in seen:
            sysctl.twice("name", f"`{name}` is given twice")
        dotted = name.replace("/", ".")
        for field, prefixes in (("hostNetwork", _NETWORK), ("hostIPC", _IPC)):
            if pod.truth(field) and dotted.startswith(prefixes):
                sysctl.forbidden("name", f"is not allowed when `{field}` is true")
        seen.add(name)


def of_container(container: At, *, host_users: bool) -> None:
    """The security context of a container; `host_users` says that the pod shares the host's."""
    context = container.child("securityContext")
    if context is None:
        return
    for field in ("runAsUser", "runAsGroup"):
        context.within(field, 0, _HIGHEST_ID)
    context.one_of("procMount", ("Default", "Unmasked"), needed=context.given("procMount"))
    if host_users and context.text("procMount") == "Unmasked":
        context.forbidden("procMount", "may be Unmasked only when `hostUsers` of the pod is false")
    escalation = "allowPrivilegeEscalation"
    if context.given(escalation) and not context.truth(escalation):
        if context.truth("privileged"):
            context.forbidden(escalation, "must not be false in a privileged container")
        capabilities = context.child("capabilities")
        if capabilities is not None and "CAP_SYS_ADMIN" in capabilities.texts("add"):
            context.forbidden(escalation, "must not be false with CAP_SYS_ADMIN")
    _profiles(context)


def _profiles(context: At) -> None:
    for field in ("seccompProfile", "appArmorProfile"):
        profile = context.child(field)
        if profile is None:
            continue
        profile.one_of("type", ("Localhost", "RuntimeDefault", "Unconfined"), needed=True)
        local = profile.text("localhostProfile")
        if profile.text("type") != "Localhost":
            if profile.given("localhostProfile"):
                profile.forbidden("localhostProfile", "goes with type Localhost only")
        elif field == "seccompProfile":
            if not profile.given("localhostProfile"):
                profile.required("localhostProfile")
            problem = "must be a relative path" if local.startswith("/") else ""
            problem = problem or path_problem(local, inside=False)
            if problem:
                profile.invalid("localhostProfile", problem)
        elif not local.strip():
            profile.required("localhostProfile")
        elif local != local.strip() or len(local.encode()) > 4095:
            profile.invalid("localhostProfile", "must be a path without white space around it")
    windows = context.child("windowsOptions")
    if windows is not None:
        name = windows.text("gmsaCredentialSpecName")
        if windows.given("gmsaCredentialSpecName") and not labels.is_name(name):
            windows.misnamed("gmsaCredentialSpecName", f"`{name}` is not a valid name")
        for field in ("gmsaCredentialSpec", "runAsUserName"):
            if windows.given(field) and not windows.text(field):
                windows.invalid(field, "must not be empty")


def of_system(pod: At, containers: Iterable[At]) -> None:
    """What a pod of an operating system may not have."""
    system = pod.child("os")
    everyone = list(containers)
    _host_process(pod, everyone)
    if system is None:
        return
    system.one_of("name", ("linux", "windows"), needed=True)
    contexts = [pod.child("securityContext"), *(each.child("securityContext") for each in everyone)]
    if system.text("name") == "linux":
        for context in contexts:
            if context is not None and context.given("windowsOptions"):
                context.forbidden("windowsOptions", "is not for a Linux pod")
    elif system.text("name") == "windows":
        for field in ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"):
            optional = field in ("hostUsers", "shareProcessNamespace")
            if pod.given(field) if optional else pod.truth(field):
                pod.forbidden(field, "is not for a Windows pod")
        if pod.given("resources"):
            pod.forbidden("resources", "is not for a Windows pod")
        for number, context in enumerate(contexts):
            for field in _NOT_WINDOWS_CONTAINER if number else _NOT_WINDOWS_POD:
                if context is not None and context.given(field):
                    context.forbidden(field, "is not for a Windows pod")


def _host_process(pod: At, containers: list[At]) -> None:
    options = ("securityContext", "windowsOptions", "hostProcess")
    whole = pod.truth(*options) if pod.given(*options) else None
    each = [c.truth(*options) if c.given(*options) else whole for c in containers]
    for container, own in zip(containers, each, strict=True):
        if whole is not None and own != whole:
            container.forbidden(".".join(options), "must be as in the pod")
    if any(each):
        if not all(each):
            pod.forbidden(".".join(options), "is for all containers of a pod or for none")
        if not pod.truth("hostNetwork"):
            pod.required("hostNetwork", hint="containers with hostProcess need it")
