"""Manifests become typed objects with upstream's defaults and the places of their fields."""

from __future__ import annotations

import json

import pytest

from model.api.intstr import IntOrPercent
from model.api.node import Taint
from model.api.pod import AntiAffinityTerm, Toleration
from model.api.selector import LabelSelector, Requirement
from tests.model.load.helpers import deployment, load_text, plan_of, workload_of

ANTI = (
    "affinity:\n  podAntiAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n"
    "    - topologyKey: kubernetes.io/hostname\n"
)


def test_defaults_of_a_deployment() -> None:
    """One replica, RollingUpdate of 25 % each, ready at once, 30 s of grace."""
    workload = workload_of(deployment())
    assert workload.subject == "Deployment/default/web"
    assert (workload.replicas, workload.strategy, workload.min_ready_seconds) == (
        1,
        "RollingUpdate",
        0,
    )
    assert workload.max_surge == workload.max_unavailable == IntOrPercent(25, percent=True)
    assert workload.selector == LabelSelector({"app": "web"})
    assert workload.template.images == ("nginx:1.27",)
    assert workload.template.termination_grace_seconds == 30
    assert not workload.template.has_readiness_probe


def test_half_a_strategy_keeps_the_other_default() -> None:
    """maxSurge alone leaves maxUnavailable at its default, and the other way round."""
    workload = workload_of(deployment("strategy: {rollingUpdate: {maxSurge: 0}}"))
    assert (workload.max_surge, workload.max_unavailable) == (
        IntOrPercent(0),
        IntOrPercent(25, percent=True),
    )


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "rounded"),
    [
        (3, "25%", "25%", (1, 0)),
        (4, "25%", "25%", (1, 1)),
        (10, "25%", "25%", (3, 2)),
        (10, "0%", "5%", (0, 1)),
        (1, "0", "100%", (0, 1)),
        (2, "150%", "0", (3, 0)),
        (3, "0", "9", (0, 3)),
    ],
)
def test_rounding(replicas: int, surge: str, unavailable: str, rounded: tuple[int, int]) -> None:
    """Surge rounds up, unavailable down, and both cannot come to nothing."""
    spec = f"replicas: {replicas}\nstrategy:\n  rollingUpdate:\n    maxSurge: {surge}\n"
    workload = workload_of(deployment(f"{spec}    maxUnavailable: {unavailable}"))
    assert workload.rounded == rounded


def test_recreate() -> None:
    """Recreate needs no rollingUpdate."""
    assert workload_of(deployment("strategy: {type: Recreate}")).strategy == "Recreate"


def test_null_is_absent() -> None:
    """A null field takes its default, as JSON null does upstream."""
    workload = workload_of(deployment("replicas: null\nstrategy: ~\nminReadySeconds:"))
    assert (workload.replicas, workload.strategy) == (1, "RollingUpdate")


def test_places_of_fields() -> None:
    """What verdicts point at has its place; what is absent points at its parent."""
    text = deployment(
        "replicas: 3\nstrategy:\n  rollingUpdate:\n    maxSurge: 1",
        "nodeSelector:\n  disk: ssd",
        "resources:\n  requests:\n    cpu: 1\nreadinessProbe: {grpc: {port: 1}}",
    )
    workload = workload_of(text)
    lines = text.splitlines()

    def key_at(path: str) -> str:
        place = {**workload.fields, **workload.template.fields}[path]
        return lines[place.line - 1][place.column - 1 :].partition(":")[0]

    expected = {
        "spec.replicas": "replicas",
        "spec.strategy": "strategy",
        "spec.strategy.type": "strategy",
        "spec.strategy.rollingUpdate.maxSurge": "maxSurge",
        "spec.strategy.rollingUpdate.maxUnavailable": "rollingUpdate",
        "spec.selector": "selector",
        "spec.template": "template",
        "spec.template.spec.nodeSelector": "nodeSelector",
        "spec.template.spec.nodeSelector.disk": "disk",
        "spec.template.spec.containers[0].image": "image",
        "spec.template.spec.containers[0].resources.requests.cpu": "cpu",
        "spec.template.spec.containers[0].readinessProbe": "readinessProbe",
    }
    assert {path: key_at(path) for path in expected} == expected
    assert workload.fields["spec.minReadySeconds"].file == "<stdin>"


def test_placement_of_a_template() -> None:
    """Selectors, affinity, tolerations and host ports as the scheduler needs them."""
    pod = """
nodeName: a
terminationGracePeriodSeconds: 5
nodeSelector: {disk: ssd}
tolerations:
- {operator: Exists}
- {key: k, value: v, effect: NoExecute, tolerationSeconds: 9}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
      - matchExpressions: [{key: z, operator: In, values: [a, b]}]
      - {}
      - matchFields: [{key: metadata.name, operator: NotIn, values: [m]}]
"""
    container = "ports: [{containerPort: 1, hostPort: 80, hostIP: 1.2.3.4, protocol: UDP}]"
    template = workload_of(deployment(pod=pod, container=container)).template
    assert template.node_name == "a"
    assert template.node_selector == {"disk": "ssd"}
    assert template.tolerations == (
        Toleration(operator="Exists"),
        Toleration("k", "Equal", "v", "NoExecute", 9),
    )
    assert template.node_affinity == (
        (Requirement("z", "In", ("a", "b")),),
        (Requirement("metadata.name", "NotIn", ("m",), field=True),),
    )
    assert template.host_ports == (("1.2.3.4", "UDP", 80),)
    assert template.termination_grace_seconds == 5


