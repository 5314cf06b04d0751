"""Every disagreement that was ever found, as a small system and what must come out.

`python -m tests.agreement` prints the function to paste here. A row says what was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model.ir.builder import Builder
from model.ir.expr import FALSE, TRUE, constant, none, variable
from model.ir.quantifier import forall
from model.ir.system import Bound, Property, System, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort
from tests.systems import Form


def _idle_in_the_cone() -> System:
    b = Builder("an update that is dropped")
    node = Sort("Node", ("n0", "n1"), symmetric=True)
    colour = EnumType("Colour", ("red", "green"))
    chosen = b.function("chosen", (), ElementType(node, optional=True), [0])
    lit = b.function("lit", (node,), colour, [0, 0])
    n = variable("n", node)
    release = assign(chosen(), none(node))
    paint = assign(lit[n], constant(colour, "red"), n, where=False)
    b.action("release", "someone", [], TRUE, [release, paint])
    red = forall(node, lambda m: lit[m] == constant(colour, "red"))
    b.properties.append(Property("red", "always", red))
    return b.build()


def _resting_at_a_bound() -> System:
    b = Builder("a counter that its bound stops")
    number = b.function("number", (), IntType(0, 2), 0)
    b.action("count", "it", [], number() < 2, [assign(number(), number() + 1)], fairness="weak")
    b.properties.append(Property("more", "always eventually", number() > 2))
    b.properties.append(Property("less", "always eventually", number() < 2))
    b.bounds.append(Bound("numbers", number() == 2, "no larger number"))
    return b.build()


def _vacuous() -> System:
    b = Builder("an occasion that never comes")
    asked, served = b.function("asked", (), BOOL, 0), b.function("served", (), BOOL, 0)
    b.action("serve", "it", [], asked() & ~served(), [assign(served(), True)], fairness="weak")
    b.action("tidy", "it", [], served(), [assign(served(), False)])
    b.properties.append(Property("answer", "leads to", asked(), served(), asked()))
    b.properties.append(Property("calm", "always", ~served(), witness=asked()))
    return b.build()


def _one_name_two_actors() -> System:
    b = Builder("two actors with an action of one name")
    done = b.function("done", (), BOOL, 0)
    b.action("stop", "nobody", [], done(), [assign(done(), False)])
    b.action("stop", "somebody", [], ~done() & done(), [assign(done(), True)])
    b.properties.append(Property("idle", "always", ~done()))
    return b.build()


def _nothing_left_to_count() -> System:
    b = Builder("a sort of which counting another leaves nothing")
    a, c = Sort("A", ("a0", "a1"), True), Sort("C", ("c0", "c1"), True)
    colour = EnumType("Colour", ("red", "green", "blue"))
    b.function("lit", (c,), colour, 0)
    b.table("weight", (a,), IntType(0, 1), [1, 1])
    b.properties.append(Property("never", "eventually", FALSE))
    return b.build()


@dataclass(frozen=True)
class Pinned:
    """A system, the outcomes of a search of all its runs, and what was wrong once."""

    build: Callable[[], System]
    outcomes: Mapping[str, str]
    was: str


def _bound_outside_the_cone() -> System:
    b = Builder("a bound on what the property does not see")
    lit = b.function("lit", (), BOOL, 0)
    number = b.function("number", (), IntType(0, 1), 1)
    b.action("light", "it", [], ~lit(), [assign(lit(), True)])
    b.action("count", "it", [], number() < 1, [assign(number(), number() + 1)])
    b.properties.append(Property("light", "eventually", lit()))
    b.bounds.append(Bound("numbers", number() == 1, "no larger number"))
    return b.build()


PINNED: dict[str, Pinned] = {
    "resting at a bound": Pinned(
        _resting_at_a_bound,
        {"more": "unknown", "less": "unknown"},
        "bmc reported runs as violations that only stay where a bound of the model is reached",
    ),
    "vacuous": Pinned(
        _vacuous,
        {"answer": "unknown", "calm": "unknown"},
        "bmc proved what has no occasion where the explorer called it vacuous",
    ),
    "one name, two actors": Pinned(
        _one_name_two_actors,
        {"idle": "proved"},
        "bmc named actions without their actors, so coverage could not tell these two apart",
    ),
    "idle in the cone": Pinned(
        _idle_in_the_cone,
        {"red": "proved"},
        "the cone of influence called an action never enabled of which it had dropped an update",
    ),
    "bound outside the cone": Pinned(
        _bound_outside_the_cone,
        {"light": "unknown"},
        "the judge refused a run that bmc had found in the cone, where the bound is no matter",
    ),
    "nothing left to count": Pinned(
        _nothing_left_to_count,
        {"never": "violated"},
        "the counter form looked for a sort that its own last step had left out",
    ),
}

#: (form, seed, size) of random systems that were not made smaller, and what was wrong.
SEEDS: dict[tuple[Form, int, int], str] = {
    ("mixed", 35, 1): "a branch that is never taken lies outside the interval of its ite",
    ("mixed", 134, 1): "as seed 35",
    ("mixed", 93, 2): "the explorer disagreed with the interpreter",
    ("mixed", 1136, 2): "a parameter was solved to none as an index of two arguments",
    ("mixed", 1998, 3): "references between symmetric sorts were not counted as pointers",
    ("mixed", 2128, 3): "the explorer disagreed with the interpreter",
    ("mixed", 2291, 2): "the explorer disagreed with the interpreter",
    ("mixed", 3760, 3): "the explorer disagreed with the interpreter",
    ("mixed", 3923, 2): "the explorer disagreed with the interpreter",
}
