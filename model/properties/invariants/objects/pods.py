"""Pods, as expressions read them.

What the model keeps of a pod is its stage of life, its node and who made it (`model.apiserver.
objects`); the rest is in the template of who made it. A pod that is being deleted is one stage,
whatever it was before: of its phase and its conditions nothing is known then.

Source: k8s.io/api v0.36 `core/v1/types.go` (PodSpec, PodStatus, PodCondition).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from model.api.pod import PodTemplate
from model.apiserver.objects import ABSENT, PENDING, TERMINATING, Cluster
from model.ir.expr import TRUE, Expr, ite
from model.ir.types import IntType
from model.properties.invariants.objects.templates import HIDDEN, labels, of_owner
from model.properties.invariants.types import (
    BOOL,
    INT,
    MAP,
    PRESENCE,
    STRING,
    Field,
    Message,
    Type,
    an,
    list_of,
    one_of,
)
from model.properties.invariants.values import (
    Few,
    Number,
    Some,
    Text,
    Thing,
    Truth,
    Value,
    constant,
)

POD = "Pod"

_ENDED = "a pod that has ended is gone in the model; of a Job it counts what has become of its pods"
_PHASE = one_of(
    "Pending",
    "Running",
    never={"Succeeded": _ENDED, "Failed": _ENDED, "Unknown": "Kubernetes sets it no more"},
)
_CONDITION = one_of(
    "Ready",
    never=dict.fromkeys(
        ("PodScheduled", "Initialized", "ContainersReady", "DisruptionTarget"),
        "the model leaves that condition out",
    ),
)
_STATUS = one_of("True", "False", never={"Unknown": "nobody sets a pod's condition to that"})
_READY = IntType(0, 1)


def everyone(cluster: Cluster, _: object) -> Some:
    """All pods that are there."""
    return Some(cluster.Pod, lambda p: cluster.phase[p] != ABSENT, Thing)


def _of(pod: object) -> Expr:
    return cast(Expr, pod)


def _same(_: Cluster, pod: object) -> Thing:
    return Thing(pod)


def _name(cluster: Cluster, pod: object) -> Text:
    return Text(_of(pod), cluster.Pod.elements)


def _namespace(cluster: Cluster, pod: object) -> Text:
    return of_owner(cluster, cluster.owner[_of(pod)], lambda owner: owner.namespace)


def _labels(cluster: Cluster, pod: object) -> Value:
    return labels(cluster, cluster.owner[_of(pod)])


def _deleted(cluster: Cluster, pod: object) -> Truth:
    return Truth(cluster.phase[_of(pod)] == TERMINATING)


def _node_name(cluster: Cluster, pod: object) -> Text:
    node = cluster.node[_of(pod)]
    return Text(node, ("", *cluster.Node.elements), node.is_none())


def _amount(of: Callable[[PodTemplate], int]) -> Callable[[Cluster, object], Number]:
    """A number that templates say."""

    def read(cluster: Cluster, pod: object) -> Number:
        found = [of(each.template) for each in cluster.workloads]
        type = IntType(min(found), max(found))
        each = cluster.each(f"invariants {of.__name__}", type, lambda w: of(w.template))
        return Number(each(cluster.owner[_of(pod)]))

    return read


def _grace(template: PodTemplate) -> int:
    return template.termination_grace_seconds


def _phase(cluster: Cluster, pod: object) -> Text:
    stage = cluster.phase[_of(pod)]
    return Text(ite(stage == PENDING, 0, 1), ("Pending", "Running"), stage == TERMINATING)


def _ready(cluster: Cluster, pod: object) -> Truth:
    return Truth(cluster.is_ready(_of(pod)))


def _available(cluster: Cluster, pod: object) -> Truth:
    return Truth(cluster.is_available(_of(pod)))


def _conditions(_: Cluster, pod: object) -> Few:
    return Few(((TRUE, Thing(pod)),))


def _condition_type(_: Cluster, __: object) -> Text:
    return constant("Ready")


def _condition_status(cluster: Cluster, pod: object) -> Text:
    stage = cluster.phase[_of(pod)]
    ready = ite(cluster.is_ready(_of(pod)), 0, 1)
    return Text(ready, ("True", "False"), stage == TERMINATING)


def _revision(cluster: Cluster, pod: object) -> Number:
    return revision(cluster, cluster.owner[_of(pod)])


def revision(cluster: Cluster, replicaset: Expr) -> Number:
    """Which of its workload's templates a ReplicaSet, or what stands for one, is of."""
    before: dict[str, int] = {}
    found = []
    for workload in cluster.workloads:
        before[workload.subject] = before.get(workload.subject, 0) + 1
        found.append(before[workload.subject])
    places = iter(found)
    type = IntType(1, max(found))
    return Number(cluster.each("invariants revision", type, lambda _: next(places))(replicaset))


_UNKNOWN_DELETED = "not known while it is being deleted: ask for !has(p.metadata.deletionTimestamp)"

MESSAGES: Mapping[str, Message] = {
    POD: Message(
        "a Pod",
        "Pod",
        {
            "metadata": Field(an("Pod.metadata"), "who it is", _same),
            "spec": Field(an("Pod.spec"), "what it is to be", _same),
            "status": Field(an("Pod.status"), "what it is", _same),
        },
    ),
    "Pod.metadata": Message(
        "a Pod's metadata",
        "ObjectMeta",
        {
            "name": Field(
                Type("string", identity=POD),
                "its name, to tell pods apart: nobody knows before a run what names are made",
                _name,
            ),
            "namespace": Field(STRING, "the namespace of its workload", _namespace),
            "labels": Field(
                Type(MAP.name, hidden=HIDDEN), "the labels that its template gives it", _labels
            ),
            "deletionTimestamp": Field(
                PRESENCE, "there while it is being deleted; has() asks", _deleted, optional=True
            ),
        },
        left_out={"ownerReferences": "select pods by their labels"},
    ),
    "Pod.spec": Message(
        "a Pod's spec",
        "PodSpec",
        {
            "nodeName": Field(
                STRING, "the node that it is bound to; absent before", _node_name, optional=True
            ),
            "terminationGracePeriodSeconds": Field(
                INT, "how long its containers have to stop", _amount(_grace)
            ),
        },
        left_out={"containers": "status.revision tells templates of one workload apart"},
    ),
    "Pod.status": Message(
        "a Pod's status",
        "PodStatus",
        {
            "phase": Field(_PHASE, f"Pending or Running; {_UNKNOWN_DELETED}", _phase),
            "conditions": Field(list_of(an("PodCondition")), "its Ready condition", _conditions),
            "ready": Field(
                BOOL, "its Ready condition is True, and nobody deletes it", _ready, ours=True
            ),
            "available": Field(
                BOOL, "it has been ready for minReadySeconds, likewise", _available, ours=True
            ),
            "revision": Field(
                INT,
                "which template of its workload it is made from: 1 is that of the start",
                _revision,
                ours=True,
            ),
        },
    ),
    "PodCondition": Message(
        "a Pod's condition",
        "PodCondition",
        {
            "type": Field(_CONDITION, "Ready", _condition_type),
            "status": Field(_STATUS, f"True or False; {_UNKNOWN_DELETED}", _condition_status),
        },
    ),
}
