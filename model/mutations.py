"""Seeded faults: named ways in which the modelled control plane can be wrong.

They serve two purposes: broken twins in `specs/broken/` switch one on (`spec.model.mutations`),
and the mutation tests show that each one is caught by some property of some shipped spec.
A component asks `name in scenario.mutations` at the line that the fault would change.
"""

from __future__ import annotations

#: Faults in the rounding of percentages.
ROUNDING = frozenset({"surge-rounds-down", "unavailable-rounds-up", "both-zero-stays"})

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
    "expectations-forgotten": (
        "the ReplicaSet controller forgets what it has asked for and does not see yet, as after a "
        "restart"
    ),
    "names-reused": (
        "the StatefulSet controller replaces a pod that is being deleted before it is gone"
    ),
    "daemon-limit-ignored": "the DaemonSet controller ignores maxUnavailable",
    "any-node-for-daemons": (
        "the scheduler binds a DaemonSet's pod to any feasible node, not to that which it is for"
    ),
    "partition-ignored": "the StatefulSet controller ignores the partition",
    "creates-one-too-many": "the ReplicaSet controller creates one pod more than asked for",
    "ready-pods-deleted-first": "the ReplicaSet controller's deletion ranking is reversed",
    "deletes-any-pod": "the ReplicaSet controller deletes without ranking",
    "unreachable-nodes-keep-pods": "pods on an unreachable node are never deleted",
    "unreachable-pods-forced": (
        "pods on an unreachable node are deleted by force, without the word of their kubelet"
    ),
    "unready-counts-as-healthy": "evictions count pods that are not ready as healthy",
    "deleted-pods-linger": "the kubelet never confirms that a deleted pod has stopped",
    "fit-off-by-one": "the scheduler fits one pod more than a node can hold",
    "taints-ignored": "the scheduler ignores taints",
    "cordon-ignored": "the scheduler ignores cordons",
    "eviction-ignores-budget": "evictions ignore PodDisruptionBudgets",
    "quorum-too-small": "etcd commits and elects with half of its members",
    "votes-twice": "an etcd member votes twice in one term",
    "old-votes-count": "an etcd candidate counts votes of earlier terms",
    "stale-log-elected": "an etcd member votes for a candidate whose log is behind its own",
    "last-term-ignored": "an etcd member votes for the longer log, whatever its last term",
    "log-length-ignored": "an etcd member votes for an equal last term, however short the log",
    "old-term-commit": "an etcd leader commits entries of earlier terms by counting copies",
    "minority-commits": "an etcd leader commits without hearing from others",
    "refusals-count": "an etcd leader takes a refused append for a copy",
    "commit-beyond-log": "an etcd member takes entries for committed that it does not hold",
    "old-term-appends": "an etcd member takes entries from leaders of earlier terms",
    "previous-entry-unchecked": "an etcd member appends to a log that differs from the leader's",
    "appends-truncate": "an etcd member drops what follows an entry that it already holds",
    "conflicts-kept": "an etcd member keeps entries that conflict with the leader's",
    "vote-forgotten": "an etcd member answers before its vote is synced",
    "term-forgotten": "an etcd member answers before its term and vote are synced",
    "acknowledged-before-synced": "an etcd follower acknowledges entries before they are synced",
    "leader-counts-unsynced": "an etcd leader counts its own copy before it is synced",
    "commit-synced-before-entries": "an etcd leader syncs what is committed before the entries",
    "uncommitted-entries-dropped": "an etcd member restarts with committed entries only",
    "campaigns-with-unapplied-change": (
        "an etcd member campaigns while a committed membership change waits to be applied"
    ),
    "pending-change-ignored": "an etcd leader takes a membership change while one is under way",
    "changes-apply-when-appended": (
        "membership changes of etcd take effect when they are appended; safe, unless with "
        "change-before-own-commit"
    ),
    "change-before-own-commit": (
        "with changes-apply-when-appended, an etcd leader takes a change before it has committed "
        "an entry of its own term"
    ),
    "snapshot-replaces-newer-log": "an etcd member that restores a snapshot drops newer entries",
    "snapshot-keeps-log": "an etcd member that restores a snapshot keeps entries that conflict",
    "snapshot-of-uncommitted": "an etcd member takes a snapshot of what is not committed",
    "snapshot-acknowledges-whole-log": (
        "an etcd member that needs no snapshot answers as if the leader had its whole log"
    ),
    "snapshot-forgets-configuration": (
        "an etcd member that restores a snapshot keeps its old view of who votes"
    ),
    "compaction-beyond-applied": (
        "an etcd member compacts committed membership changes that it has not applied"
    ),
    "removed-members-count": "etcd counts members that were removed",
    "learners-count": "etcd counts learners as voters",
    "joint-skipped": "etcd changes several voters at once, without a joint configuration",
    "joint-old-majority-ignored": "in a joint configuration etcd asks the new voters only",
    "joint-new-majority-ignored": "in a joint configuration etcd asks the old voters only",
    "elections-disrupt": "an etcd member campaigns although a leader reaches it, and is voted for",
    "read-index-without-quorum": "an etcd leader answers reads without asking whether it leads",
    "read-index-before-own-term-commit": (
        "a new etcd leader answers reads before it has committed an entry of its own term"
    ),
    "read-before-applied": "an etcd member serves a read before it has applied the read's index",
    "votes-within-lease": "an etcd member votes while its leader counts on it not to",
    "lease-read-with-skewed-clock": "an etcd leader's clock is slower than its lease allows",
    "lease-forgotten-at-restart": "an etcd member that restarts votes without waiting",
    "compaction-drops-deletion": "etcd compacted at a deletion forgets it (etcd issue 18089)",
    "compacted-watch-served": "etcd serves a watch from a revision that has been compacted",
    "slow-watch-skips": "etcd takes for delivered what a slow watch had no room for",
    "keys-sent-apart": "etcd sends a watch what it has missed key by key",
    "watch-resumes-at-last": "a client watches again from the last revision that it received",
    "watch-synced-too-early": "etcd takes a watch of the past for one that has all there is",
    "progress-of-unsynced": "etcd tells a watch of progress before it has sent everything",
    "revision-reused": "two writes to etcd get one revision",
    "compare-ignored": "etcd does not compare revisions in transactions",
    "renew-deadline-ignored": "a leader goes on leading though it can't renew its lease",
    "lease-conflicts-ignored": "a candidate takes over a lease that was renewed since it looked",
    "renewals-unseen": "a candidate does not wait anew when the lease was renewed",
}
