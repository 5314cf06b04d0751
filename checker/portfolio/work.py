"""What child processes do: ask one engine about one system, walk in it, or climb its ladder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from checker.budget import Budget
from checker.engines import engine
from checker.ladder import ascend
from checker.portfolio.process import Work, pause
from checker.portfolio.wire import Answer, Climbed, Ended, Message, Tried, Walked, pack
from checker.verdict import Verdict
from model.instance import Instance
from model.ir.system import Property, System


def ask(
    name: str, system: System, properties: Sequence[Property], least: int | None = None
) -> Work:
    """The engine of that name answers the properties; decisive answers are told at once. It tells
    when it has taken in the cells of states that it is to take in at least."""

    def work(budget: Budget, tell: Callable[[Message], None]) -> None:
        def tried() -> bool:
            tell(Tried())
            pause()
            return True

        budget.answer = lambda verdict: tell(Answer(pack(verdict, system)))
        budget.work, budget.more = least, tried
        verdicts = engine(name).check(system, properties, budget)
        answers = tuple(pack(verdict, system) for verdict in verdicts)
        tell(Ended(answers, budget.exhausted() or ""))

    return work


def walks(system: System, properties: Sequence[Property], steps: int) -> Work:
    """Random walks of so many steps in all, however long that takes, so that what they find does
    not depend on it; then others for what they leave open, while there is time."""

    def work(budget: Budget, tell: Callable[[Message], None]) -> None:
        def answer(verdict: Verdict) -> None:
            if verdict.property not in told:
                told.add(verdict.property)
                tell(Answer(pack(verdict, system)))

        told: set[str] = set()
        budget.answer = answer
        swarm = engine("swarm")
        first = replace(budget.part(None), steps=steps)
        found = {v.property: v for v in swarm.check(system, properties, first)}
        open_ = [prop for prop in properties if found[prop.name].outcome == "unknown"]
        for verdict in found.values():
            if verdict.outcome != "unknown":
                answer(verdict)
        if budget.exhausted() is None:
            tell(Walked())
            pause()
            others = replace(budget.part(None), seed=budget.seed + 1)
            found |= {v.property: v for v in swarm.check(system, open_, others)}
        answers = tuple(pack(verdict, system) for verdict in found.values())
        tell(Ended(answers, budget.exhausted() or ""))

    return work


def ladder(instance: Instance, properties: Sequence[Property], cells: int) -> Work:
    """The explorer answers the properties on the instance's rungs, as `ascend` chooses them."""

    def work(budget: Budget, tell: Callable[[Message], None]) -> None:
        for rung in ascend(instance, properties, engine("explicit"), budget, cells):
            answers = tuple(pack(verdict, rung.instance.system) for verdict in rung.verdicts)
            tell(Climbed(rung.place, rung.sizes, answers))
        tell(Ended((), budget.exhausted() or ""))

    return work
