"""Budgets: parts end with the whole, clocks are told apart, and who stops says why."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from checker.budget import Budget


def test_a_part_takes_what_is_left_at_most() -> None:
    """A part of more than there is ends with the whole; one without a limit too."""
    whole = Budget(10.0)
    for seconds in (20.0, None):
        assert whole.part(seconds).seconds == pytest.approx(10.0, abs=0.5)
    assert whole.part(2.0).seconds == 2.0
    assert Budget().part(None).seconds is None


def test_whoever_stops_the_whole_stops_its_parts() -> None:
    """And the parts of those; the reason is the one that was given."""
    whole = Budget()
    part = whole.part(5.0).part(1.0)
    assert part.exhausted() is None
    whole.stopped = "out of memory (1 GiB)"
    assert part.exhausted() == "out of memory (1 GiB)"
    whole.interrupted = True
    assert part.exhausted() == "interrupted"


def test_processor_time_is_not_spent_asleep() -> None:
    """A part that counts processor time outlasts a sleep, but not the whole, nor does a copy."""
    whole = Budget(0.2)
    part = whole.busy_part(0.1)
    time.sleep(0.11)
    assert part.exhausted() is None
    time.sleep(0.1)
    assert part.exhausted() == "out of time (0.2 s)"
    assert part.part(10.0).exhausted() == "out of time (0.2 s)"
    busy = Budget(60.0).busy_part(0.05)
    end = time.process_time() + 0.06
    while time.process_time() < end:
        pass
    assert busy.exhausted() == "out of time (0.05 s)"


def test_what_a_first_look_says_at_its_end() -> None:
    """Where "out of time" would mislead, whoever makes the budget says what to say."""
    budget = Budget(-1.0, late="not exhausted in time")
    assert budget.exhausted() == "not exhausted in time"
    assert budget.out_of_time() == "out of time (-1 s)"


def test_memory_is_read_while_a_codec_is_imported() -> None:
    """A signal handler asks for it, perhaps when the codec's module is there by halves."""
    code = """
import sys, types
from checker.budget import resident
sys.modules["encodings.ascii"] = types.ModuleType("encodings.ascii")
assert resident() > 0
"""
    subprocess.run([sys.executable, "-c", code], check=True)
