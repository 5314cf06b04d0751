"""Whom fairness tells apart in the systems of clusters."""

from __future__ import annotations

import pytest

from tests.shipped import BROKEN, PASSING, checked, scenario

#: Those whose parameters are choices of one object: which ReplicaSet of its own a Deployment scales
#: first, which member of etcd is elected, which pod the user deletes.
CHOICES = ("deployment-controller", "etcd: elect", "user: delete pod by hand")


@pytest.mark.parametrize("spec", PASSING + BROKEN)
def test_who_is_served_is_said(spec: str) -> None:
    """Where a step is one of several objects each of which is served, fairness says which."""
    for instance in checked(scenario(spec)):
        for action in instance.system.actions:
            chosen = repr(action).startswith(CHOICES)
            if action.fairness == "weak" and action.parameters and not chosen:
                assert action.fair_for, f"{action!r}: whom does it serve one by one?"
