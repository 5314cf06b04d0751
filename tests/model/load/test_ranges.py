"""What `spec.open` leaves open, and what cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.intstr import IntOrPercent
from model.configurations import choices
from model.load import LoadOptions
from model.load.ranges import FEW, MOST
from model.scenario import Range, Scenario
from tests.model.load.helpers import (
    check_document,
    deployment,
    findings,
    load_text,
    marked,
    plan_of,
)

NODE = "---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n"
EVEN = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"


def scenario_of(spec: str, text: str = "", options: LoadOptions | None = None) -> Scenario:
    document = (text or deployment()) + "---\n" + check_document(spec)
    (found,) = plan_of(document, options or LoadOptions()).scenarios
    return found


def test_what_is_written_arrives() -> None:
    """Counts are numbers; amounts are in the scheduler's units, and keep their writing."""
    found = scenario_of(
        "open:\n  replicas: {from: 2, to: 4}\n  maxSurge: {to: 1}\n"
        "  maxUnavailable: {from: 1, to: 1}\n  nodes: {from: 2, to: 3}\n"
        "  cpu: {from: 500m, to: 1, step: 250m}\n  memory: {from: 1Gi, to: 2Gi, step: 1Gi}\n"
        "  pods: {from: 5, to: 6}"
    )
    assert found.open == {
        "replicas": Range((2, 3, 4)),
        "maxSurge": Range((0, 1)),
        "maxUnavailable": Range((1,)),
        "nodes": Range((2, 3)),
        "cpu": Range((500, 750, 1000), ("500m", "750m", "1")),
        "memory": Range((2**30, 2**31), ("1Gi", "2Gi")),
        "pods": Range((5, 6), ("5", "6")),
    }


def test_other_fields_have_the_largest_values() -> None:
    """Whatever looks at a scenario without minding what is open sees the largest configuration."""
    found = scenario_of(
        "open:\n  replicas: {from: 1, to: 7}\n  maxSurge: {to: 3}\n  nodes: {to: 5}\n"
        "  cpu: {from: 1, to: 2}"
    )
    assert found.workload.replicas == 7
    assert found.workload.max_surge == IntOrPercent(3)
    assert found.workload.max_unavailable == IntOrPercent(25, percent=True)
    assert [node.allocatable["cpu"] for node in found.nodes] == [2000] * 5


def test_without_an_upper_limit_there_are_a_few_values() -> None:
    """The first values are looked at, and the range is marked and said to go on."""
    found = scenario_of("open:\n  replicas: {from: 3}\n  nodes: {}")
    assert found.open["replicas"] == Range(tuple(range(3, 3 + FEW["replicas"])), endless=True)
    assert found.open["nodes"].values[0] == 1
    assert found.open["nodes"].endless
    assert "larger replicas, nodes are covered only where" in found.assumptions[0]


@pytest.mark.parametrize("text", ["", "open:", "open: {}", "open:\n  replicas:\n  cpu:"])
def test_nothing_open(text: str) -> None:
    """Nothing is open unless a range is written."""
    found = scenario_of(text)
    assert found.open == {}
    assert choices(found) == [{}]


def test_it_is_said_what_is_open() -> None:
    """The report names the ranges and how many configurations there are."""
    found = scenario_of("open:\n  replicas: {from: 1, to: 3}\n  cpu: {from: 100m, to: 350m}")
    assert found.assumptions[0] == (
        "left open (spec.open): replicas 1 to 3, cpu 100m to 350m, 12 configurations in all"
    )


def test_assumed_nodes_suffice_for_every_configuration() -> None:
    """The fewest nodes hold twice the requests of the most replicas."""
    large = deployment(container="resources: {requests: {cpu: 2}}")
    found = scenario_of("open:\n  replicas: {from: 1, to: 6}\n  nodes: {from: 2, to: 4}", large)
    assert [node.allocatable["cpu"] for node in found.nodes] == [16000] * 4
    assert any(text.startswith("assumed 2 to 4 nodes of 16 CPU") for text in found.assumptions)


def test_node_objects_keep_what_is_not_open() -> None:
    """Amounts may be open where there are Node objects; their labels stay."""
    found = scenario_of("open:\n  cpu: {from: 1, to: 2}", deployment() + NODE)
    (node,) = found.nodes
    assert node.name == "a"
    assert node.allocatable["cpu"] == 2000


