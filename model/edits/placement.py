"""What a pod template demands of the node that its pods go to.

That the limits of resources other than cpu, memory and ephemeral-storage equal what is requested is
checked by `model.load.resources`, which names the source.

Omits: values of nodeSelectors and affinities that no node has, requests that are raised, and
tolerations with conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from model.api.node import Taint
from model.api.pod import Toleration
from model.api.quantity import show
from model.api.resources import is_compute
from model.edits.contract import Edit, Knob
from model.plugins import spreading
from model.plugins.filters import UNSCHEDULABLE, tolerates, tolerating
from model.scenario import Scenario

_SPEC = "spec.template.spec"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    template = scenario.workload.template
    if template.anti_affinity:
        edit = Edit(
            "make the pod anti-affinity preferred instead of required",
            partial(_template, anti_affinity=()),
        )
        terms = ", ".join(sorted({term.topology_key for term in template.anti_affinity}))
        field, what = f"{_SPEC}.affinity", "the pod anti-affinity"
        yield Knob(field, what, f"required by {terms}", (edit,), edit)
    if template.near:
        edit = Edit(
            "make the pod affinity preferred instead of required", partial(_template, near=())
        )
        terms = ", ".join(sorted({term.topology_key for term in template.near}))
        field, what = f"{_SPEC}.affinity", "the pod affinity"
        yield Knob(field, what, f"required by {terms}", (edit,), edit)
    yield from _spread(scenario)
    if template.host_ports:
        ports = ", ".join(str(port) for _, _, port in template.host_ports)
        edit = Edit(f"leave out hostPort {ports}", partial(_template, host_ports=()))
        field = f"{_SPEC}.containers[*].ports"
        yield Knob(field, f"hostPort {ports}", ports, (edit,), edit)
    if template.gates:
        edit = Edit("take the scheduling gates away", partial(_template, gates=()))
        field, now = f"{_SPEC}.schedulingGates", ", ".join(template.gates)
        yield Knob(field, "the scheduling gates", now, (edit,), edit)
    if template.node_name:
        edit = Edit(f"leave out {_SPEC}.nodeName", partial(_template, node_name=""))
        yield Knob(f"{_SPEC}.nodeName", "the nodeName", template.node_name, (edit,), edit)
    yield from _selectors(scenario)
    yield from _tolerations(scenario)
    yield from _requests(scenario)
    if template.has_readiness_probe:
        edit = Edit("leave out the readinessProbe", partial(_template, has_readiness_probe=False))
        field = f"{_SPEC}.containers[*].readinessProbe"
        yield Knob(field, "the readinessProbe", "given", without=edit)


def _spread(scenario: Scenario) -> Iterator[Knob]:
    workload = scenario.workload
    given = spreading.constraints(scenario)
    if not given:
        return
    soft = Edit(
        "make the topology spread soft (whenUnsatisfiable: ScheduleAnyway)",
        partial(_template, spread=()),
    )
    edits = [soft]
    label = spreading.REVISION.get(workload.kind)
    joint = [each for each in given if not spreading.by_revision(workload, each)]
    if label is not None and joint and scenario.change.rolls:
        apart = tuple(
            each
            if spreading.by_revision(workload, each)
            else replace(each, match_label_keys=(*each.match_label_keys, label))
            for each in given
        )
        text = f"add matchLabelKeys: [{label}] to the topology spread constraints"
        edits.insert(0, Edit(text, partial(_template, spread=apart)))
    if len(given) > 1:
        for each in given:
            rest = tuple(other for other in given if other is not each)
            text = f"make the topology spread over {each.topology_key} soft (ScheduleAnyway)"
            edits.insert(-1, Edit(text, partial(_template, spread=rest)))
    keys = ", ".join(dict.fromkeys(each.topology_key for each in given))
    yield Knob(spreading.FIELD, "the topology spread", f"hard over {keys}", tuple(edits), soft)


def _selectors(scenario: Scenario) -> Iterator[Knob]:
    template = scenario.workload.template
    for key, value in sorted(template.node_selector.items()):
        others = {node.labels[key] for node in scenario.nodes if key in node.labels} - {value}
        edits = [
            Edit(f"set the nodeSelector {key} to {other}", partial(_select, key=key, value=other))
            for other in sorted(others)
        ]
        leave = Edit(f"leave the nodeSelector {key} out", partial(_select, key=key, value=None))
        field, what = f"{_SPEC}.nodeSelector.{key}", f"the nodeSelector {key}"
        yield Knob(field, what, value, (*edits, leave), leave)
    if template.node_affinity is not None:
        edit = Edit(
            "make the node affinity preferred instead of required",
            partial(_template, node_affinity=None),
        )
        field = f"{_SPEC}.affinity"
        yield Knob(field, "the node affinity", "required", (edit,), edit)


def _tolerations(scenario: Scenario) -> Iterator[Knob]:
    given = scenario.workload.template.tolerations
    field = f"{_SPEC}.tolerations"
    taints = dict.fromkeys(taint for node in scenario.nodes for taint in node.taints)
    if scenario.change.taint is not None:
        taints[scenario.change.taint] = None
    edits = tuple(
        Edit(f"tolerate the taint {taint}", partial(_tolerate, taint=taint))
        for taint in taints
        if taint.effect != "PreferNoSchedule" and not tolerates(given, taint)
    )
    without = None
    if given:
        without = Edit("leave out the tolerations", partial(_template, tolerations=()))
    if scenario.change.drains and (ours := tolerating(given, UNSCHEDULABLE)):
        kept = tuple(toleration for toleration in given if toleration not in ours)
        text = f"leave out what tolerates a cordon, that is the taint {UNSCHEDULABLE}"
        edits += (Edit(text, partial(_template, tolerations=kept)),)
    if any(toleration.seconds is not None for toleration in given):
        kept = tuple(replace(toleration, seconds=None) for toleration in given)
        endless = Edit("leave out tolerationSeconds", partial(_template, tolerations=kept))
        edits += (endless, *([without] if without else []))
    if edits or without:
        yield Knob(field, "the tolerations", f"{len(given)} given", edits, without)


def _requests(scenario: Scenario) -> Iterator[Knob]:
    """Requests so low that nodes take one pod more, or two: of each kind of node what divides its
    capacity evenly."""
    for resource, request in sorted(scenario.workload.template.requests.items()):
        lower: set[int] = set()
        for node in scenario.nodes:
            total = node.allocatable.get(resource, 0)
            fit = total // request if request else 0
            lower |= {total // (fit + more) for more in (1, 2) if request and total}
        edits = tuple(
            Edit(
                f"lower the request for {resource} to {show(resource, amount)} a pod"
                + ("" if is_compute(resource) else ", and its limit"),
                partial(_request, resource=resource, amount=amount),
            )
            for amount in sorted(lower, reverse=True)
            if 0 < amount < request
        )
        without = Edit(
            f"leave out the request for {resource}",
            partial(_request, resource=resource, amount=0),
        )
        field = f"{_SPEC}.containers[*].resources.requests.{resource}"
        now = f"{show(resource, request)} a pod"
        what = f"the request for {resource}"
        yield Knob(field, what, now, edits, without, furthest=True)


def _template(scenario: Scenario, **values: Any) -> Scenario:
    workload = scenario.workload
    return replace(
        scenario, workload=replace(workload, template=replace(workload.template, **values))
    )


def _select(scenario: Scenario, key: str, value: str | None) -> Scenario:
    selector = {k: v for k, v in scenario.workload.template.node_selector.items() if k != key}
    if value is not None:
        selector[key] = value
    return _template(scenario, node_selector=selector)


def _tolerate(scenario: Scenario, taint: Taint) -> Scenario:
    more = Toleration(taint.key, "Equal" if taint.value else "Exists", taint.value, taint.effect)
    return _template(scenario, tolerations=(*scenario.workload.template.tolerations, more))


def _request(scenario: Scenario, resource: str, amount: int) -> Scenario:
    template = scenario.workload.template

    def asking(amounts: Mapping[str, int] | None) -> Mapping[str, int] | None:
        return amounts if amounts is None else {**amounts, resource: amount}

    return _template(
        scenario,
        requests={**template.requests, resource: amount},
        scored_requests=asking(template.scored_requests),
        arriving_requests=asking(template.arriving_requests),
    )
