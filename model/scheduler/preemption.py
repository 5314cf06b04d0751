"""Preemption: a pod that fits nowhere has pods of lower priority go, and waits for their room.

The victims and the node are what `model.plugins.defaultpreemption` makes of the pods that are
there: on each node all pods of lower priority are taken off and put back while the pod still fits,
those of higher priority first; of the nodes where that helps the one wins whose victims rank
lowest. Pods of one priority ask for the same here (`model.scheduler.priorities`), so how many of
each priority have to go is a matter of counts, and what the ranks of such counts are is a table.
Which pods of a priority go depends on when they began to run, and is open: any. So is which of the
nodes that rank alike.

The node is nominated for the pod. Until the pod is bound, its room there is taken for pods of the
same and of lower priority; it binds there as soon as it fits, and elsewhere only while it does not.
While one that went for it is on its way out, it has nobody else go. Where preemption helps
nowhere the nomination is taken back.

Source: kubernetes v1.36.3
`pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go` (SelectVictimsOnNode,
PodEligibleToPreemptOthers), `pkg/scheduler/framework/preemption/preemption.go` (Preempt,
pickOneNodeForPreemption), `executor.go` (prepareCandidate),
`pkg/scheduler/framework/runtime/framework.go` (RunFilterPluginsWithNominatedPods),
`pkg/scheduler/schedule_one.go` (findNodesThatFitPod: the nominated node first).

Decided at once, the victims are deleted by one request each.

Omits: that what one decision spares began to run before what it has go, so that the next decision
may have them go first; requests that fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from model.apiserver import requests
from model.apiserver.nominations import CHOSEN, DELETED, STAYS, Nominations
from model.apiserver.objects import TERMINATING, Cluster, node, pod
from model.apiserver.symbols import Quick
from model.ir.expr import Expr, conj, disj, greatest, integer, ite, least, none
from model.ir.expr import add as plus
from model.ir.expr import variable as variable_
from model.ir.quantifier import count, exists, minimum, total
from model.ir.system import Bound, Definition, assign
from model.ir.types import BOOL, IntType
from model.mutation import Mutation
from model.plugins import defaultpreemption
from model.plugins.sharing import sharing
from model.scheduler import cache, priorities, rooms

NOMINATED_ROOM_TAKEN = Mutation(
    "nominated-room-taken",
    "the scheduler binds other pods to the room that is being made free for a nominated one",
)
OMISSIONS = (
    "which of the pods that a preemption spares began to run first, when there is another one",
)
#: Ways of choosing victims, over which the guard of the step is evaluated in each state.
_WAYS = 1_000


def add(cluster: Cluster, nominations: Nominations) -> Callable[[Expr, Expr], Expr]:
    """Adds the steps; whether a node takes a pod in the scheduler's cycle."""
    cluster.builder.omit(*OMISSIONS)
    made = _Preemption(cluster, nominations)
    made.add()
    return made.takes


