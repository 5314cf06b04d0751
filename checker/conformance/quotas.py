"""Vectors of ResourceQuotas: what is used, whether an object counts, and whether it is let in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared
from model.api import quantity
from model.api.amounts import Amounts
from model.api.resourcequota import ResourceQuota, Scope
from model.apiserver import quotausage
from model.apiserver.quotaadmission import Refusal, Status, admit, matches, used
from model.apiserver.quotausage import CLAIMS, PODS, SERVICES, Item, Pod, Resources

#: How upstream says why an object is refused.
_TOLD = re.compile(
    r"(?:exceeded quota: (?P<exceeded>\w+), requested: (?P<amounts>\S+),"
    r"|failed quota: (?P<unnamed>\w+): must specify (?P<names>.*)"
    r"|status unknown for quota: (?P<uncounted>\w+), resources: (?P<resources>\S+))"
)


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    now = datetime.fromisoformat(given["now"])
    there = [
        *(_pod(each, now) for each in given["pods"]),
        *(_service(each) for each in given.get("services", ())),
        *(_claim(each) for each in given.get("claims", ())),
    ]
    kind, incoming = given["incomingKind"], given["incoming"]
    item = {"Service": _service, "PersistentVolumeClaim": _claim}.get(
        kind, lambda pod: _pod(pod, now)
    )(incoming)
    quotas = [_quota(each) for each in given["quotas"]]
    counted = {each.name: used(each, there, (PODS, SERVICES, CLAIMS)) for each in quotas}
    found = admit([Status(each, counted[each.name]) for each in quotas], item)
    ours: object = found
    if not isinstance(found, Refusal):
        ours = {each.name: after for each, after in zip(quotas, found, strict=True)}
    return {
        "ResourceQuota status": compared(_each(real["used"]), counted),
        "usage of quotas": compared(
            (real["matches"], _amounts(real["usage"])),
            ({each.name: matches(each, item) for each in quotas}, item.usage),
        ),
        "quota admission": compared(
            _each(real["usedAfter"]) if real["allowed"] else _refusal(real["message"]), ours
        ),
    }


def _refusal(message: str) -> object:
    """Why something is refused, of upstream's message; the message where it is none of these."""
    found = _TOLD.search(message)
    if found is None:
        return message
    if found["exceeded"]:
        names = re.findall(r"(?:^|,)([^=,]+)=", found["amounts"])
        return Refusal(found["exceeded"], "exceeded", frozenset(names))
    if found["uncounted"]:
        return Refusal(found["uncounted"], "uncounted", frozenset(found["resources"].split(",")))
    names = [part.partition(" for: ")[0] for part in found["names"].split("; ")]
    return Refusal(found["unnamed"], "unnamed", frozenset(names))


def _each(given: Any) -> dict[str, Amounts]:
    return {name: _amounts(amounts) for name, amounts in given.items()}


def _amounts(given: Any) -> Amounts:
    return {name: _nanos(text) for name, text in (given or {}).items()}


def _nanos(text: str) -> int:
    found = quantity.parse(text)
    assert found is not None, text
    return found


def _quota(given: Any) -> ResourceQuota:
    spec = given["spec"]
    scopes = [Scope(name) for name in spec.get("scopes", ())]
    selector = spec.get("scopeSelector") or {}
    scopes += [
        Scope(each["scopeName"], each["operator"], tuple(each.get("values", ())))
        for each in selector.get("matchExpressions", ())
    ]
    meta = given["metadata"]
    return ResourceQuota(meta["namespace"], meta["name"], _amounts(spec.get("hard")), tuple(scopes))


def _pod(given: Any, now: datetime) -> Item:
    meta, spec = given["metadata"], given["spec"]
    gone = given.get("status", {}).get("phase") in ("Succeeded", "Failed")
    if "deletionTimestamp" in meta and "deletionGracePeriodSeconds" in meta:
        grace = timedelta(seconds=meta["deletionGracePeriodSeconds"])
        gone = gone or now > datetime.fromisoformat(meta["deletionTimestamp"]) + grace
    return Pod(
        [_resources(each) for each in spec["containers"]],
        [_resources(each) for each in spec.get("initContainers", ())],
        _resources(spec) if "resources" in spec else None,
        _amounts(spec.get("overhead")),
        "activeDeadlineSeconds" in spec,
        spec.get("priorityClassName", ""),
        _crosses(spec.get("affinity") or {}),
        gone,
    ).item


def _resources(given: Any) -> Resources:
    said = given.get("resources", {})
    sidecar = given.get("restartPolicy") == "Always"
    return Resources(_amounts(said.get("requests")), _amounts(said.get("limits")), sidecar)


def _crosses(affinity: Any) -> bool:
    for kind in ("podAffinity", "podAntiAffinity"):
        said = affinity.get(kind, {})
        terms = list(said.get("requiredDuringSchedulingIgnoredDuringExecution", ()))
        soft = said.get("preferredDuringSchedulingIgnoredDuringExecution", ())
        terms += [each["podAffinityTerm"] for each in soft]
        if any(each.get("namespaces") or "namespaceSelector" in each for each in terms):
            return True
    return False


def _service(given: Any) -> Item:
    spec = given["spec"]
    ports = spec.get("ports", ())
    return quotausage.service(
        spec.get("type", "ClusterIP"),
        len(ports),
        sum(bool(each.get("nodePort")) for each in ports),
        allocates=spec.get("allocateLoadBalancerNodePorts", True),
    )


def _claim(given: Any) -> Item:
    spec, status = given["spec"], given.get("status", {})
    storage = spec.get("resources", {}).get("requests", {}).get("storage")
    allocated = status.get("allocatedResources", {}).get("storage")
    return quotausage.claim(
        None if storage is None else _nanos(storage),
        spec.get("storageClassName", ""),
        None if allocated is None else _nanos(allocated),
    )
