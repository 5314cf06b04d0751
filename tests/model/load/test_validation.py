"""What Kubernetes refuses after decoding is refused here, in its place; what it takes is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from model.load.fields import fields_of
from model.load.kinds import READ
from model.load.openapi import paragraphs
from model.load.validation import RULES
from tests.model.load.helpers import deployment, findings, load_text, marked

MOUNT = "volumeMounts: [{name: v, mountPath: /a}]"
VOLUME = "volumes:\n- name: v\n  "
PROBE = "readinessProbe:\n  "
SPREAD = "topologySpreadConstraints:\n- topologyKey: zone\n  "
NODES = "affinity:\n  nodeAffinity:\n    preferredDuringSchedulingIgnoredDuringExecution:\n"
TERM = (
    "affinity:\n  podAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n"
    "    - topologyKey: zone\n      "
)
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  "
PORT = "ports: [{port: 80}]\n  "
NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
BUDGET = "apiVersion: policy/v1\nkind: PodDisruptionBudget\n"

#: Manifests in which each line that is refused is marked with the code of the finding.
REFUSED = {
    # metadata
    "namespace": deployment().replace(
        "name: web\nspec", "name: web\n  namespace: A_b  # <- P206\nspec"
    ),
    "label of the object": deployment().replace(
        "name: web\nspec", "name: web\n  labels: {a: b c}  # <- P206\nspec"
    ),
    "annotation": deployment().replace(
        "name: web\nspec", "name: web\n  annotations: {a b: c}  # <- P206\nspec"
    ),
    "finalizer": deployment().replace(
        "name: web\nspec", "name: web\n  finalizers: [plain]  # <- P206\nspec"
    ),
    "two controllers": deployment().replace(
        "name: web\nspec",
        "name: web\n  ownerReferences:\n"
        "  - {apiVersion: v1, kind: A, name: a, uid: u, controller: true}\n"
        "  - {apiVersion: v1, kind: B, name: b, uid: v, controller: true}  # <- P203\nspec",
    ),
    "deletion cost": deployment().replace(
        "{labels: {app: web}}",
        "{labels: {app: web}, annotations: {controller.kubernetes.io/pod-deletion-cost: high}}"
        "  # <- P200",
    ),
    # containers
    "image pull policy": deployment(container="imagePullPolicy: Sometimes  # <- P201"),
    "port name too long": deployment(
        container="ports: [{name: abcdefghijklmnop, containerPort: 1}]  # <- P206"
    ),
    "port name without a letter": deployment(
        container='ports: [{name: "80", containerPort: 80}]  # <- P206'
    ),
    "port name twice": deployment(
        container="ports:\n- {name: a, containerPort: 1}\n- {name: a, containerPort: 2}  # <- P205"
    ),
    "environment name": deployment(container="env: [{name: a=b, value: c}]  # <- P206"),
    "environment without a name": deployment(container="env: [{value: c}]  # <- P104"),
    "value and valueFrom": deployment(
        container="env:\n- name: A\n  value: b\n"
        "  valueFrom: {fieldRef: {fieldPath: metadata.name}}  # <- P203"
    ),
    "field of the pod": deployment(
        container="env:\n- {name: A, valueFrom: {fieldRef: {fieldPath: spec.hostname}}}  # <- P201"
    ),
    "divisor": deployment(
        container="env:\n- name: A\n  valueFrom:\n"
        "    resourceFieldRef: {resource: limits.cpu, divisor: 2m}  # <- P201"
    ),
    "key of a secret": deployment(
        container="env:\n- {name: A, valueFrom: {secretKeyRef: {name: s, key: a b}}}  # <- P206"
    ),
    "envFrom of nothing": deployment(container="envFrom: [{prefix: A}]  # <- P104"),
    "mount of nothing": deployment(container=MOUNT + "  # <- P200"),
    "two mounts at one path": deployment(
        pod=VOLUME + "emptyDir: {}",
        container="volumeMounts:\n- {name: v, mountPath: /a}\n"
        "- {name: v, mountPath: /a}  # <- P205",
    ),
    "sub path goes up": deployment(
        pod=VOLUME + "emptyDir: {}",
        container="volumeMounts: [{name: v, mountPath: /a, subPath: b/../..}]  # <- P200",
    ),
    "device that is a file system": deployment(
        pod=VOLUME + "emptyDir: {}",
        container="volumeDevices: [{name: v, devicePath: /dev/a}]  # <- P203",
    ),
    "probe without a handler": deployment(container="livenessProbe: {periodSeconds: 1}  # <- P104"),
    "probe with two handlers": deployment(
        container=PROBE + "exec: {command: [a]}\n  tcpSocket: {port: 1}  # <- P203"
    ),
    "probe of a port by a number in quotes": deployment(
        container=PROBE + 'tcpSocket: {port: "80"}  # <- P206'
    ),
    "liveness that must succeed twice": deployment(
        container="livenessProbe:\n  grpc: {port: 1}\n  successThreshold: 2  # <- P200"
    ),
    "grace of a readiness probe": deployment(
        container=PROBE + "grpc: {port: 1}\n  terminationGracePeriodSeconds: 1  # <- P203"
    ),
    "hook without a handler": deployment(container="lifecycle: {preStop: {}}  # <- P104"),
    "sleeps longer than the grace": deployment(
        container="lifecycle: {preStop: {sleep: {seconds: 31}}}  # <- P200"
    ),
    "probe of an init container": deployment(
        pod="initContainers:\n- name: i\n  image: i\n  readinessProbe: {grpc: {port: 1}}  # <- P203"
    ),
    "restart rules without a policy": deployment(
        container="restartPolicyRules:  # <- P104\n"
        "- {action: Restart, exitCodes: {operator: In, values: [1]}}"
    )
    .replace("restartPolicyRules:  # <- P104", "restartPolicyRules:")
    .replace("- name: web\n", "- name: web  # <- P104\n"),
    # volumes
    "volume twice": deployment(
        pod="volumes:\n- {name: v, emptyDir: {}}\n- {name: v, emptyDir: {}}  # <- P205"
    ),
    "two sources": deployment(pod=VOLUME + "emptyDir: {}\n  hostPath: {path: /a}  # <- P203"),
    "claim without a name": deployment(pod=VOLUME + "persistentVolumeClaim: {}  # <- P104"),
    "mode of files": deployment(pod=VOLUME + "configMap: {name: a, defaultMode: 1000}  # <- P200"),
    "key at a path that goes up": deployment(
        pod=VOLUME + "secret: {secretName: a, items: [{key: k, path: ../a}]}  # <- P200"
    ),
    "type of a host path": deployment(pod=VOLUME + "hostPath: {path: /a, type: Link}  # <- P201"),
    "one path twice": deployment(
        pod=VOLUME + "projected:\n    sources:\n"
        "    - {secret: {name: a, items: [{key: k, path: p}]}}\n"
        "    - {configMap: {name: a, items: [{key: k, path: p}]}}  # <- P205"
    ),
    "claim template without a size": deployment(
        pod=VOLUME + "ephemeral:\n    volumeClaimTemplate:\n"
        "      spec: {accessModes: [ReadWriteOnce]}  # <- P104"
    ),
    # resources
    "huge pages alone": deployment(
        container="resources: {limits: {hugepages-2Mi: 4Mi}}  # <- P203"
    ),
    "half a huge page": deployment(
        container="resources:\n  requests: {cpu: 1}\n  limits: {hugepages-2Mi: 3Mi}  # <- P200"
    ),
    "claim of nothing": deployment(container="resources: {claims: [{name: a}]}  # <- P200"),
    "pod as a whole below its containers": deployment(
        pod="resources: {requests: {cpu: 1}}  # <- P203",
        container="resources: {requests: {cpu: 2}}",
    ),
    "container above the pod": deployment(
        pod="resources: {limits: {cpu: 1}}",
        container="resources: {limits: {cpu: 2}}  # <- P203",
    ),
    "resource of containers only": deployment(
        pod="resources: {requests: {ephemeral-storage: 1Gi}}  # <- P201"
    ),
    # security
    "user": deployment(pod="securityContext: {runAsUser: -1}  # <- P200"),
    "privileged without escalation": deployment(
        container="securityContext: {privileged: true, allowPrivilegeEscalation: false}  # <- P203"
    ),
    "profile of no type": deployment(pod="securityContext: {seccompProfile: {}}  # <- P104"),
    "processes of host and pod": deployment(
        pod="hostPID: true\nshareProcessNamespace: true  # <- P203"
    ),
    "sysctl of the host's network": deployment(
        pod="hostNetwork: true\nsecurityContext: {sysctls: [{name: net.a, value: b}]}  # <- P203"
    ),
    "Linux's fields on Windows": deployment(pod="os: {name: windows}\nhostPID: true  # <- P203"),
    # placement
    "toleration Gt": deployment(pod="tolerations: [{key: a, operator: Gt, value: '1'}]  # <- P201"),
    "toleration value": deployment(pod="tolerations: [{key: a, value: b c}]  # <- P206"),
    "spread without whenUnsatisfiable": deployment(pod=SPREAD + "maxSkew: 1").replace(
        "- topologyKey: zone", "- topologyKey: zone  # <- P104"
    ),
    "spread of nothing": deployment(
        pod=SPREAD + "whenUnsatisfiable: DoNotSchedule\n  maxSkew: 0  # <- P200"
    ),
    "minDomains of a preference": deployment(
        pod=SPREAD + "whenUnsatisfiable: ScheduleAnyway\n  maxSkew: 1\n  minDomains: 2  # <- P203"
    ),
    "the same spread twice": deployment(
        pod="topologySpreadConstraints:\n"
        "- {topologyKey: a, whenUnsatisfiable: DoNotSchedule, maxSkew: 1}\n"
        "- {topologyKey: a, whenUnsatisfiable: DoNotSchedule, maxSkew: 2}  # <- P205"
    ),
    "weight": deployment(
        pod=NODES + "    - weight: 101  # <- P200\n"
        "      preference: {matchExpressions: [{key: a, operator: Exists}]}"
    ),
    "operator of a preference": deployment(
        pod=NODES + "    - weight: 1\n"
        "      preference: {matchExpressions: [{key: a, operator: Near}]}  # <- P201"
    ),
    "namespace of an affinity": deployment(
        pod=TERM + "labelSelector: {}\n      namespaces: [A_b]  # <- P206"
    ),
    "label keys without a selector": deployment(pod=TERM + "matchLabelKeys: [a]  # <- P203"),
    # the rest of the pod
    "dnsPolicy": deployment(pod="dnsPolicy: Mine  # <- P201"),
    "dnsPolicy None alone": deployment(pod="dnsPolicy: None  # <- P104"),
    "name server": deployment(pod="dnsConfig: {nameservers: [01.1.1.1]}  # <- P200"),
    "alias": deployment(pod="hostAliases: [{ip: here, hostnames: [a]}]  # <- P200"),
    "nodeName": deployment(pod="nodeName: A_b  # <- P206"),
    "gate": deployment(pod="schedulingGates: [{name: a b}]  # <- P206"),
    "removed apiVersion": deployment().replace("apps/v1", "extensions/v1beta1  # <- P101"),
    # Services
    "Service without ports": SERVICE + "selector: {a: b}  # <- P104\n",
    "type": SERVICE + PORT + "type: Public  # <- P201\n",
    "node port inside": SERVICE + "ports: [{port: 80, nodePort: 30080}]  # <- P203\n",
    "two ports without names": SERVICE + "ports:\n  - {port: 1}  # <- P104\n"
    "  - {port: 2, name: b}\n",
    "target port": SERVICE + "ports: [{port: 80, targetPort: HTTP}]  # <- P206\n",
    "the same port twice": SERVICE + "ports:\n  - {name: a, port: 80}\n"
    "  - {name: b, port: 80}  # <- P205\n",
    "name of another cluster": SERVICE + "type: ExternalName\n  externalName: a_b  # <- P206\n",
    "addresses of one family": SERVICE + PORT + "clusterIP: 10.0.0.1\n"
    "  clusterIPs: [10.0.0.1, 10.0.0.2]  # <- P200\n",
    "sources inside": SERVICE + PORT + "loadBalancerSourceRanges: [10.0.0.0/8]  # <- P203\n",
    "loopback from outside": SERVICE + PORT + "externalIPs: [127.0.0.1]  # <- P200\n",
    "session": SERVICE + PORT + "sessionAffinity: ClientIP\n"
    "  sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}}  # <- P200\n",
    # others
    "network of a node": NODE + "spec: {podCIDR: 10.0.0.1/24}  # <- P200\n",
    "half a pod": NODE + "status: {capacity: {pods: 1.5}}  # <- P200\n",
    "time": NODE + "spec:\n  taints:\n"
    "  - {key: a, effect: NoSchedule, timeAdded: yesterday}  # <- P103\n",
    "eviction policy": BUDGET + "metadata: {name: a}\nspec:\n  selector: {}\n  minAvailable: 1\n"
    "  unhealthyPodEvictionPolicy: Sometimes  # <- P201\n",
    "name of a namespace": "apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}  # <- P206\n",
}

#: Manifests that look wrong and are taken.
TAKEN = {
    "Gt with a word": deployment(
        pod=NODES + "    - weight: 1\n"
        "      preference: {matchExpressions: [{key: a, operator: Gt, values: [many]}]}"
    ),
    "negative grace": deployment(pod="terminationGracePeriodSeconds: -1"),
    "image with spaces": deployment(containers="- {name: web, image: ' b'}"),
    "volume without a source": deployment(pod="volumes: [{name: v}]", container=MOUNT),
    "restartPolicy of a container": deployment(container="restartPolicy: Never"),
    "negative tolerationSeconds": deployment(
        pod="tolerations: [{operator: Exists, effect: NoExecute, tolerationSeconds: -5}]"
    ),
    "unknown scheduler": deployment(pod="schedulerName: A b"),
    "budget without a spec": deployment() + "---\n" + BUDGET + "metadata: {name: A_b}\n",
    "headless without ports": deployment() + "---\n" + SERVICE + "clusterIP: None\n",
    "name that begins with a digit": deployment()
    + "---\n"
    + SERVICE.replace("name: web", "name: 1a")
    + PORT,
    "namespace of a node": NODE.replace("n1}", "n1, namespace: default}") + "---\n" + deployment(),
    "binary text": deployment().replace("{app: web}}", "{app: web, x: !!binary aGk= }}"),
    "resource of Kubernetes": deployment(
        container="resources: {requests: {kubernetes.io/a: 500m}}"
    ),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(text: str) -> None:
    """Each rule's finding is where the mistake is, and nothing else is found."""
    loaded = load_text(text if "kind: Deployment" in text else f"{text}---\n{deployment()}")
    assert findings(loaded) == marked(text)
    assert loaded.plan is None


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN.keys())
def test_what_is_taken(text: str) -> None:
    """Odd, and accepted."""
    loaded = load_text(text)
    assert not [found.message for found in loaded.diagnostics if found.severity == "error"]


