"""What a user does to a cluster, one request or command at a time, by kubectl's verbs. As text a
step is what a Check has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model.api.node import Taint


@dataclass(frozen=True)
class SetImage:
    """The template gets another image."""

    image: str
    #: Whether pods of that template ever pass their readiness probe.
    becomes_ready: bool = True

    def __str__(self) -> str:
        return f"setImage: {self.image}"


@dataclass(frozen=True)
class Apply:
    """The template gets another image and the workload another number of replicas, at once, and
    whatever else a new version of its manifest says."""

    image: str
    #: None of a workload that has no number of them.
    replicas: int | None
    #: Whether pods of that template ever pass their readiness probe.
    becomes_ready: bool = True
    #: Whether it is all that another version says, with image and replicas of that.
    whole: bool = False
    #: Whether that version has the template that is there at the start.
    same_template: bool = False
    #: Whether it is that of the start again, and whether it only says what is to be otherwise.
    back: bool = False
    patch: bool = False

    def __str__(self) -> str:
        if self.whole:
            return "apply"
        return f"apply: {self.image}, {self.replicas} replicas"


@dataclass(frozen=True)
class Restart:
    """The template gets an annotation with the time, so that all pods are made anew."""

    becomes_ready: bool = True

    def __str__(self) -> str:
        return "restart"


@dataclass(frozen=True)
class Undo:
    """The template becomes that of an earlier revision; 0 is the one before the present one."""

    revision: int = 0

    def __str__(self) -> str:
        return f"undo: {self.revision}" if self.revision else "undo"


@dataclass(frozen=True)
class Scale:
    """The workload gets another number of replicas."""

    replicas: int

    def __str__(self) -> str:
        return f"scale: {self.replicas}"


@dataclass(frozen=True)
class Load:
    """What the workload has to bear becomes as much as so many pods are to bear; nothing of the
    object changes, but an autoscaler measures it."""

    pods: int

    def __str__(self) -> str:
        return f"load: {self.pods}"


@dataclass(frozen=True)
class SetPartition:
    """A StatefulSet leaves another number of its lowest ordinals as they are."""

    partition: int

    def __str__(self) -> str:
        return f"setPartition: {self.partition}"


@dataclass(frozen=True)
class DeletePod:
    """A pod of the workload is deleted: the one of a name, or any."""

    pod: str = ""

    def __str__(self) -> str:
        return f"deletePod: {self.pod or 'any'}"


@dataclass(frozen=True)
class Pause:
    """A Deployment's rollouts stop where they are."""

    def __str__(self) -> str:
        return "pause"


@dataclass(frozen=True)
class Suspend:
    """A Job gives up its pods, and makes none."""

    def __str__(self) -> str:
        return "suspend"


@dataclass(frozen=True)
class Resume:
    """What was paused, or suspended, goes on."""

    def __str__(self) -> str:
        return "resume"


@dataclass(frozen=True)
class Delete:
    """The workload's object is deleted: what it owns goes after it, goes first, or stays."""

    propagation: Literal["background", "foreground", "orphan"]

    def __str__(self) -> str:
        return f"delete: {self.propagation}"


@dataclass(frozen=True)
class Drain:
    """Nodes are cordoned and their pods evicted, one node after the other."""

    nodes: tuple[str, ...]
    #: Whether each node takes pods again once it is empty.
    uncordon: bool = False

    def __str__(self) -> str:
        return f"drain: {', '.join(self.nodes)}"


@dataclass(frozen=True)
class Cordon:
    """A node takes no more pods."""

    node: str

    def __str__(self) -> str:
        return f"cordon: {self.node}"


@dataclass(frozen=True)
class Uncordon:
    """A node takes pods again."""

    node: str

    def __str__(self) -> str:
        return f"uncordon: {self.node}"


@dataclass(frozen=True)
class PutTaint:
    """Nodes get a taint, one after the other."""

    nodes: tuple[str, ...]
    taint: Taint

    def __str__(self) -> str:
        return f"taint: {', '.join(self.nodes)}"


@dataclass(frozen=True)
class TakeTaint:
    """Nodes lose the taint, one after the other."""

    nodes: tuple[str, ...]
    taint: Taint

    def __str__(self) -> str:
        return f"untaint: {', '.join(self.nodes)}"


@dataclass(frozen=True)
class RemoveNode:
    """A Node object is deleted; what runs on its machine runs on, for now."""

    node: str

    def __str__(self) -> str:
        return f"removeNode: {self.node}"


@dataclass(frozen=True)
class AddNode:
    """A node joins that was not there before."""

    node: str

    def __str__(self) -> str:
        return f"addNode: {self.node}"


@dataclass(frozen=True)
class PutLabel:
    """A node gets a label, or another value of one."""

    node: str
    key: str
    value: str

    def __str__(self) -> str:
        return f"label: {self.node}, {self.key}={self.value}"


@dataclass(frozen=True)
class TakeLabel:
    """A node loses a label."""

    node: str
    key: str

    def __str__(self) -> str:
        return f"unlabel: {self.node}, {self.key}"


Step = (
    (SetImage | Apply | Restart | Undo | Scale | SetPartition | Pause | Suspend | Resume)
    | (Delete | DeletePod | Load)
    | (Drain | Cordon | Uncordon | PutTaint | TakeTaint | RemoveNode | AddNode)
    | (PutLabel | TakeLabel)
)

#: Steps that change the template.
TEMPLATE = (SetImage, Apply, Restart, Undo)
#: Those that change the replicas, by themselves or through an autoscaler.
RESIZES = (Scale, Apply, Load)
#: Those that change the labels of nodes.
LABELS = (PutLabel, TakeLabel)
#: Those that change nodes.
NODES = (Drain, Cordon, Uncordon, PutTaint, TakeTaint, RemoveNode, AddNode, *LABELS)
