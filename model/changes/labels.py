"""Labels that a user gives to nodes and takes from them.

A pod that is bound stays where it is: node selectors and affinity, pod affinity and topology spread
are required when it is scheduled, and its kubelet asks once, when it admits it. Only the DaemonSet
controller goes by the labels of nodes at any time. What nodes there are then `model.labellings`
says.

Source: kubernetes v1.36.3 `pkg/kubelet/kubelet.go` (HandlePodAdditions: only what is added is
admitted), `pkg/kubelet/lifecycle/predicate.go`, `pkg/controller/daemon/daemon_controller.go`
(updateNode, syncNodeUpdate), `pkg/scheduler/eventhandlers.go` (updateNodeInCache); kubectl v0.36
`pkg/cmd/label/label.go`.

Omits: what `OMISSIONS` say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model.api.steps import PutLabel, TakeLabel
from model.apiserver import requests
from model.apiserver.objects import Cluster, node
from model.changes.contract import KINDS, NAME, OnNodes, Row, Turn
from model.field import Field

OMISSIONS = (
    "labels of nodes: their kubelets, which give them some of them again when they start, and "
    "admit pods by those that they find then",
)


def _put(cluster: Cluster, turns: Sequence[Turn]) -> None:
    _set(cluster, turns, "label")


def _take(cluster: Cluster, turns: Sequence[Turn]) -> None:
    _set(cluster, turns, "unlabel")


def _set(cluster: Cluster, turns: Sequence[Turn], name: str) -> None:
    cluster.builder.omit(*OMISSIONS)
    n = node(cluster)
    for turn in turns:
        step = turn.step
        assert isinstance(step, PutLabel | TakeLabel)
        label, text = step.key, "take the label {label} off {node}"
        if isinstance(step, PutLabel):
            label, text = f"{step.key}={step.value}", "label {node} with {label}"
        one = OnNodes(turn.named(name), [turn], [step.node])
        requests.send(
            cluster,
            turn.named(name),
            NAME,
            (n,),
            one.next(n),
            one.begin(n),
            text=text,
            why=turn.why,
            words={"label": label},
        )


def _fields(**more: Field) -> dict[str, Field]:
    return {
        "node": Field("words", "the name of the node, or of several", required=True),
        "key": Field("string", "the key of the label", required=True),
        **more,
    }


def _given(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(node, given["key"] or "") for node in given["node"]]


PUT = Row(
    PutLabel,
    Field(
        "object",
        "nodes get a label, or another value of one, one after the other",
        fields=_fields(value=Field("text", "its value", required=True)),
    ),
    lambda given: [PutLabel(*each, given["value"] or "") for each in _given(given)],
    _put,
    (*KINDS, "DaemonSet"),
)

TAKE = Row(
    TakeLabel,
    Field("object", "nodes lose a label, one after the other", fields=_fields()),
    lambda given: [TakeLabel(*each) for each in _given(given)],
    _take,
    (*KINDS, "DaemonSet"),
)
