"""What the model leaves out of what controllers make, and of whose it is."""

from __future__ import annotations

import pytest

from model.apiserver.history import reaches_back
from model.omissions import OMISSIONS
from model.properties import PROPERTIES

from .helpers import check_document, deployment, plan_of
from .objects import (
    CLAIMING,
    CONTROLLER,
    CRONJOB,
    JOB,
    LARGE,
    NODES,
    POD,
    QUOTA,
    SMALL,
    hook,
    other,
    running,
    used,
)


@pytest.mark.parametrize(
    ("own", "group", "resource", "touched"),
    [
        (JOB, "batch", "jobs", True),
        (JOB, "batch", "cronjobs", False),
        (JOB, "", "pods", True),
        (JOB, "apps", "replicasets", False),
        (CRONJOB, "batch", "jobs", True),
        (CRONJOB, "batch", "cronjobs", True),
        (CRONJOB, '"*"', '"*"', True),
        (CONTROLLER, "", "replicationcontrollers", True),
        (CONTROLLER, "apps", "deployments", False),
        (POD, "", "pods", True),
        (POD, "apps", "'*'", False),
        (running("StatefulSet", SMALL), "apps", "statefulsets", True),
        (running("StatefulSet", SMALL), "apps", "deployments", False),
        (running("DaemonSet", SMALL), "apps", "controllerrevisions", True),
    ],
)
def test_webhooks_of_each_kind(own: str, group: str, resource: str, touched: bool) -> None:
    """Those that are about the workload, or about what its controllers make."""
    named = own.replace("metadata: {name: x}", "metadata: {name: web}", 1)
    rule = hook("Mutating", "CREATE", group, resource).replace("""'"*"'""", '"*"')
    assert used(named + rule) == ["mutating-admission"] * touched


def test_webhooks_may_change_all_that_is_written() -> None:
    """Labels and owners, counts, strategies: what keeps its word even so is decided after them, as
    versions and quotas are, or ranks pods by what is no part of what is written."""
    built = {name for name, row in PROPERTIES.items() if row.build}
    kept = {"no-lost-update", "quota-respected", "scale-down-spares-ready"}
    row = OMISSIONS["mutating-admission"]
    assert set(row.falsifies) == set(row.excuses) == built - kept


@pytest.mark.parametrize(
    ("own", "hard", "names"),
    [
        (JOB, "count/jobs.batch: '0'", ["resource-quota"]),
        (CRONJOB, "count/jobs.batch: '1'", ["resource-quota"]),
        (JOB, "persistentvolumeclaims: '0'", []),
        (CLAIMING, "persistentvolumeclaims: '0'", ["resource-quota"]),
        (CLAIMING, "fast.storageclass.storage.k8s.io/requests.storage: 1Gi", ["resource-quota"]),
        (CLAIMING, "count/jobs.batch: '0'", []),
    ],
)
def test_quotas_of_what_controllers_make(own: str, hard: str, names: list[str]) -> None:
    """Jobs of a CronJob and claims of a StatefulSet may be refused as pods may."""
    quota = other("ResourceQuota", QUOTA.format(hard), name="q")
    named = own.replace("metadata: {name: x}", "metadata: {name: web}", 1)
    assert [name for name in used(named + quota) if name == "resource-quota"] == names


def test_a_job_that_goes_once_it_is_over() -> None:
    """As long as it is there nobody can compute a budget that asks for no number: that this time
    ends is followed."""
    limit = "spec: {{{}: 1, selector: {{matchLabels: {{app: web}}}}}}"
    template = "template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, "
    template += "containers: [{name: job, image: 'job:1'}]}}"
    job = other("Job", f"spec: {{{template}}}", group="batch/v1")
    passing = other("Job", f"spec: {{ttlSecondsAfterFinished: 60, {template}}}", group="batch/v1")
    for field in ("maxUnavailable", "minAvailable"):
        budget = other("PodDisruptionBudget", limit.format(field), group="policy/v1")
        assert used(deployment() + budget + job) == []
        assert used(deployment() + budget + passing) == []


