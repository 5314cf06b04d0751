"""What a plugin of the scheduler is, on concrete objects.

A plugin looks at a pod and the whole cluster once, and says what it says of single nodes by what it
then holds: a `Filtering`. Scores come for all feasible nodes at once, because they are normalised
over these.

Source: kube-scheduler v0.36 `framework/interface.go` (Status, PreFilterPlugin, FilterPlugin,
ScorePlugin).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from model.api.pod import Pod

if TYPE_CHECKING:
    from model.plugins.snapshot import NodeInfo, Snapshot

Code = Literal["Unschedulable", "UnschedulableAndUnresolvable", "Error"]
UNSCHEDULABLE: Code = "Unschedulable"
#: Likewise, and it would not help to take pods off the node.
UNRESOLVABLE: Code = "UnschedulableAndUnresolvable"

#: The attempt fails as a whole.
ERROR: Code = "Error"

#: The highest score of a plugin before its weight.
HIGHEST = 100


class Status(NamedTuple):
    """Why a plugin keeps a pod off a node, in upstream's words, and what of the node is meant."""

    code: Code
    reasons: tuple[str, ...]
    detail: str = ""


class Filtering(Protocol):
    """A plugin's view of one pod."""

    def check(self, info: NodeInfo) -> Status | None:
        """Why the pod may not go to a node; None if it may."""
        ...

    def moved(self, pod: Pod, info: NodeInfo, by: int, /) -> None:
        """Take into account that another pod is put on a node (1) or taken off it (-1), beyond
        what the node itself says."""
        ...


class Stateless:
    """A filter for which all that counts of other pods is said by the node."""

    def moved(self, pod: Pod, info: NodeInfo, by: int) -> None:
        """Nothing to keep up with."""


class Prepared(NamedTuple):
    """What a filter decides before it looks at single nodes: that no node will do; or names of the
    only nodes that may, None for all; and how it looks at these."""

    filtering: Filtering
    only: frozenset[str] | None = None
    refused: Status | None = None


#: None where a filter does not concern a pod.
Filter = Callable[["Snapshot", Pod], Prepared | None]
#: 0 to `HIGHEST` for each of some nodes, in their order; None where a score does not concern a pod.
Score = Callable[["Snapshot", Pod, Sequence["NodeInfo"]], Sequence[int] | None]


@dataclass(frozen=True)
class Plugin:
    """A row of `model.plugins.profile.DEFAULT`."""

    name: str
    filter: Filter | None = None
    score: Score | None = None
    weight: int = 1


def normalised(scores: Sequence[int], *, reverse: bool = False) -> list[int]:
    """Scores in proportion to the highest of them; reversed, where more is worse.

    Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/helper/normalize_score.go`.
    """
    most = max(scores, default=0)
    if most <= 0:
        return [HIGHEST if reverse else score for score in scores]
    shares = (HIGHEST * score // most for score in scores)
    return [HIGHEST - share if reverse else share for share in shares]
