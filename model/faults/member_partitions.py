"""Members of etcd that are cut off from the others, for a while. Those that are still a majority
elect a leader and take writes; the others take none.

Steps: those of `model.etcd`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults

ROW = Row(
    {
        "memberPartitions": count(
            "how often an etcd member may be cut off from the others for a while; as for "
            "memberCrashes",
            Faults.member_partitions,
        )
    },
    (counted("memberPartitions", "{n} etcd member cut off", "{n} etcd members cut off"),),
    beside=True,
)
