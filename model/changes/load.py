"""Steps by which there is more or less to bear, and the autoscalers that follow.

Nobody takes such a step: it happens. What autoscalers may do then is tabulated beforehand, so that
how far the user and they have come is one thing (`model.stages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.api.change import Change
from model.api.horizontalpodautoscaler import HorizontalPodAutoscaler
from model.api.steps import Load
from model.api.workload import Workload
from model.apiserver.objects import Cluster
from model.changes.contract import Row, Turn
from model.controllers.horizontalpodautoscaler import settled, tabulated
from model.field import Field
from model.words import counted


def followed(
    change: Change, workload: Workload, autoscalers: Sequence[HorizontalPodAutoscaler]
) -> tuple[Change, Workload]:
    """The change with what the autoscalers of a workload may do, and the workload with replicas
    that they let be at the start; both as they are where there are none."""
    if not autoscalers:
        return change, workload
    size = settled(autoscalers, workload.replicas)
    loads = (size, *(step.pods for step in change.steps if isinstance(step, Load)))
    least = max(one.bounds.least for one in autoscalers)
    most = max(one.bounds.most for one in autoscalers)
    sizes = max(least, min(max(loads), most), size, *change.scaled_to)
    change = replace(
        change,
        autoscalers=tuple(one.label for one in autoscalers),
        rescales=tuple(tabulated(autoscalers, dict.fromkeys(loads), sizes)),
    )
    return change, replace(workload, replicas=size)


def _add(cluster: Cluster, turns: Sequence[Turn]) -> None:
    for turn in turns:
        assert isinstance(turn.step, Load)
        # No request: the quorum is not needed.
        cluster.builder.action(
            turn.named("load"),
            "load",
            (),
            turn.due,
            turn.taken,
            text="becomes what {pods} bear",
            why=turn.why,
            words={"pods": counted(turn.step.pods, "pod")},
        )


ROW = Row(
    Load,
    Field(
        "object",
        "what the workload bears becomes as much as so many pods are to bear; its autoscaler "
        "follows",
        short="pods",
        fields={"pods": Field("integer", "how many", maximum=1000, minimum=0, required=True)},
    ),
    lambda given: [Load(given["pods"] or 0)],
    _add,
    ("Deployment", "StatefulSet"),
)
