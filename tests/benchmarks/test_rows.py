"""The table says what was measured, and calls a target met only where it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.__main__ import selected
from benchmarks.child import Measured, measure
from benchmarks.row import Answer, Job, Progress, Row, Target
from benchmarks.rows import ROWS
from benchmarks.spin import Search
from benchmarks.table import HEADINGS, Line
from tests.test_mutations import CAUGHT


def _prepare(_: Progress) -> Job:
    return lambda: Answer("nothing", True)


FOUND = Measured(
    seconds=2.0, processor=1.0, memory=50_000, states=1_000, answer="proved", right=True
)


def line(target: Target, found: Measured | str = FOUND, peer: Search | str | None = None) -> Line:
    return Line(Row("group/name", "what", _prepare, target), found, reference=0.5, peer=peer)


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target(), ""),
        (Target(seconds=2), "yes"),
        (Target(seconds=1), "cpu"),
        (Target(seconds=0.9), "no"),
        (Target(states_per_second=500), "yes"),
        (Target(states_per_second=1_000), "cpu"),
        (Target(states_per_second=1_001), "no"),
        (Target(bytes_per_state=50), "yes"),
        (Target(bytes_per_state=49), "no"),
        (Target(seconds=3, memory=49_999), "no"),
    ],
)
def test_targets_are_met_or_not(target: Target, met: str) -> None:
    """Every part of a target must be met; processor time alone says so."""
    assert line(target).met == met


def test_wrong_answers_meet_nothing() -> None:
    """However fast: neither a wrong answer, nor none, nor a size that is not known."""
    assert line(Target(seconds=9), replace(FOUND, right=False)).met == "no"
    assert line(Target(seconds=9), "nothing within 60 s").met == "no"
    assert line(Target(bytes_per_state=64), replace(FOUND, memory=None)).met == "no"


def test_peers_are_compared_on_the_same_states() -> None:
    """There is no ratio to a peer that saw another number of states."""
    assert line(Target(), peer=Search(1_000, False, 4.0, 2.0)).peer_ratio == 0.5
    other = line(Target(), peer=Search(999, False, 4.0, 2.0))
    assert other.peer_ratio is None
    assert "999 states" in other.cells()
    assert "spin not installed" in line(Target(), peer="spin not installed").cells()


def test_rows_are_well_formed() -> None:
    """Names are unique, each seeded fault is measured, and lines have a cell for each heading."""
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert {name for name in names if name.startswith("faults/")} == {
        f"faults/{fault}" for fault in CAUGHT
    }
    assert len(line(Target()).cells()) == len(line(Target(), "nothing").cells()) == len(HEADINGS)


def test_rows_are_selected_by_name_and_group() -> None:
    """A group brings its extra rows; without names there are none of them."""
    assert not any(row.extra for row in selected([], quick=False))
    assert all(row.quick for row in selected([], quick=True))
    assert any(row.extra for row in selected(["bmc"], quick=False))
    assert [row.name for row in selected(["explicit/wide"], quick=False)] == ["explicit/wide"]
    with pytest.raises(KeyError):
        selected(["explicit/wild"], quick=False)


def test_a_row_is_measured_in_a_child_process() -> None:
    """What comes back is the answer with its times and its memory."""
    (row,) = selected(["faults/both-zero-stays"], quick=False)
    found = measure(row, progress=False)
    assert isinstance(found, Measured), found
    assert found.right
    assert found.answer == "2 steps"
    assert found.processor > 0
    assert found.seconds > 0
