"""What the statuses of each kind of objects count, given what caches show.

A row of `ROWS` says who writes the statuses of a kind, which numbers of theirs are looked at, and
what each of these may be. The numbers are those of what the object owns (a PodDisruptionBudget:
selects) as a cache showed it at some moment; `statuses` looks for the moment.

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set_utils.go` (calculateStatus),
`pkg/controller/deployment/sync.go` (calculateStatus), `util/deployment_util.go`
(GetActualReplicaCountForReplicaSets and its like), `pkg/controller/statefulset/`
`stateful_set_control.go` (computeReplicaStatus, updateStatefulSet), `pkg/controller/daemon/`
`daemon_controller.go` (updateDaemonSetStatus, podByCreationTimestampAndPhase),
`pkg/controller/job/job_controller.go` (syncJob, trackJobStatusAndRemoveFinalizers, deleteJobPods),
`pkg/controller/disruption/disruption.go` (trySync, getExpectedPodCount, countHealthyPods,
failSafe).

Omits: the labels of templates, which may have more than the pods of a ReplicaSet; which revision a
DaemonSet's controller takes for the newest; failures of a Job's pods that a podFailurePolicy
ignores or that wait for their index; which scale a budget's controller has seen last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from checker.following import facts
from checker.following.facts import Facts
from checker.following.recording import Write
from model.controllers import (
    budgetstatus,
    daemonset,
    deployment,
    disruption,
    job,
    replicaset,
    statefulset,
)
from model.ir.expr import integer
from model.load.job import indexes_of

#: What each number of a status may be; those that nothing is known of are missing.
Counts = Mapping[str, Collection[int]]

#: Times of conditions are whole seconds, and what is recorded is a little late.
_BLUR = timedelta(seconds=2)

#: More indexes than a Job may have.
_MOST = 1 << 31

_OVER = ("Succeeded", "Failed")
_INDEX = "batch.kubernetes.io/job-completion-index"


class Pod(NamedTuple):
    """What counts of a pod."""

    name: str
    node: str
    phase: str
    ready: bool
    #: Since when that is so, as far as it is recorded.
    since: datetime | None
    going: bool
    revision: str
    made: str
    #: The index of a Job that it is for.
    place: int
    owner: str
    #: Whether it is there no more, and how it was last.
    gone: bool = False

    @property
    def over(self) -> bool:
        return self.phase in _OVER

    @property
    def active(self) -> bool:
        return not (self.gone or self.over or self.going)


class Set(NamedTuple):
    """What counts of a ReplicaSet."""

    template: str
    replicas: int
    status: Mapping[str, int]
    #: Whether it says how many of its pods are on their way out, if its controller has seen it.
    tells: bool


def pod(write: Write, before: Pod | None) -> Pod:
    """A pod as a write leaves it."""
    told, labels = Facts(write), Facts(write).texts("metadata", "labels")
    ready = facts.is_ready(write)
    owner, index = facts.owner(write), labels.get(_INDEX, "")
    return Pod(
        write.name,
        told.text("spec", "nodeName"),
        told.text("status", "phase"),
        ready,
        before.since if before is not None and before.ready == ready else write.time,
        facts.going(write),
        labels.get("controller-revision-hash", ""),
        told.text("metadata", "creationTimestamp"),
        int(index) if index.isdecimal() else -1,
        "" if owner is None else owner[2],
        write.type == "DELETED",
    )


def replica_set(write: Write) -> Set:
    """A ReplicaSet as a write leaves it."""
    told = Facts(write)
    names = ("replicas", "readyReplicas", "availableReplicas", "terminatingReplicas")
    status = {name: told.number("status", name) for name in names}
    tells = told.at("status", "terminatingReplicas") is not None
    seen = told.number("status", "observedGeneration") > 0
    return Set(facts.template(write), told.number("spec", "replicas"), status, tells or not seen)


@dataclass(frozen=True)
class Asked:
    """A status, and what its writer may have read."""

    write: Write
    #: What the status says.
    told: Mapping[str, int]
    #: What a cache showed of what it owns, by uid.
    pods: Mapping[str, Pod] = field(default_factory=dict)
    sets: Mapping[str, Set] = field(default_factory=dict)
    #: Whether a DaemonSet wants a pod on each node, by name, as a cache showed nodes; None where
    #: a node was written and nobody knows what it is like.
    nodes: Mapping[str, bool | None] = field(default_factory=dict)
    #: From when on that was so.
    since: datetime | None = None
    #: The nodes that pods get in the end, by uid.
    ends: Mapping[str, str] = field(default_factory=dict)
    #: The object as its writer says that it has seen it, and as it was since.
    spec: Write | None = None
    since_then: Collection[Write] = ()
    #: ReplicaSets that the writer has made since then, and whether it has deleted pods.
    made: Mapping[str, Set] = field(default_factory=dict)
    deleted: bool = False
    #: Whether all is recorded from the object's creation on.
    whole: bool = True
    #: Whose numbers of replicas count for those who own pods, by uid, and which they had.
    scales: Mapping[str, tuple[str, Collection[int]]] = field(default_factory=dict)

    @property
    def seen(self) -> Write:
        """The object as its writer has seen it."""
        return self.write if self.spec is None else self.spec

    def numbers(self, name: str) -> set[int]:
        """What a field of the object's spec may have been as its writer saw it."""
        return {Facts(each).number("spec", name) for each in (self.write, *self.since_then)}

    def available(self, pods: Collection[Pod]) -> Collection[int]:
        """How many of some ready pods may have been ready for minReadySeconds."""
        found: set[int] = set()
        for seconds in self.numbers("minReadySeconds"):
            wait, now, since = timedelta(seconds=seconds), self.write.time, self.since
            most = least = 0 if seconds else len(pods)
            for each in pods if seconds else ():
                most += each.since is None or now is None or each.since + wait <= now + _BLUR
                least += each.since is not None and since is not None and each.since + wait < since
            found.update(range(least, most + 1))
        return found


