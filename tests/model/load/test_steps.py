"""The user's steps in a Check: their forms, and what is said of those that can't be taken."""

from __future__ import annotations

from textwrap import indent

import jsonschema
import pytest
import yaml

from model.api.change import Change
from model.api.node import Taint
from model.api.steps import (
    AddNode,
    Apply,
    Cordon,
    Delete,
    Drain,
    Pause,
    PutLabel,
    PutTaint,
    RemoveNode,
    Restart,
    Resume,
    Scale,
    SetImage,
    Step,
    TakeLabel,
    TakeTaint,
    Uncordon,
    Undo,
)
from model.load.schema import schema
from tests.model.load.helpers import check_document, deployment, load_text, marked, plan_of

TAINT = Taint("maintenance", "", "NoExecute")
LOWER = Taint("pool", "old", "NoExecute")


def document(steps: str, more: str = "") -> str:
    written = indent(steps.strip("\n"), "  ")
    return check_document(f"scenario:\n  steps:\n{written}\n{indent(more, '  ')}")


def change_of(steps: str, more: str = "") -> Change:
    (found,) = plan_of(deployment() + "---\n" + document(steps, more)).scenarios
    return found.change


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        ("- setImage: web:2", (SetImage("web:2"),)),
        ("- setImage: {image: web:2, becomesReady: false}", (SetImage("web:2", False),)),
        ("- setImage: web:2\n- undo: {}", (SetImage("web:2"), Undo())),
        ("- setImage: web:2\n- undo:", (SetImage("web:2"), Undo())),
        ("- setImage: web:2\n- undo: 1", (SetImage("web:2"), Undo(1))),
        ("- setImage: web:2\n- undo: {toRevision: 1}", (SetImage("web:2"), Undo(1))),
        ("- restart: {}", (Restart(),)),
        ("- scale: 0", (Scale(0),)),
        ("- scale: {replicas: 5}\n- scale: 4", (Scale(5), Scale(4))),
        ("- pause: {}\n- resume: {}", (Pause(), Resume())),
        ("- restart: {becomesReady: false}", (Restart(False),)),
        ("- apply: {image: web:2, replicas: 5}", (Apply("web:2", 5),)),
        (
            "- apply: {image: web:2, replicas: 0, becomesReady: false}",
            (Apply("web:2", 0, False),),
        ),
        ("- delete: {}", (Delete("background"),)),
        ("- delete: foreground", (Delete("foreground"),)),
        ("- delete: {propagation: orphan}", (Delete("orphan"),)),
        ("- drain: node-1", (Drain(("node-1",)),)),
        ("- drain: [node-1, node-2]", (Drain(("node-1",)), Drain(("node-2",)))),
        ("- drain: {node: node-1, uncordon: true}", (Drain(("node-1",), True),)),
        (
            "- cordon: node-1\n- drain: {node: node-1, uncordon: true}",
            (Cordon("node-1"), Drain(("node-1",), True)),
        ),
        ("- cordon: node-1\n- uncordon: node-1", (Cordon("node-1"), Uncordon("node-1"))),
        (
            "- taint: node-1\n- untaint: node-1",
            (PutTaint(("node-1",), TAINT), TakeTaint(("node-1",), TAINT)),
        ),
        ("- removeNode: node-1", (RemoveNode("node-1"),)),
        ("- addNode: node-2", (AddNode("node-2"),)),
        (
            "- label: {node: [node-1, node-2], key: disk, value: ssd}\n"
            "- label: {node: node-1, key: disk, value: 1}\n- unlabel: {node: node-2, key: disk}",
            (
                PutLabel("node-1", "disk", "ssd"),
                PutLabel("node-2", "disk", "ssd"),
                PutLabel("node-1", "disk", "1"),
                TakeLabel("node-2", "disk"),
            ),
        ),
        (
            "- cordon: node-1\n- removeNode: {node: node-1}",
            (Cordon("node-1"), RemoveNode("node-1")),
        ),
        ("- taint: {node: node-2, key: pool, value: old}", (PutTaint(("node-2",), LOWER),)),
    ],
)
def test_forms(written: str, steps: tuple[Step, ...]) -> None:
    """As they are read, and as the schema for editors has them."""
    assert change_of(written).steps == steps
    jsonschema.validate(yaml.safe_load(document(written)), schema())


def test_order() -> None:
    assert not change_of("- setImage: web:2\n- restart: {}").any_order
    assert not change_of("- setImage: web:2", "order: given").any_order
    assert change_of("- setImage: web:2\n- restart: {}", "order: any").any_order


