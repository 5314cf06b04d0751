"""`spec.controlPlane.changes`: the membership changes that an operator asks for; leases of leaders.

Raft takes one voter more or less at a time, or goes through a joint configuration
(etcd-io/raft at cdfbeed `confchange/confchange.go`, Simple and EnterJoint).
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

from model.api.controlplane import ControlPlane, Lease, MemberChange
from model.api.source import Source
from model.load.diagnostics import Report
from model.load.tree import Sequence, Value

_PATH = "spec.controlPlane.changes"
_WHAT = ("add", "learner", "promote", "remove")


def read_changes(
    plane: ControlPlane,
    given: list[dict[str, Any]],
    written: Value | None,
    places: Dictionary[str, Source],
    report: Report,
) -> tuple[MemberChange, ...]:
    """The changes with the fields of `given`, which are as `written`; mistakes go to `report`."""
    if written is None or not given:
        return ()
    items = written.items if isinstance(written, Sequence) else [written]
    found = {f"{_PATH}[{i}]": item.source for i, item in enumerate(items)}
    return _Reader(plane, {_PATH: written.source, **found, **places}, report).changes(given)


class _Reader:
    def __init__(
        self, plane: ControlPlane, places: Dictionary[str, Source], report: Report
    ) -> None:
        self.plane, self.places, self.report = plane, places, report
        self.first = [f"etcd-{i + 1}" for i in range(plane.members)]

    def wrong(self, path: str, message: str, hint: str = "") -> None:
        self.report.error("P203", f"`{path}`: {message}", self.places[path], hint)

    def changes(self, given: list[dict[str, Any]]) -> tuple[MemberChange, ...]:
        found = tuple(self._change(f"{_PATH}[{i}]", change) for i, change in enumerate(given))
        if self.plane.quorum is not None:
            hint = "leave out spec.controlPlane.quorum"
            self.wrong(_PATH, "changing members decide by majority", hint)
        for name in sorted({change.name for change in found}):
            if sum(change.name == name for change in found) > 1:
                self.wrong(_PATH, f"`{name}` is there twice", "each change happens once at most")
        for i, change in enumerate(given):
            self._known(f"{_PATH}[{i}]", change, given)
        everybody = {
            *self.first,
            *(m for change in found for m in (*change.adds, *change.promotes)),
        }
        if everybody <= {m for change in found for m in change.removes}:
            self.wrong(_PATH, "no voter would be left", "leave one in")
        return found

    def _change(self, path: str, given: dict[str, Any]) -> MemberChange:
        add, learner, promote, remove = (tuple(given[what]) for what in _WHAT)
        if not any(f"{path}.{what}" in self.places for what in _WHAT):
            self.wrong(path, "nothing changes", f"write one of {', '.join(_WHAT)}")
        named = [*add, *learner, *promote, *remove]
        for name in sorted(set(named)):
            if named.count(name) > 1:
                self.wrong(path, f"{name} is named twice")
        if len({*add, *promote, *remove}) > 1 and not given["joint"]:
            hint = "write `joint: true`, or one change after the other"
            self.wrong(path, "only one voter may come or go at a time", hint)
        said = " and ".join(f"{what} {', '.join(given[what])}" for what in _WHAT if given[what])
        return MemberChange(said, add, learner, promote, remove, given["joint"])

    def _known(self, path: str, change: dict[str, Any], all: list[dict[str, Any]]) -> None:
        taught = {name for other in all for name in other["learner"]}
        added = {name for other in all for name in other["add"]}
        gone = {name for other in all for name in other["remove"]}
        for what in ("add", "learner"):
            for name in change[what]:
                if name in self.first:
                    self.wrong(f"{path}.{what}", f"{name} is a voter from the beginning")
                elif name in gone:
                    self.wrong(f"{path}.{what}", f"{name} is removed by another change")
                elif what == "add" and name in taught:
                    hint = f"`promote: {name}` makes a voter of a learner"
                    self.wrong(f"{path}.add", f"{name} is a learner by another change", hint)
        for name in change["promote"]:
            if name not in taught:
                hint = f"add {{learner: {name}}} to the changes, or write `add: {name}`"
                self.wrong(f"{path}.promote", f"{name} is no learner", hint)
        for name in change["remove"]:
            if name not in self.first:
                hint = f"known: {', '.join(self.first)}"
                if name not in taught | added:
                    self.wrong(f"{path}.remove", f"there is no member {name}", hint)


def read_lease(values: dict[str, int], places: Dictionary[str, Source], report: Report) -> Lease:
    """Durations that client-go accepts, but that it wants a retryPeriod of more than 0."""
    found = Lease(values["leaseDuration"], values["renewDeadline"], values["retryPeriod"])
    path = "spec.controlPlane.lease"
    wrong = ""
    if found.duration <= found.renew_deadline:
        wrong = "leaseDuration must be larger than renewDeadline"
    elif 5 * found.renew_deadline <= 6 * found.retry_period:
        wrong = "renewDeadline must be larger than 1.2 times retryPeriod"
    if wrong and path in places:
        hint = f"here {found.duration}, {found.renew_deadline} and {found.retry_period} seconds"
        report.error("P203", f"`{path}`: {wrong}", places[path], hint)
    return found
