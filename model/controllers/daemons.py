"""What one sync of the DaemonSet controller asks for, from one reading of nodes and their pods.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model. Of all places it only counts those that pass a test,
so it does not matter to it whether they are listed or what a quantifier ranges over.

Source: kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller.go` (podsShouldBeOnNode, manage,
getUnscheduledPodsWithoutNode, updateDaemonSetStatus), `update.go` (rollingUpdate,
updatedDesiredNodeCounts, findUpdatedPodsOnNode), `util/daemonset_util.go` (AllowsSurge).

A sync that creates or deletes anything for the nodes' sake does not go on to the update: what it
expects has not been seen yet. Where upstream goes by the order of a map, any choice may be made.

Omits: requests that fail, more than 250 of them at once, adoption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from model.api.intstr import IntOrPercent
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
    least,
)

#: The API server's defaults.
_ONE, _NONE = IntOrPercent(1), IntOrPercent(0)


@dataclass(frozen=True)
class Strategy:
    """updateStrategy: RollingUpdate with its limits, or OnDelete."""

    unavailable: IntOrPercent = _ONE
    surge: IntOrPercent = _NONE
    on_delete: bool = False

    @property
    def surges(self) -> bool:
        """Whether there may be two pods on a node."""
        return not self.on_delete and self.surge.value > 0


class Pod(NamedTuple):
    """What a sync reads of a pod that is bound to a node, or asks for it. What is available (ready
    for minReadySeconds) is ready; one that does not exist is nothing of all this."""

    exists: Expr
    #: Whether it is of the current revision.
    updated: Expr
    ready: Expr = FALSE
    available: Expr = FALSE
    failed: Expr = FALSE
    succeeded: Expr = FALSE
    terminating: Expr = FALSE
    #: Whether the scheduler has bound it.
    bound: Expr = TRUE
    #: The lower, the older; of equal ones, the one that is named first.
    born: Expr = integer(0)

    @property
    def counts(self) -> Expr:
        """Whether it is seen at all: what has ended and only waits to be removed is not."""
        return self.exists & ~((self.failed | self.succeeded) & self.terminating)

    @property
    def lives(self) -> Expr:
        return self.counts & ~self.terminating


class Place(NamedTuple):
    """A node with the DaemonSet's pods, or the name of one that is gone."""

    pods: tuple[Pod, ...] = ()
    #: What `model.plugins.daemon_nodes` says of it.
    should_run: Expr = TRUE
    should_continue: Expr = TRUE
    exists: Expr = TRUE
    #: Whether a failed pod was deleted there so lately that the next one has to wait.
    backs_off: Expr = FALSE

    @property
    def runs(self) -> Expr:
        return self.exists & self.should_run

    @property
    def populated(self) -> Expr:
        return disj(*(pod.counts for pod in self.pods))


#: Of each pod of each place.
OfPods = tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True)
class Decision:
    """The requests of a sync. All that are sure are sent, in any order."""

    #: For each place, whether a pod is created there; for each pod, whether it is deleted.
    creates: tuple[Expr, ...]
    deletes: OfPods
    #: Failed pods: of those of one place one is deleted, whichever.
    failed: OfPods
    #: So many more pods are created at these places, and so many more of these pods are deleted,
    #: whichever.
    more_creates: tuple[Expr, ...]
    create_count: Expr
    more_deletes: OfPods
    delete_count: Expr
    #: Whether the sync fails before it sends anything: pods to replace are on nodes that are gone.
    error: Expr


class Status(NamedTuple):
    """The status that a sync writes."""

    desired: Expr
    current: Expr
    misscheduled: Expr
    ready: Expr
    available: Expr
    updated: Expr
    unavailable: Expr


