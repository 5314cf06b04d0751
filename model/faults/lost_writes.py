"""Members of etcd that crash and lose what they have not synced, as with a disk that lies about it.
Only properties of etcd tell of it.

Steps: those of `model.etcd`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults

ROW = Row(
    {
        "lostWrites": count(
            "how often an etcd member may crash and lose what it has not synced",
            Faults.lost_writes,
        )
    },
    (counted("lostWrites", "{n} crash that loses writes", "{n} crashes that lose writes"),),
    beside=True,
)