def test_more_replicas_than_any_cluster_has_are_told_and_left_alone() -> None:
    """They are valid; nothing of that size can be checked."""
    loaded = load_text(deployment("replicas: 1000000"))
    assert [found.code for found in loaded.diagnostics] == ["P302"]
    assert loaded.plan is not None
    assert loaded.plan.unchecked == ("Deployment/default/web",)


def test_every_kind_that_is_read_has_a_rule() -> None:
    """And its fields are known."""
    assert RULES.keys() == READ.keys()
    assert all("metadata" in fields_of(kind) for kind in READ)


def test_rules_wait_for_the_shape() -> None:
    """As upstream does: of what is not decoded nothing is validated."""
    text = deployment(container="readinessProbe:\n  httpGet: {prt: 1}  # <- P102")
    assert findings(load_text(text)) == marked(text)


def types() -> Iterator[tuple[str, Any]]:
    yield "a.Deployment", {"replicas": {"type": "integer", "format": "int32"}}
    yield "a.Deployment", {"spec": {"$ref": "#/definitions/a.Spec"}}
    yield "a.Deployment", {"all": {"type": "array", "items": {"$ref": "#/definitions/a.Spec"}}}
    quantity = "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"
    yield "a.Spec", {"limits": {"type": "object", "additionalProperties": {"$ref": quantity}}}
    yield "a.Spec", {"seconds": {"type": "integer", "format": "int64"}, "on": {"type": "boolean"}}
    yield "a.Other", {"name": {"type": "string"}}


