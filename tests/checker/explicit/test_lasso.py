"""Lassos are as short as a dumb search finds them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.explicit import Explicit
from model.ir.interpret import holds
from model.ir.system import Property, State, System
from model.ir.types import ModelError
from tests.checker.explicit.naive import Naive, TooLarge
from tests.systems import random_system


def shortest(system: System, naive: Naive, prop: Property) -> int | None:
    """The steps of a shortest stem and fair cycle; of weakly fair systems only."""
    p = {s for s in naive.states if holds(system, prop.p, s)}
    always = prop.kind == "eventually always"
    room = set(naive.states) if always else set(naive.states) - p
    after: dict[State, list[tuple[str, State]]] = {s: [] for s in naive.states}
    for source, action, target in naive.edges:
        after[source].append((action, target))
    depth = dict.fromkeys(system.initial, 0)
    queue = list(depth)
    for state in queue:
        for _, target in after[state]:
            if target not in depth:
                depth[target] = depth[state] + 1
                queue.append(target)

    def met(state: State, action: str) -> frozenset[str]:
        weak = naive.fair["weak"]
        rested = {a for a in weak if a == action or a not in naive.enabled[state]}
        return frozenset(rested | ({"must"} if always and state not in p else set()))

    wanted = frozenset(naive.fair["weak"] | ({"must"} if always else set()))
    lengths = [depth[s] for s in room if met(s, "") == wanted]
    for entry in room:
        # Pairs of a state and what was met on the way to it, by distance from the entry; the
        # pair to begin with is seen only once it is come back to.
        level = {(entry, frozenset[str]())}
        seen: set[tuple[State, frozenset[str]]] = set()
        length = depth[entry]
        while level and (entry, wanted) not in seen:
            length += 1
            level = {
                (target, done | met(state, action))
                for state, done in level
                for action, target in after[state]
                if target in room
            } - seen
            seen |= level
        if (entry, wanted) in seen:
            lengths.append(length)
    return min(lengths, default=None)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6))
def test_shortest(seed: int) -> None:
    """Stem and cycle together are shortest where actions are weakly fair and names matter."""
    made = random_system(seed)
    actions = tuple(
        replace(a, fairness="weak") if a.fairness == "strong" else a for a in made.actions
    )
    kinds = ("always eventually", "eventually always")
    properties = tuple(
        replace(prop, name=f"{prop.name}, {kind}", kind=kind, witness=None)
        for prop in made.properties[:3]
        for kind in kinds
    )
    system = replace(made, actions=actions, properties=properties, bounds=())
    try:
        naive = Naive(system, 40)
    except (TooLarge, ModelError):
        naive = None
    assume(naive is not None)
    assert naive is not None
    for prop, verdict in zip(
        properties, Explicit(symmetric=False).check(system, properties, Budget()), strict=True
    ):
        length = shortest(system, naive, prop)
        assert (verdict.trace is not None) == (length is not None)
        if verdict.trace is not None:
            assert len(verdict.trace.steps) == length
