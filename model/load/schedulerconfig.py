"""KubeSchedulerConfiguration: the profiles of a scheduler.

Source: kube-scheduler v0.36 `config/v1/types.go`, `config/v1/types_pluginargs.go`; kubernetes
v1.36.3 `pkg/scheduler/apis/config/v1/defaults.go`,
`pkg/scheduler/apis/config/validation/validation_pluginargs.go`,
`pkg/scheduler/framework/runtime/framework.go` (expandMultiPointPlugins).

What of it the plugins here do not do is reported: extenders, sampling of nodes, other plugins, and
plugins that are put into another order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from model.api.affinity import PreferredNodes
from model.api.schedulerprofile import Resources, SchedulerProfile, ScoringStrategy
from model.api.selector import Requirement
from model.api.topologyspread import TopologySpreadConstraint
from model.load import affinity
from model.load.diagnostics import Report, suggest
from model.load.spread import spread_of
from model.load.tree import (
    Mapping,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    items_of,
    mappings_of,
)
from model.plugins.profile import DEFAULT

KIND = "KubeSchedulerConfiguration"
GROUP = "kubescheduler.config.k8s.io"
_STRATEGIES = ("LeastAllocated", "MostAllocated", "RequestedToCapacityRatio")
#: Plugins of the default profile that have no filter or score that is configured here.
_OTHERS = (
    "SchedulingGates",
    "PrioritySort",
    "DefaultPreemption",
    "DefaultBinder",
    "NodeDeclaredFeatures",
    "GangScheduling",
)


#: What is read of the arguments of a plugin.
_FIELDS: dict[str, tuple[str, ...]] = {
    "NodeResourcesFit": ("scoringStrategy", "ignoredResources", "ignoredResourceGroups"),
    "NodeResourcesBalancedAllocation": ("resources",),
    "NodeAffinity": ("addedAffinity",),
    "InterPodAffinity": ("hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"),
    "PodTopologySpread": ("defaultConstraints", "defaultingType"),
}
_PROFILE = ("schedulerName", "plugins", "pluginConfig")


def read_profiles(tree: Mapping, report: Report) -> list[SchedulerProfile]:
    """The profiles of a configuration; without any the default one."""
    for field in ("extenders", "percentageOfNodesToScore"):
        if tree.at(field) is not None:
            _not_done(f"`{field}`", tree, field, report)
    found = [
        read_profile(each, f"profiles[{index}]", report)
        for index, each in mappings_of(tree.at("profiles"))
    ]
    return found or [SchedulerProfile()]


def read_profile(tree: Mapping, path: str, report: Report) -> SchedulerProfile:
    """One profile."""
    arguments = {
        as_text(each.at("name")): (as_mapping(each.at("args")) or Mapping(each.source), where)
        for index, each in mappings_of(tree.at("pluginConfig"))
        for where in [f"{path}.pluginConfig[{index}].args"]
    }
    _only(tree, _PROFILE, path, report)
    for index, each in mappings_of(tree.at("pluginConfig")):
        name = as_text(each.at("name"))
        if name in _FIELDS:
            known = (*_FIELDS[name], "apiVersion", "kind")
            _only(arguments[name][0], known, arguments[name][1], report)
        else:
            _not_done(f"`{path}.pluginConfig[{index}]` ({name})", each, "name", report)
    nothing = (Mapping(tree.source), path)
    fit, where = arguments.get("NodeResourcesFit", nothing)
    balance, _ = arguments.get("NodeResourcesBalancedAllocation", nothing)
    nodes, added = arguments.get("NodeAffinity", nothing)
    near, _ = arguments.get("InterPodAffinity", nothing)
    spread, spreading = arguments.get("PodTopologySpread", nothing)
    hard = as_int(near.at("hardPodAffinityWeight"))
    switched = _Switches(tree, path, report)
    return SchedulerProfile(
        name=as_text(tree.at("schedulerName")) or "default-scheduler",
        scoring=_scoring(fit, where, report),
        balanced=_resources(balance),
        ignored=frozenset(map(as_text, items_of(fit.at("ignoredResources")))),
        ignored_groups=frozenset(map(as_text, items_of(fit.at("ignoredResourceGroups")))),
        added_nodes=_added(nodes, added, report),
        added_preferences=_preferences(nodes, added, report),
        hard_affinity_weight=1 if hard is None else hard,
        ignores_existing_preferences=as_bool(near.at("ignorePreferredTermsOfExistingPods")),
        default_spread=_default_spread(spread, spreading, report),
        weights=switched.weights,
        disabled_filters=frozenset(switched.off["filter"]),
        disabled_scores=frozenset(switched.off["score"]),
    )


def _only(tree: Mapping, known: Sequence[str], path: str, report: Report) -> None:
    """Report the fields that are not among some."""
    for key in tree.entries:
        if key == "percentageOfNodesToScore":
            _not_done(f"`{path}.{key}`", tree, key, report)
        elif key not in known:
            hint = suggest(key, known)
            report.error("P102", f"unknown field `{key}` in `{path}`", tree.keys[key], hint)


def _scoring(tree: Mapping, path: str, report: Report) -> ScoringStrategy:
    strategy = as_mapping(tree.at("scoringStrategy"))
    if strategy is None:
        return ScoringStrategy()
    kind, where = as_text(strategy.at("type")) or _STRATEGIES[0], f"{path}.scoringStrategy"
    if kind not in _STRATEGIES:
        message = f"`{where}.type` must be one of {', '.join(_STRATEGIES)}"
        report.error("P201", message, strategy.place("type"), suggest(kind, _STRATEGIES))
        kind = _STRATEGIES[0]
    shape = tuple(
        (as_int(point.at("utilization")) or 0, as_int(point.at("score")) or 0)
        for _, point in mappings_of(strategy.at("requestedToCapacityRatio", "shape"))
    )
    place = strategy.place("requestedToCapacityRatio", "shape")
    if kind == _STRATEGIES[2] and not shape:
        message = f"`{where}.requestedToCapacityRatio.shape` needs at least one point"
        report.error("P104", message, place)
    rising = all(one[0] < other[0] for one, other in pairwise(shape))
    if not rising or any(not (0 <= use <= 100 and 0 <= score <= 10) for use, score in shape):
        message = f"`{where}.requestedToCapacityRatio.shape` is wrong"
        hint = "utilization rises from 0 to at most 100, score is from 0 to 10"
        report.error("P200", message, place, hint)
    return ScoringStrategy(kind, _resources(strategy), shape)  # type: ignore[arg-type]


def _resources(tree: Mapping) -> Resources:
    found = tuple(
        (as_text(each.at("name")), as_int(each.at("weight")) or 1)
        for _, each in mappings_of(tree.at("resources"))
    )
    return found or (("cpu", 1), ("memory", 1))


def _wrapped(tree: Mapping) -> Mapping:
    """Added affinity, put where a pod has its own."""
    found = as_mapping(tree.at("addedAffinity")) or Mapping(tree.source)
    return _nested(_nested(found, "nodeAffinity"), "affinity")


def _nested(tree: Mapping, key: str) -> Mapping:
    outside = Mapping(tree.source)
    outside.entries[key], outside.keys[key] = tree, tree.source
    return outside


def _added(tree: Mapping, path: str, report: Report) -> tuple[tuple[Requirement, ...], ...] | None:
    if tree.at("addedAffinity") is None:
        return None
    return affinity.read_node_affinity(_wrapped(tree), path, report)


def _preferences(tree: Mapping, path: str, report: Report) -> tuple[PreferredNodes, ...] | None:
    if tree.at("addedAffinity") is None:
        return None
    whole = as_mapping(_wrapped(tree).at("affinity")) or Mapping(tree.source)
    return affinity.preferred_nodes(whole, path, report) or None


def _default_spread(
    tree: Mapping, path: str, report: Report
) -> tuple[TopologySpreadConstraint, ...] | None:
    if as_text(tree.at("defaultingType")) != "List":
        if items_of(tree.at("defaultConstraints")):
            message = f"`{path}.defaultConstraints` needs `defaultingType: List`"
            report.error("P203", message, tree.place("defaultConstraints"))
        return None
    return tuple(spread_of(tree, "defaultConstraints", path, report))


class _Switches:
    """Which plugins are on, and their weights."""

    def __init__(self, tree: Mapping, path: str, report: Report) -> None:
        self._known = [plugin.name for plugin in DEFAULT]
        self._report = report
        self.weights: dict[str, int] = {}
        self.off: dict[str, set[str]] = {"filter": set(), "score": set()}
        every = as_mapping(tree.at("plugins")) or Mapping(tree.source)
        for point in sorted(every.entries, key=lambda name: name != "multiPoint"):
            plugins = as_mapping(every.at(point))
            if plugins is None:
                continue
            points: Sequence[str] = ("filter", "score") if point == "multiPoint" else (point,)
            if not set(points) <= set(self.off):
                _not_done(f"`{path}.plugins.{point}`", every, point, report)
                continue
            for name, _ in self._named(plugins, "disabled"):
                for each in points:
                    self.off[each] |= set(self._known) if name == "*" else {name}
            for name, weight in self._named(plugins, "enabled"):
                for each in points:
                    self.off[each].discard(name)
                if weight and "score" in points:
                    self.weights[name] = weight

    def _named(self, plugins: Mapping, field: str) -> Iterator[tuple[str, int]]:
        for _, each in mappings_of(plugins.at(field)):
            name = as_text(each.at("name"))
            if name in self._known or (field == "disabled" and name == "*"):
                yield name, as_int(each.at("weight")) or 0
            elif name not in _OTHERS:
                _not_done(f"plugin `{name}`", each, "name", self._report)


def _not_done(what: str, tree: Mapping, field: str, report: Report) -> None:
    report.warning("P005", f"{what} of the scheduler is not looked at", tree.place(field))
