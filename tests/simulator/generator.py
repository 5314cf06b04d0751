"""Random small scenarios as YAML: what the loader reads, and some of what the model leaves out.

One to three replicas on one to three nodes. Most scenarios use few features, so that what they
come from can be told; each feature comes up in some.
"""

from __future__ import annotations

from random import Random
from typing import Any

import yaml

ZONE, HOSTNAME = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
OWN = {"matchLabels": {"app": "web"}}
PROPAGATIONS = ("background", "foreground", "orphan")
Document = dict[str, Any]


def scenario(seed: int) -> str:
    """The text of the scenario of a seed."""
    random = Random(seed)
    nodes = _nodes(random)
    workload = _workload(random, nodes)
    documents = [_check(random, workload, nodes), *nodes, workload, *_budgets(random)]
    return yaml.safe_dump_all(documents, sort_keys=False)


def _often(random: Random, chance: float) -> bool:
    return random.random() < chance


# -- nodes ------------------------------------------------------------------------------------
def _nodes(random: Random) -> list[Document]:
    count = random.choice((1, 2, 2, 3))
    alike = _often(random, 0.5)
    first = _node(random, 1)
    return [
        {**first, "metadata": _named(first["metadata"], number)} if alike else _node(random, number)
        for number in range(1, count + 1)
    ]


def _named(metadata: Document, number: int) -> Document:
    name = f"node-{number}"
    return {"name": name, "labels": {**metadata["labels"], HOSTNAME: name}}


def _node(random: Random, number: int) -> Document:
    labels = {}
    if _often(random, 0.5):
        labels[ZONE] = random.choice("ab")
    if _often(random, 0.4):
        labels["disk"] = random.choice(("ssd", "hdd"))
    spec: Document = {}
    if _often(random, 0.15):
        effect = random.choice(("NoSchedule", "NoSchedule", "PreferNoSchedule", "NoExecute"))
        taint = {"key": random.choice(("dedicated", "pool")), "effect": effect}
        spec["taints"] = [{**taint, "value": "x"} if _often(random, 0.5) else taint]
    if _often(random, 0.08):
        spec["unschedulable"] = True
    amounts = {
        "cpu": random.choice(("500m", "1", "1500m", "4")),
        "memory": random.choice(("1Gi", "8Gi")),
        "pods": random.choice(("1", "2", "3", "110", "110")),
    }
    if _often(random, 0.2):
        amounts["example.com/gpu"] = random.choice("12")
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _named({"labels": labels}, number),
        "spec": spec,
        "status": {"allocatable": amounts},
    }


# -- the workload -----------------------------------------------------------------------------
def _workload(random: Random, nodes: list[Document]) -> Document:
    kind = "Deployment" if _often(random, 0.85) else "ReplicaSet"
    spec: Document = {"replicas": random.choice((1, 2, 2, 3)), "selector": OWN}
    if kind == "Deployment" and _often(random, 0.8):
        spec["strategy"] = _strategy(random)
    if kind == "Deployment" and _often(random, 0.03):
        spec["paused"] = True
    if _often(random, 0.15):
        spec["minReadySeconds"] = random.choice((1, 5))
    metadata = {"labels": {"app": "web"}}
    spec["template"] = {"metadata": metadata, "spec": _pod(random, nodes)}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec}


def _strategy(random: Random) -> Document:
    if _often(random, 0.15):
        return {"type": "Recreate"}
    surge = random.choice((0, 1, 1, 2, 3, "25%", "50%", "100%"))
    unavailable = random.choice((0, 0, 1, 2, "25%", "50%", "100%", "0%"))
    if surge == 0 and unavailable in (0, "0%"):
        unavailable = 1
    return {"type": "RollingUpdate", "rollingUpdate": _limits(surge, unavailable)}


def _limits(surge: int | str, unavailable: int | str) -> Document:
    return {"maxSurge": surge, "maxUnavailable": unavailable}


def _pod(random: Random, nodes: list[Document]) -> Document:
    container: Document = {"name": "web", "image": "example/web:1"}
    requests = {}
    if _often(random, 0.6):
        requests["cpu"] = random.choice(("100m", "500m", "700m", "1"))
    if _often(random, 0.3):
        requests["memory"] = random.choice(("64Mi", "512Mi", "2Gi"))
    limits = {}
    if _often(random, 0.06):
        requests["example.com/gpu"] = limits["example.com/gpu"] = "1"
    if requests:
        container["resources"] = {"requests": requests, **({"limits": limits} if limits else {})}
    if _often(random, 0.1):
        container["ports"] = [{"containerPort": 80, "hostPort": 8080}]
    if _often(random, 0.3):
        container["readinessProbe"] = {"httpGet": {"port": 80}}
    spec: Document = {"containers": [container]}
    if _often(random, 0.1):
        wanted = {"resources": {"requests": {"cpu": "800m"}}}
        sidecar = {"restartPolicy": "Always"} if _often(random, 0.4) else {}
        spec["initContainers"] = [{"name": "init", "image": "example/init:1", **wanted, **sidecar}]
    if _often(random, 0.12):
        spec["nodeSelector"] = {"disk": random.choice(("ssd", "hdd"))}
    affinity = _affinity(random)
    if affinity:
        spec["affinity"] = affinity
    if _often(random, 0.3):
        spec["tolerations"] = [_toleration(random) for _ in range(random.choice((1, 1, 2)))]
    if _often(random, 0.05):
        # At times it is the name of no node.
        spec["nodeName"] = random.choice([*(node["metadata"]["name"] for node in nodes), "gone"])
    if _often(random, 0.1):
        spec["terminationGracePeriodSeconds"] = random.choice((0, 5))
    if _often(random, 0.05):
        spec["topologySpreadConstraints"] = [_spread(random)]
    if _often(random, 0.02):
        spec["schedulingGates"] = [{"name": "example.com/wait"}]
    return spec


