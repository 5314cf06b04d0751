"""What the ReplicaSet controller sees in its cache, and what a sync that begins now decides.

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set.go` (manageReplicas,
getPodsToDelete, getPodsRankedByRelatedPodsOnSameNode), `pkg/controller/controller_utils.go`
(UIDTrackingControllerExpectations, FilterActivePods), `replica_set_utils.go` (calculateStatus).
"""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import PENDING, RUNNING, Cluster
from model.apiserver.syncs import SPARED, SURE, TIED
from model.apiserver.views import RESTART_LISTS_THE_PAST, Watches, always
from model.controllers import victims
from model.ir.expr import TRUE, Expr, disj, greatest, integer, ite, least, variable
from model.ir.quantifier import count, exists, maximum
from model.ir.system import Definition, StateFunction, Update, assign
from model.ir.types import BOOL, IntType
from model.mutation import Mutation

EXPECTATIONS_FORGOTTEN = Mutation(
    "expectations-forgotten",
    "the ReplicaSet controller forgets what it has asked for and does not see yet, as after "
    "a restart",
)
CREATES_ONE_TOO_MANY = Mutation(
    "creates-one-too-many", "the ReplicaSet controller creates one pod more than asked for"
)
READY_PODS_DELETED_FIRST = Mutation(
    "ready-pods-deleted-first", "the ReplicaSet controller's deletion ranking is reversed"
)
DELETES_ANY_POD = Mutation("deletes-any-pod", "the ReplicaSet controller deletes without ranking")


NAME = "replicaset-controller"
#: The same for ReplicationControllers.
FOR_CONTROLLERS = "replication-controller"
#: What each is about, as its watch is called.
_RESOURCES = {NAME: "replicasets", FOR_CONTROLLERS: "replicationcontrollers"}


def named(cluster: Cluster) -> str:
    """The name of the controller that makes the pods of the scenario's own workload."""
    kind = cluster.scenario.workload.kind
    return FOR_CONTROLLERS if kind == "ReplicationController" else NAME


def urgency(cluster: Cluster) -> Definition:
    """The rank of a pod among those to delete; see `victims.rank`."""
    p = variable("pod", cluster.Pod)
    stage = victims.stage(
        cluster.is_unscheduled(p), cluster.phase[p] == PENDING, cluster.phase[p] != RUNNING
    )
    if cluster.mutated(READY_PODS_DELETED_FIRST):
        stage = 3 - stage
    here = victims.rank(stage, _beside(cluster, p), cluster.slots + 1)
    if cluster.mutated(DELETES_ANY_POD):
        here = integer(0)
    return cluster.builder.define("deletionRank", (p,), here)


def _beside(cluster: Cluster, p: Expr) -> Expr:
    """How many active pods of the same workload are on the node of a pod, itself included; 0 for
    one that is not bound."""
    node, owner = cluster.node, cluster.owner
    if not cluster.shared:
        n = variable("node", cluster.Node)
        on = count(cluster.Pod, lambda q: cluster.is_active(q) & (node[q] == n))
        return cluster.builder.define("activeOn", (n,), on).get(node[p], 0)
    subjects = list(dict.fromkeys(workload.subject for workload in cluster.workloads))
    related = cluster.each(
        "workload", IntType(0, len(subjects) - 1), lambda each: subjects.index(each.subject)
    )

    def beside(q: Expr) -> Expr:
        same = (node[q] == node[p]) & (related(owner[q]) == related(owner[p]))
        return cluster.is_active(q) & same

    return ite(node[p].is_none(), 0, count(cluster.Pod, beside))


