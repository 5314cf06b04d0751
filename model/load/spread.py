"""Topology spread constraints of pods and of the scheduler's defaults.

Source: k8s.io/api v0.36 `core/v1/types.go` (TopologySpreadConstraint).
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Labels

from model.api.selector import LabelSelector
from model.api.topologyspread import HardSpread, Policy, TopologySpreadConstraint
from model.load import labels
from model.load.diagnostics import Report
from model.load.tree import Mapping, as_int, as_mapping, as_text, items_of, mappings_of
from model.plugins import spreading


def spread_of(
    spec: Mapping, field: str, path: str, report: Report
) -> Iterator[TopologySpreadConstraint]:
    """The constraints that are listed in a field."""
    for index, tree in mappings_of(spec.at(field)):
        selector = as_mapping(tree.at("labelSelector"))
        at = f"{path}.{field}[{index}].labelSelector"
        yield TopologySpreadConstraint(
            max_skew=as_int(tree.at("maxSkew")) or 0,
            topology_key=as_text(tree.at("topologyKey")),
            when_unsatisfiable=as_text(tree.at("whenUnsatisfiable")),  # type: ignore[arg-type]
            selector=None if selector is None else labels.read_selector(selector, at, report),
            min_domains=as_int(tree.at("minDomains")) or 1,
            node_affinity_policy=_policy(tree, "nodeAffinityPolicy", "Honor"),
            node_taints_policy=_policy(tree, "nodeTaintsPolicy", "Ignore"),
            match_label_keys=tuple(as_text(item) for item in items_of(tree.at("matchLabelKeys"))),
        )


def _policy(tree: Mapping, field: str, default: Policy) -> Policy:
    return as_text(tree.at(field)) or default  # type: ignore[return-value]


def hard_spread(
    spec: Mapping, own: Labels[str, str], path: str, report: Report
) -> tuple[HardSpread, ...]:
    """Those of a template that keep pods off nodes; `own` are its labels."""
    return tuple(
        HardSpread(
            each.topology_key,
            each.max_skew,
            each.min_domains,
            each.node_affinity_policy == "Honor",
            each.node_taints_policy == "Honor",
            each.match_label_keys,
            each.selector is not None and _selects(each.selector, own),
            None if each.selector is None or labels.is_empty(each.selector) else each.selector,
        )
        for each in spread_of(spec, "topologySpreadConstraints", path, report)
        if each.when_unsatisfiable == "DoNotSchedule"
    )


def _selects(selector: LabelSelector, own: Labels[str, str]) -> bool:
    """Whether a selector counts the pods of a template: an empty one counts none upstream, and what
    one that asks for labels of controllers counts is not known by the template."""
    if labels.is_empty(selector):
        return False
    controllers = any(each.key in spreading.CONTROLLERS for each in selector.match_expressions)
    return not controllers and selector.selects(own)
