"""What controllers of pods with identities decide on expressions is what they decide on numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from model.controllers.claims import Claim, Retention
from model.controllers.ordinals import Decision, Pod, Spec, decide, sent
from model.ir.expr import Expr, Literalish, boolean, coerce
from model.ir.interpret import memoised
from model.ir.system import Builder
from model.ir.types import BOOL, IntType

SIZE, TEMPLATES = 4, 2
FLAGS = [name for name in Pod._fields if name != "claims"]


def reading(of: Any) -> list[Pod]:
    """Pods of which `of(name)` gives each flag."""
    return [
        Pod(
            **{name: of(f"{name} {o}") for name in FLAGS},
            claims=tuple(
                Claim(*(of(f"{name} {o} {t}") for name in Claim._fields)) for t in range(TEMPLATES)
            ),
        )
        for o in range(SIZE)
    ]


def specs(count: Any) -> list[Spec]:
    """One of each form; `count(name)` gives its numbers."""
    replicas, partition = count("replicas"), count("partition")
    return [
        Spec(
            replicas,
            start=start,
            parallel=parallel,
            partition=None if start else partition,
            current_replicas=partition,
            unavailable=unavailable,
            updating=True,
            retention=Retention(True, True),
        )
        for parallel in (False, True)
        for start in (0, 1)
        for unavailable in (None, count("unavailable"))
    ]


def meant(decision: Decision, value: Any) -> tuple[object, ...]:
    """A decision in numbers, with `value` of each expression."""
    requests = [
        (r.verb, r.ordinal, r.turn, value(r.current), r.reason, r.template)
        + (() if r.owners is None else tuple(map(value, r.owners)))
        for r in decision.requests
        if value(r.when)
    ]
    return requests, [value(e) for e in decision.errors], [value(s) for s in decision.status]


def test_on_expressions_it_is_the_same() -> None:
    """The expressions that the text makes of a state have, in each state, the values that it gives
    on the numbers of that state."""
    builder = Builder("reading")
    functions: dict[str, Expr] = {}

    def of(name: str) -> Expr:
        if name not in functions:
            functions[name] = builder.function(name, (), BOOL, 0)()
        return functions[name]

    def count(name: str) -> Expr:
        if name not in functions:
            functions[name] = builder.function(name, (), IntType(0, SIZE), 0)()
        return functions[name]

    decisions = [decide(spec, reading(of)) for spec in specs(count)]
    system = builder.build()
    names = [function.name for function in system.functions]
    chance = random.Random(1)
    asked = 0
    for _ in range(60):
        state = tuple(
            chance.randint(0, int(function.type.hi)) if function.type != BOOL else _mostly(chance)
            for function in system.functions
        )
        values = dict(zip(names, state, strict=True))
        evaluated = memoised(system, state)

        def value(expr: Expr, evaluated: Any = evaluated) -> int:
            return int(evaluated(expr, {}))

        def flag(name: str, values: Mapping[str, int] = values) -> Literalish:
            return boolean(bool(values[name]))

        numbers = [
            decide(spec, reading(flag))
            for spec in specs(lambda name, values=values: coerce(values[name]))
        ]
        for symbolic, concrete in zip(decisions, numbers, strict=True):
            expected = meant(concrete, lambda expr: int(expr.payload))
            assert meant(symbolic, value) == expected
            asked += len(sent(concrete))
    assert asked > 200


def _mostly(chance: random.Random) -> int:
    return int(chance.random() < 0.6)
