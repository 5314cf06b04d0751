"""Another version of a workload, which a step applies."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from model.api.intstr import IntOrPercent
from model.api.steps import Apply
from model.load import Loaded, LoadOptions, load
from model.load.applied import merged
from model.load.compose import documents
from model.load.diagnostics import Report
from model.load.tree import Value, plain
from model.scenario import Scenario
from model.stages import stages
from tests.model.load.helpers import load_text

OLD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, version: "1"}}
    spec:
      containers:
        - {name: web, image: "web:1", resources: {requests: {cpu: 500m}}}
        - {name: log, image: "log:1", resources: {requests: {cpu: 100m}}}
"""
CHECK = """---
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: check}
spec:
  scenario:
    steps:
"""


def read(text: str) -> Value:
    (found,) = documents("-", text, Report())
    return found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("{a: 1, b: {c: 2}}", "{b: {d: 3}}", "{a: 1, b: {c: 2, d: 3}}"),
        ("{a: 1, b: 2}", "{b: null}", "{a: 1}"),
        ("{a: [1, 2]}", "{a: [3]}", "{a: [3]}"),
        (
            "{containers: [{name: a, image: x}, {name: b, image: y}]}",
            "{containers: [{name: b, image: z}, {name: c, image: w}]}",
            "{containers: [{name: a, image: x}, {name: b, image: z}, {name: c, image: w}]}",
        ),
        (
            "{ports: [{containerPort: 80, name: http}]}",
            "{ports: [{containerPort: 80, hostPort: 80}]}",
            "{ports: [{containerPort: 80, name: http, hostPort: 80}]}",
        ),
        ("{tolerations: [{key: a}]}", "{tolerations: [{key: b}]}", "{tolerations: [{key: b}]}"),
    ],
)
def test_patches_are_merged_as_kubectl_does(old: str, new: str, found: str) -> None:
    assert plain(merged(read(old), read(new))) == yaml.safe_load(found)


def scenario_of(steps: str, text: str = OLD) -> Scenario:
    loaded = load_text(text + CHECK + steps)
    assert loaded.plan is not None, [each.render() for each in loaded.diagnostics]
    (found,) = loaded.plan.scenarios
    return found


def test_a_patch_of_any_field() -> None:
    """The scenario begins with the old template and replicas; what is about rollouts is new."""
    found = scenario_of(
        """
      - apply:
          spec:
            replicas: 5
            minReadySeconds: 10
            strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 2}}
            template:
              spec:
                nodeSelector: {disk: ssd}
                containers: [{name: web, image: "web:2", resources: {requests: {cpu: 700m}}}]
      - undo: {}
""".replace("      - pause: {}\n", "")
    )
    old, new = found.versions
    assert (old.template.requests["cpu"], new.template.requests["cpu"]) == (600, 800)
    assert (old.template.node_selector, new.template.node_selector) == ({}, {"disk": "ssd"})
    assert (old.min_ready_seconds, new.min_ready_seconds) == (0, 10)
    assert found.workload.replicas == 3
    assert (new.max_surge, new.max_unavailable) == (IntOrPercent(0), IntOrPercent(2))
    assert found.change.steps[0] == Apply("web:2", 5, whole=True)
    assert found.omitted[0].name == "changed-besides"  # minReadySeconds, since it is undone


def test_what_no_template_says() -> None:
    """A strategy alone makes no revision; an environment variable does, though nobody reads it."""
    found = scenario_of("\n      - apply: {spec: {strategy: {rollingUpdate: {maxSurge: 2}}}}\n")
    assert found.before is None
    assert found.change.steps == (Apply("web:1", 3, whole=True, same_template=True),)
    assert found.workload.max_surge == IntOrPercent(2)
    found = scenario_of("""
      - apply: {spec: {template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}}
""")
    assert found.before is None
    assert found.change.steps == (Apply("web:1", 3, whole=True),)


def test_another_strategy() -> None:
    found = scenario_of(
        "\n      - apply: {spec: {strategy: {type: Recreate, rollingUpdate: null}}}\n"
        "      - setImage: web:2\n"
    )
    assert found.workload.strategy == "Recreate"
    loaded = load_text(OLD + CHECK + "\n      - apply: {spec: {strategy: {type: Recreate}}}\n")
    (mistake,) = loaded.diagnostics
    assert (mistake.code, mistake.source.line) == ("P203", 7)


def test_each_workload_gets_the_patch() -> None:
    other = OLD.replace("name: web}", "name: other}", 1)
    text = f"{OLD}---{other}{CHECK}\n      - apply: {{spec: {{replicas: 4}}}}\n"
    loaded = load_text(text)
    assert loaded.plan is not None
    steps = [each.change.steps for each in loaded.plan.scenarios]
    assert steps == [(Apply("web:1", 4, whole=True, same_template=True),)] * 2


def test_a_manifest(tmp_path: Path) -> None:
    """Its path is relative to the Check; what is no workload is not applied, which is told."""
    budget = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
