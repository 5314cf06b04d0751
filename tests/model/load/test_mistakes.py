"""Every kind of mistake in a manifest is reported where it is, and nothing else is.

The places expected are written into the manifests themselves, as `# <- CODE`.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.load import CODES
from model.load.diagnostics import MAX_FOUND
from model.load.fields import fields_of
from tests.model.load.helpers import deployment, findings, load_text, marked

PDB = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n"
NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n"
TOLERATION = "tolerations:\n- key: a\n  "
AFFINITY = "affinity:\n  nodeAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n"
ANTI = "affinity:\n  podAntiAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n"

MISTAKES = {
    # objects
    "no kind": "apiVersion: v1  # <- P100\nmetadata: {name: a}\n",
    "no apiVersion": "kind: Pod  # <- P100\nmetadata: {name: a}\n",
    "neither": "a: 1  # <- P100\n",
    "a string": "just text  # <- P100\n",
    "a list": "- a  # <- P100\n",
    "kind of a wrong type": "apiVersion: v1\nkind: [Pod]  # <- P103\n",
    "items that are no list": "apiVersion: v1\nkind: List\nitems: 3  # <- P103\n",
    "items that are no objects": "apiVersion: v1\nkind: List\nitems:\n- a  # <- P100\n",
    "a list of nothing known": "apiVersion: apps/v1\nkind: DeploymnetList  # <- P101\n",
    "misspelt kind": "apiVersion: apps/v1\nkind: Deploymnet  # <- P101\n",
    "kind of another group": "apiVersion: v1\nkind: Deployment  # <- P101\n",
    "unknown group": "apiVersion: app/v1  # <- P101\nkind: Deployment\n",
    "group without version": "apiVersion: apps  # <- P101\nkind: Deployment\n",
    "unknown version": deployment().replace("apps/v1", "apps/v2  # <- P101"),
    "unknown spec version": "apiVersion: planecheck.dev/v1  # <- P101\nkind: Check\n",
    "misspelt spec kind": "apiVersion: planecheck.dev/v1alpha1\nkind: Chekc  # <- P101\n",
    "no name": "apiVersion: v1\nkind: Service\nmetadata:  # <- P104\n  labels: {}\n"
    "spec: {clusterIP: None}\n",
    "bad name": deployment(name="Web_1  # <- P206"),
    # shape
    "unknown field": deployment("replica: 3  # <- P102"),
    "field of the wrong case": deployment("Replicas: 3  # <- P102"),
    "field one level too high": deployment("restartPolicy: Always  # <- P102"),
    "unknown field deep down": deployment(
        container="readinessProbe:\n  httpGet: {prt: 1}  # <- P102"
    ),
    "replicas as a string": deployment('replicas: "3"  # <- P103'),
    "replicas as a fraction": deployment("replicas: 1.5  # <- P103"),
    "replicas as a boolean": deployment("replicas: yes  # <- P103"),
    "a list for a mapping": deployment("strategy: []  # <- P103"),
    "a mapping for a list": deployment(pod="volumes: {}  # <- P103"),
    "a number as a label": deployment(pod="nodeSelector: {disk: 1}  # <- P103"),
    "a number in env": deployment(container="env:\n- {name: A, value: 1}  # <- P103"),
    "a boolean in env": deployment(container="env:\n- {name: A, value: on}  # <- P103"),
    "a text for a boolean": deployment(pod='hostNetwork: "true"  # <- P103'),
    "minReadySeconds beyond 64 bits": deployment(
        "minReadySeconds: 99999999999999999999  # <- P200"
    ),
    # workloads
    "no spec": "apiVersion: apps/v1  # <- P104\nkind: Deployment\nmetadata: {name: a}\n",
    "negative replicas": deployment("replicas: -1  # <- P200"),
    "replicas beyond 32 bits": deployment("replicas: 2147483648  # <- P200"),
    "negative minReadySeconds": deployment("minReadySeconds: -1  # <- P200"),
    "no selector": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:  # <- P104 P104\n"
        "  replicas: 1\n"
    ).replace("spec:  # <- P104 P104\n  replicas: 1\n", "spec: {replicas: 1}  # <- P104 P104\n"),
    "selector of other labels": deployment(selector="selector: {matchLabels: {app: x}}  # <- P202"),
    "empty selector": deployment(selector="selector: {}  # <- P202"),
    "selector with a bad operator": deployment(
        selector="selector:\n  matchLabels: {app: web}\n  matchExpressions:\n"
        "  - {key: app, operator: Is, values: [web]}  # <- P201"
    ),
    "selector In without values": deployment(
        selector="selector:\n  matchLabels: {app: web}\n  matchExpressions:\n"
        "  - {key: app, operator: In}  # <- P202"
    ),
    "bad label value": deployment(selector="selector: {matchLabels: {app: '-'}}  # <- P202 P206"),
    "both zero": deployment(
        "strategy:\n  rollingUpdate:\n    maxSurge: 0\n    maxUnavailable: 0  # <- P203"
    ),
    "both zero percent": deployment(
        "strategy:\n  rollingUpdate:\n    maxSurge: 0%\n    maxUnavailable: 0  # <- P203"
    ),
    "maxUnavailable above 100%": deployment(
        "strategy: {rollingUpdate: {maxUnavailable: 101%}}  # <- P200"
    ),
    "no percentage": deployment("strategy: {rollingUpdate: {maxSurge: '25'}}  # <- P200"),
    "half a percentage": deployment("strategy: {rollingUpdate: {maxSurge: 2.5%}}  # <- P200"),
    "negative surge": deployment("strategy: {rollingUpdate: {maxSurge: -1}}  # <- P200"),
    "negative percentage": deployment("strategy: {rollingUpdate: {maxSurge: -5%}}  # <- P200"),
    "unknown strategy": deployment("strategy: {type: Rolling}  # <- P201"),
    "recreate with rollingUpdate": deployment(
        "strategy:\n  type: Recreate\n  rollingUpdate: {}  # <- P203"
    ),
    "deadline below minReadySeconds": deployment(
        "minReadySeconds: 30\nprogressDeadlineSeconds: 30  # <- P203"
    ),
    "strategy in a ReplicaSet": deployment("strategy: {}  # <- P102", kind="ReplicaSet"),
    # pods
    "restartPolicy Never": deployment(pod="restartPolicy: Never  # <- P201"),
    "activeDeadlineSeconds": deployment(pod="activeDeadlineSeconds: 3  # <- P203"),
    "no containers": deployment(containers="[]  # <- P104").replace(
        "containers:\n      []", "containers: []"
    ),
    "no image": deployment(containers="- name: web  # <- P104"),
    "no container name": deployment(containers="- image: nginx  # <- P104"),
    "container names": deployment(
        containers="- {name: a, image: b}\n- {name: a, image: c}  # <- P205"
    ),
    "container name of an init container": deployment(
        pod="initContainers: [{name: web, image: b}]",
        containers="- {name: web, image: c}  # <- P205",
    ),
    "bad container name": deployment(containers="- {name: a.b, image: c}  # <- P206"),
    "port 0": deployment(container="ports: [{containerPort: 0}]  # <- P104"),
    "port beyond 65535": deployment(container="ports: [{containerPort: 65536}]  # <- P200"),
    "no port": deployment(container="ports: [{name: a}]  # <- P104"),
    "protocol": deployment(container="ports: [{containerPort: 1, protocol: tcp}]  # <- P201"),
    "host port twice": deployment(
        container="ports:\n- {containerPort: 1, hostPort: 80}\n"
        "- {containerPort: 2, hostPort: 80}  # <- P205"
    ),
    "host port with hostNetwork": deployment(
        pod="hostNetwork: true", container="ports: [{containerPort: 1, hostPort: 2}]  # <- P203"
    ),
    # resources
    "bad quantity": deployment(container="resources: {requests: {memory: 1gb}}  # <- P204"),
    "quantity as a boolean": deployment(container="resources: {requests: {cpu: on}}  # <- P103"),
    "negative quantity": deployment(container="resources: {requests: {cpu: -1}}  # <- P200"),
    "request above the limit": deployment(
        container="resources:\n  requests:\n    cpu: 2  # <- P203\n  limits: {cpu: 1500m}"
    ),
    "unknown resource": deployment(container="resources: {requests: {mem: 1Gi}}  # <- P201"),
    "half a GPU": deployment(container="resources: {limits: {example.com/gpu: 0.5}}  # <- P200"),
    "overcommitted GPU": deployment(
        container="resources:\n  requests:\n    example.com/gpu: 1  # <- P203"
    ),
    # placement
    "toleration operator": deployment(pod=TOLERATION + "operator: Is  # <- P201"),
    "toleration effect": deployment(pod=TOLERATION + "effect: NoExec  # <- P201"),
    "toleration of no key": deployment(pod="tolerations:\n- operator: Equal  # <- P203"),
    "toleration Exists with a value": deployment(
        pod=TOLERATION + "operator: Exists\n  value: b  # <- P203"
    ),
    "tolerationSeconds without NoExecute": deployment(
        pod=TOLERATION + "effect: NoSchedule\n  tolerationSeconds: 3  # <- P203"
    ),
    "no node selector terms": deployment(pod=AFFINITY + "      nodeSelectorTerms: []  # <- P104"),
    "Gt with two": deployment(
        pod=AFFINITY + "      nodeSelectorTerms:\n      - matchExpressions:\n"
        "        - {key: a, operator: Gt, values: ['1', '2']}  # <- P202"
    ),
    "matchFields of another field": deployment(
        pod=AFFINITY + "      nodeSelectorTerms:\n      - matchFields:\n"
        "        - {key: metadata.uid, operator: In, values: [b]}  # <- P202"
    ),
    "no topologyKey": deployment(
        pod=ANTI + "    - labelSelector: {matchLabels: {app: web}}  # <- P104"
    ),
    "bad label key": deployment(pod="nodeSelector: {'a b': c}  # <- P206"),
    "requirement without key": deployment(
        pod=AFFINITY + "      nodeSelectorTerms:\n      - matchExpressions:\n"
        "        - {operator: Exists}  # <- P104"
    ),
    "requirement with a bad key": deployment(
        pod=AFFINITY + "      nodeSelectorTerms:\n      - matchExpressions:\n"
        "        - {key: a b, operator: Exists}  # <- P206"
    ),
    "Exists with values": deployment(
        pod=AFFINITY + "      nodeSelectorTerms:\n      - matchExpressions:\n"
        "        - {key: a, operator: Exists, values: [b]}  # <- P202"
    ),
    "toleration of a bad key": deployment(
        pod="tolerations:\n- {key: a b, operator: Exists}  # <- P206"
    ),
    "ephemeral containers": deployment(pod="ephemeralContainers: [{name: a}]  # <- P203"),
    "surge beyond 32 bits": deployment(
        "strategy: {rollingUpdate: {maxSurge: 2147483648}}  # <- P200"
    ),
    # the others
    "budget with both": PDB
    + "spec:\n  selector: {}\n  minAvailable: 1\n  maxUnavailable: 1  # <- P203\n",
    "budget above 100%": PDB + "spec:\n  selector: {}\n  minAvailable: 101%  # <- P200\n",
    "budget negative": PDB + "spec:\n  selector: {}\n  minAvailable: -1  # <- P200\n",
    "taint effect": NODE + "spec:\n  taints: [{key: a, effect: Never}]  # <- P201\n",
    "taint without effect": NODE + "spec:\n  taints: [{key: a}]  # <- P201\n",
    "taint key": NODE + "spec:\n  taints: [{key: a b, effect: NoSchedule}]  # <- P206\n",
    "taint twice": NODE + "spec:\n  taints:\n  - {key: a, effect: NoSchedule}\n"
    "  - {key: a, value: b, effect: NoSchedule}  # <- P205\n",
    "negative allocatable": NODE + "status:\n  allocatable: {cpu: -4}  # <- P200\n",
    "twice the same": NODE + "---\n" + NODE.replace("v1\n", "v1  # <- P106\n", 1),
}


@pytest.mark.parametrize("text", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_reported_where_they_are(text: str) -> None:
    """Exactly the marked lines are reported, with the marked codes, and there is no plan."""
    loaded = load_text(text)
    assert findings(loaded) == marked(text)
    assert loaded.plan is None
    assert all(found.source.file == "<stdin>" for found in loaded.diagnostics)


def test_all_mistakes_at_once() -> None:
    """Mistakes in several objects and of several kinds come together, sorted by place."""
    text = (
        deployment("replica: 3  # <- P102\nminReadySeconds: -1  # <- P200")
        + "---\napiVersion: apps/v1\nkind: Deploymnet  # <- P101\n---\n"
        + deployment('replicas: "3"  # <- P103', name="other")
    )
    assert findings(load_text(text)) == marked(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (deployment("replica: 3"), "did you mean `replicas`?"),
        (deployment("Replicas: 3"), "did you mean `replicas`?"),
        (deployment("restartPolicy: Always"), "`restartPolicy` belongs in spec.template.spec"),
        ("apiVersion: apps/v1\nkind: Deploymnet\n", "did you mean `Deployment`?"),
        ("apiVersion: v1\nkind: Deployment\n", "Deployment is in `apps/v1`"),
        ("apiVersion: app/v1\nkind: Deployment\n", "did you mean `apps`?"),
        ("apiversion: v1\nkind: Pod\n", "`apiversion` should be `apiVersion`"),
        (deployment('replicas: "3"'), "leave out the quotes"),
        (deployment(pod="nodeSelector: {disk: 1}"), 'put it in quotes: "1"'),
        (
            deployment(selector="selector: {matchLabels: {app: x}}"),
            "give the template the label `app: x`",
        ),
        ("a: {{ .Values.x }}\n", "render it first"),
        ("a:\n\t- b\n", "spaces, never with tabs"),
    ],
)
def test_hints_say_how_to_mend(text: str, hint: str) -> None:
    """The commonest mistakes come with the way out."""
    assert any(hint in found.hint for found in load_text(text).diagnostics)


def test_rendering_shows_the_line_with_a_caret() -> None:
    """Place, message, line, caret and help, as compilers print them."""
    (found,) = load_text(deployment("replica: 3")).diagnostics
    assert found.render().splitlines() == [
        "<stdin>:7:3: error[P102]: unknown field `replica` in `spec`",
        "  7 |   replica: 3",
        "    |   ^",
        "  help: did you mean `replicas`?",
    ]


def test_long_lines_are_cut_around_the_caret() -> None:
    """The caret still points at the mistake when only a part of the line is shown."""
    (found,) = load_text('{"apiVersion": "v1", ' + " " * 300 + '"kind": "Pdo"}').diagnostics
    _, line, caret, *_ = found.render().splitlines()
    assert len(line) < 120
    assert line[caret.index("^") :].startswith('"Pdo"')


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (deployment().replace("apps/v1", "apps/v1beta2"), ["P105"]),
        (deployment("replicas: 1000000"), ["P302"]),
        (
            PDB.replace("policy/v1", "policy/v1beta1") + "spec: {maxUnavailable: 1}\n",
            ["P105", "P202"],
        ),
        (PDB + "spec: {selector: {}}\n", ["P104"]),
    ],
)
def test_warnings_do_not_stop(text: str, codes: list[str]) -> None:
    """What upstream accepts, or did once, is accepted with a warning."""
    loaded = load_text(text)
    assert [found.code for found in loaded.diagnostics] == codes
    assert all(found.severity == "warning" for found in loaded.diagnostics)
    assert loaded.plan is not None


def test_findings_are_bounded() -> None:
    """Thousands of mistakes end in a note that there are more, quickly."""
    fields = "\n".join(f"field{number}: 1" for number in range(5000))
    loaded = load_text(deployment(fields))
    assert len(loaded.diagnostics) == MAX_FOUND + 1
    assert loaded.diagnostics[-1].code == "P015"


def test_every_code_is_documented() -> None:
    """The codes that the mistakes above produce have a line in the table."""
    assert {code for text in MISTAKES.values() for _, code in marked(text)} <= set(CODES)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_no_damage_raises(data: st.DataObject) -> None:
    """A manifest with lines dropped, doubled or cut is loaded or reported, never a traceback."""
    text = deployment(
        "replicas: 3\nstrategy:\n  rollingUpdate: {maxSurge: 25%}",
        "tolerations: [{key: a, effect: NoSchedule}]\nhostNetwork: true\n"
        + AFFINITY
        + "      nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]",
        "resources: {requests: {cpu: 100m}}\nports: [{containerPort: 80}]",
    )
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        words = ["", "null", "[]", "{}", "-1", "'x'", "a: b", "*x", "- 1", "1e9"]
        change = data.draw(st.sampled_from(["drop", "double", "cut", "value"]))
        if change == "drop":
            lines[index] = ""
        elif change == "double":
            lines.insert(index, lines[index])
        elif change == "cut":
            lines[index] = lines[index][: data.draw(st.integers(0, len(lines[index])))]
        else:
            lines[index] = lines[index].partition(":")[0] + ": " + data.draw(st.sampled_from(words))
    loaded = load_text("\n".join(lines))
    assert (loaded.plan is None) == any(f.severity == "error" for f in loaded.diagnostics)


def random_value(kind: str, choice: random.Random, depth: int) -> Any:
    """A value of a type of the field table; now and then of another type."""
    odd: list[Any] = [
        None,
        True,
        -1,
        0,
        1.5,
        70_000,
        "",
        "a",
        "25%",
        "100m",
        "Exists",
        [],
        {},
        [{}],
    ]
    if choice.random() < 0.15 or depth == 0:
        return choice.choice(odd)
    if kind.startswith("["):
        return [random_value(kind[1:-1], choice, depth - 1) for _ in range(choice.randint(0, 2))]
    if kind.startswith("{"):
        return {key: random_value(kind[1:-1], choice, depth - 1) for key in ("app", "cpu")}
    scalars: dict[str, list[Any]] = {
        "s": ["web", "Always", "In", "NoExecute", "Recreate"],
        "t": ["2026-01-31T12:00:00Z"],
        "i": [0, 1, 80],
        "l": [0, 1, 80],
        "b": [True, False],
        "q": ["1", "1Gi", 0.5],
        "x": [0, 1, "25%"],
        "any": [{}],
    }
    if kind in scalars:
        return choice.choice(scalars[kind])
    known = fields_of(kind)
    chosen = choice.sample(sorted(known), min(len(known), 4))
    needed = [n for n in ("spec", "template", "containers", "metadata", "affinity") if n in known]
    return {n: random_value(known[n], choice, depth - 1) for n in {*chosen, *needed}}


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "Node", "PodDisruptionBudget"])
def test_no_object_raises(kind: str) -> None:
    """Objects of random known fields with random values are loaded or reported."""
    version = {"Node": "v1", "PodDisruptionBudget": "policy/v1"}.get(kind, "apps/v1")
    for seed in range(60):
        document = random_value(kind, random.Random(seed), 9)
        if isinstance(document, dict):
            document |= {"apiVersion": version, "kind": kind}
        loaded = load_text(deployment(name="base") + "---\n" + json.dumps(document))
        assert (loaded.plan is None) == any(f.severity == "error" for f in loaded.diagnostics)
