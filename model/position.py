"""Where a user may have come to: what the workload's object says there, and what led there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple


class Revision(NamedTuple):
    """A template: its image, the restart that it came with (0: none), and whether its pods ever get
    ready."""

    image: str
    restart: int = 0
    becomes_ready: bool = True
    #: Whether it is of the other version of the workload that a step applies.
    later: bool = False

    def __str__(self) -> str:
        image = f"{self.image}, applied" if self.later else self.image
        return f"{image}, restarted" if self.restart else image


class Stage(NamedTuple):
    """What the workload's object says: the place of its template among the revisions, its replicas,
    whether it is paused, as a Deployment, or suspended, as a Job; whether the template came by a
    change, or by taking one back; a StatefulSet's partition; and how it is deleted, if it is: then
    nobody asks for a template any more."""

    revision: int
    replicas: int
    paused: bool = False
    by: Literal["", "change", "undo"] = ""
    #: None where updateStrategy has no rollingUpdate.
    partition: int | None = None
    deletion: Literal["", "background", "foreground", "orphan"] = ""


@dataclass(frozen=True)
class Position:
    """Which steps were taken, and what came of them."""

    taken: frozenset[int]
    stage: Stage
    #: The drain that was begun last; None before the first.
    drain: int | None = None
    #: Revisions by their numbers in the history, lowest first.
    history: tuple[int, ...] = (0,)
    #: The lowest partition that there was since the template was first changed.
    kept: int = 0
    #: Where autoscalers follow it, the load; else 0.
    load: int = 0
    #: Where they do, the most replicas that there have been; else 0.
    peak: int = 0
    #: Which autoscaler has set the replicas last; -1 before the first.
    scaler: int = -1
    #: Whether somebody else has changed the replicas since one has set them.
    overruled: bool = False
    #: What the user has made of nodes' labels: of each name and key the value, None where the label
    #: was taken away.
    labels: frozenset[tuple[str, str, str | None]] = frozenset()

    def recorded(self) -> Position:
        """With the template as the newest revision, unless rollouts are paused: its number is one
        more than the highest, and the one that it had before is gone (-1)."""
        here, history = self.stage.revision, self.history
        if self.stage.paused or history[-1] == here:
            return self
        kept = tuple(-1 if revision == here else revision for revision in history)
        return replace(self, history=(*kept, here))


class Move(NamedTuple):
    """A step from one position to another, by their places."""

    step: int
    source: int
    target: int
    #: The autoscaler that makes it, by its place, where it is no step of the user.
    scaler: int = -1
