"""Rules of probes and hooks of containers.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateProbe, validateHandler,
validateLifecycle), feature gates at their defaults.
"""

from __future__ import annotations

import re

from model.load.tree import as_int, as_text
from model.load.validation.contract import At, is_port_name

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")


def probe(at: At, name: str) -> None:
    """A probe; `name` is that of its field."""
    _handler(at)
    counts = ("timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
    at.at_least(0, "initialDelaySeconds", *counts)
    grace = "terminationGracePeriodSeconds"
    if name == "readinessProbe":
        if at.given(grace):
            at.forbidden(grace, "is not for readiness probes")
        return
    at.at_least(1, grace)
    if at.number("successThreshold", default=1) != 1:
        at.invalid("successThreshold", f"must be 1 in a {name}")


def _handler(at: At, grace: int | None = None) -> None:
    """What a probe or hook does; `grace` are the seconds that it may sleep."""
    found = at.only_one(_HANDLERS)
    if not found:
        hint = f"one of {', '.join(_HANDLERS[:4])}"
        at.report.error("P104", f"`{at.path}` needs a handler", at.tree.source, hint)
        return
    handler = at.child(found[0])
    if handler is None:
        return
    if found[0] == "exec" and not handler.texts("command"):
        handler.required("command")
    elif found[0] == "httpGet":
        handler.one_of("scheme", ("HTTP", "HTTPS"))
        port(handler, "port")
        for header in handler.children("httpHeaders"):
            if not re.fullmatch(r"[-A-Za-z0-9]+", header.text("name")):
                header.misnamed("name", "must consist of letters, digits and `-`")
    elif found[0] == "tcpSocket":
        port(handler, "port")
    elif found[0] == "grpc" and not 1 <= handler.number("port") <= 65535:
        handler.invalid("port", "must be from 1 to 65535")
    elif found[0] == "sleep" and grace is not None and not 0 <= handler.number("seconds") <= grace:
        handler.invalid("seconds", f"must be from 0 to terminationGracePeriodSeconds ({grace})")


def port(at: At, field: str) -> None:
    """A port by number or name, which must be there."""
    value = at.tree.at(field)
    number = as_int(value)
    if number is None and as_text(value):
        if not is_port_name(as_text(value)):
            at.misnamed(field, f"`{as_text(value)}` is not a port name")
    elif not 1 <= (number or 0) <= 65535:
        at.invalid(field, "must be from 1 to 65535, or a port's name")


def lifecycle(at: At, pod: At) -> None:
    """The hooks of a container of a pod."""
    given = pod.tree.at("terminationGracePeriodSeconds")
    grace = 30 if given is None else as_int(given)
    for hook in ("postStart", "preStop"):
        found = at.child(hook)
        if found is not None:
            _handler(found, grace)
