"""What each workload of a unit is checked together with, and what of it the model leaves out.

Pods of kinds that are not checked are read as well, as far as they can get in a workload's way.

Source: k8s.io/api v0.36.0 (`apps/v1`, `batch/v1`, `core/v1`, each `types.go`): where a kind has its
template, and how many pods it keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model.load import labels, pod
from model.load.affinity import NARROWING, REQUIRED
from model.load.diagnostics import Report
from model.load.objects import Object
from model.load.tree import Mapping as Tree
from model.load.tree import as_int, as_mapping, as_text, find, items_of, mappings_of
from model.omission import Use
from model.omissions import OMISSIONS
from model.scenario import Scenario, Workload
from model.setting import Manifest, Pods, Setting, Term

#: Kind to where its template is, and to the field that says how many pods there are at a time; ""
#: if none does.
_TEMPLATES: dict[str, tuple[tuple[str, ...], str]] = {
    "Deployment": (("spec", "template"), "spec.replicas"),
    "ReplicaSet": (("spec", "template"), "spec.replicas"),
    "StatefulSet": (("spec", "template"), "spec.replicas"),
    "ReplicationController": (("spec", "template"), "spec.replicas"),
    "DaemonSet": (("spec", "template"), ""),
    "Job": (("spec", "template"), "spec.parallelism"),
    "CronJob": (("spec", "jobTemplate", "spec", "template"), ""),
    "Pod": ((), ""),
}


class Surroundings:
    """The objects of a unit, for the settings of its workloads."""

    def __init__(self, objects: Sequence[Object], workloads: Sequence[Workload]) -> None:
        self._objects: dict[str, list[Manifest]] = {}
        for found in objects:
            self._objects.setdefault(found.kind, []).append(found)
        known = {_key(workload): workload for workload in workloads}
        labelled = {found.label for found in objects}
        self._pods = [
            _pods(found, known.get(_key(found)))
            for found in objects
            if found.kind in _TEMPLATES and not _owned(found, labelled)
        ]
        self._by_key = {_key(pods.manifest): pods for pods in self._pods}
        #: Whether there are pods of more than one workload.
        self.crowd = len(self._pods) > 1

    def absent_claims(self, workload: Workload) -> str:
        """The claims of a workload that are not among the objects, listed."""
        path = "spec.template.spec.volumes[*].persistentVolumeClaim.claimName"
        here = {
            each.name
            for each in self._objects.get("PersistentVolumeClaim", ())
            if each.namespace == workload.namespace
        }
        names = (written.value for written in self._by_key[_key(workload)].manifest.written(path))
        return ", ".join(name for name in names if isinstance(name, str) and name not in here)

    def uses(
        self, scenario: Scenario, *, sized: bool, nodes: Sequence[Manifest]
    ) -> tuple[Use, ...]:
        """Where the manifests ask for something that the model leaves out, and that touches the
        scenario's workload. `sized` and `nodes` are as for `Setting`."""
        own = self._by_key[_key(scenario.workload)]
        others = [pods for pods in self._pods if pods is not own]
        setting = Setting(scenario, own, others, self._objects, sized, nodes)
        return tuple(
            Use(omission, found.what, found.source)
            for omission in OMISSIONS.values()
            for found in dict.fromkeys(omission.found(setting))
        )


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
    path, counted = _TEMPLATES[found.kind]
    tree = found.tree.at(*path) if path else found.tree
    template = as_mapping(tree) or Tree(found.source)
    count: int | None
    if workload is not None:
        read, count = workload.template, workload.replicas
    else:
        # Mistakes in kinds that are not checked are not looked for.
        read = pod.read_template(template, found.namespace, Report())
        number = as_int(found.tree.at(*counted.split("."))) if counted else None
        count = 1 if number is None and (counted or found.kind == "Pod") else number
    terms = tuple(_terms(template, ".".join(path), found.namespace))
    return Pods(found, read, count, terms)


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
