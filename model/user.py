"""The user: changes the template, takes the change back.

What administrators do to nodes is in `model.administrator`.
"""

from __future__ import annotations

from model.apiserver.objects import NEW, OLD, REVERTED, Cluster
from model.ir.expr import constant
from model.ir.system import assign
from model.ir.types import EnumType

NAME = "user"


def add(cluster: Cluster) -> None:
    """Adds the rollout of the scenario, if it has one."""
    builder, change = cluster.builder, cluster.change
    if change is None:
        return
    assert isinstance(change.type, EnumType)
    image = cluster.scenario.change.image or "a new template"
    builder.action(
        "change template",
        NAME,
        (),
        (change() == constant(change.type, OLD)) & cluster.serving,
        [assign(change(), constant(change.type, NEW))],
        text="change the template to {image}",
        why="the scenario is a rollout",
        words={"image": image},
    )
    if cluster.scenario.change.rollback:
        builder.action(
            "roll back",
            NAME,
            (),
            (change() == constant(change.type, NEW)) & cluster.serving,
            [assign(change(), constant(change.type, REVERTED))],
            text="change the template back to what it was",
            why="the scenario lets the user take the rollout back at any moment",
        )
