"""What the scheduler acts on and the model does not, where manifests ask for it.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/` (`interpodaffinity/filtering.go`,
`podtopologyspread/filtering.go`, `schedulinggates`, `nodeports`, `noderesources/fit.go`,
`dynamicresources`, `defaultpreemption`), `pkg/scheduler/eventhandlers.go` (responsibleForPod),
`plugin/pkg/admission/priority/admission.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from model.api.steps import Drain, PutTaint
from model.omission import NEVER_BOUND, TOGETHER, Doubts, Field, Found, Omission, applied, doubts
from model.plugins import filters, spreading
from model.scenario import Scenario
from model.scheduler import meeting, nearness, priorities
from model.setting import Pods, Setting, mapping, mappings

_POD = "spec.template.spec"
_DEFAULT = "default-scheduler"
_LIVENESS = ("every-pod-scheduled", "replicas-converge", "rollout-completes", "rollback-completes")
_KEPT = ("rollout-keeps-available", *TOGETHER)


def _other(scheduler: Any) -> bool:
    return scheduler not in ("", _DEFAULT)


def _near(setting: Setting) -> Iterator[Found]:
    """Required affinity to pods of others than those that take part, or to nobody's that are here;
    and such that the model does not follow."""
    given = [near for each in setting.scenario.versions if (near := each.template.near)]
    if all(nearness.is_followed(setting, terms) for terms in given):
        return
    written = [*setting.own.manifest.written(f"{_POD}.affinity.podAffinity")]
    if not written:  # only the template before has it
        yield Found("the affinity of pods of the template before", setting.own.manifest.source)
    for each in written:
        yield Found(each.path, each.source)


def _kept_away(setting: Setting) -> Iterator[Found]:
    """Terms of the workload that select others, or are not read; and others' that select it."""
    for term in setting.own.anti_affinity:
        unread = not term.plain and term.selects(setting.own)
        if unread or any(term.selects(other) for other in setting.strangers(setting.others)):
            yield Found(term.path, term.source)
    for other, term in setting.around.apart:
        if setting.strangers([other]) and term.selects(setting.own):
            yield Found(f"{term.path} of {other.manifest.label}", term.source)


def _uneven(setting: Setting) -> Iterator[Found]:
    """Topology spread that the model does not follow, and constraints that count others' pods."""
    given = spreading.constraints(setting.scenario)
    if not given or len(given) != len(setting.own.evenly):
        yield from (Found(each.path, each.source) for each in setting.own.evenly)
        return
    everybody = [other for other in setting.around.pods if other is not setting.own]
    for each, constraint in zip(setting.own.evenly, given, strict=True):
        others = [other for other in everybody if each.selects(other)]
        if spreading.by_revision(setting.scenario.workload, constraint):
            others = [other for other in others if _hashed_alike(setting.own, other)]
        else:
            others = setting.strangers(others)
        if any(others):
            yield Found(each.path, each.source)


def _hashed_alike(own: Pods, other: Pods) -> bool:
    """Whether others' pods may have the label of a revision: two Deployments with the same template
    give it one hash, while a StatefulSet's has its name in it."""
    return own.manifest.kind == other.manifest.kind == "Deployment" and own.labels == other.labels


def _taken_port(setting: Setting) -> Iterator[Found]:
    for other in setting.strangers(meeting.on_same_port(setting)):
        ports = ", ".join(str(port[2]) for port in meeting.shared_ports(setting.own, other))
        yield Found(f"host port {ports} of {other.manifest.label}", other.manifest.source)


def _crowded(setting: Setting) -> Iterator[Found]:
    """Others on nodes of a given size, unless room for one more pod is left wherever they are."""
    for rival in setting.strangers(meeting.rivals(setting)):
        yield Found(f"{rival.manifest.label} on the same nodes", rival.manifest.source)


