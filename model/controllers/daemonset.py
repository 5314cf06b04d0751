"""The DaemonSet controller: a pod for each node that is to have one, and new ones in an update.

What a sync asks for is `model.controllers.daemons`, here for as many nodes as there are: no node
ever has two pods of one revision that are not being deleted, and pods are only made for nodes that
keep them, so of its rules those about excess pods, and about pods to be driven off, never apply.
Which node a pod is made for is `target`: the node affinity that the controller gives it.

A sync reads and sends one request in one step, and what else it might send it decides anew: each
request uses up what the next one is decided by. What others do between a reading and its request
might as well come after the request, but for a template that is taken back: then a pod goes for a
revision that is not wanted any more, and counts as unavailable all the same.

Source: kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller.go` (syncDaemonSet, manage),
`update.go` (rollingUpdate).

Omits: caches that lag, requests that fail, nodes that come, go or change, pods that fail, adoption.
"""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import ABSENT, PENDING, Cluster, node, pod, replicaset
from model.controllers import daemon_nodes
from model.controllers.daemons import count_of
from model.ir.expr import FALSE, Expr, integer, ite, none, variable
from model.ir.quantifier import count, exists
from model.ir.system import Bound, Definition, assign
from model.ir.types import BOOL

NAME = "daemonset-controller"

OMISSIONS = (
    "caches of the DaemonSet controller that lag; nodes that are added, removed or changed under "
    "a DaemonSet",
)


def add(cluster: Cluster) -> None:
    """Adds the controller, if the workload is a DaemonSet."""
    if cluster.scenario.workload.daemon is None:
        return
    cluster.builder.omit(*OMISSIONS)
    _Controller(cluster).add()