class Cache:
    """What the controller believes to be there.

    While the watch is stalled, nothing more is created or deleted for a ReplicaSet once it has done
    so: it waits to see that. It chooses pods to delete among those that it has seen, whether or not
    they are still there.
    """

    def __init__(self, cluster: Cluster, watches: Watches) -> None:
        builder, sort = cluster.builder, cluster.ReplicaSet
        self.cluster = cluster
        #: Its watches of pods and of ReplicaSets: one, where they lag together.
        self.seen, self._sets = watches.of("pods"), watches.of(_RESOURCES[named(cluster)])
        s = variable("replicaset", sort)
        self.active = builder.define("activePods", (s,), cluster.active(s))
        ready = builder.define("availablePods", (s,), cluster.available(s))
        ranking = urgency(cluster)
        see = self.seen.see
        self.rank = see("sees rank", cluster.Pod, lambda q: ranking[q], "")
        replicas = cluster.replicas
        self.asked = self._sets.see("sees asked", sort, lambda r: replicas[r], replicas.label)
        #: Whether a ReplicaSet is there and not being deleted: else it is let be.
        self.there_is: Callable[[Expr], Expr] = lambda r: cluster.exists[r]
        if (deletion := cluster.deleted) is not None:
            label = "ReplicaSet/{0} exists"

            def there(r: Expr) -> Expr:
                return cluster.exists[r] & ~deletion.waiting(r)

            self.there_is = self._sets.see("sees exists", sort, there, label)
        available = see("sees pods available", sort, lambda r: ready[r], "available pods of {0}")
        #: What it counts for the statuses, in their order.
        self.counts = [available]
        if cluster.status_replicas is not None:
            label = "active pods of {0}"
            self.counts.append(see("sees pods", sort, lambda r: self.active[r], label))
        self._awaits: StateFunction | None = None
        self._listed: StateFunction | None = None
        #: Whether the slot of a pod that it lists has got another pod since.
        self._reused: StateFunction | None = None
        #: Whether it does not see a status that it has written; where pods lag with ReplicaSets it
        #: has nothing more to do then in any case.
        self._told: StateFunction | None = None
        if self._sets.stalled is not None and self._sets is not self.seen:
            self._told = self._sets.remember("told", (sort,))
        self._of: Callable[[Expr], Expr] = lambda p: cluster.owner[p]
        if self.seen.stalled is not None:
            keep, remember, pods = self.seen.keep, self.seen.remember, cluster.Pod
            self._awaits = remember("awaits", (sort,))
            self._listed = keep("lists", (pods,), cluster.is_active, "Pod/{0} is active")
            self._reused = remember("lists another", (pods,))
            if sort.size > 1:
                owner, old = cluster.owner, cluster.old
                self._of = see(
                    "lists of", pods, lambda p: ite(cluster.is_active(p), owner[p], old), ""
                )

    def believed(self, r: Expr) -> Expr:
        """How many pods of a ReplicaSet it believes to be active."""
        if self.seen.stalled is None:
            return self.active[r]
        return count(self.cluster.Pod, lambda p: self.eligible(p) & (self.of(p) == r))

    def manages(self, r: Expr) -> Expr:
        """Whether it creates and deletes pods: it has seen all that it has done."""
        seen = TRUE if self._awaits is None else ~self._awaits[r]
        return seen if self._told is None else seen & ~self._told[r]

    def eligible(self, p: Expr) -> Expr:
        """Whether it may choose a pod for deletion."""
        there = self.cluster.is_active(p)
        if self._listed is None or self.seen.stalled is None:
            return there
        return ite(self.seen.stalled(), self._listed[p], there)

    def of(self, p: Expr) -> Expr:
        """The ReplicaSet of a pod that it may choose."""
        return self._of(p)

    def there(self, p: Expr) -> Expr:
        """Whether a pod that it may choose is still active."""
        if self._reused is None:
            return TRUE
        return self.cluster.is_active(p) & ~self._reused[p]

    def created(self, r: Expr, p: Expr) -> list[Update]:
        """What it remembers of a pod that it creates."""
        if self._listed is None or self._reused is None:
            return []
        # What is in the slot now is not the pod that it lists.
        listed = self._listed
        reused = self.seen.note(self._reused, (p,), always(TRUE), lambda at: at(listed)[p])
        return [*reused, *self.deleted(r)]

    def deleted(self, r: Expr) -> list[Update]:
        """What it remembers of a pod that it deletes."""
        if not self._remembers or self._awaits is None:
            return []
        return self.seen.note(self._awaits, (r,), always(TRUE))

    def told(self, r: Expr) -> list[Update]:
        """What it remembers of a status that it writes."""
        if not self._remembers or self._told is None:
            return []
        return self._sets.note(self._told, (r,), always(TRUE))

    def forget(self) -> list[Update]:
        """What becomes of that when it starts anew; nothing where it then lists anew."""
        if self._awaits is None or not self.cluster.mutated(RESTART_LISTS_THE_PAST):
            return []
        r = variable("forgetting", self.cluster.ReplicaSet)
        return [assign(self._awaits[r], False, r)]

    @property
    def _remembers(self) -> bool:
        return not self.cluster.mutated(EXPECTATIONS_FORGOTTEN)


