"""Watches that stall, so that who watches acts on what it saw at some moment, until they catch up.

A number is at how many moments that are past a cache may rest while the store goes on: with 1 it
stalls once, and then catches up wholly; with more it may do so again, or come from one moment to a
later one that is past as well. The watches of a controller lag together, or, where its name has a
mapping, each kind by itself: `replicaset-controller: {pods: 1}` is late to see pods and not
ReplicaSets. Of the scheduler only the watch of nodes lags: it does not know yet what was cordoned
or tainted, or does not answer. What a controller did itself it takes for done, or waits to see.

Kubelets, and the controllers of nodes, taints and endpoints, look at one object at a time and act
on it at any time: what they see late is as if they were slow, which they may be in any case.

Steps: those of `model.apiserver.views`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model.faults.contract import Fault, Row, named
from model.field import Field

#: Whose watches can stall, and of what they lag apart.
KINDS: Mapping[str, tuple[str, ...]] = {
    "deployment-controller": ("deployments", "replicasets", "pods"),
    "replicaset-controller": ("replicasets", "pods"),
    "replication-controller": ("replicationcontrollers", "pods"),
    "statefulset-controller": ("statefulsets", "pods"),
    "daemonset-controller": ("daemonsets", "pods"),
    "job-controller": ("jobs", "pods"),
    "cronjob-controller": ("cronjobs", "jobs"),
    "kube-scheduler": (),
    "resourcequota-controller": (),
    "disruption-controller": (),
}


def _faults() -> Iterator[Fault]:
    for watcher, kinds in KINDS.items():
        for kind in ("", *kinds):
            name = f"{watcher}.{kind}" if kind else watcher
            of = f"the {watcher}'s watch of {kind}" if kind else f"the {watcher}'s watch"
            yield named("slowWatches", name, f"{{n}} stall of {of}", f"{{n}} stalls of {of}")


FAULTS = tuple(_faults())

ROW = Row(
    {
        "slowWatches": Field(
            "counts",
            "how often the watches of each controller or of the scheduler may stall, by name; or "
            "that of a kind, by its name",
            names=tuple(fault.field.removeprefix("spec.faults.slowWatches.") for fault in FAULTS),
        )
    },
    FAULTS,
)
