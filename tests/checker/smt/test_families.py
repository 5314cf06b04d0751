"""Proofs for every size are compared with exhaustive search at several sizes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.engines.induction import Search
from checker.explicit.search import explore
from checker.smt.certificate import Part, choices, recheck
from checker.smt.inductive import Conditions, Goal, known
from checker.smt.lemmas import spelled_out, vocabulary
from model.api.intstr import IntOrPercent
from model.ir.expr import Expr, Literalish, coerce, element
from model.ir.quantifier import count, forall, total
from model.ir.system import Property, StateFunction, System, Table
from model.ir.types import ElementType, Sort
from tests.effort import busy, effort
from tests.shipped import checked, scenario

#: (replicas, maxSurge, maxUnavailable)
SIZES = ((1, 1, 0), (2, 1, 1), (3, 2, 0), (3, 0, 2))


@cache
def sized(spec: str, replicas: int, surge: int, unavailable: int) -> System:
    """A shipped spec with other counts."""
    given = scenario(f"specs/{spec}.yaml")
    workload = replace(
        given.workload,
        replicas=replicas,
        max_surge=IntOrPercent(surge),
        max_unavailable=IntOrPercent(unavailable),
    )
    return checked(replace(given, workload=workload))[0].system


def claims(system: System, desired: Literalish, surge: Literalish, spare: Literalish) -> list[Expr]:
    """Things that one might say of a rollout; some hold for every size, some for a few, some for
    none. The counts are numbers or parameters."""
    functions: dict[str, StateFunction] = {f.name: f for f in system.functions}
    phase, owner, node = functions["phase"], functions["owner"], functions["node"]
    replicas = functions["replicas"]
    (pods,) = phase.domain
    (sets,) = replicas.domain
    assert isinstance(node.type, ElementType)
    nodes: Sort = node.type.sort
    old, new = (element(sets, name) for name in sets.elements)
    desired, surge, spare = map(coerce, (desired, surge, spare))
    asked = total(sets, lambda r: replicas[r])
    ready = count(pods, lambda p: phase[p].is_in("Ready"))

    def active(r: Expr) -> Expr:
        some = ("Pending", "Running", "Ready")
        return count(pods, lambda p: phase[p].is_in(*some) & (owner[p] == r))

    return [
        asked <= desired + surge,
        asked <= desired + 1,
        asked <= 4,
        asked >= 1,
        replicas[new] <= desired,
        replicas[new] < desired,
        active(old) <= desired,
        ready >= desired - spare,
        ready >= desired - 1,
        forall(nodes, lambda n: count(pods, lambda p: node[p] == n) <= 3),
    ]


def claimed(system: System, index: int, counts: tuple[int, int, int]) -> tuple[System, Property]:
    """The system, and its family, with one claim."""
    prop = Property("claim", "always", claims(system, *counts)[index])
    family = system.family()
    assert family is not None
    tables: dict[str, Table] = {table.name: table for table in family.parameters}
    open_ = [tables[name][()] for name in ("desired", "maxSurge", "maxUnavailable")]
    general = Property("claim", "always", claims(family.member, *open_)[index])
    member = replace(family.member, properties=(general,))
    whole = replace(family, member=member)
    return replace(system, properties=(prop,), family=lambda: whole), prop


def holds_everywhere(goal: Goal, part: Part, system: System) -> bool:
    """Whether the lemmas hold in every state of a member."""
    explored = explore(system, [], Budget())
    states = explored.states(0, explored.count)
    conditions = Conditions(goal, Budget())
    counted, rare = known(conditions)
    meanings = vocabulary((*counted, *rare))
    family = system.family()
    assert family is not None
    values = {table.name: np.int64(table.values[0]) for table in family.parameters}
    for index in [None] if goal.chosen is None else range(len(goal.chosen.sort.elements)):
        seen = {**values, **goal.form.see(system, states, index)}
        for lemma in part.lemmas:
            met = np.ones(states.shape[1], bool)
            for name, value in lemma.premise:
                met &= seen[name] == value
            form = spelled_out(lemma.form, meanings)
            if (met & (form.evaluate(seen.__getitem__) > 0)).any():
                return False
    return True


NUMBER = 10
#: The claims of which a proof is found soon; more than a moment is spent on the others at night.
PROVED = {0, 4}


@pytest.mark.parametrize("index", range(NUMBER))
def test_what_is_proved_for_every_size_holds_at_every_size_tried(index: int) -> None:
    """A claim that some size violates is never proved; where one is proved, its lemmas are true of
    every state that the explorer reaches at other sizes, and the certificate checks there."""
    spec = "default-strategy"
    system, prop = claimed(sized(spec, *SIZES[1]), index, SIZES[1])
    budget = busy(60 if index in PROVED else effort(1.5, 60))
    certificate, _ = Search(system, [prop], budget).certificate(prop)
    assert certificate is not None or index not in PROVED
    if certificate is None:
        return
    for counts in SIZES:
        member, same = claimed(sized(spec, *counts), index, counts)
        (verdict,) = Explicit().check(member, [same], busy(60))
        assert verdict.outcome != "violated", (prop.p, counts)
        assert recheck(certificate, member, Budget()) is None
        family = member.family()
        assert family is not None
        claim = family.member.property("claim")
        functions = {f.name: f for f in family.member.functions}
        for chosen, part in zip(choices(family, claim), certificate.parts, strict=True):
            tracked = frozenset(functions[name] for name in part.tracked)
            assert holds_everywhere(Goal(family, claim, tracked, chosen), part, member)


def test_the_claims_are_worth_the_name() -> None:
    """Some claims are proved, and some hold at the size that was explored but not at others."""
    spec = "default-strategy"
    proved, only_here = 0, 0
    for index in range(NUMBER):
        outcomes = []
        for counts in SIZES:
            member, prop = claimed(sized(spec, *counts), index, counts)
            (verdict,) = Explicit().check(member, [prop], busy(60))
            outcomes.append(verdict.outcome)
        proved += "violated" not in outcomes
        only_here += outcomes[1] != "violated" and "violated" in outcomes
    assert len(claims(sized(spec, *SIZES[0]), *SIZES[0])) == NUMBER
    assert proved >= 4
    assert only_here >= 3
