"""Values of expressions in a counter form, and what groups see of them.

Elements of symmetric sorts are individuals that may be known by their group, by being the chosen
one, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from checker.smt import terms
from checker.smt.counters import ELSEWHERE, HERE, CounterForm, Group, symmetric
from checker.smt.linear import Bit, Integers, Linear, number
from model.ir.system import StateFunction
from model.ir.types import NONE, BoolType, Sort


@dataclass(frozen=True)
class Individual:
    """An element of a symmetric sort."""

    sort: Sort
    #: Equal for what is certainly the same element.
    identity: object
    #: Its group, if that is known.
    group: Group | None
    #: Whether it is the chosen element, if that is known.
    chosen: bool | None = None


@dataclass(frozen=True, eq=False)
class Perhaps:
    """An element of a symmetric sort, or none."""

    absent: Bit
    present: Individual


#: A truth value, a Linear, an Individual or a Perhaps. Elements of other sorts are their index,
#: "none" is `number(NONE)`.
Value = Any

Bindings = Mapping[str, Value]

NOBODY = number(NONE)


def key(value: Value) -> object:
    """Equal for values that are the same."""
    if isinstance(value, Perhaps):
        return "perhaps", key(value.absent), value.present
    return ("bit", value.get_id()) if isinstance(value, z3.BoolRef) else value


def absent(value: Value) -> Bit:
    if isinstance(value, Perhaps):
        return value.absent
    return isinstance(value, Linear)


def reference(value: Value) -> Sequence[tuple[Bit, int]]:
    """What a reference to a symmetric element is seen as, with the condition of each case.

    Conditions that both hold are a choice.
    """
    if isinstance(value, Linear):
        return [(True, NONE)]
    if isinstance(value, Perhaps):
        present = terms.negate(value.absent)
        rest = [(terms.conj((present, c)), v) for c, v in reference(value.present)]
        return [(value.absent, NONE), *rest]
    if value.chosen is None:
        return [(True, ELSEWHERE), (True, HERE)]
    return [(True, HERE if value.chosen else ELSEWHERE)]


def cases(value: Value, function: StateFunction, form: CounterForm, integers: Integers
          ) -> list[tuple[Bit, int]]:  # fmt: skip
    """The values of a tracked function of a symmetric element that an update may store."""
    possible = form.values(function.type)
    if symmetric(function.type):
        return [(c, v) for c, v in reference(value) if v in possible]
    if isinstance(function.type, BoolType):
        return [(value, 1), (terms.negate(value), 0)]
    if isinstance(value, Linear) and value.known:
        return [(True, value.constant)]
    return [(integers.equal(value, number(v)), v) for v in possible]
