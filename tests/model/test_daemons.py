"""What a sync of a DaemonSet decides, in cases that upstream's own tests cover.

Derived from kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller_test.go` and
`update_test.go`; recorded answers are compared in `tests/checker/conformance`. How nodes and
requests are written is said in `tests/model/daemonsets.py`.
"""

from __future__ import annotations

import pytest

from model.api.intstr import IntOrPercent
from model.controllers.daemons import Strategy, count_of, decide, status
from model.ir.expr import coerce
from tests.model.daemonsets import places, told


def unavailable(count: int, *, percent: bool = False) -> Strategy:
    return Strategy(IntOrPercent(count, percent))


def surge(count: int, *, percent: bool = False) -> Strategy:
    return Strategy(IntOrPercent(0), IntOrPercent(count, percent))


THIRD, HALF = unavailable(34, percent=True), unavailable(50, percent=True)
ONE, ON_DELETE = unavailable(1), Strategy(on_delete=True)

#: Whatever the strategy is, nodes come first.
NODES: list[tuple[str, str, str]] = [
    ("a pod on every node", "| |", "+0 +1 +2"),
    ("nothing to do", "An | An", ""),
    ("a pod that is not ready is there", "Nn | An", ""),
    ("a pod that is pending is there", "Pnu | An", ""),
    ("none where it shall not run", "stays | leaves | An", ""),
    ("one that may stay does", "stays An | An", ""),
    ("one that may not goes", "leaves An | An", "-0.0"),
    ("all of them", "leaves An Nn Tn | An", "-0.0 -0.1"),
    ("a succeeded one goes", "Sn | An", "-0.0"),
    ("a failed one goes", "Fn | An", "/1 -0.0"),
    ("not so soon after another", "waits Fn | An", ""),
    ("of two failed ones one goes", "Fn Fn | An", "/1 -0.0 -0.1"),
    ("what failed and goes is not seen", "Xn | An", "+0"),
    ("one that is asked for on a node that is gone", "An | gone Pnu", "-1.0"),
    ("even if it terminates", "An | gone Tnu", "-1.0"),
    ("not if it is bound there", "An | gone An", ""),
]

#: What differs where there may be two pods on a node, one of each revision.
SINGLE: list[tuple[str, Strategy, str, str]] = [
    ("the oldest stays", ONE, "An An An", "-0.1 -0.2"),
    ("of unlike ones too", ONE, "An | | Nn Nn", "+1 -2.1"),
    ("a bound one before one that is not", ONE, "Pnu An", "-0.0"),
    ("a failed one and the surplus", ONE, "Fn An An An", "-0.2 -0.3 /1 -0.0"),
    ("a failed one is no surplus", ONE, "An Fn", "/1 -0.1"),
    ("waits for one that terminates", ONE, "Tn", ""),
    ("a failed one is replaced by a later sync", ONE, "Fn", "/1 -0.0"),
    ("of an old and a new one the older stays", ONE, "Ao An", "-0.1"),
    ("two of one revision", surge(1), "An | | An An", "+1 -2.1"),
    ("does not wait for one that terminates", surge(1), "Tn", "+0"),
    ("nor for one that failed", surge(1), "Fn", "+0 /1 -0.0"),
    ("an old ready one stays while the new one is not ready", surge(1), "Ao Nn", ""),
    ("only the oldest of them", surge(1), "Ao Ao Nn | | Nn", "+1 -0.1"),
    ("one that is not ready goes", surge(1), "No Ao Nn | | Nn", "+1 -0.0 -0.1"),
    ("it stays while the new one is ready for too short a time", surge(1), "Ao Jn", ""),
    ("together with surplus", surge(1), "Ao Jn Ao | | Nn", "+1 -0.2"),
    ("it goes once the new one is available", surge(1), "Ao An Ao | | Nn", "+1 -0.0 -0.2"),
    (
        "above the surge where an old pod was deleted",
        surge(1),
        "Ao Nn | Ao | Ao | Ao | To",
        "+4",
    ),
    ("OnDelete has no surge", ON_DELETE, "Ao An", "-0.1"),
]

