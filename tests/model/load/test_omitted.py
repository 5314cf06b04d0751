"""Where manifests ask for what the model leaves out, and where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.load import LoadOptions
from model.omission import Omission
from model.omissions import OMISSIONS
from model.properties import PROPERTIES

from .helpers import check_document, deployment, load_text, plan_of
from .objects import (
    CLAIM,
    LARGE,
    NODES,
    OUTSIDE,
    POD,
    QUOTA,
    REQUIRED,
    SMALL,
    hook,
    other,
    running,
    used,
)

PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"

SPREAD = "topologySpreadConstraints: [{{maxSkew: 1, topologyKey: z, whenUnsatisfiable: {}}}]"
EVEN = (
    "maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, "
    "labelSelector: {matchLabels: {app: web}}"
)
#: It selects the template's labels, but not those of the pods, to which a controller adds.
EVEN_UNHASHED = EVEN.replace(
    "}}", "}, matchExpressions: [{key: pod-template-hash, operator: DoesNotExist}]}"
)
NEAR = f"affinity: {{{{podAffinity: {{{{{REQUIRED}: [{{{{topologyKey: z, {{}}}}}}]}}}}}}}}"
SOFT = f"{PREFERRED}: [{{weight: 1, podAffinityTerm: {{topologyKey: z}}}}]"


def scaler(most: int, least: int, kind: str) -> str:
    target = f"scaleTargetRef: {{kind: {kind}, name: web}}"
    spec = f"spec: {{maxReplicas: {most}, minReplicas: {least}, {target}}}"
    return other("HorizontalPodAutoscaler", spec, group="autoscaling/v2")


def enforcing(namespace: str, level: str) -> str:
    labels = f", labels: {{pod-security.kubernetes.io/enforce: {level}}}"
    return other("Namespace", "", name=namespace, metadata=labels)


#: What is added to the pod of a Deployment, and what of it is left out.
PODS: dict[str, list[str]] = {
    f"affinity: {{podAffinity: {{{REQUIRED}: [{{topologyKey: z}}]}}}}": ["pod-affinity"],
    f"affinity: {{podAffinity: {{{REQUIRED}: []}}}}": [],
    f"affinity: {{podAffinity: {{{SOFT}}}}}": [],
    NEAR.format("labelSelector: {matchLabels: {app: web}}"): [],
    NEAR.format("labelSelector: {matchLabels: {app: nobody}}"): ["pod-affinity"],
    NEAR.format("labelSelector: {matchLabels: {app: web}}, namespaceSelector: {}"): [],
    NEAR.format("labelSelector: {}, namespaceSelector: {matchLabels: {a: b}}"): ["pod-affinity"],
    NEAR.format("labelSelector: {}, matchLabelKeys: [app]"): [],
    NEAR.format("labelSelector: {}, matchLabelKeys: [pod-template-hash]"): ["pod-affinity"],
    NEAR.format("labelSelector: {matchLabels: {pod-template-hash: x}}"): ["pod-affinity"],
    SPREAD.format("DoNotSchedule"): ["topology-spread"],
    SPREAD.format("ScheduleAnyway"): [],
    f"topologySpreadConstraints: [{{{EVEN}}}]": [],
    f"topologySpreadConstraints: [{{{EVEN_UNHASHED}}}]": ["topology-spread"],
    "schedulingGates: [{name: a/b}]": ["scheduling-gates"],
    "schedulingGates: []": [],
    "readinessGates: [{conditionType: a/b}]": ["readiness-gates"],
    "schedulerName: mine": ["scheduler-name"],
    "schedulerName: default-scheduler": [],
    "resourceClaims: [{name: gpu, resourceClaimName: gpu}]": ["resource-claims"],
    "os: {name: windows}": ["pod-os"],
    "os: {name: linux}": [],
    "runtimeClassName: sandboxed": [],
    "priorityClassName: important": [],
    "serviceAccountName: robot": [],
    "hostNetwork: true": [],
    "volumes: [{name: a, emptyDir: {}}, {name: b, configMap: {name: c}}]": [],
    "volumes: [{name: a, persistentVolumeClaim: {claimName: elsewhere}}]": [],
    "volumes: [{name: a, iscsi: {targetPortal: x, iqn: 'iqn.2001-04.com.example:z', lun: 0}}]": [
        "volume-access-modes"
    ],
    "tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]": [],
}


@pytest.mark.parametrize("pod", PODS)
def test_fields_of_pods(pod: str) -> None:
    """Only what Kubernetes acts on, only if it is more than a preference."""
    assert used(deployment(pod=pod)) == PODS[pod]


LIMITS = "spec: {{limits: [{{type: {}}}]}}"

#: What stands beside a Deployment of one replica that asks for 2 CPUs, and what of it is left out.
BESIDE: list[tuple[str, list[str]]] = [
    (other("ResourceQuota", QUOTA.format("pods: '1'")), []),
    # What counts its pods alone is followed.
    (other("ResourceQuota", QUOTA.format("pods: '0'")), []),
    (
        other("ResourceQuota", QUOTA.format("pods: '0', count/replicasets.apps: '1'")),
        ["resource-quota"],
    ),
    (other("ResourceQuota", QUOTA.format("pods: none")), ["resource-quota"]),
    (
        other("ResourceQuota", "spec: {scopes: [PriorityClass], hard: {pods: '0'}}"),
        ["resource-quota"],
    ),
    (
        other("ResourceQuota", QUOTA.format("limits.memory: 1Gi"))
        + other("LimitRange", LIMITS.format("Container, default: {memory: 1Gi}")),
        ["limit-range", "resource-quota"],
    ),
    (other("ResourceQuota", QUOTA.format("pods: '0'"), metadata=", namespace: other"), []),
    (other("ResourceQuota", QUOTA.format("services: '0', requests.storage: '0'")), []),
    (other("ResourceQuota", QUOTA.format("requests.cpu: '2'")), []),
    (other("ResourceQuota", QUOTA.format("cpu: 1999m")), []),
    (other("ResourceQuota", QUOTA.format("limits.cpu: '9'")), []),
    (other("ResourceQuota", QUOTA.format("requests.memory: 9Gi")), []),
    (other("ResourceQuota", "spec: {scopes: [Terminating], hard: {pods: '0'}}"), []),
    (
        other("ResourceQuota", QUOTA.format("pods: '3'")) + running("DaemonSet", SMALL),
        ["resource-quota"],
    ),
    (
        other("ResourceQuota", QUOTA.format("pods: '3'"))
        + running("StatefulSet", SMALL, count="replicas: 2"),
        [],
    ),
    (other("LimitRange", LIMITS.format("PersistentVolumeClaim, max: {storage: 1Gi}")), []),
    (other("LimitRange", LIMITS.format("Container, max: {cpu: '1'}")), ["limit-range"]),
    (
        other("LimitRange", LIMITS.format("Container, defaultRequest: {memory: 1Gi}")),
        ["limit-range"],
    ),
    (other("LimitRange", LIMITS.format("Container, defaultRequest: {cpu: '1'}")), []),
    (scaler(5, 1, "Deployment"), ["autoscaler"]),
    (scaler(5, 2, "Deployment"), ["autoscaler", "autoscaler-bounds"]),
    (scaler(1, 1, "Deployment"), []),
    (scaler(5, 1, "StatefulSet"), []),
    (hook("Mutating", "CREATE", "", "pods"), ["mutating-admission"]),
    (hook("Validating", '"*"', "apps", "deployments"), ["validating-admission"]),
    (hook("Validating", "CREATE", "shop.example", "orders"), []),
    (hook("Validating", "DELETE", "", "pods"), []),
    (other("ResourceQuota", QUOTA.format("pods: '0'"), group="quota.example/v1"), []),
    (running("StatefulSet", SMALL, count="replicas: 3"), []),
    (running("StatefulSet", LARGE), []),
    (NODES + running("StatefulSet", SMALL, count="replicas: 3"), []),
    (NODES + running("StatefulSet", LARGE, count="replicas: 1"), []),
    (NODES + running("StatefulSet", LARGE, count="replicas: 2"), []),
    (NODES + running("StatefulSet", LARGE, count="replicas: 0"), []),
    (NODES + running("StatefulSet", "nodeName: c\n" + LARGE, count="replicas: 2"), []),
    (NODES + running("DaemonSet", SMALL), []),
    (
        NODES
        + other("PriorityClass", "value: 5", group="scheduling.k8s.io/v1", name="high")
        + running("StatefulSet", "priorityClassName: high\n" + LARGE, count="replicas: 2"),
        [],
    ),
    (
        NODES
        + other("PriorityClass", "value: 5", group="scheduling.k8s.io/v1", name="high")
        + other(
            "PodDisruptionBudget",
            "spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}",
            group="policy/v1",
        )
        + running("StatefulSet", "priorityClassName: high\n" + LARGE, count="replicas: 2"),
        ["preemption"],
    ),
    (
        NODES
        + other(
            "PriorityClass",
            "value: 5\npreemptionPolicy: Never",
            group="scheduling.k8s.io/v1",
            name="high",
        )
        + running("StatefulSet", "priorityClassName: high\n" + LARGE, count="replicas: 2"),
        [],
    ),
    (
        NODES
        + other("PriorityClass", "value: 5", group="scheduling.k8s.io/v1", name="high")
        + running(
            "StatefulSet",
            "priorityClassName: high\npreemptionPolicy: Never\n" + LARGE,
            count="replicas: 2",
        ),
        [],
    ),
    (NODES.replace("status: {", "status: {conditions: [{type: Ready, status: 'True'}], "), []),
    (
        NODES.replace("status: {", "status: {conditions: [{type: Ready, status: Unknown}], "),
        ["node-conditions"],
    ),
    (
        NODES.replace("status: {", "status: {conditions: [{type: DiskPressure, status: 'True'}], "),
        ["node-conditions"],
    ),
    (
        enforcing("default", "baseline"),
        [],
    ),
    (
        enforcing("default", "restricted"),
        ["pod-security"],
    ),
    (
        enforcing("other", "restricted"),
        [],
    ),
]


@pytest.mark.parametrize("number", range(len(BESIDE)))
def test_other_objects(number: int) -> None:
    """Objects count if they touch the workload, and only if they may be in its way."""
    text, names = BESIDE[number]
    own = deployment("replicas: 1", container="resources: {requests: {cpu: '2'}}")
    assert used(own + text) == names, text


@pytest.mark.parametrize(("replicas", "moved"), [(0, False), (1, True), (2, False)])
def test_an_autoscaler_is_off_where_there_are_no_replicas(replicas: int, moved: bool) -> None:
    """Until somebody scales the workload: it does not move 0 replicas to its bounds."""
    check = "---\n" + check_document("scenario: {steps: [{scale: 3}]}", "{name: up}")
    text = deployment(f"replicas: {replicas}") + scaler(5, 2, "Deployment") + check
    assert used(text, "up") == ["autoscaler"] + ["autoscaler-bounds"] * moved


@pytest.mark.parametrize("policy", ["PreemptLowerPriority", "Never"])
def test_daemons_of_a_lower_priority_make_room(policy: str) -> None:
    """They are on the nodes first; a workload of a higher priority may have them go."""
    high = other("PriorityClass", "value: 5", group="scheduling.k8s.io/v1", name="high")
    pod = f"priorityClassName: high\npreemptionPolicy: {policy}"
    text = NODES + high + running("DaemonSet", SMALL)
    assert used(deployment(pod=pod) + text) == ["preempting"] * (policy != "Never")


PLUGINS = "plugins: {{{}: {{disabled: [{{name: x}}]}}}}"
ARGUMENTS = "pluginConfig: [{{name: x, args: {{{}}}}}]"
LIST = "defaultingType: List, defaultConstraints: [{topologyKey: zone}]"


@pytest.mark.parametrize(
    ("said", "otherwise"),
    [
        ("extenders: [{urlPrefix: 'https://x'}]", True),
        ("percentageOfNodesToScore: 50", False),
        ("profiles: 1", False),
        (f"profiles: [{{{PLUGINS.format('filter')}}}]", True),
        (f"profiles: [{{{PLUGINS.format('score')}}}]", False),
        (f"profiles: [{{schedulerName: mine, {PLUGINS.format('multiPoint')}}}]", False),
        (f"profiles: [{{{ARGUMENTS.format('hardPodAffinityWeight: 5')}}}]", False),
        (f"profiles: [{{{ARGUMENTS.format(LIST)}}}]", True),
    ],
)
def test_configurations_of_the_scheduler(said: str, otherwise: bool) -> None:
    """They count where the nodes that its filters leave may be others."""
    group = "apiVersion: kubescheduler.config.k8s.io/v1\n"
    text = f"---\n{group}kind: KubeSchedulerConfiguration\n{said}\n"
    assert used(deployment() + text) == ["scheduler-configuration"] * otherwise


def test_deadlines_of_pods() -> None:
    """A pod that nothing controls is not ready for ever either."""
    deadline = "spec: {activeDeadlineSeconds: 60, "
    named = POD.replace("metadata: {name: x}", "metadata: {name: web}", 1)
    assert used(named.replace("spec: {", deadline, 1)) == ["pod-deadline"]
    assert {"replicas-converge", "job-completes"} <= set(OMISSIONS["pod-deadline"].falsifies)


def test_host_ports_of_others() -> None:
    """One port is one pod's on a node, whatever the kinds; another address is another port."""
    own = deployment(container="ports: [{containerPort: 80, hostPort: 80, hostIP: 10.0.0.1}]")
    pod = "containers: [{{name: x, image: x, ports: [{{containerPort: 1, hostPort: {}}}]}}]"
    assert used(own + running("DaemonSet", OUTSIDE + pod.format(80))) == ["host-ports"]
    assert used(own + running("DaemonSet", pod.format(80))) == []
    assert used(own + running("DaemonSet", pod.format(81))) == []
    assert used(own + running("DaemonSet", pod.format("80, hostIP: 10.0.0.2"))) == []
    assert used(own + running("DaemonSet", pod.format("80, protocol: UDP"))) == []


