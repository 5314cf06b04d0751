"""Edits of single fields: each changes something, builds, and is a scenario that is accepted."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from model.cluster import workload
from model.edits import CONTROL_PLANE, FAULTS, WORKLOAD, Knob, knobs
from model.edits.contract import Shift, nearest
from model.edits.sizes import smaller
from model.properties import PROPERTIES
from model.scenario import Faults, Scenario
from model.sizes.shape import same_room
from tests.shipped import BROKEN, PASSING, scenario

SPECS = PASSING + BROKEN


def every_knob(given: Scenario) -> list[Knob]:
    """Those of the workload and of the control plane."""
    found = [*knobs(given, given.workload.subject), *knobs(given, "ControlPlane/etcd")]
    return list({knob.what: knob for knob in found}.values())


@pytest.mark.parametrize("spec", SPECS)
def test_every_edit_changes_the_scenario(spec: str) -> None:
    """An edit that changes nothing would be asked about in vain; equal words would confuse."""
    given = scenario(spec)
    for knob in every_knob(given):
        edits = [*knob.edits, *([knob.without] if knob.without else [])]
        assert edits, knob.what
        for edit in edits:
            assert edit.change(given) != given, edit.text
        texts = [edit.text for edit in knob.edits]
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize("spec", ["anti-affinity", "untolerated-taint", "budget-blocks-drain"])
def test_edited_scenarios_can_be_built(spec: str) -> None:
    """Each first edit, and each omission, gives a system."""
    given = scenario(f"specs/broken/{spec}.yaml")
    for knob in knobs(given, given.workload.subject):
        for edit in (*knob.edits[:1], *([knob.without] if knob.without else [])):
            assert workload(edit.change(given)).system.actions, edit.text


@pytest.mark.parametrize("spec", SPECS)
def test_surge_and_unavailable_are_never_both_nothing(spec: str) -> None:
    """The API server refuses such a Deployment."""
    given = scenario(spec)
    for knob in knobs(given, given.workload.subject):
        if knob.field.startswith("spec.strategy.rollingUpdate"):
            for edit in knob.edits:
                changed = edit.change(given).workload
                if changed.max_surge.value == changed.max_unavailable.value == 0:
                    pytest.fail(edit.text)


def test_nearest_first() -> None:
    """The smallest change comes first, upwards before downwards."""
    assert nearest(2, 0, 5) == [3, 1, 4, 0, 5]
    assert nearest(0, 0, 2) == [1, 2]


@pytest.mark.parametrize("spec", SPECS)
def test_smaller_sizes_keep_the_shape(spec: str) -> None:
    """Fewer replicas or nodes, as much room, and the node of a drain is still there."""
    given = scenario(spec)
    for small in smaller(given):
        assert small != given
        assert small.workload.replicas <= given.workload.replicas
        assert len(small.nodes) <= len(given.nodes)
        assert same_room(small, given)
        names = [node.name for node in small.nodes]
        assert set(small.change.nodes) <= set(names)
        assert bool(small.change.nodes) == bool(given.change.nodes)


def test_a_new_node_is_tainted_where_all_are() -> None:
    """A spec that names no node means every node, one that names some means those."""
    given = scenario("specs/broken/taint-bypasses-pdb.yaml")
    everyone = {path: at for path, at in given.fields.items() if not path.endswith("taint.node")}
    for places, tainted in (
        (everyone, 3),
        ({**everyone, "spec.scenario.taint.node": given.source}, 2),
    ):
        some = replace(given, fields=places)
        (grow,) = (
            k for k in knobs(some, given.workload.subject) if k.what == "the number of nodes"
        )
        grown = grow.edits[0].change(some)
        assert len(grown.nodes) == 3
        assert len(grown.change.nodes) == tainted


def test_hostnames_are_no_labels_to_give() -> None:
    """All nodes with one hostname would be no repair."""
    given = scenario("specs/broken/node-selector.yaml")
    selector = {"kubernetes.io/hostname": "node-9", "disktype": "ssd"}
    template = replace(given.workload.template, node_selector=selector)
    some = replace(given, workload=replace(given.workload, template=template))
    texts = [e.text for k in knobs(some, given.workload.subject) for e in k.edits]
    assert "label the nodes disktype=ssd" in texts
    assert not [text for text in texts if text.startswith("label the nodes kubernetes.io")]


def test_sizes_come_in_order() -> None:
    """The fewest objects first."""
    found = smaller(scenario("specs/broken/no-room.yaml"))
    sizes = [small.workload.replicas + len(small.nodes) for small in found]
    assert sizes
    assert sizes == sorted(sizes)


def test_every_fault_can_be_limited() -> None:
    """Every budget of a scenario's faults is in the table, and can be set to nothing."""
    counts = [each.name for each in fields(Faults) if type(each.default) is int]
    numbers = {name: number for number, name in enumerate(counts, 1)}
    slow = {"replicaset-controller": len(counts) + 1}
    budget = Faults(**numbers, slow_watches=slow)  # type: ignore[arg-type]
    given = scenario("specs/deployment.yaml")
    full = Scenario(given.name, given.workload, given.nodes, given.change, faults=budget)
    allowed = [fault for fault in FAULTS if fault.allowed(full)]
    assert sorted(fault.allowed(full) for fault in allowed) == list(range(1, len(counts) + 2))
    for fault in allowed:
        assert fault.allowed(fault.limit(full, 0)) == 0
        assert str(fault.allowed(full)) in fault.says(fault.allowed(full))
        full = fault.limit(full, 0)
    assert full.faults == Faults()


