"""The net under engines that do not notice the end of their budget."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from checker.budget import Budget
from checker.watchdog import Overrun, watched


def _deaf(seconds: float) -> None:
    """Works without a look at any budget."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_a_deaf_engine_is_stopped() -> None:
    """After the time and the grace are over the work is broken off, and the reason named."""
    began = time.monotonic()
    with pytest.raises(Overrun, match="out of time"), watched(Budget(0.02), 0.05, 0.01):
        _deaf(10)
    assert 0.07 <= time.monotonic() - began < 5


def test_an_interruption_counts_too() -> None:
    """Ctrl-C does not wait for an engine that does not listen."""
    with pytest.raises(Overrun, match="interrupted"), watched(Budget(interrupted=True), 0.05, 0.01):
        _deaf(10)


def test_within_the_grace_nothing_happens() -> None:
    """An engine may wind up after the end of its budget; nothing is left behind then."""
    before = signal.getsignal(signal.SIGALRM)
    with watched(Budget(0.02), 5.0, 0.01):
        _deaf(0.1)
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


class _Slow:
    """Takes long to go, and loses every exception meanwhile, as every destructor does."""

    def __del__(self) -> None:
        _deaf(10)


def test_an_overrun_in_a_destructor_is_raised_again(capsys: pytest.CaptureFixture[str]) -> None:
    """What Python swallows inside a destructor comes again at the next tick, without noise."""

    def work() -> None:
        _Slow()
        _deaf(10)

    began = time.monotonic()
    with pytest.raises(Overrun), watched(Budget(0.01), 0.02, 0.01):
        work()
    assert time.monotonic() - began < 5
    assert capsys.readouterr().err == ""


class _Slowly:
    """Takes long to become an attribute."""

    def __set_name__(self, owner: type, name: str) -> None:
        _deaf(10)


def test_an_overrun_that_comes_out_as_something_else() -> None:
    """Python makes a RuntimeError of what ends the making of a class: it is an overrun still."""
    with pytest.raises(Overrun), watched(Budget(0.01), 0.0, 0.01):
        type("Made", (), {"slowly": _Slowly()})


def test_mistakes_stay_what_they_are() -> None:
    """Nothing ran out: what is raised inside is raised outside."""
    with pytest.raises(KeyError), watched(Budget(60.0), 0.0, 0.01):
        {}["missing"]


def test_one_inside_another() -> None:
    """The outer one goes on where the inner one has ended."""

    def work() -> None:
        with pytest.raises(Overrun, match=r"0\.01 s"), watched(Budget(0.01), 0.0, 0.01):
            _deaf(10)
        _deaf(10)

    with pytest.raises(Overrun, match=r"0\.3 s"), watched(Budget(0.3), 0.0, 0.01):
        work()


def test_other_threads_go_unwatched() -> None:
    """Signals belong to the main thread: elsewhere the net is not there, and does not fail."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            with watched(Budget(0.001), 0.0, 0.01):
                _deaf(0.05)
        except BaseException as wrong:
            raised.append(wrong)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert raised == []
