"""What budgets, zones and taints say about pods that are to go: the situations of upstream's
disruption_test.go, eviction_test.go, helpers_test.go, taint_eviction_test.go and
node_lifecycle_controller_test.go (v1.36.3), in a form of our own."""

from __future__ import annotations

import pytest

from model.api.intstr import IntOrPercent
from model.api.node import Taint
from model.api.pod import Toleration
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.apiserver.eviction import ANSWER, Budget, Pod, answer, counts
from model.controllers import budgetstatus, zones
from model.controllers.budgetstatus import status
from model.controllers.tainteviction import borne, seconds
from model.ir.expr import TRUE, Expr


def budget(limit: str) -> PodDisruptionBudget:
    """`min 2`, `max 25%`."""
    kind, _, amount = limit.partition(" ")
    value = IntOrPercent(int(amount.removesuffix("%")), percent=amount.endswith("%"))
    limits = (value, None) if kind == "min" else (None, value)
    return PodDisruptionBudget("default", "b", LabelSelector(), *limits)


HEALTHY, SICK = budgetstatus.Pod(ready=True), budgetstatus.Pod(ready=False)
GOING = budgetstatus.Pod(ready=True, deleting=True)
DISRUPTED = budgetstatus.Pod(ready=True, disrupted=True)


@pytest.mark.parametrize(
    ("limit", "pods", "scale", "expected"),
    [
        # Expected, desired, healthy, allowed. Numbers of minAvailable are of the pods that are
        # there, whoever controls them.
        ("min 3", [], 0, (0, 3, 0, 0)),
        ("min 3", [HEALTHY], 0, (1, 3, 1, 0)),
        ("min 3", [HEALTHY] * 4, 0, (4, 3, 4, 1)),
        ("min 3", [HEALTHY] * 4 + [SICK] * 2, 9, (6, 3, 4, 1)),
        ("min 0", [HEALTHY], 0, (1, 0, 1, 1)),
        # All others are of what the controllers of those pods want.
        ("max 1", [HEALTHY], 1, (1, 0, 1, 1)),
        ("max 1", [HEALTHY], 7, (7, 6, 1, 0)),
        ("max 2", [HEALTHY] * 7, 7, (7, 5, 7, 2)),
        ("max 2", [HEALTHY] * 7, 5, (5, 3, 7, 4)),
        ("max 30%", [HEALTHY] * 7, 7, (7, 4, 7, 3)),
        ("max 30%", [HEALTHY] * 7, 3, (3, 2, 7, 5)),
        ("max 100%", [SICK], 3, (3, 0, 0, 0)),
        ("max 9", [HEALTHY], 3, (3, 0, 1, 1)),
        ("min 67%", [HEALTHY], 3, (3, 3, 1, 0)),
        ("min 67%", [HEALTHY] * 4, 3, (3, 3, 4, 1)),
        ("min 28%", [HEALTHY] * 4, 10, (10, 3, 4, 1)),
        # While there are none nothing may go, nor where none are wanted.
        ("max 1", [], 3, (0, 0, 0, 0)),
        ("min 50%", [HEALTHY] * 2, 0, (0, 0, 2, 0)),
        # Those on their way do not count.
        ("min 1", [HEALTHY, GOING], 2, (2, 1, 1, 0)),
        ("min 1", [HEALTHY, DISRUPTED], 2, (2, 1, 1, 0)),
        ("min 1", [HEALTHY, HEALTHY, DISRUPTED], 3, (3, 1, 2, 1)),
    ],
)
def test_status_of_a_budget(
    limit: str, pods: list[budgetstatus.Pod], scale: int, expected: tuple[int, int, int, int]
) -> None:
    found = status(budget(limit), pods, scale)
    parts = (found.expected, found.desired, found.healthy, found.allowed)
    assert tuple(each.payload for each in parts) == expected


NONE = Budget(False, 0, 0)
ENOUGH = Budget(False, 2, 2)
SPARE = Budget(True, 3, 2)
READY, UNREADY = Pod(ready=True), Pod(ready=False)


