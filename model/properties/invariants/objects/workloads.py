"""Workloads and ReplicaSets, as expressions read them.

The model keeps what the user asks for, which changes while the user acts. Once the user has deleted
a workload's object nothing of it has a value.

Source: k8s.io/api v0.36 `apps/v1/types.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from model.api.workload import Workload
from model.apiserver.objects import Cluster
from model.ir.expr import Expr, coerce, integer
from model.ir.types import BOOL as TRUTH
from model.properties.invariants.objects.pods import revision
from model.properties.invariants.objects.templates import entries, of_owner
from model.properties.invariants.types import (
    BOOL,
    INT,
    MAP,
    STRING,
    Field,
    Function,
    Message,
    Type,
    an,
    list_of,
    one_of,
)
from model.properties.invariants.values import (
    Entries,
    Number,
    Some,
    Text,
    Thing,
    Truth,
    at,
    constant,
)

REPLICASET = "ReplicaSet"
_COUNTS = (
    "replicas",
    "readyReplicas",
    "availableReplicas",
    "updatedReplicas",
    "unavailableReplicas",
    "numberReady",
    "numberAvailable",
    "desiredNumberScheduled",
)
_PODS = "the model keeps no status of it: count pods by their labels"

#: What an expression calls the workload of each kind that it can name.
KINDS: Mapping[str, str] = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "replicaset": "ReplicaSet",
    "job": "Job",
}
#: A kind of which only the workload that is checked has the state that is read.
OWN = ("Job",)

FUNCTIONS: Mapping[str, Function] = {
    name: Function(
        kind,
        an(f"{kind}/NAME"),
        f"the {kind} of a name, or 'namespace/name'"
        + (" that no Deployment owns" if kind == "ReplicaSet" else ""),
    )
    for name, kind in KINDS.items()
}


def named(workloads: tuple[Workload, ...], kind: str, name: str) -> list[Workload]:
    """The workloads of a kind that a name means: alone, or after a namespace and a slash."""
    found = {
        each.subject: each
        for each in workloads
        if each.kind == kind and name in (each.name, f"{each.namespace}/{each.name}")
    }
    return list(found.values())


def thing(cluster: Cluster, kind: str, name: str) -> Thing:
    """The object that a name means; of several of that name the workload's own."""
    found = named((cluster.scenario.workload, *cluster.scenario.neighbours), kind, name)
    own = cluster.is_mine(found[0])
    return Thing(found[0], cluster.is_deleted() if own else TRUTH_NEVER)


def _of(workload: object) -> Workload:
    return cast(Workload, workload)


def _same(_: Cluster, workload: object) -> Thing:
    return Thing(workload)


def _name(_: Cluster, workload: object) -> Text:
    return constant(_of(workload).name)


def _namespace(_: Cluster, workload: object) -> Text:
    return constant(_of(workload).namespace)


def _replicas(cluster: Cluster, workload: object) -> Number:
    found = cluster.desired if cluster.is_mine(_of(workload)) else _of(workload).replicas
    return Number(coerce(found))


def _rounded(which: int) -> Callable[[Cluster, object], Number]:
    def read(cluster: Cluster, workload: object) -> Number:
        if not cluster.is_mine(_of(workload)):
            return Number(integer(_of(workload).rounded[which]))
        return Number(coerce(cluster.surge if which == 0 else cluster.unavailable))

    return read


def _paused(cluster: Cluster, workload: object) -> Truth:
    if not cluster.is_mine(_of(workload)):
        return Truth(TRUTH_NEVER)
    return Truth(cluster.in_stages(lambda stage: stage.paused))


def _strategy(_: Cluster, workload: object) -> Text:
    return constant(_of(workload).strategy)


def _min_ready(_: Cluster, workload: object) -> Number:
    return Number(integer(_of(workload).min_ready_seconds))


def _template_labels(cluster: Cluster, workload: object) -> Entries:
    """Those of the template that the object has now: the labels are the same in all."""
    return entries(cluster, integer(0), [_of(workload).template.labels])


def _wanted(cluster: Cluster, workload: object) -> Number:
    if not cluster.is_mine(_of(workload)):
        return Number(integer(1))
    return revision(cluster, cluster.wanted)


TRUTH_NEVER = coerce(False)

_ROLLING = Message(
    "a Deployment's rollingUpdate",
    "RollingUpdateDeployment",
    {
        "maxSurge": Field(
            INT, "how many pods it comes to (Kubernetes keeps a percentage)", _rounded(0)
        ),
        "maxUnavailable": Field(INT, "how many pods it comes to, likewise", _rounded(1)),
    },
)