def test_terms_that_match_nothing() -> None:
    """An empty term matches no node: none is left, and that differs from no affinity."""
    pod = (
        "affinity:\n  nodeAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n"
        "      nodeSelectorTerms: [{}]"
    )
    assert workload_of(deployment(pod=pod)).template.node_affinity == ()
    assert workload_of(deployment()).template.node_affinity is None


def test_host_network_takes_every_port() -> None:
    """With hostNetwork a container's port is a port of the node."""
    template = workload_of(
        deployment(pod="hostNetwork: true", container="ports: [{containerPort: 80}]")
    ).template
    assert template.host_ports == (("", "TCP", 80),)


@pytest.mark.parametrize(
    ("term", "kept", "unread"),
    [
        ("labelSelector: {matchLabels: {app: web}}", True, False),
        ("labelSelector: {}", True, False),
        ("labelSelector: {}\n      namespaces: [default]", True, False),
        ("labelSelector: {}\n      namespaces: [other]", False, False),
        ("labelSelector: {matchLabels: {app: x}}", False, False),
        ("labelSelector: null", False, False),
        ("labelSelector: {}\n      matchLabelKeys: [pod-template-hash]", False, True),
        ("labelSelector: {}\n      namespaceSelector: {}", False, True),
    ],
)
def test_anti_affinity_to_itself(term: str, kept: bool, unread: bool) -> None:
    """Terms that select the template are kept. Of others those are omitted that may select it."""
    plan = plan_of(deployment(pod=ANTI + "      " + term))
    scenario = plan.scenarios[0]
    expected = (AntiAffinityTerm("kubernetes.io/hostname"),) if kept else ()
    assert scenario.workload.template.anti_affinity == expected
    assert [use.name for use in scenario.omitted] == ["pod-anti-affinity"] * unread


def test_anti_affinity_by_a_label_that_no_node_has() -> None:
    """Upstream such a term forbids nothing; that it was met so is said."""
    pod = (ANTI + "      labelSelector: {}").replace("kubernetes.io/hostname", "zone")
    node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n"
    scenario = plan_of(deployment(pod=pod) + node).scenarios[0]
    assert scenario.workload.template.anti_affinity == (AntiAffinityTerm("zone"),)
    assert any("no node has the label zone" in text for text in scenario.assumptions)


@pytest.mark.parametrize(
    ("pod", "spec", "named"),
    [
        ("schedulerName: mine", "", ["scheduler-name"]),
        ("schedulerName: default-scheduler", "", []),
        ("", "paused: true", ["paused"]),
        ("", "paused: false", []),
    ],
)
def test_what_the_model_leaves_out_is_found(pod: str, spec: str, named: list[str]) -> None:
    """Fields that matter upstream and not in the model are omissions; defaults are none."""
    scenario = plan_of(deployment(spec, pod)).scenarios[0]
    assert [use.name for use in scenario.omitted] == named


def test_claims_that_are_not_here() -> None:
    """That their volumes can be used on every node is assumed, and said."""
    pod = "volumes: [{name: a, persistentVolumeClaim: {claimName: data}}]"
    scenario = plan_of(deployment(pod=pod)).scenarios[0]
    assert any("data" in text for text in scenario.assumptions)
    assert scenario.omitted == ()


def test_lists_are_unpacked() -> None:
    """`List` and typed lists stand for their items, which may leave out their kind."""
    one = "kind: Deployment\n" + deployment().partition("kind: Deployment\n")[2]
    indented = "".join(f"    {line}\n" for line in one.splitlines()).replace("    ", "  - ", 1)
    whole = "apiVersion: v1\nkind: List\nitems:\n" + indented.replace(
        "  - ", "  - apiVersion: apps/v1\n    ", 1
    )
    assert {s.workload.name for s in plan_of(whole).scenarios} == {"web"}
    bare = indented.replace("  - kind: Deployment\n    ", "  - ", 1)
    typed = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n" + bare
    assert {s.workload.name for s in plan_of(typed).scenarios} == {"web"}


def test_helm_output() -> None:
    """Comments and empty documents between objects are skipped."""
    text = "---\n# Source: c/a.yaml\n" + deployment() + "---\n# Source: c/b.yaml\n---\n"
    assert {s.workload.name for s in plan_of(text).scenarios} == {"web"}


def test_json_manifests() -> None:
    """JSON is read as YAML is."""
    data = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "a", "namespace": "n"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    }
    workload = workload_of(json.dumps(data, indent="\t"))
    assert (workload.subject, workload.replicas) == ("ReplicaSet/n/a", 2)


