"""What a rollout leaves of topology spread: the scheduler looks at a pod when it binds it, and at
none ever again.

A real cluster breaks this without matchLabelKeys: while pods of two revisions count together, new
ones go where old ones are few, and old ones are deleted without a look at where the new ones are.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/podtopologyspread/filtering.go`;
KEP-3243 (matchLabelKeys).
"""

from __future__ import annotations

from model.apiserver.objects import Cluster
from model.ir.expr import Expr, disj
from model.ir.system import Property
from model.properties.liveness import complete, target
from model.scheduler.spread import kept


def completed(cluster: Cluster) -> list[tuple[Expr, Expr]]:
    """Whether a rollout is complete, or one that was taken back, and to which ReplicaSet."""
    names = {stage.by for stage in cluster.stages.stages} & {"change", "undo"}
    found = []
    for way in sorted(names):
        to = target(cluster, way)
        begun = cluster.in_stages(lambda stage, way=way: stage.by == way)  # type: ignore[misc]
        found.append((begun & complete(cluster, to), to))
    return found


def spread_kept_after_rollout(name: str, text: str, cluster: Cluster) -> Property:
    """When all pods are available in the new revision, those that are bound are no farther apart
    than hard constraints allow."""
    ways = completed(cluster)
    over = disj(*(done & ~kept(cluster, to) for done, to in ways))
    return Property(
        name,
        "always",
        ~over,
        witness=disj(*(done for done, _ in ways)),
        text=text,
        occasion="the rollout is complete",
    )
