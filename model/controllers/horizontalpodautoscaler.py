"""HorizontalPodAutoscaler controller: sets the replicas of its target by the load.

Which load there is is what the scenario says: the number of pods for which it is exactly what the
autoscaler's target wants them to bear, by the metric that asks for the most. A sync may set any
number on the way from the present one to the one that the load asks for, up to what bounds, the
doubling of the replicas and the policies of `behavior` let it set at once. So metrics that come
late or not of every pod, pods that are not ready, stabilization windows and what the controller
remembers of syncs before need no state: each makes a sync set a number nearer to the present one,
or set it later.

Source: kubernetes v1.36.3 `pkg/controller/podautoscaler/horizontal.go` (reconcileAutoscaler: bounds
come before metrics, and 0 replicas switch it off; validateAndParseSelector: metrics of pods that
several autoscalers control are not asked for).

Omits: autoscalers of other workloads whose selectors match the same pods, HPAScaleToZero, and the
rest of `OMISSIONS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from model.api.horizontalpodautoscaler import HorizontalPodAutoscaler, Rescale
from model.apiserver import floor, moves, requests
from model.apiserver.objects import Cluster
from model.apiserver.views import Watches
from model.controllers.autoscaling import share
from model.controllers.contract import Controller
from model.controllers.scalinglimits import limited, outside
from model.mutation import Mutation
from model.position import Move
from model.words import counted

NAME = "horizontal-pod-autoscaler-controller"

#: Seeded fault: replicas that the load does not need stay.
NEVER_DOWN = Mutation(
    "autoscaler-never-scales-down", "replicas that the load does not need stay for ever"
)

#: An amount that one pod is to bear, in the units of `autoscaling`.
_SHARE = 1000

OMISSIONS = (
    "autoscaler: a sync that another write of the replicas overtakes writes what it computed "
    "before; here it computes again",
    "autoscaler: metrics that are not there at all, by which it would scale nothing",
    "autoscalers of other workloads whose selectors match the same pods",
)


def numbers(
    one: HorizontalPodAutoscaler, load: int, current: int, *, alone: bool = True
) -> Sequence[int]:
    """What a sync may set the replicas to, the farthest last; empty where it leaves them. `alone`:
    no other autoscaler controls the same pods."""
    beyond = outside(current, one.bounds)
    if beyond is not None:
        return () if beyond == current else (beyond,)
    if not alone:
        return ()
    proposal = share(current, _SHARE, load * _SHARE, one.tolerances).replicas
    wanted = limited(current, proposal, one.bounds, behavior=one.behavior)
    if wanted >= current:
        return range(current + 1, wanted + 1)
    return range(current - 1, wanted - 1, -1)


def tabulated(
    autoscalers: Sequence[HorizontalPodAutoscaler], loads: Iterable[int], most: int
) -> Iterator[Rescale]:
    """Every request that these may send, of up to `most` replicas."""
    alone = len(autoscalers) == 1
    for one in autoscalers:
        for load in loads:
            for current in range(1, most + 1):
                for replicas in numbers(one, load, current, alone=alone):
                    yield Rescale(one.label, load, current, replicas)


def settled(autoscalers: Sequence[HorizontalPodAutoscaler], replicas: int) -> int:
    """The number of replicas within the bounds of the autoscaler, or of the first of several that
    disagree; what a load of as many pods leaves as it is."""
    for one in reversed(autoscalers):
        beyond = outside(replicas, one.bounds)
        replicas = replicas if beyond is None else beyond
    return replicas


def _steps(cluster: Cluster, _: Watches) -> None:
    cluster.builder.assumptions.append(
        "load is counted in pods: as many as bear exactly what the autoscaler's target wants; at "
        "the start it is that of the replicas that there are"
    )
    several = len(cluster.scenario.change.autoscalers) > 1
    for number, label in enumerate(cluster.scenario.change.autoscalers):
        sizes: dict[int, list[Move]] = {}
        for move in cluster.stages.rescales(number):
            size = _replicas(cluster, move.target)
            if size < _replicas(cluster, move.source) and cluster.mutated(NEVER_DOWN):
                continue
            sizes.setdefault(size, []).append(move)
        for size, some in sorted(sizes.items()):
            requests.send(
                cluster,
                f"autoscale to {size}" + (f" by {number + 1}" if several else ""),
                NAME,
                (),
                moves.due(cluster, some),
                [*moves.made(cluster, some), *floor.scaled(cluster, size)],
                fairness="weak",
                text="scale to {replicas}",
                why="{autoscaler} measures the load, and minds its bounds",
                words={"replicas": counted(size, "replica"), "autoscaler": label},
            )


def _replicas(cluster: Cluster, position: int) -> int:
    return cluster.stages.positions[position].stage.replicas


CONTROLLER = Controller(
    NAME,
    ("HorizontalPodAutoscaler",),
    "a number of replicas from minReplicas to maxReplicas that bears the load",
    "spec.replicas of the target, and the load, both read anew for each sync",
    "whether the replicas are beyond the bounds, else how many more or fewer the load asks for",
    "set spec.replicas of the target",
    _steps,
    OMISSIONS,
)
