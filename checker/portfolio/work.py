"""What child processes do: ask one engine about one system, or climb the ladder of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.budget import Budget
from checker.engines import engine
from checker.ladder import ascend
from checker.portfolio.process import Work
from checker.portfolio.wire import Answer, Climbed, Ended, Message, pack
from model.instance import Instance
from model.ir.system import Property, System


def ask(name: str, system: System, properties: Sequence[Property]) -> Work:
    """The engine of that name answers the properties; decisive answers are told at once."""

    def work(budget: Budget, tell: Callable[[Message], None]) -> None:
        budget.answer = lambda verdict: tell(Answer(pack(verdict, system)))
        verdicts = engine(name).check(system, properties, budget)
        answers = tuple(pack(verdict, system) for verdict in verdicts)
        tell(Ended(answers, budget.exhausted() or ""))

    return work


def ladder(instance: Instance, properties: Sequence[Property], seconds: float) -> Work:
    """The explorer answers the properties on the instance's rungs, as `ascend` chooses them."""

    def work(budget: Budget, tell: Callable[[Message], None]) -> None:
        for rung in ascend(instance, properties, engine("explicit"), budget, seconds):
            answers = tuple(pack(verdict, rung.instance.system) for verdict in rung.verdicts)
            tell(Climbed(rung.place, rung.sizes, answers, rung.forecast))
        tell(Ended((), budget.exhausted() or ""))

    return work
