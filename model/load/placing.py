"""One pod to place, and the cluster to place it in, from manifests.

Pods that have a node and have not ended are where they say; other pods, and replicas of workloads,
are nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, TextIO

from model.api.node import Node
from model.api.pod import Owner, Pod
from model.api.poddisruptionbudget import Disruptable
from model.api.priorityclass import PriorityClass, class_of
from model.api.schedulerprofile import SchedulerProfile
from model.api.selector import LabelSelector
from model.api.source import Source
from model.api.storage import Storage, Volume
from model.api.workload import Workload
from model.load import cluster, labels, nodes, pods, priority, schedulerconfig
from model.load.budgets import read_disruptable
from model.load.diagnostics import Diagnostic, Report, suggest
from model.load.kinds import group_of
from model.load.library import Library
from model.load.objects import Object
from model.load.setting import TEMPLATES
from model.load.storage import provided, read_storage, template_claim
from model.load.tree import Mapping as Tree
from model.load.tree import as_bool, as_int, as_mapping, as_text, mappings_of, texts_of
from model.plugins import daemon_nodes
from model.plugins.snapshot import Selecting, Snapshot
from model.plugins.spreading import REVISION

if TYPE_CHECKING:
    from model.load.check import Check

OPTION = Source("--pod", 1)
_HASH = REVISION["Deployment"]
#: What nobody says: the hash of a template that no pod is made from yet.
_NEW = "new"
_ENDED = ("Succeeded", "Failed")
#: The controllers that upstream asks whom they select.
_SELECTING = ("ReplicaSet", "StatefulSet", "ReplicationController")


@dataclass(frozen=True)
class Question:
    """A pod, the cluster without it, and what was assumed of both in sentences. `kept` says what
    keeps the scheduler from looking at the pod at all."""

    snapshot: Snapshot
    pod: Pod
    assumptions: tuple[str, ...]
    kept: str = ""
    #: What of the pod is not looked at; of all but what is in `lenient` more nodes might refuse it,
    #: of that fewer.
    unmodelled: tuple[str, ...] = ()
    lenient: tuple[str, ...] = ()
    budgets: tuple[Disruptable, ...] = ()
    #: Names of budgets that have no status: they count as letting nothing be disrupted.
    uncounted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """`question` is None exactly when a diagnostic is an error."""

    question: Question | None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass
class _World:
    """Everything that was read."""

    objects: list[Object]
    report: Report
    assumptions: list[str] = field(default_factory=list)
    classes: Mapping[str, PriorityClass] = field(default_factory=dict)
    #: The Check that is about the pod, if any: it may describe nodes.
    check: Check | None = None

    def of(self, *kinds: str) -> Iterator[Object]:
        return (found for found in self.objects if found.read and found.kind in kinds)


def ask(
    paths: Sequence[str],
    name: str,
    *,
    property_names: Sequence[str],
    size: str | None = None,
    stdin: TextIO | None = None,
) -> Asked:
    """The question what becomes of a pod, by its name. `size` is what `--nodes` says; of
    `property_names` a Check may speak."""
    report = Report()
    group = None if size is None else nodes.parse_override(size, report)
    library = Library(property_names, stdin, report)
    library.read(paths)
    lots = library.lots()
    found = {id(each): each for lot in lots for each in lot.objects}
    world = _World(list(found.values()), report)
    chosen = None if report.failed else _chosen(world, name)
    if chosen is None:
        return Asked(None, report.sorted())
    world.check = next((lot.check for lot in lots if chosen in lot.objects and lot.check), None)
    question = _question(world, chosen, group)
    return Asked(None if report.failed else question, report.sorted())


def _chosen(world: _World, name: str) -> Object | None:
    """The object that a name means: a pod, or a workload whose next pod is meant."""
    running = [found for found in world.of("Pod") if _called(found, name)]
    others = [found for found in world.of(*TEMPLATES) if _called(found, name)]
    candidates = running or others
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        labels_ = ", ".join(found.label for found in candidates)
        world.report.error("P305", f"`{name}` may be {labels_}", OPTION, "give one of these names")
        return None
    known = [found.name for found in world.of(*TEMPLATES)]
    hint = suggest(name, known) or f"there are {', '.join(sorted(set(known))[:8]) or 'none'}"
    world.report.error("P305", f"no pod or workload `{name}`", OPTION, hint)
    return None


def _called(found: Object, name: str) -> bool:
    kind, namespace, own = found.kind, found.namespace, found.name
    return name in (own, f"{namespace}/{own}", f"{kind}/{own}", f"{kind}/{namespace}/{own}")


def _question(world: _World, chosen: Object, group: nodes.NodeGroup | None) -> Question:
    path, _ = TEMPLATES[chosen.kind]
    root = "".join(f"{part}." for part in path)
    tree = as_mapping(chosen.tree.at(*path)) if path else chosen.tree
    if tree is None:
        world.report.error("P104", f"`{root[:-1]}` is required", chosen.source)
        tree = Tree(chosen.source)
    pod = _next(world, chosen, pods.pod_of(tree, chosen, world.report, root))
    world.classes = priority.read_classes(world.objects)
    pod = _prioritised(world, pods.created(pod, tree), tree)
    held = read_storage(world.objects, world.report)
    pod, held = _claims(world, chosen, tree, pod, held)
    controllers = list(_controllers(world))
    if chosen.kind != "Pod":
        controllers += _controller(chosen, pod)
    _tell_of_owner(world, pod, controllers)
    profile, kept = _profile(world, tree)
    others = list(_others(world, chosen))
    snapshot = Snapshot.of(
        _nodes(world, pod, group),
        (other for other in others if other.node),
        namespaces=_namespaces(world),
        services=_services(world),
        controllers=controllers,
        storage=held,
        profile=profile,
        nominated=(other for other in others if not other.node and other.nominated),
    )
    if pod.node and chosen.kind == "Pod":
        told = f"{pod.name} is on {pod.node}: it is placed as if it were pending"
        world.assumptions.append(told)
        pod = replace(pod, node="")
    budgets = list(world.of("PodDisruptionBudget"))
    return Question(
        snapshot,
        pod,
        tuple(world.assumptions),
        kept,
        tuple(_unmodelled(world, tree, pod)),
        tuple(_migrated(pod, held)),
        tuple(read_disruptable(each, world.report) for each in budgets),
        tuple(b.name for b in budgets if b.tree.at("status", "disruptionsAllowed") is None),
    )


def _tell_of_owner(world: _World, pod: Pod, controllers: Sequence[Selecting]) -> None:
    """Whom default spread counts follows from the pod's controller."""
    owner = pod.owner
    if pod.spread or owner is None or owner.kind not in _SELECTING:
        return
    names = {(each.namespace, each.kind, each.name) for each in controllers}
    if (pod.namespace, owner.kind, owner.name) not in names:
        told = f"{owner.kind} {owner.name}, which owns the pod, is not given"
        world.assumptions.append(f"{told}: scores do not spread its pods")


