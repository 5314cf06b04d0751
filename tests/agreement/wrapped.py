"""Engines inside others: behind reductions, on counts, in child processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.budget import Budget
from checker.engines.contract import Engine
from checker.reduce.contract import Unliftable
from checker.reduce.counters import counter_form
from checker.reduce.within import within
from checker.verdict import Verdict
from model.ir.system import Property, System
from tests.checker import fakes


class Portfolio:
    """All engines at once, in child processes, as the command line has them."""

    name = "portfolio"

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        from checker.portfolio.contest import Contest
        from checker.portfolio.race import race

        instance = replace(fakes.instance(fakes.scenario()), system=system)
        contest = Contest(instance, properties, {}, True, budget)
        race([contest], budget)
        return contest.result(budget.exhausted() or "").verdicts


class Reduced:
    """An engine behind the reductions, which are made for each property alone: so they find
    most to leave out."""

    def __init__(self, inner: Engine, *names: str) -> None:
        self.name = inner.name
        self._inner, self._names = inner, names

    def refuses(self, system: System, prop: Property) -> str | None:
        return self._inner.refuses(system, prop)

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        check = self._inner.check
        return tuple(
            verdict
            for prop in properties
            for verdict in within(self._names, check, system, [prop], budget)
        )


class Counted:
    """An engine that is asked about counts wherever individuals can be counted, even where that
    makes a system larger."""

    def __init__(self, inner: Engine) -> None:
        self.name = inner.name
        self._inner = inner

    def refuses(self, system: System, prop: Property) -> str | None:
        return self._inner.refuses(system, prop)

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        return tuple(self._verdict(system, prop, budget) for prop in properties)

    def _verdict(self, system: System, prop: Property, budget: Budget) -> Verdict:
        forms = (counter_form(system, [prop], sort) for sort in system.sorts)
        form = next(filter(None, forms), None)
        if form is not None:
            counted = form.system.property(prop.name)
            (verdict,) = self._inner.check(form.system, [counted], budget)
            try:
                trace = None if verdict.trace is None else form.lift(verdict.trace)
                return replace(verdict, trace=trace, reductions=form.says, idle=None)
            except Unliftable:
                pass
        (verdict,) = self._inner.check(system, [prop], budget)
        return verdict
