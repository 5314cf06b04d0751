"""What the store holds. Every object is immutable: a write stores a changed copy.

`version` is the resourceVersion: the store's revision of the object's last write.
`manifest` is what the user wrote of a pod (metadata.labels and spec), as YAML reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Manifest = Mapping[str, Any]
#: key, value, effect
Taint = tuple[str, str, str]


@dataclass(frozen=True)
class Pod:
    name: str
    owner: str
    manifest: Manifest = field(compare=False, repr=False)
    node: str = ""
    phase: Literal["Pending", "Running", "Failed"] = "Pending"
    ready: bool = False
    #: Whether minReadySeconds have passed since it got ready: nobody writes that, time passes.
    settled: bool = False
    #: Whether it was deleted and its kubelet has yet to confirm its end.
    terminating: bool = False
    #: Whether its kubelet has admitted it; of no interest to anybody but the kubelet and judges.
    admitted: bool = False
    #: When the ReplicaSet that made it was created: one of that name may have been made anew.
    made_by: int = 0
    #: Whether it has lost that owner.
    orphaned: bool = False
    version: int = 0

    def is_of(self, replicaset: ReplicaSet) -> bool:
        """Whether a ReplicaSet is its controller."""
        same = (self.owner, self.made_by) == (replicaset.name, replicaset.created)
        return same and not self.orphaned

    @property
    def active(self) -> bool:
        """`IsPodActive`: counted by its controller."""
        return self.phase != "Failed" and not self.terminating


@dataclass(frozen=True)
class ReplicaSet:
    name: str
    manifest: Manifest = field(compare=False, repr=False)
    #: Which template of the Deployment it was made for.
    template: str
    replicas: int
    #: The annotation deployment.kubernetes.io/revision.
    revision: int = 1
    created: int = 0
    min_ready_seconds: int = 0
    #: The annotations deployment.kubernetes.io/desired-replicas and max-replicas.
    desired: int | None = None
    maximum: int | None = None
    #: The status, and the generation of the spec, with the last one that the status is about.
    status_replicas: int = 0
    status_ready: int = 0
    status_available: int = 0
    generation: int = 1
    observed: int = 0
    #: The finalizer that it waits for since it was deleted; whether it has lost its owner.
    deletion: Literal["", "foreground", "orphan"] = ""
    orphaned: bool = False
    version: int = 0


@dataclass(frozen=True)
class Deployment:
    name: str
    template: str
    replicas: int
    strategy: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"
    min_ready_seconds: int = 0
    paused: bool = False
    deletion: Literal["", "foreground", "orphan"] = ""
    version: int = 0


@dataclass(frozen=True)
class Node:
    name: str
    labels: Mapping[str, str] = field(compare=False)
    #: Resource name to an amount, as a quantity is written.
    allocatable: Mapping[str, str] = field(compare=False)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    #: The condition Ready: True, or Unknown once its kubelet has not been heard of for too long.
    ready: bool = True
    version: int = 0

    @property
    def manifest(self) -> Manifest:
        """As the API has it, for the scheduler's filters."""
        taints = [{"key": k, "value": v, "effect": e} for k, v, e in self.taints]
        return {
            "metadata": {"name": self.name, "labels": self.labels},
            "spec": {"taints": taints, "unschedulable": self.unschedulable},
            "status": {"allocatable": self.allocatable},
        }


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget; either limit is a number, a percentage or absent."""

    name: str
    selector: Manifest = field(compare=False)
    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    always_allow: bool = False
    #: The status; `observed` is false until it was computed once.
    observed: bool = False
    healthy: int = 0
    desired: int = 0
    expected: int = 0
    allowed: int = 0
    #: Pods whose eviction was granted and that are not seen to be deleted yet.
    disrupted: frozenset[str] = frozenset()
    version: int = 0


Object = Pod | ReplicaSet | Deployment | Node | Budget
