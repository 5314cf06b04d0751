"""Invariants of users from the command line: verdicts, words, exit codes, formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.cli import run
from tests.model.load.helpers import check_document, deployment

_TWO = deployment(spec="replicas: 2")


def _checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], entries: str, *options: str
) -> tuple[int, str]:
    """Exit code and report of a Check that claims something of a rollout of two pods."""
    spec = f"scenario: {{rollout: {{image: 'web:2'}}}}\nproperties: [surge-bounded]\n{entries}"
    path = tmp_path / "check.yaml"
    path.write_text(check_document(spec, "{name: mine}") + "---\n" + _TWO, encoding="utf-8")
    code = run([str(path), "--explain", "0", *options])
    return code, capsys.readouterr().out


_FEW = """invariants:
- name: two-serve
  always: pods.filter(p, p.status.ready).size() >= 3
  message: "'there are ' + string(pods.size()) + ' pods, disturbed: ' + string(disturbed)"
"""


def test_a_violation_says_the_rule_the_place_and_the_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = _checked(tmp_path, capsys, _FEW)
    assert code == 1
    assert "two-serve is violated. The rule: always: pods.filter(p, p.status.ready)" in out
    assert "there are 2 pods, disturbed: false" in out
    assert "spec.invariants[0].always" in out


def test_without_a_message_what_is_compared_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader sees by how much a claim fails."""
    claim = "always: disturbed || pods.filter(p, p.status.ready).size() >= deployment('web')"
    entries = f"invariants:\n- name: two-serve\n  {claim}.spec.replicas + 1\n"
    _, out = _checked(tmp_path, capsys, entries)
    told = " ".join(out.split())
    assert "pods.filter(p, p.status.ready).size() is 2" in told
    assert "deployment('web').spec.replicas + 1 is 3" in told


def test_what_is_only_told_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the exit code; in the words of every format it is there."""
    entries = _FEW + "  severity: warning\n"
    sarif, junit = tmp_path / "a.sarif", tmp_path / "a.xml"
    code, out = _checked(
        tmp_path, capsys, entries, "--output", f"sarif={sarif}", "--output", f"junit={junit}"
    )
    assert code == 0
    assert "two-serve" in out
    assert "severity warning: does not count for the exit code" in out
    (found,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert (found["ruleId"], found["level"]) == ("two-serve", "warning")
    assert "<failure" not in junit.read_text()


def test_what_never_arises_is_not_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = """invariants:
- name: nobody-waits-on-a-cordoned-node
  always: nodes.all(n, !n.spec.unschedulable || pods.all(p, has(p.spec.nodeName)))
"""
    code, out = _checked(tmp_path, capsys, entries)
    assert code == 3
    assert "it never happens that for some n of `nodes`: `n.spec.unschedulable`" in " ".join(
        out.split()
    )


def test_a_claim_about_nothing_here_is_not_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pods with a label that no template gives."""
    entries = """invariants:
- name: databases
  always: pods.filter(p, p.metadata.labels.app == 'db').size() <= 1
"""
    code, out = _checked(tmp_path, capsys, entries)
    assert code == 3
    assert "not exercised" in out


def test_a_claim_is_about_the_workloads_that_it_selects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another one beside them has no answer to give, unless it is meant by name as well."""
    path = tmp_path / "two.yaml"
    other = deployment(name="api").replace("app: web", "app: api")
    path.write_text(f"{_TWO}---\n{other}", encoding="utf-8")
    ask = [str(path), "--scenario", "apply", "--format", "json", "--invariant"]
    for text, about in (
        ("pods.filter(p, p.metadata.labels.app == 'api').size() <= 1", ["Deployment/default/api"]),
        ("deployment('api').spec.replicas == 1", ["Deployment/default/api"]),
        ("pods.size() <= 2", ["Deployment/default/web", "Deployment/default/api"]),
    ):
        assert run([*ask, text]) == 0
        found = json.loads(capsys.readouterr().out)["results"]
        assert [each["subject"] for each in found] == about


def test_what_has_no_value_is_violated_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever way it is claimed."""
    for claim in (
        "always: pods.all(p, p.spec.nodeName != 'x')",
        "never: pods.exists(p, p.spec.nodeName == 'x')",
    ):
        told = f"invariants:\n- name: forgets\n  {claim}\n"
        code, out = _checked(tmp_path, capsys, told)
        assert code == 1
        assert "no value in this state" in " ".join(out.split())


