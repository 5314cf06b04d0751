"""What one sync of the StatefulSet controller asks for, from one reading of its pods and claims.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_control.go` (updateStatefulSet,
processReplica, processCondemned, updateStatefulSetAfterInvariantEstablished, slowStartBatch,
computeReplicaStatus), `stateful_set_utils.go` (newVersionedStatefulSetPod, completeRollingUpdate,
getStatefulSetMaxUnavailable), `stateful_pod_control.go` (CreateStatefulPod, UpdateStatefulPod).

A claim that a sync creates is given its owners by the same sync, as if its cache showed it at once.

Omits: requests that fail; revisions, which are the reading's: the current one is that of the
status, or the update one where that is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from model.api.intstr import IntOrPercent
from model.controllers.claims import RETAIN, Claim, Owners, Retention, blocks, outdated, owners
from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    Literalish,
    add,
    boolean,
    coerce,
    conj,
    disj,
    greatest,
    integer,
    ite,
)


@dataclass(frozen=True)
class Spec:
    """What a sync reads of the StatefulSet itself."""

    replicas: Literalish
    start: int = 0
    #: podManagementPolicy Parallel.
    parallel: bool = False
    on_delete: bool = False
    #: None where updateStrategy has no rollingUpdate: the type was given, and nothing else.
    partition: Literalish | None = 0
    #: The same where the user may change it: whether there is none now.
    unset: Literalish = False
    #: Of the status; counts where there is no partition.
    current_replicas: Literalish = 0
    #: How many pods may be unavailable, see `most_unavailable`; None while the feature gate
    #: MaxUnavailableStatefulSet is off, as it is by default.
    unavailable: Literalish | None = None
    #: Whether the current and the update revision differ.
    updating: Literalish = True
    retention: Retention = RETAIN
    #: Whether the set itself is being deleted.
    terminating: Literalish = False


class Pod(NamedTuple):
    """What a sync reads of an ordinal. What is available (ready for minReadySeconds) is ready, what
    is ready runs; one that does not exist is nothing of all this, but may have claims."""

    exists: Expr
    pending: Expr = FALSE
    #: Failed or Succeeded.
    finished: Expr = FALSE
    ready: Expr = FALSE
    available: Expr = FALSE
    terminating: Expr = FALSE
    #: Whether it is of the update revision, and of the current one: both while these are one.
    updated: Expr = FALSE
    current: Expr = FALSE
    #: Whether its name, labels and volumes are as the set wants them.
    identity: Expr = TRUE
    storage: Expr = TRUE
    #: One for each volumeClaimTemplate.
    claims: tuple[Claim, ...] = ()

    @property
    def unavailable(self) -> Expr:
        return ~self.available | self.terminating


Verb = Literal["create claim", "own claim", "create", "update", "delete"]


class Request(NamedTuple):
    """A request, and whether the sync sends it. Requests of one turn that are for different
    ordinals may be sent in any order."""

    verb: Verb
    ordinal: int
    when: Expr
    turn: int
    #: For a pod that is created: whether it is of the current revision, not of the update one.
    current: Expr = FALSE
    #: Why a pod is deleted: it has finished, it is scaled away, its revision is old.
    reason: Literal["", "finished", "surplus", "old"] = ""
    #: For a claim: which template's, and whom it belongs to afterwards.
    template: int = -1
    owners: Owners | None = None


class Status(NamedTuple):
    """The status that a sync writes."""

    replicas: Expr
    ready: Expr
    available: Expr
    current: Expr
    updated: Expr
    #: Whether the update revision becomes the current one.
    complete: Expr


@dataclass(frozen=True)
class Decision:
    """The requests of a sync in the order in which it sends them, then its status."""

    requests: tuple[Request, ...]
    #: For each ordinal, whether a claim that is being deleted ends the sync with an error.
    errors: tuple[Expr, ...]
    status: Status

    def asked(self, verb: Verb, size: int) -> tuple[Expr, ...]:
        """For each of so many ordinals, whether the sync sends such a request."""
        return tuple(
            disj(*(r.when for r in self.requests if r.verb == verb and r.ordinal == ordinal))
            for ordinal in range(size)
        )


def first(requests: Iterable[Request]) -> Iterator[Request]:
    """The same requests, each only when no earlier one is sent."""
    earlier = FALSE
    for request in requests:
        yield request._replace(when=request.when & ~earlier)
        earlier = earlier | request.when


def most_unavailable(limit: IntOrPercent | None, replicas: Literalish) -> Expr:
    """maxUnavailable as a count: rounded down, at least 1, and 1 where it is not given."""
    if limit is None:
        return integer(1)
    if not limit.percent:
        return integer(max(1, limit.value))
    return greatest(1, coerce(replicas) * limit.value // 100)


def decide(spec: Spec, pods: Sequence[Pod]) -> Decision:
    """A sync; `pods` has every ordinal from 0 on that the set has, had or is to have."""
    return _Sync(spec, pods).decision()


class _Sync:
    """The phases of a sync, one after the other."""

    def __init__(self, spec: Spec, pods: Sequence[Pod]) -> None:
        self.spec, self.pods = spec, pods
        positions = (ordinal - spec.start for ordinal in range(len(pods)))
        self.inside = [boolean(at >= 0) & (coerce(spec.replicas) > at) for at in positions]
        self.condemned = [
            pod.exists & ~inside for pod, inside in zip(pods, self.inside, strict=True)
        ]
        self.requests: list[Request] = []
        self.errors: list[Expr] = []
        self.turn = 0

    def decision(self) -> Decision:
        going = ~coerce(self.spec.terminating)
        going = self._replicas(going)
        going = self._surplus(going)
        rolled = self._roll(going & boolean(not self.spec.on_delete))
        return Decision(tuple(self.requests), tuple(self.errors), self._status(rolled))

    def _given(self, ordinal: int) -> Expr:
        """Whether a pod that is made for an ordinal is of the current revision."""
        spec = self.spec
        counted, given = spec.current_replicas, spec.partition
        kept = counted if given is None else ite(spec.unset, counted, given)
        return boolean(not spec.on_delete) & (coerce(kept) > ordinal - spec.start)

    # -- the pods that the set is to have --------------------------------------------------------
    def _replicas(self, going: Expr) -> Expr:
        """Lowest ordinal first: one after the other, each only once those below are available, or
        in batches of 1, 2, 4, … that end with one in which something fails. What goes on."""
        stopped, stopping = FALSE, FALSE
        for ordinal, inside in enumerate(self.inside):
            position = ordinal - self.spec.start + 1
            if not self.spec.parallel or position & (position - 1) == 0:
                stopped, stopping = stopped | stopping, FALSE
                self.turn += 1
            ends = self._replica(ordinal, going & inside & ~stopped)
            stopping = stopping | (inside & ends)
        return going & ~(stopped | stopping)

    def _replica(self, ordinal: int, reached: Expr) -> Expr:
        """The requests for one pod; what ends this phase of the sync."""
        spec, pod = self.spec, self.pods[ordinal]
        leaving = disj(*(claim.exists & claim.terminating for claim in pod.claims))
        lacking = reached & ~pod.exists & ~blocks(spec.retention, pod.claims, pod.exists)
        restarts = reached & pod.finished & ~pod.terminating
        alive = reached & pod.exists & ~pod.finished
        pending = alive & pod.pending
        waits = FALSE if spec.parallel else ~pod.available | pod.terminating
        steady = alive & ~(pending & leaving) & ~waits
        mounting = steady & ~pod.storage
        failed = (lacking | pending | mounting) & leaving
        creates = lacking & ~leaving
        tended = steady & ~failed
        wanted = owners(spec.retention, TRUE)
        self.errors.append(failed)
        makes = [(lacking | pending | mounting) & ~claim.exists for claim in pod.claims]
        for template, make in enumerate(makes):
            self._ask("create claim", ordinal, make, template=template)
        self._ask("delete", ordinal, restarts, reason="finished")
        self._ask("create", ordinal, creates, current=self._given(ordinal))
        mismatch = FALSE
        for template, (claim, make) in enumerate(zip(pod.claims, makes, strict=True)):
            due = (claim.exists | make) & outdated(claim, wanted, pod.exists)
            owns = due & (creates | (pending & ~leaving) | tended)
            self._ask("own claim", ordinal, owns, template=template, owners=wanted)
            mismatch = mismatch | (due & ~pod.pending)
        self._ask("update", ordinal, tended & ~(pod.identity & pod.storage & ~mismatch))
        if spec.parallel:
            return failed
        return failed | ~pod.exists | pod.finished | ~pod.available | pod.terminating

    # -- the pods that the set is not to have ----------------------------------------------------
    def _surplus(self, going: Expr) -> Expr:
        """Highest ordinal first: all at once, or one, which must be available, or the lowest of
        those that are not. What goes on."""
        downwards = list(reversed(range(len(self.pods))))
        wanted = owners(self.spec.retention, FALSE)
        self.turn += 1
        for ordinal in downwards:
            pod, here = self.pods[ordinal], going & self.condemned[ordinal]
            for template, claim in enumerate(pod.claims):
                due = here & claim.exists & outdated(claim, wanted, pod.exists)
                self._ask("own claim", ordinal, due, template=template, owners=wanted)
        self.turn += 1
        higher = FALSE
        for ordinal in downwards:
            pod, here = self.pods[ordinal], self.condemned[ordinal]
            goes = going & here & ~pod.terminating
            if not self.spec.parallel:
                lower = zip(self.pods[:ordinal], self.condemned[:ordinal], strict=True)
                worst = ~disj(*(there & other.unavailable for other, there in lower))
                goes = goes & ~higher & (pod.available | worst)
            self._ask("delete", ordinal, goes, reason="surplus")
            higher = higher | here
        return going if self.spec.parallel else going & ~higher

    # -- the pods that are of an old revision ----------------------------------------------------
    def _roll(self, going: Expr) -> list[Expr]:
        """Highest ordinal first, down to the partition: one, once those above are available, or as
        many as may be unavailable. The deletions."""
        spec, found = self.spec, []
        partition = 0 if spec.partition is None else spec.partition
        many = spec.unavailable is not None
        most = 0 if spec.unavailable is None else spec.unavailable
        missing = (
            ite(i & p.unavailable, 1, 0) for i, p in zip(self.inside, self.pods, strict=True)
        )
        left = coerce(most) - add(0, *missing)
        ended, count = FALSE, integer(0)
        for ordinal in reversed(range(len(self.pods))):
            pod, position = self.pods[ordinal], ordinal - spec.start
            here = going & self.inside[ordinal] & (coerce(partition) <= position)
            made = self._given(ordinal) & spec.updating
            old = ite(pod.exists, ~pod.updated & ~pod.terminating, made)
            goes = here & old & ((count < left) if many else ~ended)
            self.turn += 1
            self._ask("delete", ordinal, goes, reason="old")
            found.append(goes)
            count = count + ite(goes, 1, 0)
            ended = ended | (here & (old | pod.unavailable))
        return found

    def _status(self, rolled: Sequence[Expr]) -> Status:
        """From the pods as they were read, less those that are deleted for their revision."""
        there = [(pod.exists, pod) for pod in self.pods]
        replicas = _count(exists for exists, _ in there)
        ready = _count(exists & pod.ready for exists, pod in there)
        available = _count(exists & pod.available for exists, pod in there)
        current = _count(exists & ~pod.terminating & pod.current for exists, pod in there)
        updated = _count(exists & ~pod.terminating & pod.updated for exists, pod in there)
        all_of_it = conj(*(each == self.spec.replicas for each in (updated, ready, replicas)))
        complete = boolean(not self.spec.on_delete) & all_of_it
        current = ite(complete, updated, current - _count(rolled))
        return Status(replicas, ready, available, current, updated, complete)

    def _ask(
        self,
        verb: Verb,
        ordinal: int,
        when: Expr,
        *,
        current: Expr = FALSE,
        reason: Literal["", "finished", "surplus", "old"] = "",
        template: int = -1,
        owners: Owners | None = None,
    ) -> None:
        """A request of this turn, unless it can never be sent."""
        if when is not FALSE:
            self.requests.append(
                Request(verb, ordinal, when, self.turn, current, reason, template, owners)
            )


def _count(flags: Iterable[Expr]) -> Expr:
    return add(0, *(ite(flag, 1, 0) for flag in flags))


def sent(decision: Decision) -> list[Request]:
    """What a decision on numbers sends, in order."""
    for request in decision.requests:
        assert request.when.op == "const", f"{request.when} is no number"
    return [request for request in decision.requests if request.when is TRUE]


#: What a pod in numbers may be, as `pod` has it.
State = Literal[
    "Ready", "JustReady", "NotReady", "Pending", "Failed", "Succeeded", "Terminating", "Absent"
]


def pod(state: State, *, updated: bool, current: bool, waits: bool = False) -> Pod:
    """A pod in numbers. `waits`: minReadySeconds is more than what JustReady has been ready for."""
    if state == "Absent":
        return Pod(FALSE)
    ready = state in ("Ready", "JustReady", "Terminating")
    return Pod(
        TRUE,
        pending=boolean(state == "Pending"),
        finished=boolean(state in ("Failed", "Succeeded")),
        ready=boolean(ready),
        available=boolean(ready and not (waits and state == "JustReady")),
        terminating=boolean(state == "Terminating"),
        updated=boolean(updated),
        current=boolean(current),
    )