class _Controller:
    """Its steps. What it sees of each node is defined once."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, workload = cluster, cluster.scenario.workload
        assert workload.daemon is not None
        self.on_delete = workload.daemon.on_delete
        self.surges = workload.max_surge.value > 0 and not self.on_delete
        self.runs = cluster.builder.table(
            "wantsDaemon",
            (cluster.Node,),
            BOOL,
            list(map(int, daemon_nodes.wanted(cluster.scenario))),
        )
        self.old = self._some("hasOld", lambda p: self._lives(p) & ~self._updated(p))
        self.new = self._some("hasNew", lambda p: self._lives(p) & self._updated(p))
        self.old_available = self._some(
            "hasOldAvailable", lambda p: cluster.is_available(p) & ~self._updated(p)
        )
        self.new_available = self._some(
            "hasNewAvailable", lambda p: cluster.is_available(p) & self._updated(p)
        )
        self.populated = self._some("hasDaemon", lambda p: cluster.phase[p] != ABSENT)
        m = variable("node", cluster.Node)
        lacks = self.runs[m] & ~(self.old[m] | self.new[m] if self.surges else self.populated[m])
        self.lacks = cluster.builder.define("lacksDaemon", (m,), lacks)

    def _lives(self, p: Expr) -> Expr:
        return self.cluster.is_active(p)

    def _updated(self, p: Expr) -> Expr:
        return self.cluster.owner[p] == self.cluster.wanted

    def _at(self, p: Expr, m: Expr) -> Expr:
        assert self.cluster.target is not None
        return self.cluster.target[p] == m

    def _some(self, name: str, test: Callable[[Expr], Expr]) -> Definition:
        """Whether a node has such a pod."""
        m, cluster = variable("node", self.cluster.Node), self.cluster
        found = exists(cluster.Pod, lambda p: self._at(p, m) & test(p))
        return cluster.builder.define(name, (m,), found)

    def _count(self, test: Callable[[Expr], Expr]) -> Expr:
        return count(self.cluster.Node, test)

    # -- what is asked for ----------------------------------------------------------------------
    def _replaced(self, p: Expr, m: Expr) -> Expr:
        """Whether an old pod goes because an updated one is there, which is available or better
        than nothing."""
        gone = self.new_available[m] | (self.new[m] & ~self.cluster.is_ready(p))
        return self._at(p, m) & self._lives(p) & ~self._updated(p) & gone

    def add(self) -> None:
        """Adds the steps."""
        cluster = self.cluster
        m = variable("node", cluster.Node)
        busy = exists(cluster.Node, lambda n: self.lacks[n])
        if self.surges:
            busy = busy | exists(
                cluster.Pod,
                lambda p: exists(cluster.Node, lambda n: self._replaced(p, n)),
            )
        going = FALSE
        if not self.on_delete and cluster.change is not None:
            going = cluster.builder.define("updates", (), ~busy)()
        #: An old pod alone on its node.
        lone = cluster.builder.define("onlyOld", (m,), self.old[m] & ~self.new[m])
        if self.surges:
            self._create(self._surging(going, lone))
            self._delete(self._replaced)
        else:
            self._create(self.lacks)
            self._delete(self._making_room(going, lone))

    def _surging(self, going: Expr, lone: Definition) -> Definition:
        """Where pods are made: where one is lacking, and, as far as maxSurge goes or if that is not
        available, beside an old one."""
        workload = self.cluster.scenario.workload
        waiting = self._count(lambda n: self.old[n] & self.new[n] & ~self.new_available[n])
        room = count_of(workload.max_surge, integer(workload.replicas)) - waiting > 0
        m = variable("node", self.cluster.Node)
        beside = going & lone[m] & self.runs[m] & (~self.old_available[m] | room)
        return self.cluster.builder.define("makesDaemon", (m,), self.lacks[m] | beside)

    def _making_room(self, going: Expr, lone: Definition) -> Callable[[Expr, Expr], Expr]:
        """Which old pods go: those that are not available, and others as far as maxUnavailable
        goes."""
        workload, cluster = self.cluster.scenario.workload, self.cluster
        most = max(workload.max_unavailable.scaled(workload.replicas, round_up=True), 1)

        def missing(n: Expr) -> Expr:
            here = self.populated[n] | self.runs[n]
            is_available = ite(self.old[n], self.old_available[n], self.new_available[n])
            return here & ((self.old[n] == self.new[n]) | ~is_available)

        room = integer(most) - self._count(missing) > 0
        if cluster.mutated("daemon-limit-ignored"):
            room = going

        def due(p: Expr, n: Expr) -> Expr:
            its = self._at(p, n) & self._lives(p) & ~self._updated(p)
            return its & going & lone[n] & (~self.old_available[n] | room)

        return due

    # -- steps ----------------------------------------------------------------------------------
    def _create(self, due: Definition) -> None:
        cluster = self.cluster
        p, n, revision = pod(cluster), node(cluster), replicaset(cluster)
        assert cluster.target is not None
        updates = [
            assign(cluster.phase[p], PENDING),
            assign(cluster.node[p], none(cluster.Node)),
            assign(cluster.target[p], n),
        ]
        if cluster.ReplicaSet.size > 1:
            updates.append(assign(cluster.owner[p], revision))
        cluster.builder.action(
            "create pod",
            NAME,
            (p, n, revision),
            due[n] & (cluster.phase[p] == ABSENT) & (revision == cluster.wanted) & cluster.serving,
            updates,
            fairness="weak",
            text="create {pod} of {replicaset} for {node}",
            why="{node} is to have such a pod",
        )
        vacant = exists(cluster.Pod, lambda x: cluster.phase[x] == ABSENT)
        short = exists(cluster.Node, lambda m: due[m])
        text = f"at most {cluster.Pod.size} pods at once, terminating ones included"
        cluster.builder.bounds.append(Bound("pods", ~vacant & short, text))

    def _delete(self, due: Callable[[Expr, Expr], Expr]) -> None:
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        if cluster.change is None:
            return
        cluster.builder.action(
            "delete pod",
            NAME,
            (p, n),
            due(p, n) & cluster.serving,
            cluster.deletion(p),
            fairness="weak",
            text="delete {pod} on {node}: its revision is old",
            why="a new pod is there, or maxUnavailable leaves room for {node} to be without one",
        )