def test_anti_affinity_goes_both_ways() -> None:
    """A term counts in whichever template it is, if it selects pods that are here."""
    term = f"{REQUIRED}: [{{topologyKey: z, labelSelector: {{matchLabels: {{app: %s}}}}}}]"
    anti = f"affinity: {{podAntiAffinity: {{{term}}}}}\n"
    assert used(deployment(pod=anti % "x")) == []
    outside = running("DaemonSet", OUTSIDE + SMALL)
    assert used(deployment(pod=anti % "x") + outside) == ["pod-anti-affinity"]
    assert used(deployment(pod=anti % "x") + running("DaemonSet", SMALL)) == []
    theirs = running("DaemonSet", OUTSIDE + anti % "web" + SMALL)
    assert used(deployment() + theirs) == ["pod-anti-affinity"]
    assert used(deployment() + running("DaemonSet", anti % "else" + SMALL)) == []
    far = theirs.replace("name: x", "name: x, namespace: far", 1)
    assert used(deployment() + far) == []


def test_spread_over_one_revision() -> None:
    """Pods of others do not count, unless another Deployment may have the same template."""
    keyed = f"topologySpreadConstraints: [{{{EVEN}, matchLabelKeys: [pod-template-hash]}}]"
    alike = "---\n" + deployment(name="other")
    assert used(deployment(pod=keyed) + running("StatefulSet", SMALL, labels="app: web")) == []
    assert used(deployment(pod=keyed) + alike) == ["topology-spread"]
    labelled = alike.replace("labels: {app: web", "labels: {of: other, app: web")
    assert labelled != alike
    assert used(deployment(pod=keyed) + labelled) == []


