"""What a sync of a StatefulSet decides, in cases that upstream's own tests cover.

Derived from kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_control_test.go` and
`stateful_set_utils_test.go`; recorded answers are compared in `tests/checker/conformance`. How pods
and requests are written is said in `tests/model/statefulsets.py`.
"""

from __future__ import annotations

import pytest

from model.api.intstr import IntOrPercent
from model.controllers import ordinals
from model.controllers.ordinals import Spec, decide, first, sent
from model.ir.expr import FALSE, TRUE, coerce
from tests.model.statefulsets import pods, told

#: Specification, pods, requests.
ORDERED: list[tuple[str, Spec, str, str]] = [
    ("creates one at a time", Spec(3), "- - -", "+0n"),
    ("waits for one that pends", Spec(3), "Pn - -", ""),
    ("waits for one that is not ready", Spec(3), "Nn - -", ""),
    ("waits until it is available", Spec(3), "Jn - -", ""),
    ("goes on with the next", Spec(3), "Rn - -", "+1n"),
    ("the last", Spec(3), "Rn Rn -", "+2n"),
    ("nothing to do", Spec(3), "Rn Rn Rn", ""),
    ("scales up", Spec(4), "Rn Rn Rn -", "+3n"),
    ("does not scale up past one that is not ready", Spec(4), "Rn Nn Rn -", ""),
    ("replaces the lowest that is gone", Spec(5), "- Rn - Rn -", "+0n"),
    ("and then the next", Spec(5), "Rn Rn - Rn -", "+2n"),
    ("waits for one that terminates", Spec(3), "Rn Tn -", ""),
    ("deletes one that failed", Spec(3), "Fn - -", "-0"),
    ("deletes one that succeeded", Spec(3), "Rn Sn -", "-1"),
    ("not again what failed and terminates", Spec(3), "Rn Xn -", ""),
    ("a failed one holds up all above", Spec(3), "Rn Fn Fn", "-1"),
    ("scales down from above", Spec(0), "Rn Rn Rn", "-2"),
    ("scales down one at a time", Spec(1), "Rn Rn Rn", "-2"),
    ("waits for the one that it deleted", Spec(0), "Rn Rn Tn", ""),
    ("does not scale down past one that is not ready", Spec(1), "Nn Rn Rn", ""),
    ("nor past one that lacks", Spec(1), "- Rn Rn", "+0n"),
    ("waits for a surplus one while a lower one is unready", Spec(1), "Rn Nn Nn", ""),
    ("takes the surplus one that alone is unready", Spec(1), "Rn Rn Nn", "-2"),
    ("takes a ready one above an unready surplus one", Spec(1), "Rn Nn Rn", "-2"),
    ("a surplus one that is ready too short a time stays", Spec(1), "Rn Jn Jn", ""),
    ("but not where it is the only one", Spec(1), "Rn Rn Jn", "-2"),
    ("waits below ready pods of too short a time", Spec(1), "Jn Jn Jn", ""),
    ("takes a failed surplus one", Spec(1), "Rn Fn", "-1"),
    ("starts at an ordinal", Spec(3, start=2), "- - - - -", "+2n"),
    ("goes on from there", Spec(3, start=2), "- - Rn - -", "+3n"),
    ("what is below the start is surplus", Spec(2, start=2), "Rn Rn Rn Rn", "-1"),
    ("a start that went up leaves both ends", Spec(2, start=1), "Rn Rn Rn Rn", "-3"),
    ("a set that is deleted does nothing", Spec(3, terminating=True), "Rn Fn -", ""),
]

PARALLEL: list[tuple[str, Spec, str, str]] = [
    ("creates all", Spec(3, parallel=True), "- - -", "+0n +1n +2n"),
    ("scales up at once", Spec(4, parallel=True), "Rn Nn - -", "+2n +3n"),
    ("replaces all that are gone", Spec(5, parallel=True), "- Rn - Rn -", "+0n +2n +4n"),
    ("deletes what failed, creates the rest", Spec(3, parallel=True), "Fn - -", "-0 +1n +2n"),
    ("scales down at once", Spec(0, parallel=True), "Rn Rn Rn", "-2 -1 -0"),
    ("not what terminates already", Spec(0, parallel=True), "Rn Rn Tn", "-1 -0"),
    ("scales down past unready ones", Spec(1, parallel=True), "Nn Nn Rn", "-2 -1"),
    ("at a start", Spec(2, start=1, parallel=True), "Rn - -", "+1n +2n -0"),
    ("updates one at a time all the same", Spec(3, parallel=True), "Ro Ro Ro", "-2"),
    ("waits for the one that it updates", Spec(3, parallel=True), "Ro Ro Nn", ""),
    ("an unready old one is updated first", Spec(3, parallel=True), "Ro Ro No", "-2"),
    ("creates what it deleted, and waits", Spec(3, parallel=True), "Ro Ro -", "+2n"),
    ("scales down and updates in one sync", Spec(2, parallel=True), "Ro Ro Ro", "-2 -1"),
    ("deletes a failed old one twice", Spec(2, parallel=True), "Ro Fo", "-1 -1"),
]

