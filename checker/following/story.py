"""What is known of one workload of a recording, and what those who write are called."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from checker.following.clusters import NONE, Built, Refusals
from checker.following.machine import Moment
from checker.following.recording import Write
from model.controllers import daemonset, deployment, job, podgc, replicaset, statefulset
from model.ir.system import StateFunction
from model.node import kubelet
from model.scheduler.binding import NAME as SCHEDULER

#: What the model calls those who write, by the names that they give themselves.
ACTORS = {
    "daemon-set-controller": daemonset.NAME,
    "scheduler": SCHEDULER,
    "fake-kubelet": kubelet.NAME,
}

#: Whose deletions `nodes` judges.
RULED = frozenset(
    (
        "node-controller",
        "taint-eviction-controller",
        "generic-garbage-collector",
        "namespace-controller",
        podgc.NAME,
    )
)

#: Who has no other steps than those of the model.
COMPONENTS = frozenset(
    (
        deployment.NAME,
        replicaset.NAME,
        replicaset.FOR_CONTROLLERS,
        statefulset.NAME,
        daemonset.NAME,
        job.NAME,
        kubelet.NAME,
        SCHEDULER,
    )
)

#: What the model calls whoever makes pods fail, and lets time pass.
FAULT, CLOCK = "fault", "clock"

#: Why something is taken as it was written.
ENDED = "pods that end (Succeeded, Failed)"
NOBODY = "writes of which nobody says who made them"
STRANGER = "writes by {actor}, which the model has no steps for"
EARLY = "what was there before its workload"
ADOPTED = "pods and ReplicaSets that are adopted or let go"
PREEMPTED = "pods that the scheduler preempts"
PINNED = "pods that are made with a nodeName: nobody binds them"


def actor(write: Write) -> str:
    """Who wrote, as the model calls it: a component, or whatever the user agent says."""
    first, _, rest = write.actor.partition("/")
    if first == kubelet.NAME:
        return first
    last = rest.rpartition("/")[2] or first
    return ACTORS.get(last, last)


@dataclass(frozen=True)
class Told:
    """A write that is a moment: what it changes, as (function, index, before, after)."""

    write: Write
    changes: tuple[tuple[StateFunction, int, int, int], ...]
    #: What the model calls them, and their names.
    names: tuple[tuple[str, str], ...]


class End(NamedTuple):
    """From where on a workload is not followed, why, and whether it is there still."""

    write: Write
    why: str
    there: bool = False


@dataclass
class Story:
    """A workload, followed through a recording."""

    subject: str
    #: The names of its ReplicaSets or revisions in the order of their creation.
    revisions: tuple[str, ...]
    epochs: list[Built] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    #: Writes that change nothing that the model reads, by what they are.
    mute: Counter[str] = field(default_factory=Counter)
    #: Writes that are taken as they are, by the reason.
    left_out: dict[str, list[Write]] = field(default_factory=dict)
    #: What users did, in words.
    steps: list[tuple[Write, str]] = field(default_factory=list)
    #: Which requests may be refused, since some were.
    refusals: Refusals = NONE
    ended: End | None = None

    @property
    def followed(self) -> bool:
        """Whether it is followed as long as it is there."""
        return bool(self.epochs) and not (self.ended is not None and self.ended.there)
