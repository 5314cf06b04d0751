"""No mutation of a shipped file is an internal error, and most are no mistakes either.

`python -m tests.fuzzing` tries thousands, and looks at the clock.
"""

from __future__ import annotations

import io
import sys

import pytest

from checker.cli import run
from tests.fuzzing.mutate import mutated
from tests.fuzzing.run import arguments

COUNT = 60
#: Nothing is asked of the clock here: a search that is too large ends after a few steps.
LIMITS = ("--engine", "explicit", "--depth", "4", "--timeout", "5s", "--explain", "50ms")


@pytest.mark.parametrize("first", range(0, COUNT, 10))
def test_mutations_get_an_answer(
    first: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exit code of the contract and no traceback, in whatever format."""
    for number in range(first, first + 10):
        data = mutated(number).encode("utf-8", "surrogatepass")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        code = run(arguments(number, LIMITS))
        said = capsys.readouterr()
        assert code in (0, 1, 2, 3), (number, said.err)
        assert "Traceback" not in said.out + said.err, number


def test_half_of_them_are_no_mistakes() -> None:
    """A fuzzer whose inputs are all refused finds nothing behind the loader."""
    from model.load import load
    from model.properties import PROPERTIES

    names = tuple(PROPERTIES)
    loaded = [
        load(["-"], property_names=names, stdin=io.StringIO(mutated(number)))
        for number in range(200)
    ]
    assert sum(each.plan is not None for each in loaded) >= 100


def test_mutations_are_the_same_again() -> None:
    """A number names one text, so that what it finds can be looked at."""
    assert [mutated(n) for n in range(20)] == [mutated(n) for n in range(20)]
