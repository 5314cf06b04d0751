"""Scripted scenarios in etcd-io/raft's form, written here from understanding."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.cli import run
from checker.conformance.command import conformance
from model.etcd.scenarios import Malformed, confchange_outcomes, parse, quorum_outcomes

QUORUM = """\
# Nobody to ask: won.
vote
----
VoteWon

vote cfg=(1,2,3,4) votes=(y,y,_,n)
----
VotePending

vote cfg=(1,2,3,4) votes=(y,y,n,n)
----
VoteLost

# Voter 2 is in both halves and is written once.
vote cfg=(1,2) cfgj=(2,3) votes=(y,y,_)
----
VotePending

vote cfg=(1, 2) cfgj=zero votes=(y, y)
----
VoteWon

committed cfg=(1,2,3,4,5) idx=(7,_,9,3,8)
----
         idx
xxx>       7    (id=1)
?          0    (id=2)
xxxxx>     9    (id=3)
x>         3    (id=4)
xxxx>      8    (id=5)
7

committed cfg=(1,2,3) cfgj=(3,4) idx=(5,6,4,_)
----
drawing
0

committed
----
<empty majority quorum>∞
"""

CONFCHANGE = """\
simple
v1
----
voters=(1)
1: StateProbe match=0 next=1

simple
v2 l3
----
voters=(1 2) learners=(3)
1: StateProbe match=0 next=1
2: StateProbe match=0 next=1
3: StateProbe match=0 next=1 learner

enter-joint autoleave=true
r1 v3
----
voters=(2 3)&&(1 2) autoleave
1: StateProbe match=0 next=1
2: StateProbe match=0 next=1
3: StateProbe match=0 next=1

simple
v9
----
can't apply simple config change in joint config

leave-joint
----
voters=(2 3)
2: StateProbe match=0 next=1
3: StateProbe match=0 next=1

enter-joint
l2 v4 v0 u7
----
voters=(3 4)&&(2 3) learners_next=(2)
2: StateProbe match=0 next=1
3: StateProbe match=0 next=1
4: StateProbe match=0 next=5
"""


def checkout(folder: Path, quorum: str = QUORUM, changes: str = CONFCHANGE) -> str:
    for name, text in (("quorum", quorum), ("confchange", changes)):
        data = folder / name / "testdata"
        data.mkdir(parents=True)
        (data / "cases.txt").write_text(text, encoding="utf-8")
    return str(folder)


def test_every_case_is_read_and_agrees(tmp_path: Path) -> None:
    """The command counts all cases of all files and leaves with 0."""
    result = CliRunner().invoke(conformance, [checkout(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "etcd quorum             8         0            0" in result.output
    assert result.output.endswith("14 lines: 14 of 14 answers agree\n")


@pytest.mark.parametrize(
    ("quorum", "changes"),
    [
        (QUORUM.replace("VoteLost", "VotePending"), CONFCHANGE),
        (QUORUM.replace("(id=5)\n7", "(id=5)\n8"), CONFCHANGE),
        (QUORUM, CONFCHANGE.replace("next=5", "next=4")),
        (QUORUM, CONFCHANGE.replace("voters=(2 3)&&(1 2)", "voters=(2 3)&&(1)")),
    ],
)
def test_a_difference_is_shown_with_its_line(tmp_path: Path, quorum: str, changes: str) -> None:
    """A case that differs makes the exit 1 and is named with both answers."""
    result = CliRunner().invoke(conformance, [checkout(tmp_path, quorum, changes)])
    assert result.exit_code == 1
    assert "testdata/cases.txt:" in result.output
    assert "13 of 14 answers agree" in result.output


def test_a_folder_without_scenarios_is_a_mistake(tmp_path: Path) -> None:
    """So that a wrong path does not pass."""
    result = CliRunner().invoke(conformance, [str(tmp_path)])
    assert result.exit_code == 2
    assert "quorum/testdata" in result.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vote cfg=(1)\nVoteWon\n", "line 1: expected a line `----`"),
        ("vote cfg=(1,2) votes=(y)\n----\nVoteWon\n", "for each of 2 voters"),
        ("vote cfg=(one) votes=(y)\n----\nVoteWon\n", "expected a number"),
        ("elect cfg=(1)\n----\nVoteWon\n", "expected `vote` or `committed`"),
    ],
)
def test_a_malformed_file_is_a_mistake(tmp_path: Path, text: str, told: str) -> None:
    """What is no scenario is told with its line; the exit is 2."""
    with pytest.raises(Malformed, match=told):
        list(quorum_outcomes(text))
    result = CliRunner().invoke(conformance, [checkout(tmp_path, text)])
    assert result.exit_code == 2
    assert told in result.output


def test_unknown_changes_are_a_mistake() -> None:
    """A change that is no voter, learner, removal or update is not skipped."""
    with pytest.raises(Malformed, match="expected v1, l1, r1 or u1"):
        list(confchange_outcomes("simple\nx1\n----\nvoters=(1)\n"))


def test_comments_and_blank_lines_are_between_cases() -> None:
    """Lines keep their numbers for messages."""
    assert [case.line for case in parse(QUORUM)][:2] == [2, 6]


def test_the_console_script_exits_with_the_code_of_the_job(tmp_path: Path) -> None:
    """Not only click's runner does: what differs never passes in CI."""
    different = QUORUM.replace("VoteWon", "VoteLost")
    folders = {name: tmp_path / name for name in ("same", "different", "empty")}
    for folder in folders.values():
        folder.mkdir()
    empty = folders["empty"] / "recording"
    empty.touch()
    assert run(["conformance", checkout(folders["same"])]) == 0
    assert run(["conformance", checkout(folders["different"], different)]) == 1
    assert run(["conformance", str(folders["empty"])]) == 2
    assert run(["raft-trace", str(empty)]) == 2
