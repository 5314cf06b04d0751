"""Priorities of pods that are checked together, and whether the model follows what comes of them.

It follows preemption (`model.scheduler.preemption`) where nothing but room keeps the pods of the
group off nodes, where those of one priority ask for the same, and where no budget guards those that
may have to go: then it is a matter of counts who does.

Source: kubernetes v1.36.3 `plugin/pkg/admission/priority/admission.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from model.api.pod import PodTemplate
from model.api.priorityclass import SYSTEM, PriorityClass, class_of
from model.api.workload import Workload
from model.setting import Pods, Setting

_POD = "spec.template.spec"
_NEVER = "Never"
#: Kinds whose pods are for any node, and that make others for those that are gone.
_KINDS = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
#: Pods that go for one at most.
MOST = 3
#: Priorities that are lower than another, of which the model follows as many at most.
_LOWER = 2


def priority(setting: Setting, pods: Pods) -> PriorityClass:
    """What admission makes of a pod's priorityClassName and preemptionPolicy, as far as the classes
    are here."""
    return setting.around.memo.once("priority", pods, lambda: _admitted(setting, pods))


def _admitted(setting: Setting, pods: Pods) -> PriorityClass:
    classes = {each.name: each for each in SYSTEM}
    for each in setting.around.of_kind("PriorityClass"):
        value = each.value("value")
        number, default = value if isinstance(value, int) else 0, bool(each.value("globalDefault"))
        policy = each.value("preemptionPolicy")
        classes[each.name] = PriorityClass(each.name, number, policy != _NEVER, default)
    name = str(pods.manifest.value(f"{_POD}.priorityClassName") or "")
    found = class_of(name, classes) or PriorityClass(name, 0)
    policy = pods.manifest.value(f"{_POD}.preemptionPolicy")
    return found if policy is None else replace(found, preempts=policy != _NEVER)


def differ(setting: Setting) -> bool:
    """Whether some of those that take part may have others go."""
    found = [priority(setting, pods) for pods in _members(setting)]
    highest = max((each.value for each in found if each.preempts), default=0)
    return any(each.value < highest for each in found)


def is_followed(setting: Setting) -> bool:
    """Whether the model follows who goes for whom among those that take part."""
    members = {pods: priority(setting, pods) for pods in _members(setting)}
    levels = sorted({each.value for each in members.values()})
    if len(levels) - 1 > _LOWER or setting.scenario.before is not None:
        return False
    templates = []
    for pods, its in members.items():
        if not _is_plain(pods):
            return False
        templates.append(replace(pods.template, priority=its.value, preempts=its.preempts))
        if its.value == levels[-1]:
            continue
        alike = (other for other in members if members[other].value == its.value)
        if any(_asks(pods) != _asks(other) for other in alike):
            return False
        if any(
            budget.namespace == pods.namespace and budget.selector.selects(pods.labels)
            for budget in setting.scenario.budgets
        ):
            return False
    return most_victims(templates) <= MOST


def _members(setting: Setting) -> set[Pods]:
    return {setting.own, *setting.inside}


def _is_plain(pods: Pods) -> bool:
    """Whether nothing but room keeps pods off nodes that would take them while empty, and nothing
    but their number matters to who makes them."""
    template = pods.template
    bound = template.anti_affinity or template.near or template.spread or template.host_ports
    return pods.manifest.kind in _KINDS and not (bound or pods.anti_affinity or pods.evenly)


def _asks(pods: Pods) -> dict[str, int]:
    return {name: amount for name, amount in pods.template.requests.items() if amount}


def most_victims(templates: Iterable[PodTemplate]) -> int:
    """How many pods may have to go for one, if nothing else is kept free there."""
    known = list(templates)
    return max(
        (
            -(-amount // least)
            for each in known
            if each.preempts
            for name, amount in (*each.requests.items(), ("pods", 1))
            if (least := _least([o for o in known if o.priority < each.priority], name))
        ),
        default=0,
    )


def _least(templates: Sequence[PodTemplate], resource: str) -> int:
    """How little of a resource one of some pods requests that requests any."""
    amounts = [1 if resource == "pods" else t.requests.get(resource, 0) for t in templates]
    return min(filter(None, amounts), default=0)


def given(workload: Workload, priority: PriorityClass) -> Workload:
    """A workload whose pods have a priority."""
    template = replace(workload.template, priority=priority.value, preempts=priority.preempts)
    return replace(workload, template=template)
