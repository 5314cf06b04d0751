"""Membership changes in a Check: what they become, and every mistake where it is."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from model.api.controlplane import Lease, MemberChange
from model.load.schema import schema
from model.scenario import Faults, Scenario
from tests.model.load.helpers import (
    check_document,
    deployment,
    findings,
    load_text,
    marked,
    plan_of,
)


def scenario_of(spec: str) -> Scenario:
    (scenario,) = plan_of(deployment() + "---\n" + check_document(spec)).scenarios
    return scenario


@pytest.mark.parametrize(
    ("written", "change"),
    [
        ("remove: etcd-3", MemberChange("remove etcd-3", removes=("etcd-3",))),
        ("add: spare", MemberChange("add spare", adds=("spare",))),
        (
            "learner: [etcd-4, etcd-5]",
            MemberChange("learner etcd-4, etcd-5", learners=("etcd-4", "etcd-5")),
        ),
        (
            "{add: [etcd-4, etcd-5], remove: etcd-1, joint: true}",
            MemberChange(
                "add etcd-4, etcd-5 and remove etcd-1",
                adds=("etcd-4", "etcd-5"),
                removes=("etcd-1",),
                joint=True,
            ),
        ),
    ],
)
def test_changes_arrive(written: str, change: MemberChange) -> None:
    """One name or several, each kind of change under its name."""
    written = written if written.startswith("{") else f"{{{written}}}"
    spec = f"controlPlane: {{changes: [{written}]}}"
    assert scenario_of(spec).control_plane.changes == (change,)
    jsonschema.validate(yaml.safe_load(check_document(spec)), schema())


def test_one_change_needs_no_list() -> None:
    """A list of one may be left out, as elsewhere."""
    (change,) = scenario_of("controlPlane: {changes: {remove: etcd-2}}").control_plane.changes
    assert change.removes == ("etcd-2",)


def test_learners_may_be_promoted_and_removed() -> None:
    """A promotion belongs to a learner of the same plan; who joins may leave with other fields."""
    plane = scenario_of(
        "controlPlane: {changes: [{learner: etcd-4}, {promote: etcd-4}]}"
    ).control_plane
    assert [change.name for change in plane.changes] == ["learner etcd-4", "promote etcd-4"]
    assert plane.changes[1].promotes == ("etcd-4",)
    assert plane.changes[1].adds == ()


def test_what_crashes_may_take() -> None:
    """Budgets for lost writes and lost disks arrive; without them there are none."""
    assert scenario_of("faults: {lostWrites: 2, lostDisks: 1}").faults == Faults(
        lost_writes=2, lost_disks=1
    )
    assert scenario_of("").faults.lost_writes == 0


MISTAKES = {
    "nothing": "changes:\n  - {}  # <- P203",
    "two voters": "changes:\n  - remove: [etcd-2, etcd-3]  # <- P203\n    joint: false",
    "unknown member": "changes:\n  - remove: etcd-4  # <- P203",
    "a voter joins": "changes:\n  - add: etcd-1  # <- P203",
    "a voter learns": "changes:\n  - learner: etcd-1  # <- P203",
    "no learner": "changes:\n  - promote: etcd-4  # <- P203",
    "added and learner": "changes:\n  - learner: etcd-4\n  - add: etcd-4  # <- P203",
    "comes and goes": "changes:\n  - add: etcd-4  # <- P203\n  - remove: etcd-4",
    "named twice": "changes:\n  - {add: etcd-4, learner: etcd-4, joint: true}  # <- P203 P203",
    "twice": "changes:  # <- P203\n  - remove: etcd-2\n  - remove: etcd-2",
    "nobody is left": (
        "changes:  # <- P203\n  - remove: etcd-1\n  - remove: etcd-2\n  - remove: etcd-3"
    ),
    "with a quorum": "quorum: 2\nchanges:  # <- P203\n  - remove: etcd-3",
    "no name": "changes:\n  - remove: 3  # <- P103",
    "unknown field": "changes:\n  - {removes: etcd-3}  # <- P203 P102",
}


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_mistakes(name: str) -> None:
    """Each mistake is reported at its line."""
    lines = MISTAKES[name].replace("\n", "\n  ")
    text = deployment() + "---\n" + check_document(f"controlPlane:\n  {lines}")
    expected = marked(text)
    found = findings(load_text(text))
    assert found == expected, [d.render() for d in load_text(text).diagnostics]


def test_leader_election_and_reads_arrive() -> None:
    """Durations and faults of leader election, and how etcd serves reads, under their names."""
    scenario = scenario_of(
        """
controlPlane:
  reads: lease
  lease: {leaseDuration: 60, renewDeadline: 30, retryPeriod: 5}
faults: {clockSkew: 40, leaderPauses: 1, responseDelay: 3}
"""
    )
    assert scenario.control_plane.reads == "lease"
    assert scenario.control_plane.lease == Lease(60, 30, 5)
    assert scenario.faults == Faults(clock_skew=40, leader_pauses=1, response_delay=3)


@pytest.mark.parametrize("name", ["writes-resume", "writes-survive-zone-loss"])
def test_members_that_change_are_not_those_that_are_checked(name: str) -> None:
    """What is checked of members that stay the same is refused where they change."""
    spec = f"""
controlPlane:
  zones: {{a: 1, b: 1, c: 1}}
  changes: [{{remove: etcd-3}}]  # <- P203
faults: {{memberCrashes: 1, zoneLosses: 1}}
properties: [{name}]
"""
    text = check_document(spec) + "---\n" + deployment()
    # The names of properties are not known here, which is a mistake of its own.
    assert set(marked(text)) <= set(findings(load_text(text)))
