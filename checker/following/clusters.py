"""The systems that recordings are followed through: the model's own components, and users who may
do anything.

A scenario has one change by the user, a recording has any. So the template that is wanted may
become each of the workload's revisions at any time, and pods may be deleted by anybody. All else is
put together as for a check: with every interleaving, and watches that stall as often as it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from model.api.node import Node
from model.api.steps import SetImage, Step
from model.api.workload import Workload
from model.apiserver import store
from model.apiserver.configuration import Configuration
from model.apiserver.objects import Cluster, owners, pod, replicaset
from model.controllers import daemonset, deployment, job, job_counts, statefulset
from model.controllers import replicaset as replicasets
from model.faults import pod_failures
from model.ir.expr import Expr
from model.ir.label import Label
from model.ir.system import StateFunction, System, assign
from model.ir.types import ElementType
from model.node import finishing, kubelet
from model.scenario import Bounds, Change, Faults, Scenario

#: Who does what no component does.
USER = "user"

#: The components whose steps are followed here.
COMPONENTS: tuple[Callable[[Cluster], None], ...] = (
    job_counts.add,
    deployment.add,
    replicasets.add,
    statefulset.add,
    daemonset.add,
    job.add,
    kubelet.add,
    finishing.add,
    pod_failures.add,
)

#: Controllers whose caches may lag.
WATCHES = (deployment.NAME, replicasets.NAME, statefulset.NAME, daemonset.NAME)


class Followed(Cluster):
    """A cluster in which any revision may be the wanted one."""

    def template_of(self, change: Expr | None) -> Expr:
        return self.old if change is None else change


@dataclass(frozen=True)
class Built:
    """A system, and the functions of it that a recording shows or that need care."""

    cluster: Cluster
    system: System
    wanted: StateFunction
    #: What is seen of the objects.
    visible: tuple[StateFunction, ...]
    #: What is left of budgets for faults, which have no end here.
    budgets: tuple[StateFunction, ...]


def build(workload: Workload, nodes: tuple[Node, ...], revisions: int, pods: int) -> Built:
    """The system of a workload with so many revisions, and room for so many pods at once."""
    scenario = Scenario(
        name="recording",
        workload=workload,
        nodes=nodes,
        change=Change("steps", given=_templates(revisions)),
        faults=Faults(slow_watches=dict.fromkeys(WATCHES, 1), pod_failures=1),
        bounds=Bounds(pods=pods),
        properties=(),
        prompt=False,
    )
    most = scenario
    if workload.stateful is not None:
        # There may be pods above the replicas: those that are yet to be scaled away.
        most = replace(scenario, workload=replace(workload, replicas=max(pods, workload.replicas)))
    made = store.cluster(most)
    made.scenario, made.configuration = scenario, Configuration(scenario, made.builder)
    made.workloads = owners(scenario)
    cluster = Followed(**{each.name: getattr(made, each.name) for each in fields(made)})
    cluster.builder.functions[:] = [
        f for f in cluster.builder.functions if f not in (made.change, made.position)
    ]
    cluster.position = None
    wanted = cluster.builder.function(
        "wanted",
        (),
        ElementType(cluster.ReplicaSet),
        0,
        Label(f"{workload.kind}/{workload.name}", "spec.template"),
    )
    cluster.change = wanted
    if workload.stateful is not None:
        label = Label(f"StatefulSet/{workload.name}", "status.currentRevision")
        cluster.settled = cluster.builder.function(
            "currentRevision", (), ElementType(cluster.ReplicaSet), 0, label
        )
    for component in COMPONENTS:
        component(cluster)
    _user(cluster)
    system = cluster.builder.build()
    statuses = tuple(status.written for status in cluster.syncs.statuses)
    shown = (cluster.phase, cluster.node, cluster.owner, cluster.exists, cluster.replicas, wanted)
    others = (cluster.target,) if cluster.target is not None else ()
    rest = (cluster.settled,) if cluster.settled is not None else ()
    if cluster.jobs is not None:
        index = (cluster.jobs.index,) if cluster.jobs.index is not None else ()
        others = (cluster.jobs.ending, cluster.jobs.over, *index)
    return Built(
        cluster,
        system,
        wanted,
        (*shown, cluster.health, *statuses, *others, *rest),
        tuple(f for f in system.functions if f.name.endswith("sLeft")),
    )


def _templates(revisions: int) -> tuple[Step, ...]:
    """Changes of the template that make so many revisions."""
    return tuple(SetImage(f"revision {number}") for number in range(1, revisions))


def _user(cluster: Cluster) -> None:
    """Adds what anybody may do to pods and to the template."""
    p, r = pod(cluster), replicaset(cluster)
    assert cluster.change is not None
    cluster.builder.action(
        "delete pod",
        USER,
        (p,),
        cluster.is_active(p),
        cluster.delete(p),
        text="delete {pod}",
        why="nobody keeps users from it",
    )
    cluster.builder.action(
        "lose pod",
        USER,
        (p,),
        cluster.is_active(p),
        [*cluster.remove(p), *cluster.syncs.lost(p)],
        text="{pod} ends, or is gone at once",
        why="nobody keeps users from it",
    )
    cluster.builder.action(
        "change template",
        USER,
        (r,),
        cluster.change() != r,
        [assign(cluster.change(), r)],
        text="change the template to that of {replicaset}",
        why="users may change it at any time",
    )
