"""Which workloads are checked together, and that others stay omissions."""

from __future__ import annotations

from itertools import pairwise

import pytest

from model import scope
from model.scenario import Scenario
from model.scope import OTHERS_STAY
from model.sizes.rungs import sizes, smaller
from tests.model.load.helpers import plan_of

NODES = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: here}
spec:
  cluster: {nodes: {count: 2, cpu: "2", memory: 8Gi}}
  scenario: {drain: {node: node-1}}
"""


def deployment(
    name: str, *, replicas: int = 1, cpu: str = "100m", kind: str = "Deployment", more: str = ""
) -> str:
    return f"""
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, tier: front}}}}
    spec:
      {more}
      containers:
        - name: c
          image: "{name}:1"
          resources: {{requests: {{cpu: {cpu}}}}}
"""


def away(name: str, key: str = "kubernetes.io/hostname") -> str:
    term = f"{{topologyKey: {key}, labelSelector: {{matchLabels: {{app: {name}}}}}}}"
    required = f"requiredDuringSchedulingIgnoredDuringExecution: [{term}]"
    return f"affinity: {{podAntiAffinity: {{{required}}}}}"


BUDGET = """
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: front}
spec:
  minAvailable: 1
  selector: {matchLabels: {tier: front}}
"""


def scenarios(*texts: str) -> dict[str, Scenario]:
    """By the name of the workload."""
    return {s.workload.name: s for s in plan_of(NODES + "".join(texts)).scenarios}


def names(scenario: Scenario) -> list[str]:
    return [workload.name for workload in scenario.neighbours]


@pytest.mark.parametrize(
    ("texts", "meeting"),
    [
        ((deployment("a", cpu="1500m"), deployment("b", cpu="1500m")), "share nodes"),
        ((deployment("a", more=away("b")), deployment("b")), "kept apart by anti-affinity"),
        ((deployment("a"), deployment("b", more=away("a"))), "kept apart by anti-affinity"),
        ((deployment("a"), deployment("b"), BUDGET), "under one PodDisruptionBudget"),
    ],
)
def test_who_meets(texts: tuple[str, ...], meeting: str) -> None:
    """It is mutual, and nothing about it is left out."""
    found = scenarios(*texts)
    assert names(found["a"]) == ["b"]
    assert names(found["b"]) == ["a"]
    for scenario in found.values():
        (said,) = scenario.meetings
        assert meeting in said
        assert scenario.omitted == ()


def test_who_meets_nobody_is_alone() -> None:
    found = scenarios(deployment("a"), deployment("b"))
    assert [names(each) for each in found.values()] == [[], []]
    assert found["a"].meetings == ()


def test_those_whom_neighbours_meet_take_part() -> None:
    found = scenarios(
        deployment("a", more=away("b")), deployment("b", more=away("c")), deployment("c")
    )
    assert names(found["a"]) == ["b", "c"]
    assert sorted(names(found["b"])) == ["a", "c"]
    assert {(each.one[-1], each.other[-1]) for each in found["a"].apart} == {
        ("a", "b"),
        ("b", "c"),
    }


def test_who_asks_for_more_than_is_modelled_stays_outside() -> None:
    """Scheduling gates are an omission as before."""
    other = deployment("b", cpu="1500m", more="schedulingGates: [{name: example.com/later}]")
    found = scenarios(deployment("a", cpu="1500m"), other)["a"]
    assert found.neighbours == ()
    assert [use.name for use in found.omitted] == ["shared-nodes"]


def test_no_more_than_so_many_take_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is an omission, named one by one."""
    monkeypatch.setattr(scope, "MOST", 3)
    many = "abcdefg"
    found = scenarios(*(deployment(each, cpu="1500m") for each in many))["a"]
    assert len(found.neighbours) == 3
    outside = {use.what for use in found.omitted}
    assert len(outside) == len(many) - 1 - 3


def test_large_groups_climb_a_ladder() -> None:
    """All take part; where they are too many, a rung says beside how many of them it holds."""
    found = scenarios(*(deployment(each, cpu="1500m") for each in "abcdefg"))["a"]
    assert names(found) == list("bcdefg")
    assert not found.omitted
    rungs = list(smaller(found))
    assert [names(rung) for rung in rungs] == [list("bcdef"[:n]) for n in (1, 2, 3, 4, 5)]
    assert sizes(rungs[1], found) == "beside the first 2 of 6 that it is checked together with"


def test_whom_neighbours_meet_outside_is_left_out_of_the_workload_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a chain only so many take part; the last of them meets one that the first never does."""
    monkeypatch.setattr(scope, "MOST", 3)
    chain = "abcde"
    terms = {name: away(other) for name, other in pairwise(chain)}
    found = scenarios(*(deployment(each, more=terms.get(each, "")) for each in chain))["a"]
    assert names(found) == ["b", "c", "d"]
    assert [use.name for use in found.omitted] == ["pod-anti-affinity"]


def test_others_on_nodes_of_a_given_size_are_assumed_to_stay() -> None:
    found = scenarios(deployment("a"), deployment("b"))["a"]
    assert OTHERS_STAY in found.assumptions
    assert OTHERS_STAY not in scenarios(deployment("a"))["a"].assumptions


def test_budgets_are_those_that_guard_who_takes_part() -> None:
    found = scenarios(deployment("a"), deployment("b"), BUDGET)["a"]
    assert [budget.name for budget in found.budgets] == ["front"]
    assert [budget.name for budget in found.guards] == ["front"]
