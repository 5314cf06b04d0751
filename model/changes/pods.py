"""Pods that the user deletes by hand: of a StatefulSet with updateStrategy OnDelete, or one that
holds up a rollout.

Whoever comes to such a step takes it in the end: others wait for it.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go` (RunDelete),
`pkg/registry/core/pod/strategy.go` (CheckGracefulDelete).

Omits: deletions that ask for another grace period (`faults.forcedDeletions` has those by force).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.steps import DeletePod
from model.apiserver import requests
from model.apiserver.objects import Cluster, pod
from model.changes.contract import NAME, Row, Turn
from model.field import Field
from model.ir.expr import boolean


def _add(cluster: Cluster, turns: Sequence[Turn]) -> None:
    p = pod(cluster)
    cluster.builder.assumptions.append(
        "a pod that the user is to delete next is deleted in the end, if it is there"
    )
    for turn in turns:
        assert isinstance(turn.step, DeletePod)
        named, there, names = turn.step.pod, cluster.Pod.elements, cluster.identities
        meant = boolean(not named)
        if names is not None and named in there[: names.number]:
            meant = names.has(p, there.index(named))
        requests.send(
            cluster,
            turn.named("delete pod by hand"),
            NAME,
            (p,),
            turn.due & cluster.is_active(p) & cluster.is_own(p) & meant,
            [*turn.taken, *requests.delete(cluster, p)],
            fairness="weak",
            text="delete {pod}",
            why=turn.why,
        )


ROW = Row(
    DeletePod,
    Field(
        "object",
        "a pod of the workload is deleted",
        short="pod",
        fields={"pod": Field("string", "its name, of a StatefulSet; any pod if absent", "")},
    ),
    lambda given: [DeletePod(given["pod"] or "")],
    _add,
    ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"),
)
