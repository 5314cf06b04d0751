"""Vectors of StatefulSets: the requests of one sync, and the status that it writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance import world
from checker.conformance.contract import Outcome, Vector, compared
from model.controllers import ordinals
from model.controllers.claims import Claim, Retention, claim
from model.ir.expr import Expr, boolean

NAME = "StatefulSet sync"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    pods = _pods(given)
    decision = ordinals.decide(_spec(given, gate=vector.family == "max-unavailable"), pods)
    sent = ordinals.sent(decision)
    templates = given.get("volumeClaimTemplates") or []

    def name(request: ordinals.Request) -> str:
        place = f"web-{request.ordinal}"
        return place if request.template < 0 else f"{templates[request.template]}-{place}"

    def names(verb: ordinals.Verb) -> list[str]:
        return [name(request) for request in sent if request.verb == verb]

    revision = {True: "old", False: "new" if given["templateChanged"] else "old"}
    ours: dict[str, Any] = {
        "creates": [
            f"{name(request)}@{revision[_true(request.current)]}"
            for request in sent
            if request.verb == "create"
        ],
        "deletes": names("delete"),
        "updates": names("update"),
        "claimsCreated": sorted(names("create claim")),
        "claimsUpdated": sorted(
            f"{name(request)}: [{' '.join(_owners(request))}]"
            for request in sent
            if request.verb == "own claim"
        ),
    }
    theirs = {key: real.get(key) or [] for key in ours}
    if given["podManagementPolicy"] == "Parallel":
        for key in ("creates", "deletes", "updates"):
            ours[key].sort()
    if vector.family == "more":
        ours["errors"] = sorted(
            f"pvc {template}-web-{ordinal} is being deleted"
            for ordinal, failed in enumerate(decision.errors)
            if _true(failed)
            for template, found in zip(templates, pods[ordinal].claims, strict=True)
            if _true(found.exists & found.terminating)
        )
        theirs["errors"] = real.get("errors") or []
        # What a sync that fails returns has no status.
        ours["status"] = None if ours["errors"] else _status(decision.status)
        theirs["status"] = real.get("status")
    return {NAME: compared(theirs, ours)}


def _spec(given: Any, *, gate: bool) -> ordinals.Spec:
    most, replicas = given.get("maxUnavailable"), given["replicas"]
    limit = None if most is None else world.amount(most)
    return ordinals.Spec(
        replicas,
        start=given.get("ordinalsStart", 0),
        parallel=given["podManagementPolicy"] == "Parallel",
        on_delete=given["updateStrategy"] == "OnDelete",
        # Where a vector has none, it is the API server's default.
        partition=given.get("partition", 0),
        unavailable=ordinals.most_unavailable(limit, replicas) if gate else None,
        updating=given["templateChanged"],
        retention=Retention(
            deletes_with_set=given.get("whenDeleted") == "Delete",
            deletes_when_scaled=given.get("whenScaled") == "Delete",
        ),
        terminating=given.get("deleting", False),
    )


def _pods(given: Any) -> list[ordinals.Pod]:
    """By ordinal, with a place for every one that the set has or is to have."""
    there = {pod["ordinal"]: pod for pod in given["pods"] or []}
    most = max([given["replicas"] + given.get("ordinalsStart", 0) - 1, *there])
    claims = {each["name"]: each for each in given.get("claims") or []}
    templates = given.get("volumeClaimTemplates") or []
    changed = given["templateChanged"]
    found = []
    for ordinal in range(most + 1):
        each = there.get(ordinal, {"state": "Absent", "revision": "old"})
        new = each["revision"] == "new"
        pod = ordinals.pod(
            each["state"],
            updated=new or not changed,
            current=not new,
            waits=given.get("minReadySeconds", 0) > 0,
        )
        owned = (claims.get(f"{template}-web-{ordinal}") for template in templates)
        found.append(
            pod._replace(
                storage=boolean(not each.get("noClaims")), claims=tuple(map(_claim, owned))
            )
        )
    return found


def _claim(given: Any) -> Claim:
    if given is None:
        return Claim()
    # A vector's claim has one owner at most.
    (owner,) = given.get("owners") or [""]
    whose = {"stalePod": "earlier"}.get(owner, owner)
    return claim(whose, terminating=given.get("deleting", False))


def _owners(request: ordinals.Request) -> list[str]:
    assert request.owners is not None
    kinds = {"Pod": request.owners.of_pod, "StatefulSet": request.owners.of_set}
    return [kind for kind, owns in kinds.items() if _true(owns)]


def _status(status: ordinals.Status) -> dict[str, int]:
    counts = {
        "availableReplicas": status.available,
        "currentReplicas": status.current,
        "readyReplicas": status.ready,
        "replicas": status.replicas,
        "updatedReplicas": status.updated,
    }
    return {name: _number(count) for name, count in counts.items()}


def _true(expr: Expr) -> bool:
    return bool(_number(expr))


def _number(expr: Expr) -> int:
    assert isinstance(expr.payload, int)
    return expr.payload
