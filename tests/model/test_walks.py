"""What is true of every state on the way: random walks over many scenarios, and the sizes of
small state spaces, which every engine must find again."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from model.api.change import Change
from model.api.node import Taint
from model.api.pod import AntiAffinityTerm
from model.ir.system import State
from model.plugins.filters import HOSTNAME, refusals
from model.scenario import Bounds, Faults, Scenario
from tests.model.worlds import World, budget, node, scenario, template, workload

DRAIN = Change("drain", nodes=("node-1",))
LAG = Faults(slow_watches={"deployment-controller": 1})
ROLLBACK = Change("rollout", "web:2", rollback=True)
ALL_FAULTS = Faults(
    node_crashes=2,
    pod_failures=2,
    member_crashes=1,
    member_partitions=1,
    slow_watches={"deployment-controller": 1, "replicaset-controller": 1},
)
SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "apply": lambda: scenario("apply", 2, workload(3)),
    "rollout": lambda: scenario("rollout", 2, workload(4, 1, 1)),
    "prompt rollout": lambda: scenario("rollout", 2, workload(4, 1, 1), prompt=True),
    "minReadySeconds": lambda: scenario("rollout", 1, workload(3, min_ready_seconds=5)),
    "rollback under faults": lambda: scenario(ROLLBACK, 2, workload(3, 1, 1), faults=ALL_FAULTS),
    "recreate": lambda: scenario(ROLLBACK, 1, workload(2, strategy="Recreate")),
    "recreate under faults": lambda: scenario(
        ROLLBACK, 2, workload(2, strategy="Recreate"), faults=ALL_FAULTS
    ),
    "drain": lambda: scenario(
        Change("drain", nodes=("node-1",)), 3, workload(4), budgets=(budget(minimum=2),)
    ),
    "maintenance": lambda: scenario(
        Change("drain", nodes=("node-1", "node-2"), uncordon=True),
        3,
        workload(3),
        budgets=(budget(maximum=1),),
    ),
    "taints": lambda: scenario(
        Change("taint", nodes=("node-1", "node-2"), taint=Taint("a", "", "NoExecute")),
        3,
        workload(3),
        budgets=(budget(maximum=1),),
        faults=ALL_FAULTS,
    ),
    "rejected pods": lambda: scenario(
        "rollout",
        [node("a", allocatable={"pods": 2}), node("b")],
        workload(2, 0, 1, template(node_name="a")),
    ),
    "crashes": lambda: scenario("steady", 3, workload(4), faults=ALL_FAULTS),
    "bare ReplicaSet": lambda: scenario(
        "apply", 2, workload(3, kind="ReplicaSet"), faults=ALL_FAULTS
    ),
    "one pod a node": lambda: scenario(
        "rollout", 3, workload(3, 0, 1, template(anti_affinity=(AntiAffinityTerm(HOSTNAME),)))
    ),
    "no grace": lambda: scenario(
        ROLLBACK, 2, workload(3, 1, 1, template(termination_grace_seconds=0))
    ),
    "few slots": lambda: scenario(ROLLBACK, 1, workload(3, 1, 1), bounds=Bounds(pods=4)),
    "tight nodes": lambda: scenario(
        "rollout", [node("a", allocatable={"pods": 2}), node("b", allocatable={"cpu": 500})]
    ),
    "seeded": lambda: scenario(
        ROLLBACK,
        2,
        workload(3, 1, 1),
        ["creates-one-too-many", "expectations-forgotten", "conflicts-ignored", "deletes-any-pod"],
        faults=ALL_FAULTS,
    ),
}


def require_sound(world: World, state: State) -> None:
    """Fails where a state contradicts itself, whatever the components do."""
    pods = list(zip(*(world.read(state, n) for n in ("phase", "node", "owner")), strict=True))
    exists, replicas = world.read(state, "exists"), world.read(state, "replicas")
    revisions = next(s for s in world.system.sorts if s.name == "ReplicaSet").elements
    for phase, at, owner in pods:
        if phase == "Absent":
            assert (at, owner) == ("", revisions[0])
        elif phase != "Pending":
            assert at, f"a {phase} pod needs a node"
        if phase == "Available":
            assert world.scenario.workload.min_ready_seconds
        if phase != "Absent":
            assert exists[revisions.index(owner)]
        if phase == "Terminating":
            assert world.scenario.workload.template.termination_grace_seconds
    for there, asked in zip(exists, replicas, strict=True):
        assert there or not asked
    for host in world.scenario.nodes:
        here = sum(at == host.name for _, at, _ in pods)
        assert not here or not refusals(world.scenario.workload.template, host, here - 1)
    for name in (f.name for f in world.system.functions if f.name.endswith("watchStalled")):
        watcher = name.removesuffix(".watchStalled")
        for function in world.system.functions:
            if not world.read(state, name) and function.name.startswith(f"{watcher} "):
                if function.name.endswith("stallsLeft"):
                    continue
                values = world.read(state, function.name)
                column = values if isinstance(values, list) else [values]
                lowest = function.type.show(function.type.lo)
                assert {str(v) for v in column} <= {lowest, str(function.type.lo)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_walks_stay_sound(name: str) -> None:
    """Random runs never leave a type's range, two updates never disagree, free slots look alike,
    pods run on nodes that can hold them, and idle copies of caches are blank."""
    world, chance = World(SCENARIOS[name]()), random.Random(name)
    for _ in range(3):
        state = world.system.initial[0]
        require_sound(world, state)
        for _ in range(60):
            choices = world.steps(state)
            if not choices:
                break
            # Actions take turns, whatever the number of their choices.
            picked = chance.choice(sorted({step.action.name for step, _ in choices}))
            state = chance.choice([end for step, end in choices if step.action.name == picked])
            require_sound(world, state)


#: Scenario, states, depth. "apply one" by hand: the empty cluster, the ReplicaSet, its sync that
#: has read and sent nothing, then six stages of one pod (created, bound, running, ready, its status
#: decided on and not written, reported) in either of two slots.
COUNTS: dict[str, tuple[Callable[[], Scenario], int, int]] = {
    "apply one": (lambda: scenario("apply", 1, workload(1)), 3 + 6 * 2, 6),
    "apply two on two": (lambda: scenario("apply", 2, workload(2)), 351, 11),
    "rollout of one": (lambda: scenario("rollout", 1, workload(1)), 32, 11),
    "rollout of two": (lambda: scenario("rollout", 1, workload(2, 0, 1)), 912, 22),
    "prompt rollout of two": (
        lambda: scenario("rollout", 1, workload(2, 0, 1), prompt=True),
        255,
        20,
    ),
    "recreate of two": (
        lambda: scenario("rollout", 1, workload(2, strategy="Recreate")),
        476,
        18,
    ),
    "drain of two": (
        lambda: scenario(DRAIN, 2, workload(2), budgets=(budget(minimum=1),)),
        648,
        15,
    ),
    "crash": (lambda: scenario("steady", 2, workload(1), faults=Faults(node_crashes=1)), 133, 11),
    "lagging Deployment controller": (
        lambda: scenario("rollout", 1, workload(1), faults=LAG),
        142,
        13,
    ),
}


@pytest.mark.parametrize("name", COUNTS)
def test_sizes_of_small_state_spaces(name: str) -> None:
    """(states, depth) of the whole state space, without any reduction."""
    build, states, depth = COUNTS[name]
    found = World(build()).reachable()
    assert (len(found), max(found.values())) == (states, depth)


def violated(one: Scenario) -> set[str]:
    """The safety properties that some reachable state violates."""
    world = World(one)
    states = world.reachable()
    names = [p.name for p in world.system.properties if p.kind == "always"]
    return {name for name in names if not all(world.holds(state, name) for state in states)}


AGREE: dict[str, tuple[Callable[[bool], Scenario], set[str]]] = {
    "nothing wrong": (lambda p: scenario("rollout", 1, workload(1, 1, 0), prompt=p), set()),
    "surge": (
        lambda p: scenario("rollout", 1, workload(2, 1, 0), ["surge-one-too-many"], prompt=p),
        {"surge-bounded"},
    ),
    "pods": (
        lambda p: scenario("steady", 1, workload(1), ["creates-one-too-many"], prompt=p),
        {"no-duplicate-pods"},
    ),
    "budget": (
        lambda p: scenario(
            DRAIN,
            2,
            workload(2),
            ["eviction-ignores-budget"],
            budgets=(budget(minimum=2),),
            prompt=p,
        ),
        {"budget-respected"},
    ),
    "recreate": (
        lambda p: scenario(
            "rollout", 1, workload(1, strategy="Recreate"), ["recreate-does-not-wait"], prompt=p
        ),
        {"revisions-never-overlap"},
    ),
    "fit": (
        lambda p: scenario(
            "apply",
            [node("a", allocatable={"pods": 1})],
            workload(2),
            ["fit-off-by-one"],
            prompt=p,
        ),
        {"no-overcommit"},
    ),
    "conflicts": (
        lambda p: scenario(
            "rollout", 1, workload(1, 1, 0), ["conflicts-ignored"], faults=LAG, prompt=p
        ),
        {"no-lost-update"},
    ),
}


@pytest.mark.parametrize("name", AGREE)
def test_prompt_steps_hide_no_violation(name: str) -> None:
    """Letting quick steps go first finds the same violations as every interleaving."""
    build, expected = AGREE[name]
    assert (violated(build(True)), violated(build(False))) == (expected, expected)


def test_a_status_that_is_late_is_no_matter_of_prompt_steps() -> None:
    """A rollback that overtakes a status report: the old ReplicaSet is scaled up again while its
    status still counts pods that are gone, so the new pods are taken away for nothing. Upstream
    allows it, since nothing compares the status with the generation that it is about."""
    of = workload(1, 1, 0)
    for prompt in (False, True):
        assert violated(scenario(ROLLBACK, 1, of, prompt=prompt)) == {"rollout-keeps-available"}
