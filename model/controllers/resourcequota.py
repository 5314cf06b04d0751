"""The ResourceQuota controller: counts what is there, and writes that into quotas' status.

Only so is what is gone free again. It counts from its cache of pods, and writes with the version of
the quota that it has seen: where its watch of pods is behind that of quotas, it writes less than is
used, and admission then lets more in than the quota says.

Source: kubernetes v1.36.3 `pkg/controller/resourcequota/resource_quota_controller.go`
(syncResourceQuota), `resource_quota_monitor.go`; apiserver v0.36 `pkg/quota/v1/resources.go`
(CalculateUsage).

Omits: quotas that are changed. When it counts is open: with each event of a pod that frees
something, and all of them every few minutes.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.charges import counted
from model.apiserver.objects import Cluster
from model.apiserver.views import Watches
from model.controllers.contract import Controller
from model.ir.system import assign
from model.mutation import Mutation

NAME = "resourcequota-controller"

QUOTA_NEVER_COUNTED = Mutation(
    "quota-never-counted", "what is gone is charged to a ResourceQuota for ever"
)

OMISSIONS = ("quotas that are changed while a scenario runs",)


def _add(cluster: Cluster, seen: Watches) -> None:
    if cluster.mutated(QUOTA_NEVER_COUNTED):
        return
    for quota, used in cluster.charges:
        now = counted(cluster, quota)
        sees = seen.of("pods").see_value(f"counts {quota.name}", now, "pods that count")
        requests.send(
            cluster,
            f"count for {quota.name}",
            NAME,
            (),
            (used() != sees),
            [assign(used(), sees)],
            fairness="weak",
            text=f"write what is used of {quota.name}",
            why="it counts another number of pods than the status says",
        )


CONTROLLER = Controller(
    NAME,
    ("ResourceQuota", "Pod"),
    "what is used of a ResourceQuota, as its status says",
    "the pods of its namespace that count",
    "whether they are more or fewer than the status says",
    "write the status, with the version that was read",
    _add,
    OMISSIONS,
)
