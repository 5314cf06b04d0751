"""Hard topology spread of a workload over its own pods: how many of them may be in a domain.

The same rules as in `model.plugins.podtopologyspread`, for pods that differ in their revision only:
the domains of nodes are tables, and what decides is a number of pods in a domain against the number
in the emptiest one. Read on numbers here, where initial placements are found and where people are
told why a pod waits, and on expressions in `model.scheduler.spread`.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/podtopologyspread/filtering.go`
(calPreFilterState, minMatchNum, Filter), `common.go` (nodeLabelsMatchSpreadConstraints,
matchNodeInclusionPolicies, countPodsMatchSelector); `pkg/apis/apps/v1` labels of revisions.

Omits: pods of others that a selector matches, constraints that do not select the workload's own
pods, workloads with pods of several templates, those of DaemonSets and Jobs; taints that come and
go where nodes with taints do not count, and nodes that come and go where there must be a number of
domains (see `constraints`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.steps import LABELS, NODES
from model.api.topologyspread import HardSpread
from model.api.workload import Workload
from model.mutation import Mutation
from model.plugins import filters
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.ir.expr import Expr

TERMINATING_SPREAD = Mutation(
    "terminating-pods-spread", "pods on their way out count for topology spread constraints"
)

FIELD = "spec.template.spec.topologySpreadConstraints"

#: The label that tells the pods of two revisions apart, by the kind of the workload.
REVISION = {"Deployment": "pod-template-hash", "StatefulSet": "controller-revision-hash"}
#: Labels that no two pods of a StatefulSet share.
_ORDINAL = ("apps.kubernetes.io/pod-index", "statefulset.kubernetes.io/pod-name")
#: Labels that controllers give to pods, beside those of the template.
CONTROLLERS = frozenset((*REVISION.values(), *_ORDINAL))
#: Of a node that is in no domain, or whose pods do not count.
NOWHERE = -1

Number = TypeVar("Number", int, "Expr")


def most(least: Number, own: int, max_skew: int) -> Number:
    """How many pods there may be in a domain that is to take another one, where the emptiest has
    so many. `own` is 1 if the pod that comes counts as well, else 0."""
    return least + max_skew - own


def too_full(key: str, domain: str, here: int, least: int, max_skew: int) -> str:
    """Why a domain with so many pods is to take no other one, where the emptiest has the least."""
    return f"{key}={domain} has {here}, the emptiest domain {least}, maxSkew {max_skew}"


class Labelled(Protocol):
    """Pods of one template."""

    @property
    def namespace(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


class Policies(Protocol):
    """A constraint's nodeAffinityPolicy and nodeTaintsPolicy."""

    @property
    def honors_affinity(self) -> bool: ...
    @property
    def honors_taints(self) -> bool: ...


def counts(template: PodTemplate, policies: Policies, node: Node) -> bool:
    """Whether the pods on a node count, by what keeps a pod off it that is stored like this."""
    if policies.honors_affinity and filters.node_affinity(template, node) is not None:
        return False
    return not (policies.honors_taints and filters.untolerated(template.tolerations, node))


def by_revision(workload: Workload, constraint: HardSpread) -> bool:
    """Whether only pods of the same revision count."""
    return REVISION.get(workload.kind) in constraint.match_label_keys


def constraints(scenario: Scenario, of: Workload | None = None) -> tuple[HardSpread, ...]:
    """Those of the scenario's own workload, or of one that takes part, if the model follows them;
    either all or none."""
    workload = scenario.workload if of is None else of
    given = workload.template.spread
    if not given or scenario.before is not None or workload.template.node_name:
        return ()
    if not (workload.by_replicasets or workload.stateful is not None):
        return ()
    return given if all(_followed(scenario, workload, each) for each in given) else ()


def selects(workload: Workload, constraint: HardSpread, other: Labelled) -> bool:
    """Whether a workload's constraint counts the pods of another. By revision it does not: the
    label of a revision is nobody else's, unless two Deployments have the same template."""
    if constraint.selector is None or other.namespace != workload.namespace:
        return False
    keys = set(constraint.match_label_keys)
    if keys & CONTROLLERS or not constraint.selector.selects(other.labels):
        return False
    own = {key: value for key, value in workload.labels.items() if key in keys}
    return all(other.labels.get(key) == value for key, value in own.items())