def count_of(limit: IntOrPercent, desired: Literalish) -> Expr:
    """A limit as a count, rounded up."""
    if not limit.percent:
        return integer(limit.value)
    return -(coerce(desired) * -limit.value // 100)


class Everywhere(Protocol):
    """All places that a sync reads. What is found is named, for those who keep it by name."""

    def count(self, name: str, test: Callable[[Place], Expr], /) -> Expr:
        """How many places pass a test."""
        ...

    def some(self, name: str, test: Callable[[Place], Expr], /) -> Expr:
        """Whether any place passes a test."""
        ...


class Asked(NamedTuple):
    """What a sync asks for at one place, as `Decision` has it of all."""

    creates: Expr
    #: Whether it may be one of those that are created besides.
    may_create: Expr
    #: Of each pod.
    deletes: tuple[Expr, ...]
    may_delete: tuple[Expr, ...]
    failed: tuple[Expr, ...]


class Sync:
    """A sync: what the nodes want; if that is nothing, what the update wants."""

    def __init__(self, strategy: Strategy, everywhere: Everywhere) -> None:
        self._strategy = strategy
        count, some = everywhere.count, everywhere.some
        going = ~some("busy", self._busy) & boolean(not strategy.on_delete)
        desired = count("desired", lambda place: place.runs)
        surge = count_of(strategy.surge, desired)
        most = count_of(strategy.unavailable, desired)
        most = ite((desired > 0) & (most == 0) & (surge == 0), 1, most)
        surging, self._plain = going & (surge > 0), going & (surge <= 0)
        #: As in `Decision`.
        self.error = surging & some("gone", lambda place: _side(place).lone & ~place.exists)
        self._surging = surging & ~self.error
        waiting = count("waiting", lambda place: _side(place).waits)
        missing = count("missing", lambda place: _side(place).missing)
        #: So many more pods may be created, and so many more deleted, if there are as many.
        self.create_room = surge - waiting
        self.delete_room = most - missing
        if strategy.surges:
            standing = count("standing", lambda place: _side(place).stands)
            self.delete_room = ite(self._plain, self.delete_room, standing - desired)

    def _busy(self, place: Place) -> Expr:
        """Whether a place wants something."""
        failed = (_failed(place, pod) for pod in place.pods)
        return disj(_lacks(self._strategy, place), *failed, *_excess(self._strategy, place))

    def at(self, place: Place) -> Asked:
        """What is asked for at a place."""
        side, surging = _side(place), self._surging
        beside = surging & side.lone & place.should_run
        replaced = surging & side.here & ~side.excess & side.old & side.new_available
        goes = (side.lone & (self._plain | (surging & ~place.should_run))) | replaced
        sure = replaced | ~side.old_available
        old = [goes & pod.lives & ~pod.updated for pod in place.pods]
        excess = _excess(self._strategy, place)
        return Asked(
            creates=_lacks(self._strategy, place) | (beside & ~side.old_available),
            may_create=beside & side.old_available,
            deletes=tuple(a | (b & sure) for a, b in zip(excess, old, strict=True)),
            may_delete=tuple(each & ~sure for each in old),
            failed=tuple(_failed(place, pod) for pod in place.pods),
        )


def decide(strategy: Strategy, places: Sequence[Place]) -> Decision:
    """The sync that reads these places."""
    sync = Sync(strategy, _Listed(places))
    asked = [sync.at(place) for place in places]
    more_creates = tuple(each.may_create for each in asked)
    more_deletes = tuple(each.may_delete for each in asked)
    return Decision(
        tuple(each.creates for each in asked),
        tuple(each.deletes for each in asked),
        tuple(each.failed for each in asked),
        more_creates,
        _at_most(sync.create_room, more_creates),
        more_deletes,
        _at_most(sync.delete_room, [each for row in more_deletes for each in row]),
        sync.error,
    )


@dataclass(frozen=True)
class _Listed:
    """Places one by one."""

    places: Sequence[Place]

    def count(self, _: str, test: Callable[[Place], Expr]) -> Expr:
        return _count(map(test, self.places))

    def some(self, _: str, test: Callable[[Place], Expr]) -> Expr:
        return disj(*map(test, self.places))


# -- what the nodes want ---------------------------------------------------------------------------
def _lacks(strategy: Strategy, place: Place) -> Expr:
    """Whether a node is to have a pod and has none: where pods may surge, one that terminates or
    has ended counts as none."""
    running = disj(*(_running(pod) for pod in place.pods))
    return place.runs & ~(running if strategy.surges else place.populated)


def _running(pod: Pod) -> Expr:
    return pod.lives & ~pod.failed & ~pod.succeeded


def _failed(place: Place, pod: Pod) -> Expr:
    """Whether a pod that failed may be deleted."""
    return place.exists & place.should_continue & ~place.backs_off & pod.lives & pod.failed


def _excess(strategy: Strategy, place: Place) -> list[Expr]:
    """For each pod of a place, whether it is one too many."""
    pods = place.pods
    stays = place.exists & place.should_continue
    leaves = place.exists & ~place.should_continue
    found = []
    for index, pod in enumerate(pods):
        older = [(other, _before(pods, at, index)) for at, other in enumerate(pods) if at != index]
        if strategy.surges:
            # One of each revision stays.
            beaten = disj(
                *(_running(o) & (o.updated == pod.updated) & before for o, before in older),
                ~pod.updated & _replaced(pods, pod),
            )
        else:
            beaten = disj(*(_running(other) & before for other, before in older))
        excess = pod.succeeded | (~pod.failed & beaten)
        unbound = ~place.exists & pod.counts & ~pod.bound
        found.append((pod.lives & ((stays & excess) | leaves)) | unbound)
    return found


def _replaced(pods: Sequence[Pod], old: Pod) -> Expr:
    """Whether an old pod goes because there is an updated one beside it: the oldest such one is
    available, or the old pod itself is not ready."""
    found = []
    for index, pod in enumerate(pods):
        older = (
            _running(other) & other.updated & _before(pods, at, index)
            for at, other in enumerate(pods)
            if at != index
        )
        oldest = _running(pod) & pod.updated & ~disj(*older)
        found.append(oldest & (pod.available | ~old.ready))
    return disj(*found)


def _before(pods: Sequence[Pod], one: int, other: int) -> Expr:
    """Whether a pod stands before another in the order of podByCreationTimestampAndPhase."""
    a, b = pods[one], pods[other]
    older = (a.born < b.born) | ((a.born == b.born) & boolean(one < other))
    return (a.bound & ~b.bound) | ((a.bound == b.bound) & older)


# -- what the update wants -------------------------------------------------------------------------
class _Side(NamedTuple):
    """A place as the update sees it: whether it takes part, has too many pods, has an old and an
    updated one, and whether these are available."""

    here: Expr
    excess: Expr
    old: Expr
    new: Expr
    old_available: Expr
    new_available: Expr

    @property
    def lone(self) -> Expr:
        """An old pod alone on its node."""
        return self.here & ~self.excess & self.old & ~self.new

    @property
    def stands(self) -> Expr:
        """The pod that counts is available."""
        return ~self.excess & ite(self.old, self.old_available, self.new_available)

    @property
    def missing(self) -> Expr:
        """No pod counts as available."""
        return self.here & ((self.old == self.new) | ~self.stands)

    @property
    def waits(self) -> Expr:
        """An updated pod beside an old one is not available yet."""
        return self.here & (self.excess | (self.old & self.new & ~self.new_available))


def _side(place: Place) -> _Side:
    old = [pod.lives & ~pod.updated for pod in place.pods]
    new = [pod.lives & pod.updated for pod in place.pods]
    return _Side(
        place.populated | place.runs,
        (_count(old) > 1) | (_count(new) > 1),
        disj(*old),
        disj(*new),
        disj(*(is_old & pod.available for is_old, pod in zip(old, place.pods, strict=True))),
        disj(*(is_new & pod.available for is_new, pod in zip(new, place.pods, strict=True))),
    )


def status(places: Sequence[Place]) -> Status:
    """The status, from a reading after the requests."""
    desired = _count(place.runs for place in places)
    current = _count(place.runs & place.populated for place in places)
    misscheduled = _count(place.exists & ~place.should_run & place.populated for place in places)
    firsts = [(place.runs & first, pod) for place in places for pod, first in _first(place.pods)]
    ready = _count(first & pod.ready for first, pod in firsts)
    available = _count(first & pod.available for first, pod in firsts)
    updated = _count(first & pod.updated for first, pod in firsts)
    return Status(desired, current, misscheduled, ready, available, updated, desired - available)


def _first(pods: Sequence[Pod]) -> Iterator[tuple[Pod, Expr]]:
    """Each pod, and whether it comes before all others of its node."""
    for index, pod in enumerate(pods):
        others = (
            pods[at].counts & _before(pods, at, index) for at in range(len(pods)) if at != index
        )
        yield pod, conj(pod.counts, ~disj(*others))


def _at_most(count: Expr, among: Iterable[Expr]) -> Expr:
    return greatest(0, least(count, _count(among)))


def _count(flags: Iterable[Expr]) -> Expr:
    return add(0, *(ite(flag, 1, 0) for flag in flags))
