"""Known numbers of states."""

from __future__ import annotations

import pytest

from benchmarks.systems import raft_election
from checker.budget import Budget
from checker.explicit.search import explore
from checker.explicit.symmetry import exchangeable
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.interpret import Step, steps
from model.ir.system import State, System, assign
from model.ir.types import IntType, Sort
from tests.checker.explicit.naive import orbits
from tests.systems import peterson, rollout, semaphore, token_ring, two_phase_commit


def count(system: System, *, symmetric: bool = True) -> int:
    exploration = explore(system, [], Budget(), symmetric=symmetric)
    assert exploration.complete
    return exploration.count


@pytest.mark.parametrize(("managers", "states"), [(3, 288), (5, 8_832), (7, 296_448)])
def test_two_phase_commit(managers: int, states: int) -> None:
    """The numbers that TLC and stateright report for 3, 5 and 7 resource managers."""
    assert count(two_phase_commit(managers)) == states


@pytest.mark.parametrize(("managers", "states"), [(3, 80), (5, 314)])
def test_two_phase_commit_up_to_symmetry(managers: int, states: int) -> None:
    """The numbers of orbits. Stateright reports 665 for 5: it sorts the managers by their own
    state only, so that managers in one state that the coordinator has heard of or not come in
    any order."""
    assert count(two_phase_commit(managers, symmetric=True)) == states
    assert count(two_phase_commit(managers, symmetric=True), symmetric=False) > states


def test_small_protocols() -> None:
    """Counts that can be checked by hand."""
    assert count(peterson()) == 20
    assert count(semaphore(3, fairness="weak")) == 4
    assert count(token_ring(7)) == 7


def test_references_between_symmetric_sorts() -> None:
    """Pods that refer to nodes: every state is recognised up to renaming of both."""
    assert count(rollout(4, 2)) == 1_776
    assert count(rollout(4, 2), symmetric=False) == 63_792


def test_two_phase_commit_as_stateright_counts() -> None:
    """Stateright's 665, with a representative as weak as its own.

    It sorts the managers by their state only and goes on from the state itself, not from its
    representative, so that the number depends on the order in which successors are looked at:
    depth first, by manager (`examples/2pc.rs` and `src/checker/dfs.rs` of stateright).
    """
    system = two_phase_commit(5)
    kinds = ["commit", "abort", "hear", "prepare", "choose to abort", "obey commit", "obey abort"]

    def representative(state: State) -> State:
        order = sorted(range(5), key=lambda manager: state[manager])
        result: list[int] = []
        for function, start in system.offsets.items():
            places = order if function.domain else [0]
            result += [state[start + place] for place in places]
        return tuple(result)

    def order(taken: tuple[Step, State]) -> tuple[int, int]:
        step, _ = taken
        return (*step.arguments, -1)[0], kinds.index(step.action.name)

    seen = {representative(state) for state in system.initial}
    todo = list(system.initial)
    while todo:
        for _, after in sorted(steps(system, todo.pop()), key=order):
            if representative(after) not in seen:
                seen.add(representative(after))
                todo.append(after)
    assert len(seen) == 665


def increment(threads: int) -> System:
    """Each thread reads a shared number and then writes one more."""
    b = Builder("increment")
    thread = Sort("Thread", tuple(f"t{i}" for i in range(threads)), symmetric=True)
    place = b.function("place", (thread,), IntType(1, 3), 1)
    local = b.function("local", (thread,), IntType(0, threads), 0)
    shared = b.function("shared", (), IntType(0, threads), 0)
    t = variable("t", thread)
    b.action("read", "t", [t], place[t] == 1, [assign(place[t], 2), assign(local[t], shared())])
    b.action(
        "write", "t", [t], place[t] == 2, [assign(place[t], 3), assign(shared(), local[t] + 1)]
    )
    return b.build()


def test_increment() -> None:
    """13 states and 8 up to symmetry, which stateright's `examples/increment.rs` lists."""
    assert count(increment(2), symmetric=False) == 13
    assert count(increment(2)) == 8


def test_raft_election() -> None:
    """Our own election: every state is recognised up to renaming of the members."""
    system = raft_election(3, 2)
    found = explore(system, [], Budget(), symmetric=False)
    assert found.count == 7_965
    states = [found.layout.decode(found.column(i)) for i in range(found.count)]
    assert count(system) == orbits(system, states, exchangeable(system)) == 1_372