def _next(world: _World, chosen: Object, pod: Pod) -> Pod:
    """The next pod of a workload; a pod is its own."""
    if chosen.kind == "Pod":
        return pod
    name, own = chosen.name, dict(pod.labels)
    if chosen.kind == "DaemonSet":
        on_host = as_bool(chosen.tree.at("spec", "template", "spec", "hostNetwork"))
        borne = daemon_nodes.tolerations(pod.template, host_network=on_host)
        pod = replace(pod, template=replace(pod.template, tolerations=borne))
        told = f"{chosen.label} has a pod for each node: these are the nodes that take one"
        world.assumptions.append(told)
    if chosen.kind == "Deployment":
        name = f"{name}-{_NEW}"
        own[_HASH] = _NEW
        world.assumptions.append(
            f"the pod is the first of a new ReplicaSet of {chosen.label}; to place one of an older "
            "one, give that pod"
        )
    kind = "ReplicaSet" if chosen.kind == "Deployment" else chosen.kind
    owner = Owner(chosen.api_version, kind, name)
    called = pod.name
    if chosen.kind == "StatefulSet":
        there = {found.name for found in world.of("Pod") if found.namespace == chosen.namespace}
        ordinals = count(as_int(chosen.tree.at("spec", "ordinals", "start")) or 0)
        called = next(one for o in ordinals if (one := f"{name}-{o}") not in there)
    volumes = (replace(v, claim=f"{called}-{v.name}") if v.ephemeral else v for v in pod.volumes)
    template = replace(pod.template, labels=own)
    return replace(pod, name=called, template=template, owner=owner, volumes=tuple(volumes))


