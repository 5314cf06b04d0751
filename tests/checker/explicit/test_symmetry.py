"""Fingerprints are equal exactly for equivalent states."""

from __future__ import annotations

import random

import numpy as np
import pytest

from checker.explicit import forest
from checker.explicit.forest import Forest
from checker.explicit.layout import Layout
from checker.explicit.orbit import Orbit
from checker.explicit.symmetry import Symmetry, exchangeable
from checker.explicit.tangle import Tangle
from model.ir.builder import Builder
from model.ir.system import State, System
from model.ir.types import BOOL, ElementType, IntType, Sort
from tests.checker.explicit.naive import permuted
from tests.systems import rollout


def voters(size: int) -> System:
    """Members that vote for each other and know each other."""
    b = Builder("voters")
    member = Sort("Member", tuple(f"m{i}" for i in range(size)), symmetric=True)
    b.function("vote", (member,), ElementType(member, optional=True), -1)
    b.function("knows", (member, member), BOOL, 0)
    b.function("term", (member,), IntType(0, 2), 0)
    b.function("leader", (), ElementType(member, optional=True), -1)
    return b.build()


def chain() -> System:
    """Containers in pods on nodes, and one node that is special."""
    b = Builder("chain")
    container = Sort("Container", tuple(f"c{i}" for i in range(4)), symmetric=True)
    pod = Sort("Pod", tuple(f"p{i}" for i in range(3)), symmetric=True)
    node = Sort("Node", tuple(f"n{i}" for i in range(3)), symmetric=True)
    b.function("of", (container,), ElementType(pod), 0)
    b.function("on", (pod,), ElementType(node, optional=True), -1)
    b.function("up", (node,), BOOL, 1)
    b.function("chosen", (), ElementType(node, optional=True), -1)
    b.table("zone", (node,), IntType(0, 1), [0, 1, 1])
    return b.build()


def states(system: System, number: int, seed: int) -> list[State]:
    rng = random.Random(seed)
    return [
        tuple(rng.randint(f.type.lo, f.type.hi) for f, _ in system.cells) for _ in range(number)
    ]


def shuffled(system: System, state: State, rng: random.Random) -> State:
    """An equivalent state."""
    orders: dict[Sort, tuple[int, ...]] = {}
    for sort, kind in exchangeable(system).items():
        order = list(range(sort.size))
        for c in set(kind):
            places = [i for i in order if kind[i] == c]
            moved = rng.sample(places, len(places))
            for old, new in zip(places, moved, strict=True):
                order[old] = new
        orders[sort] = tuple(order)
    return permuted(system, state, orders)


@pytest.mark.parametrize(
    ("system", "way"),
    [(rollout(6, 3), Forest), (chain(), Forest), (voters(3), Orbit), (voters(5), Orbit)],
    ids=["pods on nodes", "containers in pods on nodes", "three voters", "five voters"],
)
def test_equivalent_states_have_one_fingerprint(system: System, way: type) -> None:
    """Whatever the names of the elements."""
    layout = Layout(system)
    symmetry = Symmetry(layout)
    assert [type(group) for group in symmetry.groups] == [way]
    rng = random.Random(1)
    chosen = states(system, 200, 2)
    prints = symmetry.fingerprints(layout.encode(chosen))
    assert len(set(prints.tolist())) > 150
    for _ in range(3):
        others = layout.encode([shuffled(system, state, rng) for state in chosen])
        assert (symmetry.fingerprints(others) == prints).all()


def test_states_with_equal_colours_are_told_apart() -> None:
    """Six members in one ring of votes are not two rings of three."""
    system = voters(6)
    layout = Layout(system)
    symmetry = Symmetry(layout)
    assert [type(group) for group in symmetry.groups] == [Tangle]
    rest = tuple(system.initial[0][6:])
    one = (1, 2, 3, 4, 5, 0, *rest)
    two = (1, 2, 0, 4, 5, 3, *rest)
    same = (3, 2, 4, 1, 5, 0, *rest)
    prints = symmetry.fingerprints(layout.encode([one, two, same])).tolist()
    assert prints[0] != prints[1]
    assert prints[0] == prints[2]


def test_batches_do_not_matter() -> None:
    """A state's fingerprint is that which it has alone, ties or not."""
    system = voters(6)
    layout = Layout(system)
    symmetry = Symmetry(layout)
    chosen = [*states(system, 30, 3), system.initial[0], (1, 2, 0, 4, 5, 3, *system.initial[0][6:])]
    together = symmetry.fingerprints(layout.encode(chosen))
    alone = [symmetry.fingerprints(layout.encode([state]))[0] for state in chosen]
    assert together.tolist() == [int(value) for value in alone]


def test_groups_do_not_mix() -> None:
    """Exchanging the states of two alike groups gives another state."""
    b = Builder("twins")
    for name in ("Left", "Right"):
        sort = Sort(name, (f"{name}0", f"{name}1", f"{name}2"), symmetric=True)
        b.function(f"{name} on", (sort,), BOOL, 0)
        b.function(f"{name} knows", (sort, sort), BOOL, 0)
    system = b.build()
    layout = Layout(system)
    symmetry = Symmetry(layout)
    assert len(symmetry.groups) == 2
    left, right = [0] * 24, [0] * 24
    left[0] = 1
    right[12] = 1
    prints = symmetry.fingerprints(layout.encode([tuple(left), tuple(right)]))
    assert prints[0] != prints[1]


def test_tables_separate() -> None:
    """Elements of which a constant table says different things are never exchanged."""
    system = chain()
    node = next(sort for sort in system.sorts if sort.name == "Node")
    assert exchangeable(system)[node] == (0, 1, 1)
    layout = Layout(system)
    symmetry = Symmetry(layout)
    down = [[0] * 4 + [-1] * 3 + [int(i != j) for i in range(3)] + [-1] for j in range(3)]
    prints = symmetry.fingerprints(layout.encode([tuple(state) for state in down]))
    assert prints[1] == prints[2] != prints[0]


@pytest.mark.parametrize("pairs", [0, forest._PAIRS])
def test_masks_name_one_of_each_kind(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of interchangeable pods only the first, of interchangeable nodes only the first; whether
    elements are sorted or compared with each other."""
    monkeypatch.setattr(forest, "_PAIRS", pairs)
    system = rollout(4, 3)
    layout = Layout(system)
    state = dict.fromkeys(range(len(system.cells)), 0)
    phase, node, new, up = (system.offsets[f] for f in system.functions[:4])
    for i, (p, n) in enumerate([(3, 0), (1, -1), (3, 1), (3, 0)]):
        state[phase + i], state[node + i], state[new + i] = p, n, 0
    for i in range(3):
        state[up + i] = 1
    columns = layout.encode([tuple(state.values())])
    masks = Symmetry(layout).masks(columns)
    # Pods 0 and 3 share a node; the node of pod 2 holds one pod, so pod 2 is of another kind.
    assert masks["Pod"][0].ravel().tolist() == [True, True, True, False]
    assert masks["Node"][0].ravel().tolist() == [True, True, True]
    assert np.all(masks["Pod"][1])
