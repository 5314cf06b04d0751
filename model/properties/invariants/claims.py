"""What invariants of users come to: rows beside those of the built-in properties.

Where an expression has no value (a key is absent, nothing is divided by 0), nothing is true of it:
`always` and what is to come about fail there, `never` does too, and what leads to something has
come about. So an expression never passes because of what it forgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

from model.apiserver.objects import Cluster
from model.instance import Remark
from model.invariant import Invariant
from model.ir.expr import TRUE, Expr
from model.ir.monitor import Steps
from model.ir.reading import Reading
from model.ir.system import Property, PropertyKind
from model.properties.contract import Row
from model.properties.invariants import occasions
from model.properties.invariants.checking import Checker
from model.properties.invariants.objects.workloads import OWN, named
from model.properties.invariants.syntax import Literal as Written
from model.properties.invariants.syntax import Node, Operation, parse, parts
from model.properties.invariants.typed import Typed, View
from model.properties.invariants.types import BOOL, INT
from model.properties.invariants.values import Number, Text, Thing, Truth
from model.scenario import Scenario

#: What a reader looks at first: what the user asks for.
_FIELDS = ("spec.replicas", "spec.strategy.rollingUpdate", "spec.strategy")

#: So many things that are compared are told of a violation.
_SHOWN = 3

_KINDS: Mapping[str, PropertyKind] = {
    "always": "always",
    "never": "always",
    "step": "always",
    "eventually": "eventually",
    "leadsTo": "leads to",
    "alwaysEventually": "always eventually",
    "eventuallyAlways": "eventually always",
}


@dataclass(frozen=True)
class Claim:
    """An invariant that is read: its expressions with their types."""

    p: Typed
    q: Typed | None
    message: tuple[Typed, ...]
    #: What has to come about for it to say anything, if anything has, and that in words.
    occasion: Typed | None
    told: str
    #: What is compared in it, each as it is written.
    compared: tuple[tuple[str, Typed], ...]
    #: The objects that it names, by kind and name.
    named: tuple[tuple[str, str], ...]
    #: Whether it says the same of every size: it has no number but 0 and 1, and no name of a node.
    scales: bool


@lru_cache(maxsize=256)
def claim(form: str, p: str, q: str, message: str) -> Claim:
    """An invariant, read. Raises Mistake."""
    step = form == "step"
    checker = Checker(step)
    first = parse(p)
    second = parse(q) if q else None
    found = checker.check(first, BOOL, "what is claimed")
    then = None if second is None else checker.check(second, BOOL, "what is claimed")
    said = Checker().message(parse(message)) if message else ()
    if form == "leadsTo":
        occasion, told = found, f"`{_line(p)}`"
    else:
        occasion, told = None, ""
        node = occasions.occasion(first, never=form == "never")
        if node is not None:
            occasion = Checker(step).check(node, BOOL)
            told = occasions.told(node, p)
    names = tuple(dict.fromkeys((kind, name) for kind, name, _ in checker.named))
    trees = (first,) if second is None else (first, second)
    compared = () if step else tuple(_compared(first, p))
    return Claim(found, then, said, occasion, told, compared, names, all(map(_scales, trees)))


def expressions(invariant: Invariant) -> list[Callable[[], object]]:
    """What checks each of the expressions of an invariant, in their order; it raises Mistake."""
    step = invariant.form == "step"
    claims = [invariant.p, invariant.q] if invariant.form == "leadsTo" else [invariant.p]
    found: list[Callable[[], object]] = [partial(_condition, text, step=step) for text in claims]
    if invariant.message:
        found.append(lambda: Checker().message(parse(invariant.message)))
    return found


def _condition(text: str, *, step: bool) -> object:
    return Checker(step).check(parse(text), BOOL, "what is claimed")


def of(invariant: Invariant) -> Claim:
    """An invariant that was read before."""
    return claim(invariant.form, invariant.p, invariant.q, invariant.message)


def _compared(node: Node, text: str) -> Iterator[tuple[str, Typed]]:
    """The sides of comparisons of numbers, as far as they are about no items of lists."""
    match node:
        case Operation(operator="&&" | "||" | "!", operands=operands):
            for each in operands:
                yield from _compared(each, text)
        case Operation(operator="<" | "<=" | ">" | ">=" | "==" | "!=", operands=operands):
            for each in operands:
                found = Checker().check(each)
                if found.type == INT and not isinstance(each, Written):
                    yield _line(text[each.start : each.end]), found


def _line(text: str) -> str:
    return " ".join(text.split())


def _scales(tree: Node) -> bool:
    numbers = (each.value for each in parts(tree) if isinstance(each, Written))
    return all(isinstance(each, bool | str) or abs(each) <= 1 for each in numbers)


def kind(invariant: Invariant) -> PropertyKind:
    """What is checked of it."""
    return _KINDS[invariant.form]


def row(invariant: Invariant) -> Row:
    """The row of an invariant."""

    def concerns(scenario: Scenario) -> bool:
        """scenarios in which the workloads that it names take part"""
        own = (scenario.workload,)
        return all(
            named(own if kind in OWN else (*own, *scenario.neighbours), kind, name)
            for kind, name in of(invariant).named
        )

    safety = _KINDS[invariant.form] == "always"
    kind: Literal["safety", "liveness"] = "safety" if safety else "liveness"
    build, remark = partial(_property, invariant), partial(_remarks, invariant)
    return Row(invariant.said, kind, concerns, build, _FIELDS, remark)


def _property(invariant: Invariant, name: str, text: str, cluster: Cluster) -> Property:
    if invariant.form == "step":
        return _step(invariant, name, text, cluster)
    found, view = of(invariant), View(cluster)
    p, q = found.p.truth(view), TRUE
    kind = _KINDS[invariant.form]
    formula = p.refuted if invariant.form == "never" else p.certain
    if found.q is not None:
        formula, q = ~p.refuted, found.q.truth(view).certain
    witness: Expr | None = None
    if found.q is not None:
        witness = formula
    elif found.occasion is not None:
        witness = found.occasion.truth(view).certain
    return Property(name, kind, formula, q, witness, text=text, occasion=found.told)


def _step(invariant: Invariant, name: str, text: str, cluster: Cluster) -> Property:
    """A claim about steps, by monitors that see them: one goes up where it fails, and another one
    where its occasion comes about."""
    found, between = of(invariant), Steps(cluster.builder)
    states = {"oldObject": Thing(None), "object": Thing(None, moment=between.after)}
    view = View(cluster, states)
    claimed = found.p.truth(view).certain
    witness: Expr | None = None
    if found.occasion is not None:
        occasion = found.occasion.truth(view).certain
        witness = between.watch(f"{name} exercised", occasion, wanted=True)()
    failed = between.watch(f"{name} violated", claimed, wanted=False)
    return Property(name, "always", ~failed(), witness=witness, text=text, occasion=found.told)


def _remarks(invariant: Invariant, cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """What the user says of a violation, and where an expression has no value."""
    found, view = of(invariant), View(cluster)
    fields = (invariant.path,) if invariant.path else ()
    said = _said(found.message, view, reading)
    if said is not None:
        yield Remark(said, fields)
    elif invariant.message:
        yield Remark("its message has no value in this state", fields)
    if said is None and _KINDS[invariant.form] == "always":
        told = (f"{words} is {shown}" for words, shown in _values(found.compared, view, reading))
        yield from (Remark(each, fields) for each in dict.fromkeys(told))
    for each in () if invariant.form == "step" else (found.p, found.q):
        if each is not None and reading.value(lambda each=each: each.truth(view).missing):
            text = "an expression has no value in this state: it reads what is absent, or not known"
            hint = "ask before, as by has(…), or !has(p.metadata.deletionTimestamp) for a phase"
            yield Remark(f"{text}; {hint}", fields)


def _values(
    compared: tuple[tuple[str, Typed], ...], view: View, reading: Reading
) -> Iterator[tuple[str, str]]:
    """What the first things that are compared come to, where they have a value."""
    for words, typed in compared[:_SHOWN]:
        shown = _said((typed,), view, reading)
        if shown is not None:
            yield words, shown


def _said(message: tuple[Typed, ...], view: View, reading: Reading) -> str | None:
    """A message as it is in a state; None where it has no value, or nobody gives one."""
    words = []
    for part in message:
        value = part.compile(view)
        if reading.value(lambda value=value: value.missing):
            return None
        match value:
            case Text(index=index, texts=texts):
                words.append(texts[reading.value(lambda i=index: i) - index.type.lo])
            case Truth(value=truth):
                words.append("true" if reading.value(lambda t=truth: t) else "false")
            case Number(value=number):
                words.append(str(reading.value(lambda n=number: n)))
    return "".join(words) or None
