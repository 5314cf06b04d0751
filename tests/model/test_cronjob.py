"""The CronJob controller of the model asks for what its decision says, in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from model import cluster
from model.api.change import Change
from model.api.cronjob import CronJob
from model.api.job import Job
from model.apiserver.jobs import END, succeeds
from model.controllers import schedule
from model.controllers.jobs import UNSET
from model.controllers.scaling import number
from model.ir.expr import constant
from model.ir.interpret import steps
from model.ir.system import State, System
from model.scenario import Faults, Scenario
from tests.model import test_job
from tests.model.test_job import cells, reachable
from tests.outcomes import outcomes

ALLOW, FORBID, REPLACE = (CronJob(policy=policy) for policy in ("Allow", "Forbid", "Replace"))


def scenario(
    spec: CronJob, job: Job | None = None, faults: Faults | None = None, nodes: int = 1
) -> Scenario:
    """A CronJob of Jobs of one pod, of which one may fail."""
    faults = Faults(pod_failures=1) if faults is None else faults
    made = test_job.scenario(job or Job(backoff=0), faults=faults)
    return replace(
        made, workload=replace(made.workload, kind="CronJob", cron=spec), nodes=made.nodes[:nodes]
    )


def decided(of: System, spec: CronJob, state: State) -> schedule.Sync:
    """What a sync on numbers asks for."""
    due, last = cells(of, "runsDue", state)[0], cells(of, "lastRun", state)[0]
    exists, over = cells(of, "exists", state), cells(of, "over", state)
    ends = [constant(END, END.values[value]) for value in cells(of, "ending", state)]
    read = schedule.CronJob(
        due=due > last,
        late=cells(of, "runLate", state)[:1] == [1],
        forbids=spec.policy == "Forbid",
        replaces=spec.policy == "Replace",
        keeps_succeeded=UNSET,
        keeps_failed=UNSET,
    )
    children = [
        schedule.Child(
            owned=bool(there),
            exists=bool(there),
            listed=bool(there and not done),
            finished=bool(there and done),
            succeeded=bool(there and done and number(succeeds(end))),
            due=bool(there) and run == due,
            started=run,
        )
        for run, (there, done, end) in enumerate(zip(exists, over, ends, strict=True), 1)
    ]
    return schedule.sync(read, children)


@pytest.mark.parametrize(
    "spec", [ALLOW, FORBID, REPLACE, replace(FORBID, deadline=60), replace(REPLACE, deadline=60)]
)
def test_requests_are_those_of_the_decision(spec: CronJob) -> None:
    """In every state: it first deletes what it replaces, then it makes a Job."""
    of = cluster.workload(scenario(spec, faults=Faults())).system
    seen = set[str]()
    for state in reachable(of):
        mine = {
            (step.action.name, step.arguments[0])
            for step, _ in steps(of, state)
            if step.action.actor == "cronjob-controller"
        }
        found = decided(of, spec, state)
        expected = {("delete job", i) for i, each in enumerate(found.replaces) if number(each)}
        if not expected and number(found.starts):
            expected = {("create job", cells(of, "runsDue", state)[0] - 1)}
        assert mine == expected, state
        seen |= {name for name, _ in mine}
    assert seen == {"create job", *(["delete job"] if spec.policy == "Replace" else [])}


@pytest.mark.parametrize("spec", [FORBID, REPLACE, replace(FORBID, deadline=60)])
@pytest.mark.parametrize("job", [Job(), Job(2, 2), Job(replaces_failed=True)])
def test_concurrency_is_respected(spec: CronJob, job: Job) -> None:
    made = scenario(spec, job, Faults(node_crashes=1), 2)
    names = ("cron-concurrency-respected", "job-completes", "job-parallelism-bounded")
    assert set(outcomes(made, *names).values()) == {"holds"}


def _some(of: System, test: Callable[[State], bool]) -> bool:
    return any(map(test, reachable(of)))


def test_what_was_missed_is_made_later() -> None:
    """With Forbid, once the Job before is over; only the last of several runs that were missed."""
    of = cluster.workload(scenario(FORBID)).system

    def skipped(state: State) -> bool:
        return cells(of, "exists", state) == [1, 0, 1]

    assert _some(of, skipped)
    # Too late is too late.
    late = cluster.workload(scenario(replace(FORBID, deadline=60))).system
    assert not any(
        step.action.name == "create job"
        for state in reachable(late)
        if cells(late, "runLate", state) == [1]
        for step, _ in steps(late, state)
    )


@pytest.mark.parametrize(
    ("spec", "beside"), [(ALLOW, True), (FORBID, False), (REPLACE, True)], ids=str
)
def test_pods_of_two_jobs(spec: CronJob, beside: bool) -> None:
    """Those of a Job that was replaced may still be there beside the next one's."""
    of = cluster.workload(scenario(spec, faults=Faults())).system

    def together(state: State) -> bool:
        phases, owners = cells(of, "phase", state), cells(of, "owner", state)
        return len({owner for phase, owner in zip(phases, owners, strict=True) if phase}) > 1

    assert _some(of, together) == beside


