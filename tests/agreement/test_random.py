"""No engine contradicts the interpreter on random small systems."""

from __future__ import annotations

import pytest

from tests.agreement.cases import asked, found_wrong, truth_of
from tests.agreement.engines import CONFIGURATIONS

#: Cases in all, and in one test, which runs on one worker.
CASES, CHUNK = 2000, 50


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
def test_engines_do_not_contradict_the_interpreter(first: int) -> None:
    """Whatever the engine and its configuration, its verdicts are true, its traces show them, and
    it has covered what it says."""
    for number in range(first, first + CHUNK):
        truth = truth_of(number)
        for name in asked(number) if truth is not None else ():
            assert truth is not None
            complaint = found_wrong(name, truth, number)
            again = f"python -m tests.agreement --seed {number}"
            assert complaint is None, f"{truth.system.name}, {name}: {complaint}\n{again}"


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_is_asked(name: str) -> None:
    """A configuration that needs a package which is not installed is skipped here, visibly."""
    if CONFIGURATIONS[name].missing:
        pytest.skip(f"{name} needs {CONFIGURATIONS[name].needs}")
    assert sum(name in asked(number) for number in range(CASES)) >= CASES // 10
