"""Volumes of a StatefulSet's pods that one zone has: where its pods can be bound then."""

from __future__ import annotations

import io

import pytest

from model.api.change import Change, stepwise
from model.api.node import ZONE
from model.api.statefulset import StatefulSet
from model.api.steps import Scale
from model.load import LoadOptions, load
from model.properties import PROPERTIES
from model.scenario import Scenario
from tests.model.worlds import Pod, World, node, scenario, workload
from tests.shipped import ROOT


def world(
    change: Change | str = "steady", replicas: int = 1, *, drops: bool = False, zones: str = "ab"
) -> World:
    """A node in each of some zones; "-" is a node that does not say in which it is."""
    nodes = [
        node(f"node-{i + 1}", labels={} if zone == "-" else {ZONE: zone})
        for i, zone in enumerate(zones)
    ]
    stateful = StatefulSet(claims=("data",), zonal=True, drops_claims=drops)
    return World(scenario(change, nodes, workload(replicas, kind="StatefulSet", stateful=stateful)))


def test_a_pod_comes_back_to_its_zone() -> None:
    found = world()
    away: list[Pod] = [("Pending", "", 1)]
    assert found.choices(found.state(away, pinned="a"), "bind", 1) == {"node-1"}
    assert found.choices(found.state(away, pinned="b"), "bind", 1) == {"node-2"}
    # Where it is at the start there its volumes are.
    places = {(found.read(s, "node")[0], found.read(s, "pinned")[0]) for s in found.system.initial}
    assert places == {("node-1", "a"), ("node-2", "b")}


def test_the_first_binding_decides() -> None:
    found = world("apply")
    made = found.after(found.state(), "create pod")
    assert found.read(made, "pinned") == ["nowhere"]
    assert found.choices(made, "bind", 1) == {"node-1", "node-2"}
    bound = found.take(made, "bind", "web-0", "node-2")
    assert bound is not None
    assert found.read(bound, "pinned") == ["b"]


@pytest.mark.parametrize("drops", [False, True])
def test_what_scaling_down_leaves(drops: bool) -> None:
    """Claims stay, unless whenScaled is Delete."""
    found = world(stepwise((Scale(1), Scale(2))), 2, drops=drops)
    state = found.state([("Ready", "node-1", 1), ("Ready", "node-2", 1)], pinned=["a", "b"])
    gone = found.after(state, "scale", "delete surplus pod", "pod stopped")
    assert found.read(gone, "pinned") == ["a", "nowhere" if drops else "b"]
    again = found.after(gone, "scale 2", "create pod")
    assert found.choices(again, "bind", 1) == ({"node-1", "node-2"} if drops else {"node-2"})


@pytest.mark.parametrize(("zones", "known"), [("ab", True), ("aa", False), ("a-", False)])
def test_where_zones_matter(zones: str, known: bool) -> None:
    found = world(zones=zones)
    assert ("pinned" in {each.name for each in found.system.functions}) == known


def loaded(*changes: tuple[str, str]) -> Scenario:
    """The shipped spec, with some of its text changed."""
    text = (ROOT / "specs/statefulset-zones.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    read = load(
        ["-"], property_names=tuple(PROPERTIES), options=LoadOptions(), stdin=io.StringIO(text)
    )
    assert read.plan is not None
    (found,) = read.plan.scenarios
    return found


def zonal(found: Scenario) -> bool:
    assert found.workload.stateful is not None
    return found.workload.stateful.zonal


_LAZY = "volumeBindingMode: WaitForFirstConsumer"
_SOON = "volumeBindingMode: Immediate"
_CLASS = "      storageClassName: disks\n"


def _named(name: str) -> tuple[str, str]:
    """Claims that have their class from the annotation of old."""
    old = "  - metadata:\n      name: data\n"
    return old, f"{old}      annotations: {{volume.beta.kubernetes.io/storage-class: {name}}}\n"


_DEFAULT = 'annotations: {storageclass.kubernetes.io/is-default-class: "true"}'


@pytest.mark.parametrize(
    ("changes", "pinned", "omitted"),
    [
        ((), True, False),
        # The default class is that of claims which name none.
        (((_CLASS, ""), ("  name: disks", f"  name: disks\n  {_DEFAULT}")), True, False),
        (((_CLASS, ""),), False, False),
        (
            ((_CLASS, ""), ("  name: disks", f"  name: disks\n  {_DEFAULT}"), (_LAZY, _SOON)),
            False,
            True,
        ),
        # One that is named as it was before there was a field; that comes first.
        (((_CLASS, ""), _named("disks")), True, False),
        ((_named("another"),), False, False),
        # An empty name is none.
        (
            (
                (_CLASS, '      storageClassName: ""\n'),
                ("  name: disks", f"  name: disks\n  {_DEFAULT}"),
            ),
            False,
            False,
        ),
        # Volumes that are there before their pods are in zones that nobody knows.
        (((_LAZY, _SOON),), False, True),
        ((("ebs.csi.aws.com", "nfs.csi.k8s.io"),), False, False),
        ((("ebs.csi.aws.com", "pd.csi.storage.gke.io"),), True, False),
        (
            (
                ("ebs.csi.aws.com", "pd.csi.storage.gke.io"),
                (_LAZY, f"{_LAZY}\nparameters: {{replication-type: regional-pd}}"),
            ),
            False,
            False,
        ),
        # A node that does not say where it is.
        (((", labels: {topology.kubernetes.io/zone: b}", ""),), True, True),
    ],
)
def test_which_classes(changes: tuple[tuple[str, str], ...], pinned: bool, omitted: bool) -> None:
    found = loaded(*changes)
    assert zonal(found) == pinned
    assert ("volume-node-affinity" in {use.name for use in found.omitted}) == omitted


def test_retention() -> None:
    policy = "persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}"
    found = loaded(("  serviceName: db\n", f"  serviceName: db\n  {policy}\n"))
    assert found.workload.stateful is not None
    assert found.workload.stateful.drops_claims
