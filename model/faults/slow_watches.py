"""Watches that stall, so that who watches acts on what it last saw; the steps are those of
`model.apiserver.views`."""

from __future__ import annotations

from model.faults.contract import Row, named
from model.field import Field

#: Whose watch can stall.
WATCHERS = ("deployment-controller", "replicaset-controller")

ROW = Row(
    {
        "slowWatches": Field(
            "counts", "how often each controller's watch may stall, by controller", names=WATCHERS
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
