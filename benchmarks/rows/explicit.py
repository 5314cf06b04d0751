"""The exhaustive engine: throughput, memory, small systems, many interchangeable nodes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.row import Answer, Job, Peer, Progress, Row, Target
from benchmarks.systems import large_election, symmetric_election, wide_election
from checker.budget import Budget
from checker.engines import engine
from checker.explicit.search import explore
from checker.verdict import Verdict
from model.ir.system import Property, System
from tests.shipped import BROKEN, PASSING, checked, scenario
from tests.systems import peterson, rollout, two_phase_commit

GIB = 2**30

#: A system of fewer states is small.
_FEW = 1_000


def _settled(verdicts: Sequence[Verdict]) -> bool:
    """Whether all states were visited and no right property violated."""
    return all(
        verdict.outcome == "proved"
        or (verdict.outcome == "holds" and verdict.extent and verdict.extent.depth is None)
        for verdict in verdicts
    )


def _explore(system: System, properties: Sequence[Property], progress: Progress) -> Job:
    """A check of a system; the engine has run before, on a small one."""
    small = peterson()
    engine("explicit").check(small, small.properties[:1], Budget())

    def job() -> Answer:
        verdicts = engine("explicit").check(system, properties, Budget(progress=progress))
        outcomes = ", ".join(sorted({verdict.outcome for verdict in verdicts}))
        return Answer(outcomes, _settled(verdicts), verdicts[0].states)

    return job


def _safe(make: Callable[[], System]) -> Callable[[Progress], Job]:
    """A check of the first property, which is a true `always`: all states are visited."""

    def prepare(progress: Progress) -> Job:
        system = make()
        return _explore(system, system.properties[:1], progress)

    return prepare


def _small(look: Callable[[System], object]) -> Callable[[Progress], Job]:
    """Every shipped system of under a thousand states; the slowest counts."""

    def prepare(_: Progress) -> Job:
        systems = [two_phase_commit(3), peterson(), rollout(2, 2)]
        for spec in (*PASSING, *BROKEN):
            systems += [each.system for each in checked(scenario(spec))]
        few = 1_000
        explored = [
            explore(system, [], Budget(), done=lambda e: e.count >= few) for system in systems
        ]
        counts = {e.layout.system: e.count for e in explored if e.count < few}
        small = list(counts)

        def job() -> Answer:
            times = {system: _times(look, system) for system in small}
            slowest = max(small, key=lambda system: times[system][1])
            text = f"{len(small)} systems, slowest {slowest.name}"
            return Answer(text, bool(small), counts[slowest], times[slowest])

        return job

    return prepare


def _search(system: System) -> object:
    """Code generation and search, with the steps that fair cycles are looked for in."""
    return explore(system, [prop.p for prop in system.properties], Budget(), edges=True)


def _check(system: System) -> object:
    """All that the engine does: reductions, search, fair cycles, traces and their replay."""
    return engine("explicit").check(system, system.properties, Budget())


def _times(look: Callable[[System], object], system: System) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    look(system)
    return time.perf_counter() - began, time.process_time() - used


def _interchangeable(nodes: int, pods: int) -> Callable[[Progress], Job]:
    """The large rollout with so many nodes and replicas, all its properties."""

    def prepare(progress: Progress) -> Job:
        given = scenario("benchmarks/large-rollout.yaml")
        node = given.nodes[0]
        given = replace(
            given,
            nodes=tuple(replace(node, name=f"node-{i}") for i in range(nodes)),
            workload=replace(given.workload, replicas=pods),
        )

        def job() -> Answer:
            (instance, *_) = checked(given)
            return _explore(instance.system, instance.system.properties, progress)()

        return job

    return prepare


ROWS = (
    Row(
        "explicit/wide",
        "3-server Raft election, 4 terms, 1 crash, no symmetry: 4.4 M states",
        _safe(wide_election),
        Target(states_per_second=1e6, bytes_per_state=64),
        Peer("raft-election", {"MEMBERS": 3, "TERMS": 4, "CRASHES": 1}),
        quick=True,
    ),
    Row(
        "explicit/two-phase-commit",
        "two-phase commit of 8 managers, no symmetry: 1.7 M states",
        _safe(lambda: two_phase_commit(8)),
        peer=Peer("two-phase-commit", {"MANAGERS": 8}),
        quick=True,
    ),
    Row(
        "explicit/symmetry",
        "3-server Raft election, 4 terms, 2 crashes, up to symmetry: 2.5 M states",
        _safe(symmetric_election),
    ),
    Row(
        "explicit/large",
        "3-server Raft election, 4 terms, 2 crashes, no symmetry: 14.7 M states",
        _safe(large_election),
        Target(memory=4 * GIB),
        patience=120,
    ),
    Row(
        "explicit/small",
        "the slowest search of a shipped system of under 1,000 states, code generation included",
        _small(_search),
        Target(seconds=0.05),
        runs=5,
        quick=True,
    ),
    Row(
        "explicit/small-whole",
        "the same with reductions, fair cycles, traces and their replay",
        _small(_check),
        runs=5,
    ),
    Row(
        "explicit/nodes-100",
        "large-rollout.yaml: 100 interchangeable nodes, 100 pods, no ladder; built and checked",
        _interchangeable(100, 100),
        Target(seconds=2),
        quick=True,
    ),
    Row(
        "explicit/nodes-1000",
        "the same with 1,000 nodes",
        _interchangeable(1_000, 100),
        Target(seconds=20),
    ),
    Row(
        "explicit/nodes-1000-pods-1000",
        "the same with 1,000 nodes and 1,000 pods",
        _interchangeable(1_000, 1_000),
        extra=True,
        patience=120,
    ),
)
