"""What syncs decide, against answers of the real controllers.

`tests/conformance/decisions.jsonl.gz` is a sample of what the functions of kubernetes v1.36.3
answered: a Deployment and its ReplicaSets with the requests that one sync sent, and the pods of a
ReplicaSet with the order in which it deletes them.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from model.controllers import rollout
from model.controllers.victims import Pod, victims
from tests.model.worlds import amount

SAMPLE = Path(__file__).parents[1] / "conformance" / "decisions.jsonl.gz"


def rows(kind: str) -> list[Any]:
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    return [row for row in found if row["kind"] == kind]


def decided(given: Any) -> list[tuple[str, int, bool]]:
    """The requests of a sync: the ReplicaSet, its replicas, whether it is created."""
    old = given["replicaSets"] or []
    sets = [rollout.seen(r["new"], True, r["replicas"], r["availableReplicas"]) for r in old]
    names = [r["name"] for r in old]
    if not any(r["new"] for r in old):
        sets.append(rollout.seen(True, False, 0, 0))
        names.append("web-new")
    desired = given["replicas"]
    if given["strategy"] == "Recreate":
        status = any(r["statusReplicas"] > 0 and not r["new"] for r in old)
        decision = rollout.recreate(desired, sets, bool(given.get("oldPods")) or status)
    else:
        surge = amount(given["maxSurge"]).scaled(desired, round_up=True)
        unavailable = amount(given["maxUnavailable"]).scaled(desired, round_up=False)
        if not surge and not unavailable:
            unavailable = 1
        decision = rollout.rolling(desired, surge, min(unavailable, desired), sets)
    return [(names[r.position], r.replicas, r.creates) for r in rollout.requests(decision, sets)]


def test_a_deployment_sync_sends_what_the_real_one_sends() -> None:
    """Several requests from one reading, several old ReplicaSets included."""
    sample = rows("deployment")
    assert len(sample) >= 150
    assert any(len(row["output"]["requests"]) > 2 for row in sample)
    for row in sample:
        sent = [
            (r["replicaSet"], r["replicas"], r["verb"] == "create")
            for r in row["output"]["requests"]
        ]
        assert decided(row["input"]) == sent, row


def test_victims_are_those_of_the_real_ranking() -> None:
    """For every number of them: who goes for sure, and of which equal ones some go."""
    sample = rows("victims")
    assert len(sample) >= 100
    for row in sample:
        pods = row["input"]["pods"]
        asked = [
            Pod(p["nodeName"], p["phase"] == "Pending", p["ready"], "ofAnotherReplicaSet" not in p)
            for p in pods
        ]
        groups = row["output"]["equalGroups"]
        for deleted in range(1, len(row["output"]["order"]) + 1):
            sure, tied, before = set(), set(), 0
            for group in groups:
                if before + len(group) <= deleted:
                    sure |= set(group)
                elif before < deleted:
                    tied |= set(group)
                before += len(group)
            ours = victims(asked, deleted)
            assert [{pods[i]["name"] for i in some} for some in ours] == [sure, tied], row


@pytest.mark.parametrize(
    ("pods", "deleted", "sure", "tied"),
    [
        # Any two of the pending ones, also both of n2: ranked anew after one of them, the other
        # would be the last.
        ([("n2", True), ("n2", True), ("n1", False), ("n1", True)], 2, set(), {0, 1, 3}),
        # Recorded: two pods on one node and three on another, scaled to 2, four times of four.
        (
            [("a", False), ("a", False), ("b", False), ("b", False), ("b", False)],
            3,
            {2, 3, 4},
            set(),
        ),
        # When everything goes nothing is ranked.
        ([("a", False), ("b", True)], 2, {0, 1}, set()),
    ],
)
def test_victims_are_ranked_once(
    pods: list[tuple[str, bool]], deleted: int, sure: set[int], tied: set[int]
) -> None:
    """The whole batch is chosen from one ranking."""
    found = victims([Pod(node, pending, not pending) for node, pending in pods], deleted)
    assert found == (sure, tied)