def _preempted(setting: Setting) -> Iterator[Found]:
    """Others of a higher priority that may lack room on the same nodes, where the model does not
    follow who goes for them."""
    own = priorities.priority(setting, setting.own)
    for other in meeting.rivals(setting):
        its = priorities.priority(setting, other)
        if not (its.preempts and its.value > own.value):
            continue
        if other not in setting.inside or not priorities.is_followed(setting):
            yield Found(f"the priority of {other.manifest.label}", other.manifest.source)


def _preempting(setting: Setting) -> Iterator[Found]:
    """DaemonSets of a lower priority that are on the nodes before the workload's pods. Others of a
    lower priority take part where the model follows whether they go, and else do not
    (`model.scope`), so nothing is violated because of them."""
    own = priorities.priority(setting, setting.own)
    for other in setting.around.running("DaemonSet") if own.preempts else ():
        if other in setting.resident and priorities.priority(setting, other).value < own.value:
            yield Found(f"the priority of {other.manifest.label}", other.manifest.source)


#: Where the configuration of a scheduler says what only ranks nodes, which the model leaves open.
_RANKING = ("score", "preScore")
#: Arguments of plugins that say which nodes are feasible.
_FILTERING = ("addedAffinity", "ignoredResources", "ignoredResourceGroups", "defaultConstraints")


def _filters_otherwise(profile: dict[str, Any]) -> bool:
    """Whether a profile may find other nodes feasible than the default one."""
    if not mapping(profile.get("plugins")).keys() <= set(_RANKING):
        return True
    arguments = (mapping(each.get("args")) for each in mappings(profile.get("pluginConfig")))
    return any(each.get(field) for each in arguments for field in _FILTERING)


def _configured(setting: Setting) -> Iterator[Found]:
    """Configurations of a scheduler that are about the workload's pods."""
    name = setting.own.manifest.value(f"{_POD}.schedulerName") or _DEFAULT
    for each in setting.around.of_kind("KubeSchedulerConfiguration"):
        profiles = mappings(each.value("profiles"))
        own = [one for one in profiles if (one.get("schedulerName") or _DEFAULT) == name]
        if each.value("extenders") or any(map(_filters_otherwise, own)):
            yield Found(each.kind, each.source)


def tainted(scenario: Scenario) -> bool:
    """where nodes are tainted, or pods are bound by nodeName"""
    return scenario.change.has(PutTaint) or bool(scenario.workload.template.node_name)


def _bound_before(setting: Setting) -> Iterator[Found]:
    """Nodes that pods are to leave, and that only a cordon or a taint keeps them off: those that
    were bound before it was there may still be on them."""
    scenario = setting.scenario
    if applied(scenario):
        return
    steps = [step for step in scenario.change.steps if isinstance(step, Drain | PutTaint)]
    left = {name for step in steps for name in step.nodes} | set(scenario.change.removed)
    template = scenario.workload.template
    for node in scenario.nodes:
        staying = tuple(each for each in node.taints if each.effect == "NoExecute")
        before = replace(node, unschedulable=False, taints=staying)
        closed = bool(filters.refusals(template, node, 0))
        if node.name in left and closed and not filters.refusals(template, before, 0):
            path = "spec.unschedulable" if node.unschedulable else "spec.taints"
            place = node.fields.get(path, node.source or scenario.source)
            yield Found(f"{path} of Node/{node.name}", place)


#: What may go wrong, and what may go well, where pods are bound by other rules.
_ELSEWHERE: Doubts = {
    **NEVER_BOUND,
    **doubts("drain-completes", "no-overcommit", "placement-respected", *TOGETHER),
    **doubts("no-eviction-loop", "spread-kept-after-rollout"),
}
_ELSEWHERE_AT_LAST: Doubts = doubts(
    *_LIVENESS, "drain-completes", "no-eviction-loop", "spread-kept-after-rollout", *TOGETHER
)


def lifted(scenario: Scenario) -> bool:
    """where that is accepted, and the pods count as having no gates"""
    return "scheduling-gates" in scenario.accepted


