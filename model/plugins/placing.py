"""Placing one pod: what the filters say of each node, which nodes are feasible, their scores, the
best of them, and the message of the event where there is none.

Source: kubernetes v1.36.3 `pkg/scheduler/schedule_one.go` (findNodesThatFitPod),
`pkg/scheduler/framework/runtime/framework.go` (RunPreFilterPlugins, RunFilterPlugins,
RunScorePlugins), `pkg/scheduler/framework/types.go` (FitError).

All nodes are looked at. Upstream stops in clusters of 100 and more once it has found enough
feasible ones (`enough`), from where it stopped before: which of them are scored is left open there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from model.api.pod import Pod
from model.plugins.contract import UNRESOLVABLE, UNSCHEDULABLE, Code, Plugin, Prepared, Status
from model.plugins.profile import plugins_of
from model.plugins.snapshot import NodeInfo, Snapshot
from model.plugins.trial import Checks, Refusal, first_refusal, trying

#: Fewer nodes than this are all looked at.
_FEWEST = 100
#: What refuses nodes that a plugin does not name, in place of that plugin.
PRE_FILTER_RESULT = "PreFilterResult"


@dataclass(frozen=True)
class Score:
    """Weighted scores of a node by plugin, and their sum."""

    by_plugin: dict[str, int]

    @cached_property
    def total(self) -> int:
        return sum(self.by_plugin.values())


class Judged(NamedTuple):
    """A binding: what its node scores, and one that scores best, with its score."""

    pod: str
    node: str
    score: int
    best: str
    most: int
    #: Whether the feasible nodes differ in their scores.
    told: bool

    @property
    def is_best(self) -> bool:
        return self.node == self.best


@dataclass
class Placing:
    """What becomes of one pod. Nodes are meant by their names, in the order of the snapshot."""

    snapshot: Snapshot
    pod: Pod
    plugins: Sequence[Plugin]
    #: Why no node will do, before any was looked at.
    refused: Refusal | None = None
    #: Of each node that the pod is kept off: the first plugin that does so.
    refusals: dict[str, Refusal] = field(default_factory=dict)
    #: The filters that concern the pod.
    filters: dict[str, Prepared] = field(default_factory=dict)

    @cached_property
    def feasible(self) -> list[NodeInfo]:
        return [info for info in self.snapshot.nodes if info.name not in self.refusals]

    @cached_property
    def scores(self) -> dict[str, Score]:
        """Of each feasible node."""
        feasible = self.feasible
        if not feasible:
            return {}
        rows = [
            (plugin.name, [each * plugin.weight for each in found])
            for plugin in self.plugins
            if plugin.score is not None
            for found in [plugin.score(self.snapshot, self.pod, feasible)]
            if found is not None
        ]
        return {
            info.name: Score({name: row[at] for name, row in rows})
            for at, info in enumerate(feasible)
        }

    @cached_property
    def best(self) -> list[str]:
        """The feasible nodes of the highest score, of which the scheduler takes any; only the one
        that the pod is nominated to, if that is feasible."""
        if any(info.name == self.pod.nominated for info in self.feasible):
            return [self.pod.nominated]
        most = max((score.total for score in self.scores.values()), default=0)
        return [name for name, score in self.scores.items() if score.total == most]

    def judged(self, node: str) -> Judged | None:
        """What the scores say of a binding to a node; None where that is not feasible."""
        if node not in self.scores:
            return None
        totals = {name: score.total for name, score in self.scores.items()}
        best = node if node in self.best else self.best[0]
        told = len(set(totals.values())) > 1
        return Judged(self.pod.name, node, totals[node], best, totals[best], told)

    def by_plugin(self, info: NodeInfo) -> dict[str, Status]:
        """What each filter says of a node that it keeps the pod off, asked by itself; what only
        pods cause that are nominated to the node is there too."""
        found = dict(self._alone(info))
        refusal = self.refusals.get(info.name)
        if refusal is not None and refusal.plugin in self.filters:
            found.setdefault(refusal.plugin, refusal.status)
        return found

    @cached_property
    def checks(self) -> Checks:
        """The filters that concern the pod, to ask about single nodes."""
        return [(name, prepared.filtering) for name, prepared in self.filters.items()]

    def code(self, node: str) -> Code | None:
        """How the filters answered for a node; None if they let the pod onto it."""
        refusal = self.refusals.get(node)
        return None if refusal is None else refusal.status.code

    def is_same(self, other: Pod) -> bool:
        """Whether a pod is the one that is placed."""
        return (other.namespace, other.name) == (self.pod.namespace, self.pod.name)

    def nominated(self, node: str) -> list[Pod]:
        """The pods that wait for a node and that this one must yield to."""
        return [
            other
            for other in self.snapshot.nominated.get(node, ())
            if other.priority >= self.pod.priority and not self.is_same(other)
        ]

    def _alone(self, info: NodeInfo) -> Iterator[tuple[str, Status]]:
        for name, prepared in self.filters.items():
            if prepared.refused is not None:
                yield name, prepared.refused
            elif prepared.only is not None and info.name not in prepared.only:
                yield name, Status(UNRESOLVABLE, (_unsatisfied([name]),))
            else:
                status = prepared.filtering.check(info)
                if status is not None:
                    yield name, status

    @cached_property
    def message(self) -> str:
        """The first sentence of the event FailedScheduling; empty where a node is feasible."""
        if self.feasible and self.refused is None:
            return ""
        if self.refused is not None:
            reasons = ", ".join(self.refused.status.reasons)
            return f"{_none_of(len(self.snapshot.nodes))} {reasons}."
        return no_node([each.status for each in self.refusals.values()])


def enough(nodes: int) -> int:
    """After how many feasible nodes upstream looks for no more, in a cluster of so many."""
    if nodes < _FEWEST:
        return nodes
    return max(_FEWEST, nodes * max(5, 50 - nodes // 125) // 100)


def no_node(statuses: Sequence[Status]) -> str:
    """The sentence that counts why no node will do, one status for each."""
    reasons = Counter(reason for status in statuses for reason in status.reasons)
    told = sorted(f"{number} {reason}" for reason, number in reasons.items())
    return f"{_none_of(len(statuses))} {', '.join(told)}." if told else _none_of(len(statuses))


def _none_of(number: int) -> str:
    return f"0/{number} nodes are available:"


def takes(snapshot: Snapshot, pod: Pod, node: str) -> bool:
    """Whether the filters let a pod onto a node; the others are not asked about."""
    return node not in _filtered(snapshot, pod, [snapshot.by_name[node]]).refusals


def place(snapshot: Snapshot, pod: Pod) -> Placing:
    """Ask all filters of the profile. Scores are computed when they are first looked at."""
    return _filtered(snapshot, pod, snapshot.nodes)


def _filtered(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> Placing:
    """What the filters say of some of the nodes."""
    plugins = plugins_of(snapshot.profile)
    found = Placing(snapshot, pod, plugins)
    for plugin in plugins:
        prepared = None if plugin.filter is None else plugin.filter(snapshot, pod)
        if prepared is not None:
            found.filters[plugin.name] = prepared
    found.refused, only, limiting = _before(found.filters)
    if found.refused is not None:
        found.refusals = dict.fromkeys((i.name for i in nodes), found.refused)
        return found
    elsewhere = Refusal(PRE_FILTER_RESULT, Status(UNRESOLVABLE, (_unsatisfied(limiting),)))
    for info in nodes:
        if only is not None and info.name not in only:
            found.refusals[info.name] = elsewhere
            continue
        nominated = found.nominated(info.name) if snapshot.nominated else []
        if nominated:
            with trying(found.checks, info) as trial:
                refusal = trial.refusal(nominated)
        else:
            refusal = first_refusal(found.checks, info)
        if refusal is not None:
            found.refusals[info.name] = refusal
    return found


def _before(
    prepared: dict[str, Prepared],
) -> tuple[Refusal | None, frozenset[str] | None, list[str]]:
    """What comes before single nodes: why none will do; the only ones that may; and the plugins
    that say so."""
    only: frozenset[str] | None = None
    limiting: list[str] = []
    refused: Refusal | None = None
    for name, each in prepared.items():
        if each.refused is not None:
            if each.refused.code != UNSCHEDULABLE:
                return Refusal(name, each.refused), None, []
            refused = Refusal(name, each.refused)
            continue
        if each.only is None:
            continue
        limiting.append(name)
        only = each.only if only is None else only & each.only
        if not only:
            told = f"node(s) didn't satisfy plugin {name}"
            if len(limiting) > 1:
                told = f"{_unsatisfied(limiting)} simultaneously"
            return Refusal("", Status(UNRESOLVABLE, (told,))), None, []
    return refused, only, limiting


def _unsatisfied(plugins: Sequence[str]) -> str:
    return f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(plugins))}]"
