"""The same vectors before the filters and the score that transition systems are made of: they know
a template, a node, and how many of the template's pods are on it.

The incoming pod is taken as one of a workload's. Pods that are there count as the workload's own
where they have the same spec; these filters know no others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from checker.conformance.contract import (
    Outcome,
    Unmodelled,
    Vector,
    compared,
    together,
    unsupported,
)
from checker.conformance.manifests import Refused, node_of, template_of
from model.api.node import Node
from model.api.pod import PodTemplate
from model.plugins import filters, scores
from model.plugins.defaulttolerationseconds import admitted_tolerations

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
OTHERS = "pods of other workloads"
_RAW = "pods that admission has not seen"
#: Filters that look at the pods on the node.
_COUNTING = ("NodePorts", "NodeResourcesFit")


#: What the components are called.
_NAME = "{} by numbers of own pods"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """An outcome for each filter and for the score."""
    names = [_NAME.format(row.name) for row in filters.FILTERS]
    try:
        case = Case(vector.input)
    except Refused as refused:
        return {name: Outcome("disagree", "", "accepted", str(refused)) for name in names}
    found = {
        _NAME.format(row.name): together(_filter(case, row, vector.output["nodes"]))
        for row in filters.FILTERS
    }
    real = vector.output.get("scores") or {}
    for score in scores.SCORES:
        plugin = score.name.partition("/")[0]
        found[_NAME.format(f"score {plugin}")] = together(_score(case, score, plugin, real))
    return found


class Case:
    """The cluster of a vector in the model's terms."""

    def __init__(self, given: Any) -> None:
        self.pod = given["pod"]
        #: The nodes as the vector has them.
        self.given = given["nodes"]
        self.template: PodTemplate = template_of(self.pod)
        self.nodes: Mapping[str, Node] = {n["metadata"]["name"]: node_of(n) for n in given["nodes"]}
        self.pods = given.get("pods") or []
        own = [pod for pod in self.pods if _alike(pod, self.pod)]
        self.own = Counter(pod["spec"]["nodeName"] for pod in own)
        others = (pod for pod in self.pods if not _alike(pod, self.pod))
        self.others = Counter(pod["spec"]["nodeName"] for pod in others)


def _alike(pod: Any, other: Any) -> bool:
    """Whether two pods are of one workload, perhaps of different revisions."""
    return _essence(pod) == _essence(other)


def _essence(pod: Any) -> object:
    spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"}
    labels = dict(pod["metadata"].get("labels") or {})
    labels.pop("pod-template-hash", None)
    return spec, labels, pod["metadata"].get("namespace")


def _filter(case: Case, row: filters.Filter, real: Any) -> Iterator[Outcome]:
    for name, node in case.nodes.items():
        theirs = row.name in real[name]["byPlugin"]
        try:
            ours = refused_by(case, row, node, case.own)
        except Unmodelled as missing:
            yield unsupported(str(missing))
        else:
            yield compared(_said(name, theirs), _said(name, ours))


def _said(node: str, refuses: bool) -> str:
    return f"{node}: {'kept off' if refuses else 'passes'}"


def refused_by(case: Case, row: filters.Filter, node: Node, own: Counter[str]) -> bool:
    """Whether a filter keeps one more pod off a node; `own` are the workload's pods by node.
    Raises `Unmodelled` where the model cannot know."""
    if row.name in _COUNTING and case.others[node.name]:
        raise Unmodelled(OTHERS)
    if row.name == "TaintToleration" and before_admission(case.template, node):
        raise Unmodelled(_RAW)
    facts = row.reads(case.template, node)
    refused = row.check(case.template, facts, own[node.name]) is not None
    if row.name != "InterPodAffinity":
        return refused
    affinity = case.pod["spec"].get("affinity") or {}
    if (affinity.get("podAffinity") or {}).get(_REQUIRED):
        raise Unmodelled("required pod affinity")
    terms = (affinity.get("podAntiAffinity") or {}).get(_REQUIRED) or ()
    if len(terms) > len(case.template.anti_affinity):
        raise Unmodelled("anti-affinity towards other workloads")
    if case.others.total():
        raise Unmodelled(OTHERS)
    by_host = any(term["topologyKey"] == filters.HOSTNAME for term in terms)
    if by_host and not all(
        filters.HOSTNAME in (each["metadata"].get("labels") or {}) for each in case.given
    ):
        raise Unmodelled("nodes without a hostname label: each is given one")
    holders = [case.nodes[name] for name, pods in own.items() if pods]
    return refused or any(filters.same_domain(case.template, node, other) for other in holders)


def before_admission(template: PodTemplate, node: Node) -> bool:
    """Whether a pod's taking to a node depends on tolerations that admission would have added."""
    added = set(admitted_tolerations(template)) - set(template.tolerations)
    keys = {toleration.key for toleration in added}
    return any(taint.effect == "NoExecute" and taint.key in keys for taint in node.taints)


def _score(case: Case, row: scores.Score, plugin: str, real: Any) -> Iterator[Outcome]:
    for name, points in real.items():
        if case.others[name]:
            yield unsupported(OTHERS)
            continue
        facts = row.reads(case.template, case.nodes[name])
        ours = row.weight * row.scoring(case.template, facts, case.own[name])
        yield compared({name: points.get(plugin, 0)}, {name: ours})