def test_a_drain() -> None:
    """No Job is there at the start, whatever the change."""
    made = replace(
        scenario(FORBID, nodes=2), change=Change("drain", nodes=("node-1",)), faults=Faults()
    )
    assert set(outcomes(made, "drain-completes", "job-completes").values()) == {"holds"}


LAG = "cronjob-controller"


@pytest.mark.parametrize(
    ("late", "restarts", "respected"),
    [
        ({}, 0, True),
        ({f"{LAG}.jobs": 2}, 0, True),
        ({LAG: 1}, 0, False),
        # The status of the second Job is refused, so that it is not listed as the third is made.
        ({f"{LAG}.cronjobs": 1}, 0, False),
        ({}, 1, False),
        ({"job-controller": 1}, 0, True),
    ],
)
@pytest.mark.parametrize("spec", [FORBID, REPLACE], ids=["Forbid", "Replace"])
def test_what_a_late_controller_does_beside_a_job(
    spec: CronJob, late: dict[str, int], restarts: int, respected: bool
) -> None:
    """It asks the store for a Job that its status lists, and not for one that it does not list."""
    again = {LAG: restarts} if restarts else {}
    faults = Faults(slow_watches=late, controller_restarts=again)
    made = scenario(spec, faults=faults)
    found = outcomes(made, "cron-concurrency-respected", "job-completes")
    expected = "holds" if respected else "violated"
    assert found == {"cron-concurrency-respected": expected, "job-completes": "holds"}


def test_a_job_that_is_not_listed_is_not_made_again() -> None:
    """Its name is taken, so its run stays unrecorded until the next one is due."""
    faults = Faults(controller_restarts={LAG: 1})
    of = cluster.workload(scenario(FORBID, faults=faults)).system
    lost = 0
    for state in test_job.walked(of):
        unlisted, recording = cells(of, "unlisted", state), cells(of, "recording", state)
        due = cells(of, "runsDue", state)[0]
        if due and unlisted[due - 1] and not any(recording):
            lost += 1
            mine = {s.action.name for s, _ in steps(of, state) if s.action.actor == LAG}
            assert not {"create job", "write status"} & mine
    assert lost


def test_a_controller_that_can_lag_decides_as_one_that_cannot() -> None:
    """As long as nothing is late: what it reads of its status is then what is there."""
    of = cluster.workload(scenario(FORBID, faults=Faults(slow_watches={LAG: 1}))).system
    looked = 0
    for state in test_job.walked(of):
        stalled = cells(of, f"{LAG}.watchStalled", state)[0]
        if stalled or any(cells(of, "unlisted", state)):
            continue
        looked += 1
        makes = any(step.action.name == "create job" for step, _ in steps(of, state))
        assert makes == bool(number(decided(of, FORBID, state).starts))
    assert looked
