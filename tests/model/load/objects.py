"""Objects beside a Deployment, and which omissions they make: shared by the tests of these."""

from __future__ import annotations

from textwrap import indent

from model.load import LoadOptions

from .helpers import plan_of

NODES = """\
---
apiVersion: v1
kind: Node
metadata: {name: a}
status: {allocatable: {cpu: "4", memory: 8Gi, pods: "10"}}
---
apiVersion: v1
kind: Node
metadata: {name: b}
status: {allocatable: {cpu: "4", memory: 8Gi, pods: "10"}}
"""
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def used(text: str, scenario: str = "apply", options: LoadOptions | None = None) -> list[str]:
    """Names of the omissions that a Deployment `web` of a text uses in a scenario."""
    plan = plan_of(text, options or LoadOptions())
    (found,) = (s for s in plan.scenarios if s.name == scenario and s.workload.name == "web")
    return sorted({use.name for use in found.omitted})


def other(kind: str, spec: str, name: str = "x", group: str = "v1", metadata: str = "") -> str:
    return (
        f"---\napiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}{metadata}}}\n"
        f"{spec.strip()}\n"
    )


#: A template that names a node: such workloads take part in nobody's scenario.
OUTSIDE = "nodeName: far\n"


def running(kind: str, pod: str, *, count: str = "", labels: str = "app: x") -> str:
    """An object of the group apps with a template."""
    return other(
        kind,
        f"spec:\n  {count or 'minReadySeconds: 0'}\n  selector: {{matchLabels: {{{labels}}}}}\n"
        f"  template:\n    metadata: {{labels: {{{labels}}}}}\n    spec:\n{indent(pod, '      ')}",
        group="apps/v1",
    )


def hook(kind: str, operation: str, group: str, resource: str) -> str:
    rule = f"operations: [{operation}], apiGroups: ['{group}'], resources: [{resource}]"
    return other(
        f"{kind}WebhookConfiguration",
        f"webhooks: [{{name: hook.example, rules: [{{{rule}}}]}}]",
        group="admissionregistration.k8s.io/v1",
    )


CLAIM = "volumes: [{name: a, persistentVolumeClaim: {claimName: x}}]"
QUOTA = "spec: {{hard: {{{}}}}}"
SMALL = "containers: [{name: x, image: x, resources: {requests: {cpu: 100m}}}]"
LARGE = "containers: [{name: x, image: x, resources: {requests: {cpu: '3'}}}]"

BATCH = "{restartPolicy: Never, containers: [{name: x, image: x}]}"
JOB = other("Job", f"spec: {{template: {{spec: {BATCH}}}}}", group="batch/v1")
CRONJOB = other(
    "CronJob",
    f"spec: {{schedule: '@daily', jobTemplate: {{spec: {{template: {{spec: {BATCH}}}}}}}}}",
    group="batch/v1",
)
CLAIMING = running("StatefulSet", SMALL, count="volumeClaimTemplates: [{metadata: {name: data}}]")

CONTROLLER = other(
    "ReplicationController",
    f"spec: {{template: {{metadata: {{labels: {{app: x}}}}, spec: {{{SMALL}}}}}}}",
)
POD = other("Pod", f"spec: {{{SMALL}}}")