@pytest.mark.parametrize(
    ("pod", "budgets", "told", "counted"),
    [
        (READY, [], "Deleted", False),
        (READY, [SPARE], "Deleted", True),
        (READY, [ENOUGH], "TooManyRequests", False),
        (READY, [NONE], "TooManyRequests", False),
        # One that is not ready takes nothing while enough others are.
        (UNREADY, [ENOUGH], "Deleted", False),
        (UNREADY, [SPARE], "Deleted", False),
        (UNREADY, [NONE], "TooManyRequests", False),
        (UNREADY, [Budget(False, 1, 2)], "TooManyRequests", False),
        (UNREADY, [Budget(True, 1, 0)], "Deleted", True),
        (UNREADY, [Budget(False, 1, 2, guards_ready_only=True)], "Deleted", False),
        (READY, [Budget(False, 1, 2, guards_ready_only=True)], "TooManyRequests", False),
        # A status of an older spec allows nothing, but for pods that are not ready.
        (READY, [Budget(True, 3, 2, outdated=True)], "TooManyRequests", False),
        (UNREADY, [Budget(True, 3, 2, outdated=True)], "Deleted", False),
        # Two budgets cannot be asked, whatever they allow.
        (READY, [SPARE, SPARE], "SeveralBudgets", False),
        (UNREADY, [SPARE, SPARE], "SeveralBudgets", False),
        # Nobody asks them of a pod that does not run.
        (Pod(ready=False, pending=True), [NONE], "Deleted", False),
        (Pod(ready=False, ended=True), [NONE], "Deleted", False),
        (Pod(ready=True, deleting=True), [NONE], "Deleted", False),
        (Pod(ready=False, pending=True), [NONE, NONE], "Deleted", False),
    ],
)
def test_answers_to_evictions(pod: Pod, budgets: list[Budget], told: str, counted: bool) -> None:
    assert ANSWER.values[answer(pod, budgets).payload] == told
    assert (counts(pod, budgets) is TRUE) is counted


@pytest.mark.parametrize(
    ("ready", "unready", "expected"),
    [
        (0, 0, "Normal"),
        (1, 0, "Normal"),
        (0, 1, "FullDisruption"),
        (0, 9, "FullDisruption"),
        # At least three, and 55 %.
        (1, 2, "Normal"),
        (1, 3, "PartialDisruption"),
        (2, 3, "PartialDisruption"),
        (3, 3, "Normal"),
        (9, 11, "PartialDisruption"),
        (10, 11, "Normal"),
        (45, 55, "PartialDisruption"),
        (46, 55, "Normal"),
    ],
)
def test_states_of_zones(ready: int, unready: int, expected: str) -> None:
    assert zones.STATE.values[zones.state(ready, unready).payload] == expected


@pytest.mark.parametrize(
    ("zone", "nodes", "others", "expected"),
    [
        (zones.NORMAL, 3, [zones.NORMAL], "Usual"),
        (zones.PARTIAL, 50, [zones.NORMAL], "None"),
        (zones.PARTIAL, 51, [zones.NORMAL], "Secondary"),
        # A zone that is gone whole is cut off: its nodes are tainted as usual, unless all are.
        (zones.FULL, 3, [zones.NORMAL], "Usual"),
        (zones.FULL, 3, [zones.PARTIAL], "Usual"),
        (zones.FULL, 3, [zones.FULL], "None"),
        (zones.FULL, 3, [], "None"),
    ],
)
def test_how_fast_nodes_of_a_zone_are_tainted(
    zone: Expr, nodes: int, others: list[Expr], expected: str
) -> None:
    found = zones.rate(zone, nodes, zones.all_full([zone, *others]))
    assert zones.RATE.values[found.payload] == expected


HARD, OTHER = Taint("a", "x", "NoExecute"), Taint("b", "", "NoExecute")


def bears(key: str = "a", limit: int | None = None, value: str = "x") -> Toleration:
    return Toleration(key, "Equal", value, "NoExecute", limit)


@pytest.mark.parametrize(
    ("tolerations", "taints", "expected"),
    [
        ([], [], None),
        ([], [HARD], 0),
        ([bears()], [HARD], None),
        ([bears(limit=60)], [HARD], 60),
        ([bears(limit=0)], [HARD], 0),
        ([bears(limit=-5)], [HARD], 0),
        ([bears(value="y")], [HARD], 0),
        # Of two tolerations of one taint the first counts, of two taints the shorter.
        ([bears(limit=60), bears()], [HARD], 60),
        ([bears(), bears(limit=60)], [HARD], None),
        ([bears(limit=60), bears("b", 30, "")], [HARD, OTHER], 30),
        ([bears(limit=60), bears("b", None, "")], [HARD, OTHER], 60),
        ([bears(limit=60)], [HARD, OTHER], 0),
        ([Toleration(operator="Exists", seconds=20)], [HARD, OTHER], 20),
    ],
)
def test_seconds_until_a_pod_is_evicted(
    tolerations: list[Toleration], taints: list[Taint], expected: int | None
) -> None:
    assert seconds(tolerations, taints) == expected


def test_which_tolerations_are_used() -> None:
    assert borne([bears(limit=60), bears()], [HARD]) == [bears(limit=60)]
    assert borne([bears()], [HARD, OTHER]) is None
    assert borne([], []) == []
