"""What a controller says of itself: its four steps, and how it comes into a cluster's system.

A controller's sync obtains what is desired, observes what is there, determines the difference, and
sends requests to reconcile the two. What it has decided and not sent yet is kept by
`model.controllers.sync`. What it decides by is a function of its own, without state and
actions, which runs on numbers and on expressions alike; its `steps` are the transition system's.

Source: `https://kubernetes.io/docs/concepts/architecture/controller/` for the pattern; each
controller's module cites its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.apiserver.objects import Cluster
from model.apiserver.views import Watches


@dataclass(frozen=True)
class Controller:
    """A controller. What is said of it is for docs/controllers.md, and for who reads its file."""

    #: As upstream's controller manager calls it, in traces and in `spec.faults`.
    name: str
    #: The kinds of objects that it watches.
    watches: tuple[str, ...]
    #: The four steps, in a few words each.
    desired: str
    observed: str
    difference: str
    requests: str
    #: Adds its state and actions; it reads through the watches.
    steps: Callable[[Cluster, Watches], None]
    #: What it leaves out, in reports.
    omits: tuple[str, ...] = ()

    def add(self, cluster: Cluster) -> None:
        """Adds it to a system: with the stalls of its watches, if these are possible."""
        cluster.builder.omit(*self.omits)
        seen = Watches(cluster, self.name)
        self.steps(cluster, seen)
        seen.finish()