def test_the_command_line_closes_what_it_gives() -> None:
    """`--nodes` says how many nodes there are, and perhaps their sizes; the rest stays open."""
    spec = "open:\n  nodes: {to: 3}\n  cpu: {from: 1, to: 2}\n  pods: {to: 9}"
    count = scenario_of(spec, options=LoadOptions(nodes="2"))
    assert (len(count.nodes), set(count.open)) == (2, {"cpu", "pods"})
    sizes = scenario_of(spec, options=LoadOptions(nodes="2x3cpu"))
    assert set(sizes.open) == {"pods"}
    assert [node.allocatable["cpu"] for node in sizes.nodes] == [3000, 3000]


MISTAKES = {
    "unknown": "open:\n  replica: {from: 1}  # <- P102",
    "unknown end": "open:\n  replicas: {until: 1}  # <- P102",
    "a number": "open:\n  replicas: 3  # <- P103",
    "not a count": "open:\n  replicas: {from: 1.5}  # <- P103",
    "negative": "open:\n  maxSurge: {from: -1}  # <- P200",
    "the wrong way round": "open:\n  replicas:\n    from: 3\n    to: 2  # <- P200",
    "amounts the wrong way round": "open:\n  cpu:\n    from: 2\n    to: 1  # <- P200",
    "no largest amount": "open:\n  cpu: {from: 1}  # <- P104",
    "no smallest amount": "open:\n  memory: {to: 1Gi}  # <- P104",
    "no most pods": "open:\n  pods: {from: 1}  # <- P104",
    "no step": "open:\n  cpu: {from: 1, to: 2, step: 0}  # <- P200",
    "not an amount": "open:\n  cpu: {from: much, to: 2}  # <- P104 P204",
    "no nodes": "open:\n  nodes: {from: 0, to: 2}  # <- P200",
    "far too many amounts": "open:\n  memory: {from: 1, to: 1Ti, step: 1}  # <- P200",
    "too many configurations": "open:  # <- P200\n  replicas: {to: 500}\n  nodes: {to: 5}",
    "no configuration": "open:  # <- P203\n  maxSurge: {to: 0}\n  maxUnavailable: {to: 0}",
    "several kinds of nodes": (
        "open:\n  nodes: {to: 3}  # <- P203\ncluster: {nodes: [{count: 1}, {count: 2}]}"
    ),
    "a drained node that may be missing": (
        "open:\n  nodes: {to: 3}\nscenario:\n  drain: {node: node-2}  # <- P303"
    ),
}


@pytest.mark.parametrize("spec", MISTAKES.values(), ids=MISTAKES)
def test_mistakes(spec: str) -> None:
    """Each is reported on its line, and nothing else is."""
    text = check_document(spec) + "---\n" + deployment()
    found = load_text(text)
    assert found.plan is None
    assert sorted(findings(found)) == sorted(marked(text))
    assert all(diagnostic.severity == "error" for diagnostic in found.diagnostics)


@pytest.mark.parametrize(
    "text",
    [deployment(kind="ReplicaSet"), deployment("strategy: {type: Recreate}")],
    ids=["ReplicaSet", "Recreate"],
)
def test_a_rolling_update_is_needed(text: str) -> None:
    """Nothing surges in a ReplicaSet of its own, or under strategy Recreate."""
    spec = check_document("scenario: {steady: {}}\nopen:\n  maxSurge: {to: 1}  # <- P203")
    assert findings(load_text(spec + "---\n" + text)) == marked(spec)


def test_node_objects_are_counted() -> None:
    """How many there are cannot be open where they are given."""
    spec = check_document("open:\n  nodes: {to: 2}  # <- P203")
    assert findings(load_text(spec + "---\n" + deployment() + NODE)) == marked(spec)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9), st.integers(0, 9))
def test_any_ranges(low: int, high: int, surge: int, lost: int) -> None:
    """Ranges are refused, or every configuration of theirs is one that upstream accepts."""
    spec = (
        f"open:\n  replicas: {{from: {low}, to: {high}}}\n  maxSurge: {{to: {surge}}}\n"
        f"  maxUnavailable: {{to: {lost}}}"
    )
    found = load_text(check_document(spec) + "---\n" + deployment(EVEN))
    number = (high - low + 1) * (surge + 1) * (lost + 1)
    accepted = low <= high and number <= MOST and (surge or lost)
    assert (found.plan is not None) == bool(accepted)
    if found.plan is not None:
        (scenario,) = found.plan.scenarios
        ways = choices(scenario)
        assert len(ways) == number - (high - low + 1)
        assert all(way["maxSurge"] or way["maxUnavailable"] for way in ways)
