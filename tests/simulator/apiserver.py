"""The API server: one store, optimistic concurrency, graceful deletion, eviction; and watches.

A request either changes the store or raises `Refused`: the object is not there, or it was written
since its writer read it (the versions differ), or no quorum takes writes.

Source: kubernetes v1.36.3 `staging/src/k8s.io/apiserver/pkg/storage/etcd3/store.go`
(GuaranteedUpdate), `pkg/registry/core/pod/strategy.go` (CheckGracefulDelete),
`pkg/registry/core/pod/storage/eviction.go`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tests.simulator.objects import Budget, Object, Pod
from tests.simulator.selectors import selects

Kind = TypeVar("Kind", bound=Object)
Key = tuple[type, str]


class Refused(Exception):
    """The API server did not do what was asked."""


@dataclass
class Watch:
    """What a controller's cache has of some kinds, which lag together: the store as it is or, while
    the watch is stalled, as it was."""

    watcher: str
    kinds: tuple[type[Object], ...]
    view: dict[Key, Object] | None = None
    #: What the stalled cache has yet to hear, oldest first: the key and the object (None: gone).
    late: list[tuple[Key, Object | None]] = field(default_factory=list)

    def copy(self) -> Watch:
        view = None if self.view is None else dict(self.view)
        return Watch(self.watcher, self.kinds, view, list(self.late))

    def hear(self, number: int) -> None:
        """Take in so many events, the oldest ones."""
        assert self.view is not None
        for key, found in self.late[:number]:
            if found is None:
                self.view.pop(key, None)
            else:
                self.view[key] = found
        del self.late[:number]


@dataclass
class Store:
    objects: dict[Key, Object] = field(default_factory=dict)
    revision: int = 0
    #: Whether a quorum of etcd takes writes.
    serving: bool = True
    #: Watches that a fault may stall, by the name that the fault has for them.
    watches: dict[str, Watch] = field(default_factory=dict)

    def copy(self) -> Store:
        watches = {name: watch.copy() for name, watch in self.watches.items()}
        return Store(dict(self.objects), self.revision, self.serving, watches)

    # -- reading ------------------------------------------------------------------------------
    def get(self, kind: type[Kind], name: str) -> Kind:
        """Raises Refused if there is none."""
        found = self.objects.get((kind, name))
        if not isinstance(found, kind):
            raise Refused(f"no {kind.__name__} {name}")
        return found

    def late(self, watcher: str, kind: type) -> list[tuple[str, Object | None]]:
        """What a watcher has yet to hear of a kind: names and objects (None: gone)."""
        watch = self._watch(watcher, kind)
        return [(key[1], found) for key, found in watch.late if key[0] is kind] if watch else []

    def _watch(self, watcher: str, kind: type) -> Watch | None:
        mine = (w for w in self.watches.values() if w.watcher == watcher and kind in w.kinds)
        return next(mine, None)

    def all(self, kind: type[Kind], watcher: str = "") -> list[Kind]:
        """The objects of a kind, oldest names first; as a watcher's cache has them."""
        watch = self._watch(watcher, kind)
        view = self.objects if watch is None or watch.view is None else watch.view
        return [found for found in view.values() if isinstance(found, kind)]

    def has_heard(self, watcher: str, kind: type, version: int) -> bool:
        """Whether a watcher's cache of a kind is at least as new as a write."""
        late = self.late(watcher, kind)
        return not any(found is not None and found.version <= version for _, found in late)

    # -- writing ------------------------------------------------------------------------------
    def create(self, new: Kind) -> Kind:
        if (type(new), new.name) in self.objects:
            raise Refused(f"{new.name} exists")
        return self._write(new)

    def update(self, changed: Kind) -> Kind:
        """Store a changed copy of what was read."""
        if self.get(type(changed), changed.name).version != changed.version:
            raise Refused(f"{changed.name} was written meanwhile")
        return self._write(changed)

    def delete_pod(self, name: str) -> None:
        """Mark a pod for its kubelet to end; one without node, failed or without grace is gone."""
        pod = self.get(Pod, name)
        grace = pod.manifest["spec"].get("terminationGracePeriodSeconds", 30)
        if not pod.node or pod.phase == "Failed" or grace == 0:
            self.remove(pod)
        elif not pod.terminating:
            self._write(replace(pod, terminating=True))

    def remove(self, old: Object) -> None:
        self._require_quorum()
        self.revision += 1
        del self.objects[type(old), old.name]
        self._tell((type(old), old.name), None)

    def _write(self, new: Kind) -> Kind:
        self._require_quorum()
        self.revision += 1
        stored = replace(new, version=self.revision)
        self.objects[type(new), new.name] = stored
        self._tell((type(new), new.name), stored)
        return stored

    def _require_quorum(self) -> None:
        if not self.serving:
            raise Refused("etcd has no leader")

    def _tell(self, key: Key, found: Object | None) -> None:
        for watch in self.watches.values():
            if watch.view is not None and key[0] in watch.kinds:
                watch.late.append((key, found))

    # -- eviction -----------------------------------------------------------------------------
    def evict(self, name: str) -> None:
        """Delete a pod unless its budget forbids. Raises Refused; `Forbidden` where asking again
        is no use."""
        pod = self.get(Pod, name)
        if pod.phase in ("Failed", "Pending") or pod.terminating:
            self.delete_pod(name)
            return
        budgets = [b for b in self.all(Budget) if guards(b, pod)]
        if len(budgets) > 1:
            raise Forbidden(f"{name} has more than one budget")
        for budget in budgets:
            self._ask(budget, pod)
        self.delete_pod(name)

    def _ask(self, budget: Budget, pod: Pod) -> None:
        enough = budget.healthy >= budget.desired > 0
        if not pod.ready and (budget.always_allow or enough):
            return
        if not budget.observed or budget.allowed <= 0:
            raise Refused(f"{budget.name} allows no disruption")
        disrupted = budget.disrupted | {pod.name}
        self.update(replace(budget, allowed=budget.allowed - 1, disrupted=disrupted))


class Forbidden(Refused):
    """Refused for good."""


def guards(budget: Budget, pod: Pod) -> bool:
    """Whether a budget is about a pod; one without selector is about none."""
    labels = pod.manifest["metadata"].get("labels") or {}
    return selects(budget.selector, labels)


def first(found: Iterable[Kind], name: str) -> Kind | None:
    """The object of a name among some, if it is there."""
    return next((each for each in found if each.name == name), None)