#: What needs pods on nodes, or is violated because there are none.
_ONCE_BOUND: Doubts = doubts(
    *("drain-completes", "no-overcommit", "placement-respected", "no-eviction-loop"),
    *("spread-kept-after-rollout", *_KEPT),
)

OMITTED = (
    Omission(
        "pod-affinity",
        "a pod waits for a node beside the pods that its required affinity selects: those of "
        "DaemonSets and Jobs, or if it is such a one itself, and whoever is not among the objects",
        NEVER_BOUND,
        TOGETHER,
        elsewhere=_near,
    ),
    Omission(
        "pod-anti-affinity",
        "a pod waits for a node without the pods of others that required anti-affinity keeps "
        "apart from it, in its own template or in theirs",
        NEVER_BOUND,
        TOGETHER,
        elsewhere=_kept_away,
    ),
    Omission(
        "topology-spread",
        "a pod waits for a node where constraints with DoNotSchedule leave it: those of DaemonSets "
        "and Jobs, of a template before and after a rollout, that count pods of such or not the "
        "workload's own, and with nodeTaintsPolicy or minDomains where taints or nodes come and go",
        {**NEVER_BOUND, **doubts("spread-kept-after-rollout")},
        {**TOGETHER, **doubts("spread-kept-after-rollout")},
        elsewhere=_uneven,
    ),
    Omission(
        "scheduling-gates",
        "somebody takes a pod's scheduling gates away, who is not among the objects, and it is "
        "scheduled from then on",
        {**dict.fromkeys(NEVER_BOUND, lifted), **_ONCE_BOUND},
        _ONCE_BOUND,
        (Field(f"{_POD}.schedulingGates"),),
    ),
    Omission(
        "scheduling-group",
        "a pod waits until its whole group can be scheduled",
        NEVER_BOUND,
        fields=(Field(f"{_POD}.schedulingGroup"),),
    ),
    Omission(
        "scheduler-name",
        "another scheduler decides when and where pods are bound, if there is one",
        _ELSEWHERE,
        _ELSEWHERE_AT_LAST,
        (Field(f"{_POD}.schedulerName", _other),),
    ),
    Omission(
        "scheduler-configuration",
        "a profile of the scheduler turns filters off or on, or gives them arguments",
        _ELSEWHERE,
        _ELSEWHERE_AT_LAST,
        elsewhere=_configured,
    ),
    Omission(
        "resource-claims",
        "a pod waits for a node with the devices that its claims ask for",
        NEVER_BOUND,
        TOGETHER,
        (Field(f"{_POD}.resourceClaims"),),
    ),
    Omission(
        "host-ports",
        "a host port that another workload's pod has taken is not free on that node",
        NEVER_BOUND,
        TOGETHER,
        elsewhere=_taken_port,
    ),
    Omission(
        "bound-before",
        "pods that were bound to a node before it was cordoned or tainted stay there, until "
        "somebody has them leave",
        {**NEVER_BOUND, **TOGETHER},
        elsewhere=_bound_before,
    ),
    Omission(
        "shared-nodes",
        "pods of other workloads take room on the nodes",
        NEVER_BOUND,
        elsewhere=_crowded,
    ),
    Omission(
        "preemption",
        "pods make room for pending ones of a higher priority: where a budget guards them, where "
        "pods of one priority ask for different amounts, where more than room keeps pods of the "
        "group off nodes, of DaemonSets and Jobs, of more than two lower priorities, and if more "
        "than three go for one",
        {**doubts(*_KEPT), **NEVER_BOUND},
        elsewhere=_preempted,
    ),
    Omission(
        "preempting",
        "pods of DaemonSets of a lower priority make room for pending ones of the workload",
        {},
        doubts(*_LIVENESS, "rollout-keeps-available", "maintenance-keeps-available"),
        elsewhere=_preempting,
    ),
)
