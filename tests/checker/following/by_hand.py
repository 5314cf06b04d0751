"""Recordings by hand, of a few lines."""

from __future__ import annotations

import json
from typing import Any

from checker.following.recording import Recording, parsed

Line = dict[str, Any]

#: The name of the controller of ReplicaSets.
REPORTS = "replicaset-controller"


def recording(*lines: Line) -> Recording:
    """The lines, with versions in their order."""
    texts = (json.dumps({**line, "resourceVersion": str(n)}) for n, line in enumerate(lines, 1))
    return parsed(enumerate(texts, 1))


def line(kind: str, name: str, given: Line | None = None, **more: Any) -> Line:
    """An object that is there at the start, unless `more` says otherwise."""
    body = {"metadata": {}, **(given or {})}
    body["metadata"] = {"uid": f"u-{name}", **body["metadata"]}
    return {"type": "ADDED", "kind": kind, "namespace": "shop", "name": name, "object": body} | more


def pod(name: str, *, ready: bool = True, owner: str = "r", **more: Any) -> Line:
    """A pod of ReplicaSet `owner` on node n."""
    owners = [{"kind": "ReplicaSet", "name": owner, "uid": f"u-{owner}", "controller": True}]
    told = {
        "metadata": {"labels": {"app": "web"}, "ownerReferences": owners},
        "spec": {"nodeName": "n", "priority": 1},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }
    return line("Pod", name, told, **more)


def going(name: str, who: str = "") -> Line:
    """That somebody deletes the pod."""
    found = pod(name, type="MODIFIED", actor=who)
    found["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return found


def sized(asked: int, *, who: str = "", **counts: int) -> Line:
    """ReplicaSet r as its controller writes it, or as it is at the start."""
    given = {"spec": {"replicas": asked}, "status": counts}
    more = {"type": "MODIFIED", "actor": f"kube-controller-manager/{who}"} if who else {}
    return line("ReplicaSet", "r", given, **more)


def budget(name: str = "b", type: str = "ADDED", actor: str = "", **limits: Any) -> Line:
    spec = {"selector": {"matchLabels": {"app": "web"}}, **limits}
    return line("PodDisruptionBudget", name, {"spec": spec}, type=type, actor=actor)
