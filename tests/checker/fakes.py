"""A small hand-made cluster and engines that answer as a test tells them to."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence

from checker.budget import Budget
from checker.verdict import Verdict
from model.api.change import Change
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.source import Source
from model.api.workload import Workload
from model.instance import Instance, Part, Remark
from model.ir.builder import Builder
from model.ir.expr import constant, variable
from model.ir.interpret import Step, holds, steps
from model.ir.quantifier import count, exists, forall
from model.ir.system import Property, State, System, assign
from model.ir.trace import Trace
from model.ir.types import EnumType, Sort
from model.scenario import Scenario

PHASE = EnumType("Phase", ("absent", "Pending", "Running"))


def scenario(name: str = "apply", workload: str = "web", file: str = "web.yaml") -> Scenario:
    """A Deployment of two replicas, its replica count on line 5 of its file."""
    return Scenario(
        name,
        Workload(
            "Deployment",
            "default",
            workload,
            2,
            LabelSelector({"app": workload}),
            PodTemplate(),
            source=Source(file, 1),
            fields={"spec.replicas": Source(file, 5, 3)},
        ),
        (),
        Change("apply"),
        assumptions=("assumed 3 nodes of 4 CPU",),
    )


def pods_system(workload: str = "web") -> System:
    """Two pods are created, scheduled by nobody in particular, and started for no sure reason.

    `surge-bounded` is violated after 3 steps, `no-overcommit` is true, and `replicas-converge`
    is violated because nothing makes the kubelet start anything.
    """
    b = Builder(workload)
    pods = Sort("Pod", (f"{workload}-1", f"{workload}-2"), symmetric=True)
    phase = b.function("phase", (pods,), PHASE, 0, "Pod/{0}.status.phase")
    hidden = b.function("sync", (pods,), PHASE, 0)
    pod = variable("pod", pods)
    absent, pending, running = (constant(PHASE, name) for name in PHASE.values)
    b.action(
        "create pod",
        "replicaset-controller",
        (pod,),
        phase[pod] == absent,
        (assign(phase[pod], pending), assign(hidden[pod], running)),
        fairness="weak",
        text="creates pod {pod}",
        why="there is one pod too few, {pod}",
    )
    b.action(
        "start pod",
        "kubelet",
        (pod,),
        phase[pod] == pending,
        (assign(phase[pod], running),),
        text="starts pod {pod}",
    )
    b.properties += [
        Property(
            "surge-bounded",
            "always",
            ~exists(pods, lambda p: phase[p] == running)
            | ~forall(pods, lambda p: phase[p] != absent),
            text="ReplicaSets never ask for more than desired + maxSurge",
        ),
        Property("no-overcommit", "always", count(pods, lambda p: phase[p] == running) <= 2),
        Property(
            "replicas-converge",
            "eventually always",
            forall(pods, lambda p: phase[p] == running),
            text="once changes and faults stop, ready replicas = desired replicas, for good",
        ),
    ]
    b.omit("images", "volumes")
    return b.build()


def instance(of: Scenario) -> Instance:
    """The hand-made system of a scenario, as the cluster model would wrap it."""

    def remarks(state: State, prop: str) -> tuple[Remark, ...]:
        fields = ("spec.replicas", "spec.nowhere")
        return (Remark("pod 1 fits no node: insufficient cpu", fields),)

    return Instance(
        of,
        pods_system(of.workload.name),
        of.workload.subject,
        {"no-overcommit": ("spec.replicas",)},
        remarks,
    )


def parts(of: Scenario) -> Iterator[Part]:
    """Stands in for `model.cluster.parts`."""
    yield Part.made(instance(of))


class Naive:
    """Breadth first over the interpreter; liveness only by states where nothing must happen."""

    name = "explicit"
    #: How often `check` was called on any of them.
    calls = 0

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        Naive.calls += 1
        paths: dict[State, tuple[Step, ...]] = {system.initial[0]: ()}
        queue = deque(paths)
        while queue:
            state = queue.popleft()
            for step, after in steps(system, state):
                if after not in paths:
                    paths[after] = (*paths[state], step)
                    queue.append(after)
        return tuple(self._verdict(system, prop, paths) for prop in properties)

    def _verdict(
        self, system: System, prop: Property, paths: dict[State, tuple[Step, ...]]
    ) -> Verdict:
        for state, path in paths.items():
            fair = any(s.action.fairness != "none" for s, _ in steps(system, state))
            if holds(system, prop.p, state) or (fair and not prop.is_safety):
                continue
            states = [system.initial[0]]
            for step in path:
                states.append(dict(steps(system, states[-1]))[step])
            loop = None if prop.is_safety else len(path)
            trace = Trace(tuple(states), path, loop)
            return Verdict(prop.name, "violated", self.name, 0.25, len(paths), trace=trace)
        return Verdict(prop.name, "proved", self.name, 0.25, len(paths), idle=("never",))


class Endless:
    """Runs until the budget ends it, and has nothing to say then."""

    name = "explicit"

    def refuses(self, system: System, prop: Property) -> str | None:
        return None

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        while (reason := budget.exhausted()) is None:
            budget.progress("still searching")
            time.sleep(0.005)
        return tuple(Verdict(p.name, "unknown", self.name, 0.0, reason=reason) for p in properties)


class Interrupted(Endless):
    """Is told to stop while it runs, as by Ctrl-C."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        os.kill(os.getpid(), signal.SIGINT)
        return super().check(system, properties, budget)


class Terminated(Endless):
    """Is told to stop while it runs, as by a supervisor."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        os.kill(os.getpid(), signal.SIGTERM)
        return super().check(system, properties, budget)


class Broken(Naive):
    """Has a bug."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        raise RuntimeError("a bug of this engine")


class Lying(Naive):
    """Returns a trace that the system does not have."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        start = Step(system.action("kubelet", "start pod"), (0,))
        trace = Trace((system.initial[0],) * 2, (start,))
        return tuple(Verdict(p.name, "violated", self.name, 0.0, trace=trace) for p in properties)


class Hungry(Naive):
    """Wants more memory than there is."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        raise MemoryError


class Announcing(Endless):
    """Says on standard error when it has begun, so that a test knows when to send a signal."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        print("searching", file=sys.stderr, flush=True)
        return super().check(system, properties, budget)


class Deaf(Endless):
    """Says what it notices on standard error, and goes on for ever."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        print("searching", file=sys.stderr, flush=True)
        super().check(system, properties, budget)
        print("interrupted, going on", file=sys.stderr, flush=True)
        while True:
            time.sleep(0.005)
