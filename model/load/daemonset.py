"""What a DaemonSet says beyond what every workload says.

Source: kubernetes 1.36 `pkg/apis/apps/v1/defaults.go` (SetDefaults_DaemonSet).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from model.api.change import Change
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.workload import Workload
from model.labellings import labellings
from model.load.diagnostics import Report
from model.load.tree import Mapping, as_mapping, as_text
from model.plugins import daemon_nodes
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.load.check import Check

STRATEGIES = ("RollingUpdate", "OnDelete")
PATH = "spec.updateStrategy.rollingUpdate"


def read(spec: Mapping) -> DaemonSet:
    """What a spec says; what is wrong with it `model.load.validation.daemonset` reports."""
    return DaemonSet(on_delete=as_text(spec.at("updateStrategy", "type")) == "OnDelete")


def limits(spec: Mapping, report: Report) -> tuple[IntOrPercent, IntOrPercent]:
    """(maxSurge, maxUnavailable), defaulted."""
    from model.load.workload import check_at_most_whole, read_int_or_percent

    surge = unavailable = None
    rolling = as_mapping(spec.at("updateStrategy", "rollingUpdate"))
    if rolling is not None:
        surge = read_int_or_percent(rolling, "maxSurge", PATH, report)
        unavailable = read_int_or_percent(rolling, "maxUnavailable", PATH, report)
        check_at_most_whole(surge, rolling, "maxSurge", PATH, report)
        check_at_most_whole(unavailable, rolling, "maxUnavailable", PATH, report)
    return surge or IntOrPercent(0), unavailable or IntOrPercent(1)


def made(template: PodTemplate, spec: Mapping) -> PodTemplate:
    """The template with the tolerations that the controller gives its pods."""
    on_host = getattr(spec.at("template", "spec", "hostNetwork"), "value", False) is True
    borne = daemon_nodes.tolerations(template, host_network=on_host)
    return replace(template, tolerations=borne)


def counted(
    workload: Workload,
    older: Workload | None,
    nodes: Sequence[Node],
    check: Check | None,
    report: Report,
) -> Workload | None:
    """A DaemonSet with as many replicas as nodes that it wants a pod on; None where there is
    nothing to check. `older` is the version that it is rolled out from, if any: the model
    keeps once for both which nodes these are."""
    change = check.change if check is not None and check.change is not None else Change("apply")
    scenario = Scenario("", workload, tuple(nodes), change)
    found = daemon_nodes.counted(scenario).workload
    # A node that gets a label may be the first that it wants a pod on.
    wanted = any(any(daemon_nodes.wanted(each)) for each in labellings(scenario))
    kind = check.change.kind if check and check.change else "apply"
    place = workload.source
    if older is not None and _verdicts(older, scenario) != _verdicts(workload, scenario):
        said = "is not checked as a change to a template that wants pods on other nodes"
        hint = "check it as it is before and afterwards, or label nodes with `label` and `unlabel`"
        place = workload.fields.get("spec.template", workload.source)
    elif not wanted:
        said, hint = "wants a pod on no node", ""
    elif check is not None and kind in ("drain", "taint"):
        said = f"is not checked under a {kind}"
        hint = "a drain leaves its pods alone" if kind == "drain" else ""
        place = check.places.get(f"spec.scenario.{kind}", check.source)
    else:
        return found
    report.warning("P302", f"{workload.subject} {said} and is left out", place, hint)
    return None


def _verdicts(workload: Workload, scenario: Scenario) -> list[list[daemon_nodes.Verdict]]:
    """What its controller says of each node, under all labels that they come to have."""
    return [
        [daemon_nodes.verdict(workload.template, node) for node in each.nodes]
        for each in labellings(scenario)
    ]
