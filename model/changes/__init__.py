"""What the user does during a run: a file for each kind of step, and the table of them.

May enter: the steps' fields and actions. May not enter: what the workload's object says after a
step, which is a function of how far the user has come (`model.stages`), and what controllers make
of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.apiserver.objects import Cluster
from model.changes import cordon, drain, labels, load, node_objects, pods, taint, workload
from model.changes.contract import Row, Turn
from model.field import Field

#: By their names in a Check. Who takes others after a drain waits for it, so drains come first.
ROWS: Mapping[str, Row] = {
    "drain": drain.ROW,
    "setImage": workload.SET_IMAGE,
    "apply": workload.APPLY,
    "restart": workload.RESTART,
    "undo": workload.UNDO,
    "scale": workload.SCALE,
    "load": load.ROW,
    "setPartition": workload.SET_PARTITION,
    "pause": workload.PAUSE,
    "suspend": workload.SUSPEND,
    "resume": workload.RESUME,
    "delete": workload.DELETE,
    "deletePod": pods.ROW,
    "cordon": cordon.CORDON,
    "uncordon": cordon.UNCORDON,
    "taint": taint.PUT,
    "untaint": taint.TAKE,
    "label": labels.PUT,
    "unlabel": labels.TAKE,
    "removeNode": node_objects.REMOVE,
    "addNode": node_objects.ADD,
}

#: What is said of several steps.
STOPS = "the user may stop before any of the steps, for good"

#: The fields of an entry of `spec.scenario.steps`.
FIELDS: Mapping[str, Field] = {name: row.field for name, row in ROWS.items()}


def add(cluster: Cluster) -> None:
    """Adds every step of a scenario's change."""
    steps = enumerate(cluster.scenario.change.steps)
    turns = [(type(step), Turn(cluster, number)) for number, step in steps]
    if len(turns) > 1:
        cluster.builder.assumptions.append(STOPS)
    for row in ROWS.values():
        some = [turn for kind, turn in turns if kind is row.kind]
        if some:
            row.add(cluster, some)
