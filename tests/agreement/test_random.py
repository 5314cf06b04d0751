"""No engine contradicts the interpreter on random small systems."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.agreement.cases import asked, found_wrong, truth_of
from tests.agreement.engines import CONFIGURATIONS
from tests.shipped import ROOT

#: Cases in all, and in one test, which runs on one worker.
CASES, CHUNK = 2000, 50


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
def test_engines_do_not_contradict_the_interpreter(first: int) -> None:
    """Whatever the engine and its configuration, its verdicts are true, its traces show them, and
    it has covered what it says."""
    for number in range(first, first + CHUNK):
        truth = truth_of(number)
        if truth is None:
            continue
        for name in asked(number):
            complaint = found_wrong(name, truth, number)
            again = f"python -m tests.agreement --seed {number}"
            assert complaint is None, f"{truth.system.name}, {name}: {complaint}\n{again}"


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_is_asked(name: str) -> None:
    """A configuration that needs a package which is not installed is skipped here, visibly."""
    if CONFIGURATIONS[name].missing:
        pytest.skip(f"{name} needs {CONFIGURATIONS[name].needs}")
    if CONFIGURATIONS[name].every:
        assert sum(name in asked(number) for number in range(CASES)) >= CASES // 50


def test_the_portfolio_does_not_contradict_the_interpreter() -> None:
    """Its children must not inherit a solver, so it is asked in a process of its own."""
    command = [sys.executable, "-m", "tests.agreement", "--engine", "portfolio", "--cases", "20"]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "portfolio 1" in asked.stdout
