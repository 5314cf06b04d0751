"""ClusterRoles that are the sum of others.

Source: kubernetes v1.36.3
`pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go` (syncClusterRole).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.rbac import ClusterRole, Rule


def summed(role: ClusterRole, roles: Sequence[ClusterRole]) -> tuple[Rule, ...]:
    """The rules that one sync gives a role: its own where it is no sum. It reads the others as they
    are, so that the sum of a sum takes as many syncs."""
    if role.sums is None:
        return role.rules
    found: dict[Rule, None] = {}
    for selector in role.sums:
        for other in sorted(roles, key=lambda each: each.name):
            if other.name != role.name and selector.selects(other.labels):
                found |= dict.fromkeys(other.rules)
    return tuple(found)