"""
    (tmp_path / "new").mkdir()
    (tmp_path / "new/web.yaml").write_text(OLD.replace("500m", "900m") + budget)
    check = tmp_path / "check.yaml"
    other = OLD.replace("name: web}", "name: other}", 1)
    check.write_text(f"{OLD}---{other}{CHECK}\n      - apply: {{manifest: new/web.yaml}}\n")
    loaded = load([str(check)], property_names=())
    assert loaded.plan is not None
    (found,) = loaded.plan.scenarios
    assert found.versions[1].template.requests["cpu"] == 1000
    assert found.workload.source.file.endswith("web.yaml")
    told = sorted(each.message for each in loaded.diagnostics)
    assert "PodDisruptionBudget/default/web is not applied" in told[1]
    assert "Deployment/default/other is left out: no other version of it" in told[0]
    check.write_text(OLD + CHECK + "\n      - apply: {manifest: new/web.yaml}\n")
    options = LoadOptions(before=(str(check),))
    (mistake,) = [
        each
        for each in load([str(check)], property_names=(), options=options).diagnostics
        if each.severity == "error"
    ]
    assert "leave out the older version, or the steps" in mistake.hint


def test_what_the_api_server_refuses() -> None:
    selector = "{selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}}}"
    loaded = load_text(OLD + CHECK + f"\n      - apply: {{spec: {selector}}}\n")
    (mistake,) = loaded.diagnostics
    assert (mistake.code, "the API server refuses to change it" in mistake.hint) == ("P207", True)


def test_no_workload_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(OLD.replace("name: web}", "name: api}", 1))
    (tmp_path / "check.yaml").write_text(OLD + CHECK + "\n      - apply: {manifest: new.yaml}\n")
    (mistake,) = load([str(tmp_path / "check.yaml")], property_names=()).diagnostics
    assert (mistake.code, mistake.hint) == ("P303", "workloads here: Deployment/default/web")


#: The version that most steps apply: another image, and more replicas.
NEW = OLD.replace("web:1", "web:2").replace("replicas: 3", "replicas: 4")
THIRD = NEW.replace("web:2", "web:3")
FASTER = NEW.replace("maxSurge: 1", "maxSurge: 2")
SILENT = NEW.replace("  replicas: 4\n", "")


def applying(folder: Path, steps: str, more: str = "") -> Loaded:
    """Steps that apply manifests, with OLD there at the start."""
    versions = {"old": OLD, "new": NEW, "third": THIRD, "faster": FASTER, "silent": SILENT}
    for name, text in versions.items():
        (folder / f"{name}.yaml").write_text(text)
    check = folder / "check.yaml"
    check.write_text(
        OLD + CHECK.replace("    steps:", f"{more}    steps:") + steps.removeprefix("\n")
    )
    return load([str(check)], property_names=())


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("new.yaml old.yaml", [("web:1", 3), ("web:2", 4), ("web:1", 3)]),
        (
            "new.yaml old.yaml new.yaml",
            [("web:1", 3), ("web:2", 4), ("web:1", 3), ("web:2", 4)],
        ),
        ("setImage:web:9 new.yaml", [("web:1", 3), ("web:9", 3), ("web:2", 4)]),
        ("scale:1 new.yaml", [("web:1", 3), ("web:1", 1), ("web:2", 4)]),
        ("new.yaml undo:0 old.yaml", [("web:1", 3), ("web:2", 4), ("web:1", 4), ("web:1", 3)]),
        (
            "new.yaml setImage:web:9 old.yaml",
            [("web:1", 3), ("web:2", 4), ("web:9", 4), ("web:1", 3)],
        ),
    ],
)
def test_versions_one_after_the_other(
    tmp_path: Path, steps: str, said: list[tuple[str, int]]
) -> None:
    """What the workload's object says after each step."""
    loaded = applying(tmp_path, "".join(map(_step, steps.split())))
    assert loaded.plan is not None, [each.message for each in loaded.diagnostics]
    (found,) = loaded.plan.scenarios
    among = stages(found)
    here = [each.stage for each in among.positions]
    assert [(among.revisions[e.revision].image, e.replicas) for e in here] == said


def _step(step: str) -> str:
    name, _, value = step.partition(":")
    given = f"{name}: {value}" if value else f"apply: {{manifest: {step}}}"
    return f"\n      - {given}"


@pytest.mark.parametrize(
    ("steps", "number", "message"),
    [
        ("new.yaml third.yaml", 2, "applies a third version of Deployment/default/web"),
        ("new.yaml new.yaml", 2, "it is as that version says already"),
        ("faster.yaml old.yaml", 2, "before another version of it is applied"),
        ("setImage:web:9 faster.yaml", 2, "before another version of it is applied"),
        ("scale:2 silent.yaml", 2, "changes the replicas of Deployment/default/web, and applies"),
    ],
)
def test_what_is_no_second_version(tmp_path: Path, steps: str, number: int, message: str) -> None:
    loaded = applying(tmp_path, "".join(map(_step, steps.split())))
    (mistake,) = loaded.diagnostics
    assert mistake.code == "P203"
    assert message in mistake.message
    lines = (tmp_path / "check.yaml").read_text().splitlines()
    assert mistake.source.line == lines.index("    steps:") + 1 + number


def test_versions_in_any_order(tmp_path: Path) -> None:
    steps = "\n      - apply: {manifest: new.yaml}\n      - apply: {manifest: old.yaml}"
    loaded = applying(tmp_path, steps, "    order: any\n")
    assert loaded.plan is not None
    (found,) = loaded.plan.scenarios
    among = stages(found)
    assert {each.stage.replicas for each in among.positions} == {3, 4}
    assert {len(each.taken) for each in among.positions} == {0, 1, 2}