def _claims(
    world: _World, chosen: Object, tree: Tree, pod: Pod, held: Storage
) -> tuple[Pod, Storage]:
    """The pod with the volumes that a StatefulSet adds; and the claims that controllers make for
    it, as if they had."""
    volumes, made, report = list(pod.volumes), [], world.report
    for _, volume in mappings_of(tree.at("spec", "volumes")):
        template = as_mapping(volume.at("ephemeral", "volumeClaimTemplate"))
        if template is not None:
            name = f"{pod.name}-{as_text(volume.at('name'))}"
            made.append(template_claim(template, pod.namespace, name, pod.uid, report))
    if chosen.kind == "StatefulSet":
        for _, template in mappings_of(chosen.tree.at("spec", "volumeClaimTemplates")):
            name = as_text(template.at("metadata", "name"))
            claim = f"{name}-{pod.name}"
            volumes = [each for each in volumes if each.name != name]
            volumes.append(Volume(name, claim))
            made.append(template_claim(template, pod.namespace, claim, "", report))
    claims, there = dict(held.claims), dict(held.volumes)
    new = {key: claim for claim in made if (key := (claim.namespace, claim.name)) not in claims}
    used = ((pod.namespace, volume.claim or "") for volume in volumes)
    # A claim without uid has not been stored: nobody has seen it yet.
    fresh = {key: claims[key] for key in used if key in claims and not claims[key].uid}
    for key, claim_ in {**new, **fresh}.items():
        claims[key], volume_ = provided(claim_, held)
        told = [f"claim {claim_.name}"]
        if key in new:
            told.append("is there as its template says")
        if volume_ is not None:
            there[volume_.name] = volume_
            told.append("is bound to a volume that every node reaches")
        if len(told) > 1:
            world.assumptions.append(f"{told[0]} {' and '.join(told[1:])}")
    return replace(pod, volumes=tuple(volumes)), replace(held, claims=claims, volumes=there)


def _controller(chosen: Object, pod: Pod) -> Iterator[Selecting]:
    """The controller of a workload's next pod, where it is not among the objects."""
    if chosen.kind == "Deployment" and pod.owner is not None:
        selector = _selector(chosen)
        own = {**selector.match_labels, _HASH: _NEW}
        whole = LabelSelector(own, selector.match_expressions)
        yield Selecting(chosen.namespace, pod.owner.name, whole, "ReplicaSet")


def _controllers(world: _World) -> Iterator[Selecting]:
    for found in world.of(*_SELECTING):
        yield Selecting(found.namespace, found.name, _selector(found), found.kind)


def _selector(found: Object) -> LabelSelector:
    tree = as_mapping(found.tree.at("spec", "selector"))
    if found.kind == "ReplicationController":
        own = texts_of(tree) or texts_of(found.tree.at("spec", "template", "metadata", "labels"))
        return LabelSelector(own)
    # Its mistakes have been told where it was checked.
    return LabelSelector() if tree is None else labels.read_selector(tree, "", Report())


def _services(world: _World) -> Iterator[Selecting]:
    for found in world.of("Service"):
        selector = texts_of(found.tree.at("spec", "selector"))
        if selector:
            yield Selecting(found.namespace, found.name, LabelSelector(selector))


