"""What controllers act on and the model does not, where manifests ask for it.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (sync of a paused Deployment only
scales and makes no ReplicaSet), `deployment_controller.go` (a deleted Deployment is left alone, an
orphaned ReplicaSet is adopted), `pkg/controller/controller_utils.go` (GetPodFromTemplate copies
finalizers; ActivePodsWithRanks), `pkg/controller/replicaset/replica_set.go` (adoption),
`pkg/controller/deployment/sync.go` (cleanupDeployment),
`pkg/controller/podautoscaler/horizontal.go`, `pkg/controller/job/pod_failure_policy.go`,
`pkg/controller/statefulset/stateful_set_control.go` (processReplica lets claims of a pod that is
being deleted be, but where pods come one by one), `stateful_pod_control.go` (UpdateStatefulPod,
PodClaimIsStale).
"""

from __future__ import annotations

from collections.abc import Iterator

from model.api.horizontalpodautoscaler import Bounds
from model.apiserver.history import reaches_back
from model.apiserver.pins import pins
from model.controllers import neighbours
from model.controllers.deployment_view import NAME as DEPLOYMENTS
from model.controllers.scalinglimits import outside
from model.omission import (
    NEVER_BOUND,
    NEVER_READY,
    Doubts,
    Field,
    Found,
    Omission,
    applied,
    doubts,
    rolled_out,
)
from model.scenario import Scenario
from model.setting import Manifest, Setting, bounds_of, mapping, mappings, scales
from model.stages import stages

_COUNTS = (
    "every-pod-scheduled",
    "no-duplicate-pods",
    "rollout-keeps-available",
    "surge-bounded",
)


def _autoscalers(setting: Setting) -> list[Manifest]:
    """Those of the workload, where no step of the scenario says what load they measure."""
    if setting.scenario.change.autoscalers:
        return []
    beside = setting.beside("HorizontalPodAutoscaler")
    return [each for each in beside if scales(each, setting.scenario.workload)]


def _autoscaled(setting: Setting) -> Iterator[Found]:
    """Autoscalers that can change the replicas at all."""
    replicas = setting.scenario.workload.replicas
    for each in _autoscalers(setting):
        if bounds_of(each) != Bounds(replicas, replicas):
            yield Found(each.label, each.source)


def _autoscaled_away(setting: Setting) -> Iterator[Found]:
    """Autoscalers that do change the replicas, whatever the load is."""
    replicas = setting.scenario.workload.replicas
    for each in _autoscalers(setting):
        bounds = bounds_of(each)
        if bounds is not None and outside(replicas, bounds) not in (None, replicas):
            yield Found(f"{each.label} from {bounds.least} to {bounds.most} replicas", each.source)


def _adopted(setting: Setting) -> Iterator[Found]:
    """Objects without an owner that the workload's controller takes for its own, and who takes the
    workload for its own."""
    workload = setting.scenario.workload
    if workload.is_pod:
        for other in setting.strangers(neighbours.meeting(setting)):
            what = f"{other.manifest.label}, whose selector matches the pod,"
            yield Found(what, other.manifest.source)
        return
    taken = "ReplicaSet" if workload.kind == "Deployment" else "Pod"
    for other in setting.strangers(setting.around.running(taken)):
        manifest = other.manifest
        if manifest.namespace == workload.namespace and not _controlled(manifest):
            own = mapping(manifest.value("metadata.labels"))
            if workload.selector.selects({key: str(value) for key, value in own.items()}):
                yield Found(f"{manifest.label}, which the selector matches,", manifest.source)
    if setting.scenario.change.orphans:
        yield from _taken_over(setting)


def _taken_over(setting: Setting) -> Iterator[Found]:
    """Who takes over what an orphaning deletion leaves: ReplicaSets of a Deployment, or pods.
    Deployments that take part are followed, unless the controller sees late what was left."""
    workload, late = setting.scenario.workload, setting.scenario.faults.lags(DEPLOYMENTS)
    pods = ("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet")
    for kind in ("Deployment",) if workload.kind == "Deployment" else pods:
        for other in setting.around.running(kind):
            if other is setting.own or other.namespace != workload.namespace:
                continue
            if kind == "Deployment" and other in setting.inside and not late:
                continue
            if other.selector and other.selector.selects(workload.template.labels):
                what = f"{other.manifest.label}, whose selector matches what is orphaned,"
                yield Found(what, other.manifest.source)


