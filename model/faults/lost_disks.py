"""Members of etcd that return with an empty disk under the name that they had. Only properties of
etcd tell of it.

Steps: those of `model.etcd`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults

ROW = Row(
    {
        "lostDisks": count(
            "how often an etcd member may lose its disk and return empty", Faults.lost_disks
        )
    },
    (counted("lostDisks", "{n} lost disk", "{n} lost disks"),),
    beside=True,
)
