"""A toy controller: for each Reaper ready pods of the workload are deleted, one after the other."""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import Cluster, pod
from model.apiserver.views import Watches
from model.controllers.contract import Controller
from model.controllers.table import Row
from model.ir.system import assign
from model.ir.types import IntType
from tests.extension.reaper import Reaper

NAME = "reaper-controller"


def asked(cluster: Cluster) -> int:
    """How many pods are to be reaped."""
    return sum(each.pods for each in cluster.scenario.of(Reaper))


def _add(cluster: Cluster, _: Watches) -> None:
    most, p = asked(cluster), pod(cluster)
    left = cluster.builder.function("podsToReap", (), IntType(0, most), most)
    requests.send(
        cluster,
        "reap pod",
        NAME,
        (p,),
        cluster.is_ready(p) & (left() > 0),
        [*requests.delete(cluster, p), assign(left(), left() - 1)],
        fairness="weak",
        text="delete {pod}",
        why="a Reaper asks for it",
    )


CONTROLLER = Controller(
    NAME,
    ("Reaper", "Pod"),
    "fewer ready pods",
    "the pods that are ready",
    "how many a Reaper has yet to take",
    "delete a pod",
    _add,
)

ROW = Row(lambda cluster: asked(cluster) > 0, lambda: CONTROLLER)
