"""What kube-scheduler sees in a state of the model, as concrete nodes and pods: so that its plugins
themselves say why a pod is pending, as they do of a cluster (`model.plugins.attempt`).

A pod has what the model knows of it. Whom required anti-affinity keeps apart is known by pairs of
workloads, so here a label says whose a pod is, and terms select by that.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/types.go` (NodeInfo),
`pkg/controller/daemon/util/daemonset_util.go` (ReplaceDaemonSetPodNodeNameNodeAffinity).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from model.api.affinity import Affinity, PodAffinityTerm
from model.api.node import ZONE, Node, Taint
from model.api.pod import Pod
from model.api.selector import LabelSelector, Requirement
from model.api.storage import PersistentVolume, PersistentVolumeClaim, Storage, Volume
from model.api.topologyspread import HardSpread, TopologySpreadConstraint
from model.api.workload import Workload
from model.apiserver.nominations import LEAVING
from model.apiserver.objects import HEALTH, PHASE, Cluster
from model.apiserver.pins import NOWHERE
from model.ir.system import State
from model.plugins import filters, spreading
from model.plugins.attempt import Attempt
from model.plugins.attempt import attempt as try_
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.snapshot import Snapshot
from model.scheduler.pending import values

#: Whose a pod is; no manifest can say so.
_WORKLOAD = " workload"
_UNREACHABLE = Taint("node.kubernetes.io/unreachable", "", "NoSchedule")
_NAME = "metadata.name"


def attempt(cluster: Cluster, state: State) -> Attempt | None:
    """What comes of the first pod of the own workload that is pending; None if there is none, a
    node takes it, or it is no matter for the scheduler."""
    if cluster.scenario.workload.template.node_name:
        return None
    if cluster.scenario.change.relabels:
        cluster = cluster.closed(state)
    found = _State(cluster, state)
    waiting = next((pod for pod in found.pods if found.is_waiting(pod)), None)
    if waiting is None:
        return None
    tried = try_(found.snapshot(), waiting)
    return None if tried.placing.feasible else tried


@dataclass(frozen=True)
class _State:
    cluster: Cluster
    state: State

    def _values(self, function: object) -> State:
        return values(self.cluster, self.state, function)  # type: ignore[arg-type]

    def is_waiting(self, pod: Pod) -> bool:
        mine = self.cluster.scenario.workload.subject
        return not (pod.node or pod.terminating) and pod.labels[_WORKLOAD] == mine

    def snapshot(self) -> Snapshot:
        pods = self.pods
        return Snapshot.of(
            self._nodes(),
            (pod for pod in pods if pod.node),
            storage=self._storage,
            nominated=(pod for pod in pods if not pod.node and pod.nominated),
        )

    def _nodes(self) -> Iterator[Node]:
        """The nodes that there are, with what has become of them."""
        cluster = self.cluster
        nodes, taint = filters.reopened(cluster.scenario).nodes, cluster.scenario.change.taint
        there, cordoned, tainted = (
            self._values(each) if each is not None else (default,) * len(nodes)
            for each, default in (
                (cluster.registered, 1),
                (cluster.unschedulable, 0),
                (cluster.tainted, 0),
            )
        )
        health = self._values(cluster.health)
        for at, node in enumerate(nodes):
            if not there[at]:
                continue
            added = [taint] if taint and tainted[at] else []
            added += [_UNREACHABLE] if HEALTH.values[health[at]] == "Unreachable" else []
            # One that a node has already is only changed.
            put = {(each.key, each.effect): each for each in (*node.taints, *added)}
            flag = node.unschedulable or bool(cordoned[at])
            yield replace(node, unschedulable=flag, taints=tuple(put.values()))

    @cached_property
    def pods(self) -> list[Pod]:
        """The pods that there are."""
        cluster = self.cluster
        names, none = [node.name for node in cluster.scenario.nodes], cluster.Pod.size * (-1,)
        nominations, target = cluster.nominations, cluster.target
        columns = zip(
            cluster.Pod.elements,
            self._values(cluster.phase),
            self._values(cluster.node),
            self._values(cluster.owner),
            self._values(target) if target is not None else none,
            self._values(nominations.to) if nominations is not None else none,
            self._values(nominations.leaving) if nominations is not None else none,
            strict=True,
        )
        found = []
        for name, phase, at, of, meant, to, leaving in columns:
            if PHASE.values[phase] == "Absent":
                continue
            pod = self._pod(name, of, names[meant] if meant >= 0 else "")
            found.append(
                replace(
                    pod,
                    node=names[at] if at >= 0 else "",
                    terminating=PHASE.values[phase] == "Terminating",
                    preempted=leaving >= 0 and LEAVING.values[leaving] != "No",
                    nominated=names[to] if to >= 0 else "",
                )
            )
        return found

    def _pod(self, name: str, of: int, target: str) -> Pod:
        cluster = self.cluster
        workload, scenario = cluster.workloads[of], cluster.scenario
        template, revision = workload.template, spreading.REVISION.get(workload.kind)
        labels = {**template.labels, _WORKLOAD: workload.subject}
        if revision is not None:
            labels[revision] = cluster.ReplicaSet.elements[of]
        stored = replace(template, labels=labels, tolerations=admitted_tolerations(template))
        if target:
            own = (Requirement(_NAME, "In", (target,), field=True),)
            stored = replace(stored, node_affinity=(own,))
        pinned = (workload.namespace, name) in self._storage.claims
        return Pod(
            workload.namespace,
            name,
            stored,
            affinity=Affinity(
                stored.node_affinity,
                required=template.near,
                anti_required=tuple(self._away(workload)),
            ),
            spread=tuple(map(_constraint, spreading.constraints(scenario, workload))),
            volumes=(Volume("zonal", name),) if pinned else (),
            priority=template.priority,
            preempts=template.preempts,
        )

    def _away(self, workload: Workload) -> Iterator[PodAffinityTerm]:
        """Whom a workload's own terms keep away from its pods."""
        for term in workload.template.anti_affinity:
            yield _term(term.topology_key, workload.subject)
        for each in self.cluster.scenario.apart:
            if each.one == workload.subject and each.topology_key:
                yield _term(each.topology_key, each.other)

    @cached_property
    def _storage(self) -> Storage:
        """A claim for each pod whose volumes are in a zone."""
        pins = self.cluster.pins
        if pins is None:
            return Storage()
        claims, volumes = {}, {}
        namespace = self.cluster.scenario.workload.namespace
        pinned = zip(self.cluster.Pod.elements, self._values(pins.pinned), strict=True)
        for name, zone in ((name, pins.zones[at]) for name, at in pinned):
            if zone == NOWHERE:
                continue
            affinity = ((Requirement(ZONE, "In", (zone,)),),)
            claims[namespace, name] = PersistentVolumeClaim(
                namespace, name, volume=name, bound=True
            )
            volumes[name] = PersistentVolume(name, affinity=affinity)
        return Storage(claims, volumes)


def _term(key: str, other: str) -> PodAffinityTerm:
    """One that selects the pods of a workload."""
    _, namespace, _ = other.split("/")
    return PodAffinityTerm(key, LabelSelector({_WORKLOAD: other}), frozenset({namespace}))


def _constraint(given: HardSpread) -> TopologySpreadConstraint:
    return TopologySpreadConstraint(
        given.max_skew,
        given.topology_key,
        "DoNotSchedule",
        given.selector,
        given.min_domains,
        "Honor" if given.honors_affinity else "Ignore",
        "Honor" if given.honors_taints else "Ignore",
        given.match_label_keys,
    )