class Row(NamedTuple):
    """What is known of the statuses of a kind."""

    #: Who writes them.
    writer: str
    #: The numbers that are looked at.
    fields: tuple[str, ...]
    counts: Callable[[Asked], Counts]
    #: Whether the writer counts what it has just done, whatever its cache shows of that.
    notes: bool = False


def _replicas(asked: Asked) -> Counts:
    active = [each for each in asked.pods.values() if each.active]
    ready = [each for each in active if each.ready]
    going = [each for each in asked.pods.values() if each.going and not (each.over or each.gone)]
    return {
        "replicas": (len(active),),
        "fullyLabeledReplicas": range(len(active) + 1),
        "readyReplicas": (len(ready),),
        "availableReplicas": asked.available(ready),
        "terminatingReplicas": (len(going),),
    }


def _deployment(asked: Asked) -> Counts:
    sets = asked.sets.values()
    names = ("replicas", "readyReplicas", "availableReplicas")
    sums = {name: sum(each.status[name] for each in sets) for name in names}
    wanted = facts.template(asked.seen)
    # Upstream takes the oldest one of those that are alike.
    new = {each.status["replicas"] for each in sets if each.template == wanted} or {0}
    # What is made in a sync is counted in it.
    more = sum(each.replicas for uid, each in asked.made.items() if uid not in asked.sets)
    total = sum(each.replicas for each in sets)
    lacking = {max(0, each - sums["availableReplicas"]) for each in (total, total + more)}
    counts: dict[str, Collection[int]] = {name: (n,) for name, n in sums.items()}
    counts |= {"updatedReplicas": new, "unavailableReplicas": lacking}
    if all(each.tells for each in sets):
        counts["terminatingReplicas"] = (sum(e.status["terminatingReplicas"] for e in sets),)
    return counts


def _stateful(asked: Asked) -> Counts:
    told = Facts(asked.write)
    pods = [each for each in asked.pods.values() if not each.gone]
    made = [each for each in pods if each.phase]
    # Those that are over may be deleted by the sync, and are counted no more then.
    over = sum(each.over for each in made)
    ready = [each for each in pods if each.ready and each.phase == "Running"]
    counts: dict[str, Collection[int]] = {
        "replicas": range(len(made) - over, len(made) + 1),
        "readyReplicas": (len(ready),),
        "availableReplicas": asked.available(ready),
    }
    for name, of in (("currentReplicas", "currentRevision"), ("updatedReplicas", "updateRevision")):
        revision = told.text("status", of)
        mine = [each for each in made if each.revision == revision and not each.going]
        less = sum(each.over for each in mine)
        # One that it deletes for its update it has taken off already.
        less += name == "currentReplicas" and asked.deleted
        counts[name] = range(max(0, len(mine) - less), len(mine) + 1)
    return counts


def _daemon(asked: Asked) -> Counts:
    lacking = asked.told["desiredNumberScheduled"] - asked.told["numberAvailable"]
    if None in asked.nodes.values():
        return {"numberUnavailable": (lacking,)}
    on: dict[str, list[tuple[bool, str, str, Pod]]] = {}
    unknown = 0
    for uid, each in asked.pods.items():
        if each.gone or (each.over and each.going):
            continue
        node = each.node or asked.ends.get(uid, "")
        unknown += not node
        on.setdefault(node, []).append((not each.node, each.made, each.name, each))
    wanted = [name for name, wants in asked.nodes.items() if wants]
    first = [min(on[name])[-1] for name in wanted if name in on]
    ready = [each for each in first if each.ready]
    wrong = sum(wants is False and name in on for name, wants in asked.nodes.items())
    revisions = [each.revision for each in first]
    updated = {0, *map(revisions.count, revisions)}
    # A template may ask for less nodes than are known to be wanted: those with a pod at some time.
    sure = sum(name in asked.ends.values() for name in wanted)
    return {
        "desiredNumberScheduled": range(sure, len(wanted) + 1),
        "currentNumberScheduled": range(len(first), len(first) + unknown + 1),
        "numberMisscheduled": range(wrong, wrong + unknown + 1),
        "numberReady": (len(ready),),
        "numberAvailable": asked.available(ready),
        "numberUnavailable": (lacking,),
        "updatedNumberScheduled": {n + more for n in updated for more in range(unknown + 1)},
    }


