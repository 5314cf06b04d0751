"""Nodes that pods are to leave, and that others than those pods could not get onto any more."""

from __future__ import annotations

import pytest

from .helpers import check_document, deployment
from .objects import NODES, used

TAINT = "spec: {{taints: [{{key: x, effect: {}}}]}}"
TOLERATION = "tolerations: [{key: x, operator: Exists}]"


@pytest.mark.parametrize(
    ("closed", "pod", "found"),
    [
        (TAINT.format("NoSchedule"), "", True),
        ("spec: {unschedulable: true}", "", True),
        (TAINT.format("NoSchedule"), TOLERATION, False),
        (TAINT.format("PreferNoSchedule"), "", False),
        # It has driven out whoever was there.
        (TAINT.format("NoExecute"), "", False),
        # Whatever the taint, the pods were never there.
        (TAINT.format("NoSchedule"), "nodeSelector: {kubernetes.io/hostname: b}", False),
    ],
)
def test_pods_that_were_there_before(closed: str, pod: str, found: bool) -> None:
    """They matter where a step has them leave: a drain or a taint, not a rollout."""
    text = deployment(pod=pod) + NODES.replace("status", f"{closed}\nstatus", 1)
    for scenario in ("apply", "rollout"):
        assert "bound-before" not in used(text, scenario)
    for step in ("drain", "taint"):
        for node, left in (("a", found), ("b", False)):
            check = check_document(f"scenario: {{{step}: {{node: [{node}]}}}}", "{name: leave}")
            assert ("bound-before" in used(f"{text}---\n{check}", "leave")) == left
