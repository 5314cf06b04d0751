"""What a state says of a workload that was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.apiserver.deletion import BETWEEN, ITSELF
from model.apiserver.objects import ABSENT, Cluster
from model.instance import Remark
from model.properties.remarks.safety import own_sets
from model.words import listed, verb

if TYPE_CHECKING:
    from model.ir.reading import Reading

_STEPS, _SELECTOR = "spec.scenario.steps", "spec.selector"


def left(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """What is still there."""
    names: list[str] = []
    if cluster.scenario.workload.kind in {*ITSELF, *BETWEEN}:
        names += [str(r) for r in own_sets(cluster, reading, cluster.exists.__getitem__)]
    names += map(
        str,
        reading.those(cluster.Pod, lambda p: cluster.is_own(p) & (cluster.phase[p] != ABSENT)),
    )
    deleted = cluster.deleted
    if deleted is not None and deleted.remains is not None and reading.value(deleted.remains):
        names.insert(0, f"the {cluster.scenario.workload.kind}")
    if names:
        yield Remark(f"{listed(names)} {verb(len(names), 'is', 'are')} still there", (_STEPS,))


def nothing_left(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """That an orphaning deletion left no pods."""
    text = "no pod of the workload is there"
    asked = [
        f"{r} asks for {reading.value(cluster.replicas.__getitem__, r)}"
        for r in own_sets(cluster, reading, cluster.exists.__getitem__)
    ]
    if asked:
        text += f": {listed(asked)}"
    taken = list(taken_over(cluster, reading))
    if asked and not taken:
        text += f", and nobody scales {'it' if len(asked) == 1 else 'them'} any more"
    yield Remark(text, (_STEPS,))
    yield from taken


def taken_over(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Who has taken over what was left, and why it could."""
    adopted = cluster.adopted
    if adopted is None:
        return
    for r in reading.those(cluster.ReplicaSet, adopted.taken):
        owner = reading.shown(adopted.holder.__getitem__, r)
        yield Remark(f"{r} is owned by {owner} now, whose selector matches it", (_SELECTOR,))
