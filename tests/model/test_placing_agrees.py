"""Transition systems decide by numbers of pods who may go where; the direct calculation by pods. On
random clusters both say the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from model.api.affinity import Affinity, PodAffinityTerm
from model.api.node import ZONE, Node, Taint
from model.api.pod import AntiAffinityTerm, Pod, PodTemplate, Toleration
from model.api.selector import LabelSelector, Requirement
from model.api.workload import Workload
from model.plugins import scores
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.filters import HOSTNAME
from model.plugins.placing import place
from model.plugins.sharing import Sharing
from model.plugins.snapshot import Snapshot
from model.scenario import Apart

KEYS = (HOSTNAME, ZONE)


def nodes(draw: random.Random) -> list[Node]:
    return [
        Node(
            f"n{number}",
            {HOSTNAME: f"n{number}", **draw.choice(({ZONE: "a"}, {ZONE: "b"}, {"disk": "ssd"}))},
            tuple(
                Taint(key, "x", draw.choice(("NoSchedule", "NoExecute", "PreferNoSchedule")))
                for key in ("dedicated", "node.kubernetes.io/not-ready")
                if draw.random() < 0.2
            ),
            draw.random() < 0.1,
            {
                "cpu": draw.choice((1000, 2500, 4000)),
                "memory": 4 << 30,
                "pods": draw.choice((2, 5)),
            },
        )
        for number in range(draw.randint(1, 5))
    ]


def template(draw: random.Random, name: str) -> PodTemplate:
    terms = (
        (Requirement("disk", "Exists"),),
        (Requirement("metadata.name", "In", ("n0",), field=True),),
        (Requirement(ZONE, "NotIn", ("a",)),),
    )
    some = tuple(term for term in terms if draw.random() < 0.5)
    return PodTemplate(
        {"app": name},
        requests={"cpu": draw.choice((0, 250, 1000)), "memory": draw.choice((0, 1 << 30))},
        node_selector={"disk": "ssd"} if draw.random() < 0.1 else {},
        node_affinity=some if draw.random() < 0.3 else None,
        tolerations=(Toleration("dedicated", "Exists"),) if draw.random() < 0.5 else (),
        host_ports=(("", "TCP", 80),) if draw.random() < 0.2 else (),
        anti_affinity=tuple(AntiAffinityTerm(key) for key in KEYS if draw.random() < 0.2),
        near=tuple(
            PodAffinityTerm(
                key, LabelSelector({"app": draw.choice(("web", "db"))}), frozenset({"default"})
            )
            for key in KEYS
            if draw.random() < 0.15
        ),
    )


def pods(draw: random.Random, names: tuple[str, str]) -> Iterator[tuple[Workload, Pod]]:
    """Workloads, and a pod of each."""
    for name in names:
        made = template(draw, name)
        own = LabelSelector({"app": name})
        terms = tuple(
            PodAffinityTerm(term.topology_key, own, frozenset({"default"}))
            for term in made.anti_affinity
        )
        stored = replace(made, tolerations=admitted_tolerations(made))
        pod = Pod(
            "default",
            name,
            stored,
            affinity=Affinity(
                required_nodes=made.node_affinity, required=made.near, anti_required=terms
            ),
        )
        yield Workload("Deployment", "default", name, 1, own, made), pod


@pytest.mark.parametrize("seed", range(300))
def test_who_may_go_where(seed: int) -> None:
    """Two workloads, which may keep apart from each other, with any numbers of pods."""
    draw = random.Random(seed)
    given, pairs = nodes(draw), list(pods(draw, ("web", "db")))
    workloads, made = [w for w, _ in pairs], [pod for _, pod in pairs]
    apart = []
    if draw.random() < 0.3:
        key = draw.choice(KEYS)
        term = PodAffinityTerm(key, workloads[1].selector, frozenset({"default"}))
        held = made[0].affinity
        made[0] = replace(
            made[0], affinity=replace(held, anti_required=(*held.anti_required, term))
        )
        apart.append(Apart(workloads[0].subject, workloads[1].subject, key))
    if all(pod.template.host_ports for pod in made):
        apart.append(Apart(workloads[0].subject, workloads[1].subject, ""))
    there = [[draw.choice((0, 0, 1, 2)) for _ in made] for _ in given]
    snapshot = Snapshot.of(
        given,
        (
            replace(pod, name=f"{pod.name}-{node.name}-{number}", node=node.name)
            for node, row in zip(given, there, strict=True)
            for pod, count in zip(made, row, strict=True)
            for number in range(count)
        ),
    )
    sharing = Sharing(tuple(workloads), tuple(given), tuple(apart))
    for at, pod in enumerate(made):
        feasible = {info.name for info in place(snapshot, pod).feasible}
        takes = {node.name for i, node in enumerate(given) if sharing.takes(there, at, i)}
        assert takes == feasible


@pytest.mark.parametrize("seed", range(100))
def test_the_score_of_a_node_with_own_pods(seed: int) -> None:
    draw = random.Random(seed)
    given, (workload, pod) = nodes(draw), next(pods(draw, ("web", "db")))
    free = replace(pod, affinity=Affinity(), template=replace(pod.template, host_ports=()))
    counts = [draw.randint(0, 1) for _ in given]
    snapshot = Snapshot.of(
        given,
        (
            replace(free, name=f"{node.name}-{number}", node=node.name)
            for node, count in zip(given, counts, strict=True)
            for number in range(count)
        ),
    )
    found = place(snapshot, free)
    for node, count in zip(given, counts, strict=True):
        if node.name in found.scores:
            ours = scores.score(workload.template, node, count)
            assert ours == found.scores[node.name].by_plugin["NodeResourcesFit"]