def test_budgets() -> None:
    """One that counts others' pods as well."""
    budget = other(
        "PodDisruptionBudget",
        "spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}",
        group="policy/v1",
    )
    assert used(deployment() + budget) == []
    always = budget.replace("minAvailable", "unhealthyPodEvictionPolicy: AlwaysAllow, minAvailable")
    (read,) = plan_of(deployment() + always).scenarios[0].budgets
    assert read.guards_ready_only
    outside = running("DaemonSet", OUTSIDE + SMALL, labels="app: web")
    assert used(deployment() + budget + outside) == ["shared-budget"]
    assert used(deployment() + budget + running("DaemonSet", SMALL, labels="app: web")) == []


def test_a_paused_neighbour_is_its_own_business() -> None:
    """What one Deployment asks for is nothing to another."""
    neighbour = deployment("paused: true", name="other").replace("app: web", "app: other")
    assert used(deployment() + "---\n" + neighbour) == []


def test_all_is_accepted_by_name_or_at_once() -> None:
    """`all` stands for every name."""
    text = deployment("paused: true")
    for names, accepted in (((), 0), (("paused",), 1), (("all",), len(OMISSIONS))):
        plan = plan_of(text, LoadOptions(accepted=names))
        assert {len(s.accepted) for s in plan.scenarios} == {accepted}
    assert load_text(text, LoadOptions(accepted=("paus",))).plan is None


