"""The systems that recordings are followed through: the model's own components, and users who may
do anything.

A scenario has one change by the user, a recording has any. So the template that is wanted may
become each of the workload's revisions at any time, and pods may be deleted by anybody. All else is
put together as for a check: with every interleaving, and watches that stall as often as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from model.api.change import Change
from model.api.node import Node
from model.api.steps import Pause, Resume, Scale, SetImage, SetPartition, Step
from model.api.workload import Workload
from model.apiserver import requests, store
from model.apiserver.configuration import Configuration
from model.apiserver.objects import Cluster, owners, pod, replicaset
from model.apiserver.syncs import SPARED
from model.controllers import daemonset, deployment, job, job_counts, statefulset, table
from model.controllers import replicaset as replicasets
from model.faults import pod_failures
from model.ir.expr import variable
from model.ir.label import Label
from model.ir.system import StateFunction, System, assign
from model.ir.types import ElementType
from model.node import finishing, kubelet
from model.scenario import Bounds, Faults, Scenario
from model.stages import stages

#: Who does what no component does.
USER = "user"

#: The components whose steps are followed here.
COMPONENTS: tuple[Callable[[Cluster], None], ...] = (
    job_counts.add,
    table.add_workloads,
    kubelet.add,
    finishing.add,
    pod_failures.add,
)

#: Of what controllers have caches that may lag, each by itself.
WATCHES = {
    deployment.NAME: ("deployments", "replicasets", "pods"),
    replicasets.NAME: ("replicasets", "pods"),
    replicasets.FOR_CONTROLLERS: ("replicationcontrollers", "pods"),
    statefulset.NAME: ("statefulsets", "pods"),
    daemonset.NAME: ("daemonsets", "pods"),
    job.NAME: ("jobs", "pods"),
}


class TooMany(Exception):
    """The workload's object says more different things than the model has stages for."""


class Refusals(NamedTuple):
    """Which requests of the controller of ReplicaSets may be refused, for what the model does not
    tell: those about pods, and statuses."""

    pods: bool = False
    statuses: bool = False


NONE = Refusals()


class Spec(NamedTuple):
    """What the user has a workload say that the model follows: the place of its template among the
    revisions, its replicas, whether it is paused (a Job: suspended), a StatefulSet's partition."""

    revision: int
    replicas: int
    paused: bool = False
    #: None for that of the start.
    partition: int | None = None


@dataclass(frozen=True)
class Built:
    """A system, and the functions of it that a recording shows or that need care."""

    cluster: Cluster
    system: System
    #: What is seen of the objects.
    visible: tuple[StateFunction, ...]
    #: What is left of budgets for faults, which have no end here.
    budgets: tuple[StateFunction, ...]

    def stage(self, spec: Spec) -> int:
        """The value of `change` where the workload's object says this."""
        stages = self.cluster.stages.stages
        kept = stages[0].partition if spec.partition is None else spec.partition
        for place, stage in enumerate(stages):
            said = Spec(stage.revision, stage.replicas, stage.paused, stage.partition)
            if said == spec._replace(partition=kept):
                return place
        raise LookupError(f"no stage has {spec}")


def build(
    workload: Workload,
    nodes: tuple[Node, ...],
    revisions: int,
    specs: Sequence[Spec],
    pods: int,
    *,
    refusals: Refusals = NONE,
    recreates: bool = False,
) -> Built:
    """The system of a workload with so many revisions, whose object says at some time what each of
    `specs` is, with room for so many pods at once. `recreates`: its strategy is Recreate at some
    time, so its state is what both strategies need. Raises TooMany."""
    workload = replace(workload, template=replace(workload.template, images=(_image(0),)))
    scenario = Scenario(
        name="recording",
        workload=workload,
        nodes=nodes,
        change=Change("steps", given=tuple(_steps(workload, revisions, specs))),
        faults=Faults(
            slow_watches={f"{who}.{kind}": 1 for who in WATCHES for kind in WATCHES[who]},
            pod_failures=1,
        ),
        bounds=Bounds(pods=pods),
        properties=(),
        prompt=False,
    )
    if not stages(scenario).positions:
        raise TooMany
    most = scenario
    if recreates:
        most = replace(scenario, workload=replace(workload, strategy="Recreate"))
    cluster = store.cluster(most)
    cluster.scenario, cluster.slides = scenario, True
    cluster.configuration = Configuration(scenario, cluster.builder)
    cluster.workloads, cluster.stages = owners(scenario), stages(scenario)
    if cluster.position is not None:
        # How far the user has come nobody asks.
        cluster.builder.functions.remove(cluster.position)
        cluster.position = None
    if workload.stateful is not None:
        label = Label(f"StatefulSet/{workload.name}", "status.currentRevision")
        cluster.settled = cluster.builder.function(
            "currentRevision", (), ElementType(cluster.ReplicaSet), 0, label
        )
    for component in COMPONENTS:
        component(cluster)
    _user(cluster)
    if refusals.pods and workload.by_replicasets:
        _refuse(cluster)
    if refusals.statuses and workload.by_replicasets:
        _refuse_statuses(cluster)
    system = cluster.builder.build()
    return Built(
        cluster,
        system,
        tuple(_visible(cluster)),
        tuple(f for f in system.functions if f.name.endswith("sLeft")),
    )


