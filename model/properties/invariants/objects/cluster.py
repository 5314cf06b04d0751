"""What an expression can name: the collections of a cluster, and objects by their names."""

from __future__ import annotations

from model.apiserver.objects import Cluster
from model.properties.invariants.objects import nodes, pods, workloads
from model.properties.invariants.types import BOOL, Field, Message, an, list_of
from model.properties.invariants.values import Truth

CLUSTER = "Cluster"


def _disturbed(cluster: Cluster, _: object) -> Truth:
    return Truth(cluster.disturbed)


ROOT = Message(
    "the cluster",
    fields={
        "pods": Field(
            list_of(an(pods.POD)),
            "the pods of the workload that is checked, and of those that it meets",
            pods.everyone,
        ),
        "nodes": Field(list_of(an(nodes.NODE)), "the nodes", nodes.everyone),
        "replicasets": Field(
            list_of(an(workloads.REPLICASET)),
            "the ReplicaSets that there are, those of Deployments among them",
            workloads.everyone,
        ),
        "disturbed": Field(
            BOOL, "an involuntary fault has struck in this run", _disturbed, ours=True
        ),
    },
    functions=workloads.FUNCTIONS,
)
