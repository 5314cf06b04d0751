"""Leaders that stop for a while between two steps, as a process does that gets no processor, and
then go on with what they had begun. As for the property unique-leader.

Steps: those of `model.etcd.lease`.
"""

from __future__ import annotations

from model.faults.contract import Row, counted
from model.field import count

ROW = Row(
    {"leaderPauses": count("how often a leader may be paused before a write")},
    (counted("leaderPauses", "{n} pause of a leader", "{n} pauses of leaders"),),
    beside=True,
)
