"""When two systems count as the same, and how a verdict moves from one to the other."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from checker.memo import rebind, structural_key
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.expr import TRUE, variable
from model.ir.interpret import steps
from model.ir.system import Property, System, assign
from model.ir.trace import Trace, replay
from model.ir.types import IntType, Sort
from tests.checker.fakes import pods_system
from tests.systems import systems

WEB = pods_system("web")


def _key(system: System) -> object:
    return structural_key(system, system.properties)


def test_names_of_elements_do_not_matter() -> None:
    """Systems that differ in the names of their pods only have equal keys."""
    assert _key(WEB) == _key(pods_system("api"))


def test_structure_matters() -> None:
    """Whatever a verdict can depend on changes the key."""
    first, *rest = WEB.actions
    p, *others = WEB.properties
    fewer = Property(p.name, p.kind, others[0].p)
    different = [
        replace(WEB, actions=(replace(first, fairness="none"), *rest)),
        replace(WEB, actions=(replace(first, guard=TRUE), *rest)),
        replace(WEB, actions=(replace(first, updates=first.updates[:1]), *rest)),
        replace(WEB, actions=(*rest, first)),
        replace(WEB, initial=((1, 0, 0, 0),)),
        replace(WEB, properties=(fewer, *others)),
        replace(WEB, properties=tuple(others)),
    ]
    keys = [_key(WEB), *map(_key, different)]
    assert len(set(map(repr, keys))) == len(keys)


def test_values_of_tables_matter() -> None:
    """Two systems that differ only in what a table says have different keys, whether the system
    lists the table or an expression brings it in."""

    def with_table(*values: int) -> System:
        b = Builder("table")
        node = Sort("Node", ("a", "b"))
        n = b.function("n", (), IntType(0, 9), 0)
        room = b.table("room", (node,), IntType(0, 9), values)
        x = variable("x", node)
        b.action("step", "it", [x], n() < room[x], [assign(n(), n() + 1)])
        b.properties.append(Property("small", "always", n() <= 5))
        return b.build()

    one, same, other = with_table(1, 2), with_table(1, 2), with_table(1, 3)
    assert _key(one) == _key(same)
    assert _key(one) != _key(other)
    unlisted = [replace(system, tables=()) for system in (one, other)]
    assert _key(unlisted[0]) != _key(unlisted[1])


def test_a_trace_moves_to_the_other_system() -> None:
    """The other system's interpreter accepts the trace, with that system's own actions."""
    states, taken = [WEB.initial[0]], []
    for _ in range(3):
        step, after = next(steps(WEB, states[-1]))
        taken.append(step)
        states.append(after)
    verdict = Verdict("p", "violated", "e", 0.0, trace=Trace(tuple(states), tuple(taken)))
    other = pods_system("api")
    moved = rebind(verdict, WEB, other).trace
    assert moved is not None
    assert replay(other, moved.steps, moved.states[0], None).states == moved.states
    assert str(moved.steps[0]) == "creates pod api-1"


@settings(deadline=None, max_examples=30)
@given(systems())
def test_keys_can_be_written_for_every_system(system: System) -> None:
    """Every form of expression has a key, equal to itself and hashable."""
    assert hash(_key(system)) == hash(_key(system))
    assert _key(system) == _key(replace(system, name="other", omissions=("o",)))


def test_only_the_asked_properties_count() -> None:
    """The key is that of a system with the properties that are asked."""
    some = WEB.properties[:1]
    assert structural_key(WEB, some) != structural_key(WEB, WEB.properties)
