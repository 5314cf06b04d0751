"""Alike neighbours as one, and their syncs pod by pod, against the full form of the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import cluster
from model.api.change import Change
from model.api.intstr import IntOrPercent
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.controllers import replicaset
from model.instance import Instance
from model.ir.expr import FALSE
from model.ir.interpret import steps
from model.ir.system import State
from model.scenario import Apart, Faults, Scenario
from model.sizes import crowd
from tests.model.worlds import node, scenario, template, workload
from tests.outcomes import answers, outcomes

NAMES = ("api", "cart", "jobs")


def named(name: str, replicas: int, cpu: int, *, port: int = 0) -> Workload:
    pod = template(
        labels={"app": name, "all": "yes"},
        requests={"cpu": cpu},
        host_ports=(("", "TCP", port),) if port else (),
    )
    return workload(replicas, pod=pod, name=name, selector=LabelSelector({"app": name}))


@st.composite
def crowded(draw: st.DrawFn) -> Scenario:
    """A workload of one or two pods with two or three neighbours on two nodes that are tight."""
    neighbours = tuple(
        named(name, draw(st.integers(1, 2)), draw(st.sampled_from((500, 500, 1000))))
        for name in NAMES[: draw(st.integers(2, 3))]
    )
    room = draw(st.sampled_from((1000, 1500)))
    places = tuple(node(f"node-{i}", allocatable={"cpu": room}) for i in (1, 2))
    kind = draw(st.sampled_from(("rollout", "drain", "crash")))
    found = scenario("drain", nodes=places, workload=named("web", 1, 500))
    changes = {
        "rollout": Change("rollout", "web:2"),
        "drain": Change("drain", nodes=("node-1",)),
        "crash": Change("steady"),
    }
    budget = PodDisruptionBudget(
        "default", "all", LabelSelector({"all": "yes"}), max_unavailable=IntOrPercent(1)
    )
    return replace(
        found,
        change=changes[kind],
        nodes=places,
        neighbours=neighbours,
        budgets=(budget,) if kind == "drain" and draw(st.booleans()) else (),
        faults=Faults(node_crashes=int(kind == "crash")),
        prompt=False,
    )


def full(given: Scenario) -> Instance:
    """The system without either reduction."""
    with (
        mock.patch.object(crowd, "merged", lambda same: same),
        mock.patch.object(replicaset, "by_ones", return_value=lambda _: FALSE),
    ):
        return cluster.workload(given)


def class_of(given: Scenario) -> Callable[[str], Hashable]:
    """To which class the workload of a ReplicaSet belongs, by its name."""
    groups = list(crowd.classes(given))

    def of(name: str) -> Hashable:
        words = name.removesuffix("-rev1").replace(" and ", ", ").split(", ")
        at = next((i for i, g in enumerate(groups) if words[0] in [w.name for w in g]), None)
        return name if at is None else at

    return of


def seen(instance: Instance, state: State, of: Callable[[str], Hashable]) -> Hashable:
    """What others see of a state: how many pods of each class are in each phase on each node, and
    all that does not belong to neighbours."""
    system = instance.system
    cells = {f.name: state[system.offsets[f] :][: f.size] for f in system.functions}
    domains = {f.name: f.domain for f in system.functions}
    (sets,) = domains["exists"]
    owners = [of(name) for name in sets.elements]  # type: ignore[union-attr]
    pods = Counter(
        (phase, at, owners[owner], mark)
        for phase, at, owner, mark in zip(
            cells["phase"], cells["node"], cells["owner"], cells["victim"], strict=True
        )
        if phase
    )
    own = [i for i, of_class in enumerate(owners) if isinstance(of_class, str)]
    rest = tuple(
        (name, tuple(values[i] for i in own) if domains[name] == (sets,) else values)
        for name, values in sorted(cells.items())
        if name not in ("phase", "node", "owner", "victim")
    )
    return frozenset(pods.items()), rest


def reachable(instance: Instance, of: Callable[[str], Hashable]) -> Iterator[Hashable]:
    """Of every reachable state what others see."""
    todo = list(instance.system.initial)
    keys = {_canonical(instance, state) for state in todo}
    while todo:
        state = todo.pop()
        yield seen(instance, state, of)
        for _, after in steps(instance.system, state):
            key = _canonical(instance, after)
            if key not in keys:
                keys.add(key)
                todo.append(after)


def _canonical(instance: Instance, state: State) -> Hashable:
    """The state up to exchanges of pods."""
    system = instance.system
    pods = next(f for f in system.functions if f.name == "phase").domain
    of_pods = [f for f in system.functions if f.domain == pods]
    rows = sorted(zip(*(state[system.offsets[f] :][: f.size] for f in of_pods), strict=True))
    rest = [state[system.offsets[f] :][: f.size] for f in system.functions if f.domain != pods]
    return tuple(rows), tuple(rest)


@settings(max_examples=30, deadline=None)
@given(crowded())
def test_verdicts_are_those_of_the_full_form(given: Scenario) -> None:
    assert outcomes(given) == answers(full(given).system)


def tight(**changes: object) -> Scenario:
    """One pod beside two alike workloads of one, on two nodes for two pods each."""
    places = tuple(node(f"node-{i}", allocatable={"cpu": 1000}) for i in (1, 2))
    found = scenario("drain", nodes=places, workload=named("web", 1, 500))
    neighbours = (named("api", 1, 500), named("cart", 1, 500))
    made = replace(
        found,
        nodes=places,
        neighbours=neighbours,
        change=Change("drain", nodes=("node-1",)),
        prompt=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        tight(),
        tight(neighbours=(named("api", 1, 500), named("cart", 1, 1000), named("jobs", 1, 500))),
        tight(change=Change("steady"), faults=Faults(node_crashes=1)),
    ],
    ids=["drain", "unlike", "crash"],
)
def test_others_see_the_same_states(given: Scenario) -> None:
    """Reachable states, as far as others than the neighbours' controllers see them."""
    of = class_of(given)
    assert set(reachable(cluster.workload(given), of)) == set(reachable(full(given), of))


def names(given: Scenario) -> list[list[str]]:
    return [[each.name for each in group] for group in crowd.classes(given)]


def test_who_is_alike() -> None:
    """Replicas may differ; requests, and whom they keep apart from, may not."""
    api, cart, jobs = (named(name, n, 500) for n, name in enumerate(NAMES, start=1))
    assert names(tight(neighbours=(api, cart, jobs))) == [["api", "cart", "jobs"]]
    big = named("cart", 1, 700)
    assert names(tight(neighbours=(api, big, jobs))) == [["api", "jobs"], ["cart"]]
    apart = (Apart(api.subject, cart.subject, "zone"),)
    assert names(tight(neighbours=(api, cart, jobs), apart=apart)) == [["api"], ["cart"], ["jobs"]]
    web = Apart(api.subject, "Deployment/default/web", "zone")
    assert names(tight(neighbours=(api, cart, jobs), apart=(web,))) == [["api"], ["cart", "jobs"]]
    one, two = named("api", 1, 500, port=80), named("cart", 1, 500, port=80)
    assert names(tight(neighbours=(one, two))) == [["api"], ["cart"]]
    both = (Apart(one.subject, two.subject, ""),)
    assert names(tight(neighbours=(one, two), apart=both)) == [["api", "cart"]]


def test_budgets_tell_apart() -> None:
    """One that only one of them is under."""
    budget = PodDisruptionBudget(
        "default", "api", LabelSelector({"app": "api"}), max_unavailable=IntOrPercent(1)
    )
    assert names(tight(budgets=(budget,))) == [["api"], ["cart"]]
