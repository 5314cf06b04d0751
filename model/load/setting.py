"""What each workload of a unit is checked together with, and what of it the model leaves out.

Pods of kinds that are not checked are read as well, as far as they can get in a workload's way.

Source: k8s.io/api v0.36.3 (`apps/v1`, `batch/v1`, `core/v1`, each `types.go`): where a kind has its
template, and how many pods it keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from model import scope
from model.api.resourcequota import PodQuota
from model.api.schedulerprofile import SchedulerProfile
from model.api.workload import Workload
from model.load import labels, pod
from model.load.affinity import NARROWING, REQUIRED
from model.load.diagnostics import Report
from model.load.kinds import group_of, groups
from model.load.objects import Object
from model.load.tree import Mapping as Tree
from model.load.tree import as_int, as_mapping, as_text, find, items_of, mappings_of
from model.omissions import OMISSIONS
from model.plugins import storageclasses
from model.scenario import Scenario
from model.scheduler import priorities
from model.setting import Manifest, Pods, Setting, Surroundings, Term
from model.use import Use
from model.words import listed

#: The omission by which somebody takes them away.
_GATES = "scheduling-gates"
#: Kind to where its template is, and to the field that says how many pods there are at a time; ""
#: if none does.
TEMPLATES: dict[str, tuple[tuple[str, ...], str]] = {
    "Deployment": (("spec", "template"), "spec.replicas"),
    "ReplicaSet": (("spec", "template"), "spec.replicas"),
    "StatefulSet": (("spec", "template"), "spec.replicas"),
    "ReplicationController": (("spec", "template"), "spec.replicas"),
    "DaemonSet": (("spec", "template"), ""),
    "Job": (("spec", "template"), "spec.parallelism"),
    "CronJob": (("spec", "jobTemplate", "spec", "template"), ""),
    "Pod": ((), ""),
}


#: The group of configurations of a scheduler.
_GROUP = "kubescheduler.config.k8s.io"


class Settings:
    """The settings of a unit's workloads, and what they ask for."""

    def __init__(self, objects: Sequence[Object], workloads: Sequence[Workload]) -> None:
        known = self._known = {_key(workload): workload for workload in workloads}
        own = [found for found in objects if _is_builtin(found)]
        labelled = {found.label for found in own}
        pods = [
            _pods(found, known.get(_key(found)))
            for found in own
            if found.kind in TEMPLATES and not _owned(found, labelled)
        ]
        self._around = Surroundings(pods, own)
        self._configured = [
            found.tree
            for found in objects
            if found.kind == "KubeSchedulerConfiguration" and group_of(found.api_version) == _GROUP
        ]
        self._by_key = {_key(each.manifest): each for each in pods}
        #: Whether there are pods of more than one workload.
        self.crowd = len(pods) > 1

    @property
    def pods(self) -> Sequence[Pods]:
        """Of every object that runs some, whether or not its kind is checked."""
        return self._around.pods

    def priority_classes(self) -> set[str]:
        """Labels of the PriorityClasses that some pods have, by name or by default."""
        given = self._around.of_kind("PriorityClass")
        path = "spec.template.spec.priorityClassName"
        names = [each.manifest.value(path) for each in self.pods] if given else []
        return {
            each.label
            for each in given
            if each.name in names or (each.value("globalDefault") is True and None in names)
        }

    def absent_claims(self, workload: Workload) -> str:
        """The claims of a workload that are not among the objects, listed."""
        path = "spec.template.spec.volumes[*].persistentVolumeClaim.claimName"
        claims = self._around.of_kind("PersistentVolumeClaim", workload.namespace)
        here = {each.name for each in claims}
        names = (written.value for written in self._by_key[_key(workload)].manifest.written(path))
        return ", ".join(name for name in names if isinstance(name, str) and name not in here)

    def classes(self, workload: Workload) -> list[str]:
        """Labels of the StorageClasses of the claims that a StatefulSet makes: they are read."""
        manifest = self._by_key[_key(workload)].manifest
        return [
            each.label
            for each in storageclasses.used(manifest, self._around.of_kind("StorageClass"))
        ]

    def zonal(self, workload: Workload) -> bool:
        """Whether a StatefulSet's claims get disks in the zones where its pods are first bound."""
        manifest = self._by_key[_key(workload)].manifest
        return storageclasses.pinned(manifest, self._around.of_kind("StorageClass"))

    def placed(self, scenario: Scenario, *, sized: bool, given: bool) -> Scenario:
        """The scenario with those that its workload meets, only the budgets that guard some of
        them, and what the manifests ask for and the model leaves out. `sized` is as for `Setting`;
        `given` is whether the nodes are those of the manifests, if there are any."""
        nodes = self._around.of_kind("Node") if given else ()
        own = self._by_key[_key(scenario.workload)]
        scenario = replace(scenario, profile=self._profile(own))
        setting = Setting(scenario, own, self._around, sized, nodes)
        resident = () if scenario.open else scope.residents(setting, self._workload)
        if resident:
            settled = [self._known[_key(pods.manifest)] for pods in resident]
            left = tuple(scope.less(node, settled) for node in scenario.nodes)
            scenario = replace(scenario, nodes=left)
            setting = replace(setting, scenario=scenario, resident=frozenset(resident))
        found = scope.Scope() if scenario.open else scope.scope(setting, self._workload)
        setting = replace(setting, inside=frozenset((own, *found.neighbours)))
        quotas = _quotas(setting)
        setting = replace(setting, scenario=replace(scenario, quotas=quotas))
        neighbours = tuple(
            scope.neighbour(self._known[_key(pods.manifest)], scenario.nodes)
            for pods in found.neighbours
        )
        omitted = tuple(self._uses(setting, found.neighbours))
        if any(use.name == "pod-affinity" for use in omitted):
            scenario = _far(scenario)
            neighbours = tuple(map(_alone, neighbours))
        if priorities.differ(setting) and priorities.is_followed(setting):
            its = [priorities.priority(setting, each) for each in (own, *found.neighbours)]
            scenario = replace(scenario, workload=priorities.given(scenario.workload, its[0]))
            neighbours = tuple(map(priorities.given, neighbours, its[1:]))
        elif not priorities.priority(setting, own).preempts:
            # Nobody goes for its pods: all that comes of that is what the scheduler says of them.
            never = replace(scenario.workload.template, preempts=False)
            scenario = replace(scenario, workload=replace(scenario.workload, template=never))
        if _GATES in scenario.accepted:
            before = scenario.before and _opened(scenario.before)
            scenario = replace(scenario, workload=_opened(scenario.workload), before=before)
        workloads = (scenario.workload, *neighbours)
        return replace(
            scenario,
            neighbours=neighbours,
            apart=scope.apart(list(zip((own, *found.neighbours), workloads, strict=True))),
            meetings=found.meetings,
            assumptions=(
                *scenario.assumptions,
                *([scope.OTHERS_STAY] if neighbours else []),
                *(_before_others(resident)),
                *(_beside(quotas)),
            ),
            quotas=quotas,
            budgets=tuple(b for b in scenario.budgets if any(map(b.guards, workloads))),
            omitted=omitted,
        )

    def _profile(self, pods: Pods) -> SchedulerProfile:
        """The profile by which pods are placed; the default one where that is not known. Mistakes
        in it are told by `check place`."""
        if not self._configured:
            return SchedulerProfile()
        from model.load import schedulerconfig  # few have one

        name = pods.manifest.value("spec.template.spec.schedulerName") or SchedulerProfile().name
        for tree in self._configured:
            for profile in schedulerconfig.read_profiles(tree, Report()):
                if profile.name == name:
                    return profile
        return SchedulerProfile()

    def _uses(self, setting: Setting, neighbours: Sequence[Pods]) -> Iterator[Use]:
        """What the workload of a setting asks for and the model leaves out; and its neighbours,
        where those that they meet are too many to take part."""
        around = (scope.around(setting, each, self._workload) for each in neighbours)
        settings = (setting, *around)
        for omission in OMISSIONS.values():
            places = (found for each in settings for found in omission.found(each))
            for found in dict.fromkeys(places):
                yield Use(omission.name, omission.text, found.what, found.source)

    def _workload(self, pods: Pods) -> Workload | None:
        return self._known.get(_key(pods.manifest))