def _workload(kind: str, spec: Mapping[str, Field]) -> dict[str, Message]:
    """The messages of a kind of workload."""
    return {
        f"{kind}/NAME": Message(
            f"a {kind}",
            kind,
            {
                "metadata": Field(an(f"{kind}/NAME.metadata"), "which it is", _same),
                "spec": Field(an(f"{kind}/NAME.spec"), "what the user asks for now", _same),
                "status": Field(an(f"{kind}/NAME.status"), "what the model has of it", _same),
            },
        ),
        f"{kind}/NAME.metadata": Message(
            f"a {kind}'s metadata",
            "ObjectMeta",
            {
                "name": Field(STRING, "its name", _name),
                "namespace": Field(STRING, "its namespace", _namespace),
            },
            left_out={"labels": "the pods' are in spec.template.metadata.labels"},
        ),
        f"{kind}/NAME.spec": Message(
            f"a {kind}'s spec",
            f"{kind}Spec",
            {
                **spec,
                "minReadySeconds": Field(
                    INT, "how long a pod has to be ready to be available", _min_ready
                ),
            },
            left_out={"template": "pods have its labels"},
        ),
        f"{kind}/NAME.status": Message(
            f"a {kind}'s status",
            f"{kind}Status",
            {
                "wantedRevision": Field(
                    INT,
                    "which template it has now, as pods' status.revision: 1 is that of the start",
                    _wanted,
                    ours=True,
                )
            },
            left_out=dict.fromkeys(_COUNTS, _PODS),
        ),
    }


_REPLICAS = {"replicas": Field(INT, "how many pods the user asks for", _replicas)}


# -- ReplicaSets that are there ------------------------------------------------------------------
def everyone(cluster: Cluster, _: object) -> Some:
    """All ReplicaSets that are there, those of Deployments among them."""
    made = [int(each.kind in ("Deployment", "ReplicaSet")) for each in cluster.workloads]
    return Some(
        cluster.ReplicaSet,
        lambda r: cluster.exists[r] & at(cluster.builder, r, TRUTH, made),
        Thing,
    )


def _replicaset(replicaset: object) -> Expr:
    return cast(Expr, replicaset)


def _set_name(cluster: Cluster, replicaset: object) -> Text:
    return Text(_replicaset(replicaset), cluster.ReplicaSet.elements)


def _set_namespace(cluster: Cluster, replicaset: object) -> Text:
    return of_owner(cluster, _replicaset(replicaset), lambda owner: owner.namespace)


def _set_replicas(cluster: Cluster, replicaset: object) -> Number:
    return Number(cluster.replicas[_replicaset(replicaset)])


def _set_available(cluster: Cluster, replicaset: object) -> Number:
    return Number(cluster.status_available[_replicaset(replicaset)])


def _set_revision(cluster: Cluster, replicaset: object) -> Number:
    return revision(cluster, _replicaset(replicaset))


_SETS = {
    REPLICASET: Message(
        "a ReplicaSet",
        "ReplicaSet",
        {
            "metadata": Field(an("ReplicaSet.metadata"), "which it is", _same),
            "spec": Field(an("ReplicaSet.spec"), "what it is to have", _same),
            "status": Field(an("ReplicaSet.status"), "what its controller said last", _same),
        },
    ),
    "ReplicaSet.metadata": Message(
        "a ReplicaSet's metadata",
        "ObjectMeta",
        {
            "name": Field(
                Type("string", identity=REPLICASET),
                "its name, to tell ReplicaSets apart: nobody knows before a run what is made",
                _set_name,
            ),
            "namespace": Field(STRING, "its namespace", _set_namespace),
        },
        left_out={"labels": "select by deployment('…'), or pods by their labels"},
    ),
    "ReplicaSet.spec": Message(
        "a ReplicaSet's spec",
        "ReplicaSetSpec",
        {"replicas": Field(INT, "how many pods it is to have", _set_replicas)},
    ),
    "ReplicaSet.status": Message(
        "a ReplicaSet's status",
        "ReplicaSetStatus",
        {
            "availableReplicas": Field(
                INT, "how many pods were available when its controller wrote it", _set_available
            ),
            "revision": Field(
                INT, "which template of its Deployment it is of, as pods'", _set_revision, ours=True
            ),
        },
        left_out=dict.fromkeys(("replicas", "readyReplicas"), "count pods by their labels"),
    ),
}

MESSAGES: Mapping[str, Message] = {
    **_SETS,
    **_workload(
        "Deployment",
        {
            **_REPLICAS,
            "paused": Field(BOOL, "the user has paused it; false where nobody says so", _paused),
            "strategy": Field(an("DeploymentStrategy"), "how it rolls out", _same),
        },
    ),
    **_workload("StatefulSet", _REPLICAS),
    **_workload("DaemonSet", {}),
    **_workload("ReplicaSet", _REPLICAS),
    "DeploymentStrategy": Message(
        "a Deployment's strategy",
        "DeploymentStrategy",
        {
            "type": Field(
                one_of("RollingUpdate", "Recreate"),
                "RollingUpdate or Recreate",
                _strategy,
            ),
            "rollingUpdate": Field(an("RollingUpdate"), "its limits; 0 under Recreate", _same),
        },
    ),
    "RollingUpdate": _ROLLING,
}

__all__ = ["FUNCTIONS", "KINDS", "MAP", "MESSAGES", "everyone", "list_of", "named", "thing"]
