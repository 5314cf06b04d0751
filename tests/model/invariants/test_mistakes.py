"""What is wrong with an invariant is said at its place, with what to write instead.

After a wanted change, `UPDATE_GOLDEN=1 pytest tests/model/invariants` writes the transcript anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model.load import LoadOptions
from tests.model.load.helpers import check_document, deployment, findings, load_text

GOLDEN = Path(__file__).parents[2] / "golden" / "invariants.txt"

#: Expressions that are refused.
WRONG = (
    # what is no expression
    "pods.size() >",
    "pods.size() = 3",
    "pods.size() > 3 and nodes.size() > 1",
    "pods.exists(p, p.metadata.name == 'web)",
    "pods.exists(p p.status.ready)",
    "pods.all(p, p.spec.?nodeName == 'a')",
    "pods & nodes",
    "pods.size() > 1.5",
    "pods.size() > 3u",
    "disturbed == null",
    "{'a': 1} == {'a': 1}",
    r"pods.all(p, p.metadata.labels.app == '\q')",
    "",
    # names and fields that there are not, or that the model leaves out
    "pod.size() > 3",
    "pods.all(p, p.status.redy)",
    "pods.all(p, p.ready)",
    "pods.all(p, p.spec.nodename == 'a')",
    "pods.all(p, p.spec.containers.size() > 0)",
    "pods.all(p, p.status.podIP != '')",
    "pods.all(p, p.metadata.labels['pod-template-hash'] == 'x')",
    "pods.all(p, p.metadata.deletionTimestamp != '')",
    "deployment('web').status.readyReplicas >= 1",
    "deployments('web').spec.replicas >= 1",
    "deployment('wbe').spec.replicas >= 1",
    "statefulset('web').spec.replicas >= 1",
    "nodes.all(n, n.status.allocatable.pods > 3)",
    "object.pods.size() < 3",
    "step: pods.size() < 3",
    "step: deployment('web').spec.replicas < 3",
    "step: objct.pods.size() < 3",
    # what users are used to
    "object.spec.replicas <= params.maxReplicas",
    "request.userInfo.username != 'admin'",
    "deployments.all(d, d.spec.replicas > 0)",
    "poddisruptionbudgets.all(b, b.status.disruptionsAllowed >= 0)",
    "endpoints('web').exists(e, e.ready)",
    "len(pods) > 2",
    "pods.count(p, p.status.ready) >= 2",
    "pods.any(p, p.status.ready)",
    "pods.filter(p => p.status.ready).size() > 0",
    "string(deployment('web').spec.replicas) == '2'",
    "quantity('1').isGreaterThan(quantity('2'))",
    # types
    "pods.size()",
    "pods.filter(p, p.status.ready)",
    "pods.size() == 'three'",
    "pods.size() >= '3'",
    "pods.size() && disturbed",
    "!pods.size()",
    "pods.all(p, p.metadata.labels.app)",
    "pods == []",
    "nodes == nodes",
    "disturbed ? 1 : 'a'",
    "pods.map(p, p.spec.nodeName).sum() > 1",
    "nodes.size() + 'a' == 'b'",
    "disturbed < true",
    # what cannot be decided
    "pods[0].status.ready",
    "pods.exists(p, p.metadata.name == 'web-7d4b9c-xk2lp')",
    "pods.exists(p, p.status.phase == 'Runing')",
    "pods.exists(p, p.status.phase == 'Succeeded')",
    "pods.exists(p, p.status.phase in ['Pending', 'Failed'])",
    "nodes.exists(n, n.status.conditions.exists(c, c.type == 'MemoryPressure'))",
    "deployment(pods.map(p, p.metadata.namespace)).spec.replicas > 1",
    "pods.all(p, has(p.status.phase))",
    "pods.all(p, has(p))",
    "pods.all(p, p.metadata.labels.all(k, k != ''))",
    "pods.size() / nodes.size() <= 2",
    "pods.size() / 0 == 1",
    "pods.size() * 1000001 > 3",
    "pods.all(3, true)",
    "pods.exists(p)",
    "pods.all(p, p.metadata.labels.app.matches('('))",
    "pods.all(p, p.metadata.labels.app.startsWith(p.metadata.namespace))",
)


def test_there_are_enough_of_them() -> None:
    assert len(WRONG) >= 40


def transcript() -> str:
    """What `--invariant` says of each."""
    text = deployment(name="web", spec="replicas: 2")
    told = []
    for wrong in WRONG:
        loaded = load_text(text, LoadOptions(invariants=(wrong,)))
        assert loaded.plan is None, wrong
        told.append("\n".join(each.render() for each in loaded.diagnostics))
    return "\n\n".join(told) + "\n"


def test_each_mistake_is_said_with_its_place_and_a_way_out() -> None:
    found = transcript()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_every_mistake_has_a_hint() -> None:
    """All but a name that is not there, where the hint is what there is."""
    assert "help: " in transcript()
    assert all("\n  help: " in each for each in transcript().split("\n\n"))


SPELLED = (
    "always: pods.size() > nose",
    "always: 'pods.size() > nose'",
    'always: "pods.size() > nose"',
    "always: |\n    pods.size()\n      > nose",
    "always: >-\n    pods.size() > 1 &&\n\n    nose",
    "always: pods.size() > 1 &&\n    nose",
    "always: 'pods.exists(p, p.metadata.labels.app == ''a'') && nose'",
    'always: "pods.exists(p, p.metadata.labels.app == \\"a\\") && nose"',
    "leadsTo: {when: 'true', then: pods.size() > 1 && nose}",
    "always: 'true'\n  message: nose",
)


@pytest.mark.parametrize("written", SPELLED)
def test_the_place_is_right_however_yaml_has_it(written: str) -> None:
    """Plain, quoted, folded, on several lines."""
    text = check_document(f"invariants:\n- name: a\n  {written}") + "---\n" + deployment()
    (found,) = load_text(text).diagnostics
    line = text.splitlines()[found.source.line - 1]
    assert line[found.source.column - 1 :].startswith("nose"), found.render()
    assert found.code == "P321"


def entry(text: str) -> list[tuple[int, str]]:
    loaded = load_text(check_document(text) + "---\n" + deployment())
    return [(line, code) for line, code in findings(loaded) if code != "P004"]


def test_an_entry_has_one_form_a_name_and_its_parts() -> None:
    """What is wrong with an entry, and not with its expression."""
    assert entry("invariants: [{name: a}]") == [(4, "P203")]
    assert entry("invariants:\n- {name: a, always: 'true', never: 'true'}") == [(5, "P203")]
    assert entry("invariants: [{always: 'true'}]") == [(4, "P104")]
    assert entry("invariants: [{name: A b, always: 'true'}]") == [(4, "P206")]
    assert entry("invariants: [{name: drain-completes, always: 'true'}]") == [(4, "P205")]
    twice = "invariants:\n- {name: a, always: 'true'}\n- {name: a, always: 'true'}"
    assert entry(twice) == [(6, "P205")]
    assert entry("invariants: [{name: a, leadsTo: {when: 'true'}}]") == [(4, "P104")]
    assert entry("invariants: [{name: a, always: true}]") == [(4, "P103")]
    assert entry("invariants: [{name: a, always: 'true', severity: fatal}]") == [(4, "P201")]
    message = "invariants: [{name: a, always: 'true', message: 'pods.size()'}]"
    assert entry(message) == [(4, "P322")]
    assert entry("invariants: [{name: a, alwys: 'true'}]") == [(4, "P203"), (4, "P102")]


def test_both_expressions_of_leads_to_are_read() -> None:
    written = "invariants:\n- name: a\n  leadsTo:\n    when: pods.sze() > 1\n    then: nodes.x"
    assert entry(written) == [(7, "P322"), (8, "P322")]


def test_a_text_of_any_length_and_depth_is_answered() -> None:
    """Hostile input is a diagnostic as well."""
    for text in (
        "(" * 3000,
        "!" * 3000 + "true",
        "1" + "+1" * 3000,
        "a" * 20_000,
        "[" * 40,
        "9" * 5000,
    ):
        loaded = load_text(deployment(), LoadOptions(invariants=(text,)))
        assert loaded.plan is None


def test_a_wrong_regular_expression_is_a_mistake_and_nothing_else(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The library that reads it writes to standard error unless it is told not to."""
    whole = (
        deployment()
        + "---\n"
        + check_document('invariants:\n- {name: a, always: \'"a".matches("(")\'}')
    )
    (found,) = [each for each in load_text(whole).diagnostics if each.severity == "error"]
    assert "no regular expression" in found.message
    assert capfd.readouterr() == ("", "")
