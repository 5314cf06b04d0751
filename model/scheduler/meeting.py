"""Where the scheduler makes workloads meet: on nodes, over host ports, by anti-affinity.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/` (`noderesources/fit.go`, `nodeports`,
`interpodaffinity/filtering.go`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.api.node import Node
from model.api.steps import LABELS, Cordon, Uncordon
from model.labellings import labellings
from model.omission import rolled_out
from model.plugins.filters import HOSTNAME, refusals, reopened
from model.setting import Pods, Setting

Port = tuple[str, str, int]


def kept_apart(setting: Setting) -> Iterator[Pods]:
    """Those that required anti-affinity keeps apart from the workload, by its terms or theirs."""
    for term in setting.own.anti_affinity:
        yield from (other for other in setting.others if term.selects(other))
    for other, term in setting.around.apart:
        if other is not setting.own and term.selects(setting.own):
            yield other


def spread_together(setting: Setting) -> Iterator[Pods]:
    """Those that the workload's hard topology spread constraints count, or whose count its pods."""
    for other in setting.others:
        own = any(term.selects(other) for term in setting.own.evenly)
        if own or any(term.selects(setting.own) for term in other.evenly):
            yield other


def _same_port(one: Port, other: Port) -> bool:
    """As upstream has it: an address that is empty or 0.0.0.0 stands for all."""
    anyone = ("", "0.0.0.0")
    addresses = one[0] == other[0] or one[0] in anyone or other[0] in anyone
    return addresses and one[1:] == other[1:]


def shared_ports(one: Pods, other: Pods) -> list[Port]:
    """The host ports of pods that others ask for as well."""
    taken = other.template.host_ports
    return [
        port for port in one.template.host_ports if any(_same_port(port, each) for each in taken)
    ]


def on_same_port(setting: Setting) -> Iterator[Pods]:
    """Those that ask for a host port of the workload."""
    for other in setting.around.on_ports:
        if other is not setting.own and shared_ports(setting.own, other):
            yield other


def rivals(setting: Setting) -> list[Pods]:
    """Others on nodes of a given size, unless room for one more pod is left wherever they are."""
    if not setting.sized:
        return []
    what = "rivals", setting.own, setting.resident
    return setting.memo.once(what, setting.scenario, lambda: _rivals(setting))


def _rivals(setting: Setting) -> list[Pods]:
    nodes = _nodes(setting)
    labelled = {step.node for step in setting.scenario.change.steps if isinstance(step, LABELS)}
    shared = [*nodes, *(node for node in setting.scenario.nodes if node.name in labelled)]
    found = [other for other in setting.others if _takes(setting, other, shared)]
    return [] if not found or roomy(setting, found, nodes) else found


def _fits(setting: Setting, pods: Pods, node: Node) -> bool:
    """Whether a node takes one of these pods while it is empty, with labels that it has at some
    time."""

    def some() -> bool:
        every = labellings(replace(setting.scenario, nodes=(node,)))
        return any(not refusals(pods.template, each.nodes[0], 0) for each in every)

    return setting.memo.once(("fits", pods), node, some)


def _nodes(setting: Setting) -> list[Node]:
    """The nodes that take the workload's pods when the scenario leaves the fewest of them; those
    are among them that a step of it opens."""
    scenario = setting.scenario
    gone: set[str] = set()
    if not scenario.change.uncordon:
        opened = {step.node for step in scenario.change.steps if isinstance(step, Uncordon)}
        shut = {step.node for step in scenario.change.steps if isinstance(step, Cordon)}
        shut.update(scenario.change.drained, scenario.change.removed)
        gone = set(scenario.change.nodes) - (opened - shut)
    nodes = reopened(scenario).nodes
    fitting = [node for node in nodes if _fits(setting, setting.own, node)]
    # Whichever crashes, the smallest left is the worst.
    fitting.sort(key=lambda node: sorted(node.allocatable.items()))
    left = [node for node in fitting if node.name not in gone]
    # Where all may crash, or be taken away, one is there before, and after.
    return (left or fitting)[: max(1, len(left) - scenario.losable)]


def _takes(setting: Setting, other: Pods, nodes: Iterable[Node]) -> bool:
    return other.count != 0 and any(_fits(setting, other, node) for node in nodes)


def roomy(setting: Setting, rivals: Iterable[Pods], nodes: list[Node]) -> bool:
    """Whether some node has room for one more pod of the workload, wherever all others are.

    A node is shut by a resource once others hold more of it than it has beyond one pod's request.
    For each resource, as many nodes are shut as all that others hold can shut, the easiest first.
    Where it depends on other pods which nodes are left to the workload's, there is no such room.
    """
    own = setting.own.template
    if own.near or own.spread:
        return False
    surge = setting.scenario.workload.rounded[0] if rolled_out(setting.scenario) else 0
    held: dict[str, int] = {}
    counted = [(setting.own, setting.scenario.workload.replicas + surge - 1)]
    for rival in rivals:
        if rival.count is None:
            return False
        counted.append((rival, rival.count))
    for pods, count in counted:
        for resource, amount in (*pods.template.requests.items(), ("pods", 1)):
            held[resource] = held.get(resource, 0) + count * amount
    # Each of the workload's other pods may have a node, or a domain of nodes, to itself.
    keys = {term.topology_key for term in own.anti_affinity}
    if keys - {HOSTNAME}:
        return False
    shut = counted[0][1] if keys or own.host_ports else 0
    for resource, amount in (*own.requests.items(), ("pods", 1)):
        left = held[resource]
        if not amount:
            continue
        for spare in sorted(node.allocatable.get(resource, 0) - amount for node in nodes):
            left -= spare + 1
            if left < 0:
                break
            shut += 1
    # A DaemonSet's pod is for one node, whichever that is.
    return shut < (1 if setting.scenario.workload.daemon is not None else len(nodes))
