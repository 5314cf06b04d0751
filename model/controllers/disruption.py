"""PodDisruptionBudgets: how many healthy pods they want, and what takes a workload below that.

Only the eviction API asks them: whoever deletes a pod directly does not.

What a budget's status says is in `model.controllers.budgetstatus`, what the API server makes of it
in `model.apiserver.eviction`.

Source: kubernetes v1.36.3 `pkg/controller/disruption/disruption.go` (getScaleController, failSafe:
without a scale only a number can be asked for).

A status is what the pods are, unless the faults let the controller's watch stall. Then it stays as
it was, but for what the API server takes from `disruptionsAllowed` for each eviction that it grants
(`evicted`), and which is forgotten once the controller has seen the pods again.

A budget over pods of a Job that is deleted once it is over is computed from then on
(`model.controllers.jobs_beside`).

Omits: pods of other workloads that a budget selects (see `OMITTED`); evictions of which the pod is
not deleted within two minutes; that a Job under a budget may have no pods before it is over,
neither running ones nor ended ones, so that the budget can be computed for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.steps import Drain
from model.api.workload import Workload
from model.apiserver import eviction
from model.apiserver.objects import Cluster
from model.apiserver.symbols import Count
from model.apiserver.views import At, Watch, always, watch
from model.controllers import budgetstatus
from model.controllers.budgetstatus import healthy_needed
from model.controllers.contract import Controller
from model.ir.expr import FALSE, TRUE, Expr, Literalish, coerce, conj, disj, element, ite, least
from model.ir.quantifier import count
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, IntType
from model.mutation import Mutation
from model.omission import Found, Omission, doubts
from model.plugins.filters import refusals
from model.setting import Pods, Setting

UNREADY_COUNTS_AS_HEALTHY = Mutation(
    "unready-counts-as-healthy", "evictions count pods that are not ready as healthy"
)
NAME = "disruption-controller"
EVICTIONS_NOT_COUNTED = Mutation(
    "evictions-not-counted",
    "an eviction takes nothing from what a PodDisruptionBudget's status allows",
)
DRAIN_FORCED = Mutation(
    "drain-forced", "a drain evicts pods that nothing controls, as with --force"
)
SINGLE_PODS_UNHEALTHY = Mutation(
    "single-pods-unhealthy", "to a budget pods that nothing controls are not healthy"
)
SINGLE_PODS_EXPECTED = Mutation(
    "single-pods-expected", "a budget asks for pods that nothing controls as well"
)
EVICTION_IGNORES_BUDGET = Mutation(
    "eviction-ignores-budget", "evictions ignore PodDisruptionBudgets"
)


#: What a trace says when the flag of `budget-respected` goes up.
BREACHED = "fewer pods are healthy than the PodDisruptionBudget wants"

#: The same of a Job that is deleted once it is over.
GONE = "Job/{0} and its pods are gone"

OMISSIONS = (
    "pods of workloads that take no part and that a PodDisruptionBudget selects",
    "evictions that no deletion follows within two minutes",
)


def limit(budget: PodDisruptionBudget) -> str:
    """A budget's limit as a manifest has it."""
    if budget.min_available is not None:
        return f"minAvailable: {budget.min_available}"
    return f"maxUnavailable: {budget.max_unavailable}"


def expected(budget: PodDisruptionBudget, workloads: Sequence[Workload]) -> int:
    """How many pods there are to be of the workloads that a budget selects: those that nothing
    controls are healthy as others are, but nobody asks for them. Where some of these are in its
    way, once they are gone."""
    gone = () if computed(budget, workloads) else scaleless(budget, workloads)
    asked = (each for each in workloads if budget.guards(each) and each not in gone)
    return sum(each.replicas for each in asked if not each.is_pod)


def granted(
    budget: PodDisruptionBudget,
    ready: Literalish,
    healthy: Literalish,
    wanted: Literalish,
    expected: Literalish,
) -> Expr:
    """Whether a budget lets a pod that it selects and that is not pending go, by whether that is
    ready, how many are healthy, how many it wants, and how many it expects."""
    return eviction.grants(ready, _status(budget, healthy, wanted, expected, 0))


def _status(
    budget: PodDisruptionBudget,
    healthy: Literalish,
    wanted: Literalish,
    expected: Literalish,
    evicted: Literalish,
) -> eviction.Budget:
    """What the API server reads of a budget, once it took so many evictions from what it allows."""
    spare = budgetstatus.spares(coerce(healthy) - evicted, wanted, expected)
    return eviction.Budget(spare, healthy, wanted, False, budget.guards_ready_only)


def computed(budget: PodDisruptionBudget, workloads: Iterable[Workload]) -> bool:
    """Whether the disruption controller can tell how many pods a budget wants. Jobs and DaemonSets
    have no scale that says how many there are to be, so of a budget that selects pods of one only a
    number can be asked for: for as long as a percentage or maxUnavailable is, no eviction is
    allowed."""
    counted = budget.min_available is not None and not budget.min_available.percent
    return counted or not scaleless(budget, workloads)


