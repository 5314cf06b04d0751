"""Runs of the model, as recordings: what it does is written down as a watch would tell it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from checker.following.clusters import Built, Spec, build
from model.api.intstr import IntOrPercent
from model.api.job import Job
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.apiserver.jobs import END
from model.ir.interpret import Step, steps
from model.ir.system import State, StateFunction
from model.position import Stage

Line = dict[str, Any]

#: User agents of the model's actors.
AGENTS = {
    "deployment-controller": "kube-controller-manager/deployment-controller",
    "replicaset-controller": "kube-controller-manager/replicaset-controller",
    "statefulset-controller": "kube-controller-manager/statefulset-controller",
    "daemonset-controller": "kube-controller-manager/daemon-set-controller",
    "replication-controller": "kube-controller-manager/replication-controller",
    "job-controller": "kube-controller-manager/job-controller",
    "fault": "kubelet/v1.36.3",
    "kubelet": "kubelet/v1.36.3",
    "kube-scheduler": "kube-scheduler/scheduler",
    "user": "kubectl",
}

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

#: Room for pods on each node.
ROOM = 3

WORKLOAD = Workload(
    "Deployment",
    "shop",
    "web",
    2,
    LabelSelector(),
    PodTemplate(),
    max_surge=IntOrPercent(1),
    max_unavailable=IntOrPercent(0),
)


class Recorder:
    """Writes down a run of a workload with some templates on two nodes."""

    def __init__(
        self,
        seed: int,
        workload: Workload = WORKLOAD,
        revisions: int = 2,
        specs: Sequence[Spec] = (),
    ) -> None:
        self.random = random.Random(seed)
        self.workload = workload
        self.nodes = tuple(Node(f"node-{i}", allocatable={"pods": ROOM}) for i in (1, 2))
        slots = workload.replicas if workload.stateful else 2 * ROOM
        specs = [*specs, *(Spec(revision, workload.replicas) for revision in range(revisions))]
        self.built: Built = build(workload, self.nodes, revisions, specs, slots)
        self.revised = not workload.by_replicasets
        #: Whether the workload itself makes pods.
        self.alone = workload.kind in ("ReplicaSet", "ReplicationController")
        self.lines: list[Line] = []
        self.version = 100
        self.step = ""
        self.names: dict[int, str] = {}
        self.uids: dict[int, str] = {}
        self.kept: set[int] = set()
        self.made = 0

    # -- runs ------------------------------------------------------------------------------------
    def run(self, length: int) -> list[Line]:
        """The recording of a run that has about so many lines."""
        for node in self.nodes:
            self._line("ADDED", "Node", node.name, "kubelet", _node())
        state = self._start()
        told = self._replicaset(state, 0) if self.alone else self._top(state)
        self._line("ADDED", self.workload.kind, "web", "user", told)
        self._revise(0)
        for _ in range(20 * length):
            if len(self.lines) >= length:
                break
            choices = [*self._enabled(state), *self._bindings(state), *self._changed(state)]
            if not choices:
                continue
            weights = [self._weight(step, state, after) for step, after in choices]
            step, after = self.random.choices(choices, weights)[0]
            self.step = "" if isinstance(step, str) else step.action.name
            self._told(step if isinstance(step, str) else step.action.actor, state, after)
            state = after
        return self.lines

    def _start(self) -> State:
        state, cluster = list(self.built.system.initial[0]), self.built.cluster
        if cluster.jobs is not None or self.alone:
            state[self.built.system.cell(cluster.exists, (0,))] = 1
            state[self.built.system.cell(cluster.replicas, (0,))] = self.workload.replicas
        return tuple(state)

    def _shown(self, state: State) -> list[int]:
        system = self.built.system
        return [state[system.offsets[f] + i] for f in self.built.visible for i in range(f.size)]

    def _weight(self, step: Step | str, state: State, after: State) -> float:
        if isinstance(step, Step) and step.action.actor == "clock":
            return 1000  # minReadySeconds are over before the next line
        if self._shown(after) == self._shown(state):
            return 0.2
        return 0.3 if isinstance(step, Step) and step.action.actor == "fault" else 1

    def _enabled(self, state: State) -> Iterator[tuple[Step | str, State]]:
        for step, after in steps(self.built.system, state):
            if self._wanted(step):
                yield step, after

    def _wanted(self, step: Step) -> bool:
        """Users do little, so that there is something to see."""
        rarely = step.action.actor == "user" or step.action.name == "watch stalls"
        if step.action.name == "lose pod":
            return False
        return not rarely or self.random.random() < 0.05

    def _bindings(self, state: State) -> Iterator[tuple[Step | str, State]]:
        cluster, system = self.built.cluster, self.built.system
        for pod in range(cluster.Pod.size):
            cell = system.cell(cluster.node, (pod,))
            if self._value(state, cluster.phase, pod) != 1 or state[cell] >= 0:
                continue
            for node in range(len(self.nodes)):
                if cluster.target is not None and self._value(state, cluster.target, pod) != node:
                    continue
                on = [self._value(state, cluster.node, q) for q in range(cluster.Pod.size)]
                if on.count(node) < ROOM:
                    yield "kube-scheduler", (*state[:cell], node, *state[cell + 1 :])

    def _value(self, state: State, function: StateFunction, *at: int) -> int:
        return state[self.built.system.cell(function, at)]

    def _stage(self, state: State) -> Stage:
        """What the user wants."""
        cluster = self.built.cluster
        at = 0 if cluster.change is None else self._value(state, cluster.change)
        return cluster.stages.stages[at]

    def _wanted_by(self, state: State) -> int:
        return self._stage(state).revision

    def _changed(self, state: State) -> Iterator[tuple[Step | str, State]]:
        """The user changes the template to that of any revision."""
        change = self.built.cluster.change
        if change is None or self.random.random() > 0.05:
            return
        cell = self.built.system.cell(change, ())
        for at in range(change.type.hi + 1):
            if at != state[cell]:
                yield "user", (*state[:cell], at, *state[cell + 1 :])

    # -- lines -----------------------------------------------------------------------------------
    def _line(self, type: str, kind: str, name: str, actor: str, told: Mapping[str, Any]) -> None:
        self.version += 1
        line: Line = {
            "ts": (BEGIN + timedelta(seconds=2 * self.version)).isoformat(),
            "type": type,
            "kind": kind,
            "namespace": "" if kind == "Node" else "shop",
            "name": name,
            "resourceVersion": str(self.version),
            "actor": AGENTS[actor],
            "object": told,
        }
        self.lines.append(line)

    def _told(self, actor: str, before: State, after: State) -> None:
        if actor == "clock":
            return  # time passes, and nobody writes
        cluster = self.built.cluster
        jobs = (cluster.jobs.ending, cluster.jobs.over) if cluster.jobs is not None else ()
        told = [f for f in (cluster.change, cluster.settled) if f is not None]
        if any(self._value(before, f, 0) != self._value(after, f, 0) for f in jobs):
            self._line("MODIFIED", "Job", "web", actor, self._top(after))
        if any(self._value(before, f) != self._value(after, f) for f in told):
            self._line("MODIFIED", self.workload.kind, "web", actor, self._top(after))
            self._revise(self._wanted_by(after))
        statuses = (status.written for status in cluster.syncs.statuses)
        stamps = () if cluster.desired_replicas is None else (cluster.desired_replicas,)
        shown = (cluster.exists, cluster.replicas, *stamps, *statuses)
        for r in range(0 if self.revised else cluster.ReplicaSet.size):
            if any(self._value(before, f, r) != self._value(after, f, r) for f in shown):
                type = "MODIFIED" if self._value(before, cluster.exists, r) else "ADDED"
                kind = self.workload.kind if self.alone else "ReplicaSet"
                self._line(type, kind, self._set(r), actor, self._replicaset(after, r))
        for p in range(cluster.Pod.size):
            if any(
                self._value(before, f, p) != self._value(after, f, p)
                for f in (cluster.phase, cluster.node)
            ):
                self._pod(actor, before, after, p)

    def _revise(self, revision: int) -> None:
        """A revision is kept when its template is seen first."""
        if self.revised and self.workload.job is None and revision not in self.kept:
            self.kept.add(revision)
            told = {"metadata": {"ownerReferences": self._owners()}, "revision": revision + 1}
            name = f"web-hash{revision + 1}"
            self._line("ADDED", "ControllerRevision", name, self.maker, told)

    @property
    def maker(self) -> str:
        if self.workload.job is not None:
            return "job-controller"
        return "statefulset-controller" if self.workload.stateful else "daemonset-controller"

    def _set(self, r: int) -> str:
        """The name of what makes pods."""
        return f"web-{r + 1}" if self.workload.kind == "Deployment" else "web"

    def _owners(self) -> list[dict[str, str]]:
        return [{"kind": self.workload.kind, "name": "web", "uid": "d-1"}]

    def _top(self, state: State) -> dict[str, Any]:
        workload, settled = self.workload, self.built.cluster.settled
        strategy: dict[str, Any] = {
            "type": workload.strategy,
            "rollingUpdate": {
                "maxSurge": workload.max_surge.value,
                "maxUnavailable": workload.max_unavailable.value,
            },
        }
        if workload.stateful is not None:
            strategy["rollingUpdate"] = {"partition": workload.stateful.partition}
        status, parallel = {}, bool(workload.stateful and workload.stateful.parallel)
        if settled is not None:
            status["currentRevision"] = f"web-hash{self._value(state, settled) + 1}"
        if workload.job is not None:
            return self._job(workload.job, state)
        return {
            "metadata": {"uid": "d-1"},
            "spec": {
                "replicas": self._stage(state).replicas,
                "paused": self._stage(state).paused,
                "updateStrategy" if self.revised else "strategy": strategy,
                "podManagementPolicy": "Parallel" if parallel else "OrderedReady",
                "minReadySeconds": workload.min_ready_seconds,
                "templateImages": [f"web:{self._wanted_by(state) + 1}"],
            },
            "status": status,
        }

    def _job(self, job: Job, state: State) -> dict[str, Any]:
        found = self.built.cluster.jobs
        assert found is not None
        reason = END.values[self._value(state, found.ending, 0)]
        good = reason in ("CompletionsReached", "SuccessPolicy")
        conditions = []
        if reason != "None":
            type = "SuccessCriteriaMet" if good else "FailureTarget"
            conditions.append({"type": type, "status": "True", "reason": reason})
        if self._value(state, found.over, 0):
            type = "Complete" if good else "Failed"
            conditions.append({"type": type, "status": "True", "reason": reason})
        spec = {
            "parallelism": job.parallelism,
            "completions": job.completions,
            "completionMode": "Indexed" if job.indexed else "NonIndexed",
            "backoffLimit": job.backoff,
            "backoffLimitPerIndex": job.per_index,
            "podReplacementPolicy": "Failed" if job.replaces_failed else "TerminatingOrFailed",
            "templateImages": ["web:1"],
        }
        return {
            "metadata": {"uid": "d-1"},
            "spec": spec,
            "status": {"conditions": conditions},
        }

    def _replicaset(self, state: State, r: int) -> dict[str, Any]:
        cluster = self.built.cluster
        annotations = {}
        if cluster.desired_replicas is not None:
            number = self._value(state, cluster.desired_replicas, r)
            annotations["deployment.kubernetes.io/desired-replicas"] = str(number)
        return {
            "metadata": {
                "uid": f"r-{r + 1}",
                "annotations": annotations,
                # Those that are made first are the older ones, whatever the model calls them.
                "creationTimestamp": f"2026-01-01T00:00:0{r}Z",
                "ownerReferences": [] if self.alone else self._owners(),
            },
            "spec": {
                "replicas": self._value(state, cluster.replicas, r),
                "templateImages": [f"web:{r + 1}"],
            },
            "status": self._status(state, r),
        }

    def _status(self, state: State, r: int) -> dict[str, int]:
        cluster = self.built.cluster
        told = {"availableReplicas": self._value(state, cluster.status_available, r)}
        if cluster.status_replicas is not None:
            told["replicas"] = self._value(state, cluster.status_replicas, r)
        return told

    def _pod(self, actor: str, before: State, after: State, p: int) -> None:
        cluster = self.built.cluster
        old, new = (self._value(s, cluster.phase, p) for s in (before, after))
        if not old:
            self.made += 1
            self.names[p] = f"web-{p if self.workload.stateful else self.made}"
            self.uids[p] = f"p-{self.made}"
        last = before if not new else after
        owner, node = (self._value(last, f, p) for f in (cluster.owner, cluster.node))
        up = new in (3, 4) or (new in (0, 5) and old in (3, 4, 5))
        ready = [{"type": "Ready", "status": "True"}] if up else []
        told: dict[str, Any] = {
            "metadata": {
                "uid": self.uids[p],
                "labels": {"controller-revision-hash": f"web-hash{owner + 1}"},
                "ownerReferences": self._owners()
                if self.revised
                else [
                    {
                        "kind": self.workload.kind if self.alone else "ReplicaSet",
                        "name": self._set(owner),
                        "uid": f"r-{owner + 1}",
                    }
                ],
            },
            "spec": {"nodeName": self.nodes[node].name} if node >= 0 else {},
            "status": {
                "phase": "Pending" if new == 1 else "Running",
                "conditions": ready,
            },
        }
        if cluster.target is not None:
            meant = self.nodes[self._value(last, cluster.target, p)].name
            fields = [{"key": "metadata.name", "operator": "In", "values": [meant]}]
            term = {"nodeSelectorTerms": [{"matchFields": fields}]}
            required = {"requiredDuringSchedulingIgnoredDuringExecution": term}
            told["spec"]["affinity"] = {"nodeAffinity": required}
        ended = {"pod succeeds": "Succeeded", "pod fails": "Failed"}.get(self.step.split(":")[0])
        if cluster.jobs is not None and cluster.jobs.index is not None:
            index = self._value(last, cluster.jobs.index, p)
            told["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] = str(index)
        if not new and ended:
            told["status"]["phase"] = ended
            self._line("MODIFIED", "Pod", self.names[p], actor, told)
            return
        if new == 5 or (not new and old == 5):
            told["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        type = "ADDED" if not old else "MODIFIED" if new else "DELETED"
        self._line(type, "Pod", self.names[p], actor, told)


def _node() -> dict[str, Any]:
    return {
        "metadata": {},
        "spec": {},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": str(ROOM)}},
    }