@pytest.mark.parametrize(
    "text",
    [
        "scenario:\n  steps: []  # <- P203",
        "scenario:\n  steps: {setImage: web:2}  # <- P103",
        "scenario:\n  steps:\n  - restart  # <- P103",
        "scenario:\n  steps:\n  -  # <- P103",
        "scenario:\n  steps:\n  - {}  # <- P203",
        "scenario:\n  steps:\n  - {restart: {}, undo: {}}  # <- P203",
        "scenario:\n  steps:\n  - setimage: web:2  # <- P102",
        "scenario:\n  steps:\n  - setImage: 3  # <- P103",
        "scenario:\n  steps:\n  - setImage: {}  # <- P104",
        "scenario:\n  steps:\n  - setImage: nginx:1.27  # <- P203",
        "scenario:\n  steps:\n  - setImage: web:2\n  - undo: last  # <- P103",
        "scenario:\n  steps:\n  - setImage: web:2\n  - undo: 4  # <- P203",
        "scenario:\n  steps:\n  - undo: {}  # <- P203",
        "scenario:\n  steps:\n  - scale: five  # <- P103",
        "scenario:\n  steps:\n  - scale: -1  # <- P200",
        "scenario:\n  steps:\n  - scale: {}  # <- P104",
        "scenario:\n  steps:\n  - scale: 1  # <- P203",
        "scenario:\n  steps:\n  - pause: {}\n  - restart: {}  # <- P203",
        "scenario:\n  steps:\n  - apply: {image: web:2}  # <- P104",
        "scenario:\n  steps:\n  - apply: {image: nginx:1.27, replicas: 1}  # <- P203",
        "scenario:\n  steps:\n  - apply: {}  # <- P104",
        "scenario:\n  steps:\n  - apply: {spec: 3}  # <- P103",
        "scenario:\n  steps:\n  - apply: {manifest: 3}  # <- P103",
        "scenario:\n  steps:\n  - apply: {replicas: 2, spec: {replicas: 2}}  # <- P203",
        "scenario:\n  steps:\n  - apply: {manifest: none.yaml}  # <- P001",
        "scenario:\n  steps:\n  - apply: {manifest: .}  # <- P001",
        "scenario:\n  steps:\n  - apply: {spec: {}}  # <- P203",
        "scenario:\n  steps:\n  - apply:\n      spec: {replica: 2}  # <- P102",
        "scenario:\n  steps:\n  - apply:\n      spec: {replicas: many}  # <- P103",
        "scenario:\n  steps:\n  - scale: 2\n  - apply: {spec: {replicas: 3}}  # <- P203",
        "scenario:\n  order: any\n  steps:\n  - apply: {spec: {replicas: 3}}  # <- P203\n"
        "  - restart: {}",
        "scenario:\n  steps:\n  - apply: {spec: {replicas: 3}}\n"
        "  - apply: {spec: {replicas: 4}}  # <- P203",
        "scenario:\n  steps:\n  - delete: all  # <- P201",
        "scenario:\n  steps:\n  - delete: {}\n  - scale: 5  # <- P203",
        "scenario:\n  steps:\n  - delete: {}\n  - delete: orphan  # <- P203",
        "scenario:\n  steps:  # <- P203\n  - drain: node-1\n  - delete: {}",
        "open:  # <- P203\n  replicas: {from: 1, to: 3}\nscenario:\n  steps:\n  - scale: 5",
        "scenario:\n  steps:  # <- P303\n  - cordon: node-9",
        "scenario:\n  steps:  # <- P203\n  - untaint: node-1",
        "scenario:\n  steps:  # <- P203\n  - drain: [node-1, node-1]",
        "scenario:\n  steps:\n  - drain: {node: node-1, uncordon: true}\n"
        "  - cordon: node-1  # <- P203",
        "scenario:\n  steps:\n  - drain: node-1\n  - uncordon: node-1\n"
        "  - cordon: node-1  # <- P203",
        "scenario:\n  order: any\n  steps:\n  - cordon: node-1  # <- P203\n"
        "  - drain: {node: node-1, uncordon: true}",
        "scenario:\n  steps:  # <- P203\n  - taint: {node: node-1, key: a}\n"
        "  - taint: {node: node-2, key: b}",
        "scenario:\n  steps:  # <- P303\n  - removeNode: node-9",
        "scenario:\n  steps:\n  - removeNode: {}  # <- P104",
        "scenario:\n  steps:\n  - removeNode: node-1\n  - drain: node-1  # <- P203",
        "scenario:\n  steps:\n  - removeNode: node-1\n  - removeNode: node-1  # <- P203",
        "scenario:\n  order: any\n  steps:\n  - cordon: node-1  # <- P203\n  - removeNode: node-1",
        "scenario:\n  steps:  # <- P303\n  - addNode: node-9",
        "scenario:\n  steps:\n  - addNode: {}  # <- P104",
        "scenario:\n  steps:  # <- P303\n  - label: {node: node-9, key: a, value: b}",
        "scenario:\n  steps:\n  - label: {node: node-1, key: a}  # <- P104",
        "scenario:\n  steps:\n  - label: {node: node-1, value: a}  # <- P104",
        "scenario:\n  steps:\n  - label: node-1  # <- P103 P104 P104 P104",
        "scenario:\n  steps:\n  - label: {node: node-1, key: a b, value: c}  # <- P206",
        "scenario:\n  steps:\n  - label: {node: node-1, key: a, value: -c}  # <- P206",
        "scenario:\n  steps:\n  - label: {node: node-1, key: a, values: c}  # <- P104 P102",
        "scenario:\n  steps:\n  - unlabel: {node: node-1, key: a}  # <- P203",
        "cluster: {nodes: {count: 2, labels: {a: b}}}\n"
        "scenario:\n  steps:\n  - label: {node: node-1, key: a, value: b}  # <- P203",
        "scenario:\n  steps:\n  - label: {node: node-1, key: a, value: b}\n"
        "  - label: {node: node-1, key: a, value: b}  # <- P203",
        "scenario:\n  steps:\n  - label: {node: node-1, key: a, value: b}  # <- P203\n"
        "faults: {nodeRemovals: 1}",
        "open:  # <- P203\n  nodes: {from: 2, to: 3}\n"
        "scenario:\n  steps:\n  - label: {node: node-1, key: a, value: b}",
        "cluster: {nodes: {count: 1}}\nscenario:\n  steps:  # <- P203\n  - addNode: node-1",
        "scenario:\n  steps:\n  - cordon: node-1  # <- P203\n  - addNode: node-1",
        "scenario:\n  steps:\n  - addNode: node-1  # <- P203\n  - addNode: node-1",
        "scenario:\n  order: any\n  steps:\n  - addNode: node-1\n  - drain: node-1  # <- P203",
        "open:  # <- P203\n  nodes: {from: 2, to: 3}\nscenario:\n  steps:\n  - addNode: node-1",
        "scenario:\n  steps:\n  - taint: {node: node-1, key: a b}  # <- P206",
        "scenario:\n  order: all  # <- P201\n  steps:\n  - restart: {}",
        "scenario:\n  order: any  # <- P203\n  rollout: {}",
        "scenario:  # <- P203\n  order: any",
        "scenario:  # <- P203\n  drain: {}\n  steps:\n  - restart: {}",
    ],
)
def test_mistakes(text: str) -> None:
    whole = deployment() + "---\n" + check_document(text)
    loaded = load_text(whole)
    errors = [(d.source.line, d.code) for d in loaded.diagnostics if d.severity == "error"]
    assert errors == marked(whole), "\n".join(d.render() for d in loaded.diagnostics)


