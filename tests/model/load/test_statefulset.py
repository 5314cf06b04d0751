"""StatefulSets as they are written."""

from __future__ import annotations

import pytest

from model.api.statefulset import StatefulSet
from tests.model.load.helpers import deployment, findings, load_text, marked, plan_of, workload_of

#: Fields of a spec, and what is read of them; defaults as of SetDefaults_StatefulSet.
READ = [
    ("", StatefulSet()),
    ("podManagementPolicy: Parallel", StatefulSet(parallel=True)),
    ("updateStrategy: {type: OnDelete}", StatefulSet(on_delete=True)),
    ("updateStrategy: {rollingUpdate: {partition: 2}}", StatefulSet(partition=2)),
    ("updateStrategy: {type: RollingUpdate}", StatefulSet(partition=None)),
    ("updateStrategy: {type: RollingUpdate, rollingUpdate: {}}", StatefulSet()),
    ("updateStrategy: {rollingUpdate: {maxUnavailable: 2}}", StatefulSet(asks_unavailable=True)),
    ("ordinals: {start: 3}", StatefulSet(start=3)),
    ("volumeClaimTemplates: [{metadata: {name: data}}]", StatefulSet(claims=("data",))),
]

#: What the API server refuses.
REFUSED = [
    "podManagementPolicy: Any  # <- P201",
    "updateStrategy: {type: Recreate}  # <- P201",
    "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}  # <- P203",
    "updateStrategy: {rollingUpdate: {partition: -1}}  # <- P200",
    "ordinals: {start: -1}  # <- P200",
    "serviceName: not_a_name  # <- P206",
    "persistentVolumeClaimRetentionPolicy: {whenScaled: Keep}  # <- P201",
    "minReadySeconds: -1  # <- P200",
    "strategy: {type: Recreate}  # <- P102",
]


@pytest.mark.parametrize(("spec", "stateful"), READ)
def test_fields(spec: str, stateful: StatefulSet) -> None:
    workload = workload_of(deployment(spec, kind="StatefulSet"))
    assert workload.subject == "StatefulSet/default/web"
    assert workload.stateful == stateful


@pytest.mark.parametrize("spec", REFUSED)
def test_what_is_refused(spec: str) -> None:
    text = deployment(spec, kind="StatefulSet")
    assert findings(load_text(text)) == marked(text)


def test_everyday_scenarios() -> None:
    """Those of a Deployment, but for its controller's cache; claims are an assumption."""
    claims = "volumeClaimTemplates: [{metadata: {name: data}}]"
    found = plan_of(deployment(claims, kind="StatefulSet")).scenarios
    assert [s.name for s in found] == ["apply", "rollout", "drain node-1", "node crash"]
    assert all(any("data" in said for said in s.assumptions) for s in found)


def test_a_limit_that_is_dropped_is_named() -> None:
    """maxUnavailable does nothing while its feature gate is off; who writes it is told."""
    written = "updateStrategy: {rollingUpdate: {maxUnavailable: 2}}"
    (first, *_) = plan_of(deployment(written, kind="StatefulSet")).scenarios
    assert any("maxUnavailable does nothing" in said for said in first.assumptions)
    (first, *_) = plan_of(deployment(kind="StatefulSet")).scenarios
    assert not any("maxUnavailable" in said for said in first.assumptions)


def test_classes_of_claims_are_read() -> None:
    """Those that its claims name, or the default one; no others."""
    made = "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]"
    cls = (
        "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\n"
        "metadata: {name: %s}\nprovisioner: x\n"
    )
    text = deployment(made, kind="StatefulSet") + cls % "fast" + cls % "slow"
    assert plan_of(text).unchecked == ("StorageClass/slow",)
    assert set(plan_of(deployment() + cls % "fast").unchecked) == {"StorageClass/fast"}


def test_a_name_is_a_label() -> None:
    """Pods have it in their names."""
    text = deployment(kind="StatefulSet", name="a.b")
    assert [code for _, code in findings(load_text(text))] == ["P206"]


def test_nothing_is_left_open() -> None:
    """Ranges of counts are for Deployments and ReplicaSets."""
    check = "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: c}\nspec:\n"
    check += "  open:\n    replicas: {from: 1, to: 3}  # <- P203\n---\n"
    text = check + deployment(kind="StatefulSet")
    assert findings(load_text(text)) == marked(text)


def test_claims_are_volumes() -> None:
    """Containers may mount what the templates of claims are called, and nothing else."""
    claims = (
        "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]"
    )
    mount = "volumeMounts: [{{name: {}, mountPath: /data}}]"
    mounted = deployment(claims, container=mount.format("data"), kind="StatefulSet")
    assert findings(load_text(mounted)) == []
    wrong = deployment(claims, container=mount.format("date") + "  # <- P200", kind="StatefulSet")
    assert findings(load_text(wrong)) == marked(wrong)


def test_pods_are_not_bounded() -> None:
    """There is one of each name at most: a warning says that the bound is nothing to it."""
    check = "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: c}\nspec:\n"
    check += "  bounds: {pods: 9}  # <- P302\n---\n"
    text = check + deployment(kind="StatefulSet")
    assert findings(load_text(text)) == marked(text)
