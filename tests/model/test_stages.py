"""How far a user may come: what the workload's object says after each step."""

from __future__ import annotations

import pytest

from model.api.change import Change, stepwise
from model.api.node import Taint
from model.api.steps import (
    Apply,
    Drain,
    Pause,
    PutTaint,
    Restart,
    Resume,
    Scale,
    SetImage,
    SetPartition,
    Step,
    Undo,
)
from model.stages import MOST, Stages, stages_of

TAINT = Taint("maintenance", "", "NoExecute")


def follow(*steps: Step, any_order: bool = False) -> Stages:
    return stages_of(stepwise(steps, any_order=any_order), "web:1", 3)


def says(found: Stages) -> list[tuple[str, int, bool]]:
    """Image, replicas and whether it is paused, in the order of positions."""
    stages = [position.stage for position in found.positions]
    return [(found.revisions[s.revision].image, s.replicas, s.paused) for s in stages]


def test_a_rollout_is_a_list_of_steps() -> None:
    """The short forms have the stages of the steps that they stand for."""
    short = Change("rollout", "web:2", rollback=True)
    assert stages_of(short, "web:1", 3) == follow(SetImage("web:2"), Undo())
    assert follow(SetImage("web:2"), Undo()).names == ("old", "new", "reverted")
    assert Change("drain", nodes=("a", "b")).steps == (Drain(("a", "b")),)
    assert Change("taint", nodes=("a",), taint=TAINT).steps == (PutTaint(("a",), TAINT),)
    assert Change("steady").steps == Change("apply").steps == ()


def test_each_step_is_one_stage_further() -> None:
    found = follow(SetImage("web:2"), Scale(5), Pause(), SetImage("web:3"), Resume(), Undo())
    assert says(found) == [
        ("web:1", 3, False),
        ("web:2", 3, False),
        ("web:2", 5, False),
        ("web:2", 5, True),
        ("web:3", 5, True),
        ("web:3", 5, False),
        ("web:2", 5, False),
    ]
    assert not found.refused
    assert [(move.source, move.target) for move in found.moves] == [(i, i + 1) for i in range(6)]


@pytest.mark.parametrize(
    ("steps", "images"),
    [
        # An undo takes the revision before the newest; what it takes becomes the newest.
        ((SetImage("b"), SetImage("c"), Undo()), "b"),
        ((SetImage("b"), SetImage("c"), Undo(), Undo()), "c"),
        ((SetImage("b"), SetImage("c"), Undo(1)), "web:1"),
        ((SetImage("b"), SetImage("c"), Undo(1), Undo()), "c"),
        ((SetImage("b"), SetImage("web:1"), Undo()), "b"),
        # What was changed while paused, and changed again, was never a revision.
        ((Pause(), SetImage("b"), SetImage("c"), Resume(), Undo()), "web:1"),
        ((SetImage("b"), Restart(), Undo()), "b"),
    ],
)
def test_undo(steps: tuple[Step, ...], images: str) -> None:
    found = follow(*steps)
    assert not found.refused
    assert says(found)[-1][0] == images


def test_an_earlier_image_is_an_earlier_revision() -> None:
    """Its ReplicaSet is there already; a restart makes a new one each time."""
    assert len(follow(SetImage("b"), SetImage("web:1")).revisions) == 2
    assert len(follow(Restart(), Restart()).revisions) == 3


@pytest.mark.parametrize(
    ("steps", "number", "why"),
    [
        ((Undo(),), 0, "no revision to go back to"),
        ((SetImage("b"), Undo(7)), 1, "no revision 7"),
        # Revision 1 is revision 3 by now.
        ((SetImage("b"), Undo(), Undo(1)), 2, "no revision 1"),
        ((SetImage("b"), Undo(2)), 1, "has the template of that revision already"),
        ((Pause(), SetImage("b"), Undo()), 2, "refuses to undo while"),
        ((Pause(), Restart()), 1, "refuses to restart while"),
        ((Pause(), Pause()), 1, "paused already"),
        ((Resume(),), 0, "not paused"),
        ((Scale(3),), 0, "3 replicas already"),
        ((SetImage("web:1"),), 0, "has already"),
    ],
)
def test_what_kubectl_refuses(steps: tuple[Step, ...], number: int, why: str) -> None:
    ((at, reason),) = follow(*steps).refused
    assert (at, why in reason) == (number, True), reason


def test_several_fields_at_once() -> None:
    found = follow(Apply("web:2", 5), Apply("web:2", 4), Apply("web:1", 4))
    assert says(found) == [
        ("web:1", 3, False),
        ("web:2", 5, False),
        ("web:2", 4, False),
        ("web:1", 4, False),
    ]
    assert follow(Apply("web:1", 3)).refused
    assert not follow(Apply("web:2", 3)).refused


def test_any_order() -> None:
    """Each subset of steps once; a step that needs another one waits for it."""
    found = follow(SetImage("b"), Scale(5), any_order=True)
    assert says(found) == [("web:1", 3, False), ("b", 3, False), ("web:1", 5, False), ("b", 5, 0)]
    after = follow(Resume(), Pause(), any_order=True)
    assert [move.step for move in after.moves] == [1, 0]
    assert not after.refused
    last = follow(SetImage("b"), SetImage("c"), any_order=True)
    assert {image for image, *_ in says(last)[3:]} == {"b", "c"}


def test_too_many_orders() -> None:
    steps = [SetImage(f"web:{i}") for i in range(2, 9)]
    ((_, reason),) = follow(*steps, any_order=True).refused
    assert str(MOST) in reason


def test_names_tell_stages_apart() -> None:
    found = follow(Scale(5), Scale(3), Pause(), Resume(), Scale(4))
    assert len(set(found.names)) == len(found.stages)
    assert found.names[:2] == ("3 replicas", "5 replicas")
    assert found.ambiguous, "it has 3 replicas before and after"
    assert not follow(Scale(5), Scale(4)).ambiguous


def test_a_scaling_down_meets_others_only_where_something_is_under_way() -> None:
    assert follow(SetImage("b"), Scale(1)).shrinks
    assert follow(Scale(5), Scale(1)).shrinks
    assert not follow(Scale(1)).shrinks
    assert not follow(Pause(), SetImage("b"), Scale(1)).shrinks, "the rollout has not begun"
    assert not follow(SetImage("b"), Scale(5)).shrinks


def test_partitions() -> None:
    """A partition is part of what the object says; how low it was since the template changed is
    part of how far the user has come."""
    steps = (SetPartition(1), SetImage("web:2"), SetPartition(3), SetPartition(0))
    found = stages_of(stepwise(steps), "web:1", 3, 2)
    assert found.partitions == (2, 1, 3, 0)
    assert [at.kept for at in found.positions] == [2, 1, 1, 1, 0]
    assert found.names[0] == "web:1, partition 2"
    refused = stages_of(stepwise((SetPartition(2),)), "web:1", 3, 2).refused
    assert refused == ((0, "its partition is 2 already"),)
    unset = stages_of(stepwise((SetPartition(0),)), "web:1", 3)
    assert unset.names == ("no partition", "partition 0")
