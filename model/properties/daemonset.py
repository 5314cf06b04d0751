"""Properties of DaemonSets."""

from __future__ import annotations

from model.apiserver.objects import UP, Cluster
from model.ir.expr import FALSE, Expr
from model.ir.quantifier import exists, forall
from model.ir.system import Property, Table
from model.ir.types import BOOL
from model.plugins import daemon_nodes
from model.properties.safety import rolling


def served(cluster: Cluster, n: Expr) -> Expr:
    """Whether a node has a ready pod."""
    return exists(
        cluster.Pod, lambda p: (cluster.node[p] == n) & cluster.is_ready(p) & cluster.is_own(p)
    )


def wanted(cluster: Cluster) -> Table:
    """The nodes that the DaemonSet wants a pod on."""
    known = next((t for t in cluster.builder.tables if t.name == "wantsDaemon"), None)
    values = list(map(int, daemon_nodes.wanted(cluster.scenario)))
    return known or cluster.builder.table("wantsDaemon", (cluster.Node,), BOOL, values)


def unserved(cluster: Cluster, n: Expr) -> Expr:
    """Whether a node is up and should have a ready pod, but has none."""
    return wanted(cluster)[n] & (cluster.health[n] == UP) & ~served(cluster, n)


def daemon_on_every_node(name: str, text: str, cluster: Cluster) -> Property:
    """From some point on, every node that is up and that the DaemonSet wants a pod on has a ready
    one."""
    changed = FALSE if cluster.change is None else rolling(cluster)
    there = forall(cluster.Node, lambda n: ~unserved(cluster, n))
    return Property(
        name,
        "eventually always",
        there,
        witness=~there | changed | cluster.disturbed,
        text=text,
        occasion="a change or a fault upsets the pods",
    )
