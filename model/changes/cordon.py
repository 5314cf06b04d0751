"""Cordons that a user puts on nodes and takes from them: they keep new pods off.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/drain/cordon.go`.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.steps import Cordon, Uncordon
from model.apiserver import requests
from model.apiserver.objects import Cluster, node
from model.changes.contract import NAME, OnNodes, Row, Turn
from model.field import Field
from model.ir.system import assign


def _field(help: str) -> Field:
    fields = {"node": Field("string", "the name of the node", required=True)}
    return Field("object", help, short="node", fields=fields)


def _cordon(cluster: Cluster, turns: Sequence[Turn]) -> None:
    _set(cluster, turns, "cordon node", "cordon {node}", unschedulable=True)


def _uncordon(cluster: Cluster, turns: Sequence[Turn]) -> None:
    _set(cluster, turns, "uncordon node", "uncordon {node}", unschedulable=False)


def _set(
    cluster: Cluster, turns: Sequence[Turn], name: str, text: str, *, unschedulable: bool
) -> None:
    assert cluster.unschedulable is not None
    names = [turn.step.node for turn in turns if isinstance(turn.step, Cordon | Uncordon)]
    steps, n = OnNodes(name, turns, names), node(cluster)
    requests.send(
        cluster,
        name,
        NAME,
        (n,),
        steps.next(n),
        [
            assign(cluster.unschedulable[n], unschedulable, where=cluster.is_registered(n)),
            *steps.begin(n),
        ],
        text=text,
        why=turns[0].why,
    )


CORDON = Row(
    Cordon,
    _field("a node takes no more pods"),
    lambda given: [Cordon(given["node"] or "")],
    _cordon,
)

UNCORDON = Row(
    Uncordon,
    _field("a node takes pods again"),
    lambda given: [Uncordon(given["node"] or "")],
    _uncordon,
)