def _job(asked: Asked) -> Counts:
    spec, pods = Facts(asked.write), asked.pods.values()
    active = [each for each in pods if each.active]
    going = [each for each in pods if each.going and not (each.over or each.gone)]
    counts: dict[str, Collection[int]] = {
        "active": (len(active),),
        "ready": (sum(each.ready for each in active),),
        "terminating": (len(going),),
    }
    if not asked.whole:
        return counts
    succeeded = [each for each in pods if each.phase == "Succeeded"]
    sure = [each for each in succeeded if not each.going]
    failed = sum(each.phase == "Failed" and not each.going for each in pods)
    # What is deleted counts as failed where that is seen before it succeeds.
    lost = sum(not each.active for each in pods) - len(sure)
    lenient = ("podFailurePolicy", "backoffLimitPerIndex")
    least = 0 if any(spec.at("spec", name) is not None for name in lenient) else failed
    low, high = len(sure), len(succeeded)
    if spec.text("spec", "completionMode") == "Indexed":
        # Indexes beyond the completions that its controller has seen do not count.
        below = asked.numbers("completions")
        low = len({each.place for each in sure if each.place < min(below)})
        places = {each.place for each in succeeded if each.place < max(below)}
        high = len(places) if _indexes(spec, "completedIndexes") <= places else -1
    # Those that still run when a Job ends count as failed.
    if _ends(spec):
        lost += len(active)
    return counts | {"succeeded": range(low, high + 1), "failed": range(least, lost + 1)}


def _indexes(spec: Facts, name: str) -> set[int]:
    """Those that a status lists."""
    return indexes_of(spec.text("status", name), _MOST) or set()


def _ends(spec: Facts) -> bool:
    ends = ("FailureTarget", "SuccessCriteriaMet", "Failed", "Complete")
    return any(
        each.get("type") in ends and each.get("status") == "True"
        for each in spec.list("status", "conditions")
    )


def _budget(asked: Asked) -> Counts:
    status, budget = Facts(asked.write), facts.budget(asked.seen)
    if any(each.get("reason") == "SyncFailed" for each in status.list("status", "conditions")):
        return {"disruptionsAllowed": (0,)}
    if budget.min_available is None and budget.max_unavailable is None:
        return {}
    pods = [each for each in asked.pods.values() if not each.gone]
    leaving = status.at("status", "disruptedPods") or ()
    healthy = sum(each.ready and not each.going and each.name not in leaving for each in pods)
    if budgetstatus.counts_pods(budget):
        expected: Collection[int] = (len(pods),)
    else:
        owners = {each.owner for each in pods} - {""}
        known = dict(asked.scales[owner] for owner in owners if owner in asked.scales)
        least, most = sum(map(min, known.values())), sum(map(max, known.values()))
        # Nobody knows the scale of a controller that is not recorded.
        expected = range(least, (most if owners <= asked.scales.keys() else 1 << 31) + 1)
    told = asked.told
    allowed = budgetstatus.allowed(
        told["currentHealthy"], told["desiredHealthy"], told["expectedPods"]
    )
    return {
        "currentHealthy": (healthy,),
        "expectedPods": expected,
        "desiredHealthy": (budgetstatus.healthy_needed(budget, told["expectedPods"]),),
        "disruptionsAllowed": [n for n in (told["disruptionsAllowed"],) if allowed is integer(n)],
    }


def told(write: Write) -> dict[str, int]:
    """The numbers of a status that are looked at. Raises Damaged."""
    status, row = Facts(write), ROWS[write.kind]
    found = {name: status.number("status", name) for name in row.fields}
    if write.kind == "Job":
        for name in ("succeeded", "failed"):
            waiting = status.at("status", "uncountedTerminatedPods", name)
            found[name] += len(waiting) if isinstance(waiting, list) else 0
    return found


_REPLICAS = ("replicas", "readyReplicas", "availableReplicas")
_SETS = (*_REPLICAS, "fullyLabeledReplicas", "terminatingReplicas")

ROWS: dict[str, Row] = {
    "ReplicaSet": Row(replicaset.NAME, _SETS, _replicas),
    "ReplicationController": Row(replicaset.FOR_CONTROLLERS, _SETS[:4], _replicas),
    "Deployment": Row(
        deployment.NAME,
        (*_REPLICAS, "updatedReplicas", "unavailableReplicas", "terminatingReplicas"),
        _deployment,
    ),
    "StatefulSet": Row(
        statefulset.NAME, (*_REPLICAS, "currentReplicas", "updatedReplicas"), _stateful
    ),
    "DaemonSet": Row(
        daemonset.NAME,
        (
            "desiredNumberScheduled",
            "currentNumberScheduled",
            "numberMisscheduled",
            "numberReady",
            "numberAvailable",
            "numberUnavailable",
            "updatedNumberScheduled",
        ),
        _daemon,
    ),
    "Job": Row(
        job.NAME, ("active", "ready", "terminating", "succeeded", "failed"), _job, notes=True
    ),
    "PodDisruptionBudget": Row(
        disruption.NAME,
        ("currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed"),
        _budget,
    ),
}