def test_owned_pods_are_their_owners() -> None:
    """Pods, ReplicaSets and Jobs with an owner that is here are counted once."""
    owner = (
        "ownerReferences: "
        "[{apiVersion: apps/v1, kind: StatefulSet, name: x, uid: a, controller: true}]"
    )
    pod = other("Pod", f"spec:\n  {LARGE}", name="x-0", metadata=f", {owner}")
    own = deployment("replicas: 1", container="resources: {requests: {cpu: '2'}}")
    both = own + NODES + running("StatefulSet", LARGE)
    assert used(both + pod) == []
    assert used(both + pod.replace("name: x,", "name: z,")) == ["shared-nodes"]


def test_orphans_are_adopted() -> None:
    """A ReplicaSet without an owner that a Deployment's selector matches becomes its own."""
    orphan = deployment(name="orphan", kind="ReplicaSet").replace(
        "name: orphan", "name: orphan\n  labels: {app: web}"
    )
    assert used(deployment() + "---\n" + orphan) == ["adoption"]


def test_what_is_orphaned_and_somebody_else_takes_over() -> None:
    """Another Deployment whose selector matches adopts the ReplicaSets that are left: that is
    followed, unless its controller sees late what is left. Who takes over pods is not."""
    check = """---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: delete}
spec:
  scenario: {steps: [{delete: HOW}]}
"""
    late = "  faults: {slowWatches: {deployment-controller: 1}}\n"
    both = deployment() + "---\n" + deployment(name="web-2")
    for how, more, known in (
        ("orphan", "", False),
        ("orphan", late, True),
        ("background", late, False),
    ):
        first, *_ = plan_of(both + check.replace("HOW", how) + more).scenarios
        found = [use.what for use in first.omitted if "orphaned" in use.what]
        assert bool(found) is known, (how, first.omitted)
        assert bool(first.neighbours) is (how == "orphan")
    alone, *_ = plan_of(deployment() + check.replace("HOW", "orphan")).scenarios
    assert not alone.omitted
    expressions = "selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}"
    by_expressions = deployment() + "---\n" + deployment(name="web-2", selector=expressions)
    # A ReplicationController without a selector has the labels of its template.
    controller = other(
        "ReplicationController",
        f"spec: {{template: {{metadata: {{labels: {{app: web}}}}, spec: {{{SMALL}}}}}}}",
        group="v1",
    )
    set_ = deployment(kind="ReplicaSet")
    first, *_ = plan_of(by_expressions + check.replace("HOW", "orphan")).scenarios
    assert first.neighbours
    assert not first.omitted
    first, *_ = plan_of(set_ + controller + check.replace("HOW", "orphan")).scenarios
    assert [use for use in first.omitted if "orphaned" in use.what]


@pytest.mark.parametrize(
    ("limit", "undo", "found"),
    [
        # Of three revisions two are old: the last is kept where one is.
        ("revisionHistoryLimit: 1", "undo: {}", False),
        ("revisionHistoryLimit: 1", "undo: 1", True),
        ("revisionHistoryLimit: 2", "undo: 1", False),
        ("revisionHistoryLimit: 0", "undo: {}", True),
        ("", "undo: 1", False),
        ("revisionHistoryLimit: 0", "restart: {}", False),
    ],
)
def test_revisions_that_are_forgotten(limit: str, undo: str, found: bool) -> None:
    """How far back an undo goes, against how many old revisions are kept. Those of a Deployment are
    followed."""
    steps = f"scenario:\n  steps:\n  - setImage: web:2\n  - setImage: web:3\n  - {undo}\n"
    for kind in ("Deployment", "StatefulSet"):
        plan = plan_of(deployment(limit, kind=kind) + "---\n" + check_document(steps))
        names = {use.name for use in plan.scenarios[0].omitted}
        assert ("revision-history" in names) == (found and kind == "StatefulSet")
        assert reaches_back(plan.scenarios[0]) == found
