"""Vectors of DaemonSets: which nodes get pods, the requests of one sync, and its status.

The real controller walks maps: what a vector says of many runs must be what the model admits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checker.conformance import world
from checker.conformance.contract import Outcome, Vector, compared
from checker.conformance.manifests import node_of, template_of
from model.controllers import daemons
from model.ir.expr import Expr, boolean, integer
from model.plugins import daemon_nodes

NODES, SYNC, STATUS = "nodes of a DaemonSet", "DaemonSet sync", "DaemonSet status"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    verdicts = _verdicts(given)
    names, places = _places(given, verdicts)
    theirs = {
        name: (each["shouldRun"], each["shouldContinueRunning"])
        for name, each in real["nodes"].items()
    }
    found = {NODES: compared(theirs, {name: tuple(each) for name, each in verdicts.items()})}
    decision = daemons.decide(_strategy(given["daemonSet"]["spec"]["updateStrategy"]), places)
    pods = [[pod["name"] for pod in given["pods"] if pod["node"] == name] for name in names]
    theirs_sent = _choice(real["createsOnNodes"]), _choice(real["deletes"])
    ours_sent = _requests(decision, names, pods, real["deletes"])
    found[SYNC] = compared(
        (*theirs_sent, bool(real.get("error"))), (*ours_sent, bool(_number(decision.error)))
    )
    found[STATUS] = compared(_reported(real["status"]), _status(daemons.status(places)))
    return found


def _verdicts(given: Any) -> dict[str, daemon_nodes.Verdict]:
    template = given["daemonSet"]["spec"]["template"]
    ours, on_host = template_of(template), bool(template["spec"].get("hostNetwork"))
    nodes = map(node_of, given["nodes"])
    return {node.name: daemon_nodes.verdict(ours, node, host_network=on_host) for node in nodes}


def _strategy(given: Any) -> daemons.Strategy:
    if given["type"] == "OnDelete":
        return daemons.Strategy(on_delete=True)
    limits = given["rollingUpdate"]
    return daemons.Strategy(
        world.amount(limits["maxUnavailable"]), world.amount(limits["maxSurge"])
    )


def _places(
    given: Any, verdicts: Mapping[str, daemon_nodes.Verdict]
) -> tuple[list[str], list[daemons.Place]]:
    """The nodes, and those that are gone but for their pods."""
    waits = given["daemonSet"]["spec"].get("minReadySeconds", 0) > 0
    names = [*verdicts, *sorted({pod["node"] for pod in given["pods"]} - {*verdicts})]
    places = []
    for name in names:
        runs, stays = verdicts.get(name, (False, False))
        pods = tuple(_pod(pod, waits) for pod in given["pods"] if pod["node"] == name)
        exists = boolean(name in verdicts)
        places.append(daemons.Place(pods, boolean(runs), boolean(stays), exists))
    return names, places


def _pod(given: Any, waits: bool) -> daemons.Pod:
    state = given["state"]
    ready = state in ("Available", "Ready", "Terminating")
    return daemons.Pod(
        boolean(True),
        updated=boolean(given["revision"] != "old"),
        ready=boolean(ready),
        available=boolean(ready and not (waits and state == "Ready")),
        failed=boolean(state == "Failed"),
        succeeded=boolean(state == "Succeeded"),
        terminating=boolean(state == "Terminating"),
        bound=boolean(given["bound"]),
        born=integer(-given["ageSeconds"]),
    )


#: How many requests, which are sent in every run, and which in some.
_Choice = tuple[int, list[str], list[str]]


def _admitted(sure: set[str], groups: Iterable[tuple[set[str], int]]) -> _Choice:
    """All that are sure, and of each group so many."""
    always, sometimes, count = set(sure), set[str](), len(sure)
    for group, number in groups:
        count += number
        if number == len(group):
            always |= group
        elif number:
            sometimes |= group
    return count, sorted(always), sorted(sometimes)


def _requests(
    decision: daemons.Decision, names: list[str], pods: list[list[str]], real: Any
) -> tuple[_Choice, _Choice]:
    """The creations by node, the deletions by pod."""
    more_nodes = _named(zip(names, decision.more_creates, strict=True))
    creates = _admitted(
        _named(zip(names, decision.creates, strict=True)),
        [(more_nodes, _number(decision.create_count))],
    )
    failed = (
        _named(zip(here, row, strict=True)) for here, row in zip(pods, decision.failed, strict=True)
    )
    deletes = _admitted(
        _among(pods, decision.deletes),
        [
            *((_told(group, real), min(1, len(group))) for group in failed),
            (_among(pods, decision.more_deletes), _number(decision.delete_count)),
        ],
    )
    return creates, deletes


def _told(group: set[str], real: Any) -> set[str]:
    """Failed pods of one node, of which one is deleted: where the template has not changed, a
    vector tells of so few runs that they may all have taken the same."""
    _, always, sometimes = _choice(real)
    one = group & {*always}
    return one if len(one) == 1 and not group & {*sometimes} else group


def _named(flags: Iterable[tuple[str, Expr]]) -> set[str]:
    return {name for name, flag in flags if _number(flag)}


def _among(pods: list[list[str]], flags: daemons.OfPods) -> set[str]:
    rows = zip(pods, flags, strict=True)
    return {name for here, row in rows for name in _named(zip(here, row, strict=True))}


def _choice(real: Any) -> _Choice:
    return real["count"], real.get("always") or [], real.get("sometimes") or []


_FIELDS = {
    "desired": "desiredNumberScheduled",
    "current": "currentNumberScheduled",
    "misscheduled": "numberMisscheduled",
    "ready": "numberReady",
    "available": "numberAvailable",
    "updated": "updatedNumberScheduled",
    "unavailable": "numberUnavailable",
}


def _reported(real: Any) -> dict[str, int]:
    return {ours: real.get(theirs, 0) for ours, theirs in _FIELDS.items()}


def _status(status: daemons.Status) -> dict[str, int]:
    return {name: _number(getattr(status, name)) for name in _FIELDS}


def _number(expr: Expr) -> int:
    assert isinstance(expr.payload, int)
    return expr.payload