def counted(
    workload: Workload, constraint: HardSpread, workloads: Sequence[Workload]
) -> frozenset[int]:
    """The positions of workloads whose pods a workload's constraint counts."""
    return frozenset(
        at
        for at, other in enumerate(workloads)
        if (
            constraint.selects_own
            if other.subject == workload.subject
            else selects(workload, constraint, other)
        )
    )


def _followed(scenario: Scenario, workload: Workload, constraint: HardSpread) -> bool:
    change, faults = scenario.change, scenario.faults
    if not constraint.selects_own:
        return False
    if workload.stateful is not None and set(_ORDINAL) & set(constraint.match_label_keys):
        return False
    cordoned = any(node.unschedulable for node in scenario.nodes)
    taints = change.has(*(kind for kind in NODES if kind not in LABELS))
    if constraint.honors_taints and (cordoned or taints or faults.befalls_nodes):
        return False
    return constraint.min_domains == 1 or not (scenario.changes_nodes or scenario.open)


@dataclass(frozen=True)
class Domains:
    """The domains of one constraint, by numbers."""

    constraint: HardSpread
    #: Of each node its domain; NOWHERE if it lacks a label that a constraint is about.
    of: tuple[int, ...]
    #: The same of nodes whose pods count, the others being NOWHERE.
    counted: tuple[int, ...]
    names: tuple[str, ...]
    #: Of each node the first label that it lacks, of those that constraints are about; or "".
    lacking: tuple[str, ...]

    @property
    def few(self) -> bool:
        """Whether there are fewer domains than are asked for: then the emptiest counts as empty."""
        there = {domain for domain in self.counted if domain != NOWHERE}
        return len(there) < self.constraint.min_domains

    def kind(self, node: int) -> tuple[int | None, bool]:
        """What tells a node apart from others: its domain, unless it is alone in it, and whether
        its pods count."""
        domain = self.of[node]
        shared = domain == NOWHERE or self.of.count(domain) > 1
        return domain if shared else None, self.counted[node] != NOWHERE

    def least(self, numbers: Sequence[int]) -> int:
        """What counts as the number of pods in the emptiest domain, given the number in each."""
        return 0 if self.few else min(numbers, default=0)

    def refusal(self, pods: Callable[[int], int], node: int, there: Sequence[bool]) -> str | None:
        """Why a node does not take one more pod; None if it does. `pods` gives the number of pods
        that count on a node, `there` which nodes exist."""
        key, domain = self.constraint.topology_key, self.of[node]
        if domain == NOWHERE:
            return f"missing required label {self.lacking[node]}"
        numbers: dict[int, int] = {}
        for index, other in enumerate(self.counted):
            if other != NOWHERE and there[index]:
                numbers[other] = numbers.get(other, 0) + pods(index)
        least = self.least(list(numbers.values()))
        here = numbers.get(domain, 0)
        if here <= most(least, 1, self.constraint.max_skew):
            return None
        return too_full(key, self.names[domain], here, least, self.constraint.max_skew)


def domains(
    template: PodTemplate, given: Sequence[HardSpread], nodes: Sequence[Node]
) -> list[Domains]:
    """The domains of each constraint."""
    stored = replace(template, tolerations=admitted_tolerations(template))
    keys = [each.topology_key for each in given]
    lacking = tuple(next((key for key in keys if key not in n.labels), "") for n in nodes)
    found = []
    for each in given:
        values = [
            None if missing else node.labels[each.topology_key]
            for node, missing in zip(nodes, lacking, strict=True)
        ]
        names = tuple(dict.fromkeys(value for value in values if value is not None))
        of = [NOWHERE if value is None else names.index(value) for value in values]
        counted = [
            domain if counts(stored, each, node) else NOWHERE
            for domain, node in zip(of, nodes, strict=True)
        ]
        found.append(Domains(each, tuple(of), tuple(counted), names, lacking))
    return found


class Even:
    """A scenario's own pods, none of which terminates and all of one revision."""

    def __init__(self, scenario: Scenario) -> None:
        given = constraints(scenario)
        self.domains = domains(scenario.workload.template, given, scenario.nodes)
        self._there = [True] * len(scenario.nodes)

    def takes(self, counts: Sequence[int], node: int) -> bool:
        """Whether a node takes one more pod; `counts` has how many each node has."""
        return all(
            each.refusal(counts.__getitem__, node, self._there) is None for each in self.domains
        )

    def kind(self, node: int) -> tuple[tuple[int | None, bool], ...]:
        """What tells a node apart from others: its domains, but for those that it is alone in."""
        return tuple(each.kind(node) for each in self.domains)
