"""The DaemonSet controller: a pod for each node that is to have one, and new ones in an update.

What a sync asks for is decided by `model.controllers.daemons`, for as many nodes as there are. A
node never has two pods of one revision that are not being deleted, so the decision is told of three
pods at each node: the old one, the updated one, and what is being deleted, which is as good as one.
Pods are only made for nodes that keep them. Which node a pod is made for is `target`: the node
affinity that the controller gives it.

A sync reads and sends one request in one step, and what else it might send it decides anew: each
request uses up what the next one is decided by. What others do between a reading and its request
might as well come after the request, but for a template that is taken back: then a pod goes for a
revision that is not wanted any more, and counts as unavailable all the same.

Source: kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller.go` (syncDaemonSet, manage),
`update.go` (rollingUpdate).

Omits: requests that fail, nodes that come, go or change, pods that fail, adoption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model.apiserver.objects import PENDING, TERMINATING, Cluster, node, pod, replicaset
from model.apiserver.pods import Pods
from model.apiserver.views import watch
from model.controllers.daemons import Place, Pod, Strategy, Sync
from model.ir.expr import FALSE, TRUE, Expr, ite, none, variable
from model.ir.quantifier import count, exists
from model.ir.system import Bound, Definition, assign
from model.ir.types import BOOL
from model.mutation import Mutation
from model.plugins import daemon_nodes

DAEMON_LIMIT_IGNORED = Mutation(
    "daemon-limit-ignored", "the DaemonSet controller ignores maxUnavailable"
)


NAME = "daemonset-controller"

OMISSIONS = ("nodes that are added, removed or changed under a DaemonSet",)


def add(cluster: Cluster) -> None:
    """Adds the controller, if the workload is a DaemonSet."""
    if cluster.scenario.workload.daemon is None:
        return
    cluster.builder.omit(*OMISSIONS)
    _Controller(cluster).add()


class _Nodes:
    """The nodes with their pods, as a sync sees them. What it sees is defined once."""

    def __init__(self, cluster: Cluster, cache: Pods) -> None:
        self.cluster, self.cache = cluster, cache
        self.runs = cluster.builder.table(
            "wantsDaemon",
            (cluster.Node,),
            BOOL,
            list(map(int, daemon_nodes.wanted(cluster.scenario))),
        )
        #: The flags of each of its three pods.
        self._flags = (
            self._pod("Old", ("exists", "ready", "available"), lambda p: ~self.is_updated(p)),
            self._pod("New", ("exists", "ready", "available"), self.is_updated),
            self._pod("Deleted", ("terminating",), lambda _: TRUE),
        )

    def is_updated(self, p: Expr) -> Expr:
        """Whether a pod is of the wanted revision: all are where it never changes."""
        cache = self.cache
        return TRUE if self.cluster.change is None else cache.owner(p) == cache.wanted

    def is_for(self, p: Expr, n: Expr) -> Expr:
        """Whether a pod is made for a node."""
        assert self.cache.target is not None
        return self.cache.target(p) == n

    def _pod(
        self, name: str, flags: Sequence[str], counts: Callable[[Expr], Expr]
    ) -> dict[str, Callable[[Expr], Expr]]:
        """What is true of some pod of a node that counts."""
        cache = self.cache
        tests = {
            "exists": cache.is_active,
            "ready": cache.is_ready,
            "available": cache.is_available,
            "terminating": lambda p: cache.phase(p) == TERMINATING,
        }
        return {flag: self._some(f"{flag}{name}", tests[flag], counts) for flag in flags}

    def _some(
        self, name: str, test: Callable[[Expr], Expr], counts: Callable[[Expr], Expr]
    ) -> Callable[[Expr], Expr]:
        cluster, m = self.cluster, variable("node", self.cluster.Node)
        if counts(pod(cluster)) is FALSE:
            return lambda _: FALSE
        found = exists(cluster.Pod, lambda p: self.is_for(p, m) & test(p) & counts(p))
        definition = cluster.builder.define(name, (m,), found)
        return lambda n: definition[n]

    def place(self, n: Expr) -> Place:
        """A node as the decision reads it."""
        old, new, deleted = ({flag: of(n) for flag, of in row.items()} for row in self._flags)
        gone = Pod(deleted["terminating"], updated=FALSE, terminating=TRUE)
        pods = (Pod(updated=FALSE, **old), Pod(updated=TRUE, **new), gone)
        return Place(pods, should_run=self.runs[n])

    # -- as `daemons.Everywhere` ----------------------------------------------------------------
    def count(self, name: str, test: Callable[[Place], Expr]) -> Expr:
        cluster = self.cluster
        found = count(cluster.Node, lambda n: test(self.place(n)))
        return cluster.builder.define(f"{name} nodes", (), found)()

    def some(self, name: str, test: Callable[[Place], Expr]) -> Expr:
        cluster = self.cluster
        if test(self.place(node(cluster))) is FALSE:
            return FALSE
        found = exists(cluster.Node, lambda n: test(self.place(n)))
        return cluster.builder.define(f"{name} node", (), found)()


class _Controller:
    """Its steps."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.seen = cluster, watch(cluster, NAME)
        self.cache = Pods(cluster, self.seen)
        self.nodes = _Nodes(cluster, self.cache)
        workload = cluster.scenario.workload
        assert workload.daemon is not None
        strategy = Strategy(workload.max_unavailable, workload.max_surge, workload.daemon.on_delete)
        self.sync = Sync(strategy, self.nodes)

    def add(self) -> None:
        """Adds the steps."""
        cluster, n = self.cluster, node(self.cluster)
        asked = self.sync.at(self.nodes.place(n))
        makes = asked.creates | (asked.may_create & (self.sync.create_room > 0))
        self._create(cluster.builder.define("makesDaemon", (n,), makes))
        room = self.sync.delete_room > 0
        if cluster.mutated(DAEMON_LIMIT_IGNORED):
            room = TRUE
        old, new, _ = (
            sure | (may & room) for sure, may in zip(asked.deletes, asked.may_delete, strict=True)
        )
        self._delete(old, new)
        self.seen.finish()

    # -- steps ----------------------------------------------------------------------------------
    def _create(self, due: Definition) -> None:
        cluster = self.cluster
        p, n, revision = pod(cluster), node(cluster), replicaset(cluster)
        assert cluster.target is not None
        updates = [
            assign(cluster.phase[p], PENDING),
            assign(cluster.node[p], none(cluster.Node)),
            assign(cluster.target[p], n),
            *self.cache.created(p, revision, n),
        ]
        if cluster.ReplicaSet.size > 1:
            updates.append(assign(cluster.owner[p], revision))
        cluster.builder.action(
            "create pod",
            NAME,
            (p, n, revision),
            due[n] & self.cache.is_free(p) & (revision == self.cache.wanted) & cluster.serving,
            updates,
            fairness="weak",
            text="create {pod} of {replicaset} for {node}",
            why="{node} is to have such a pod",
        )
        vacant = exists(cluster.Pod, self.cache.is_free)
        short = exists(cluster.Node, lambda m: due[m])
        text = f"at most {cluster.Pod.size} pods at once, terminating ones included"
        cluster.builder.bounds.append(Bound("pods", ~vacant & short, text))

    def _delete(self, old: Expr, new: Expr) -> None:
        """Which pod of a node goes: its old one or its updated one."""
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        if old is FALSE and new is FALSE:
            return
        define = cluster.builder.define
        goes = ite(
            self.nodes.is_updated(p),
            define("deletesNew", (n,), new)[n],
            define("deletesOld", (n,), old)[n],
        )
        cluster.builder.action(
            "delete pod",
            NAME,
            (p, n),
            self.nodes.is_for(p, n)
            & self.cache.is_active(p)
            & self.cache.is_there(p)
            & goes
            & cluster.serving,
            [*cluster.deletion(p), *self.cache.deleted(p)],
            fairness="weak",
            text="delete {pod} on {node}: its revision is old",
            why="a new pod is there, or maxUnavailable leaves room for {node} to be without one",
        )
