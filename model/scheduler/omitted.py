"""What the scheduler acts on and the model does not, where manifests ask for it.

Source: kubernetes v1.36.2 `pkg/scheduler/framework/plugins/` (`interpodaffinity/filtering.go`,
`podtopologyspread/filtering.go`, `schedulinggates`, `nodeports`, `noderesources/fit.go`,
`dynamicresources`, `defaultpreemption`), `pkg/scheduler/eventhandlers.go` (responsibleForPod),
`plugin/pkg/admission/priority/admission.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from model.omission import (
    NEVER_BOUND,
    TOGETHER,
    Field,
    Found,
    Omission,
    doubts,
    rolled_out,
)
from model.scenario import Node, Scenario
from model.scheduler.filters import refusals
from model.setting import Pods, Setting, mapping

_POD = "spec.template.spec"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_LIVENESS = ("every-pod-scheduled", "replicas-converge", "rollout-completes", "rollback-completes")
_KEPT = ("rollout-keeps-available", *TOGETHER)


def _required(affinity: Any) -> bool:
    return bool(mapping(affinity).get(_REQUIRED))


def _hard(constraint: Any) -> bool:
    return mapping(constraint).get("whenUnsatisfiable") == "DoNotSchedule"


def _other(scheduler: Any) -> bool:
    return scheduler not in ("", "default-scheduler")


def _kept_away(setting: Setting) -> Iterator[Found]:
    """Terms of the workload that select others, or are not read; and others' that select it."""
    for term in setting.own.anti_affinity:
        unread = not term.plain and term.selects(setting.own)
        if unread or any(term.selects(other) for other in setting.others):
            yield Found(term.path, term.source)
    for other, term in setting.around.apart:
        if other is not setting.own and term.selects(setting.own):
            yield Found(f"{term.path} of {other.manifest.label}", term.source)


def _same_port(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    """As upstream has it: an address that is empty or 0.0.0.0 stands for all."""
    anyone = ("", "0.0.0.0")
    addresses = one[0] == other[0] or one[0] in anyone or other[0] in anyone
    return addresses and one[1:] == other[1:]


def _taken_port(setting: Setting) -> Iterator[Found]:
    for port in setting.own.template.host_ports:
        for other in setting.around.on_ports:
            taken = other.template.host_ports
            if other is not setting.own and any(_same_port(port, each) for each in taken):
                yield Found(f"host port {port[2]} of {other.manifest.label}", other.manifest.source)


def _crowded(setting: Setting) -> Iterator[Found]:
    """Others on nodes of a given size, unless room for one more pod is left wherever they are."""
    if not setting.sized:
        return
    nodes = _nodes(setting)
    rivals = [other for other in setting.others if _takes(other, nodes)]
    if rivals and not roomy(setting, rivals, nodes):
        for rival in rivals:
            yield Found(f"{rival.manifest.label} on the same nodes", rival.manifest.source)


def _nodes(setting: Setting) -> list[Node]:
    """The nodes that take the workload's pods when the scenario leaves the fewest of them."""
    scenario, template = setting.scenario, setting.own.template
    gone: set[str] = set()
    if scenario.change.kind in ("drain", "taint") and not scenario.change.uncordon:
        gone = set(scenario.change.nodes)
    fitting = [
        node for node in scenario.nodes if node.name not in gone and not refusals(template, node, 0)
    ]
    # Whichever crashes, the smallest left is the worst.
    fitting.sort(key=lambda node: sorted(node.allocatable.items()))
    return fitting[: max(0, len(fitting) - scenario.faults.node_crashes)]


def _takes(other: Pods, nodes: Iterable[Node]) -> bool:
    return other.count != 0 and any(not refusals(other.template, node, 0) for node in nodes)


def roomy(setting: Setting, rivals: Iterable[Pods], nodes: list[Node]) -> bool:
    """Whether some node has room for one more pod of the workload, wherever all others are.

    A node is shut by a resource once others hold more of it than it has beyond one pod's request.
    For each resource, as many nodes are shut as all that others hold can shut, the easiest first.
    """
    own = setting.own.template
    surge = setting.scenario.workload.rounded[0] if rolled_out(setting.scenario) else 0
    held: dict[str, int] = {}
    counted = [(setting.own, setting.scenario.workload.replicas + surge - 1)]
    for rival in rivals:
        if rival.count is None:
            return False
        counted.append((rival, rival.count))
    for pods, count in counted:
        for resource, amount in (*pods.template.requests.items(), ("pods", 1)):
            held[resource] = held.get(resource, 0) + count * amount
    shut = 0
    for resource, amount in (*own.requests.items(), ("pods", 1)):
        left = held[resource]
        if not amount:
            continue
        for spare in sorted(node.allocatable.get(resource, 0) - amount for node in nodes):
            left -= spare + 1
            if left < 0:
                break
            shut += 1
    return shut < len(nodes)


def _priority(setting: Setting, pods: Pods) -> int:
    """What admission makes of a pod's priorityClassName, as far as the classes are here."""
    classes = {each.name: each for each in setting.around.of_kind("PriorityClass")}
    system = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
    where = "spec.priorityClassName" if pods.manifest.kind == "Pod" else f"{_POD}.priorityClassName"
    name = str(pods.manifest.value(where) or "")
    found = classes.get(name)
    if not name:
        found = next((each for each in classes.values() if each.value("globalDefault")), None)
    value = None if found is None else found.value("value")
    return value if isinstance(value, int) else system.get(name, 0)


def _preempting(setting: Setting) -> Iterator[Found]:
    """Others of a higher priority that may lack room on the same nodes."""
    crowd = {found.source for found in _crowded(setting)}
    if not crowd:
        return
    least = _priority(setting, setting.own)
    for other in setting.others:
        if other.manifest.source in crowd and _priority(setting, other) > least:
            yield Found(f"the priority of {other.manifest.label}", other.manifest.source)


def tainted(scenario: Scenario) -> bool:
    """where nodes are tainted, or pods are bound by nodeName"""
    return scenario.change.kind == "taint" or bool(scenario.workload.template.node_name)


OMITTED = (
    Omission(
        "pod-affinity",
        "a pod waits for a node beside the pods that its required affinity selects",
        NEVER_BOUND,
        TOGETHER,
        (Field(f"{_POD}.affinity.podAffinity", _required),),
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
        "a pod waits for a node where constraints with DoNotSchedule leave it",
        NEVER_BOUND,
        TOGETHER,
        (Field(f"{_POD}.topologySpreadConstraints[*]", _hard),),
    ),
    Omission(
        "scheduling-gates",
        "no pod is scheduled until somebody takes its gates away",
        NEVER_BOUND,
        fields=(Field(f"{_POD}.schedulingGates"),),
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
        {
            **NEVER_BOUND,
            **doubts("drain-completes", "no-overcommit", "placement-respected", *TOGETHER),
            **doubts("no-eviction-loop"),
        },
        doubts(*_LIVENESS, "drain-completes", "no-eviction-loop", *TOGETHER),
        (Field(f"{_POD}.schedulerName", _other),),
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
        "shared-nodes",
        "pods of other workloads take room on the nodes",
        NEVER_BOUND,
        elsewhere=_crowded,
    ),
    Omission(
        "preemption",
        "pods make room for pending ones of a higher priority",
        {**doubts(*_KEPT), **NEVER_BOUND},
        elsewhere=_preempting,
    ),
)