def _forgotten(setting: Setting) -> Iterator[Found]:
    """A limit of the history that is less than how far back an undo goes; what is left of that of a
    Deployment is followed."""
    workload = setting.scenario.workload
    if workload.kind != "Deployment" and reaches_back(setting.scenario):
        yield Found(
            f"spec.revisionHistoryLimit ({workload.history_limit})", setting.own.manifest.source
        )


def _controlled(manifest: Manifest) -> bool:
    owners = mappings(manifest.value("metadata.ownerReferences"))
    return any(owner.get("controller") for owner in owners)


#: What a Deployment that does not act leaves undone, and what it then cannot do wrong.
_IDLE: Doubts = {
    **doubts("rollout-completes"),
    **doubts("replicas-converge", when=applied),
}
_HARMLESS: Doubts = {
    **doubts(*_COUNTS, "rollback-completes", "replicas-converge", when=rolled_out),
    **doubts("revisions-never-overlap", "scale-down-spares-ready", when=rolled_out),
    **doubts("no-lost-update", "no-overcommit", when=rolled_out),
}


def _never_made(scenario: Scenario) -> bool:
    """in a rollout, or where the workload is created in an empty cluster"""
    return rolled_out(scenario) or applied(scenario)


def _changed_besides(setting: Setting) -> Iterator[Found]:
    """What a new version of a manifest changes and no scenario carries out. Labels that no selector
    reads are none to the model (`model.load.updates`)."""
    before, now = setting.scenario.before, setting.scenario.workload
    if before is None:
        return
    if before.replicas != now.replicas:
        place = now.fields.get("spec.replicas", now.source)
        yield Found(f"spec.replicas ({before.replicas} before)", place)
    if before.min_ready_seconds != now.min_ready_seconds and _reread(setting.scenario):
        place = now.fields.get("spec.minReadySeconds", now.source)
        yield Found(f"spec.minReadySeconds ({before.min_ready_seconds} before)", place)
    if before.stateful and now.stateful and before.stateful.start != now.stateful.start:
        place = now.fields.get("spec.ordinals.start", now.source)
        yield Found(f"spec.ordinals.start ({before.stateful.start} before)", place)
    for template in (before.template, now.template):
        if template.node_name:
            place = now.fields.get("spec.template", now.source)
            yield Found(f"spec.template.spec.nodeName ({template.node_name}) of one version", place)
    if before.template.labels != now.template.labels:
        place = now.fields.get("spec.template", now.source)
        yield Found("spec.template.metadata.labels (others before, which a selector tells)", place)


def _reread(scenario: Scenario) -> bool:
    """Whether pods of the old version may be judged by the new minReadySeconds: those of a
    Deployment once their template comes back, others at once, and it matters if they have not been
    ready for long."""
    deployment = scenario.workload.kind == "Deployment"
    return scenario.change.reverts if deployment else scenario.faults.upsetting


def _named_daemons(setting: Setting) -> Iterator[Found]:
    """A nodeName in a DaemonSet's template."""
    workload = setting.scenario.workload
    if workload.daemon is not None and workload.template.node_name:
        place = workload.fields.get("spec.template", workload.source)
        yield Found(f"spec.template.spec.nodeName ({workload.template.node_name})", place)


def _kept_claims(setting: Setting) -> Iterator[Found]:
    """A policy by which claims go with pods that are scaled away, of pods that may be wanted again
    while they stop. Where they come one by one, a claim goes with its pod even so."""
    scenario, own = setting.scenario, setting.own.manifest
    stateful = scenario.workload.stateful
    if stateful is None or not (stateful.drops_claims and stateful.parallel and pins(scenario)):
        return
    sizes = stages(scenario)
    if sizes.grows and sizes.lessens:
        yield from (
            Found(each.path, each.source)
            for each in own.written("spec.persistentVolumeClaimRetentionPolicy.whenScaled")
        )


_JOB_CONTROLLER = "kubernetes.io/job-controller"
#: What the Job controller promises.
_OF_JOBS: Doubts = doubts("job-completes", "job-parallelism-bounded")

