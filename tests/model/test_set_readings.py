"""What controllers of pods with identities decide on expressions is what they decide on numbers:
the expressions that their text makes of a state have, in every state, the values that it gives on
the numbers of that state."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from model.api.intstr import IntOrPercent
from model.controllers import daemons, ordinals
from model.controllers.claims import Claim, Retention
from model.ir.builder import Builder
from model.ir.expr import Expr, boolean, integer
from model.ir.interpret import memoised
from model.ir.types import BOOL, IntType

#: Gives a flag, or a number up to the greatest, by its name.
Read = Callable[[str], Expr]
#: Gives the value of an expression.
Value = Callable[[Expr], int]
#: A decision in numbers, all that it says.
Meaning = Callable[[Value], Any]
GREATEST = 4


def statefulsets(flag: Read, number: Read) -> list[Meaning]:
    """Four ordinals with two claims each, in every form of a StatefulSet."""
    names = [name for name in ordinals.Pod._fields if name != "claims"]
    pods = [
        ordinals.Pod(
            **{name: flag(f"{name} {o}") for name in names},
            claims=tuple(
                Claim(*(flag(f"{name} {o} {t}") for name in Claim._fields)) for t in range(2)
            ),
        )
        for o in range(4)
    ]
    partition = number("partition")
    specs = [
        ordinals.Spec(
            number("replicas"),
            start=start,
            parallel=parallel,
            partition=None if start else partition,
            current_replicas=partition,
            unavailable=unavailable,
            retention=Retention(True, True),
        )
        for parallel in (False, True)
        for start in (0, 1)
        for unavailable in (None, number("unavailable"))
    ]
    return [_ordinals(ordinals.decide(spec, pods)) for spec in specs]


def _ordinals(decision: ordinals.Decision) -> Meaning:
    def meaning(value: Value) -> Any:
        requests = [
            (r.verb, r.ordinal, r.turn, value(r.current), r.reason, r.template)
            + (() if r.owners is None else tuple(map(value, r.owners)))
            for r in decision.requests
            if value(r.when)
        ]
        return requests, [*map(value, decision.errors)], [*map(value, decision.status)]

    return meaning


def daemonsets(flag: Read, number: Read) -> list[Meaning]:
    """Three nodes with two pods each, in every form of a DaemonSet."""
    names = [name for name in daemons.Pod._fields if name != "born"]
    places = [
        daemons.Place(
            tuple(
                daemons.Pod(
                    **{name: flag(f"{name} {n} {p}") for name in names},
                    born=number(f"born {n} {p}"),
                )
                for p in range(2)
            ),
            *(flag(f"{name} {n}") for name in daemons.Place._fields if name != "pods"),
        )
        for n in range(3)
    ]
    limits = [(2, 0, False), (0, 2, False), (34, 0, True), (0, 34, True), (0, 0, False)]
    strategies = [
        daemons.Strategy(IntOrPercent(unavailable, percent), IntOrPercent(surge, percent))
        for unavailable, surge, percent in limits
    ]
    return [
        _daemons(daemons.decide(strategy, places), daemons.status(places))
        for strategy in (*strategies, daemons.Strategy(on_delete=True))
    ]


def _daemons(decision: daemons.Decision, status: daemons.Status) -> Meaning:
    nodes = (decision.creates, decision.more_creates)
    pods = (decision.deletes, decision.failed, decision.more_deletes)
    counts = (decision.create_count, decision.delete_count, decision.error)

    def meaning(value: Value) -> Any:
        of_pods = [[[*map(value, row)] for row in rows] for rows in pods]
        return [[*map(value, row)] for row in (*nodes, counts, status)], of_pods

    return meaning


def _different(make: Callable[[Read, Read], list[Meaning]], states: int) -> int:
    """Compares both readings in so many states; how many different decisions there were."""
    builder = Builder("reading")
    functions: dict[str, Expr] = {}

    def flag(name: str) -> Expr:
        if name not in functions:
            functions[name] = builder.function(name, (), BOOL, 0)()
        return functions[name]

    def number(name: str) -> Expr:
        if name not in functions:
            functions[name] = builder.function(name, (), IntType(0, GREATEST), 0)()
        return functions[name]

    symbolic = make(flag, number)
    system = builder.build()
    chance = random.Random(1)
    found = set()
    for _ in range(states):
        # In half of the states all flags of one kind are alike: few syncs come far otherwise.
        shares: dict[str, float] = defaultdict(lambda: chance.choice((0, 0.5, 0.5, 1)))
        state = tuple(
            int(chance.random() < shares[function.name.split()[0]])
            if function.type == BOOL
            else chance.randint(0, GREATEST)
            for function in system.functions
        )
        values = {f.name: value for f, value in zip(system.functions, state, strict=True)}
        value = memoised(system, state)
        concrete = make(
            lambda name, values=values: boolean(bool(values[name])),
            lambda name, values=values: integer(values[name]),
        )
        for one, other in zip(symbolic, concrete, strict=True):
            expected = other(lambda expr: int(expr.payload))
            assert one(lambda expr, value=value: int(value(expr, {}))) == expected
            found.add(repr(expected))
    return len(found)


def test_statefulsets() -> None:
    assert _different(statefulsets, 120) > 250


def test_daemonsets() -> None:
    assert _different(daemonsets, 250) > 200
