"""The worker nodes: how many, how large, what keeps pods off them.

Omits: nodes of a new kind; labels with values that the template does not ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from model.api.node import Node, Taint
from model.api.quantity import show
from model.edits.contract import Edit, Knob
from model.plugins.filters import HOSTNAME
from model.scenario import Scenario

_NODES = "spec.cluster.nodes"
#: Nodes to add at most.
_MORE = 2


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    nodes = scenario.nodes
    few = f"{len(nodes)} node{'s' if len(nodes) > 1 else ''}"
    if "nodes" not in scenario.open:
        yield Knob(
            f"{_NODES}.count",
            "the number of nodes",
            few,
            tuple(
                Edit(f"have {len(nodes) + more} nodes", partial(grow, more=more))
                for more in range(1, _MORE + 1)
            ),
        )
    yield from _sizes(scenario)
    for taint in dict.fromkeys(taint for node in nodes for taint in node.taints):
        edit = Edit(f"take the taint {taint} off the nodes", partial(_untaint, taint=taint))
        field, what = f"{_NODES}.taints", f"the taint {taint}"
        yield Knob(field, what, str(taint), (edit,), edit)
    for key, value in sorted(scenario.workload.template.node_selector.items()):
        if key != HOSTNAME and any(node.labels.get(key) != value for node in nodes):
            edit = Edit(f"label the nodes {key}={value}", partial(_label, key=key, value=value))
            yield Knob(f"{_NODES}.labels", f"the nodes' label {key}", "another", (edit,))
    if any(node.unschedulable for node in nodes):
        edit = Edit("uncordon the nodes", _uncordon)
        yield Knob("spec.unschedulable", "cordons", "cordoned", (edit,), edit)


def _sizes(scenario: Scenario) -> Iterator[Knob]:
    """Nodes that take one pod more than they do."""
    for resource, request in sorted(scenario.workload.template.requests.items()):
        amounts = {node.allocatable.get(resource, 0) for node in scenario.nodes}
        if not request or len(amounts) != 1 or resource in scenario.open:
            continue
        (amount,) = amounts
        larger = (amount // request + 1) * request
        text = f"give each node {show(resource, larger)} of {resource}"
        edit = Edit(text, partial(_enlarge, resource=resource, amount=larger))
        now = show(resource, amount)
        yield Knob(f"{_NODES}.{resource}", f"the nodes' {resource}", now, (edit,))


def grow(scenario: Scenario, more: int) -> Scenario:
    """More nodes like the last one; a label that tells all nodes apart tells them apart as well."""
    taken = {node.name for node in scenario.nodes}
    free = (f"node-{n}" for n in range(len(taken) + 1, 2 * len(taken) + more + 2))
    names = [name for name in free if name not in taken][:more]
    last, change = scenario.nodes[-1], scenario.change
    own = [
        key
        for key in last.labels
        if len({node.labels.get(key) for node in scenario.nodes}) == len(scenario.nodes) > 1
    ]
    nodes = (*scenario.nodes, *(_like(last, name, own) for name in names))
    if change.kind == "taint" and "spec.scenario.taint.node" not in scenario.fields:
        # Where none is named all are tainted.
        change = replace(change, nodes=(*change.nodes, *names))
    return replace(scenario, nodes=nodes, change=change)


def _like(node: Node, name: str, own: Sequence[str]) -> Node:
    labels = {key: name if key in (HOSTNAME, *own) else text for key, text in node.labels.items()}
    return replace(node, name=name, labels=labels, unschedulable=False)


def _enlarge(scenario: Scenario, resource: str, amount: int) -> Scenario:
    nodes = tuple(
        replace(node, allocatable={**node.allocatable, resource: amount}) for node in scenario.nodes
    )
    return replace(scenario, nodes=nodes)


def _untaint(scenario: Scenario, taint: Taint) -> Scenario:
    nodes = tuple(
        replace(node, taints=tuple(t for t in node.taints if t != taint)) for node in scenario.nodes
    )
    return replace(scenario, nodes=nodes)


def _label(scenario: Scenario, key: str, value: str) -> Scenario:
    nodes = tuple(replace(node, labels={**node.labels, key: value}) for node in scenario.nodes)
    return replace(scenario, nodes=nodes)


def _uncordon(scenario: Scenario) -> Scenario:
    return replace(
        scenario, nodes=tuple(replace(node, unschedulable=False) for node in scenario.nodes)
    )
