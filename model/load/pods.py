"""Pods as the scheduler sees them.

Source: kubernetes 1.36 `pkg/apis/core/v1/defaults.go`.

Omits: claims of devices.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from model.api.affinity import PodAffinityTerm, WeightedPodAffinityTerm
from model.api.pod import Owner, Pod
from model.load import pod, spread, storage
from model.load.affinity import PREFERRED, REQUIRED, inside, keyed_term, read_affinity
from model.load.diagnostics import Report
from model.load.objects import Object
from model.load.tree import (
    Mapping,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    mappings_of,
    texts_of,
)
from model.plugins.defaulttolerationseconds import admitted_tolerations


def read_pod(found: Object, report: Report) -> Pod:
    """A pod as it is stored: what admission adds is there already, or is not."""
    return pod_of(found.tree, found, report, "")


def pod_of(tree: Mapping, found: Object, report: Report, root: str) -> Pod:
    """The pod that `tree`, a pod or the template of one, describes; `found` is the object that it
    is in, `root` the path of the tree."""
    template = pod.read_template(tree, found.namespace, report, root)
    spec = as_mapping(tree.at("spec")) or Mapping(found.source)
    everyone = [c for f in ("initContainers", "containers") for _, c in mappings_of(spec.at(f))]
    sources = (as_text(v.at("image", "reference")) for _, v in mappings_of(spec.at("volumes")))
    return Pod(
        namespace=found.namespace,
        name=found.name,
        template=replace(template, node_name=""),
        node=template.node_name,
        affinity=read_affinity(spec, found.namespace, f"{root}spec.affinity", report),
        spread=tuple(spread.spread_of(spec, "topologySpreadConstraints", f"{root}spec", report)),
        images=(*(as_text(c.at("image")) for c in everyone), *filter(None, sources)),
        containers=len(everyone),
        volumes=tuple(
            storage.read_volume(v, found.name) for _, v in mappings_of(spec.at("volumes"))
        ),
        owner=_owner(tree),
        uid=as_text(tree.at("metadata", "uid")),
        terminating=tree.at("metadata", "deletionTimestamp") is not None,
        preempted=_preempted(tree),
        priority=as_int(spec.at("priority")) or 0,
        preempts=as_text(spec.at("preemptionPolicy")) != "Never",
        nominated=as_text(tree.at("status", "nominatedNodeName")),
        started=_started(tree),
        source=found.source,
    )


def _preempted(tree: Mapping) -> bool:
    """Whether a pod is being deleted so that another has its place."""
    if tree.at("metadata", "deletionTimestamp") is None:
        return False
    for _, condition in mappings_of(tree.at("status", "conditions")):
        if as_text(condition.at("type")) == "DisruptionTarget":
            reason = as_text(condition.at("reason"))
            return as_text(condition.at("status")) == "True" and reason == "PreemptionByScheduler"
    return False


def _started(tree: Mapping) -> float | None:
    text = as_text(tree.at("status", "startTime"))
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None  # `shape` has said so


def created(given: Pod, tree: Mapping) -> Pod:
    """A pod once the API server has stored it: tolerations that admission adds, and selectors of
    pod affinity with the labels that matchLabelKeys and mismatchLabelKeys name. `tree` is the pod
    or template that it was read from; one that has been stored before stays as it is."""
    template = replace(given.template, tolerations=admitted_tolerations(given.template))
    whole = as_mapping(tree.at("spec", "affinity")) or Mapping(given.source)

    def keyed(term: PodAffinityTerm, written: Mapping) -> PodAffinityTerm:
        return keyed_term(term, written, given.labels)

    def required(kind: str, terms: tuple[PodAffinityTerm, ...]) -> tuple[PodAffinityTerm, ...]:
        written = (tree for _, tree in mappings_of(whole.at(kind, REQUIRED)))
        return tuple(keyed(*pair) for pair in zip(terms, written, strict=True))

    def preferred(
        kind: str, terms: tuple[WeightedPodAffinityTerm, ...]
    ) -> tuple[WeightedPodAffinityTerm, ...]:
        written = (inside(tree) for _, tree in mappings_of(whole.at(kind, PREFERRED)))
        pairs = zip(terms, written, strict=True)
        return tuple(replace(each, term=keyed(each.term, tree)) for each, tree in pairs)

    held = given.affinity
    affinity = replace(
        held,
        required=required("podAffinity", held.required),
        preferred=preferred("podAffinity", held.preferred),
        anti_required=required("podAntiAffinity", held.anti_required),
        anti_preferred=preferred("podAntiAffinity", held.anti_preferred),
    )
    return replace(given, template=template, affinity=affinity)


def _owner(tree: Mapping) -> Owner | None:
    for _, each in mappings_of(tree.at("metadata", "ownerReferences")):
        if as_bool(each.at("controller")):
            held = texts_of(each)
            return Owner(held.get("apiVersion", ""), held.get("kind", ""), held.get("name", ""))
    return None