UPDATE: list[tuple[str, Strategy, str, str]] = [
    ("as many as may be unavailable", unavailable(2), "Ao | Ao | Ao", "/2 -0.0 -1.0 -2.0"),
    ("they come back", unavailable(2), "| | Ao", "+0 +1"),
    ("and the rest waits for them", unavailable(2), "Nn | Nn | Ao", ""),
    ("one of two is available", unavailable(2), "Nn | An | Ao", "/1 -2.0"),
    ("those that are ready for too short a time count", unavailable(2), "Jn | Jn | Ao", ""),
    ("the last", unavailable(2), "An | An | Ao", "/1 -2.0"),
    ("complete", unavailable(2), "An | An | An", ""),
    ("unavailable old pods go at once", unavailable(2), "No | No | No", "-0.0 -1.0 -2.0"),
    ("and use up the limit", unavailable(2), "No | No | Ao", "-0.0 -1.0"),
    ("what it leaves is for others", unavailable(2), "No | Ao | Ao", "-0.0 /1 -1.0 -2.0"),
    ("also beyond the limit", ONE, "Nn | Nn | No | Ao", "-2.0"),
    ("pending ones too", ONE, "Pou | Ao | Ao", "-0.0"),
    ("one on a lost node stops the rest", ONE, "Nn | Ao | Ao", ""),
    ("one that terminates counts", ONE, "To | Ao | Ao", ""),
    ("a node that takes no more loses its pod for good", ONE, "stays Ao | An | An", "/1 -0.0"),
    ("and counts while it is old", ONE, "stays No | Ao | An", "-0.0"),
    ("pods on nodes that are gone are replaced as well", ONE, "gone Ao | An | An", "/1 -0.0"),
    ("a failed one that has to wait is one that is not available", ONE, "waits Fo | Ao", "-0.0"),
    ("a node with an old and a new one counts", ONE, "waits Ao Fn | Ao | An", ""),
    ("OnDelete leaves them", ON_DELETE, "Ao | No | Ao", ""),
    ("percentages are rounded up", THIRD, "Ao | Ao | Ao", "/2 -0.0 -1.0 -2.0"),
    ("of nodes that shall run it", HALF, "Ao | Ao | stays | stays", "/1 -0.0 -1.0"),
    ("with neither limit one", unavailable(0), "Ao | Ao", "/1 -0.0 -1.0"),
    ("as many more as may surge", surge(2), "Ao | Ao | Ao", "/2 +0 +1 +2"),
    ("and waits for them", surge(2), "Ao Nn | Ao Nn | Ao", ""),
    ("or until they are available", surge(2), "Ao Jn | Ao Jn | Ao", ""),
    ("one of two is available", surge(2), "Ao Nn | An | Ao", "/1 +2"),
    ("unavailable old pods are surged at once", surge(1), "No | No | No", "+0 +1 +2"),
    ("beside the others", surge(1), "No | Ao | Ao", "+0 /1 +1 +2"),
    ("a failed old one beside an available one", surge(1), "waits Fo An | Ao", "-0.0 /1 +1"),
    ("a lost node does not stop the rest", surge(1), "Nn | Ao | Ao", "/1 +1 +2"),
    ("where none shall run an old pod goes", surge(1), "stays Ao | Ao | An", "/1 +1 /1 -0.0"),
    ("but stays while too few others are available", surge(1), "stays Ao | Nn | An", ""),
    ("if it is not available itself it goes", surge(1), "stays No | Ao | An", "-0.0 /1 +1"),
    ("surge of a percentage", surge(50, percent=True), "Ao | Ao | Ao", "/2 +0 +1 +2"),
    ("an old pod on a node that is gone ends the sync", surge(1), "gone Ao | Ao", "error"),
    ("a new one there does not", surge(1), "gone An | Ao", "/1 +1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "expected"), [pytest.param(*case[1:], id=case[0]) for case in NODES]
)
@pytest.mark.parametrize("strategy", [ONE, ON_DELETE, unavailable(100, percent=True)])
def test_what_nodes_want(strategy: Strategy, written: str, expected: str) -> None:
    assert told(decide(strategy, places(written))) == expected


@pytest.mark.parametrize(
    ("strategy", "written", "expected"),
    [pytest.param(*case[1:], id=case[0]) for group in (SINGLE, UPDATE) for case in group],
)
def test_a_sync_sends_these_requests(strategy: Strategy, written: str, expected: str) -> None:
    assert told(decide(strategy, places(written))) == expected


def test_what_nodes_want_comes_before_the_update() -> None:
    """A sync that does something for a node replaces nothing."""
    assert told(decide(ONE, places("Ao | Ao |"))) == "+2"
    assert told(decide(ONE, places("Ao | Ao | Fn"))) == "/1 -2.0"
    assert told(decide(surge(2), places("No | Ao | An An"))) == "-2.1"


def test_every_old_pod_is_replaced_in_turn() -> None:
    """Five nodes, two at a time, as long as the controller wants anything."""
    nodes, syncs = ["Ao"] * 5, []
    for _ in range(20):
        found = told(decide(unavailable(2), places("|".join(nodes))))
        syncs.append(found)
        words = found.split()
        count = int(words.pop(0)[1:]) if found.startswith("/") else len(words)
        for word in words[:count]:
            nodes[int(word[1])] = "An" if word.startswith("+") else ""
        if not words:
            break
    assert nodes == ["An"] * 5
    assert syncs == [
        "/2 -0.0 -1.0 -2.0 -3.0 -4.0",
        "+0 +1",
        "/2 -2.0 -3.0 -4.0",
        "+2 +3",
        "/1 -4.0",
        "+4",
        "",
    ]


@pytest.mark.parametrize(
    ("limit", "desired", "expected"),
    [
        (IntOrPercent(1), 2, 1),
        (IntOrPercent(50, percent=True), 2, 1),
        (IntOrPercent(50, percent=True), 3, 2),
        (IntOrPercent(100, percent=True), 2, 2),
        (IntOrPercent(1, percent=True), 5, 1),
        (IntOrPercent(50, percent=True), 0, 0),
        (IntOrPercent(0), 0, 0),
    ],
)
def test_limits_as_counts(limit: IntOrPercent, desired: int, expected: int) -> None:
    assert count_of(limit, desired) is coerce(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # Desired, current, misscheduled, ready, available, updated, unavailable.
        ("Nn | Nn", (2, 2, 0, 0, 0, 2, 2)),
        ("An | An", (2, 2, 0, 2, 2, 2, 0)),
        ("An | Jo |", (3, 2, 0, 2, 1, 1, 2)),
        ("stays An | leaves An | An", (1, 1, 2, 1, 1, 1, 0)),
        # The oldest pod of a node counts for it.
        ("Ao Nn | Tn", (2, 2, 0, 2, 2, 1, 0)),
        ("Xo | gone An", (1, 0, 0, 0, 0, 0, 1)),
    ],
)
def test_status(written: str, expected: tuple[int, ...]) -> None:
    assert status(places(written)) == tuple(map(coerce, expected))
