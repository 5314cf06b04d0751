"""What all together violate while each has its turn is no violation of what is meant of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.engines import engine
from checker.turns import REASON, of_each, starves
from checker.verdict import Verdict
from model.api.change import Change
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.interpret import Step
from model.ir.quantifier import exists
from model.ir.system import Property, System, assign
from model.ir.trace import Trace
from model.ir.types import BOOL, Sort
from tests.effort import busy
from tests.model.worlds import FOR_A_TIME, TAINT, World, node, scenario, template, workload


def waiting() -> System:
    """Two who wait, each until it is served, and come back: in the states of a run (1, 0), (1, 1),
    (0, 1), (1, 1) each is served and somebody always waits."""
    b = Builder("waiting")
    one = Sort("One", ("a", "b"))
    waits, x = b.function("waits", (one,), BOOL, 0), variable("x", one)
    b.action("come", "user", (x,), ~waits[x], [assign(waits[x], True)])
    b.action("serve", "server", (x,), waits[x], [assign(waits[x], False)])
    some = exists(one, lambda y: waits[y])
    b.properties.append(Property("nobody", "always eventually", ~some, each=(x, ~waits[x])))
    return b.build()


@pytest.mark.parametrize(
    ("states", "loop", "starving"),
    [
        (((0, 0), (1, 0), (1, 1), (0, 1), (1, 1), (1, 0)), 1, False),
        (((0, 0), (1, 0), (1, 1), (1, 0)), 1, True),
        # One that waited before the loop only, and a run that rests.
        (((0, 0), (1, 0), (0, 0), (0, 1), (1, 1), (0, 1)), 3, True),
        (((0, 0), (1, 0)), 1, True),
    ],
)
def test_somebody_waits_for_ever(
    states: tuple[tuple[int, ...], ...], loop: int, starving: bool
) -> None:
    """In all states of the loop, the same one."""
    system = waiting()
    prop = system.property("nobody")
    # Which steps lead there is of no account.
    steps = (Step(system.actions[0], (0,)),) * (len(states) - 1)
    run = Trace(states, steps, loop)
    assert starves(system, prop, run) == starving
    assert starves(system, replace(prop, each=None), run)
    found = Verdict("nobody", "violated", "explicit", 0.0, trace=run)
    judged = of_each(found, system)
    assert (judged is found) == starving
    if not starving:
        assert (judged.outcome, judged.trace, judged.reason) == ("unknown", None, REASON)


def test_pods_of_an_eviction_loop_are_bound_in_turn() -> None:
    """Both are bound and evicted for ever, so that one is always pending; where a node is too
    small, one is pending for good."""
    for most, outcome in ((9, "unknown"), (1, "violated")):
        places = (node("node-1", allocatable={"pods": most}),)
        change = Change("taint", nodes=("node-1",), taint=TAINT)
        of = workload(2, pod=template(tolerations=(FOR_A_TIME,)))
        world = World(scenario(change, places, of))
        prop = world.system.property("every-pod-scheduled")
        (found,) = engine("explicit").check(world.system, (prop,), busy(60))
        assert found.outcome == "violated"
        assert of_each(found, world.system).outcome == outcome