@dataclass(frozen=True)
class _Preemption:
    cluster: Cluster
    nominations: Nominations

    # -- priorities -----------------------------------------------------------------------------
    @cached_property
    def levels(self) -> list[int]:
        """The priorities that there are, the lowest first."""
        return sorted({each.template.priority for each in self.cluster.workloads})

    def level(self, pod: Expr) -> Expr:
        """A pod's priority, as its place among them."""
        cluster, type = self.cluster, IntType(0, len(self.levels) - 1)
        known = self.levels.index
        of = cluster.each("priority", type, lambda each: known(each.template.priority))
        return of(cluster.owner[pod])

    @cached_property
    def lower(self) -> range:
        """Those that are lower than another."""
        return range(len(self.levels) - 1)

    # -- where pods fit -------------------------------------------------------------------------
    @cached_property
    def _shared(self) -> tuple[Callable[[Expr, Expr], Expr], list[rooms.Load]]:
        shared = sharing(self.cluster.scenario)
        return rooms.standing(self.cluster, shared), rooms.loads(self.cluster, shared)

    def standing(self, p: Expr, n: Expr) -> Expr:
        return self._shared[0](self.cluster.owner[p], n)

    @cached_property
    def _reserved(self) -> list[Definition]:
        """[pod, node]: what is kept of each resource for others of no lower priority."""
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        to = self.nominations.to
        found = []
        for load in self._shared[1]:

            def kept(q: Expr, load: rooms.Load = load) -> Expr:
                counts = ~(q == p) & (to[q] == n) & (self.level(q) >= self.level(p))
                return ite(counts, load.requested(cluster.owner[q]), 0)

            body: Expr = total(cluster.Pod, kept)
            if cluster.mutated(NOMINATED_ROOM_TAKEN):
                body = integer(0)
            name = f"reserved {load.amount.resource}"
            found.append(cluster.builder.define(name, (p, n), body))
        return found

    @cached_property
    def _fits(self) -> Definition:
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        owner = cluster.owner[p]
        rows = zip(self._shared[1], self._reserved, strict=True)
        room = [load.leaves_room(owner, n, kept[p, n]) for load, kept in rows]
        return cluster.builder.define("fits", (p, n), conj(self.standing(p, n), *room))

    @cached_property
    def _is_awaited(self) -> Definition:
        """[pod]: whether it fits the node that is nominated for it."""
        p = pod(self.cluster)
        here = exists(self.cluster.Node, lambda m: (self.nominations.to[p] == m) & self._fits[p, m])
        return self.cluster.builder.define("fitsNominated", (p,), here)

    def takes(self, p: Expr, n: Expr) -> Expr:
        """Whether a pod may be bound to a node."""
        return self._fits[p, n] & ((self.nominations.to[p] == n) | ~self._is_awaited[p])

    # -- who has to go --------------------------------------------------------------------------
    @cached_property
    def _here(self) -> list[Definition]:
        """[node]: how many pods of each lower priority are there."""
        cluster, n = self.cluster, node(self.cluster)
        return [
            cluster.builder.define(
                f"pods of priority {self.levels[at]}",
                (n,),
                count(
                    cluster.Pod,
                    lambda q, at=at: (cluster.node[q] == n) & (self.level(q) == at),  # type: ignore[misc]
                ),
            )
            for at in self.lower
        ]

    @cached_property
    def _outcome(self) -> tuple[Expr, list[Definition]]:
        """Whether a pod fits a node without those of lower priority, and how many of each priority
        have to go then; of the pod and the node in the actions' parameters."""
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        owner, loads = cluster.owner[p], self._shared[1]
        is_lower = [self.level(p) > at for at in self.lower]
        free = []
        for load, kept in zip(loads, self._reserved, strict=True):
            own = load.requested(owner)
            above: Expr = load.used[n]
            for at in self.lower:
                lower = self._here[at][n] * self._request(load, at)
                above = above - ite(is_lower[at], lower, 0)
            free.append(load.given[n] - above - own - kept[p, n])
        wanted = [load.requested(owner) > 0 for load in loads]
        fits = conj(*(~want | (left >= 0) for want, left in zip(wanted, free, strict=True)))
        gone: dict[int, Expr] = {}
        for at in reversed(self.lower):
            here = self._here[at][n]
            stay: Expr = here
            for load, want, left in zip(loads, wanted, free, strict=True):
                each = self._request(load, at)
                if each:
                    stay = least(stay, ite(want, greatest(left, 0) // each, cluster.Pod.size))
            stay = ite(is_lower[at], stay, here)
            free = [
                left - ite(is_lower[at], stay * self._request(load, at), 0)
                for load, left in zip(loads, free, strict=True)
            ]
            gone[at] = least(greatest(here - stay, 0), cluster.Pod.size)
        named = [
            cluster.builder.define(f"to go of priority {self.levels[at]}", (p, n), gone[at])
            for at in self.lower
        ]
        return fits, named

    def _request(self, load: rooms.Load, at: int) -> int:
        """What each pod of a priority requests of a resource."""
        shared = sharing(self.cluster.scenario).workloads
        pairs = zip(shared, load.amount.requests, strict=True)
        return next(r for w, r in pairs if w.template.priority == self.levels[at])

    @cached_property
    def _helps(self) -> Definition:
        """[pod, node]: whether a node is a candidate."""
        p, n = pod(self.cluster), node(self.cluster)
        fits, gone = self._outcome
        some = disj(*(each[p, n] > 0 for each in gone))
        return self.cluster.builder.define("helps", (p, n), conj(self.standing(p, n), fits, some))

    @cached_property
    def _rank(self) -> Definition:
        """[pod, node]: where the victims on a node rank, from 0."""
        cluster, p, n = self.cluster, pod(self.cluster), node(self.cluster)
        counts = list(product(range(cluster.Pod.size + 1), repeat=len(self.lower)))
        ranked = [
            defaultpreemption.rank([self.levels[at] for at in self.lower for _ in range(each[at])])
            for each in counts
        ]
        order = {rank: at for at, rank in enumerate(sorted(set(ranked)))}
        domain = [IntType(0, cluster.Pod.size)] * len(self.lower)
        table = cluster.builder.table(
            "rank of victims", domain, IntType(0, len(order) - 1), [order[each] for each in ranked]
        )
        gone = tuple(each[p, n] for each in self._outcome[1])
        return cluster.builder.define("rank", (p, n), table[gone])

    @cached_property
    def _decides(self) -> Definition:
        """[pod]: whether it fits nowhere and may have others go."""
        cluster, p = self.cluster, pod(self.cluster)
        to, leaving = self.nominations.to, self.nominations.leaving
        policy = cluster.each("preempts", BOOL, lambda each: int(each.template.preempts))
        nowhere = ~exists(cluster.Node, lambda m: self._fits[p, m])

        def waits(m: Expr) -> Expr:
            going = exists(
                cluster.Pod,
                lambda q: (
                    (cluster.node[q] == m) & (leaving[q] != STAYS) & (self.level(q) < self.level(p))
                ),
            )
            return (to[p] == m) & self.standing(p, m) & going

        may = policy(cluster.owner[p]) & ~exists(cluster.Node, waits)
        body = cluster.is_unscheduled(p) & nowhere & may
        return cluster.builder.define("mayPreempt", (p,), body)

    # -- the steps ------------------------------------------------------------------------------
    def add(self) -> None:
        self._preempt()
        self._delete()
        self._give_up()

    @cached_property
    def _most(self) -> int:
        """How many victims a step may have: as many as a pod can need, and for those that wait
        beside it, as far as that is feasible."""
        cluster = self.cluster
        templates = [each.template for each in cluster.workloads]
        need = priorities.most_victims(templates)
        most = max(need, min(priorities.MOST, cluster.Pod.size))
        while most > need and cluster.Pod.size ** (most + 1) * cluster.Node.size > _WAYS:
            most -= 1
        return most

    def _preempt(self) -> None:
        cluster, to = self.cluster, self.nominations.to
        p, n = pod(cluster), node(cluster)
        gone = self._outcome[1]
        victims = [variable_(f"victim{i + 1}", cluster.Pod) for i in range(self._most)]
        q = variable_("each", cluster.Pod)
        chosen = disj(*(q == each for each in victims))
        first = minimum(
            cluster.Node, lambda m: self._rank[p, m], lambda m: self._helps[p, m], default=0
        )
        least_rank = cluster.builder.define("leastRank", (p,), first)
        best = self._helps[p, n] & (self._rank[p, n] == least_rank[p])
        there = conj(*(cluster.node[each] == n for each in victims))

        def named(at: int) -> Expr:
            return count(
                cluster.Pod,
                lambda o: disj(*(o == each for each in victims)) & (self.level(o) == at),
            )

        as_many = conj(*(named(at) == gone[at][p, n] for at in self.lower))
        low = conj(*(self.level(each) < self.level(p) for each in victims))
        # Whose deletion has begun is waited for.
        goes = chosen & ~(cluster.phase[q] == TERMINATING)
        updates = [assign(self.nominations.leaving[q], CHOSEN, q, where=goes)]
        # Those of a lower priority have to look for another node.
        others = (to[q] == n) & (self.level(q) < self.level(p))
        value = ite(q == p, n, none(cluster.Node))
        updates.append(assign(to[q], value, q, where=(q == p) | others))
        requests.send(
            cluster,
            "preempt",
            cache.NAME,
            (p, n, *victims),
            self._decides[p] & best & there & low & as_many,
            updates,
            fairness="weak",
            fair_for=(p,),
            text="have pods of a lower priority on {node} go for {pod}",
            why="{pod} fits nowhere, and would fit {node} without them",
        )
        more = plus(*(each[p, n] for each in gone)) > len(victims)
        many = cluster.builder.define("tooManyVictims", (p, n), self._decides[p] & best & more)
        reached = exists(cluster.Pod, lambda o: exists(cluster.Node, lambda m: many[o, m]))
        text = f"{len(victims)} pods that go for one at most"
        cluster.builder.bounds.append(Bound("victims", reached, text))

    def _delete(self) -> None:
        cluster, leaving, p = self.cluster, self.nominations.leaving, pod(self.cluster)

        def due(q: Expr) -> Expr:
            return leaving[q] == CHOSEN

        active = cluster.is_active(p)
        sent = requests.delete(cluster, p)
        deleted = (update for update in sent if update.function is not leaving)
        delete = requests.send(
            cluster,
            "delete victim",
            cache.NAME,
            (p,),
            due(p),
            [
                *(replace(update, where=update.where & active) for update in deleted),
                assign(leaving[p], ite(requests.goes_at_once(cluster, p), STAYS, DELETED)),
            ],
            fairness="weak",
            fair_for=(p,),
            text="delete {pod}, which makes room for another pod",
            why="the scheduler has chosen it",
        )
        self.cluster.quick.append(Quick(delete, exists(cluster.Pod, due) & cluster.serving))

    def _give_up(self) -> None:
        cluster, to, p = self.cluster, self.nominations.to, pod(self.cluster)
        helped = exists(cluster.Node, lambda m: self._helps[p, m])
        requests.send(
            cluster,
            "clear nomination",
            cache.NAME,
            (p,),
            self._decides[p] & ~helped & ~to[p].is_none(),
            [assign(to[p], none(cluster.Node))],
            fairness="weak",
            fair_for=(p,),
            text="nothing is made free for {pod} any more",
            why="{pod} fits nowhere, whoever goes for it",
        )
