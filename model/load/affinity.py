"""Required affinity of a pod template: to nodes, and away from its own kind.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateAffinity),
`staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go`.

Omits: preferences; pod affinity and anti-affinity towards other workloads. Each omission that
meets a manifest becomes an assumption of its scenarios.
"""

from __future__ import annotations

from model.load import labels
from model.load.diagnostics import Report
from model.load.tree import Mapping, as_mapping, as_text, items_of, mappings_of
from model.scenario import AntiAffinityTerm, Requirement

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def read_node_affinity(
    spec: Mapping, path: str, report: Report
) -> tuple[tuple[Requirement, ...], ...] | None:
    """The required terms; None when there are none to meet.

    A term without requirements matches no node upstream and is left out here: the empty tuple
    stands for terms of which none can match.
    """
    required = as_mapping(spec.at("affinity", "nodeAffinity", _REQUIRED))
    if required is None:
        return None
    where = f"{path}.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    if not items_of(required.at("nodeSelectorTerms")):
        message = f"`{where}` needs at least one term"
        report.error("P104", message, required.place("nodeSelectorTerms"))
    terms = []
    for index, term in mappings_of(required.at("nodeSelectorTerms")):
        at = f"{where}[{index}]"
        requirements = labels.read_requirements(
            term, "matchExpressions", at, labels.NODE_OPERATORS, report
        ) + labels.read_requirements(term, "matchFields", at, ("In", "NotIn"), report)
        if requirements:
            terms.append(requirements)
    return tuple(terms)


def read_anti_affinity(
    spec: Mapping, own: dict[str, str], namespace: str, report: Report
) -> tuple[tuple[AntiAffinityTerm, ...], list[str]]:
    """Required anti-affinity terms that select the template itself, and what is left out."""
    found, left_out = [], []
    where = f"spec.template.spec.affinity.podAntiAffinity.{_REQUIRED}"
    for index, term in mappings_of(spec.at("affinity", "podAntiAffinity", _REQUIRED)):
        at = f"{where}[{index}]"
        topology = _topology_key(term, at, report)
        namespaces = [as_text(item) for item in items_of(term.at("namespaces"))]
        selector = as_mapping(term.at("labelSelector"))
        # A null selector matches no pod.
        selects = selector is not None and labels.selects(
            labels.read_selector(selector, f"{at}.labelSelector", report), own
        )
        if term.at("matchLabelKeys") is not None or term.at("mismatchLabelKeys") is not None:
            left_out.append(f"anti-affinity with label keys is not modelled ({at})")
        elif term.at("namespaceSelector") is not None:
            left_out.append(f"anti-affinity with a namespace selector is not modelled ({at})")
        elif selects and (not namespaces or namespace in namespaces):
            found.append(AntiAffinityTerm(topology))
        else:
            left_out.append(f"anti-affinity towards other workloads is not modelled ({at})")
    where = f"spec.template.spec.affinity.podAffinity.{_REQUIRED}"
    for index, term in mappings_of(spec.at("affinity", "podAffinity", _REQUIRED)):
        _topology_key(term, f"{where}[{index}]", report)
        left_out.append(f"required pod affinity is not modelled ({where}[{index}])")
    return tuple(found), left_out


def _topology_key(term: Mapping, path: str, report: Report) -> str:
    key = as_text(term.at("topologyKey"))
    if not key:
        hint = "for one pod a node: kubernetes.io/hostname"
        report.error("P104", f"`{path}.topologyKey` is required", term.place("topologyKey"), hint)
    return key
