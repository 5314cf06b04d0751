"""Certificates of proofs by induction: what was found, in a form that anyone can check again.

A certificate says which system and property it is about, and has the lemmas in words of the system
(quantities, and the constants that are open). Checking it again needs no search: the lemmas and the
property hold at the start, and every step preserves them together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.budget import Budget
from checker.memo import structural_key
from checker.smt import lemmas
from checker.smt.counters import Chosen
from checker.smt.inductive import Conditions, Goal, chosen_sort, holds_up, known, pointer_of
from checker.smt.lemmas import Lemma
from checker.smt.linear import Linear
from checker.smt.moves import Unsupported
from model.ir.expr import TRUE
from model.ir.family import Family
from model.ir.system import Property, System
from model.ir.types import Sort


@dataclass(frozen=True)
class Part:
    """The proof for one kind of chosen element (`like` is the name of one; None if none is)."""

    like: str | None
    tracked: tuple[str, ...]
    lemmas: tuple[Lemma, ...]


@dataclass(frozen=True)
class Certificate:
    property: str
    #: What is proved for every number: "pods, nodes, …"; empty if the sizes are fixed.
    says: str
    #: A hash of the system and the property.
    system: str
    parts: tuple[Part, ...]


class Malformed(Exception):
    """A text is not a certificate; the message says what is wrong."""


def family_of(system: System) -> Family:
    """The family that a proof about a system is about: of itself alone if it has no other."""
    return system.family() or Family(system)


def fingerprint(family: Family, prop: Property) -> str:
    """A hash of all that a proof depends on: of the member only its text, and of that only what
    the steps and the property read."""
    claims = [prop, Property("where", "always", family.where)]
    start = TRUE if family.initial is None else family.initial
    claims.append(Property("initial", "always", start))
    read = replace(family.member, properties=(), definitions=(), tables=(), bounds=())
    functions, initial, actions, _, written, definitions, tables, nodes = structural_key(
        read, claims
    )
    used = {str(table[0]) for table in tables}
    names = sorted(table.name for table in family.parameters if table.name in used)
    sizes = sorted((sort.name, table.name) for sort, table in family.sizes.items())
    if family.initial is not None:
        # Which member was written down does not matter: not where it starts, nor its parameters.
        initial = ()
        tables = tuple((*table[:3], () if table[0] in names else table[3]) for table in tables)
    key = (functions, initial, actions, written, definitions, tables, nodes, names, sizes)
    return hashlib.sha256(repr(key).encode()).hexdigest()


def kinds(system: System, sort: Sort) -> list[int]:
    """One element for each way in which tables tell elements of a sort apart."""
    found: dict[object, int] = {}
    for index in range(sort.size):
        rows: list[object] = []
        for table in system.tables:
            if sort in table.domain[1:]:
                rows.append((table.name, index))
            elif table.domain[:1] == (sort,):
                length = len(table.values) // sort.size
                rows.append(table.values[index * length : (index + 1) * length])
        found.setdefault(tuple(rows), index)
    return list(found.values())


def choices(family: Family, prop: Property) -> list[Chosen | None]:
    """The chosen elements for which a property has to be proved; None is without one."""
    sort = chosen_sort(prop)
    if sort is None:
        return [None]
    some: list[Chosen | None] = [Chosen(sort, i) for i in kinds(family.member, sort)]
    return some if pointer_of(prop) is None else [None, *some]


def recheck(certificate: Certificate, system: System, budget: Budget) -> str | None:
    """Why a certificate does not prove its property of a system; None if it does.

    Raises Unanswered if the budget runs out, or if Z3 does not know.
    """
    family = family_of(system)
    prop = next((p for p in family.member.properties if p.name == certificate.property), None)
    if prop is None:
        return f"the system has no property {certificate.property}"
    if prop.kind != "always":
        return f"{prop.name} says more than that something is always so"
    if fingerprint(family, prop) != certificate.system:
        return "the certificate is about another system"
    if family.says != certificate.says:
        return f"the proof is for every number of {family.says or 'nothing'}"
    functions = {f.name: f for f in family.member.functions}
    for chosen in choices(family, prop):
        like = None if chosen is None else chosen.sort.elements[chosen.like]
        part = next((p for p in certificate.parts if p.like == like), None)
        if part is None:
            return f"the certificate says nothing of {like}"
        if not functions.keys() >= set(part.tracked):
            return "the certificate tracks what the system does not have"
        tracked = frozenset(functions[name] for name in part.tracked)
        try:
            conditions = Conditions(Goal(family, prop, tracked, chosen), budget)
            reason = holds_up(conditions, _understood(conditions, part.lemmas))
        except (Unsupported, Malformed) as problem:
            reason = str(problem)
        if reason is not None:
            return reason
    return None


def _understood(conditions: Conditions, some: Sequence[Lemma]) -> list[Lemma]:
    """Lemmas with the meaning that their names have in a counter form. Raises Malformed."""
    form = conditions.form
    counted, rare = known(conditions)
    meanings = lemmas.vocabulary((*counted, *rare))
    constants = {table.name for table in form.parameters}
    variables = set(form.scalars.values())
    for lemma in some:
        for name in (*(n for n, _ in lemma.form.terms), *(n for n, _ in lemma.premise)):
            if name not in meanings and name not in constants and name not in variables:
                raise Malformed(f"the system does not know {name!r}")
    return [
        Lemma(lemma.premise, lemma.form, lemmas.spelled_out(lemma.form, meanings)) for lemma in some
    ]


# -- as data ---------------------------------------------------------------------------------------
def write(certificate: Certificate) -> dict[str, Any]:
    """The certificate as data for JSON; the same certificate gives the same."""
    parts = [
        {
            "like": part.like,
            "tracked": list(part.tracked),
            "lemmas": [
                {
                    "formula": str(lemma),
                    "if": dict(lemma.premise),
                    "sum": dict(lemma.form.terms),
                    "atMost": -lemma.form.constant,
                }
                for lemma in part.lemmas
            ],
        }
        for part in certificate.parts
    ]
    return {"forEvery": certificate.says, "model": certificate.system, "parts": parts}


def parse(name: str, given: Mapping[str, Any]) -> Certificate:
    """The certificate of the property of this name that `write` wrote. Raises Malformed."""
    try:
        parts = tuple(
            Part(
                None if part["like"] is None else str(part["like"]),
                tuple(map(str, part["tracked"])),
                tuple(map(_lemma, part["lemmas"])),
            )
            for part in given["parts"]
        )
        return Certificate(name, str(given["forEvery"]), str(given["model"]), parts)
    except KeyError as error:
        raise Malformed(f"the field {error} is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"not a certificate: {error}") from error


def _lemma(given: Any) -> Lemma:
    premise = tuple((str(name), int(value)) for name, value in given["if"].items())
    terms = tuple(sorted((str(name), int(k)) for name, k in given["sum"].items() if k))
    form = Linear(terms, -int(given["atMost"]))
    lemma = Lemma(premise, form, form)
    if str(lemma) != given["formula"]:
        raise Malformed(f"a formula reads {given['formula']!r}, but its parts say {str(lemma)!r}")
    return lemma
