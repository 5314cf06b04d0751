"""Properties of DaemonSets."""

from __future__ import annotations

from model.api.steps import LABELS
from model.apiserver.configuration import Lookup
from model.apiserver.objects import UP, Cluster
from model.controllers import daemonset
from model.ir.expr import FALSE, Expr
from model.ir.quantifier import exists, forall
from model.ir.system import Property
from model.properties.safety import rolling


def served(cluster: Cluster, n: Expr) -> Expr:
    """Whether a node has a ready pod."""
    return exists(
        cluster.Pod, lambda p: (cluster.node[p] == n) & cluster.is_ready(p) & cluster.is_own(p)
    )


def wanted(cluster: Cluster) -> Lookup:
    """The nodes that the DaemonSet wants a pod on."""
    return daemonset.wanted(cluster, "wantsDaemon")


def unserved(cluster: Cluster, n: Expr) -> Expr:
    """Whether a node is up and should have a ready pod, but has none."""
    return wanted(cluster)[n] & (cluster.health[n] == UP) & ~served(cluster, n)


def outstaying(cluster: Cluster, p: Expr, n: Expr) -> Expr:
    """Whether a pod is on a node that is up, and whose labels do not match the template any
    more."""
    keeps = None
    if cluster.scenario.change.has(*LABELS):
        keeps = daemonset.kept(cluster, "keepsDaemon")
    if keeps is None:
        return FALSE
    here = cluster.is_own(p) & (cluster.node[p] == n) & cluster.is_active(p)
    return here & ~keeps[n] & (cluster.health[n] == UP)


def daemon_on_every_node(name: str, text: str, cluster: Cluster) -> Property:
    """From some point on, every node that is up and that the DaemonSet wants a pod on has a ready
    one, and none has one whose labels changed so that it is not to have any."""
    changed = FALSE if cluster.change is None else rolling(cluster) | cluster.is_deleted()
    there = forall(cluster.Node, lambda n: ~unserved(cluster, n))
    if cluster.scenario.change.has(*LABELS):
        there = there & ~exists(
            cluster.Node, lambda n: exists(cluster.Pod, lambda p: outstaying(cluster, p, n))
        )
    # Nobody promises anything of one that is deleted.
    there = there | cluster.is_deleted()
    return Property(
        name,
        "eventually always",
        there,
        witness=~there | changed | cluster.disturbed,
        text=text,
        occasion="a change or a fault upsets the pods",
    )
