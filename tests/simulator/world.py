"""Everything together: the store, who is in the middle of what, and the steps that are possible.

A step is one request, one decision or one event, taken at once; between any two the world may
move. A controller with a sync under way has its remaining requests in `syncs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model.scenario import Scenario
from tests.simulator import deployment as deployments
from tests.simulator import replicaset as replicasets
from tests.simulator.apiserver import Store
from tests.simulator.objects import Deployment, Manifest, Node, Pod, ReplicaSet


@dataclass(frozen=True)
class Assumed:
    """What `check` says that it assumes of the world beyond a scenario's budgets of faults; each
    can be lifted to see what it hides."""

    #: The disruption controller has seen every pod before an eviction is decided.
    budgets_are_current: bool = True
    #: A binding reaches the store before anything else happens to nodes or pods.
    bindings_are_prompt: bool = True


#: What the suite assumes, as `check` does.
ASSUMED = Assumed()


@dataclass(frozen=True)
class Setup:
    """What does not change in a run."""

    scenario: Scenario
    #: Template name ("rev1", "rev2") to the pod manifest.
    templates: Mapping[str, Manifest]
    workload: Mapping[str, Any]
    budgets: tuple[Mapping[str, Any], ...] = ()
    assumed: Assumed = ASSUMED

    @property
    def min_ready(self) -> int:
        return self.scenario.workload.min_ready_seconds


@dataclass(frozen=True)
class CreatePod:
    replicaset: str
    #: When that was created.
    made: int = 0


@dataclass(frozen=True)
class DeletePod:
    name: str


@dataclass(frozen=True)
class Report:
    replicaset: str
    status: replicasets.Status


Call = deployments.Request | CreatePod | DeletePod | Report
#: What is left of a sync: batches, one after the other, each in any order.
Sync = tuple[tuple[Call, ...], ...]


@dataclass(frozen=True)
class Drain:
    """kubectl drain of one node after the other: the pods that it has listed, once it has."""

    node: int = 0
    begun: bool = False
    listed: tuple[str, ...] | None = None


@dataclass
class World:
    setup: Setup
    store: Store = field(default_factory=Store)
    syncs: dict[str, Sync] = field(default_factory=dict)
    #: Of each ReplicaSet the last versions that its controller has written: of pods, of itself.
    wrote: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: Of each ReplicaSet the pods whose creation or deletion its controller waits to see.
    expected: dict[str, frozenset[str]] = field(default_factory=dict)
    #: Versions that a Deployment sync's own writes have led to, by ReplicaSet.
    own: dict[str, int] = field(default_factory=dict)
    #: Nodes whose kubelet is down.
    down: frozenset[str] = frozenset()
    #: Those of them that are only cut off: what runs there runs on.
    cut_off: frozenset[str] = frozenset()
    #: Nodes whose objects a user has deleted, as they were then: their machines run on.
    machines: Mapping[str, Node] = field(default_factory=dict)
    #: Nodes that were removed with their machines; nodes that have the user's taint.
    gone: frozenset[str] = frozenset()
    marked: frozenset[str] = frozenset()
    #: Of nodes that the user has labelled, the labels that they have had since.
    worn: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    #: Pods that never get ready again.
    cursed: frozenset[str] = frozenset()
    #: Bindings that the scheduler has decided and not yet sent.
    assumed: dict[str, str] = field(default_factory=dict)
    #: How many steps the user has taken that change the workload, and whether the last one that
    #: changed its template took a change back: old, new, reverted.
    taken: int = 0
    stage: str = "old"
    #: How the user has deleted the workload, and what that was then.
    deleted: str = ""
    was: Deployment | ReplicaSet | None = None
    #: The revisions, by the image and the restart that each came with; those that were there
    #: while rollouts were not paused, oldest first.
    revisions: tuple[tuple[str, int], ...] = (("", 0),)
    recorded: tuple[str, ...] = ("rev1",)
    #: Revisions that never get ready.
    broken: frozenset[str] = frozenset()
    #: The most pods that one ReplicaSet may have, and how many pods have to stay available.
    most: int = 0
    owed: int = 0
    drain: Drain = Drain()
    tainted: int = 0
    #: etcd members that have crashed.
    members_down: int = 0
    #: What is left of each budget of faults.
    left: dict[str, int] = field(default_factory=dict)
    #: Whether an involuntary fault has struck; what was seen to be breached.
    disturbed: bool = False
    breaches: frozenset[str] = frozenset()
    pods_made: int = 0

    def copy(self) -> World:
        return replace(
            self,
            store=self.store.copy(),
            syncs=dict(self.syncs),
            wrote=dict(self.wrote),
            expected=dict(self.expected),
            own=dict(self.own),
            assumed=dict(self.assumed),
            left=dict(self.left),
        )

    @property
    def desired(self) -> int:
        """The replicas that the user asks for now; of a Deployment that is deleted, then."""
        for deployment in self.store.all(Deployment):
            return deployment.replicas
        if self.was is not None:
            return self.was.replicas
        if self.setup.scenario.workload.kind == "ReplicaSet":
            for replicaset in self.store.all(ReplicaSet):
                return replicaset.replicas
        return self.setup.scenario.workload.replicas

    def pods(self, watcher: str = "") -> list[Pod]:
        return self.store.all(Pod, watcher)

    def available(self) -> int:
        """Pods that are available in fact, whatever anybody has seen of it."""
        return sum(replicasets.available(p, self.setup.min_ready) for p in self.pods())

    def breach(self, name: str) -> None:
        self.breaches |= {name}


@dataclass(frozen=True)
class Step:
    actor: str
    action: str
    #: What it is about: an object's name.
    about: str
    run: Callable[[World], None]
    #: Whether it is taken in the end if it stays possible.
    fair: bool = True

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.about}".rstrip()


Steps = Iterator[Step]


def steps(world: World) -> list[Step]:
    """Every step that is possible now."""
    from tests.simulator import controllers, disturb, garbage, machines, people

    return [
        *people.steps(world),
        *controllers.steps(world),
        *garbage.steps(world),
        *machines.steps(world),
        *disturb.steps(world),
    ]
