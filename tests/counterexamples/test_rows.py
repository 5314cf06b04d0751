"""Steps that do one thing to several objects are one row; all others stand alone."""

from __future__ import annotations

from counterexamples.explain import Move
from counterexamples.render.rows import rows


def move(index: int, action: str, **params: str) -> Move:
    actor = "kubelet" if action == "start" else "replicaset-controller"
    text = f"{action} {params['pod']}" + (f" for {params['owner']}" if "owner" in params else "")
    return Move(index, actor, action, text, params, (), "")


def told(*moves: Move) -> list[str]:
    return [f"{row.number} {row.text}" for row in rows(moves)]


def test_three_alike_are_one_row() -> None:
    """Numbers and names from the first to the last; what comes after stands alone."""
    made = [move(n, "create", pod=f"web-{n}", owner="rev2") for n in (1, 2, 3)]
    assert told(*made, move(4, "start", pod="web-1")) == [
        "1-3 create web-1 … web-3 for rev2",
        "4 start web-1",
    ]


def test_two_alike_stand_alone() -> None:
    made = [move(n, "create", pod=f"web-{n}", owner="rev2") for n in (1, 2)]
    assert told(*made) == ["1 create web-1 for rev2", "2 create web-2 for rev2"]


def test_another_owner_or_actor_ends_a_row() -> None:
    """Two differences are not one thing done to several objects."""
    made = [move(n, "create", pod=f"web-{n}", owner="rev1") for n in (1, 2, 3)]
    other = move(4, "create", pod="web-4", owner="rev2")
    assert told(*made, other) == ["1-3 create web-1 … web-3 for rev1", "4 create web-4 for rev2"]
    mixed = [move(1, "create", pod="a", owner="x"), move(2, "create", pod="b", owner="x")]
    assert len(told(*mixed, move(3, "create", pod="b", owner="y"))) == 3


def test_a_loop_begins_a_row() -> None:
    """What happens once and what repeats are not one row."""
    made = [move(n, "create", pod=f"p{n}", owner="x") for n in range(1, 7)]
    assert [row.number for row in rows(made, 3)] == ["1-3", "4-6"]
    assert [row.number for row in rows(made)] == ["1-6"]


def test_the_same_step_again_is_no_row() -> None:
    """Nothing differs, so nothing could be named from first to last."""
    assert len(told(*(move(n, "start", pod="web-1") for n in (1, 2, 3)))) == 3


def test_every_step_is_in_one_row() -> None:
    """No step is lost, none told twice."""
    moves = [move(n, "create" if n % 5 else "start", pod=f"p{n}") for n in range(1, 18)]
    assert [m for row in rows(moves) for m in row.moves] == moves
