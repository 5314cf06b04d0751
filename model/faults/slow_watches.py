"""Watches that stall, so that who watches acts on what it last saw, until they catch up.

A controller's watches stall together, of the scheduler only that of nodes: it does not know yet
what was cordoned or tainted, or does not answer. What a controller did itself it takes for done.
Progress in between is another stall.

Steps: those of `model.apiserver.views`.
"""

from __future__ import annotations

from model.faults.contract import ABOUT, Row, named
from model.field import Field

#: Whose watch can stall.
WATCHERS = (*ABOUT, "kube-scheduler", "resourcequota-controller", "disruption-controller")

ROW = Row(
    {
        "slowWatches": Field(
            "counts",
            "how often the watch of each controller or of the scheduler may stall, by name",
            names=WATCHERS,
        )
    },
    tuple(
        named(
            "slowWatches",
            watcher,
            f"{{n}} stall of the {watcher}'s watch",
            f"{{n}} stalls of the {watcher}'s watch",
        )
        for watcher in WATCHERS
    ),
)
