"""Required affinity of a pod template: to nodes, and away from its own kind.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateAffinity),
`staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go`.

Omits: preferences; pod affinity and anti-affinity towards other workloads, which are among the
rows of `model.scheduler.omitted`.
"""

from __future__ import annotations

from model.api.pod import AntiAffinityTerm
from model.api.selector import Requirement
from model.load import labels
from model.load.diagnostics import Report
from model.load.tree import Mapping, as_mapping, as_text, items_of, mappings_of

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
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
