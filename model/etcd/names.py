"""The names of what is checked of the systems beside the workload's.

Whether one of them is asked for decides whether its system is made (`model.cluster`); most runs ask
for none, and do not import what makes it.
"""

from __future__ import annotations

RESUME = "writes-resume"
ZONES = "writes-survive-zone-loss"
#: Of `availability`.
AVAILABILITY = (RESUME, ZONES)

UNIQUE_LEADER = "unique-leader"
#: Of `lease`.
LEASE = (UNIQUE_LEADER,)

COMPARE = "compare-and-swap"
#: Of `watch`.
WATCH = (
    "watch-ordered",
    "watch-unique",
    "watch-atomic",
    "watch-reliable",
    "watch-resumable",
    "watch-bookmarkable",
    COMPARE,
)
