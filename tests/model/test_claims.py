"""What a sync of a StatefulSet does about claims, in cases that upstream's own tests cover.

Derived from kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_utils_test.go` and
`stateful_pod_control_test.go`. How pods and requests are written is said in
`tests/model/statefulsets.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from model.controllers.claims import Claim, Owners, Retention, blocks, claim, outdated, owners
from model.controllers.ordinals import Spec, decide, sent
from model.ir.expr import FALSE, TRUE, boolean
from tests.model.statefulsets import pods, told

WITH_SET, WHEN_SCALED = Retention(True, False), Retention(False, True)
BOTH = Retention(True, True)
MISSING = Claim()


@pytest.mark.parametrize(
    ("spec", "written", "claims", "expected"),
    [
        pytest.param(*case[1:], id=str(case[0]))
        for case in (
            ("claims come before their pod", Spec(1), "-", {0: [MISSING]}, "+claim 0 +0n"),
            ("only those that lack", Spec(1), "-", {0: [claim(), MISSING]}, "+claim 0 +0n"),
            ("a claim is used again", Spec(1), "-", {0: [claim()]}, "+0n"),
            (
                "one that is being deleted forbids its pod",
                Spec(1),
                "-",
                {0: [claim(terminating=True), MISSING]},
                "+claim 0",
            ),
            (
                "one of an earlier pod blocks it, if claims go with pods",
                Spec(1, retention=WHEN_SCALED),
                "-",
                {0: [claim("earlier"), MISSING]},
                "",
            ),
            ("otherwise not", Spec(1), "-", {0: [claim("earlier")]}, "+0n"),
            ("a pending pod gets its claims", Spec(1), "Pn", {0: [MISSING]}, "+claim 0"),
            ("a running one does not", Spec(1), "Rn", {0: [MISSING]}, ""),
            (
                "claims that go with the set belong to it",
                Spec(1, retention=WITH_SET),
                "-",
                {0: [MISSING]},
                "+claim 0 +0n =claim 0:set",
            ),
            (
                "a policy that changes",
                Spec(1, retention=WITH_SET),
                "Rn",
                {0: [claim()]},
                "=claim 0:set ~0",
            ),
            (
                "a pod that is not available yet is left alone",
                Spec(1, retention=WITH_SET),
                "Jn",
                {0: [claim()]},
                "",
            ),
            (
                "for a pending pod only its claims are changed",
                Spec(1, parallel=True, retention=WITH_SET),
                "Pn",
                {0: [claim()]},
                "=claim 0:set",
            ),
            ("and changes back", Spec(1), "Rn", {0: [claim("set")]}, "=claim 0:nobody ~0"),
            (
                "a pod that is scaled away takes its claims",
                Spec(1, retention=WHEN_SCALED),
                "Rn Rn",
                {0: [claim()], 1: [claim()]},
                "=claim 1:pod -1",
            ),
            (
                "also from the set",
                Spec(1, retention=BOTH),
                "Rn Rn",
                {0: [claim("set")], 1: [claim("set")]},
                "=claim 1:pod -1",
            ),
            (
                "a pod that is wanted again gives them back",
                Spec(2, retention=BOTH),
                "Rn Rn",
                {0: [claim("set")], 1: [claim("pod")]},
                "=claim 1:set ~1",
            ),
            (
                "what belongs to an earlier pod is left alone",
                Spec(1, retention=BOTH),
                "Rn",
                {0: [claim("earlier")]},
                "",
            ),
            (
                "all owners change before a pod is deleted",
                Spec(0, retention=WHEN_SCALED),
                "Rn Rn",
                {0: [claim()], 1: [claim()]},
                "=claim 1:pod =claim 0:pod -1",
            ),
            (
                "a failure ends the sync after its batch",
                Spec(4, parallel=True),
                "- - - -",
                {1: [claim(terminating=True)]},
                "+0n +2n",
            ),
        )
    ],
)
def test_claims(
    spec: Spec, written: str, claims: Mapping[int, Sequence[Claim]], expected: str
) -> None:
    assert told(sent(decide(spec, pods(written, claims)))) == expected


def test_a_pod_of_other_labels_or_volumes_is_updated() -> None:
    """With the claims that it lacks, if it has not the volumes for them."""
    (ready,) = pods("Rn", {0: [MISSING]})
    assert told(sent(decide(Spec(1), [ready._replace(identity=FALSE)]))) == "~0"
    assert told(sent(decide(Spec(1), [ready._replace(storage=FALSE)]))) == "+claim 0 ~0"
    leaving = ready._replace(storage=FALSE, claims=(claim(terminating=True),))
    decision = decide(Spec(1), [leaving])
    assert told(sent(decision)) == ""
    assert decision.errors == (TRUE,)


@pytest.mark.parametrize(
    ("policy", "inside", "of_set", "of_pod"),
    [
        (Retention(), True, False, False),
        (Retention(), False, False, False),
        (WITH_SET, True, True, False),
        (WITH_SET, False, True, False),
        (WHEN_SCALED, True, False, False),
        (WHEN_SCALED, False, False, True),
        (BOTH, True, True, False),
        (BOTH, False, False, True),
    ],
)
def test_whom_claims_are_to_belong_to(
    policy: Retention, inside: bool, of_set: bool, of_pod: bool
) -> None:
    """And that any others are outdated."""
    wanted = owners(policy, boolean(inside))
    assert wanted == Owners(boolean(of_set), boolean(of_pod))
    for has_set in (False, True):
        for has_pod in (False, True):
            found = Claim(TRUE, FALSE, boolean(has_set), boolean(has_pod))
            differs = (has_set, has_pod) != (of_set, of_pod)
            assert outdated(found, wanted, TRUE) is boolean(differs)


@pytest.mark.parametrize(
    ("claims", "exists", "expected"),
    [
        ([MISSING, MISSING], True, False),
        ([], True, False),
        ([MISSING, claim()], True, False),
        ([claim("pod"), claim("pod")], True, False),
        ([claim("earlier"), claim()], True, True),
        ([claim("earlier"), MISSING], True, True),
        ([claim("pod"), claim("earlier")], True, True),
        ([claim("pod")], False, True),
    ],
)
def test_claims_of_earlier_pods(claims: list[Claim], exists: bool, expected: bool) -> None:
    assert blocks(WHEN_SCALED, claims, boolean(exists)) is boolean(expected)
    assert blocks(WITH_SET, claims, boolean(exists)) is FALSE
