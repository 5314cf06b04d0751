"""Every seeded fault of the model is caught by some property of some shipped spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.engines import engine
from model.mutations import MUTATIONS
from tests.effort import busy
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
    "annotations-kept": ("scale-in-rollout", "rollout-completes", 7),
    "pause-ignored": ("pause-resume", "pause-respected", 3),
    "deletion-ignored": ("delete-foreground", "deletion-completes", 7),
    "garbage-kept": ("delete-foreground", "deletion-completes", 3),
    "orphans-collected": ("delete-orphan", "orphans-stay", 6),
    "autoscaler-never-scales-down": ("autoscaled", "autoscaler-settles", 27),
    "restart-ignored": ("restart", "rollout-completes", 2),
    "oldest-revision-forgotten": ("three-revisions", "surge-bounded", 2),
    "keeps-one-revision-less": ("undo-limit", "rollback-completes", 12),
    "shares-one-too-many": ("scale-in-rollout", "surge-bounded", 4),
    "paused-not-scaled": ("pause-resume", "replicas-converge", 3),
    "recreate-does-not-wait": ("recreate", "revisions-never-overlap", 4),
    "conflicts-ignored": ("lagging-cache", "no-lost-update", 10),
    "expectations-forgotten": ("duplicate-create", "no-duplicate-pods", 3),
    "creates-one-too-many": ("default-strategy", "rollout-completes", 18),
    "ready-pods-deleted-first": ("min-ready-seconds", "scale-down-spares-ready", 11),
    "deletes-any-pod": ("min-ready-seconds", "scale-down-spares-ready", 11),
    "names-reused": ("statefulset-rollout", "at-most-one-per-identity", 3),
    "partition-ignored": ("statefulset-rollout", "revision-partitioned", 7),
    "current-too-early": ("statefulset-canary", "revision-partitioned", 9),
    "deleted-owners-act": ("delete-statefulset", "deletion-completes", 13),
    "on-delete-keeps": ("statefulset-on-delete", "rollout-completes", 13),
    "volumes-travel": ("statefulset-zones", "placement-respected", 5),
    "daemon-limit-ignored": ("daemonset-rollout", "rollout-keeps-available", 3),
    "relabelled-keep-daemons": ("label-daemonset", "daemon-on-every-node", 1),
    "any-node-for-daemons": ("daemonset-rollout", "daemon-on-every-node", 8),
    "job-expectations-forgotten": ("lagging-job", "job-parallelism-bounded", 6),
    "cron-cache-trusted": ("lagging-cronjob", "cron-concurrency-respected", 6),
    "job-parallelism-ignored": ("job", "job-parallelism-bounded", 8),
    "job-gives-up-early": ("job-drain", "job-completes", 4),
    "job-replaces-terminating": ("job-indexed", "job-parallelism-bounded", 6),
    "job-counts-ignored": ("job-drain", "job-completes", 6),
    "job-failed-not-replaced": ("job", "job-completes", 4),
    "job-completes-early": ("job-indexed", "job-completes", 17),
    "job-leaves-pods": ("job-drain", "job-parallelism-bounded", 3),
    "job-index-once": ("job-indexed", "job-completes", 12),
    "job-suspended-count": ("job-suspend", "job-completes", 7),
    "cron-forbid-ignored": ("cronjob", "cron-concurrency-respected", 4),
    "cron-replace-keeps": ("cronjob-replace", "cron-concurrency-respected", 4),
    "cron-failing-job-over": ("cronjob", "cron-concurrency-respected", 9),
    "pre-stop-ignored": ("endpoint-lag", "no-traffic-to-stopped", 10),
    "new-pods-missed": ("endpoint-lag", "service-always-answers", 21),
    "unreachable-nodes-keep-pods": ("node-crash", "replicas-converge", 3),
    "unreachable-pods-forced": ("statefulset-cut-off", "at-most-one-per-identity", 6),
    "unready-counts-as-healthy": ("failed-pod", "budget-respected", 4),
    "kubelet-lists-the-past": ("kubelet-restart", "at-most-one-per-identity", 7),
    "quota-ignored": ("quota", "quota-respected", 4),
    "quota-never-counted": ("quota", "rollout-completes", 7),
    "refused-goes-on": ("quota", "rollout-completes", 13),
    "removed-nodes-feasible": ("node-removed", "rollout-completes", 6),
    "removed-nodes-want-daemons": ("daemonset-node-removed", "every-pod-scheduled", 3),
    "first-pod-waits": ("pod-affinity", "every-pod-scheduled", 4),
    "orphans-kept": ("node-removed", "rollout-completes", 3),
    "own-writes-unseen": ("lagging-daemonset", "rollout-keeps-available", 4),
    "restart-lists-the-past": ("controller-restart", "no-duplicate-pods", 4),
    "deleted-pods-linger": ("recreate", "rollout-completes", 6),
    "nominated-room-taken": ("preemption", "every-pod-scheduled", 16),
    "fit-off-by-one": ("full-nodes", "no-overcommit", 5),
    "taints-ignored": ("taints", "placement-respected", 3),
    "cordon-ignored": ("drain", "drain-completes", 13),
    "evictions-not-counted": ("late-budget", "budget-respected", 4),
    "eviction-ignores-budget": ("drain", "budget-respected", 3),
    "daemon-replaced-early": ("daemonset-surge", "rollout-keeps-available", 5),
    "one-too-many-beside": ("statefulset-beside", "rollout-completes", 11),
    "job-endless-beside": ("job-among", "every-pod-scheduled", 24),
    "daemon-twice-beside": ("daemonset-among", "every-pod-scheduled", 18),
    "daemon-outlives-surge": ("daemonset-surge", "rollout-completes", 5),
    "single-pods-unhealthy": ("budget-over-pod", "drain-completes", 1),
    "single-pods-expected": ("budget-over-pod", "drain-completes", 1),
    "drain-forced": ("unmanaged-pod", "replicas-converge", 3),
    "terminating-pods-spread": ("spread-rollback", "spread-kept-after-rollout", 17),
    "skew-one-too-many": ("spread-rollout", "spread-kept-after-rollout", 18),
    "quorum-too-small": ("etcd-quorum", "no-split-brain-writes", 4),
    "votes-twice": ("etcd-quorum", "election-safety", 6),
    "old-votes-count": ("etcd-quorum", "election-safety", 7),
    "stale-log-elected": ("etcd-quorum", "leader-completeness", 9),
    "last-term-ignored": ("etcd-quorum", "leader-completeness", 14),
    "log-length-ignored": ("etcd-quorum", "leader-completeness", 12),
    "old-term-commit": ("etcd-leader-changes", "no-split-brain-writes", 19),
    "minority-commits": ("etcd-quorum", "writes-need-quorum", 5),
    "refusals-count": ("etcd-quorum", "acknowledged-writes-survive", 7),
    "commit-beyond-log": ("etcd-quorum", "state-machine-safety", 7),
    "old-term-appends": ("etcd-quorum", "leader-completeness", 9),
    "previous-entry-unchecked": ("etcd-quorum", "log-matching", 11),
    "appends-truncate": ("etcd-quorum", "acknowledged-writes-survive", 9),
    "conflicts-kept": ("etcd-quorum", "state-machine-safety", 12),
    "vote-forgotten": ("etcd-lost-writes", "election-safety", 7),
    "term-forgotten": ("etcd-lost-writes", "election-safety", 7),
    "acknowledged-before-synced": ("etcd-lost-writes", "acknowledged-writes-survive", 8),
    "leader-counts-unsynced": ("etcd-lost-writes", "acknowledged-writes-survive", 7),
    "commit-synced-before-entries": ("etcd-lost-writes", "state-machine-safety", 8),
    "uncommitted-entries-dropped": ("etcd-quorum", "acknowledged-writes-survive", 7),
    "campaigns-with-unapplied-change": ("etcd-membership", "election-safety", 17),
    "pending-change-ignored": ("etcd-membership", "election-safety", 16),
    "change-before-own-commit": ("etcd-single-server-change", "leader-completeness", 16),
    "snapshot-replaces-newer-log": ("etcd-snapshots", "acknowledged-writes-survive", 10),
    "snapshot-keeps-log": ("etcd-snapshots", "state-machine-safety", 13),
    "snapshot-of-uncommitted": ("etcd-snapshots", "state-machine-safety", 6),
    "snapshot-acknowledges-whole-log": ("etcd-snapshots", "state-machine-safety", 17),
    "snapshot-forgets-configuration": ("etcd-snapshots-removal", "election-safety", 19),
    "compaction-beyond-applied": ("etcd-snapshots-growth", "election-safety", 15),
    "removed-members-count": ("etcd-removal", "election-safety", 18),
    "learners-count": ("etcd-learner", "leader-completeness", 12),
    "elections-disrupt": ("etcd-writes-resume", "writes-resume", 8),
    "joint-skipped": ("etcd-move", "leader-completeness", 11),
    "joint-old-majority-ignored": ("etcd-move", "leader-completeness", 11),
    "joint-new-majority-ignored": ("etcd-joint", "no-split-brain-writes", 10),
    "read-index-without-quorum": ("etcd-reads", "linearizable-reads", 16),
    "read-index-before-own-term-commit": ("etcd-reads", "linearizable-reads", 13),
    "read-before-applied": ("etcd-reads", "linearizable-reads", 10),
    "votes-within-lease": ("etcd-lease-reads", "linearizable-reads", 16),
    "lease-read-with-skewed-clock": ("etcd-lease-reads", "linearizable-reads", 17),
    "lease-forgotten-at-restart": ("etcd-lease-reads", "linearizable-reads", 17),
    "compaction-drops-deletion": ("etcd-watch", "watch-resumable", 5),
    "compacted-watch-served": ("etcd-watch", "watch-resumable", 5),
    "slow-watch-skips": ("etcd-watch", "watch-reliable", 6),
    "keys-sent-apart": ("etcd-watch", "watch-ordered", 7),
    "watch-resumes-at-last": ("etcd-watch", "watch-unique", 7),
    "watch-synced-too-early": ("etcd-watch", "watch-reliable", 4),
    "progress-of-unsynced": ("etcd-watch", "watch-bookmarkable", 3),
    "revision-reused": ("etcd-watch", "watch-resumable", 3),
    "compare-ignored": ("etcd-transactions", "compare-and-swap", 4),
    "renew-deadline-ignored": ("leader-lease", "unique-leader", 4),
    "lease-conflicts-ignored": ("leader-lease", "unique-leader", 7),
    "renewals-unseen": ("leader-lease", "unique-leader", 6),
}

#: What is no fault by itself; change-before-own-commit makes it one.
SAFE_ALONE = {"changes-apply-when-appended"}


def test_every_seeded_fault_is_listed() -> None:
    """A seeded fault that nobody tries to catch shows nothing."""
    assert CAUGHT.keys() | SAFE_ALONE == set(MUTATIONS)
    assert len(CAUGHT) >= 45


@pytest.mark.parametrize("mutation", sorted(CAUGHT))
def test_seeded_fault_is_caught(mutation: str) -> None:
    """The spec passes as shipped (see test_specs); with the fault its property is violated."""
    spec, name, steps = CAUGHT[mutation]
    passing = scenario(f"specs/{spec}.yaml")
    mutated = replace(passing, mutations=passing.mutations | {mutation}, properties=(name,))
    (instance,) = checked(mutated)
    prop = instance.system.property(name)
    (verdict,) = engine("explicit").check(instance.system, (prop,), busy(120))
    assert verdict.outcome == "violated"
    assert verdict.trace is not None
    assert len(verdict.trace.steps) == steps
    texts = [remark.text for remark in instance.remarks(verdict.trace.states[-1], name)]
    named = f"seeded fault {mutation}, which the spec switches on: {MUTATIONS[mutation].text}"
    assert named in texts
    said = [text for text in texts if not text.startswith("seeded fault ")]
    assert said, "the last state says nothing"
    assert all(len(text) <= 150 for text in said)
