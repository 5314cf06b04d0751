"""What is checked of etcd and of leader election: rows of systems beside the workload's, which
build these properties themselves (`model.etcd`).
"""

from __future__ import annotations

from model.properties import concerns
from model.properties.contract import Row

PROPERTIES: dict[str, Row] = {
    "no-split-brain-writes": Row(
        "no two leaders ever commit different writes at one revision; "
        "a member cut off from the quorum commits nothing",
        "safety",
        concerns.anything,
        None,
    ),
    "election-safety": Row("no etcd term ever has two leaders", "safety", concerns.anything, None),
    "log-matching": Row(
        "two etcd logs that agree on the term of an entry agree on everything up to it",
        "safety",
        concerns.anything,
        None,
    ),
    "leader-completeness": Row(
        "every later etcd leader holds what was committed", "safety", concerns.anything, None
    ),
    "state-machine-safety": Row(
        "no two etcd members ever take different entries for committed at one revision",
        "safety",
        concerns.anything,
        None,
    ),
    "acknowledged-writes-survive": Row(
        "members that lack an acknowledged write are never enough to elect a leader",
        "safety",
        concerns.anything,
        None,
    ),
    "writes-need-quorum": Row(
        "no write is acknowledged unless a majority of the members holds it",
        "safety",
        concerns.anything,
        None,
    ),
    "writes-resume": Row(
        "while a majority of the etcd members is up and connected, writes are acknowledged in the "
        "end",
        "liveness",
        concerns.anything,
        None,
    ),
    "writes-survive-zone-loss": Row(
        "with zones of etcd members lost for good and all others up and connected, writes are "
        "acknowledged in the end",
        "liveness",
        concerns.lost_zones,
        None,
    ),
    "linearizable-reads": Row(
        "a linearizable read sees every write acknowledged before it began",
        "safety",
        concerns.anything,
        None,
    ),
    "refines-contract": Row(
        "all that clients see of etcd is what one linearizable store may do that sometimes lags "
        "and sometimes refuses",
        "safety",
        concerns.anything,
        None,
    ),
    "watch-ordered": Row(
        "a watch of etcd never delivers an event after a later one",
        "safety",
        concerns.anything,
        None,
    ),
    "watch-unique": Row(
        "a watch of etcd never delivers an event twice", "safety", concerns.anything, None
    ),
    "watch-atomic": Row(
        "a watch of etcd delivers all events of a revision at once",
        "safety",
        concerns.anything,
        None,
    ),
    "watch-reliable": Row(
        "a watch of etcd that delivers an event has delivered all before it",
        "safety",
        concerns.anything,
        None,
    ),
    "watch-resumable": Row(
        "a watch of etcd from a revision is refused, or misses nothing since then",
        "safety",
        concerns.anything,
        None,
    ),
    "watch-bookmarkable": Row(
        "a watch of etcd that is told of progress has all events up to there",
        "safety",
        concerns.anything,
        None,
    ),
    "compare-and-swap": Row(
        "a transaction of etcd that compares revisions overwrites nothing that its client has not "
        "read",
        "safety",
        concerns.anything,
        None,
    ),
    "unique-leader": Row(
        "never two acting leaders of one lease (controller manager, scheduler)",
        "safety",
        concerns.anything,
        None,
    ),
}
