"""What kube-scheduler sees in a state of the model, as concrete nodes and pods: so that its plugins
themselves say why a pod is pending, as they do of a cluster (`model.plugins.attempt`).

Source: kubernetes v1.36.3 `pkg/scheduler/framework/types.go` (NodeInfo),
`pkg/controller/daemon/util/daemonset_util.go` (ReplaceDaemonSetPodNodeNameNodeAffinity).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from model.api.node import ZONE, Node, Taint
from model.api.pod import Pod
from model.api.selector import Requirement
from model.api.storage import PersistentVolume, PersistentVolumeClaim, Storage, Volume
from model.apiserver.nominations import LEAVING
from model.apiserver.objects import HEALTH, PHASE, Cluster
from model.apiserver.pins import NOWHERE
from model.ir.system import State
from model.plugins import filters
from model.plugins.attempt import Attempt
from model.plugins.attempt import attempt as try_
from model.plugins.placing import Judged, enough, place
from model.plugins.snapshot import Snapshot
from model.scheduler.incoming import WORKLOAD, controllers, holding, pod_of, services
from model.scheduler.pending import values

_UNREACHABLE = Taint("node.kubernetes.io/unreachable", "", "NoSchedule")
_NAME = "metadata.name"


def attempt(cluster: Cluster, state: State) -> Attempt | None:
    """What comes of the first pod of the own workload that is pending; None if there is none, a
    node takes it, or it is no matter for the scheduler."""
    template = cluster.scenario.workload.template
    if template.node_name or template.gates:
        return None
    if cluster.scenario.change.relabels:
        cluster = cluster.closed(state)
    found = Seen(cluster, state)
    waiting = next((pod for pod in found.pods if found.is_waiting(pod)), None)
    if waiting is None:
        return None
    tried = try_(found.snapshot(), waiting)
    return None if tried.placing.feasible else tried


def judged(cluster: Cluster, state: State, pod: str, node: str) -> Judged | None:
    """What the scores say of a pod that is bound to a node in a state; None where the scheduler
    does not decide that, or by a sample of the nodes only."""
    size = len(cluster.scenario.nodes)
    if cluster.scenario.workload.template.node_name or enough(size) < size:
        return None
    found = Seen(cluster, state)
    waiting = next((each for each in found.pods if each.name == pod), None)
    if waiting is None:
        return None
    return place(holding(found.snapshot()), waiting).judged(node)


@dataclass(frozen=True)
class Seen:
    """Nodes and pods of a state."""

    cluster: Cluster
    state: State

    def _values(self, function: object) -> State:
        return values(self.cluster, self.state, function)  # type: ignore[arg-type]

    def is_waiting(self, pod: Pod) -> bool:
        mine = self.cluster.scenario.workload.subject
        return not (pod.node or pod.terminating) and pod.labels[WORKLOAD] == mine

    def snapshot(self) -> Snapshot:
        pods = self.pods
        return Snapshot.of(
            self._nodes(),
            (pod for pod in pods if pod.node),
            services=services(self.cluster),
            controllers=controllers(self.cluster),
            profile=self.cluster.scenario.profile,
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
        pod = pod_of(self.cluster, of, name)
        if target:
            own = ((Requirement(_NAME, "In", (target,), field=True),),)
            pod = replace(
                pod,
                template=replace(pod.template, node_affinity=own),
                affinity=replace(pod.affinity, required_nodes=own),
            )
        if (pod.namespace, name) in self._storage.claims:
            pod = replace(pod, volumes=(Volume("zonal", name),))
        return pod

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
