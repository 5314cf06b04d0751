"""Where volumes are asked for of which the model leaves something out."""

from __future__ import annotations

import pytest

from .helpers import deployment
from .objects import CLAIM, NODES, SMALL, other, running, used


@pytest.mark.parametrize(
    ("modes", "replicas", "scenario", "names"),
    [
        ("ReadWriteOnce", 1, "apply", ["volume-access-modes"]),
        ("ReadWriteMany", 3, "apply", []),
        ("ReadOnlyMany, ReadWriteOnce", 3, "apply", []),
        ("ReadWriteOncePod", 1, "apply", ["volume-single-pod"]),
    ],
)
def test_claims(modes: str, replicas: int, scenario: str, names: list[str]) -> None:
    """A claim that is here says on how many nodes its volume can be used."""
    claim = other("PersistentVolumeClaim", f"spec: {{accessModes: [{modes}]}}")
    assert used(deployment(f"replicas: {replicas}", CLAIM) + claim, scenario) == names


def test_volumes_of_some_nodes() -> None:
    """A volume with node affinity, if it is, or may become, the claim's."""
    claim = other("PersistentVolumeClaim", "spec: {accessModes: [ReadWriteMany], volumeName: v}")
    volume = other("PersistentVolume", "spec: {nodeAffinity: {required: {}}}", name="v")
    own = deployment(pod=CLAIM)
    assert used(own + claim + volume) == ["volume-node-affinity"]
    assert used(own + claim + volume.replace("name: v", "name: w")) == []


def test_volumes_in_zones() -> None:
    """By a label of the volume, by its class, for claims of a StatefulSet's pods too."""
    volume = other("PersistentVolume", "spec: {claimRef: {namespace: default, name: %s}}", name="v")
    zoned = volume.replace("name: v", "name: v, labels: {topology.kubernetes.io/zone: a}", 1)
    claim = other("PersistentVolumeClaim", "spec: {accessModes: [ReadWriteMany]}")
    own = deployment(pod=CLAIM)
    assert used(own + claim + zoned % "x") == ["volume-node-affinity"]
    assert used(own + claim + volume % "x") == []
    each = running("StatefulSet", SMALL, count="volumeClaimTemplates: [{metadata: {name: data}}]")
    each = each.replace("metadata: {name: x}", "metadata: {name: web}", 1)
    theirs = claim.replace("name: x", "name: data-web-0")
    assert used(each + theirs + zoned % "data-web-0") == ["volume-node-affinity"]
    assert used(each + theirs + volume % "data-web-0") == []
    made = each.replace("{name: data}}", "{name: data}, spec: {storageClassName: fast}}")
    terms = "allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a]}]}]"
    fast = other("StorageClass", f"provisioner: x\n{terms}", "fast", "storage.k8s.io/v1")
    assert used(made + fast) == ["volume-node-affinity"]
    assert used(made + fast.replace(terms, "")) == []
    assert used(each + fast) == []


def test_numbers_of_volumes() -> None:
    """Only where pods have volumes of a driver at all."""
    drivers = "spec: {drivers: [{name: x, nodeID: x, allocatable: {count: 2}}]}"
    limits = other("CSINode", drivers, group="storage.k8s.io/v1")
    assert used(deployment(pod=CLAIM) + limits) == ["volume-limits"]
    assert used(deployment(pod=CLAIM) + limits.replace("{count: 2}", "{}")) == []
    assert used(deployment() + limits) == []


SCALED = """---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: scaled}
spec: {scenario: {steps: [%s]}}
"""


@pytest.mark.parametrize(
    ("steps", "management", "policy", "kept"),
    [
        ("{scale: 1}, {scale: 3}", "Parallel", "Delete", True),
        ("{scale: 1}", "Parallel", "Delete", False),
        ("{scale: 3}, {scale: 4}", "Parallel", "Delete", False),
        ("{scale: 1}, {scale: 3}", "OrderedReady", "Delete", False),
        ("{scale: 1}, {scale: 3}", "Parallel", "Retain", False),
    ],
)
def test_claims_that_are_kept_after_all(
    steps: str, management: str, policy: str, kept: bool
) -> None:
    """Of pods that come back while they stop, where disks are in zones."""
    said = (
        "replicas: 2",
        f"podManagementPolicy: {management}",
        f"persistentVolumeClaimRetentionPolicy: {{whenScaled: {policy}}}",
        "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: zoned}}]",
    )
    each = running("StatefulSet", SMALL, count="\n  ".join(said))
    each = each.replace("metadata: {name: x}", "metadata: {name: web}", 1)
    zones = NODES.replace("{name: a}", "{name: a, labels: {topology.kubernetes.io/zone: a}}")
    zones = zones.replace("{name: b}", "{name: b, labels: {topology.kubernetes.io/zone: b}}")
    zoned = other(
        "StorageClass",
        "provisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer",
        "zoned",
        "storage.k8s.io/v1",
    )
    found = used(each + zones + zoned + SCALED % steps, "scaled")
    assert ("claims-kept" in found) == kept