def _refuse(cluster: Cluster) -> None:
    """Adds that the API server refuses what a sync has left to send: it goes on to the status."""
    syncs, r = cluster.syncs, replicaset(cluster)
    q = variable("syncing", cluster.Pod)
    cluster.builder.action(
        "request refused",
        replicasets.named(cluster),
        (r,),
        syncs.sending(r),
        [
            assign(syncs.to_create[r], 0),
            assign(syncs.to_delete[r], 0),
            assign(syncs.victim[q], SPARED, q, where=cluster.owner[q] == r),
        ],
        text="what is left of the sync of {replicaset} is refused",
        why="a request of its kind was",
    )


def _refuse_statuses(cluster: Cluster) -> None:
    """Adds that the status of a sync is refused, as its ReplicaSet was written meanwhile, and so is
    the second try: the sync ends without it."""
    syncs, r = cluster.syncs, replicaset(cluster)
    cluster.builder.action(
        "status refused",
        replicasets.named(cluster),
        (r,),
        ~syncs.sending(r) & ~syncs.idle(r),
        [assign(status.decided[r], status.written[r]) for status in syncs.statuses],
        text="the status of {replicaset} is refused",
        why="{replicaset} was written twice since it was read",
    )


def _visible(cluster: Cluster) -> Iterator[StateFunction]:
    """What a recording tells."""
    yield from (cluster.phase, cluster.node, cluster.owner, cluster.health)
    yield from (cluster.exists, cluster.replicas)
    yield from (status.written for status in cluster.syncs.statuses)
    jobs = cluster.jobs
    others = [cluster.change, cluster.target, cluster.settled, cluster.desired_replicas]
    if jobs is not None:
        others += [jobs.ending, jobs.over, jobs.index]
    yield from (each for each in others if each is not None)


def _image(revision: int) -> str:
    return f"revision {revision}"


def _steps(workload: Workload, revisions: int, specs: Sequence[Spec]) -> Iterator[Step]:
    """Steps by which each revision comes to be, in order, and the object says each of these at some
    time: in an order that takes few steps."""
    for revision in range(1, revisions):
        yield SetImage(_image(revision))
    start = None if workload.stateful is None else workload.stateful.partition
    here = Spec(max(0, revisions - 1), workload.replicas, partition=start)
    kept = (
        each if each.partition is not None else each._replace(partition=start) for each in specs
    )
    for spec in sorted(set(kept), key=lambda each: (each[2:], each[:2])):
        if spec.revision != here.revision:
            yield SetImage(_image(spec.revision))
        if spec.replicas != here.replicas:
            yield Scale(spec.replicas)
        if spec.paused != here.paused:
            yield Pause() if spec.paused else Resume()
        if spec.partition != here.partition and spec.partition is not None:
            yield SetPartition(spec.partition)
        here = spec


def _user(cluster: Cluster) -> None:
    """Adds what anybody may do to pods."""
    p = pod(cluster)
    cluster.builder.action(
        "delete pod",
        USER,
        (p,),
        cluster.is_active(p),
        requests.delete(cluster, p),
        text="delete {pod}",
        why="nobody keeps users from it",
    )
    cluster.builder.action(
        "lose pod",
        USER,
        (p,),
        cluster.is_active(p),
        [*requests.remove(cluster, p), *cluster.syncs.lost(p)],
        text="{pod} ends, or is gone at once",
        why="nobody keeps users from it",
    )
