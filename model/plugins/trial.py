"""Trying what the filters would say of a node if other pods were there, or some of its own not.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/runtime/framework.go`
(RunFilterPluginsWithNominatedPods, RunPreFilterExtensionAddPod).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from model.api.pod import Pod
from model.plugins.contract import Filtering, Status
from model.plugins.snapshot import NodeInfo


class Refusal(NamedTuple):
    """The plugin that keeps a pod off a node, and its status."""

    plugin: str
    status: Status


#: Filters by name, in the order in which they are asked.
Checks = Sequence[tuple[str, Filtering]]


def first_refusal(checks: Checks, info: NodeInfo) -> Refusal | None:
    """The first filter that keeps the pod off a node."""
    for name, filtering in checks:
        status = filtering.check(info)
        if status is not None:
            return Refusal(name, status)
    return None


class Trial:
    """A node with pods put on it or taken off; the node itself is not touched. The filters are, so
    a trial has to be within `trying`."""

    def __init__(self, checks: Checks, info: NodeInfo) -> None:
        self.info = info.copy()
        self._checks = checks
        self._moves: list[tuple[Pod, int]] = []

    def add(self, pod: Pod) -> None:
        self.info.add(pod)
        self._tell(pod, 1)
        self._moves.append((pod, 1))

    def remove(self, pod: Pod) -> None:
        self.info.remove(pod)
        self._tell(pod, -1)
        self._moves.append((pod, -1))

    def refusal(self, nominated: Sequence[Pod]) -> Refusal | None:
        """What keeps the pod off the node: with pods that are nominated to it, or without them."""
        if nominated:
            with trying(self._checks, self.info) as crowded:
                for pod in nominated:
                    crowded.add(pod)
                found = first_refusal(self._checks, crowded.info)
            if found is not None:
                return found
        return first_refusal(self._checks, self.info)

    def undo(self) -> None:
        """Let the filters forget what was moved."""
        for pod, by in reversed(self._moves):
            self._tell(pod, -by)

    def _tell(self, pod: Pod, by: int) -> None:
        for _, filtering in self._checks:
            filtering.moved(pod, self.info, by)


@contextmanager
def trying(checks: Checks, info: NodeInfo) -> Iterator[Trial]:
    """A trial, undone at the end."""
    trial = Trial(checks, info)
    try:
        yield trial
    finally:
        trial.undo()
