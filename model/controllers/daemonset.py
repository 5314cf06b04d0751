"""The DaemonSet controller: a pod for each node that is to have one, and new ones in an update.

What a sync asks for is decided by `model.controllers.daemons`, for as many nodes as there are. A
node never has two pods of one revision that are not being deleted, so the decision is told of three
pods at each node: the old one, the updated one, and what is being deleted, which is as good as one.
Where there are more than two revisions it is told of one pod of each: a second update may find an
old pod and the first one's beside it, and the younger of these is one too many. That of an earlier
revision is taken to be the older one. Which node a pod is made for is `target`: the node affinity
that the controller gives it. A node that is labelled so that the template does not match it any
more loses its pod, whatever maxUnavailable says; one that comes to match it gets one.

A sync reads and sends one request in one step, and what else it might send it decides anew: each
request uses up what the next one is decided by. What others do between a reading and its request
(a node fails, the template is taken back) might as well come after the request: nobody evicts
daemon pods under a budget, and nothing else that others may do has to come before a pod is deleted
or made. So no property can tell whether what is decided is kept until it is sent. It is where every
interleaving is asked for (`spec.model.prompt: false`); then a pod that is to go as its node was
removed may be deleted when that is back. tests/agreement/test_syncs.py holds both forms against
each other (docs/adr/0020-syncs-keep-what-they-decide.md).
With maxSurge it is kept always: the pod that a sync makes beside one that is not available takes no
part in that sync's surge but in that of the next one, so one sync makes more than two would.

Source: kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller.go` (syncDaemonSet, manage),
`update.go` (rollingUpdate).

Omits: requests that fail, nodes that are tainted or cordoned, pods that fail, adoption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from model.api.steps import LABELS
from model.apiserver import requests
from model.apiserver.configuration import Lookup
from model.apiserver.objects import TERMINATING, Cluster, node, pod, replicaset
from model.apiserver.pods import Pods
from model.apiserver.views import Watch, Watches
from model.controllers import daemons
from model.controllers.contract import Controller
from model.controllers.daemons import Place, Pod, Strategy
from model.controllers.sync import Choice, Kept, Sync, told_apart
from model.ir.expr import FALSE, TRUE, Expr, disj, ite, none, variable
from model.ir.quantifier import count, exists
from model.ir.system import Bound, Update, assign
from model.ir.types import BOOL, ElementType
from model.labellings import NODE_LABELS, labellings
from model.mutation import Mutation
from model.plugins import daemon_nodes
from model.scenario import Scenario

REMOVED_NODES_WANT_DAEMONS = Mutation(
    "removed-nodes-want-daemons", "the DaemonSet controller makes pods for nodes that were removed"
)
DAEMON_OUTLIVES_SURGE = Mutation(
    "daemon-outlives-surge",
    "the DaemonSet controller keeps an old pod although the new one beside it is available",
)
DAEMON_REPLACED_EARLY = Mutation(
    "daemon-replaced-early",
    "the DaemonSet controller deletes an old pod before the new one beside it is available",
)
RELABELLED_KEEP_DAEMONS = Mutation(
    "relabelled-keep-daemons",
    "the DaemonSet controller leaves pods on nodes whose labels do not match any more",
)
DAEMON_LIMIT_IGNORED = Mutation(
    "daemon-limit-ignored", "the DaemonSet controller ignores maxUnavailable"
)


NAME = "daemonset-controller"

OMISSIONS = (
    "nodes that are tainted or cordoned under a DaemonSet, and nodes beyond those of the start",
)


def wanted(cluster: Cluster, name: str, labelling: Expr | None = None) -> Lookup:
    """The nodes that the DaemonSet wants a pod on, by their labels of now, or as somebody sees
    them."""

    def values(scenario: Scenario) -> list[int]:
        return list(map(int, daemon_nodes.wanted(scenario)))

    return _of_nodes(cluster, name, values, labelling)


def kept(cluster: Cluster, name: str, labelling: Expr | None = None) -> Lookup | None:
    """The nodes that keep the pods that they have, likewise; None where all do."""

    def values(scenario: Scenario) -> list[int]:
        template = scenario.workload.template
        verdicts = (daemon_nodes.verdict(template, each) for each in scenario.nodes)
        return [int(each.should_continue) for each in verdicts]

    if all(all(values(each)) for each in labellings(cluster.scenario)):
        return None
    return _of_nodes(cluster, name, values, labelling)


def _of_nodes(
    cluster: Cluster,
    name: str,
    values: Callable[[Scenario], list[int]],
    labelling: Expr | None,
) -> Lookup:
    """A table of what is so of nodes; the one of that name, if there is one."""
    known = next((t for t in cluster.configuration.lookups if t.table.name == name), None)
    over = (NODE_LABELS,)
    return known or cluster.configuration.table(
        name, (cluster.Node,), BOOL, values, over, labelling=labelling
    )


class _Nodes:
    """The nodes with their pods, as a sync sees them. What it sees is defined once."""

    def __init__(self, cluster: Cluster, cache: Pods, nodes: Watch) -> None:
        self.cluster, self.cache = cluster, cache
        labels = cluster.configuration.labelling
        if cluster.scenario.change.has(*LABELS):
            labels = nodes.see_value("sees labels", labels, None)
        self.runs = wanted(cluster, "seesWanted" if nodes.stalled else "wantsDaemon", labels)
        #: Whether a node keeps the pods that it has; None where all do.
        self.keeps = kept(cluster, "seesKept" if nodes.stalled else "keepsDaemon", labels)
        #: Which pods each of a place's pods stands for, by name, and whether it is updated: an old
        #: one and an updated one; where there may be several old ones, one of each revision.
        self.kinds: list[tuple[str, Callable[[Expr], Expr], Expr]] = [
            ("Old", lambda p: ~self.is_updated(p), FALSE),
            ("New", self.is_updated, TRUE),
        ]
        if len(cluster.own) > 2:
            self.kinds = [
                (f"Of {number}", partial(self._is_of, r), r == cache.wanted)
                for number, r in enumerate(cluster.own, 1)
            ]
        #: Their flags.
        flags = ["exists", "ready", "available"]
        if cluster.scenario.faults.node_removals:
            flags.append("bound")
        self._flags = [self._pod(name, flags, counts) for name, counts, _ in self.kinds]
        self._gone = self._pod("Deleted", ("terminating",), lambda _: TRUE)

    def _is_of(self, revision: Expr, p: Expr) -> Expr:
        return self.cache.owner(p) == revision

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
            "bound": lambda p: cache.is_active(p) & ~self.cluster.node[p].is_none(),
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
        pods = [
            Pod(updated=updated, **{flag: of(n) for flag, of in row.items()})
            for (_, _, updated), row in zip(self.kinds, self._flags, strict=True)
        ]
        gone = Pod(self._gone["terminating"](n), updated=FALSE, terminating=TRUE)
        keeps = TRUE if self.keeps is None else self.keeps[n]
        wanted = self.cluster.mutated(REMOVED_NODES_WANT_DAEMONS)
        there = TRUE if wanted else self.cluster.is_registered(n)
        return Place((*pods, gone), should_run=self.runs[n], should_continue=keeps, exists=there)

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


#: What is deleted of a node's pods: of each kind, whether one goes.
OfKinds = Sequence[Expr]


class _Steps:
    """Its steps."""

    def __init__(self, cluster: Cluster, seen: Watches) -> None:
        self.cluster = cluster
        self.cache = Pods(cluster, seen.of("pods"), seen.of("daemonsets"))
        self.nodes = _Nodes(cluster, self.cache, seen.of("nodes"))
        workload = cluster.scenario.workload
        assert workload.daemon is not None
        strategy = Strategy(workload.max_unavailable, workload.max_surge, workload.daemon.on_delete)
        self.surges = strategy.surges
        self.decided = daemons.Sync(strategy, self.nodes)
        self.asked = self.decided.at(self.nodes.place(node(cluster)))

    def add(self) -> None:
        """Adds the steps."""
        cluster, n, p = self.cluster, node(self.cluster), pod(self.cluster)
        if told_apart(cluster) or self.surges:
            self._kept()
            return
        room = self.decided.create_room > 0
        makes = self.asked.creates | (self.asked.may_create & room)
        due = cluster.builder.define("makesDaemon", (n,), makes & self.cache.lives)
        self._create(lambda m: due[m], self.cache.wanted)
        room = self.decided.delete_room > 0
        goes = [sure | (may & room) for sure, may in zip(*self._deletes(), strict=True)]
        lives = self._is_there(p, n) & self.cache.lives
        if not all(each is FALSE for each in goes):
            self._delete(lives & self._keeps(n) & self._goes("deletes", goes)(p, n))
        self._drive_off(lives & ~self._keeps(n) & cluster.is_registered(n))

    def _deletes(self) -> tuple[OfKinds, OfKinds]:
        """Of each kind, whether a node's pod goes for sure, and whether it may."""
        cluster = self.cluster
        sure, may = list(self.asked.deletes), list(self.asked.may_delete)
        if cluster.mutated(DAEMON_LIMIT_IGNORED):
            sure = [goes | others for goes, others in zip(sure, may, strict=True)]
        if cluster.mutated(DAEMON_REPLACED_EARLY):
            pods = self.nodes.place(node(cluster)).pods
            there = disj(*(each.exists & each.updated for each in pods))
            sure = [
                goes | (each.exists & ~each.updated & there)
                for goes, each in zip(sure, pods, strict=True)
            ]
        if cluster.mutated(DAEMON_OUTLIVES_SURGE):
            sure = may = [FALSE for _ in sure]
        return sure[:-1], may[:-1]

    def _goes(self, name: str, kinds: OfKinds) -> Callable[[Expr, Expr], Expr]:
        """What is asked for of the pods of a node, as something of a pod and its node."""
        n, define = node(self.cluster), self.cluster.builder.define
        rows = zip(self.nodes.kinds, kinds, strict=True)
        (_, first), *others = [
            (counts, define(f"{name}{kind}", (n,), due)) for (kind, counts, _), due in rows
        ]

        def goes(p: Expr, n: Expr) -> Expr:
            found = first[n]
            for counts, due in others:
                found = ite(counts(p), due[n], found)
            return found

        return goes

    def _kept(self) -> None:
        """The steps where a sync reads at one time and sends at another."""
        cluster, n, p = self.cluster, node(self.cluster), pod(self.cluster)
        Pod, Node, define = cluster.Pod, cluster.Node, cluster.builder.define
        sync, nobody = Sync(cluster, NAME), none(cluster.ReplicaSet)
        surely, perhaps = (
            self._goes(name, kinds)
            for name, kinds in zip(("surely", "perhaps"), self._deletes(), strict=True)
        )
        lives = self.cache.lives
        lacks = define("lacksDaemon", (n,), self.asked.creates & lives)
        beside = define("mayHaveAnother", (n,), self.asked.may_create & lives)
        room = define("createRoom", (), self.decided.create_room)()
        creates = Choice(sync, "toMake", Node, lambda m: lacks[m], lambda m: beside[m], room)
        room = define("deleteRoom", (), self.decided.delete_room)()
        deletes = Choice(
            sync,
            "toRemove",
            Pod,
            lambda q: exists(Node, lambda m: self._is_there(q, m) & lives & surely(q, m)),
            lambda q: exists(Node, lambda m: self._is_there(q, m) & lives & perhaps(q, m)),
            room,
        )
        kind = ElementType(cluster.ReplicaSet, optional=True)
        makes, goes = exists(Node, creates.asked), exists(Pod, deletes.asked)
        wanted = Kept(
            cluster.builder.function("toMakeOf", (), kind, kind.lo),
            lambda: ite(makes, self.cache.wanted, nobody),
            holds=False,
        )
        sync.keep(wanted)
        idle = define("noSync", (), sync.idle())()
        sync.read((), idle & (makes | goes), text="read nodes and pods, and decide")
        sync.give_up((), text="give up the sync")
        sync.forgotten()
        cluster.losses.append(lambda q, _: deletes.lost(q))
        revision = sync.due(wanted, idle)
        more = exists(Node, lambda m: (m != n) & creates.due(idle, m))
        sent = {**creates.sent(idle, n), wanted: lambda: ite(more, revision, nobody)}
        self._create(lambda m: creates.due(idle, m), revision, sync.rest(idle, sent))
        due = deletes.due(idle, p) & self.nodes.is_for(p, n) & cluster.is_active(p)
        left = sync.rest(idle, deletes.sent(idle, p))
        self._delete(due & self._keeps(n), left)
        self._drive_off(due & ~self._keeps(n), left)

    # -- steps ----------------------------------------------------------------------------------
    def _create(
        self, due: Callable[[Expr], Expr], wanted: Expr, more: Sequence[Update] = ()
    ) -> None:
        cluster = self.cluster
        p, n, revision = pod(cluster), node(cluster), replicaset(cluster)
        assert cluster.target is not None
        updates = [
            *requests.create(cluster, p, revision),
            assign(cluster.target[p], n),
            *self.cache.created(p, revision, n),
            *more,
        ]
        requests.send(
            cluster,
            "create pod",
            NAME,
            (p, n, revision),
            due(n) & self.cache.is_free(p) & (revision == wanted),
            updates,
            fairness="weak",
            fair_for=(n,),
            text="create {pod} of {replicaset} for {node}",
            why="{node} is to have such a pod",
        )
        vacant = exists(cluster.Pod, self.cache.is_free)
        short = exists(cluster.Node, due)
        text = f"at most {cluster.Pod.size} pods at once, terminating ones included"
        cluster.builder.bounds.append(Bound("pods", ~vacant & short, text))

    def _delete(self, due: Expr, more: Sequence[Update] = ()) -> None:
        """Which pod of a node goes."""
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        requests.send(
            cluster,
            "delete pod",
            NAME,
            (p, n),
            due,
            [*requests.deletion(cluster, p), *self.cache.deleted(p), *more],
            fairness="weak",
            fair_for=(p,),
            text="delete {pod} on {node}: its revision is old",
            why="a new pod is there, or maxUnavailable leaves room for {node} to be without one",
        )

    def _drive_off(self, due: Expr, more: Sequence[Update] = ()) -> None:
        """Pods go from a node that may not keep them any more."""
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        if self.nodes.keeps is None or cluster.mutated(RELABELLED_KEEP_DAEMONS):
            return
        requests.send(
            cluster,
            "drive off pod",
            NAME,
            (p, n),
            due,
            [*requests.deletion(cluster, p), *self.cache.deleted(p), *more],
            fairness="weak",
            fair_for=(p,),
            text="delete {pod} on {node}, which is to have none",
            why="the labels of {node} do not match the template, or a taint is not tolerated",
        )

    def _is_there(self, p: Expr, n: Expr) -> Expr:
        """Whether a pod that is made for a node can be deleted."""
        return self.nodes.is_for(p, n) & self.cache.is_active(p) & self.cache.is_there(p)

    def _keeps(self, n: Expr) -> Expr:
        return TRUE if self.nodes.keeps is None else self.nodes.keeps[n]


CONTROLLER = Controller(
    NAME,
    ("DaemonSet", "Node", "Pod"),
    "a pod of the wanted revision on each node that its template admits",
    "the pods that are made for each node: old, updated, being deleted",
    "which nodes lack one, and which old ones maxUnavailable or maxSurge lets go",
    "create or delete a pod",
    lambda cluster, seen: _Steps(cluster, seen).add(),
    OMISSIONS,
)
