"""The StatefulSet controller of the model asks for what its decision says, in every state."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model import cluster
from model.api.change import Change, stepwise
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.statefulset import StatefulSet
from model.api.steps import Scale, SetImage, SetPartition, Undo
from model.api.steps import Step as Given
from model.api.workload import Workload
from model.apiserver.objects import PHASE
from model.controllers import ordinals
from model.controllers.ordinals import Request, Spec
from model.ir.interpret import Step, steps
from model.ir.system import State, System
from model.scenario import Faults, Scenario
from model.stages import stages
from tests.outcomes import outcomes

ROLLOUT = Change("rollout", "db:2", rollback=True)
POLICIES = [
    StatefulSet(),
    StatefulSet(parallel=True),
    StatefulSet(partition=2),
    StatefulSet(parallel=True, partition=1),
    StatefulSet(partition=None),
    StatefulSet(parallel=True, partition=None),
    StatefulSet(on_delete=True),
]


def scenario(stateful: StatefulSet, change: Change = ROLLOUT, replicas: int = 3) -> Scenario:
    """Three pods on two nodes, of which one may crash."""
    template = PodTemplate({"app": "db"}, ("db:1",), {"cpu": 500})
    workload = Workload(
        "StatefulSet",
        "default",
        "db",
        replicas,
        LabelSelector({"app": "db"}),
        template,
        stateful=stateful,
    )
    names = ("node-1", "node-2")
    room = {"cpu": 4000, "pods": 110}
    nodes = tuple(Node(n, {"kubernetes.io/hostname": n}, allocatable=room) for n in names)
    return Scenario("test", workload, nodes, change, faults=Faults(node_crashes=1))


def system(made: Scenario) -> System:
    return cluster.workload(made).system


def cells(of: System, name: str, state: State) -> list[int]:
    """The values of a state function."""
    found = next(f for f in of.functions if f.name == name)
    first = of.offsets[found]
    return list(state[first : first + found.size])


def numbers(of: System, made: Scenario, state: State) -> tuple[Spec, list[ordinals.Pod], int, int]:
    """The reading of a state in numbers, and the current and the update revision."""
    stateful = made.workload.stateful
    assert stateful is not None
    known = {function.name for function in of.functions}
    said = stages(made).stages[cells(of, "change", state)[0] if "change" in known else 0]
    wanted = said.revision
    current = cells(of, "currentRevision", state)[0] if "currentRevision" in known else 0
    pods = []
    for phase, owner in zip(cells(of, "phase", state), cells(of, "owner", state), strict=True):
        shown: ordinals.State = {
            "Absent": "Absent",
            "Pending": "Pending",
            "Running": "NotReady",
            "Ready": "Ready",
            "Terminating": "Terminating",
        }[PHASE.values[phase]]  # type: ignore[assignment]
        pods.append(ordinals.pod(shown, updated=owner == wanted, current=owner == current))
    spec = Spec(
        said.replicas,
        parallel=stateful.parallel,
        on_delete=stateful.on_delete,
        partition=said.partition,
        current_replicas=(
            cells(of, "currentReplicas", state)[0] if "currentReplicas" in known else 0
        ),
        updating=current != wanted,
    )
    return spec, pods, current, wanted


def expected(requests: list[Request], current: int, wanted: int) -> set[tuple[object, ...]]:
    """The requests of the first turn that has any."""
    turn = requests[0].turn if requests else 0
    found: set[tuple[object, ...]] = set()
    for request in (each for each in requests if each.turn == turn):
        revision = current if request.current.payload else wanted
        which = (revision,) if request.verb == "create" else ()
        what = " surplus pod" if request.reason == "surplus" else " pod"
        found.add((f"{request.verb}{what}", request.ordinal, *which))
    return found


def asked(step: Step) -> tuple[object, ...] | None:
    """A step of the controller about a pod."""
    if step.action.actor != "statefulset-controller" or step.action.name == "report status":
        return None
    return step.action.name, *step.arguments


def walked(made: Scenario, seed: int, length: int) -> set[str]:
    """Compares random walks with the decision on numbers; the controller's steps that were seen."""
    of, chance, seen = system(made), random.Random(seed), set()
    for _ in range(12):
        state = chance.choice(of.initial)
        for _ in range(length):
            found = list(steps(of, state))
            spec, pods, current, wanted = numbers(of, made, state)
            sent = ordinals.sent(ordinals.decide(spec, pods))
            enabled = {told for step, _ in found if (told := asked(step)) is not None}
            assert enabled == expected(sent, current, wanted)
            seen |= {told[0] for told in enabled}
            if not found:
                break
            state = chance.choice(found)[1]
    return seen


