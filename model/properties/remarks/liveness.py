"""How far a state is from a liveness property of a workload, with names and numbers.

Why it is, `model.properties.remarks.waiting` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from model.api.steps import Undo
from model.apiserver.objects import Cluster
from model.instance import Remark
from model.ir.expr import Expr
from model.properties import daemonset
from model.properties.liveness import ready_wanted, target
from model.properties.remarks.safety import own_sets
from model.words import counted, listed, verb

if TYPE_CHECKING:
    from model.ir.reading import Reading


def short_of_ready(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    ready = reading.value(lambda: cluster.count_own(cluster.is_ready))
    desired = reading.value(lambda: ready_wanted(cluster))
    if ready != desired:
        text = f"{counted(ready, 'pod')} {verb(ready, 'is', 'are')} ready; {desired} must be"
        yield Remark(text, ())


def short_of_revision(
    cluster: Cluster, reading: Reading, replicaset: Callable[[Cluster], Expr]
) -> Iterator[Remark]:
    """What a ReplicaSet lacks to be the only one with pods."""
    target = reading.shown(lambda: replicaset(cluster))
    desired = reading.value(lambda: cluster.desired)
    there = {str(r): r for r in own_sets(cluster, reading, cluster.exists.__getitem__)}
    new = there.pop(target, None)
    available = 0 if new is None else reading.value(cluster.available, new)
    said = [f"{target} has {available} of {desired} pods available"] if available < desired else []
    for r in there.values():
        active = reading.value(cluster.active, r)
        said += [f"{r} still has {counted(active, 'active pod')}"] if active else []
    if said:
        yield Remark(listed(said), ())


def unscheduled(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Pods without a node, where a node would take them."""
    from model.scheduler import pending

    waiting = reading.those(cluster.Pod, lambda p: cluster.is_unscheduled(p) & cluster.is_own(p))
    if waiting and not pending.remarks(cluster, reading.state):
        text = f"{listed(waiting)} {verb(waiting, 'is', 'are')} pending, without a node"
        yield Remark(text, ())


def occupied(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Pods on a node that is drained, whether or not anything keeps them there."""
    from model.properties.remarks.waiting import not_drained

    for n in reading.those(cluster.Node, cluster.cordoned):
        pods = reading.those(
            cluster.Pod, lambda p, n: (cluster.node[p] == n) & cluster.is_own(p), n
        )
        if pods and not not_drained(cluster, reading.state):
            yield Remark(f"{listed(pods)} {verb(pods, 'is', 'are')} still on {n}", ())


def evicted_for_ever(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """The taints that evict; what a kubelet rejects is said of pods that wait."""
    taint = cluster.scenario.change.taint
    if taint is None or cluster.scenario.workload.template.node_name:
        return
    for n in reading.those(cluster.Node, cluster.is_tainted):
        text = f"{n} has the taint {taint}, which the pods do not tolerate for ever"
        yield Remark(text, ("spec.template.spec.tolerations", "spec.scenario.taint"))


def unserved(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """The nodes without a ready pod that should have one."""
    nodes = reading.those(cluster.Node, lambda n: daemonset.unserved(cluster, n))
    if nodes:
        yield Remark(f"{listed(nodes)} {verb(len(nodes), 'has', 'have')} no ready pod", ())
    found = reading.find(
        lambda p, n: daemonset.outstaying(cluster, p, n), cluster.Pod, cluster.Node
    )
    for p, n in found:
        yield Remark(f"{p} is still on {n}, whose labels do not match", ("spec.scenario.steps",))


def _left_to_the_user(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """The pods that a StatefulSet does not replace."""
    stateful = cluster.scenario.workload.stateful
    if stateful is None or not stateful.on_delete:
        return
    wanted = cluster.wanted
    old = reading.those(
        cluster.Pod,
        lambda p: cluster.is_active(p) & cluster.is_own(p) & (cluster.owner[p] != wanted),
    )
    if old:
        stays = verb(len(old), "stays as it is", "stay as they are")
        text = f"{listed(old)} {stays}: with updateStrategy OnDelete nobody but users deletes pods"
        yield Remark(text, ("spec.updateStrategy",))


def short_of_new(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    yield from _left_to_the_user(cluster, reading)
    yield from short_of_revision(cluster, reading, lambda c: target(c, "change"))
    yield from _overdue(cluster)


def short_of_old(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    history, workload = cluster.history, cluster.scenario.workload
    if history is not None and reading.value(history.refused):
        lost = reading.those(cluster.ReplicaSet, history.forgotten.__getitem__)
        limit = workload.history_limit
        kept = f"{counted(limit, 'old revision')} {verb(limit, 'is', 'are')} kept"
        gone = f"{listed(lost)} {verb(len(lost), 'is', 'are')} deleted, since {kept}"
        text = f"{gone}: kubectl says {_no_history(cluster)}"
        yield Remark(text, ("spec.revisionHistoryLimit",))
        return
    yield from _left_to_the_user(cluster, reading)
    yield from short_of_revision(cluster, reading, lambda c: target(c, "undo"))
    yield from _overdue(cluster)


def _overdue(cluster: Cluster) -> Iterator[Remark]:
    """What the progress deadline does that the user has given: a condition of the status, which the
    controller acts on in no way. Source: kubernetes v1.36.3 `pkg/controller/deployment/progress.go`
    (syncRolloutStatus); kubectl v0.36.3 `pkg/polymorphichelpers/rollout_status.go`."""
    workload = cluster.scenario.workload
    seconds = workload.progress_deadline
    if seconds is not None:
        said = f'deployment "{workload.name}" exceeded its progress deadline'
        after = f"after {counted(seconds, 'second')} without progress"
        text = f"{after} `kubectl rollout status` fails: {said}; no controller takes it back"
        yield Remark(text, ("spec.progressDeadlineSeconds",))


def _no_history(cluster: Cluster) -> str:
    """What kubectl says where it finds no revision."""
    numbers = {step.revision for step in cluster.scenario.change.steps if isinstance(step, Undo)}
    number = numbers.pop() if len(numbers) == 1 else 0
    if number:
        return f'"unable to find specified revision {number} in history"'
    return f'"no rollout history found for deployment {cluster.scenario.workload.name}"'