def scaleless(budget: PodDisruptionBudget, workloads: Iterable[Workload]) -> list[Workload]:
    """The workloads that a budget selects and that have no scale."""
    return [
        each
        for each in workloads
        if (each.job is not None or each.daemon is not None) and budget.guards(each)
    ]


class _Guard:
    """A budget over the pods of the workloads that it selects."""

    def __init__(self, cluster: Cluster, budget: PodDisruptionBudget) -> None:
        self.cluster, self.budget = cluster, budget
        self.selects = cluster.each(
            f"guarded by {budget.name}", BOOL, lambda workload: int(budget.guards(workload))
        )
        self.wanted: Count = cluster.given(
            f"healthyNeeded {budget.name}",
            lambda s: healthy_needed(budget, self._expected(s.workloads)),
            "replicas",
        )

    def _expected(self, workloads: Sequence[Workload]) -> int:
        number = expected(self.budget, workloads)
        if self.cluster.mutated(SINGLE_PODS_EXPECTED):
            number += sum(each.is_pod and self.budget.guards(each) for each in workloads)
        return number

    @property
    def healthy(self) -> Expr:
        return self._number(self.cluster.is_ready)

    @property
    def expected(self) -> Literalish:
        """How many pods there are to be, where a pod is evicted."""
        cluster = self.cluster
        if budgetstatus.counts_pods(self.budget):
            return 1  # That one at least.
        if cluster.shared:
            return expected(self.budget, cluster.scenario.workloads)
        return cluster.desired

    @property
    def counted(self) -> Expr:
        """How many pods the disruption controller takes for healthy."""
        cluster = self.cluster
        if cluster.mutated(SINGLE_PODS_UNHEALTHY):
            single = cluster.each("single", BOOL, lambda each: int(each.is_pod))
            return self._number(lambda p: cluster.is_ready(p) & ~single(cluster.owner[p]))
        unready = cluster.mutated(UNREADY_COUNTS_AS_HEALTHY)
        return self._number(cluster.is_active if unready else cluster.is_ready)

    def _number(self, test: Callable[[Expr], Expr]) -> Expr:
        cluster = self.cluster
        return count(cluster.Pod, lambda q: test(q) & self.selects(cluster.owner[q]))

    def allows(self, pod: Expr) -> Expr:
        """Whether it lets a pod that it selects and that is not pending go."""
        free = self._computed
        return (
            free
            if free is FALSE
            else free & eviction.grants(self.cluster.is_ready(pod), self.status)
        )

    @property
    def _computed(self) -> Expr:
        """Whether the disruption controller can tell how many pods it wants: those are gone that
        are in its way, if any are."""
        cluster = self.cluster
        workloads = cluster.scenario.workloads
        if computed(self.budget, workloads):
            return TRUE
        ways = scaleless(self.budget, workloads)
        if any(each.job is None or each.job.ttl is None or cluster.is_mine(each) for each in ways):
            return FALSE
        if cluster.expired is None:
            sort = cluster.ReplicaSet
            cluster.expired = cluster.builder.function("jobGone", (sort,), BOOL, 0, GONE)
        subjects = {each.subject for each in ways}
        names = zip(cluster.ReplicaSet.elements, cluster.workloads, strict=True)
        jobs = [name for name, workload in names if workload.subject in subjects]
        gone = cluster.expired
        return conj(*(gone[element(cluster.ReplicaSet, name)] for name in jobs))

    @property
    def status(self) -> eviction.Budget:
        """What its status says: while the controller's watch is stalled, what it said then, less
        what the API server has granted since."""
        name, healthy, evicted = self.budget.name, self.counted, coerce(0)
        seen = _watched(self.cluster)
        if seen is not None:
            if name not in self.cluster.evicted:
                most = IntType(0, healthy.type.hi)
                # What differs in names only is one system: these have none.
                number, of = len(self.cluster.evicted), f"PodDisruptionBudget/{name}"
                kept = seen.keep(f"counts {number}", (), lambda: healthy, f"healthy pods of {of}")
                since = seen.remember(
                    f"evictedSince {number}", (), most, f"evictions under {of} since"
                )
                self.cluster.evicted[name] = kept, since
            assert seen.stalled is not None
            kept, since = self.cluster.evicted[name]
            healthy, evicted = ite(seen.stalled(), kept(), healthy), since()
        return _status(self.budget, healthy, self.wanted, self.expected, evicted)


def _watched(cluster: Cluster) -> Watch | None:
    """The disruption controller's watch, if it can stall."""
    seen = watch(cluster, NAME)
    return seen if seen.stalled is not None else None


