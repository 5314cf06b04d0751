"""Controllers that start anew: their process ends, or another one takes over their lease.

What was decided and not sent is lost, and so is all that the controller remembers of its own
requests; what is on its way to the API server is not. The new one lists everything before it does
anything, and since 1.35 it gets a list that is as new as the store is then: what it forgot it sees.
So no pod is made twice. The CronJob controller may end after it has made a Job and before its
status says so; then no status ever does. To the Job controller a restart makes no difference: it
decides everything anew from what it lists. Nor does it how long a new leader waits for the lease:
controllers may be slow in any case.

Source: client-go v0.36 `tools/cache/reflector.go` (watchList, rewatchResourceVersion: a reflector
that has seen nothing asks for the most recent data), `features/known_features.go`
(WatchListClient, on by default); kubernetes v1.36.3 `pkg/controller/controller_utils.go`
(ControllerExpectations are kept in memory).

Omits: a list that some API server answers from a cache that lags, as before 1.35 (the seeded fault
restart-lists-the-past has it for ReplicaSets).
"""

from __future__ import annotations

from model.apiserver.objects import Cluster
from model.faults.contract import ABOUT, Row, budget, named
from model.field import Field
from model.ir.system import assign

#: Who may restart.
CONTROLLERS = tuple(ABOUT)


def add(cluster: Cluster) -> None:
    """Adds restarts of the controllers that have anything to forget."""
    for name, number in cluster.scenario.faults.controller_restarts.items():
        forgotten = cluster.forgotten.get(name, [])
        if not number or not forgotten:
            continue
        left = budget(cluster, f"{name} restartsLeft", number, disturbs=False)
        cluster.builder.action(
            "restart",
            name,
            (),
            left > 0,
            [*forgotten, assign(left, left - 1)],
            text="starts anew: forgets what it had yet to send",
            why=f"spec.faults.controllerRestarts lets the {name} restart",
        )


ROW = Row(
    {
        "controllerRestarts": Field(
            "counts", "how often each controller may start anew, by name", names=CONTROLLERS
        )
    },
    tuple(
        named(
            "controllerRestarts",
            name,
            f"{{n}} restart of the {name}",
            f"{{n}} restarts of the {name}",
        )
        for name in CONTROLLERS
    ),
    add,
)
