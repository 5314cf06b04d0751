"""What the templates of workloads say of their pods, as expressions read it.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (getNewReplicaSet),
`pkg/controller/statefulset/stateful_set_utils.go` (newVersionedStatefulSetPod, updateIdentity),
`pkg/controller/daemon/util/daemonset_util.go` (CreatePodTemplate), `pkg/apis/batch/types.go`: the
labels that controllers add.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.api.workload import Workload
from model.apiserver.objects import Cluster
from model.ir.expr import Expr
from model.properties.invariants.values import Entries, Text, passes

#: Labels that controllers give pods, and that the model leaves out.
HIDDEN: Mapping[str, str] = dict.fromkeys(
    (
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-uid",
        "job-name",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "batch.kubernetes.io/job-completion-index",
    ),
    "a label that a controller adds; select by a label of the template",
)


def of_owner(cluster: Cluster, owner: Expr, of: Callable[[Workload], str]) -> Text:
    """A text that each ReplicaSet's workload says."""
    return Text(owner, tuple(of(each) for each in cluster.workloads))


def labels(cluster: Cluster, owner: Expr) -> Entries:
    """The labels of the template of a ReplicaSet, or of what stands for one."""
    return entries(cluster, owner, [each.template.labels for each in cluster.workloads])


def entries(cluster: Cluster, index: Expr, maps: list[Mapping[str, str]]) -> Entries:
    """A map for each place of an index."""

    def entry(key: str) -> tuple[Expr, Text]:
        given = Text(index, tuple("set" if key in each else "" for each in maps))
        there = passes(cluster.builder, given, bool)
        return there, Text(index, tuple(each.get(key, "") for each in maps), ~there)

    return Entries(entry)
