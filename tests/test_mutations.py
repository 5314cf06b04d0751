"""Every seeded fault of the model is caught by some property of some shipped spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.budget import Budget
from checker.engines import engine
from model.mutations import MUTATIONS
from tests.shipped import checked, scenario

#: Seeded fault to the spec and the property that catch it, and the steps of the explorer's
#: trace: the shortest for safety, a short one for liveness.
CAUGHT = {
    "surge-rounds-down": ("default-strategy", "rollout-keeps-available", 4),
    "surge-one-too-many": ("deployment", "surge-bounded", 2),
    "unavailable-rounds-up": ("default-strategy", "rollout-keeps-available", 4),
    "unavailable-one-too-many": ("deployment", "rollout-keeps-available", 4),
    "both-zero-stays": ("rounds-to-zero", "rollout-completes", 2),
    "pending-scale-down-ignored": ("half-unavailable", "rollout-keeps-available", 17),
    "recreate-does-not-wait": ("recreate", "revisions-never-overlap", 4),
    "conflicts-ignored": ("lagging-cache", "no-lost-update", 10),
    "expectations-forgotten": ("lagging-pods", "no-duplicate-pods", 10),
    "creates-one-too-many": ("default-strategy", "rollout-completes", 5),
    "ready-pods-deleted-first": ("min-ready-seconds", "scale-down-spares-ready", 12),
    "deletes-any-pod": ("min-ready-seconds", "scale-down-spares-ready", 12),
    "unreachable-nodes-keep-pods": ("node-crash", "replicas-converge", 3),
    "deleted-pods-linger": ("recreate", "rollout-completes", 8),
    "fit-off-by-one": ("full-nodes", "no-overcommit", 4),
    "taints-ignored": ("taints", "placement-respected", 3),
    "cordon-ignored": ("drain", "drain-completes", 8),
    "eviction-ignores-budget": ("drain", "budget-respected", 4),
    "quorum-too-small": ("etcd-quorum", "no-split-brain-writes", 5),
    "votes-twice": ("etcd-quorum", "no-split-brain-writes", 12),
    "vote-forgotten": ("etcd-quorum", "no-split-brain-writes", 14),
    "stale-log-elected": ("etcd-quorum", "no-split-brain-writes", 12),
    "old-term-commit": ("etcd-leader-changes", "no-split-brain-writes", 20),
    "minority-commits": ("etcd-quorum", "no-split-brain-writes", 6),
}


def test_every_seeded_fault_is_listed() -> None:
    """A seeded fault that nobody tries to catch shows nothing."""
    assert set(CAUGHT) == set(MUTATIONS)
    assert len(CAUGHT) >= 15


@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
def test_seeded_fault_is_caught(mutation: str) -> None:
    """The spec passes as shipped (see test_specs); with the fault its property is violated."""
    spec, name, steps = CAUGHT[mutation]
    mutated = replace(
        scenario(f"specs/{spec}.yaml"), mutations=frozenset({mutation}), properties=(name,)
    )
    (instance,) = checked(mutated)
    prop = instance.system.property(name)
    (verdict,) = engine("explicit").check(instance.system, (prop,), Budget(seconds=120))
    assert verdict.outcome == "violated"
    assert verdict.trace is not None
    assert len(verdict.trace.steps) == steps
