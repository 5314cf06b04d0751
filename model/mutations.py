"""The table of seeded faults, each a constant beside the component that it breaks.

Broken twins in `specs/broken/` switch one on (`spec.model.mutations`), and the mutation tests show
that each one is caught by some property of some shipped spec.
"""

from __future__ import annotations

from model.apiserver import harm, pods, views
from model.controllers import (
    daemonset,
    deployment,
    disruption,
    replicaset,
    statefulset,
    tainteviction,
)
from model.etcd import availability, lease, store, watch
from model.etcd.raft import (
    changes,
    durability,
    elections,
    membership,
    reads,
    replication,
    snapshots,
    state,
)
from model.mutation import Mutation
from model.node import kubelet
from model.plugins import filters
from model.scheduler import binding

#: By the names that specs have.
MUTATIONS: dict[str, Mutation] = {
    row: row
    for row in (
        deployment.SURGE_ROUNDS_DOWN,
        deployment.SURGE_ONE_TOO_MANY,
        deployment.UNAVAILABLE_ROUNDS_UP,
        deployment.UNAVAILABLE_ONE_TOO_MANY,
        deployment.BOTH_ZERO_STAYS,
        deployment.PENDING_SCALE_DOWN_IGNORED,
        deployment.RECREATE_DOES_NOT_WAIT,
        deployment.CONFLICTS_IGNORED,
        replicaset.EXPECTATIONS_FORGOTTEN,
        pods.OWN_WRITES_UNSEEN,
        views.RESTART_LISTS_THE_PAST,
        statefulset.NAMES_REUSED,
        daemonset.DAEMON_LIMIT_IGNORED,
        binding.ANY_NODE_FOR_DAEMONS,
        statefulset.PARTITION_IGNORED,
        replicaset.CREATES_ONE_TOO_MANY,
        replicaset.READY_PODS_DELETED_FIRST,
        replicaset.DELETES_ANY_POD,
        tainteviction.UNREACHABLE_NODES_KEEP_PODS,
        harm.UNREACHABLE_PODS_FORCED,
        disruption.UNREADY_COUNTS_AS_HEALTHY,
        kubelet.DELETED_PODS_LINGER,
        filters.FIT_OFF_BY_ONE,
        filters.TAINTS_IGNORED,
        filters.CORDON_IGNORED,
        disruption.EVICTION_IGNORES_BUDGET,
        disruption.DRAIN_FORCED,
        state.QUORUM_TOO_SMALL,
        elections.VOTES_TWICE,
        state.OLD_VOTES_COUNT,
        elections.STALE_LOG_ELECTED,
        state.LAST_TERM_IGNORED,
        state.LOG_LENGTH_IGNORED,
        replication.OLD_TERM_COMMIT,
        replication.MINORITY_COMMITS,
        replication.REFUSALS_COUNT,
        replication.COMMIT_BEYOND_LOG,
        replication.OLD_TERM_APPENDS,
        replication.PREVIOUS_ENTRY_UNCHECKED,
        replication.APPENDS_TRUNCATE,
        replication.CONFLICTS_KEPT,
        durability.VOTE_FORGOTTEN,
        durability.TERM_FORGOTTEN,
        durability.ACKNOWLEDGED_BEFORE_SYNCED,
        replication.LEADER_COUNTS_UNSYNCED,
        durability.COMMIT_SYNCED_BEFORE_ENTRIES,
        elections.UNCOMMITTED_ENTRIES_DROPPED,
        state.CAMPAIGNS_WITH_UNAPPLIED_CHANGE,
        state.PENDING_CHANGE_IGNORED,
        membership.CHANGES_APPLY_WHEN_APPENDED,
        changes.CHANGE_BEFORE_OWN_COMMIT,
        snapshots.SNAPSHOT_REPLACES_NEWER_LOG,
        snapshots.SNAPSHOT_KEEPS_LOG,
        snapshots.SNAPSHOT_OF_UNCOMMITTED,
        snapshots.SNAPSHOT_ACKNOWLEDGES_WHOLE_LOG,
        snapshots.SNAPSHOT_FORGETS_CONFIGURATION,
        snapshots.COMPACTION_BEYOND_APPLIED,
        membership.REMOVED_MEMBERS_COUNT,
        membership.LEARNERS_COUNT,
        membership.JOINT_SKIPPED,
        membership.JOINT_OLD_MAJORITY_IGNORED,
        membership.JOINT_NEW_MAJORITY_IGNORED,
        availability.ELECTIONS_DISRUPT,
        reads.READ_INDEX_WITHOUT_QUORUM,
        reads.READ_INDEX_BEFORE_OWN_TERM_COMMIT,
        reads.READ_BEFORE_APPLIED,
        reads.VOTES_WITHIN_LEASE,
        reads.LEASE_READ_WITH_SKEWED_CLOCK,
        reads.LEASE_FORGOTTEN_AT_RESTART,
        store.COMPACTION_DROPS_DELETION,
        watch.COMPACTED_WATCH_SERVED,
        watch.SLOW_WATCH_SKIPS,
        watch.KEYS_SENT_APART,
        watch.WATCH_RESUMES_AT_LAST,
        watch.WATCH_SYNCED_TOO_EARLY,
        watch.PROGRESS_OF_UNSYNCED,
        store.REVISION_REUSED,
        store.COMPARE_IGNORED,
        lease.RENEW_DEADLINE_IGNORED,
        lease.LEASE_CONFLICTS_IGNORED,
        lease.RENEWALS_UNSEEN,
    )
}
