"""Vectors of Jobs: the pods that one sync creates, deletes and releases, and the status after it.

Messages and times of conditions are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, together
from model.apiserver.jobs import END, succeeds
from model.controllers import completions, failures
from model.controllers.failures import ACTION, UNMATCHED, ExitCodes, Record, Rule
from model.controllers.jobs import START, SUSPENSION, UNSET, Job, Pod, SuccessRule
from model.controllers.scaling import number
from model.ir.expr import Expr, constant, integer

NAME = "Job sync"
_PREFIX = "batch.kubernetes.io/"
_INDEX = f"{_PREFIX}job-completion-index"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    now = _time(given["now"])
    pods = given["pods"]
    read = _job(given["job"], pods, now)
    ours = [_pod(each, given["job"], now) for each in pods]
    record = completions.recorded(read, ours, Record(integer(0), integer(0)))
    read = replace(read, waits=failures.waits(record, now))
    decided = completions.sync(read, ours)
    names = [each["metadata"]["name"] for each in pods]
    writes = number(decided.first_write) + number(decided.second_write)
    parts = [
        compared(real["creates"], number(decided.creates)),
        compared(sorted(real.get("indexes", [])), sorted(_created(decided, given["job"]))),
        compared(real["deletes"], sorted(_those(names, decided.deletes))),
        compared(
            real["finalizersRemoved"],
            sorted([*_those(names, _dropped(decided, ours)), *_those(names, decided.releases)]),
        ),
        compared(real["statusWrites"], writes),
    ]
    before = given["job"]["status"]
    after = _status(decided, before, pods, given["now"]) if writes else _plain(before)
    return {NAME: together([*parts, compared(_plain(real["status"]), after)])}


def _those(names: Sequence[str], flags: Iterable[Expr]) -> list[str]:
    return [name for name, flag in zip(names, flags, strict=True) if number(flag)]


def _dropped(decided: completions.Sync, pods: Sequence[Pod]) -> list[Expr]:
    """The pods whose finalizer is taken off before they are deleted: those that have it."""
    return [drop & each.tracked for drop, each in zip(decided.drops, pods, strict=True)]


def _created(decided: completions.Sync, job: Any) -> list[str]:
    """The indexes of created pods, with the failures that they inherit."""
    rows = zip(decided.created, decided.inherits, strict=True)
    counted = "backoffLimitPerIndex" in job["spec"]
    return [
        f"{index}@{number(inherits.failures)}" if counted else str(index)
        for index, (created, inherits) in enumerate(rows)
        if number(created)
    ]


def _job(given: Any, pods: Sequence[Any], now: int) -> Job:
    spec, status = given["spec"], given["status"]
    noted = status.get("uncountedTerminatedPods") or {}
    there = {each["metadata"]["uid"] for each in pods}
    conditions = {
        each["type"]: each.get("reason", "")
        for each in status.get("conditions", [])
        if each["status"] == "True"
    }
    per_index = "backoffLimitPerIndex" in spec
    done, broken = _indexes(status.get("completedIndexes")), _indexes(status.get("failedIndexes"))
    indexed = spec.get("completionMode") == "Indexed"
    size = max(spec.get("completions", 0), *done, *broken, -1) + 1 if indexed else 0
    started = status.get("startTime")
    elapsed = now - _time(started) if started else 0
    return Job(
        spec["parallelism"],
        spec.get("completions", UNSET),
        indexed,
        spec["backoffLimit"],
        spec.get("backoffLimitPerIndex", UNSET),
        spec.get("maxFailedIndexes", UNSET),
        spec.get("podReplacementPolicy") == "Failed" or "podFailurePolicy" in spec,
        tuple(map(_success, spec.get("successPolicy", {}).get("rules", []))),
        spec.get("suspend", False),
        spec["template"]["spec"]["restartPolicy"] == "OnFailure",
        "deletionTimestamp" in given["metadata"],
        late=completions.late(spec.get("activeDeadlineSeconds", UNSET), elapsed),
        active=status.get("active", 0),
        ready=status.get("ready", UNSET),
        terminating=status.get("terminating", UNSET),
        succeeded=status.get("succeeded", 0),
        failed=status.get("failed", 0),
        gone_succeeded=len(set(noted.get("succeeded", [])) - there),
        gone_failed=len(set(noted.get("failed", [])) - there),
        succeeding=constant(END, conditions.get("SuccessCriteriaMet", "None")),
        failing=constant(END, conditions.get("FailureTarget", "None")),
        suspension=constant(SUSPENSION, _suspension(status)),
        started=bool(started),
        completed=tuple(index in done for index in range(size)),
        broken=tuple(index in broken for index in range(size)) if per_index else (),
        listed=("failedIndexes" in status) == per_index,
    )


def _suspension(status: Any) -> str:
    for each in status.get("conditions", []):
        if each["type"] == "Suspended":
            reason = each.get("reason", "")
            return reason if reason in SUSPENSION.values else "Other"
    return "None"


def _success(given: Any) -> SuccessRule:
    named = given.get("succeededIndexes")
    return SuccessRule(
        None if named is None else frozenset(_indexes(named)), given.get("succeededCount")
    )


def _pod(given: Any, job: Any, now: int) -> Pod:
    meta, status = given["metadata"], given["status"]
    notes = job["status"].get("uncountedTerminatedPods") or {}
    marks = meta.get("annotations", {})
    containers = status.get("containerStatuses", [])
    ready = [
        each
        for each in status.get("conditions", [])
        if (each["type"], each["status"]) == ("Ready", "True")
    ]
    restarts = [each["restartCount"] for each in containers]
    found = Pod(
        f"{_PREFIX}job-tracking" in meta.get("finalizers", []),
        status["phase"] == "Succeeded",
        status["phase"] == "Failed",
        status["phase"] == "Pending",
        "deletionTimestamp" in meta,
        bool(ready),
        bool(given["spec"].get("nodeName")),
        int(marks.get(_INDEX, UNSET)),
        _action(job["spec"].get("podFailurePolicy"), status),
        meta["uid"] in notes.get("succeeded", []),
        meta["uid"] in notes.get("failed", []),
        int(marks.get(f"{_PREFIX}job-index-failure-count", 0)),
        int(marks.get(f"{_PREFIX}job-index-ignored-failure-count", 0)),
        False,
        sum(restarts),
        max(restarts, default=0),
        max((_time(each["lastTransitionTime"]) for each in ready), default=0),
        _time(meta["creationTimestamp"]),
        _finished(meta, status),
    )
    count = found.failures, found.ignored
    record = Record(integer(1) + count[0] + count[1], integer(0) + found.finished)
    return replace(found, cooling=failures.waits(record, now))


def _action(policy: Any, status: Any) -> Expr:
    if policy is None:
        return UNMATCHED
    rules = []
    for rule in policy["rules"]:
        codes = rule.get("onExitCodes")
        rules.append(
            Rule(
                constant(ACTION, rule["action"]),
                codes
                and ExitCodes(
                    codes["operator"] == "In",
                    frozenset(codes["values"]),
                    codes.get("containerName"),
                ),
                frozenset((c["type"], c["status"]) for c in rule.get("onPodConditions", [])),
            )
        )
    ended = {
        each["name"]: each.get("state", {}).get("terminated", {}).get("exitCode", 0)
        for each in status.get("containerStatuses", [])
    }
    conditions = {(each["type"], each["status"]): True for each in status.get("conditions", [])}
    return failures.matched(rules, ended, conditions)


def _finished(meta: Any, status: Any) -> int:
    """When a pod finished: its last container, or as near as the object says."""
    ends = [
        each.get("state", {}).get("terminated", {}).get("finishedAt")
        for each in status.get("containerStatuses", [])
    ]
    if ends and all(ends):
        return max(map(_time, ends))
    for each in status.get("conditions", []):
        if (each["type"], each["status"]) == ("Ready", "False"):
            return _time(each["lastTransitionTime"])
    if "deletionTimestamp" in meta:
        grace: int = meta.get("deletionGracePeriodSeconds", 0)
        return _time(meta["deletionTimestamp"]) - grace
    return _time(meta["creationTimestamp"])


def _plain(status: Any) -> dict[str, Any]:
    """What is compared of a status."""
    noted = status.get("uncountedTerminatedPods") or {}
    counts = ("active", "ready", "terminating", "succeeded", "failed")
    return {
        **{name: status.get(name, 0) for name in counts},
        "completedIndexes": _indexes(status.get("completedIndexes")),
        "failedIndexes": _indexes(status.get("failedIndexes")),
        "uncounted": (sorted(noted.get("succeeded", [])), sorted(noted.get("failed", []))),
        "conditions": {
            (each["type"], each["status"], each.get("reason", ""))
            for each in status.get("conditions", [])
        },
        "startTime": status.get("startTime"),
        "completed": "completionTime" in status,
    }


def _status(
    decided: completions.Sync, before: Any, pods: Sequence[Any], now: str
) -> dict[str, Any]:
    after, ending = decided.status, END.values[number(decided.status.ending)]
    told = {
        "SuccessCriteriaMet": END.values[number(after.succeeding)],
        "FailureTarget": END.values[number(after.failing)],
    }
    if number(after.over):
        good = number(succeeds(after.ending))
        told["Complete" if good else "Failed"] = ending
    suspension = SUSPENSION.values[number(after.suspension)]
    conditions = {(type_, "True", reason) for type_, reason in told.items() if reason != "None"}
    if suspension in {"JobSuspended", "JobResumed"}:
        conditions.add(("Suspended", str(suspension == "JobSuspended"), suspension))
    elif suspension == "Other":
        conditions |= {c for c in _plain(before)["conditions"] if c[0] == "Suspended"}
    uids = [each["metadata"]["uid"] for each in pods]
    listed = [
        sorted(
            uid
            for uid, flag, out in zip(uids, flags, decided.releases, strict=True)
            if number(flag & ~out)
        )
        for flags in (decided.noted_succeeded, decided.noted_failed)
    ]
    starts = {"None": None, "Before": before.get("startTime"), "Now": now}
    return {
        **{
            name: number(getattr(after, name))
            for name in ("active", "ready", "terminating", "succeeded", "failed")
        },
        "completedIndexes": {i for i, each in enumerate(after.completed) if number(each)},
        "failedIndexes": {i for i, each in enumerate(after.broken) if number(each)},
        "uncounted": (listed[0], listed[1]),
        "conditions": conditions,
        "startTime": starts[START.values[number(after.started)]],
        "completed": ("Complete", "True", told.get("Complete")) in conditions,
    }


def _indexes(text: str | None) -> set[int]:
    """The indexes that a status, or a rule, lists: `0,2-4`."""
    found: set[int] = set()
    for part in (text or "").split(","):
        if part:
            first, _, last = part.partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def _time(text: str) -> int:
    """Seconds of a time as Kubernetes writes it."""
    return int(datetime.fromisoformat(text).timestamp())
