"""The Job controller of the model asks for what its decision says, in every state."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model import cluster
from model.api.change import Change, stepwise
from model.api.intstr import IntOrPercent
from model.api.job import FailureRule, Job, SuccessRule
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.api.steps import Resume, Suspend
from model.api.workload import Workload
from model.apiserver.jobs import END, NOT_YET, succeeds
from model.apiserver.objects import PHASE
from model.controllers import completions, jobs
from model.controllers.failures import FAIL_JOB
from model.controllers.scaling import number
from model.edits.job import IGNORED
from model.ir.expr import constant
from model.ir.interpret import steps
from model.ir.system import State, System
from model.scenario import Bounds, Faults, Scenario
from tests.outcomes import outcomes

APPLY, STEADY = Change("apply"), Change("steady")
DRAIN = Change("drain", nodes=("node-1",))
SUSPEND = stepwise((Suspend(), Resume()))
FAULTS = Faults(node_crashes=1, pod_failures=2)
FAIL_ON_42 = FailureRule("FailJob", True, (42,))
SPECS = [
    Job(parallelism=2, completions=3, backoff=1),
    Job(parallelism=2, completions=None),
    Job(parallelism=3, completions=2, backoff=0, deadline=60),
    Job(parallelism=2, completions=3, backoff=1, restarts=True),
    Job(parallelism=2, completions=3, replaces_failed=True),
    Job(2, 3, backoff=1, replaces_failed=True, failure=(IGNORED, FAIL_ON_42)),
    Job(2, 3, indexed=True),
    Job(2, 3, indexed=True, backoff=1, per_index=1, max_failed=1, deadline=60),
    Job(2, 3, indexed=True, per_index=0, replaces_failed=True),
    Job(3, 3, indexed=True, success=(SuccessRule((0,), None), SuccessRule(None, 2))),
]


def scenario(spec: Job, change: Change = APPLY, faults: Faults = FAULTS) -> Scenario:
    """A Job on two nodes, of which one may crash, and of whose pods two may fail."""
    template = PodTemplate({"app": "work"}, ("work:1",), {"cpu": 500})
    selector = LabelSelector({"app": "work"})
    workload = Workload("Job", "default", "work", spec.at_once, selector, template, job=spec)
    room = {"cpu": 4000, "pods": 110}
    nodes = tuple(
        Node(n, {"kubernetes.io/hostname": n}, allocatable=room) for n in ("node-1", "node-2")
    )
    return Scenario("test", workload, nodes, change, faults=faults)


def cells(of: System, name: str, state: State) -> list[int]:
    """The values of a state function; none if there is no such one."""
    found = next((f for f in of.functions if f.name == name), None)
    if found is None:
        return []
    first = of.offsets[found]
    return list(state[first : first + found.size])


def read(of: System, spec: Job, state: State) -> tuple[jobs.Job, list[jobs.Pod]]:
    """The reading of a state in numbers: a Job and its pods that have not ended. What has ended was
    counted, but for a pod that failed as podFailurePolicy does not allow."""
    refused = bool(cells(of, "refused", state)[:1] == [1])
    pods = [jobs.Pod(failed=True, action=FAIL_JOB)] if refused else []
    phases = [PHASE.values[phase] for phase in cells(of, "phase", state)]
    indexes = cells(of, "index", state) or [jobs.UNSET] * len(phases)
    restarts = cells(of, "restarts", state) or [0] * len(phases)
    for phase, index, restarted in zip(phases, indexes, restarts, strict=True):
        if phase != "Absent":
            leaving = phase == "Terminating"
            tracked = spec.replaces_failed or not leaving
            pods.append(
                jobs.Pod(
                    tracked,
                    pending=phase == "Pending",
                    deleting=leaving,
                    index=index,
                    restarts=restarted,
                )
            )
    # A sync that has begun to delete pods has decided; the condition comes once it has.
    told = cells(of, "ending", state)[0] or (cells(of, "decidedEnd", state) or [0])[0]
    ending = constant(END, END.values[told])
    position = (cells(of, "position", state) or cells(of, "change", state) or [0])[0]
    good = number(succeeds(ending))
    failed = (cells(of, "failed", state) or [0])[0]
    return (
        jobs.Job(
            spec.parallelism,
            jobs.UNSET if spec.completions is None else spec.completions,
            spec.indexed,
            spec.backoff,
            jobs.UNSET if spec.per_index is None else spec.per_index,
            jobs.UNSET if spec.max_failed is None else spec.max_failed,
            spec.replaces_failed,
            tuple(
                jobs.SuccessRule(None if e.indexes is None else frozenset(e.indexes), e.at_least)
                for e in spec.success
            ),
            suspended=position == 1,
            restarts=spec.restarts,
            late=bool(cells(of, "late", state)[:1] == [1]),
            succeeded=(cells(of, "succeeded", state) or [0])[0],
            failed=failed - refused,
            succeeding=ending if good else NOT_YET,
            failing=NOT_YET if good else ending,
            completed=tuple(map(bool, cells(of, "done", state))),
            broken=tuple(map(bool, cells(of, "broken", state))),
        ),
        pods,
    )


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
@pytest.mark.parametrize("change", [APPLY, STEADY, DRAIN, SUSPEND], ids=lambda c: c.kind)
def test_requests_are_those_of_the_decision(spec: Job, change: Change) -> None:
    """On random walks the steps of the controller are what a sync on numbers asks for; of a Job
    that is to end it first deletes the pods."""
    made = scenario(spec, change)
    of, chance, seen = cluster.workload(made).system, random.Random(5), set[str]()
    for _ in range(4):
        state = chance.choice(of.initial)
        for _ in range(40):
            found = list(steps(of, state))
            mine = [step for step, _ in found if step.action.actor == "job-controller"]
            if not cells(of, "over", state)[0]:
                job, pods = read(of, spec, state)
                decided = completions.sync(job, pods)
                # That a Job is suspended is written when that deletes nothing, too.
                names = {step.action.name for step in mine} - {"forget start"}
                written = bool(cells(of, "ending", state)[0])
                assert names == expected(decided, written), state
                if spec.indexed:
                    indexes = {step.arguments[2] for step in mine if len(step.arguments) == 3}
                    assert indexes == {i for i, each in enumerate(decided.created) if number(each)}
                seen |= names
            else:
                assert not mine
            if not found:
                break
            state = chance.choice(found)[1]
    assert "finish" in seen
    assert "create pod" in seen or change is not APPLY


def expected(decided: completions.Sync, begun: bool) -> set[str]:
    """The steps that a sync asks for; `begun`: the condition that the Job is to end is there."""
    ending = END.values[number(decided.status.ending)]
    found = set()
    if number(decided.creates):
        found.add("create pod")
    drops, deletes = (any(map(number, each)) for each in (decided.drops, decided.deletes))
    if drops:
        found.add("delete pod of suspended job")
    if ending != "None" and not begun and not deletes:
        found.add(f"end for {ending}")
    if (begun or ending != "None") and deletes and not drops:
        found.add("delete pod")
    elif begun and number(decided.status.over):
        found.add("finish")
    return found


def completes(made: Scenario) -> str:
    return outcomes(made, "job-completes")["job-completes"]


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_parallelism_is_bounded(spec: Job) -> None:
    for change in (DRAIN, SUSPEND):
        made = scenario(spec, change, Faults(pod_failures=1))
        found = outcomes(made, "job-parallelism-bounded")
        assert set(found.values()) == {"proved"}, change


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_without_disruptions_jobs_complete(spec: Job) -> None:
    """Pods that fail by themselves more often than a Job allows are a reason that it gives."""
    assert completes(scenario(spec, faults=Faults(pod_failures=3))) == "proved"
    never = scenario(spec, Change("apply", succeeds=False), Faults())
    assert completes(never) == "proved"


@pytest.mark.parametrize("replaces_failed", [False, True])
def test_a_rule_that_counts(replaces_failed: bool) -> None:
    """It says of its exit codes what holds of all that no rule is about."""
    counting = FailureRule("Count", False, (1,))
    spec = Job(2, 3, failure=(counting,), replaces_failed=replaces_failed)
    for rules in ((counting,), (FAIL_ON_42, counting), (IGNORED, counting)):
        made = scenario(replace(spec, failure=rules), DRAIN, Faults(pod_failures=1))
        assert completes(made) == "proved"


def test_lost_pods_are_failures() -> None:
    """As many as a node has; unless podFailurePolicy ignores them, or no failure is allowed."""
    crash = Faults(node_crashes=1)
    two = Job(2, 4, backoff=1)
    assert completes(scenario(two, faults=crash)) == "violated"
    assert completes(scenario(replace(two, backoff=2), faults=crash)) == "proved"
    assert completes(scenario(replace(two, backoff=0), faults=crash)) == "proved"
    ignoring = replace(two, failure=(IGNORED,), replaces_failed=True)
    assert completes(scenario(ignoring, DRAIN, Faults())) == "proved"
    # A node that was started anew gives its pods no such condition.
    assert completes(scenario(ignoring, faults=crash)) == "violated"


def test_a_node_that_stays_away() -> None:
    """The pods that are being deleted on it are never gone, and no Job is over before that."""
    away = Faults(node_crashes=1, nodes_return=False)
    assert completes(scenario(Job(2, 3), faults=away)) == "violated"
    # Where nobody is deleted there is nothing to wait for.
    assert completes(scenario(Job(2, 3), faults=Faults())) == "proved"


def test_a_budget_over_a_job() -> None:
    """A number of pods can be asked for; without a scale nothing else can be computed, and nobody
    is evicted that runs."""
    selector = LabelSelector({"app": "work"})
    budgets = {
        "number": PodDisruptionBudget("default", "b", selector, IntOrPercent(1)),
        "percentage": PodDisruptionBudget("default", "b", selector, IntOrPercent(10, percent=True)),
        "maxUnavailable": PodDisruptionBudget(
            "default", "b", selector, max_unavailable=IntOrPercent(1)
        ),
    }
    for said, budget in budgets.items():
        made = replace(scenario(Job(2, 3), DRAIN, Faults()), budgets=(budget,))
        of = cluster.workload(made).system
        evicts = any(
            step.action.name == "evict pod"
            and PHASE.values[cells(of, "phase", state)[step.arguments[0]]] == "Ready"
            for state in reachable(of)
            for step, _ in steps(of, state)
        )
        assert evicts == (said == "number"), said


@pytest.mark.parametrize("replaces_failed", [False, True])
def test_what_is_resumed_starts_beside_what_was_suspended(replaces_failed: bool) -> None:
    """As recorded of the real one: pods that are being deleted do not count, unless
    podReplacementPolicy is Failed; neither do they count as failed."""
    spec = Job(2, 3, backoff=0, replaces_failed=replaces_failed)
    of = cluster.workload(scenario(spec, SUSPEND, Faults())).system
    most, failed = 0, 0
    for state in reachable(of):
        phases = [PHASE.values[phase] for phase in cells(of, "phase", state)]
        most = max(most, len(phases) - phases.count("Absent"))
        failed = max(failed, *cells(of, "failed", state))
    assert (most, failed) == (2 if replaces_failed else 4, 0)
    assert completes(scenario(spec, SUSPEND, Faults())) == "proved"


def reachable(of: System) -> set[State]:
    todo, seen = list(of.initial), set(of.initial)
    while todo:
        for _, after in steps(of, todo.pop()):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


def walked(of: System, walks: int = 120, length: int = 40) -> set[State]:
    """States of random runs, where there are too many to look at all of them."""
    chance, seen = random.Random(5), set[State]()
    for _ in range(walks):
        state = chance.choice(list(of.initial))
        for _ in range(length):
            seen.add(state)
            choices = [after for _, after in steps(of, state)]
            if not choices:
                break
            state = chance.choice(choices)
    return seen


@pytest.mark.parametrize("late", [{}, {"job-controller": 1}, {"job-controller.pods": 2}], ids=str)
def test_more_pods_than_parallelism_after_a_resume(late: dict[str, int]) -> None:
    """Those that a suspended Job gave up may run on beside the new ones; those that count never
    are too many, however late its controller sees them."""
    made = scenario(Job(2, 2), SUSPEND, Faults(slow_watches=late))
    instance = cluster.workload(replace(made, prompt=False))
    of = instance.system
    most = max(sum(phase > 0 for phase in cells(of, "phase", state)) for state in walked(of))
    assert most > 2
    found = outcomes(made, "job-parallelism-bounded", "job-completes")
    assert set(found.values()) == {"proved"}


def test_a_late_job_controller_acts_once() -> None:
    """While it does not see what it made it makes no more than were missing; with the seeded fault
    it does. A pod that ended unseen is replaced once that is seen."""
    faults = Faults(slow_watches={"job-controller.pods": 1})
    slots = 4
    for mutations, most in ((frozenset(), 2), (frozenset({"job-expectations-forgotten"}), slots)):
        bounds = Bounds(pods=slots)
        made = replace(scenario(Job(2, 3), APPLY, faults), mutations=mutations, bounds=bounds)
        of = cluster.workload(made).system
        active = [
            sum(PHASE.values[phase] not in ("Absent", "Terminating") for phase in found)
            for found in (cells(of, "phase", state) for state in walked(of))
        ]
        assert max(active) == most


def test_a_status_with_an_old_version_is_refused() -> None:
    """A Job that was suspended unseen is not said to be complete before that is seen."""
    faults = Faults(slow_watches={"job-controller.jobs": 1})
    of = cluster.workload(scenario(Job(1, 1), SUSPEND, faults)).system
    refused = 0
    for state in walked(of):
        stalled = cells(of, "job-controller.jobs.watchStalled", state)[0]
        sees = cells(of, "job-controller.jobs sees change", state)
        if stalled and sees != cells(of, "change", state):
            refused += 1
            mine = {s.action.name for s, _ in steps(of, state)}
            assert not [each for each in mine if each.startswith(("end for", "finish"))]
    assert refused
