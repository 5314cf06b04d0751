"""Affinity of a pod template: to nodes, to pods, and away from its own kind or from others.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateAffinity),
`staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go`,
`pkg/registry/core/pod/strategy.go` (applyMatchLabelKeysAndMismatchLabelKeys); kube-scheduler v0.36
`framework/types.go` (getNamespacesFromPodAffinityTerm).

Omits: anti-affinity towards other workloads, which is among the rows of `model.scheduler.omitted`.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Labels
from dataclasses import replace

from model.api.affinity import Affinity, PodAffinityTerm, PreferredNodes, WeightedPodAffinityTerm
from model.api.pod import AntiAffinityTerm
from model.api.selector import LabelSelector, Requirement
from model.load import labels
from model.load.diagnostics import Report
from model.load.tree import Mapping, as_int, as_mapping, as_text, items_of, mappings_of

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
#: Fields of a term that say more of whom it selects than its selector and its namespaces.
NARROWING = ("matchLabelKeys", "mismatchLabelKeys", "namespaceSelector")


def read_node_affinity(
    spec: Mapping, path: str, report: Report, *, idle: bool = False
) -> tuple[tuple[Requirement, ...], ...] | None:
    """The required terms; None when there are none to meet.

    A term without requirements matches no node upstream and is left out here, unless such `idle`
    ones are asked for: the empty tuple stands for terms of which none can match.
    """
    required = as_mapping(spec.at("affinity", "nodeAffinity", REQUIRED))
    if required is None:
        return None
    where = f"{path}.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    terms = []
    for index, term in mappings_of(required.at("nodeSelectorTerms")):
        at = f"{where}[{index}]"
        requirements = labels.read_requirements(
            term, "matchExpressions", at, labels.NODE_OPERATORS, report
        ) + labels.read_requirements(term, "matchFields", at, ("In", "NotIn"), report)
        if requirements or idle:
            terms.append(requirements)
    return tuple(terms)


def read_anti_affinity(
    spec: Mapping, own: dict[str, str], namespace: str, report: Report
) -> tuple[AntiAffinityTerm, ...]:
    """Required anti-affinity terms that select the template itself."""
    found = []
    where = f"spec.template.spec.affinity.podAntiAffinity.{REQUIRED}"
    for index, term in mappings_of(spec.at("affinity", "podAntiAffinity", REQUIRED)):
        at = f"{where}[{index}]"
        topology = as_text(term.at("topologyKey"))
        namespaces = [as_text(item) for item in items_of(term.at("namespaces"))]
        selector = as_mapping(term.at("labelSelector"))
        # A null selector matches no pod.
        selects = selector is not None and labels.read_selector(
            selector, f"{at}.labelSelector", report
        ).selects(own)
        simple = not any(term.at(key) is not None for key in NARROWING)
        if simple and selects and (not namespaces or namespace in namespaces):
            found.append(AntiAffinityTerm(topology))
    return tuple(found)


def read_near(
    spec: Mapping, own: Labels[str, str], namespace: str, path: str
) -> tuple[PodAffinityTerm, ...]:
    """The required terms of affinity to pods; `own` are the template's labels. Mistakes in them are
    told where they are validated."""
    where, report = f"{path}.affinity.podAffinity.{REQUIRED}", Report()
    return tuple(
        keyed_term(read_term(tree, namespace, f"{where}[{index}]", report), tree, own)
        for index, tree in mappings_of(spec.at("affinity", "podAffinity", REQUIRED))
    )


def read_term(tree: Mapping, namespace: str, path: str, report: Report) -> PodAffinityTerm:
    """A term of affinity to pods as it is written."""
    named = frozenset(as_text(item) for item in items_of(tree.at("namespaces")))
    by_labels = _selector(tree, "namespaceSelector", path, report)
    if not named and by_labels is None:
        named = frozenset({namespace})
    selector = _selector(tree, "labelSelector", path, report)
    return PodAffinityTerm(as_text(tree.at("topologyKey")), selector, named, by_labels)


def _selector(tree: Mapping, field: str, path: str, report: Report) -> LabelSelector | None:
    found = as_mapping(tree.at(field))
    return None if found is None else labels.read_selector(found, f"{path}.{field}", report)


def keyed_term(term: PodAffinityTerm, written: Mapping, own: Labels[str, str]) -> PodAffinityTerm:
    """A term with what matchLabelKeys and mismatchLabelKeys add to its selector when a pod is
    stored that has labels of its `own`."""
    if term.selector is None:
        return term
    added = tuple(_keyed(written, own))
    expressions = (*term.selector.match_expressions, *added)
    return replace(term, selector=LabelSelector(term.selector.match_labels, expressions))


def _keyed(written: Mapping, own: Labels[str, str]) -> Iterator[Requirement]:
    for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
        for item in items_of(written.at(field)):
            key = as_text(item)
            if key in own:
                yield Requirement(key, operator, (own[key],))  # type: ignore[arg-type]


def inside(weighted: Mapping) -> Mapping:
    """The term of a preference."""
    return as_mapping(weighted.at("podAffinityTerm")) or Mapping(weighted.source)


def read_affinity(spec: Mapping, namespace: str, path: str, report: Report) -> Affinity:
    """All that a pod says of nodes and pods, as it is written."""
    whole = as_mapping(spec.at("affinity"))
    if whole is None:
        return Affinity()

    def required(kind: str) -> tuple[PodAffinityTerm, ...]:
        where = f"{path}.{kind}.{REQUIRED}"
        return tuple(
            read_term(tree, namespace, f"{where}[{index}]", report)
            for index, tree in mappings_of(whole.at(kind, REQUIRED))
        )

    def preferred(kind: str) -> tuple[WeightedPodAffinityTerm, ...]:
        where = f"{path}.{kind}.{PREFERRED}"
        return tuple(
            WeightedPodAffinityTerm(
                as_int(tree.at("weight")) or 0,
                read_term(inside(tree), namespace, f"{where}[{index}].podAffinityTerm", report),
            )
            for index, tree in mappings_of(whole.at(kind, PREFERRED))
        )

    return Affinity(
        read_node_affinity(spec, path.removesuffix(".affinity"), report, idle=True),
        preferred_nodes(whole, path, report),
        required("podAffinity"),
        preferred("podAffinity"),
        required("podAntiAffinity"),
        preferred("podAntiAffinity"),
    )


def preferred_nodes(whole: Mapping, path: str, report: Report) -> tuple[PreferredNodes, ...] | None:
    """The preferences for nodes of an affinity; None where it has none at all."""
    if whole.at("nodeAffinity", PREFERRED) is None:
        return None
    found = []
    for index, tree in mappings_of(whole.at("nodeAffinity", PREFERRED)):
        where = f"{path}.nodeAffinity.{PREFERRED}[{index}].preference"
        preference = as_mapping(tree.at("preference")) or Mapping(tree.source)
        operators = labels.NODE_OPERATORS
        requirements = labels.read_requirements(
            preference, "matchExpressions", where, operators, report, strict=False
        ) + labels.read_requirements(
            preference, "matchFields", where, ("In", "NotIn"), report, strict=False
        )
        found.append(PreferredNodes(as_int(tree.at("weight")) or 0, requirements))
    return tuple(found)
