"""The simulator's decisions against what the real code answered: rows of recorded vectors.

`python -m tests.simulator.vectors FILE...` prints how many rows of each file agree.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.simulator import deployment as deployments
from tests.simulator import disruption, filters, selectors
from tests.simulator import replicaset as replicasets
from tests.simulator.apiserver import Forbidden, Refused, Store
from tests.simulator.objects import Budget, Deployment, Pod, ReplicaSet

Row = dict[str, Any]


def rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def deployment(row: Row) -> bool | None:
    """Whether a sync sends the same requests; None where the row is about something else."""
    given, wanted = row["input"], row["output"]["requests"]
    scales = row["output"].get("scaling") or given.get("paused")
    if scales and any("maxAnnotation" not in each for each in given["replicaSets"] or ()):
        return None
    found = [
        ReplicaSet(
            each["name"],
            {},
            "new" if each["new"] else each["name"],
            each["replicas"],
            created=index,
            status_replicas=each["statusReplicas"],
            status_ready=each["readyReplicas"],
            status_available=each["availableReplicas"],
            desired=int(each["desiredAnnotation"]) if "desiredAnnotation" in each else None,
            maximum=int(each["maxAnnotation"]) if "maxAnnotation" in each else None,
        )
        for index, each in enumerate(given["replicaSets"] or ())
    ]
    # The vectors' ReplicaSets have the revisions that they need.
    revised = [
        ReplicaSet(**{**vars(each), "revision": 2 if each.template == "new" else 1})
        for each in found
    ]
    asked = Deployment(
        "web",
        "new",
        given["replicas"],
        given["strategy"],
        given.get("maxSurge", "25%"),
        given.get("maxUnavailable", "25%"),
        paused=bool(given.get("paused")),
    )
    sent = deployments.decide(asked, revised, given.get("oldPods", 0))
    says = []
    for request in sent:
        if isinstance(request, deployments.Scale):
            if scales and request.replicas == request.replicaset.replicas:
                continue  # annotations alone, which the answers leave out
            says.append(("scale", request.replicaset.name, request.replicas))
        elif isinstance(request, deployments.Create):
            says.append(("create", "", request.replicas))
    expected = [
        (r["verb"], r["replicaSet"] if r["verb"] == "scale" else "", r["replicas"]) for r in wanted
    ]
    return says == expected


def victims(row: Row) -> bool | None:
    """Whether the pods come in the same order, where more than time or cost decides."""
    pods, related = [], []
    for each in row["input"]["pods"]:
        pod = Pod(each["name"], "rs", {}, each["nodeName"], each["phase"], each["ready"])
        related.append(pod)
        if not each.get("ofAnotherReplicaSet"):
            pods.append(pod)
        if "deletionCost" in each:
            return None
    names = {pod.name: pod for pod in pods}
    order = [names[name] for name in row["output"]["order"]]
    return all(
        frozenset(order[:number]) in set(map(frozenset, replicasets.victims(pods, related, number)))
        for number in range(1, len(pods) + 1)
    )


def scheduler(row: Row) -> bool | None:
    """Whether the same filters of ours let the pod on the same nodes."""
    given = row["input"]
    pods = [p for p in given["pods"] or () if p["spec"].get("nodeName")]
    # Namespaces are not simulated; keys of labels in affinities are merged by the API server.
    affinities = json.dumps([p["spec"].get("affinity") for p in [*pods, given["pod"]]])
    if "namespaceSelector" in affinities or "atchLabelKeys" in affinities:
        return None
    cluster = filters.Cluster(given["nodes"], pods)
    for node in given["nodes"]:
        refused = set(row["output"]["nodes"].get(node["metadata"]["name"], {}).get("byPlugin", {}))
        mine = {n for n, check in filters.FILTERS.items() if not check(given["pod"], node, cluster)}
        if mine != refused & filters.FILTERS.keys():
            return False
    return True


def kubelet(row: Row) -> bool | None:
    given = row["input"]
    pod = given["pod"]
    for node in given["nodes"]:
        name = node["metadata"]["name"]
        here = {**pod, "spec": {**pod["spec"], "nodeName": name}}
        cluster = filters.Cluster(given["nodes"], given["pods"] or ())
        if filters.admits(here, node, cluster) != row["output"][name]["admit"]:
            return False
    return True


def budget(row: Row) -> bool | None:
    given, status = row["input"], row["output"]["status"]
    manifest = {"metadata": {"labels": {"app": "web"}}, "spec": {}}
    looks: dict[str, dict[str, Any]] = {
        "Pending": {"node": "n", "phase": "Pending"},
        "NotReady": {"node": "n", "phase": "Running"},
        "Ready": {"node": "n", "phase": "Running", "ready": True},
        "Terminating": {"node": "n", "phase": "Running", "ready": True, "terminating": True},
        "Failed": {"node": "n", "phase": "Failed"},
    }
    pods = [Pod(f"p{i}", "rs", manifest, **looks[state]) for i, state in enumerate(given["pods"])]
    always = given.get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
    selector = {"matchLabels": {"app": "web"}}
    limits = given.get("minAvailable"), given.get("maxUnavailable")
    found = disruption.computed(Budget("b", selector, *limits, always), pods, given["replicas"])
    if (found.allowed, found.healthy, found.desired, found.expected) != (
        status["disruptionsAllowed"],
        status["currentHealthy"],
        status["desiredHealthy"],
        status["expectedPods"],
    ):
        return False
    for state, answer in row["output"].get("evictionOfAPod", {}).items():
        if state in given["pods"]:
            store = Store()
            store.create(found)
            if given.get("secondBudget"):
                store.create(replace(found, name="other"))
            for pod in pods:
                store.create(pod)
            if evicted(store, f"p{given['pods'].index(state)}") != answer:
                return False
    return True


def evicted(store: Store, name: str) -> str:
    try:
        store.evict(name)
    except Forbidden:
        return "500"
    except Refused:
        return "429"
    return "deleted"


def taints(row: Row) -> bool | None:
    given, output = row["input"], row["output"]
    tolerations = given.get("tolerations") or ()
    after = selectors.admitted(tolerations)
    execute = [t for t in given["taints"] if t["effect"] == "NoExecute"]
    seconds = selectors.seconds_borne(after, execute)
    keep_off = [t for t in given["taints"] if t["effect"] != "PreferNoSchedule"]
    scheduled = all(selectors.tolerated(after, t) for t in keep_off)
    return (
        after == (output["admittedTolerations"] or [])
        and (-1 if seconds is None else seconds) == output["admittedSecondsUntilEvicted"]
        and scheduled == output["admittedPodIsScheduled"]
    )


KINDS = {
    "deployment": deployment,
    "victims": victims,
    "scheduler": scheduler,
    "kubelet": kubelet,
    "disruption": budget,
    "taints": taints,
}


def main(paths: list[str]) -> None:
    for path in paths:
        said: Counter[str] = Counter()
        for row in rows(Path(path)):
            agrees = KINDS[row["kind"]](row)
            said[{True: "agree", False: "disagree", None: "left out"}[agrees]] += 1
            if agrees is False and said["disagree"] == 1:
                print(json.dumps(row)[:1500])
        print(path, dict(said))


if __name__ == "__main__":
    main(sys.argv[1:])