UPDATES: list[tuple[str, Spec, str, str]] = [
    ("from above", Spec(3), "Ro Ro Ro", "-2"),
    ("the next, once it is ready", Spec(3), "Ro Ro Rn", "-1"),
    ("not before it is available", Spec(3), "Ro Ro Jn", ""),
    ("not before it is ready", Spec(3), "Ro Ro Nn", ""),
    ("all pods are to be available first", Spec(2), "Jo Jo", ""),
    ("what it deleted comes back new", Spec(3), "Ro Ro -", "+2n"),
    ("so does what others deleted, out of order", Spec(3), "- Ro Ro", "+0n"),
    ("a bad revision is stuck", Spec(3), "Ro Ro Nn", ""),
    ("and stays stuck when it is taken back", Spec(3), "Ro Ro No", ""),
    ("scaling up comes before updating", Spec(4), "Ro Ro Ro -", "+3n"),
    ("so does scaling down", Spec(2), "Ro Ro Ro", "-2"),
    ("the unready pod that is scaled away", Spec(2), "Ro Ro Ro Nn", "-3"),
    ("lets the next be taken", Spec(2), "Ro Ro", "-1"),
    ("down to the partition", Spec(3, partition=2), "Ro Ro Ro", "-2"),
    ("and no further", Spec(3, partition=2), "Ro Ro Rn", ""),
    ("a pod under the partition comes back old", Spec(4, partition=2), "- Ro Rn Rn", "+0o"),
    ("one above it new", Spec(4, partition=2), "Ro Ro Rn -", "+3n"),
    ("a partition beyond the set", Spec(3, partition=9), "Ro Ro Ro", ""),
    ("new pods are old there", Spec(4, partition=9), "Ro Ro Ro -", "+3o"),
    ("a partition counts from the start", Spec(3, start=1, partition=2), "- Ro Ro Ro", "-3"),
    ("for new pods too", Spec(3, start=1, partition=2), "- Ro - -", "+2o"),
    ("under the partition nothing is taken back", Spec(2, partition=1), "Rn Rn", ""),
    ("a pod of too short a time holds up a partition", Spec(4, partition=2), "Jo Jo Jo Jo", ""),
    ("OnDelete leaves old pods", Spec(3, on_delete=True), "Ro Ro Ro", ""),
    ("but what is deleted comes back new", Spec(3, on_delete=True), "Ro - Ro", "+1n"),
    ("and new ordinals are new", Spec(4, on_delete=True), "Ro Ro Ro -", "+3n"),
    ("OnDelete scales down", Spec(2, on_delete=True), "Ro Ro Ro", "-2"),
    (
        "without a rollingUpdate the status tells how many are old",
        Spec(3, partition=None, current_replicas=2),
        "Ro - -",
        "+1o",
    ),
    (
        "and above them new",
        Spec(3, partition=None, current_replicas=2),
        "Ro Ro -",
        "+2n",
    ),
]

