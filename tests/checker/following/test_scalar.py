"""One state at a time: what is compiled means what the interpreter says."""

from itertools import islice, product

import pytest

from checker.following.clusters import Spec, build
from checker.following.parts import parts
from checker.following.scalar import Scalar
from model.api.node import Node
from model.ir.interpret import Step, memoised, steps, successor
from model.ir.system import State, System
from tests.checker.following.recorder import WORKLOAD, Recorder
from tests.systems import random_system


def agree(system: System, states: list[State]) -> int:
    """Every step of some states is the same both ways; how many there are."""
    moved = Scalar(system, ()).compile(system.actions)
    found = 0
    for state in states:
        value = memoised(system, state)
        kept: dict[tuple[int, ...], int] = {}
        for each in moved:
            for arguments in product(*(range(sort.size) for sort in each.action.sorts)):
                expected = successor(system, state, Step(each.action, arguments), value)
                after = None
                if each.guard(state, (), kept, {}, *arguments):
                    writes, _ = each.writes(state, (), kept, {}, *arguments)
                    after = tuple(writes.get(i, v) for i, v in enumerate(state))
                    after = None if after == state else after
                assert after == expected, f"{each.action} {arguments}"
                found += after is not None
    return found


@pytest.mark.parametrize("seed", range(60))
def test_random_systems(seed: int) -> None:
    system = random_system(seed)
    states = list(system.initial)
    for state in states[:40]:
        states += [after for _, after in islice(steps(system, state), 3) if after not in states]
    agree(system, states[:40])


def test_a_cluster() -> None:
    recorder = Recorder(3)
    states = [recorder.built.system.initial[0]]
    for _ in range(60):
        choices = [*recorder._enabled(states[-1]), *recorder._bindings(states[-1])]
        if choices:
            states.append(recorder.random.choice(choices)[1])
    assert agree(recorder.built.system, states) > 100


def test_the_parts_of_a_deployment() -> None:
    """Each controller's cache and what is left of its syncs hide by themselves."""
    built = build(WORKLOAD, (Node("node-1"),), 2, [Spec(1, 2)], 3)
    found = parts(built.system, built.visible)
    actors = [{action.actor for action in part.shown} for part in found.parts]
    assert {"replicaset-controller"} in actors
    assert {"deployment-controller"} in actors
    assert "lostUpdate" in {f.name for f in found.idle}
    assert "kubelet" in {action.actor for action in found.plain}