def test_they_are_suppressed_like_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = _FEW + "suppressions: [{property: two-serve, reason: the quiet season}]\n"
    code, out = _checked(tmp_path, capsys, entries)
    assert code == 0
    assert "the quiet season" in out


def test_the_command_line_asks_one_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(_TWO, encoding="utf-8")
    options = ["--explain", "0", "--scenario", "rollout", "--format", "json"]
    for text, outcome in (
        ("pods.size() >= 1", "proved"),
        ("never: pods.size() > 2", "violated"),
        ("leadsTo: pods.exists(p, !has(p.spec.nodeName)) ~> pods.size() == 2", "proved"),
        ("eventuallyAlways: pods.size() == 2", "proved"),
    ):
        run([str(path), *options, "--invariant", text])
        (result,) = json.loads(capsys.readouterr().out)["results"]
        assert (result["property"], result["verdict"]) == ("invariant", outcome)


def test_a_trace_of_one_runs_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the manifests claim is known from them."""
    traces = tmp_path / "traces"
    _checked(tmp_path, capsys, _FEW, "--traces", str(traces))
    (trace,) = traces.iterdir()
    code = run(["replay", str(trace), "--input", str(tmp_path / "check.yaml")])
    assert code == 0, capsys.readouterr()


def test_a_trace_of_a_question_needs_the_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file says nothing that is compiled."""
    path, traces = tmp_path / "web.yaml", tmp_path / "traces"
    path.write_text(_TWO, encoding="utf-8")
    question = ["--invariant", "step: object.pods.size() <= oldObject.pods.size()"]
    ask = ["--scenario", "rollout", "--explain", "0", "--traces", str(traces), *question]
    assert run([str(path), *ask]) == 1
    (trace,) = traces.iterdir()
    again = ["replay", str(trace), "--input", str(path)]
    assert run(again) == 2
    assert "give --invariant as it was given then" in capsys.readouterr().err
    assert run([*again, *question]) == 0