def test_no_row_is_in_vain() -> None:
    """Every row of the tables finds something to change in some shipped spec."""
    given = [scenario(spec) for spec in SPECS]
    for row in (*WORKLOAD, *CONTROL_PLANE):
        assert any(list(row(each)) for each in given), row.__module__


@pytest.mark.parametrize("spec", SPECS)
def test_leases_are_such_as_client_go_takes(spec: str) -> None:
    """What `model.load.check` refuses in a spec is suggested to nobody."""
    given = scenario(spec)
    for knob in knobs(given, "ControlPlane/leader-election"):
        if not knob.field.startswith("spec.controlPlane.lease"):
            continue
        for edit in knob.edits:
            lease = edit.change(given).control_plane.lease
            assert lease.duration > lease.renew_deadline > 0
            assert lease.retry_period > 0 or given.control_plane.lease.retry_period == 0
            assert 5 * lease.renew_deadline > 6 * lease.retry_period, edit.text


def test_new_nodes_are_not_cordoned() -> None:
    """A cordon of the last node is not of those that come after it."""
    given = scenario("specs/broken/no-room.yaml")
    last = replace(given.nodes[-1], unschedulable=True)
    some = replace(given, nodes=(*given.nodes[:-1], last))
    (grow,) = (k for k in knobs(some, given.workload.subject) if k.what == "the number of nodes")
    assert not grow.edits[0].change(some).nodes[-1].unschedulable


def test_sizes_leave_a_node_that_cannot_crash() -> None:
    """With every node lost it would be another violation."""
    assert all(len(s.nodes) > 1 for s in smaller(scenario("specs/broken/no-spare-node.yaml")))


@pytest.mark.parametrize(
    ("name", "field", "shift", "less"),
    [
        ("replicas-converge", "spec.replicas", -1, True),
        ("replicas-converge", "spec.replicas", 1, False),
        ("surge-bounded", "spec.replicas", -1, False),
        ("surge-bounded", "spec.strategy.rollingUpdate.maxSurge", 1, True),
        ("rollout-keeps-available", "spec.strategy.rollingUpdate.maxUnavailable", 1, True),
        ("rollout-keeps-available", "spec.strategy.rollingUpdate.maxUnavailable", -1, False),
        ("budget-respected", "PodDisruptionBudget/web.spec.minAvailable", -1, True),
        ("budget-respected", "PodDisruptionBudget/web.spec.maxUnavailable", 1, True),
        ("job-parallelism-bounded", "spec.jobTemplate.spec.podReplacementPolicy", -1, True),
        ("job-parallelism-bounded", "spec.parallelism", 0, False),
    ],
)
def test_what_asks_for_less(name: str, field: str, shift: Shift, less: bool) -> None:
    """A repair by such an edit is a last resort: it makes the property another promise."""
    assert PROPERTIES[name].asks_less(field, shift) == less
