"""Seeded faults: named ways in which the modelled control plane can be wrong.

They serve two purposes: broken twins in `specs/broken/` switch one on (`spec.model.mutations`),
and the mutation tests show that each one is caught by some property of some shipped spec.
A component asks `name in scenario.mutations` at the line that the fault would change.
"""

from __future__ import annotations

#: Name to one line that says what goes wrong.
MUTATIONS: dict[str, str] = {
    "surge-rounds-down": "the Deployment controller rounds a maxSurge percentage down",
    "surge-one-too-many": "the Deployment controller allows one replica more than maxSurge",
    "unavailable-rounds-up": "the Deployment controller rounds a maxUnavailable percentage up",
    "unavailable-one-too-many": "the Deployment controller lets one replica more be unavailable",
    "both-zero-stays": "maxSurge and maxUnavailable that both round to 0 are left at 0",
    "pending-scale-down-ignored": "a scale-down that is under way is not waited for",
    "recreate-does-not-wait": "strategy Recreate does not wait for old pods to be gone",
    "conflicts-ignored": "the API server does not compare resourceVersions on updates",
    "expectations-forgotten": "the ReplicaSet controller forgets its own unseen requests",
    "creates-one-too-many": "the ReplicaSet controller creates one pod more than asked for",
    "ready-pods-deleted-first": "the ReplicaSet controller's deletion ranking is reversed",
    "deletes-any-pod": "the ReplicaSet controller deletes without ranking",
    "unreachable-nodes-keep-pods": "pods on an unreachable node are never deleted",
    "deleted-pods-linger": "the kubelet never confirms that a deleted pod has stopped",
    "fit-off-by-one": "the scheduler fits one pod more than a node can hold",
    "taints-ignored": "the scheduler ignores taints",
    "cordon-ignored": "the scheduler ignores cordons",
    "eviction-ignores-budget": "evictions ignore PodDisruptionBudgets",
    "quorum-too-small": "etcd commits and elects with half of its members",
    "votes-twice": "an etcd member votes twice in one term",
    "vote-forgotten": "an etcd member forgets its vote when it restarts",
    "stale-log-elected": "an etcd member votes for a candidate whose log is behind its own",
    "old-term-commit": "an etcd leader commits entries of earlier terms by counting copies",
    "minority-commits": "an etcd leader commits without hearing from others",
}