#: With the feature gate MaxUnavailableStatefulSet.
SEVERAL: list[tuple[str, Spec, str, str]] = [
    ("two at once", Spec(6, partition=3, unavailable=2), "Ro Ro Ro Ro Ro Ro", "-5 -4"),
    ("one comes back", Spec(6, partition=3, unavailable=2), "Ro Ro Ro Ro - -", "+4n"),
    (
        "both come back",
        Spec(6, partition=3, unavailable=2, parallel=True),
        "Ro Ro Ro Ro - -",
        "+4n +5n",
    ),
    (
        "one of two ready, the next is taken",
        Spec(6, partition=3, unavailable=2, parallel=True),
        "Ro Ro Ro Ro Rn Nn",
        "-3",
    ),
    (
        "not under the partition",
        Spec(6, partition=3, unavailable=2),
        "Ro Ro Ro Rn Rn Rn",
        "",
    ),
    (
        "one that terminates counts",
        Spec(6, partition=3, unavailable=2, parallel=True),
        "Ro Ro Ro Ro Ro To",
        "-4",
    ),
    (
        "also one under the partition",
        Spec(6, partition=3, unavailable=2, parallel=True),
        "Ro To Ro Ro Ro Ro",
        "-5",
    ),
    (
        "two of them leave nothing",
        Spec(6, partition=3, unavailable=2, parallel=True),
        "Ro Ro Ro To Ro To",
        "",
    ),
    (
        "three neither",
        Spec(6, partition=3, unavailable=2, parallel=True),
        "Ro Ro Ro To To To",
        "",
    ),
    (
        "an unready old one does not go first with the gate",
        Spec(3, unavailable=1, parallel=True),
        "Ro Ro No",
        "",
    ),
    ("three", Spec(4, unavailable=3), "Ro Ro Ro Ro", "-3 -2 -1"),
]


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        pytest.param(*case[1:], id=case[0])
        for group in (ORDERED, PARALLEL, UPDATES, SEVERAL)
        for case in group
    ],
)
def test_a_sync_sends_these_requests(spec: Spec, written: str, expected: str) -> None:
    assert told(sent(decide(spec, pods(written)))) == expected


@pytest.mark.parametrize(
    ("limit", "replicas", "expected"),
    [
        (None, 10, 1),
        (IntOrPercent(3), 10, 3),
        (IntOrPercent(3), 0, 3),
        (IntOrPercent(0), 0, 1),
        (IntOrPercent(10, percent=True), 25, 2),
        (IntOrPercent(100, percent=True), 5, 5),
        (IntOrPercent(50, percent=True), 5, 2),
        (IntOrPercent(10, percent=True), 5, 1),
        (IntOrPercent(1, percent=True), 0, 1),
        (IntOrPercent(0, percent=True), 0, 1),
    ],
)
def test_how_many_may_be_unavailable(
    limit: IntOrPercent | None, replicas: int, expected: int
) -> None:
    assert ordinals.most_unavailable(limit, replicas) is coerce(expected)


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        # Replicas, ready, available, current, updated, complete.
        (Spec(2), "Jn Jn", (2, 2, 0, 2, 2, True)),
        (Spec(2), "Rn Rn", (2, 2, 2, 2, 2, True)),
        (Spec(2), "Ro Rn", (2, 2, 2, 0, 1, False)),
        (Spec(2, partition=1), "Ro Rn", (2, 2, 2, 1, 1, False)),
        (Spec(3), "Ro Rn Tn", (3, 3, 3, 1, 1, False)),
        (Spec(2), "Rn Nn", (2, 1, 1, 0, 2, False)),
        (Spec(2), "Rn -", (1, 1, 1, 0, 1, False)),
        (Spec(1), "Rn Rn", (2, 2, 2, 0, 2, False)),
        (Spec(2, on_delete=True), "Rn Rn", (2, 2, 2, 0, 2, False)),
        # An update counts as complete where there are no pods.
        (Spec(0, partition=2), "", (0, 0, 0, 0, 0, True)),
    ],
)
def test_status(spec: Spec, written: str, expected: tuple[int, ...]) -> None:
    """Less those that the same sync deletes for their revision."""
    status = decide(spec, pods(written)).status
    assert status == tuple(map(coerce, expected))


def test_the_first_request_that_applies() -> None:
    """Of several that a sync sends, one."""
    decision = decide(Spec(3, parallel=True), pods("- Rn -"))
    assert told(sent(decision)) == "+0n +2n"
    once = [request for request in first(decision.requests) if request.when is TRUE]
    assert told(once) == "+0n"
    assert decision.asked("create", 3) == (TRUE, FALSE, TRUE)


def test_requests_of_one_batch_share_a_turn() -> None:
    """Parallel sends them in batches of 1, 2, 4; OrderedReady one after the other."""
    creates = sent(decide(Spec(8, parallel=True), pods("- - - - - - - -")))
    turns = [request.turn for request in creates]
    assert len({*turns[1:3]}) == len({*turns[3:7]}) == 1
    assert turns[0] < turns[1] < turns[3] < turns[7]
    rolls = sent(decide(Spec(4, unavailable=2), pods("Ro Ro Ro Ro")))
    assert rolls[0].turn < rolls[1].turn