def evicted(cluster: Cluster, pod: Expr) -> list[Update]:
    """What an eviction takes from what budgets allow, as far as their status is behind: where it is
    not, the pod counts as healthy no more."""
    seen = _watched(cluster)
    if seen is None or seen.stalled is None or cluster.mutated(EVICTIONS_NOT_COUNTED):
        return []
    going = eviction.Pod(cluster.is_ready(pod), cluster.phase[pod].is_in("Pending"))
    found = []
    for guard in _guards(cluster):
        _, since = cluster.evicted[guard.budget.name]
        counts = eviction.counts(going, [guard.status]) & guard.selects(cluster.owner[pod])
        found += seen.note(since, (), partial(_one_more, since), always(counts))
    return found


def _one_more(since: StateFunction, at: At) -> Expr:
    return least(at(since)() + 1, since.type.hi)


#: It adds no steps but those of its watch: what a status says is a function of what it sees.
CONTROLLER = Controller(
    NAME,
    ("PodDisruptionBudget", "Pod", "Deployment", "ReplicaSet", "StatefulSet"),
    "the pods that a PodDisruptionBudget wants healthy",
    "the pods that it selects, and what is asked for of their workloads",
    "how many more are healthy than it wants",
    "write that into the budget's status, as disruptionsAllowed",
    lambda _, __: None,
    OMISSIONS,
)


def _guards(cluster: Cluster) -> list[_Guard]:
    return [_Guard(cluster, budget) for budget in cluster.scenario.budgets]


def allowed(cluster: Cluster, pod: Expr) -> Expr:
    """Whether the eviction API deletes a pod."""
    if not cluster.scenario.budgets or cluster.mutated(EVICTION_IGNORES_BUDGET):
        return TRUE
    budgets, owner = cluster.scenario.budgets, cluster.owner[pod]
    number = cluster.each(
        "budgets",
        IntType(0, len(budgets)),
        lambda workload: sum(budget.guards(workload) for budget in budgets),
    )
    kept = disj(*(each.selects(owner) & ~each.allows(pod) for each in _guards(cluster)))
    # Upstream refuses to evict a pod that several budgets select.
    refused = ite(number(owner) == 1, kept, number(owner) > 1)
    return cluster.phase[pod].is_in("Pending") | ~refused


def breach(cluster: Cluster, pod: Expr) -> list[Update]:
    """What the deletion of a pod on somebody's behalf is to `budget-respected`."""
    if len(cluster.scenario.guards) != 1:
        return []
    if cluster.budget_breached is None:
        cluster.budget_breached = cluster.builder.function("budgetBreached", (), BOOL, 0, BREACHED)
    (budget,) = cluster.scenario.guards
    guard = _Guard(cluster, budget)
    below = cluster.is_ready(pod) & guard.selects(cluster.owner[pod])
    below = below & (guard.healthy <= guard.wanted)
    return [assign(cluster.budget_breached(), True, where=below)]


def together(setting: Setting) -> Iterator[Pods]:
    """Those that a budget of the workload counts as well."""
    for budget in setting.scenario.guards:
        for pods in setting.around.selected(budget.selector, budget.namespace):
            if pods is not setting.own:
                yield pods


def _shared(setting: Setting) -> Iterator[Found]:
    """Budgets of the workload that count others' pods as well."""
    for budget in setting.scenario.guards:
        counted = setting.around.selected(budget.selector, budget.namespace)
        if setting.strangers(counted):
            label = f"PodDisruptionBudget/{budget.namespace}/{budget.name}"
            place = budget.fields.get("spec.selector", budget.source)
            yield Found(f"{label} over other pods", place)


def unmanaged(setting: Setting) -> Iterator[Pods]:
    """Pods that nothing controls and that may be on a node that is drained."""
    scenario = setting.scenario
    if not scenario.change.has(Drain):
        return
    drained = [node for node in scenario.nodes if node.name in scenario.change.nodes]
    for other in setting.around.running("Pod"):
        if other.stands_alone and any(
            other.template.node_name in ("", node.name) and not refusals(other.template, node, 0)
            for node in drained
        ):
            yield other


def _unforced(setting: Setting) -> Iterator[Found]:
    for other in setting.strangers(unmanaged(setting)):
        yield Found(f"{other.manifest.label}, which nothing controls,", other.manifest.source)


OMITTED = (
    Omission(
        "unmanaged-pods",
        "without --force, a drain evicts nothing from a node with a pod that nothing controls",
        doubts("drain-completes"),
        doubts("budget-respected", "maintenance-keeps-available"),
        elsewhere=_unforced,
    ),
    Omission(
        "shared-budget",
        "a PodDisruptionBudget counts all pods that it selects, of whatever workload",
        doubts("budget-respected", "maintenance-keeps-available", "drain-completes"),
        doubts("budget-respected", "drain-completes"),
        elsewhere=_shared,
    ),
)
