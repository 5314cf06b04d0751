"""The etcd members and the leases of leader election.

What client-go accepts of a lease's durations follows `model.load.check`.

Omits: members that are moved between the zones that there are; changes of members in another
order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from model.edits.contract import Edit, Knob
from model.scenario import Scenario

_PLANE = "spec.controlPlane"
#: Up to which multiple of the lease's duration another one is looked for.
_LONGER = 4
#: Zones with a name when another one is added.
_LETTERS = "abcdefghi"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    plane = scenario.control_plane
    if plane.quorum not in (None, plane.members // 2 + 1):
        majority = plane.members // 2 + 1
        edit = Edit(f"leave out {_PLANE}.quorum: a majority is {majority}", _changed(quorum=None))
        yield Knob(f"{_PLANE}.quorum", "the quorum", str(plane.quorum), (edit,), edit)
    if plane.reads != "readIndex":
        edit = Edit(f"set {_PLANE}.reads to readIndex", _changed(reads="readIndex"))
        yield Knob(f"{_PLANE}.reads", "how reads are served", plane.reads, (edit,))
    for change in plane.changes:
        edit = Edit(f"leave out the change `{change.name}`", partial(_unchanged, name=change.name))
        yield Knob(f"{_PLANE}.changes", f"the change `{change.name}`", change.name, without=edit)
    if plane.compaction:
        edit = Edit(f"leave out {_PLANE}.compaction", _changed(compaction=False))
        yield Knob(f"{_PLANE}.compaction", "compaction", "true", without=edit)
    if plane.zones and len(plane.zones) < plane.members:
        yield _zones(scenario)
    elif not plane.zones and plane.quorum is None and not plane.changes:
        yield _members(scenario)
    yield from _lease(scenario)


def _changed(**values: Any) -> partial[Scenario]:
    return partial(_replaced, values=values)


def _replaced(scenario: Scenario, values: dict[str, Any]) -> Scenario:
    return replace(scenario, control_plane=replace(scenario.control_plane, **values))


def _unchanged(scenario: Scenario, name: str) -> Scenario:
    left = tuple(c for c in scenario.control_plane.changes if c.name != name)
    return _replaced(scenario, {"changes": left})


def _members(scenario: Scenario) -> Knob:
    members = scenario.control_plane.members
    more = members + 2 if members % 2 else members + 1
    edit = Edit(f"set {_PLANE}.members to {more}", _changed(members=more))
    return Knob(f"{_PLANE}.members", "the number of etcd members", str(members), (edit,))


def _zones(scenario: Scenario) -> Knob:
    """Another zone, over which and the others the members are spread evenly."""
    zones, members = dict(scenario.control_plane.zones), scenario.control_plane.members
    name = next(letter for letter in _LETTERS if letter not in zones)
    names = sorted((*zones, name))
    even = {each: (members + i) // len(names) for i, each in enumerate(reversed(names))}
    even = {each: even[each] for each in names if even[each]}
    said = ", ".join(f"{each}: {count}" for each, count in even.items())
    edit = Edit(f"set {_PLANE}.zones to {{{said}}}", _changed(zones=even))
    now = ", ".join(f"{each}: {count}" for each, count in sorted(zones.items()))
    return Knob(f"{_PLANE}.zones", "the zones of etcd members", now, (edit,))


def _lease(scenario: Scenario) -> Iterator[Knob]:
    """Durations as client-go accepts them, one changed at a time."""
    lease = scenario.control_plane.lease
    path = f"{_PLANE}.lease"
    values = {
        "leaseDuration": ("duration", range(lease.duration + 1, _LONGER * lease.duration + 1)),
        "renewDeadline": (
            "renew_deadline",
            range(lease.renew_deadline - 1, 6 * lease.retry_period // 5, -1),
        ),
        "retryPeriod": ("retry_period", range(lease.retry_period - 1, -1, -1)),
    }
    for name, (attribute, numbers) in values.items():
        edits = tuple(
            Edit(
                f"set {path}.{name} to {n}",
                _changed(lease=replace(lease, **{attribute: n})),
            )
            for n in numbers
            if n > 0
        )
        if edits:
            yield Knob(f"{path}.{name}", name, str(getattr(lease, attribute)), edits)