@pytest.mark.parametrize("policy", POLICIES, ids=range(len(POLICIES)))
@pytest.mark.parametrize("change", [ROLLOUT, Change("apply")], ids=["rollout", "apply"])
def test_requests_are_those_of_the_decision(policy: StatefulSet, change: Change) -> None:
    """On random walks the steps of the controller are what a sync on numbers would send first."""
    made = scenario(policy, change)
    deletes = change.kind == "rollout" and not policy.on_delete
    kinds = {"create pod", "delete pod"} if deletes else {"create pod"}
    assert walked(made, 7, 30) == kinds


#: A canary that is scaled, and a rollout that is taken back and scaled through 0.
MOVED = [
    (SetImage("db:2"), Scale(4), SetPartition(1), Scale(2), Undo()),
    (SetImage("db:2"), Scale(0), Scale(3), SetPartition(3), SetImage("db:3")),
]


@pytest.mark.parametrize("policy", POLICIES, ids=range(len(POLICIES)))
@pytest.mark.parametrize("given", MOVED, ids=range(len(MOVED)))
def test_requests_while_the_user_scales(policy: StatefulSet, given: tuple[Given, ...]) -> None:
    """The same where the replicas and the partition change in mid-rollout."""
    given = tuple(s for s in given if s != SetPartition(policy.partition or -1))
    made = scenario(policy, stepwise(given))
    old = set() if policy.on_delete else {"delete pod"}
    assert walked(made, 11, 60) == {"create pod", "delete surplus pod"} | old


@pytest.mark.parametrize("parallel", [False, True])
def test_a_broken_revision_taken_back(parallel: bool) -> None:
    """OrderedReady waits for the broken pod, Parallel replaces it (as recorded of the real one)."""
    made = scenario(StatefulSet(parallel=parallel), replace(ROLLOUT, becomes_ready=False), 2)
    made = replace(made, faults=Faults())
    expected = "proved" if parallel else "violated"
    assert outcomes(made, "rollback-completes") == {"rollback-completes": expected}


def test_a_node_that_stays_away_keeps_the_name() -> None:
    """The pod of an unreachable node is not replaced before its kubelet is back."""
    made = scenario(StatefulSet(), Change("steady"))
    assert outcomes(made, "replicas-converge") == {"replicas-converge": "proved"}
    away = replace(made, faults=Faults(node_crashes=1, nodes_return=False))
    assert outcomes(away, "replicas-converge") == {"replicas-converge": "violated"}


def test_names_begin_at_the_first_ordinal() -> None:
    made = scenario(StatefulSet(start=5))
    (pods,) = (sort for sort in system(made).sorts if sort.name == "Pod")
    assert pods.elements == ("db-5", "db-6", "db-7")


@pytest.mark.parametrize("stateful", [p for p in POLICIES if not p.on_delete], ids=str)
def test_rollouts_complete(stateful: StatefulSet) -> None:
    """With the crash of a node that comes back, whatever the policy."""
    made = scenario(stateful, Change("rollout", "db:2"))
    names = ("rollout-completes", "replicas-converge", "at-most-one-per-identity")
    assert set(outcomes(made, *names).values()) == {"proved"}


@pytest.mark.parametrize("partition", [0, None])
def test_what_comes_back_in_mid_update(partition: int | None) -> None:
    """With a partition of 0 a pod that comes back is new; where `rollingUpdate` is empty it may be
    old again, as long as the status counts it as current."""
    made = replace(scenario(StatefulSet(partition=partition)), change=Change("rollout", "db:2"))
    of = system(made)
    todo, seen, back = list(of.initial), set(of.initial), False
    while todo:
        state = todo.pop()
        rolling = cells(of, "change", state)[0] == 1
        for step, after in steps(of, state):
            told = asked(step)
            back |= rolling and told is not None and told[0] == "create pod" and told[2] == 0
            if after not in seen:
                seen.add(after)
                todo.append(after)
    assert back == (partition is None)