def _namespaces(world: _World) -> Mapping[str, Mapping[str, str]]:
    """Each namespace that is given or that anything is in, with its labels."""
    found: dict[str, dict[str, str]] = {}
    for each in world.objects:
        if each.namespace:
            found.setdefault(each.namespace, {})
        if each.kind == "Namespace" and each.read:
            found.setdefault(each.name, {}).update(texts_of(each.tree.at("metadata", "labels")))
    for name, own in found.items():
        own["kubernetes.io/metadata.name"] = name
    return found


def _others(world: _World, chosen: Object) -> Iterator[Pod]:
    """The pods that have not ended, but for the one that is placed."""
    for found in world.of("Pod"):
        ended = as_text(found.tree.at("status", "phase")) in _ENDED
        if found is not chosen and not ended:
            other = pods.created(pods.read_pod(found, world.report), found.tree)
            yield _prioritised(world, other, found.tree)


def _prioritised(world: _World, pod: Pod, tree: Tree) -> Pod:
    """A pod with the priority that admission gives it."""
    if tree.at("spec", "priority") is not None:
        return pod
    name = as_text(tree.at("spec", "priorityClassName"))
    found = class_of(name, world.classes)
    if found is None:
        told = f"PriorityClass {name} is not given: pods of it have priority 0"
        if told not in world.assumptions:
            world.assumptions.append(told)
        return pod
    says_so = tree.at("spec", "preemptionPolicy") is not None
    return replace(pod, priority=found.value, preempts=pod.preempts if says_so else found.preempts)


def _nodes(world: _World, pod: Pod, group: nodes.NodeGroup | None) -> Iterable[Node]:
    given = [cluster.read_node(found, world.report) for found in world.of("Node")]
    alone = Workload("Pod", pod.namespace, pod.name, 1, LabelSelector(), pod.template)
    found = nodes.nodes_for(alone, [alone], given, world.check, group)
    world.assumptions += found.assumptions
    return found.nodes


def _profile(world: _World, tree: Tree) -> tuple[SchedulerProfile, str]:
    """The profile by which a pod is placed; and what keeps the scheduler from looking at it."""
    configured = [
        found
        for found in world.objects
        if found.kind == schedulerconfig.KIND
        and group_of(found.api_version) == schedulerconfig.GROUP
    ]
    profiles = [SchedulerProfile()]
    for found in configured:
        profiles = schedulerconfig.read_profiles(found.tree, world.report)
    name = as_text(tree.at("spec", "schedulerName")) or "default-scheduler"
    known = next((each for each in profiles if each.name == name), None)
    gates = [
        as_text(gate.at("name")) for _, gate in mappings_of(tree.at("spec", "schedulingGates"))
    ]
    if gates:
        return known or SchedulerProfile(), f"it has scheduling gates: {', '.join(gates)}"
    return known or SchedulerProfile(), "" if known else f"its scheduler is {name}"


def _unmodelled(world: _World, tree: Tree, pod: Pod) -> Iterator[str]:
    """What can only keep a pod off more nodes, or add to its requests."""
    if any(True for _ in mappings_of(tree.at("spec", "resourceClaims"))):
        yield "claims of devices (spec.resourceClaims)"
    if pod.uid:  # what admission adds has been added
        return
    name = as_text(tree.at("spec", "runtimeClassName"))
    if name and tree.at("spec", "overhead") is None:
        yield f"what RuntimeClass {name} adds"
    for found in world.objects:
        if found.kind == "LimitRange" and found.namespace == pod.namespace:
            yield f"what LimitRange {found.name} adds"


def _migrated(pod: Pod, held: Storage) -> Iterator[str]:
    for volume in pod.volumes:
        claim = held.claims.get((pod.namespace, volume.claim or ""))
        bound = held.volumes.get(claim.volume) if claim is not None else None
        if volume.migratable or (bound is not None and bound.migratable):
            yield f"volume {volume.name}: a CSI driver stands for its kind"