def test_every_other_object_is_named() -> None:
    """Objects that no scenario reads are listed, never dropped; namespaces go without saying."""
    text = "---\n".join(
        [
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None}\n",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: other}\n",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n",
            "apiVersion: example.com/v1\nkind: Deploymnet\nmetadata: {name: a, namespace: other}\n",
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"
            "spec: {maxUnavailable: 1, selector: {matchLabels: {app: other}}}\n",
        ]
    )
    plan = plan_of(text)
    assert plan.scenarios == ()
    assert plan.unchecked == (
        "Service/default/a",
        "ConfigMap/other/a",
        "ClusterRole/a",
        "Deploymnet/other/a",
        "PodDisruptionBudget/default/a",
    )


def test_replica_sets_of_a_deployment_are_not_checked_apart() -> None:
    """What a Deployment owns is part of it; without its owner it is named as unchecked."""
    owned = deployment(kind="ReplicaSet", name="web-1").replace(
        "  name: web-1\n",
        "  name: web-1\n  ownerReferences:\n"
        "  - {apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}\n",
    )
    plan = plan_of(deployment() + "---\n" + owned)
    assert {s.workload.kind for s in plan.scenarios} == {"Deployment"}
    assert plan.unchecked == ()
    assert plan_of(owned).unchecked == ("ReplicaSet/default/web-1",)


def test_nodes() -> None:
    """All of capacity is allocatable where nothing else is said, and a resource that only capacity
    has is not; the hostname label is the name if not given."""
    text = """
apiVersion: v1
kind: Node
metadata: {name: a, labels: {zone: x}}
spec:
  unschedulable: true
  taints: [{key: k, value: v, effect: NoExecute}]
status:
  capacity: {cpu: 4, memory: 8Gi, pods: 90, example.com/gpu: 1}
  allocatable: {cpu: 3920m, memory: 7Gi, pods: 80}
"""
    (node,) = plan_of(deployment() + "---" + text).scenarios[0].nodes
    assert node.labels == {"zone": "x", "kubernetes.io/hostname": "a"}
    assert node.taints == (Taint("k", "v", "NoExecute"),)
    assert node.unschedulable
    assert node.allocatable == {"cpu": 3920, "memory": 7 * 2**30, "pods": 80}
    whole = text[: text.index("  allocatable")]
    (node,) = plan_of(deployment() + "---" + whole).scenarios[0].nodes
    gpu = {"example.com/gpu": 1}
    assert node.allocatable == {"cpu": 4000, "memory": 8 * 2**30, "pods": 90, **gpu}


@pytest.mark.parametrize(
    ("limits", "low", "high"),
    [
        ("minAvailable: 2", IntOrPercent(2), None),
        ("maxUnavailable: 50%", None, IntOrPercent(50, percent=True)),
        ("{}", None, IntOrPercent(0)),
    ],
)
def test_budgets(limits: str, low: IntOrPercent | None, high: IntOrPercent | None) -> None:
    """A budget guards the workloads of its namespace that it selects; without limit, fully."""
    budget = (
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec:\n"
        "  selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}\n"
    )
    text = deployment() + budget + (f"  {limits}\n" if limits != "{}" else "")
    (found,) = plan_of(text).scenarios[0].budgets
    assert (found.min_available, found.max_unavailable) == (low, high)
    elsewhere = text.replace("{name: b}", "{name: b, namespace: other}")
    assert plan_of(elsewhere).scenarios[0].budgets == ()


@pytest.mark.parametrize(
    ("operator", "values", "own", "matches"),
    [
        ("In", ("a", "b"), {"k": "a"}, True),
        ("In", ("a", "b"), {"k": "c"}, False),
        ("In", ("a", "b"), {}, False),
        ("NotIn", ("a",), {"k": "b"}, True),
        ("NotIn", ("a",), {"k": "a"}, False),
        ("NotIn", ("a",), {}, True),
        ("Exists", (), {"k": ""}, True),
        ("Exists", (), {}, False),
        ("DoesNotExist", (), {}, True),
        ("DoesNotExist", (), {"k": ""}, False),
    ],
)
def test_selectors(
    operator: str, values: tuple[str, ...], own: dict[str, str], matches: bool
) -> None:
    """The truth table of labels.Requirement: NotIn holds of pods without the label."""
    requirement = Requirement("k", operator, values)  # type: ignore[arg-type]
    assert LabelSelector(match_expressions=(requirement,)).selects(own) is matches


def test_an_autoscaler_is_found() -> None:
    """An autoscaler that targets a workload is not modelled, and that is an omission."""
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
        "spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: web}}\n"
    )
    plan = plan_of(deployment() + scaler)
    assert plan.unchecked == ()
    whats = {use.name: use.what for use in plan.scenarios[0].omitted}
    assert whats["autoscaler"] == "HorizontalPodAutoscaler/default/h"


def test_same_input_same_result() -> None:
    """Loading is deterministic."""
    text = deployment("replica: 1") + "---\n" + deployment(name="b")
    assert load_text(text) == load_text(text)