def _far(scenario: Scenario) -> Scenario:
    """A scenario without the affinity to pods that the model does not follow."""
    before = scenario.before and _alone(scenario.before)
    return replace(scenario, workload=_alone(scenario.workload), before=before)


def _alone(workload: Workload) -> Workload:
    return replace(workload, template=replace(workload.template, near=()))


def _opened(workload: Workload) -> Workload:
    """A workload whose pods' scheduling gates somebody takes away."""
    return replace(workload, template=replace(workload.template, gates=()))


def _before_others(resident: Sequence[Pods]) -> Iterator[str]:
    names = listed([pods.manifest.label for pods in resident], whole=True)
    if resident:
        yield scope.BEFORE_OTHERS.format(names)


def _beside(quotas: Sequence[PodQuota]) -> Iterator[str]:
    if any(quota.shared for quota in quotas):
        from model.apiserver import podquotas

        yield podquotas.SHARED


def _quotas(setting: Setting) -> tuple[PodQuota, ...]:
    """The quotas that the workload's pods may run out of."""
    if not setting.beside("ResourceQuota"):
        return ()
    # Few have one, and it costs milliseconds to import.
    from model.apiserver import podquotas

    return podquotas.limits(setting)


def _is_builtin(found: Object) -> bool:
    """Whether it is of one of Kubernetes' own kinds, not a custom one of the same name."""
    return found.kind in groups().get(group_of(found.api_version), ())


