"""The pods of a model as kube-scheduler sees them: what is the same of all that one owner makes,
and what counts or spreads them.

A pod has what the model knows of it. Whom required anti-affinity keeps apart is known by pairs of
workloads, so here a label says whose a pod is, and terms select by that.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (getNewReplicaSet: the selector of a
ReplicaSet has the hash of its template), `pkg/scheduler/framework/plugins/helper/spread.go`
(DefaultSelector).

Omits: preferences that only the template before or after a change of more than images has; which
of several images a rollout changes, so that nodes have none of a later template's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.api.affinity import Affinity, PodAffinityTerm
from model.api.node import Node
from model.api.pod import Owner, Pod
from model.api.selector import LabelSelector
from model.api.topologyspread import HardSpread, TopologySpreadConstraint
from model.api.workload import Workload
from model.apiserver.objects import Cluster
from model.plugins import spreading
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.noderesources import PODS
from model.plugins.snapshot import Selecting, Snapshot

#: Whose a pod is; no manifest can say so.
WORKLOAD = " workload"
#: The controllers that are asked whom they select, by the kind of a workload.
_SELECTING = {
    "Deployment": "ReplicaSet",
    "ReplicaSet": "ReplicaSet",
    "StatefulSet": "StatefulSet",
    "ReplicationController": "ReplicationController",
}


def pod_of(cluster: Cluster, of: int, name: str = "") -> Pod:
    """A pod that the owner in one place makes; the name is the owner's where none is given."""
    workload, scenario = cluster.workloads[of], cluster.scenario
    template, wishes = workload.template, workload.template.wishes
    owner, revision = cluster.ReplicaSet.elements[of], spreading.REVISION.get(workload.kind)
    labels = {**template.labels, WORKLOAD: workload.subject}
    if revision is not None:
        labels[revision] = owner
    later = scenario.change.rolls and cluster.is_mine(workload) and of > 0
    kind = _SELECTING.get(workload.kind)
    return Pod(
        workload.namespace,
        name or owner,
        replace(template, labels=labels, tolerations=admitted_tolerations(template)),
        affinity=Affinity(
            template.node_affinity,
            wishes.nodes,
            template.near,
            wishes.near,
            tuple(_away(cluster, workload)),
            wishes.away,
        ),
        spread=(*map(_hard, spreading.constraints(scenario, workload)), *wishes.spread),
        images=() if later else wishes.images,
        containers=wishes.containers,
        owner=None if kind is None else Owner("", kind, owner),
        priority=template.priority,
        preempts=template.preempts,
    )


def controllers(cluster: Cluster) -> Iterator[Selecting]:
    """The controllers that select pods."""
    for of, workload in enumerate(cluster.workloads):
        kind, selector = _SELECTING.get(workload.kind), workload.selector
        if kind is None:
            continue
        owner = cluster.ReplicaSet.elements[of]
        if workload.kind == "Deployment":
            own = {**selector.match_labels, spreading.REVISION["Deployment"]: owner}
            selector = LabelSelector(own, selector.match_expressions)
        yield Selecting(workload.namespace, owner, selector, kind)


def services(cluster: Cluster) -> Iterator[Selecting]:
    """The Services that select pods."""
    for each in cluster.scenario.services:
        if each.selector:
            yield Selecting(each.namespace, each.name, LabelSelector(each.selector))


def _away(cluster: Cluster, workload: Workload) -> Iterator[PodAffinityTerm]:
    """Whom a workload's own terms keep away from its pods."""
    for term in workload.template.anti_affinity:
        yield _term(term.topology_key, workload.subject)
    for each in cluster.scenario.apart:
        if each.one == workload.subject and each.topology_key:
            yield _term(each.topology_key, each.other)


def _term(key: str, other: str) -> PodAffinityTerm:
    """One that selects the pods of a workload."""
    _, namespace, _ = other.split("/")
    return PodAffinityTerm(key, LabelSelector({WORKLOAD: other}), frozenset({namespace}))


def _hard(given: HardSpread) -> TopologySpreadConstraint:
    return TopologySpreadConstraint(
        given.max_skew,
        given.topology_key,
        "DoNotSchedule",
        given.selector,
        given.min_domains,
        "Honor" if given.honors_affinity else "Ignore",
        "Honor" if given.honors_taints else "Ignore",
        given.match_label_keys,
    )


def whole(node: Node) -> Node:
    """A node with all that it can allocate, what pods hold that stay there included; but for the
    number of pods, which no score reads."""
    if not node.held:
        return node
    held = {name: amount for name, amount in node.held.items() if name != PODS}
    total = {name: left + held.get(name, 0) for name, left in node.allocatable.items()}
    return replace(node, allocatable=total)


def holding(snapshot: Snapshot) -> Snapshot:
    """A snapshot, changed so that such pods request what they hold."""
    for info in snapshot.nodes:
        for name, amount in info.node.held.items():
            if name != PODS:
                info.requested[name] = info.requested.get(name, 0) + amount
        for name, amount in info.node.scored.items():
            info.scored[name] += amount
        info.node = whole(info.node)
    return snapshot
