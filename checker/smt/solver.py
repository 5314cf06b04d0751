"""Z3's solvers under a budget. It never takes "unknown" for an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import z3

from checker.budget import Budget
from checker.smt.terms import Bit

#: Seconds between two looks at the budget while Z3 runs.
_POLL = 0.05

Result = TypeVar("Result")


class Unanswered(Exception):
    """Z3 stopped without an answer; the message says why."""


def new_context() -> Any:
    """A context that no other work in the process influences."""
    context = z3.Context()
    # Python may collect terms in one thread while Z3 runs in another.
    z3.Z3_enable_concurrent_dec_ref(context.ref())
    return context


def poll(budget: Budget) -> None:
    """Raise Unanswered if the budget is used up."""
    reason = budget.exhausted()
    if reason is not None:
        raise Unanswered(reason)


class Solver:
    """An incremental solver."""

    def __init__(self, context: Any, budget: Budget, logic: str = "QF_FD") -> None:
        self.context = context
        self.budget = budget
        self._solver = z3.SolverFor(logic, self.context)
        # Z3's own handler of Ctrl-C would keep the signal from the command line.
        self._solver.set(random_seed=budget.seed, ctrl_c=False)

    def fresh(self, name: str) -> Any:
        """A new truth value that no formula mentions."""
        return z3.FreshBool(name, self.context)

    def add(self, *bits: Bit) -> None:
        """From now on only look at models where these hold."""
        for bit in bits:
            self._solver.add(z3.BoolVal(bit, self.context) if isinstance(bit, bool) else bit)

    def check(
        self, assumption: Bit = True, effort: int = 0, literals: Sequence[Any] = ()
    ) -> Any | None:
        """A model in which the assumption and the literals hold, or None if there is none.

        `effort` limits Z3's resource count (0: no limit), the same on every machine. Raises
        Unanswered if it or the budget runs out, or if Z3 gives up.
        """
        if assumption is False:
            return None
        wanted = list(literals)
        if assumption is not True:
            wanted.append(self.fresh("ask"))
            self._solver.add(z3.Implies(wanted[-1], assumption))
        self._solver.set(rlimit=effort)
        result = self._run(wanted)
        if result == z3.sat:
            return self._solver.model()
        if result == z3.unsat:
            return None
        raise Unanswered(f"Z3 gave up: {self._solver.reason_unknown()}")

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is added inside is taken back at the end."""
        self._solver.push()
        try:
            yield
        finally:
            self._solver.pop()

    def core(self) -> frozenset[str]:
        """The names of the literals of the last check that rule out every model."""
        return frozenset(literal.decl().name() for literal in self._solver.unsat_core())

    def _run(self, assumptions: list[Any]) -> Any:
        return patiently(self.context, self.budget, lambda: self._solver.check(*assumptions))


def patiently(context: Any, budget: Budget, work: Callable[[], Result]) -> Result:
    """What Z3 makes of some work in that context, done in a thread of its own: signals reach
    Python meanwhile.

    Raises Unanswered if the budget runs out or Z3 gives up.
    """
    results: list[Result | z3.Z3Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except z3.Z3Exception as error:
            results.append(error)

    poll(budget)
    reason = None
    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    try:
        worker.join(_POLL)
        while worker.is_alive():
            reason = budget.exhausted()
            if reason is not None:
                _interrupt(context)
            worker.join(_POLL)
    except BaseException:
        # Whatever a signal handler raises: Z3 must not run on without its owner.
        while worker.is_alive():
            _interrupt(context)
            worker.join(_POLL)
        raise
    if reason is not None:
        raise Unanswered(reason)
    (result,) = results
    if isinstance(result, z3.Z3Exception):
        raise Unanswered(f"Z3 gave up: {result}")
    return result


def _interrupt(context: Any) -> None:
    # The error of what is cancelled may show up here instead of where it belongs.
    with suppress(z3.Z3Exception):
        context.interrupt()


def true(model: Any, bit: Bit) -> bool:
    """A truth value in a model."""
    if isinstance(bit, bool):
        return bit
    return bool(z3.is_true(model.eval(bit, model_completion=True)))
