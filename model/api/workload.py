"""What makes pods: the fields that all kinds of workloads share, as the model reads them.

Source: k8s.io/api v0.36 `apps/v1/types.go`, kubernetes 1.36 `pkg/apis/apps/v1/defaults.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model.api.cronjob import CronJob
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.job import JOB_FIELDS, Job
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.source import Fields, Source
from model.api.statefulset import StatefulSet

Kind = Literal[
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
]


@dataclass(frozen=True)
class Workload:
    """A Deployment, a StatefulSet, a DaemonSet, a Job, a CronJob, a ReplicationController, a
    ReplicaSet that no Deployment owns, or a Pod that nothing controls."""

    kind: Kind
    namespace: str
    name: str
    #: Of a DaemonSet the nodes that it wants a pod on, see `model.plugins.daemon_nodes`; of a Job
    #: the pods that it has at a time, of a CronJob those of each of its Jobs.
    replicas: int
    selector: LabelSelector
    template: PodTemplate
    strategy: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    max_surge: IntOrPercent = IntOrPercent(25, percent=True)
    max_unavailable: IntOrPercent = IntOrPercent(25, percent=True)
    min_ready_seconds: int = 0
    #: How many old revisions are kept.
    history_limit: int = 10
    #: progressDeadlineSeconds, where a Deployment gives them; None for none.
    progress_deadline: int | None = None
    #: What it says as a StatefulSet, if it is one.
    stateful: StatefulSet | None = None
    #: The same of a DaemonSet.
    daemon: DaemonSet | None = None
    #: The same of a Job; of a CronJob what it says of its Jobs, and of itself.
    job: Job | None = None
    cron: CronJob | None = None
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """How reports name it: `Deployment/default/web`."""
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def labels(self) -> Mapping[str, str]:
        """Those of its pods that its template gives them."""
        return self.template.labels

    @property
    def by_replicasets(self) -> bool:
        """Whether ReplicaSets make its pods. The controller of ReplicationControllers is that of
        ReplicaSets behind an adapter: kubernetes v1.36.3
        `pkg/controller/replication/conversion.go`."""
        return self.kind in ("Deployment", "ReplicaSet", "ReplicationController")

    @property
    def rolls_out(self) -> bool:
        """Whether anybody acts on a change of its template."""
        return self.kind in ("Deployment", "StatefulSet", "DaemonSet")

    @property
    def is_pod(self) -> bool:
        """Whether it is a single pod: nobody makes it again."""
        return self.kind == "Pod"

    def adopts(self, pod: Workload) -> bool:
        """Whether its controller takes over a pod that nothing controls: a ReplicaSet does that its
        selector matches, and those of a Deployment have a label in theirs that only their own pods
        have. Source: kubernetes v1.36.3 `pkg/controller/controller_ref_manager.go` (ClaimPods)."""
        if self.kind not in ("ReplicaSet", "ReplicationController") or not pod.is_pod:
            return False
        return self.namespace == pod.namespace and self.selector.selects(pod.template.labels)

    def takes_over(self, other: Workload) -> bool:
        """Whether it is a Deployment whose controller takes over the ReplicaSets of another one
        that is gone: its selector matches their labels, which are those of the template. Source:
        kubernetes v1.36.3 `pkg/controller/controller_ref_manager.go` (ClaimReplicaSets)."""
        if not self.kind == other.kind == "Deployment" or self.subject == other.subject:
            return False
        return self.namespace == other.namespace and self.selector.selects(other.template.labels)

    def path(self, field: str) -> str:
        """A field of a workload as this kind has it: a pod is what others have a template of."""
        if self.cron is not None and field.removeprefix("spec.") in JOB_FIELDS:
            return field.replace("spec.", "spec.jobTemplate.spec.", 1)
        if self.cron is not None and field.startswith("spec.template"):
            return field.replace("spec.", "spec.jobTemplate.spec.", 1)
        return field.replace("spec.template.", "", 1) if self.is_pod else field

    @property
    def rounded(self) -> tuple[int, int]:
        """(maxSurge, maxUnavailable) as counts.

        Surge rounds up, unavailable rounds down, and when both come to 0 unavailable is 1.
        Source: kubernetes 1.36 `pkg/controller/deployment/util/deployment_util.go`,
        ResolveFenceposts and MaxUnavailable (never above replicas). Of a DaemonSet both round up:
        `pkg/controller/daemon/update.go` (updatedDesiredNodeCounts).
        """
        if self.daemon is not None:
            surge = self.max_surge.scaled(self.replicas, round_up=True)
            unavailable = self.max_unavailable.scaled(self.replicas, round_up=True)
            if self.daemon.on_delete:
                return 0, 0
            return surge, min(max(unavailable, int(surge == 0)), self.replicas)
        if self.strategy != "RollingUpdate" or self.kind != "Deployment":
            return 0, 0
        surge = self.max_surge.scaled(self.replicas, round_up=True)
        unavailable = self.max_unavailable.scaled(self.replicas, round_up=False)
        if surge == 0 and unavailable == 0:
            unavailable = 1
        return surge, min(unavailable, self.replicas)