class Decision:
    """What a sync that begins now decides."""

    def __init__(self, cluster: Cluster, cache: Cache) -> None:
        builder, pods = cluster.builder, cluster.Pod
        self.cluster, self.cache = cluster, cache
        s, q = variable("replicaset", cluster.ReplicaSet), variable("of", pods)
        surplus = int(cluster.mutated(CREATES_ONE_TOO_MANY))
        # Other neighbours' pods are made by others (`model.controllers.neighbours`).
        makes = self.makes = cluster.each(
            "byReplicaSets", BOOL, lambda each: int(each.by_replicasets)
        )
        most = cluster.syncs.to_create.type.hi
        more = least(cache.asked(s) + surplus - cache.believed(s), most)
        #: How many pods to create, how many to delete, and what becomes of each pod.
        self.missing = builder.define(
            "missingPods",
            (s,),
            ite(cache.there_is(s) & cache.manages(s) & makes(s), greatest(0, more), 0),
        )
        of = cache.of
        own = count(pods, lambda x: cache.eligible(x) & (of(x) == s))
        fewer = ite(makes(s), greatest(0, cache.believed(s) - cache.asked(s)), 0)
        if cache.manages(s) is not TRUE:
            fewer = ite(cache.manages(s), fewer, 0)
        if cluster.deleted is not None:
            fewer = ite(cache.there_is(s), fewer, 0)
        surplus_pods = builder.define("excessPods", (s,), least(fewer, own))
        excess, rank = surplus_pods[of(q)], cache.rank
        before = count(pods, lambda x: cache.eligible(x) & (of(x) == of(q)) & (rank(x) < rank(q)))
        goes = builder.define("mayGo", (q,), cache.eligible(q) & victims.goes(before, excess))
        last = builder.define(
            "lastToGo", (s,), maximum(pods, rank, lambda x: (of(x) == s) & goes[x], default=0)
        )
        several = builder.define("candidates", (s,), count(pods, lambda x: (of(x) == s) & goes[x]))
        tied = victims.tied(rank(q), last[of(q)], several[of(q)], excess)
        chosen = builder.define("marked", (q,), ite(goes[q], ite(tied, TIED, SURE), SPARED))
        self.excess, self.mark = surplus_pods, chosen
        if cache.seen.stalled is not None:
            self._only_there(surplus_pods, chosen)

    def _only_there(self, excess: Definition, mark: Definition) -> None:
        """Leaves out what is chosen and gone: of equal pods others go, as many as there are."""
        builder, pods, cache = self.cluster.builder, self.cluster.Pod, self.cache
        s, q = variable("replicaset", self.cluster.ReplicaSet), variable("of", pods)

        def number(marked: Expr, there: bool) -> Expr:
            def counts(x: Expr) -> Expr:
                return (
                    (cache.of(x) == s) & (mark[x] == marked) & (cache.there(x) if there else TRUE)
                )

            return count(pods, counts)

        left = least(excess[s] - number(SURE, False), number(TIED, True))
        self.excess = builder.define("excessThere", (s,), number(SURE, True) + greatest(0, left))
        self.mark = builder.define("markedThere", (q,), ite(cache.there(q), mark[q], SPARED))

    def behind(self, r: Expr) -> Expr:
        """Whether a status says something else than a sync would write now."""
        pairs = zip(self.cluster.syncs.statuses, self.cache.counts, strict=True)
        differ = (status.written[r] != see(r) for status, see in pairs)
        # Nobody reads the status of most neighbours' ReplicaSets.
        makes = self.makes(r)
        return self.cluster.is_reported(r) & self.cluster.exists[r] & makes & disj(*differ)

    def spares_unready(self, r: Expr) -> Expr:
        """Whether a pod that is not ready is not sure to go."""
        cluster = self.cluster

        def spared(x: Expr) -> Expr:
            unready = cluster.is_active(x) & ~cluster.is_ready(x)
            return (cluster.owner[x] == r) & unready & (self.mark[x] != SURE)

        return exists(cluster.Pod, spared)
