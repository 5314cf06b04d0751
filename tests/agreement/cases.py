"""Which random systems are looked at: a fixed sequence, so that a number names one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from checker.verdict import Verdict
from model.ir.expr import disj
from model.ir.quantifier import exists
from model.ir.system import Property, System
from model.ir.types import ModelError
from tests.agreement.engines import CONFIGURATIONS, ask, contradictions, unnoticed
from tests.agreement.truth import Fault, Truth, fault
from tests.checker.explicit.naive import TooLarge
from tests.checker.reduce.populations import population
from tests.checker.reduce.test_order import disturbed
from tests.systems import FORMS, Form, random_system, serving

#: Systems with fewer states say little; one of so many is looked at all the same.
FEW, SELDOM = 4, 8

#: One of so many systems is given to an engine twice: its answers must be the same.
AGAIN = 16


def _drawn(form: Form, number: int) -> System:
    return random_system(number, 1 + number % 3, form=form)


def _watched(number: int) -> System:
    """Workers that disturb nobody; in half of the systems somebody looks at them."""
    system = disturbed(number)
    done = next(function for function in system.functions if function.name == "done")
    if number // 8 % 2 == 0 or not any(action.name == "work" for action in system.actions):
        return system
    before = next(prop.p for prop in system.properties if prop.kind == "always")
    late = disj(before, exists(done.domain[0], lambda worker: done[worker]))
    return replace(system, properties=(*system.properties, Property("late", "always", late)))


def _serving(number: int) -> System:
    """Whom fairness tells apart may be counted, or change places with others."""
    form = (*FORMS, None)[number % (len(FORMS) + 1)]
    return serving(population(number) if form is None else _drawn(form, number), number)


#: The forms of systems, one for each case in turn. The last two are what reductions look for:
#: individuals that can be counted, and workers that disturb nobody.
DRAWN: tuple[Callable[[int], System], ...] = (
    *(partial(_drawn, form) for form in FORMS),
    _serving,
    population,
    _watched,
)


def system_of(number: int) -> System:
    """The system of a case."""
    return DRAWN[number % len(DRAWN)](number // len(DRAWN))


def truth_about(system: System) -> Truth | Fault | None:
    """What is true of a system; None where there is too much to see."""
    try:
        return Truth(system)
    except TooLarge:
        return None
    except ModelError:
        pass
    try:
        return fault(system)
    except TooLarge:
        return None


def truth_of(number: int) -> Truth | Fault | None:
    """What is true of a case; None also where there is too little to see."""
    truth = truth_about(system_of(number))
    few = isinstance(truth, Truth) and len(truth.states) < FEW and number // len(DRAWN) % SELDOM
    return None if few else truth


def asked(number: int) -> list[str]:
    """The configurations that a case is given to."""
    return [
        name
        for name, configuration in CONFIGURATIONS.items()
        if configuration.every
        and number // len(DRAWN) % configuration.every == 0
        and not configuration.missing
    ]


def found_wrong(name: str, truth: Truth | Fault, seed: int) -> str | None:
    """The first contradiction between a configuration and the truth; a crash is one, too."""
    try:
        verdicts, early = ask(name, truth.system, seed)
        if seed // len(DRAWN) % AGAIN == 0 and CONFIGURATIONS[name].every:
            again, _ = ask(name, truth.system, seed)
            if _timeless(again) != _timeless(verdicts):
                return "asked again, it answers differently"
    except ModelError as problem:
        return None if isinstance(truth, Fault) else f"ModelError: {problem}"
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    if isinstance(truth, Fault):
        return unnoticed(name, truth, verdicts)
    return next(contradictions(name, truth, verdicts, early), None)


def _timeless(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [replace(verdict, seconds=0.0) for verdict in verdicts]