OMITTED = (
    Omission(
        "job-managed-by",
        "another controller than Kubernetes' own makes the pods of a Job",
        {**_OF_JOBS, **doubts("every-pod-scheduled")},
        {**_OF_JOBS, **doubts("every-pod-scheduled")},
        (Field("spec.managedBy", lambda value: value != _JOB_CONTROLLER),),
    ),
    Omission(
        "job-failure-conditions",
        "a rule of podFailurePolicy decides by a condition that somebody gives a pod",
        doubts("job-completes"),
        doubts("job-completes"),
        (
            Field(
                "spec.podFailurePolicy.rules[*].onPodConditions[*].type",
                lambda value: value != "DisruptionTarget",
            ),
        ),
    ),
    Omission(
        "daemons-by-node-name",
        "pods of a DaemonSet whose template has a nodeName are bound, and rejected, without the "
        "scheduler",
        {**NEVER_BOUND, **doubts("no-overcommit", "placement-respected", "no-eviction-loop")},
        {**NEVER_BOUND, **doubts("no-overcommit", "placement-respected", "no-eviction-loop")},
        elsewhere=_named_daemons,
    ),
    Omission(
        "changed-besides",
        "a workload is scaled to or from 0, its ordinals move, old pods are judged by another "
        "minReadySeconds, or selectors tell pods of its two revisions apart",
        {
            **NEVER_BOUND,
            **doubts(*_COUNTS, "no-lost-update", "placement-respected"),
        },
        {**NEVER_BOUND, **doubts(*_COUNTS)},
        elsewhere=_changed_besides,
    ),
    Omission(
        "paused",
        "no ReplicaSet is made and no template rolled out while a Deployment is paused",
        _IDLE,
        {**_HARMLESS, **doubts("every-pod-scheduled", "no-duplicate-pods", when=_never_made)},
        (Field("spec.paused"),),
    ),
    Omission(
        "revision-history",
        "revisions of a StatefulSet or DaemonSet beyond revisionHistoryLimit are deleted, and "
        "nothing can be undone to them",
        doubts("rollback-completes"),
        {**NEVER_BOUND, **doubts(*_COUNTS, "revisions-never-overlap", "no-lost-update")},
        elsewhere=_forgotten,
    ),
    Omission(
        "deletion",
        "no controller acts for an object that is being deleted",
        {**_IDLE, **NEVER_READY},
        {**_HARMLESS, **doubts("every-pod-scheduled", "no-duplicate-pods", when=_never_made)},
        (Field("metadata.deletionTimestamp"),),
    ),
    Omission(
        "autoscaler",
        "a HorizontalPodAutoscaler changes the replicas with the load",
        {
            **NEVER_BOUND,
            **doubts("surge-bounded", "rollout-keeps-available", "no-duplicate-pods"),
            **doubts("maintenance-keeps-available"),
        },
        elsewhere=_autoscaled,
    ),
    Omission(
        "autoscaler-bounds",
        "a HorizontalPodAutoscaler moves replicas that are beyond its bounds to them at once",
        {},
        {
            **NEVER_BOUND,
            **doubts(*_COUNTS, "maintenance-keeps-available", "budget-respected"),
        },
        elsewhere=_autoscaled_away,
    ),
    Omission(
        "pod-deletion-cost",
        "of pods that are equally ready, a ReplicaSet deletes those of a lower cost first",
        doubts(
            "every-pod-scheduled",
            "replicas-converge",
            "rollout-completes",
            "rollback-completes",
            when=rolled_out,
        ),
        fields=(
            Field(
                'spec.template.metadata.annotations["controller.kubernetes.io/pod-deletion-cost"]'
            ),
        ),
    ),
    Omission(
        "claims-kept",
        "a claim may be kept whose pod was scaled away and is wanted again before it is gone, and "
        "with it the zone of its volume",
        NEVER_BOUND,
        elsewhere=_kept_claims,
    ),
    Omission(
        "pod-finalizers",
        "a pod with finalizers is not gone until somebody takes them away",
        {**NEVER_BOUND, **doubts("drain-completes", "revisions-never-overlap")},
        fields=(Field("spec.template.metadata.finalizers"),),
    ),
    Omission(
        "adoption",
        "controllers adopt objects without an owner that their selectors match",
        {
            **NEVER_BOUND,
            **doubts(*_COUNTS, "maintenance-keeps-available", "no-overcommit"),
            **doubts("placement-respected", "revisions-never-overlap", "orphans-stay"),
            **doubts("nobody-else-scales"),
        },
        NEVER_BOUND,
        elsewhere=_adopted,
    ),
)