def test_the_schema_names_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["invariants", "--schema", "--format", "json"]) == 0
    rows = {row["path"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["pods[*].spec.nodeName"]["optional"]
    assert rows["pods[*].status.ready"]["ours"]
    assert rows["deployment('…').spec.replicas"]["type"] == "int"
    assert all(row["help"] for row in rows.values())
    assert run(["invariants", "--schema"]) == 0
    assert "pods[*].spec.nodeName" in capsys.readouterr().out
    assert run(["invariants"]) == 2


def test_a_node_that_is_named_is_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nodes are interchangeable otherwise: a claim about one of them must not be checked of any."""
    on = "pods.exists(p, has(p.spec.nodeName) && p.spec.nodeName == '{}')"
    path = tmp_path / "web.yaml"
    path.write_text(_TWO, encoding="utf-8")
    names = ("node-1", "node-2", "node-3")
    never = [["--invariant", f"never: {on.format(name)}"] for name in names]
    all_three = " && ".join(on.format(name) for name in names)
    options = [word for pair in never for word in pair] + ["--invariant", f"never: {all_three}"]
    run([str(path), "--explain", "0", "--scenario", "apply", "--format", "json", *options])
    found = json.loads(capsys.readouterr().out)["results"]
    assert [each["verdict"] for each in found] == ["violated"] * 3 + ["proved"]


_NAMED = """invariants:
- name: three-at-most
  always: pods.size() <= 3
- name: four-at-most
  always: pods.size() <= 4
"""


def _asked(found: str) -> set[tuple[str, str]]:
    results = json.loads(found)["results"]
    ours = ("three-at-most", "four-at-most")
    return {(each["property"], each["verdict"]) for each in results if each["property"] in ours}


def test_names_are_asked_for_and_skipped_like_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line and in the file of a repository."""
    three, four = ("three-at-most", "violated"), ("four-at-most", "proved")
    config = tmp_path / ".planecheck.yaml"
    for option, field, found in (
        ("--property=three-at-most", "properties: [three-at-most]", {three}),
        ("--skip=three-at-most", "skip: [three-at-most]", {four}),
        ("--property=four-at-most", "{properties: [four-at-most]}", {four}),
    ):
        config.unlink(missing_ok=True)
        _, out = _checked(tmp_path, capsys, _NAMED, "--format", "json", option)
        assert _asked(out) == found
        config.write_text(f"{field}\n", encoding="utf-8")
        _, out = _checked(tmp_path, capsys, _NAMED, "--format", "json")
        assert _asked(out) == found


def test_a_name_that_nobody_has_is_helped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it is: an option, the file, and its line; `check config` reads Checks for that."""
    path, config = tmp_path / "check.yaml", tmp_path / ".planecheck.yaml"
    path.write_text(check_document(_NAMED, "{name: mine}") + "---\n" + _TWO, encoding="utf-8")
    assert run([str(path), "--skip", "three-at-mots"]) == 2
    assert "did you mean `three-at-most`?" in capsys.readouterr().err
    config.write_text("skip:\n- four-at-most\n- three-at-mots\n", encoding="utf-8")
    for arguments in ([str(path)], ["config", str(path)]):
        assert run(arguments) == 2
        said = capsys.readouterr().err
        assert f"{config.name}:3:3: error[P301]: unknown property `three-at-mots`" in said
        assert "3 | - three-at-mots" in said
        assert "did you mean `three-at-most`?" in said
    config.write_text("skip: [three-at-most]\n", encoding="utf-8")
    assert run(["config", str(path)]) == 0


def test_one_mistake_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of an invariant with a mistake is a name all the same."""
    path = tmp_path / "check.yaml"
    wrong = _NAMED.replace("pods.size() <= 3", "pods.sise() <= 3")
    path.write_text(check_document(wrong, "{name: mine}") + "---\n" + _TWO, encoding="utf-8")
    assert run([str(path), "--property", "three-at-most"]) == 2
    said = capsys.readouterr().err
    assert "sise" in said
    assert "unknown property" not in said


def test_a_baseline_and_an_annotation_accept_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "baseline.json"
    _checked(tmp_path, capsys, _NAMED, "--write-baseline", str(baseline))
    document = json.loads(baseline.read_text())
    accepted = [each for each in document["suppressions"] if each["property"] == "three-at-most"]
    assert len(accepted) == 1
    for each in document["suppressions"]:
        each["reason"] = "the quiet season"
    baseline.write_text(json.dumps(document))
    code, _ = _checked(tmp_path, capsys, _NAMED, "--baseline", str(baseline))
    assert code == 0
    note = "annotations: {planecheck.dev/suppress.three-at-most: the quiet season}"
    path = tmp_path / "check.yaml"
    web = _TWO.replace("  name: web\n", f"  name: web\n  {note}\n", 1)
    spec = f"scenario: {{rollout: {{image: 'web:2'}}}}\n{_NAMED}"
    path.write_text(check_document(spec, "{name: mine}") + "---\n" + web, encoding="utf-8")
    assert run([str(path), "--property", "three-at-most"]) == 0


def test_they_are_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the files that they are in; a slip of the pen is helped there too."""
    path = tmp_path / "check.yaml"
    waits = "- name: waits\n  leadsTo: {when: pods.size() == 3, then: pods.size() == 2}\n"
    spec = f"{_NAMED}{waits}"
    path.write_text(check_document(spec, "{name: mine}") + "---\n" + _TWO, encoding="utf-8")
    assert run(["explain", "waits", str(path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(
        "waits (liveness) The rule: leadsTo: pods.size() == 3 ~> pods.size() == 2"
    )
    assert "It says something only if `pods.size() == 3`" in said
    assert run(["explain", "wait", str(path)]) == 2
    assert "did you mean `waits`?" in capsys.readouterr().err
    assert run(["explain", "waits"]) == 2
    assert "`check explain waits PATH`" in capsys.readouterr().err
