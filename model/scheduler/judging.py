"""What the scores of a binding say of it: whether kube-scheduler may have chosen that node.

Source: kubernetes v1.36.3 `pkg/scheduler/schedule_one.go` (prioritizeNodes, selectHost).
"""

from __future__ import annotations

from typing import NamedTuple

from model.apiserver.objects import Cluster
from model.ir.system import State
from model.plugins.placing import enough, place
from model.scheduler import incoming
from model.scheduler.snapshots import Seen


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
        return self.score == self.most


def judged(cluster: Cluster, state: State, pod: str, node: str) -> Judged | None:
    """What there is to say of a pod that is bound to a node in a state; None where the scheduler
    does not decide it, or by a sample of the nodes only."""
    size = len(cluster.scenario.nodes)
    if cluster.scenario.workload.template.node_name or enough(size) < size:
        return None
    seen = Seen(cluster, state)
    waiting = next((each for each in seen.pods if each.name == pod), None)
    if waiting is None:
        return None
    found = place(incoming.holding(seen.snapshot()), waiting)
    if node not in found.scores:
        return None
    totals = {name: score.total for name, score in found.scores.items()}
    best = node if node in found.best else found.best[0]
    return Judged(pod, node, totals[node], best, totals[best], len(set(totals.values())) > 1)
