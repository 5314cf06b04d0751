"""DefaultPreemption: where it would help a pod that fits nowhere to end pods of lower priority,
which ones, and which node is chosen.

Source: kubernetes v1.36.3
`pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go`,
`pkg/scheduler/framework/preemption/`: `preemption.go`, `executor.go`;
`pkg/scheduler/util/utils.go` (MoreImportantPod, GetEarliestPodStartTime).

Budgets never forbid it, they only rank. One with an empty selector protects nothing here.

Omits: of more than 100 nodes upstream tries as many as give 100 candidates, or a tenth of all, from
one drawn at random; here it is all. Groups of pods. Extenders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from model.api.pod import Pod
from model.api.poddisruptionbudget import Disruptable
from model.plugins.contract import ERROR, UNRESOLVABLE, UNSCHEDULABLE, Status
from model.plugins.placing import Placing, no_node
from model.plugins.trial import Refusal, Trial, trying

_NOBODY = Refusal("", Status(UNRESOLVABLE, ("No preemption victims found for incoming pod",)))
_NO_HELP = Status(UNRESOLVABLE, ("Preemption is not helpful for scheduling",))
#: Upstream adds this to each priority in a sum, so that fewer pods count as less.
_MORE = 2**31
#: Characters of an event's message.
_LONGEST = 1024


@dataclass(frozen=True)
class Candidate:
    """A node where preemption helps, and what it takes: victims, the most important first."""

    node: str
    victims: tuple[Pod, ...]
    #: How many of them a budget would not have let go.
    violations: int


@dataclass
class Preemption:
    """What comes of preempting for a pod that fits nowhere."""

    candidates: list[Candidate] = field(default_factory=list)
    #: Why it does not help on other nodes where it was tried.
    not_helped: dict[str, Refusal] = field(default_factory=dict)
    #: The candidates one of which is chosen: any of them.
    chosen: list[Candidate] = field(default_factory=list)
    #: What is said where none is; why it was not tried at all is told by `eligible` being false.
    message: str = ""
    eligible: bool = True


def preempt(placing: Placing, budgets: Sequence[Disruptable] = ()) -> Preemption:
    """Try it on every node that failed in a way that fewer pods may mend."""
    pod, found = placing.pod, Preemption()
    found.message = _ineligible(placing)
    if found.message:
        found.eligible = False
        return found
    for info in placing.snapshot.nodes:
        refusal = placing.refusals.get(info.name)
        if refusal is None or refusal.status.code != UNSCHEDULABLE:
            continue
        with trying(placing.checks, info) as trial:
            outcome = _victims(trial, pod, placing.nominated(info.name), budgets)
        if isinstance(outcome, Candidate):
            found.candidates.append(outcome)
        else:
            found.not_helped[info.name] = outcome
    found.chosen = best(found.candidates)
    if not found.candidates:
        statuses = [
            found.not_helped[info.name].status if info.name in found.not_helped else _NO_HELP
            for info in placing.snapshot.nodes
        ]
        found.message = no_node(statuses)
    return found


def _ineligible(placing: Placing) -> str:
    """Why the pod may not preempt; "" if it may."""
    pod = placing.pod
    if not pod.preempts:
        return "not eligible due to preemptionPolicy=Never."
    info = placing.snapshot.by_name.get(pod.nominated)
    if info is None or placing.code(info.name) == UNRESOLVABLE:
        return ""
    if any(other.preempted and other.priority < pod.priority for other in info.pods):
        return "not eligible due to a terminating pod on the nominated node."
    return ""


def _victims(
    trial: Trial, pod: Pod, nominated: Sequence[Pod], budgets: Sequence[Disruptable]
) -> Candidate | Refusal:
    """The pods of a node that have to go: all of lower priority, but for those that can stay when
    they are put back, the most important first; or why that does not help."""
    name = trial.info.name
    lower = [other for other in trial.info.pods if other.priority < pod.priority]
    for other in lower:
        trial.remove(other)
    if not lower:
        return _NOBODY
    refusal = trial.refusal(nominated)
    if refusal is not None:
        return refusal
    violating, others = _by_budgets(sorted(lower, key=_importance), budgets)

    def gone(pods: Sequence[Pod]) -> list[Pod]:
        found = []
        for other in pods:
            trial.add(other)
            if trial.refusal(nominated) is not None:
                trial.remove(other)
                found.append(other)
        return found

    guarded = gone(violating)
    victims = [*guarded, *gone(others)]
    if not victims:
        told = f'expected at least one victim pod on node "{name}"'
        return Refusal("", Status(ERROR, (told,)))
    return Candidate(name, tuple(sorted(victims, key=_importance)), len(guarded))


def _importance(pod: Pod) -> tuple[int, float]:
    """Sorts pods of high priority, and of these the older ones, before others."""
    return -pod.priority, _started(pod)


def _started(pod: Pod) -> float:
    """One that has not begun begins now."""
    return inf if pod.started is None else pod.started


def _by_budgets(pods: Sequence[Pod], budgets: Sequence[Disruptable]) -> tuple[list[Pod], list[Pod]]:
    """The pods that budgets would not let go, each after those before it, and the others."""
    left = [budget.allowed for budget in budgets]
    violating: list[Pod] = []
    others: list[Pod] = []
    for pod in pods:
        violated = False
        for at, budget in enumerate(budgets):
            if budget.guards(pod.namespace, pod.name, pod.labels):
                left[at] -= 1
                violated = violated or left[at] < 0
        (violating if violated else others).append(pod)
    return violating, others


def best(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that upstream chooses among at random."""
    ranks: tuple[Callable[[Candidate], float | tuple[int, ...]], ...] = (
        lambda each: each.violations,
        lambda each: rank([victim.priority for victim in each.victims]),
        lambda each: (
            -min(_started(v) for v in each.victims if v.priority == each.victims[0].priority)
        ),
    )
    left = list(candidates)
    for by in ranks:
        least = min(map(by, left), default=0)
        left = [each for each in left if by(each) == least]
    return left


def rank(priorities: Sequence[int]) -> tuple[int, ...]:
    """How victims of such priorities rank, unless budgets or ages decide: the lower, the sooner
    they go. The highest priority counts first, then what they add up to, then how many they are."""
    worth = sum(each + _MORE for each in priorities)
    return max(priorities, default=-_MORE), worth, len(priorities)


def event(placing: Placing, found: Preemption) -> str:
    """The message of the event FailedScheduling, cut as upstream cuts it.

    What follows the first sentence is what plugins say after the filters, DynamicResources before
    this one: without a state of its own, if the filters did not come that far, it fails with
    "not found".
    """
    said = placing.message
    if placing.refused is not None and placing.refused.status.code == UNRESOLVABLE:
        said = f"{said} not found"
    elif found.message:
        said = f"{said} no new claims to deallocate, preemption: {found.message}"
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 4]} ..."


def deletions(candidate: Candidate) -> list[Pod]:
    """The pods that are deleted: those whose deletion has begun are waited for."""
    return [victim for victim in candidate.victims if not victim.terminating]


def denominated(placing: Placing, node: str) -> list[Pod]:
    """The pods that lose their nomination to a node when it is chosen."""
    pod = placing.pod
    return [
        other
        for other in placing.snapshot.nominated.get(node, ())
        if other.priority < pod.priority and not placing.is_same(other)
    ]
