"""What steps say: why the actor may take them, in sentences that fit a line of a trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from model.ir.system import Action
from tests.shipped import BROKEN, PASSING, checked, scenario

#: Columns of a line of a trace, without its indent.
LINE = 78


def actions(spec: str) -> Iterator[Action]:
    for instance in checked(scenario(spec)):
        yield from instance.system.actions


def filled(text: str, action: Action) -> str:
    """A text with the longest name for each parameter."""
    parameters = zip(action.parameters, action.sorts, strict=True)
    names = {str(p.payload): max(s.elements, key=len) for p, s in parameters}
    return text.format_map({**action.words, **names})


@pytest.mark.parametrize("spec", PASSING + BROKEN)
def test_every_step_says_why(spec: str) -> None:
    """`because ...` follows each step of a verbose trace: half a sentence, without an end."""
    for action in actions(spec):
        why = filled(action.why, action)
        assert why, action
        assert "\n" not in why
        assert not why.endswith(".")
        assert why != filled(action.text, action)


@pytest.mark.parametrize("spec", PASSING + BROKEN)
def test_a_step_fits_a_line(spec: str) -> None:
    """Its number, the actor and what it does, by the longest names of the spec."""
    for action in actions(spec):
        line = f"99  {action.actor}  {filled(action.text, action)}"
        assert len(line) <= LINE, line


@pytest.mark.parametrize("spec", [s for s in PASSING + BROKEN if "etcd" in s or "raft" in s])
def test_a_member_that_acts_comes_first(spec: str) -> None:
    """The page draws an arrow from the member that a step's text begins with."""
    for action in actions(spec):
        members = [
            f"{{{p.payload}}}"
            for p, sort in zip(action.parameters, action.sorts, strict=True)
            if sort.name == "Member"
        ]
        assert not members or action.text.split()[0] in members, action.text
