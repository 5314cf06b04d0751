"""Vectors of CronJobs: which run is due, and what one sync sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, together
from model.api.cron import Schedule, Unparseable, parse, zone
from model.controllers import schedule
from model.controllers.jobs import UNSET
from model.controllers.scaling import number
from model.controllers.schedule import Child, CronJob, Impossible, Recent


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    cron, now = given["cronJob"], _time(given["now"])
    times, found = _due(cron, now)
    due = None if found is None else found.due
    return {
        "runs of a CronJob": together(
            [
                compared(real["mostRecentTime"], _shown(due)),
                compared(real.get("missed", "none") if found else None, found and found.missed),
            ]
        ),
        "CronJob sync": together(_sync(given, real, times, due)),
    }


def _due(cron: Any, now: int) -> tuple[Schedule | None, Recent | None]:
    """The schedule, None for one that starts nothing, and which run is due."""
    spec = cron["spec"]
    try:
        times = parse(spec["schedule"], zone(spec.get("timeZone", "")))
        deadline = spec.get("startingDeadlineSeconds")
        return times, schedule.recent(times, *_since(cron), now, deadline)
    except (Unparseable, Impossible):
        return None, None


def _since(cron: Any) -> tuple[int, int | None]:
    last = cron["status"].get("lastScheduleTime")
    return _time(cron["metadata"]["creationTimestamp"]), last and _time(last)


def _sync(given: Any, real: Any, times: Schedule | None, due: int | None) -> Iterator[Outcome]:
    cron, now = given["cronJob"], _time(given["now"])
    name = "" if due is None else f"{cron['metadata']['name']}-{due // 60}"
    names, jobs = _children(cron, given["jobs"], name)
    read = _read(cron, due, now)
    decided = schedule.sync(read, jobs)
    pairs = list(zip(names, decided.cleans, decided.replaces, strict=True))
    deletes = [each for each, cleaned, replaced in pairs if number(cleaned | replaced)]
    creates, starts = number(decided.creates), number(decided.starts)
    yield compared(real["creates"], [name] if creates else [])
    yield compared(real["deletes"], sorted(deletes))
    yield compared(real["statusWritten"], bool(number(decided.writes)))
    listed = {each for each, is_ in zip(names, decided.listed, strict=True) if number(is_)}
    yield compared(set(real["active"]), listed | ({name} if starts else set()))
    last = cron["status"].get("lastScheduleTime")
    yield compared(real["lastScheduleTime"], _shown(due) if starts else last)
    success = number(decided.last_success)
    yield compared(real["lastSuccessfulTime"], None if success == UNSET else _shown(success))
    idle = times is None or read.suspended or read.deleting or (creates and not starts)
    # What comes next is told from the status as it is now.
    created, before = _since(cron)
    again = None
    if not idle and times is not None:
        again = round(schedule.pause(times, created, due if starts else before, now), 6)
    yield compared(real["requeueAfterSeconds"], again)


def _read(cron: Any, due: int | None, now: int) -> CronJob:
    spec, status = cron["spec"], cron["status"]
    policy = spec["concurrencyPolicy"]
    success = status.get("lastSuccessfulTime")
    return CronJob(
        due is not None,
        due is not None and due == _since(cron)[1],
        due is not None and schedule.late(due, spec.get("startingDeadlineSeconds"), now),
        policy == "Forbid",
        policy == "Replace",
        spec.get("suspend", False),
        "deletionTimestamp" in cron["metadata"],
        spec.get("successfulJobsHistoryLimit", UNSET),
        spec.get("failedJobsHistoryLimit", UNSET),
        _time(success) if success else UNSET,
    )


def _children(cron: Any, jobs: Sequence[Any], due: str) -> tuple[list[str], list[Child]]:
    """By name: Jobs that are there, then those that are only listed."""
    listed = {each["name"] for each in cron["status"].get("active", [])}
    there = {each["metadata"]["name"]: each for each in jobs}
    names = [*sorted(there), *sorted(listed - set(there))]
    found = []
    for name in names:
        if name not in there:
            found.append(Child(owned=False, exists=False))
            continue
        status = there[name]["status"]
        over = {each["type"] for each in status.get("conditions", []) if each["status"] == "True"}
        done = status.get("completionTime")
        found.append(
            Child(
                owned=bool(there[name]["metadata"].get("ownerReferences")),
                listed=name in listed,
                finished=bool(over & {"Complete", "Failed"}),
                succeeded="Complete" in over,
                due=name == due,
                started=_time(status["startTime"]) if status.get("startTime") else UNSET,
                completed=_time(done) if done else UNSET,
            )
        )
    return names, found


def _time(text: str) -> int:
    """Seconds of a time as Kubernetes writes it."""
    return int(datetime.fromisoformat(text).timestamp())


def _shown(time: int | None) -> str | None:
    return (
        None if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