def _affinity(random: Random) -> Document:
    found: Document = {}
    if _often(random, 0.1):
        expression = random.choice(
            (
                {"key": "disk", "operator": "In", "values": ["ssd"]},
                {"key": "disk", "operator": "NotIn", "values": ["ssd"]},
                {"key": ZONE, "operator": "Exists"},
                {"key": "disk", "operator": "DoesNotExist"},
            )
        )
        terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
        found["nodeAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    if _often(random, 0.2):
        term = {"labelSelector": OWN, "topologyKey": random.choice((HOSTNAME, HOSTNAME, ZONE))}
        found["podAntiAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    if _often(random, 0.04):
        labels = random.choice((OWN, {"matchLabels": {"app": "cache"}}))
        term = {"labelSelector": labels, "topologyKey": random.choice((HOSTNAME, ZONE))}
        found["podAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return found


def _toleration(random: Random) -> Document:
    key = random.choice(
        (
            "dedicated",
            "pool",
            "maintenance",
            "node.kubernetes.io/unreachable",
            "node.kubernetes.io/unschedulable",
            "",
        )
    )
    toleration: Document = {"operator": "Exists"}
    if key:
        toleration["key"] = key
        if _often(random, 0.3):
            toleration = {"key": key, "operator": "Equal", "value": random.choice(("x", "z"))}
    effect = random.choice(("", "NoSchedule", "NoExecute", "NoExecute"))
    if effect:
        toleration["effect"] = effect
    if effect == "NoExecute" and _often(random, 0.4):
        toleration["tolerationSeconds"] = random.choice((0, 60))
    return toleration


def _spread(random: Random) -> Document:
    return {
        "maxSkew": 1,
        "topologyKey": random.choice((HOSTNAME, ZONE)),
        "whenUnsatisfiable": random.choice(("DoNotSchedule", "DoNotSchedule", "ScheduleAnyway")),
        "labelSelector": OWN,
    }


# -- what happens -----------------------------------------------------------------------------
def _check(random: Random, workload: Document, nodes: list[Document]) -> Document:
    spec: Document = {"scenario": _change(random, workload, nodes)}
    faults = _faults(random, workload)
    if any("label" in step or "unlabel" in step for step in spec["scenario"].get("steps", ())):
        faults.pop("nodeRemovals", None)  # A new node would not have the label.
        faults = {} if set(faults) == {"nodesReturn"} else faults
    if faults:
        spec["faults"] = faults
    if _often(random, 0.2):
        spec["controlPlane"] = {"members": random.choice((1, 3, 5))}
    return {
        "apiVersion": "planecheck.dev/v1alpha1",
        "kind": "Check",
        "metadata": {"name": "random"},
        "spec": spec,
    }


def _change(random: Random, workload: Document, nodes: list[Document]) -> Document:
    names = [node["metadata"]["name"] for node in nodes]
    kinds = ["apply", "drain", "drain", "taint", "steady"]
    if workload["kind"] == "Deployment":
        kinds += ["rollout"] * 4 + ["steps"] * 4
    else:
        kinds += ["delete", "steps", "steps"]
    kind = random.choice(kinds)
    if kind in ("drain", "taint"):
        chosen: Document = {"node": random.sample(names, random.randint(1, min(2, len(names))))}
        if kind == "drain" and _often(random, 0.4):
            chosen["uncordon"] = True
        if kind == "taint":
            chosen["key"] = random.choice(("maintenance", "pool"))
        return {kind: chosen}
    if kind == "delete":
        return {"steps": [{"delete": random.choice(PROPAGATIONS)}]}
    if kind == "steps":
        return {kind: _steps(random, workload, nodes)}
    if kind == "rollout":
        rollout: Document = {"image": "example/web:2"}
        if _often(random, 0.3):
            rollout["becomesReady"] = False
        if _often(random, 0.4):
            rollout["rollback"] = True
        return {kind: rollout}
    return {kind: {}}


def _steps(random: Random, workload: Document, among: list[Document]) -> list[Document]:
    """Up to three changes, of which each is possible and does something."""
    found: list[Document] = []
    nodes = [node["metadata"]["name"] for node in among]
    labels = {node["metadata"]["name"]: dict(node["metadata"]["labels"]) for node in among}
    replicas = workload["spec"]["replicas"]
    paused, rolled = False, False
    for number in range(random.choice((1, 2, 2, 3))):
        kinds = ["scale", "scale"]
        if workload["kind"] == "Deployment":
            kinds += ["setImage", "apply", "resume" if paused else "pause"]
            if not paused:
                kinds += ["restart", "undo"] if rolled else ["setImage"]
        if _often(random, 0.3):
            kinds = ["deletePod", "deletePod", "removeNode", "cordon", "uncordon"]
            kinds += ["label"] * 3 if labels else []
        kind = random.choice(kinds)
        value: object = {}
        if kind == "scale":
            value = replicas = random.choice([n for n in (0, 1, 2, 3, 4) if n != replicas])
        elif kind in ("removeNode", "cordon", "uncordon"):
            value = random.choice(nodes)
            if kind == "removeNode":
                labels.pop(value, None)
        elif kind == "label":
            kind, value = _label(random, labels)
        elif kind == "setImage":
            value = f"example/web:{number + 2}"
        elif kind == "apply":
            replicas = random.choice((1, 2, 3))
            value = {"image": f"example/web:{number + 2}", "replicas": replicas}
        paused = (paused or kind == "pause") and kind != "resume"
        rolled = rolled or (kind in ("setImage", "apply") and not paused)
        found.append({kind: value})
        if kind == "undo":
            break
    values = [value for step in found for value in step.values()]
    named = {each if isinstance(each, str) else str(_about(each)) for each in values}
    new = [name for name in nodes if name not in named]
    if new and len(nodes) > 1 and _often(random, 0.15):
        found.insert(random.randint(0, len(found)), {"addNode": random.choice(new)})
    if _often(random, 0.25):
        found.append({"delete": random.choice(PROPAGATIONS)})
    return found


def _label(random: Random, labels: dict[str, Document]) -> tuple[str, Document]:
    """A node gets another label, or loses one that it has."""
    name, key = random.choice(list(labels)), random.choice(("disk", ZONE))
    has, chosen = labels[name].get(key), {"node": name, "key": key}
    if has is not None and _often(random, 0.4):
        del labels[name][key]
        return "unlabel", chosen
    values = ("ssd", "hdd") if key == "disk" else ("a", "b")
    labels[name][key] = random.choice([each for each in values if each != has])
    return "label", {**chosen, "value": labels[name][key]}


def _about(value: object) -> object:
    return value.get("node") if isinstance(value, dict) else None


def _faults(random: Random, workload: Document) -> Document:
    found: Document = {}
    if _often(random, 0.2):
        found["nodeCrashes"] = 1
        if _often(random, 0.5):
            found["nodesReturn"] = False
    if _often(random, 0.06):
        found["nodeRemovals"] = 1
        if _often(random, 0.5):
            found["nodesReturn"] = False
    if _often(random, 0.12):
        found["podFailures"] = 1
    if _often(random, 0.08):
        found["memberCrashes"] = random.choice((1, 2))
    if _often(random, 0.04):
        found["memberPartitions"] = 1
    if _often(random, 0.12):
        watchers = ["replicaset-controller"]
        if workload["kind"] == "Deployment":
            watchers.append("deployment-controller")
        found["slowWatches"] = {random.choice(watchers): _moments(random)}
    if _often(random, 0.12):
        found["nodePartitions"] = 1
    if _often(random, 0.06):
        found["podsFailForGood"] = 1
    if _often(random, 0.06):
        found["forcedDeletions"] = 1
    if _often(random, 0.1):
        restarts = ["replicaset-controller"]
        if workload["kind"] == "Deployment":
            restarts.append("deployment-controller")
        found["controllerRestarts"] = {random.choice(restarts): 1}
    return found


def _moments(random: Random) -> int | Document:
    """At how many past moments a cache may rest: mostly one, at times that of pods only."""
    often = random.choice((1, 1, 1, 2))
    return {"pods": often} if _often(random, 0.25) else often


def _budgets(random: Random) -> list[Document]:
    count = random.choice((0, 0, 0, 1, 1, 1, 2)) if _often(random, 0.7) else 0
    found = []
    for number in range(count):
        limit: Document
        if _often(random, 0.5):
            limit = {"minAvailable": random.choice((0, 1, 1, 2, "50%", "100%"))}
        else:
            limit = {"maxUnavailable": random.choice((0, 1, 1, "25%", "50%"))}
        spec = {**limit, "selector": OWN}
        if _often(random, 0.1):
            spec["unhealthyPodEvictionPolicy"] = "AlwaysAllow"
        metadata = {"name": f"web-{number}"}
        kind = "PodDisruptionBudget"
        found.append({"apiVersion": "policy/v1", "kind": kind, "metadata": metadata, "spec": spec})
    return found
