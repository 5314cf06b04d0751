"""What recorded objects say, as the model's own types.

A recording may have trimmed its objects, so whatever is missing has its default. What is there and
has another form than Kubernetes gives it is damage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checker.following.recording import Damaged, Write
from model.api.intstr import IntOrPercent
from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.quantity import parse, units
from model.api.selector import LabelSelector, Requirement
from model.apiserver.objects import ABSENT, PENDING, READY, RUNNING, TERMINATING

_PERCENT = re.compile(r"[0-9]{1,9}%")


class Facts:
    """Reads fields of the object that a write leaves."""

    def __init__(self, write: Write) -> None:
        self.write = write

    def at(self, *path: str) -> Any:
        """A field, None if it is not there."""
        found: Any = self.write.object
        for name in path:
            if found is None:
                return None
            if not isinstance(found, Mapping):
                raise self.damage(path, "an object on the way to it")
            found = found.get(name)
        return found

    def number(self, *path: str, default: int = 0) -> int:
        """A count."""
        found = self.at(*path)
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 1 << 31:
            raise self.damage(path, "a number that is not negative")
        return found

    def text(self, *path: str) -> str:
        found = self.at(*path)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise self.damage(path, "a text")
        return found

    def texts(self, *path: str) -> dict[str, str]:
        """Labels or annotations."""
        found = self.at(*path)
        if found is None:
            return {}
        if not isinstance(found, Mapping) or not all(isinstance(v, str) for v in found.values()):
            raise self.damage(path, "texts by name")
        return dict(found)

    def list(self, *path: str) -> list[Mapping[str, Any]]:
        """A list of objects."""
        found = self.at(*path)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
            raise self.damage(path, "a list of objects")
        return found

    def amount(self, *path: str, default: IntOrPercent) -> IntOrPercent:
        """A count or percentage."""
        found = self.at(*path)
        if found is None:
            return default
        if isinstance(found, str) and _PERCENT.fullmatch(found):
            return IntOrPercent(int(found[:-1]), percent=True)
        return IntOrPercent(self.number(*path))

    def damage(self, path: tuple[str, ...], expected: str) -> Damaged:
        """What is wrong with a field."""
        place = ".".join(path)
        return Damaged(self.write.line, f"{self.write.subject}: `{place}` is not {expected}")


def owner(write: Write) -> tuple[str, str, str] | None:
    """Kind, name and uid of an object's controller, None without one."""
    owners = Facts(write).list("metadata", "ownerReferences")
    marked = [each for each in owners if each.get("controller", True)]
    if not marked:
        return None
    first = marked[0]
    return str(first.get("kind", "")), str(first.get("name", "")), str(first.get("uid", ""))


def phase(write: Write) -> int:
    """What the model calls the stage of a pod. One that has ended counts as gone, as controllers
    and nodes count it; and so does one that nobody stops, as it is on no node: the API server marks
    it and takes it away in one request."""
    facts = Facts(write)
    told = facts.text("status", "phase")
    going = facts.at("metadata", "deletionTimestamp") is not None
    held = facts.text("spec", "nodeName") or facts.at("metadata", "finalizers")
    if write.type == "DELETED" or told in ("Succeeded", "Failed") or (going and not held):
        found = ABSENT
    elif going:
        found = TERMINATING
    elif is_ready(write):
        found = READY
    else:
        found = RUNNING if told == "Running" else PENDING
    payload = found.payload
    assert isinstance(payload, int)
    return payload


def is_ready(pod: Write) -> bool:
    """Whether a pod has the condition Ready, whatever else is so."""
    return any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in Facts(pod).list("status", "conditions")
    )


def template(write: Write) -> str:
    """What tells the templates of a workload apart, as far as they are recorded."""
    spec = Facts(write).at("spec") or {}
    if not isinstance(spec, Mapping):
        raise Facts(write).damage(("spec",), "an object")
    kept = {k: v for k, v in spec.items() if k == "templateImages" or k.startswith("template")}
    return repr(sorted(kept.items(), key=lambda item: item[0]))


def node(write: Write) -> Node:
    """A node as it is after a write."""
    facts = Facts(write)
    taints = tuple(
        Taint(str(each.get("key", "")), str(each.get("value") or ""), each.get("effect", ""))
        for each in facts.list("spec", "taints")
    )
    allocatable = {}
    for name, value in facts.texts("status", "allocatable").items():
        amount = parse(value)
        if amount is None:
            raise facts.damage(("status", "allocatable", name), "a quantity")
        allocatable[name] = units(name, amount)
    return Node(
        write.name,
        facts.texts("metadata", "labels"),
        taints,
        facts.at("spec", "unschedulable") is True,
        allocatable,
    )


def pod_template(write: Write) -> PodTemplate:
    """What a recorded pod says of the template that it was made from."""
    facts = Facts(write)
    return PodTemplate(
        labels=facts.texts("metadata", "labels"),
        tolerations=tuple(
            Toleration(
                str(each.get("key") or ""),
                each.get("operator") or "Equal",
                str(each.get("value") or ""),
                str(each.get("effect") or ""),
                each.get("tolerationSeconds"),
            )
            for each in facts.list("spec", "tolerations")
        ),
        termination_grace_seconds=facts.number("spec", "terminationGracePeriodSeconds", default=30),
    )


def selector(facts: Facts, *path: str) -> LabelSelector:
    """A label selector."""
    expressions = tuple(
        Requirement(
            str(each.get("key", "")),
            each.get("operator", "In"),
            tuple(map(str, each.get("values") or ())),
        )
        for each in facts.list(*path, "matchExpressions")
    )
    return LabelSelector(facts.texts(*path, "matchLabels"), expressions)


def budget(write: Write) -> PodDisruptionBudget:
    """A PodDisruptionBudget."""
    facts, unset = Facts(write), IntOrPercent(-1)
    least = facts.amount("spec", "minAvailable", default=unset)
    most = facts.amount("spec", "maxUnavailable", default=unset)
    return PodDisruptionBudget(
        write.namespace,
        write.name,
        selector(facts, "spec", "selector"),
        None if least is unset else least,
        None if most is unset else most,
        facts.text("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow",
    )


def going(write: Write) -> bool:
    """Whether an object is being deleted."""
    return Facts(write).at("metadata", "deletionTimestamp") is not None