def test_what_is_paused_from_the_start() -> None:
    """Nobody is told that a Deployment is not paused whose manifest says so."""
    steps = "scenario:\n  steps:\n  - setImage: web:2\n  - resume: {}"
    loaded = load_text(deployment(spec="paused: true") + "---\n" + check_document(steps))
    (found,) = [each for each in loaded.diagnostics if each.severity == "error"]
    assert "no step has Deployment/default/web paused then" in found.message
    assert "that a manifest has paused it is not followed" in found.hint


@pytest.mark.parametrize(
    ("kind", "steps", "why"),
    [
        ("ReplicaSet", "- setImage: web:2", "Deployments, StatefulSets and DaemonSets"),
        ("DaemonSet", "- cordon: node-1", "Deployments, ReplicaSets, ReplicationControllers and"),
        ("DaemonSet", "- setImage: web:2\n- setImage: web:3", "more than two"),
        ("DaemonSet", "- scale: 5", "ReplicationControllers and StatefulSets"),
        ("StatefulSet", "- pause: {}", "is checked for Deployments"),
    ],
)
def test_what_a_kind_is_not_checked_for(kind: str, steps: str, why: str) -> None:
    loaded = load_text(deployment(kind=kind) + "---\n" + document(steps))
    (found,) = [d for d in loaded.diagnostics if d.severity == "error"]
    assert why in found.render()
    both = deployment() + "---\n" + deployment(kind=kind, name="other") + "---\n" + document(steps)
    loaded = load_text(both)
    if "more than two" not in why:
        assert loaded.plan is not None
        assert [each.workload.name for each in loaded.plan.scenarios] == ["web"]
        assert any("other is left out" in d.message for d in loaded.diagnostics)


def test_partitions_are_those_of_statefulsets() -> None:
    steps = document("- setPartition: 1")
    (found,) = load_text(deployment() + "---\n" + steps).diagnostics
    assert "`setPartition` is checked for StatefulSets" in found.render()
    loaded = load_text(deployment(kind="StatefulSet") + "---\n" + steps)
    assert loaded.plan is not None
    nothing = document("- setPartition: 0")
    (found,) = load_text(deployment(kind="StatefulSet") + "---\n" + nothing).diagnostics
    assert "its partition is 0 already" in found.message


@pytest.mark.parametrize(("kind", "hint"), [("Deployment", "leave out"), ("StatefulSet", "web-0")])
def test_names_of_pods(kind: str, hint: str) -> None:
    """A name that no pod of the workload ever has."""
    loaded = load_text(deployment(kind=kind) + "---\n" + document("- deletePod: web-9"))
    (found,) = loaded.diagnostics
    assert "has no pod that is called `web-9`" in found.message
    assert hint in found.hint
    assert load_text(deployment(kind=kind) + "---\n" + document("- deletePod: {}")).plan is not None
