"""Members of etcd that crash. As long as a majority is up, writes are only late; while it is not,
nothing is written, and nodes and pods go on by themselves.

Steps: those of `model.etcd`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import Field, count
from model.scenario import Faults

ROW = Row(
    {
        "memberCrashes": count(
            "how often an etcd member may crash, each of which may cost the workload its store for "
            "a while; what etcd never does is checked for any number of crashes",
            Faults.member_crashes,
        ),
        "membersReturn": Field(
            "boolean",
            "whether a crashed etcd member is sure to return; if not, so many crashes that no "
            "quorum is left may end all writes",
            Faults.members_return,
        ),
    },
    (counted("memberCrashes", "{n} crash of an etcd member", "{n} crashes of members"),),
    beside=True,
)
