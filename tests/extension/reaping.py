"""A toy controller: for each Reaper ready pods of the workload are deleted, one after the other."""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import Cluster, pod
from model.ir.system import assign
from model.ir.types import IntType
from tests.extension.reaper import Reaper

NAME = "reaper-controller"


def add(cluster: Cluster) -> None:
    """Adds it where there is a Reaper."""
    most = sum(each.pods for each in cluster.scenario.of(Reaper))
    if not most:
        return
    p = pod(cluster)
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