def test_fields_come_from_openapi() -> None:
    """A paragraph for each type that the asked one is made of, in the notation of `fields`."""
    definitions: dict[str, Any] = {}
    for name, properties in types():
        definitions.setdefault(name, {"properties": {}})["properties"].update(properties)
    definitions = json.loads(json.dumps(definitions))
    assert list(paragraphs(definitions, ["a.Deployment"])) == [
        "Deployment: replicas:i spec:Spec all:[Spec]",
        "Spec: limits:{q} seconds:l on:b",
    ]


NULLS = {
    "null among containers": deployment().replace(
        "- name: web", "- null  # <- P104 P104\n      - name: web"
    ),
    "null for a label": deployment()
    .replace("{app: web}}", "{app: null}}")
    .replace(
        "selector: {matchLabels: {app: web}}", "selector: {matchLabels: {app: web}}  # <- P202"
    ),
    "null for an amount": deployment(
        container="resources:\n  requests: {cpu: 1}  # <- P203\n  limits: {cpu: null}"
    ),
}


@pytest.mark.parametrize("text", NULLS.values(), ids=NULLS.keys())
def test_null_is_the_empty_value_of_its_type(text: str) -> None:
    """In a list, and in a map of texts or amounts."""
    assert findings(load_text(text)) == marked(text)
