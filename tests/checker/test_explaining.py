"""`check explain`: every property of the table is explained; a slip of the pen is helped."""

from __future__ import annotations

import pytest

from checker.cli import run
from checker.exits import MISTAKE, PASSED
from model.omissions import OMISSIONS
from model.properties import PROPERTIES


@pytest.mark.parametrize("name", ["rollout-completes", "no-split-brain-writes", "unique-leader"])
def test_a_property_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rule, its formula, when it says anything, and the fields to look at."""
    assert run(["explain", name]) == PASSED
    said = " ".join(capsys.readouterr().out.split())
    row = PROPERTIES[name]
    assert said.startswith(f"{name} ({row.kind}) The rule: {' '.join(row.text.split())}.")
    assert "Formally" in said
    assert "It says something only if" in said
    assert all(field in said for field in row.fields)
    doubted = {each.name for each in OMISSIONS.values() if name in each.falsifies}
    assert all(f"- {omission} " in said for omission in doubted)


def test_another_name_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "rollout-complete"]) == MISTAKE
    assert "`rollout-completes`" in capsys.readouterr().err