def _key(named: Manifest | Workload) -> tuple[str, str, str]:
    return named.kind, named.namespace, named.name


def _owned(found: Object, labelled: set[str]) -> bool:
    """Whether an owner of an object is among the objects: then its pods are the owner's."""
    owners = mappings_of(found.tree.at("metadata", "ownerReferences"))
    return any(
        f"{as_text(owner.at('kind'))}/{found.namespace}/{as_text(owner.at('name'))}" in labelled
        for _, owner in owners
    )


def _pods(found: Object, workload: Workload | None) -> Pods:
    path, counted = TEMPLATES[found.kind]
    tree = found.tree.at(*path) if path else found.tree
    template = as_mapping(tree) or Tree(found.source)
    count: int | None
    if workload is not None:
        read = workload.template
        fixed = workload.daemon is None and workload.cron is None
        count = workload.replicas if fixed else None
    else:
        # Mistakes in kinds that are not checked are not looked for.
        read = pod.read_template(template, found.namespace, Report())
        number = as_int(found.tree.at(*counted.split("."))) if counted else None
        count = 1 if number is None and (counted or found.kind == "Pod") else number
    # Others reckon with it that somebody takes gates away.
    read = replace(read, gates=())
    root = ".".join(path)
    terms = tuple(_terms(template, root, found.namespace))
    evenly = tuple(_spread(template, root, found.namespace))
    if workload is None:
        return Pods(found, read, count, terms, evenly)
    return Pods(found, read, count, terms, evenly, workload.is_pod, workload.selector)


def _terms(template: Tree, root: str, namespace: str) -> Iterator[Term]:
    """The required anti-affinity terms of a template."""
    where = "spec.affinity.podAntiAffinity"
    for _, term, source in find(template, f"{where}.{REQUIRED}[*]"):
        if not isinstance(term, Tree):
            continue
        selector = as_mapping(term.at("labelSelector"))
        namespaces = tuple(as_text(item) for item in items_of(term.at("namespaces")))
        yield Term(
            f"{root}.{where}".lstrip("."),
            as_text(term.at("topologyKey")),
            None if selector is None else labels.read_selector(selector, "", Report()),
            namespaces or (namespace,),
            source,
            not any(term.at(key) is not None for key in NARROWING),
        )


def _spread(template: Tree, root: str, namespace: str) -> Iterator[Term]:
    """The hard topology spread constraints of a template."""
    for path, each, source in find(template, "spec.topologySpreadConstraints[*]"):
        if not isinstance(each, Tree) or as_text(each.at("whenUnsatisfiable")) != "DoNotSchedule":
            continue
        selector = as_mapping(each.at("labelSelector"))
        yield Term(
            f"{root}.{path}".lstrip("."),
            as_text(each.at("topologyKey")),
            None if selector is None else labels.read_selector(selector, "", Report()),
            (namespace,),
            source,
        )
