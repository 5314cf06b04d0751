"""Candidates for leadership (of the controller manager, or of the scheduler) whose clocks run
apart, as for the property unique-leader.

Steps: those of `model.etcd.lease`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count

ROW = Row(
    {
        "clockSkew": count(
            "by how many percent the clock of one candidate for leadership runs faster", 0, 0, 900
        )
    },
    (counted("clockSkew", "a clock skew of {n}%", "a clock skew of {n}%"),),
    beside=True,
)