@pytest.mark.parametrize("row", OMISSIONS.values(), ids=OMISSIONS)
def test_rows_speak_of_properties(row: Omission) -> None:
    """Every row can change some answer, names properties only, and says what Kubernetes does."""
    assert row.falsifies or row.excuses
    assert (row.falsifies.keys() | row.excuses.keys()) <= PROPERTIES.keys()
    conditions = (*row.falsifies.values(), *row.excuses.values())
    assert all(condition.__doc__ for condition in conditions)
    assert row.text
    assert not row.text.endswith(".")


WEIRD = st.sampled_from(
    ["null", "0", "-1", "1e99", "[]", "{}", "[null]", "[[a]]", "{a: b}", "x", '"*"', "true"]
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_unread_kinds_may_hold_anything(data: st.DataObject) -> None:
    """Their types are not checked, so nothing relies on them."""
    text = deployment(pod=CLAIM + "\npriorityClassName: x")
    for kind, group, paths in (
        ("ResourceQuota", "v1", ("hard", "scopes")),
        ("LimitRange", "v1", ("limits",)),
        ("PersistentVolumeClaim", "v1", ("accessModes", "volumeName", "storageClassName")),
        ("PersistentVolume", "v1", ("nodeAffinity", "claimRef")),
        ("StatefulSet", "apps/v1", ("replicas", "template")),
        ("HorizontalPodAutoscaler", "autoscaling/v2", ("scaleTargetRef", "maxReplicas")),
        ("ValidatingAdmissionPolicy", "admissionregistration.k8s.io/v1", ("matchConstraints",)),
        ("Pod", "v1", ("priorityClassName", "containers", "affinity")),
    ):
        fields = "".join(f"  {path}: {data.draw(WEIRD)}\n" for path in paths)
        whole = data.draw(st.sampled_from([f"spec:\n{fields}", "spec: 5", "spec: []"]))
        text += other(kind, whole, group=group)
    text += other("PriorityClass", f"value: {data.draw(WEIRD)}", group="scheduling.k8s.io/v1")
    text += other(
        "MutatingWebhookConfiguration",
        f"webhooks: [{{rules: {data.draw(WEIRD)}}}, {data.draw(WEIRD)}]",
        group="admissionregistration.k8s.io/v1",
    )
    load_text(text + NODES)


@pytest.mark.parametrize(
    ("key", "faults", "told"),
    [
        ("disk", "{kubeletRestarts: 1}", True),
        ("disk", "{nodeCrashes: 1}", True),
        ("disk", "{}", False),
        ("rack", "{kubeletRestarts: 1}", False),
    ],
)
def test_labels_by_which_kubelets_admit(key: str, faults: str, told: bool) -> None:
    """Where a step takes from a node what the template asks for."""
    check = (
        "cluster: {nodes: {count: 2, labels: {disk: ssd, rack: a}}}\n"
        f"scenario: {{steps: [{{unlabel: {{node: node-1, key: {key}}}}}]}}\nfaults: {faults}\n"
    )
    text = f"{deployment(pod='nodeSelector: {disk: ssd}')}---\n{check_document(check)}"
    (found,) = plan_of(text).scenarios
    assert [use.name for use in found.omitted] == ["label-admission"] * told
    row = OMISSIONS["label-admission"]
    doubts = row.falsifies["replicas-converge"](found)
    assert doubts == (faults != "{}")
