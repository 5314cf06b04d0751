"""`--from`: the rollout from one version of manifests to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run
from tests.checker.versions import checked, manifests, verdict


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(manifests("500m"))


@pytest.mark.parametrize(
    ("cpu", "outcome"), [("500m", "proved"), ("900m", "proved"), ("1600m", "violated")]
)
def test_pods_of_both_versions_share_the_nodes(
    capsys: pytest.CaptureFixture[str], cpu: str, outcome: str
) -> None:
    """Three of 1600m do not fit onto two nodes of 2 CPU, three of 900m do."""
    found = checked(capsys, manifests(cpu), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == outcome


def test_the_old_pods_are_in_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    """Two pods of 1800m have a node each; beside smaller old ones that are anywhere they have not,
    which a rollout among equal pods would not tell."""
    Path("old.yaml").write_text(manifests("300m", replicas=2))
    new = manifests("1800m", replicas=2)
    found = checked(capsys, new, "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "violated"


def test_what_only_the_image_changes_is_the_usual_rollout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The model reads the same of both versions, up to the image."""
    found = checked(capsys, manifests("500m", image="web:2"), "--from", "old.yaml")
    usual = checked(capsys, manifests("500m", image="web:2"))
    for name in ("rollout-completes", "surge-bounded", "every-pod-scheduled"):
        assert verdict(found, name) == verdict(usual, name)


def test_a_selector_that_changes_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.yaml").write_text(manifests("500m", app="web2"))
    assert run(["--from", "old.yaml", "new.yaml"]) == 2
    assert "the API server refuses to change it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("replicas", "outcome"),
    # Four pods of 900m have room; before the first new one, the old ones are scaled.
    [(2, "proved"), (3, "proved"), (4, "violated"), (5, "violated")],
)
def test_replicas_that_change_as_well(
    capsys: pytest.CaptureFixture[str], replicas: int, outcome: str
) -> None:
    found = checked(capsys, manifests("900m", replicas=replicas), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == outcome


@pytest.mark.parametrize(("replicas", "outcome"), [(2, "proved"), (4, "proved"), (9, "violated")])
def test_replicas_alone(capsys: pytest.CaptureFixture[str], replicas: int, outcome: str) -> None:
    """A version with nothing but other replicas is scaled to: nine of 500m do not fit."""
    Path("new.yaml").write_text(manifests("500m", replicas=replicas))
    run(["--explain", "0", "--format", "json", "--from", "old.yaml", "new.yaml"])
    document = json.loads(capsys.readouterr().out)
    scaled = [each for each in document["results"] if each["scenario"] == "scale"]
    found = {each["property"]: each["verdict"] for each in scaled}
    assert found["replicas-converge"] == outcome
    assert not document["diagnostics"]


@pytest.mark.parametrize(
    ("old", "new", "outcome"), [(0, 5, "proved"), (5, 0, "proved"), (5, 10, "proved")]
)
def test_another_min_ready_seconds(
    capsys: pytest.CaptureFixture[str], old: int, new: int, outcome: str
) -> None:
    """Pods of each version wait for as long as theirs says, until the user takes it back: then the
    controller gives the old ReplicaSet the new number."""

    def waiting(text: str, seconds: int) -> str:
        return text.replace("  replicas:", f"  minReadySeconds: {seconds}\n  replicas:")

    Path("old.yaml").write_text(waiting(manifests("500m"), old))
    text = waiting(manifests("500m", image="web:2"), new)
    found = checked(capsys, text, "--from", "old.yaml")
    for name in ("rollout-completes", "rollout-keeps-available"):
        assert verdict(found, name) == outcome
    check = (
        "\n---\napiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: rollout}\n"
        "spec: {scenario: {rollout: {rollback: true}}}\n"
    )
    found = checked(capsys, text + check, "--from", "old.yaml")
    assert verdict(found, "rollback-completes") == "unknown"


@pytest.mark.parametrize(
    ("constraint", "outcome"),
    [
        ("", "proved"),
        ("matchLabelKeys: [version], ", "unknown"),
        ("minDomains: 1, ", "proved"),
    ],
)
def test_labels_that_change(
    capsys: pytest.CaptureFixture[str], constraint: str, outcome: str
) -> None:
    """Are nothing to the model where nobody selects by them, as with those of most charts."""
    spread = (
        "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, "
        f"{constraint}whenUnsatisfiable: DoNotSchedule, "
        "labelSelector: {matchLabels: {app: web}}}]"
    )

    def labelled(version: int) -> str:
        text = manifests("500m", image=f"web:{version}", more=spread if constraint else "")
        return text.replace(
            "metadata: {labels: {app: web}}",
            f'metadata: {{labels: {{app: web, version: "{version}"}}}}',
        )

    Path("old.yaml").write_text(labelled(1))
    found = checked(capsys, labelled(2), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == outcome


def test_labels_that_change_and_a_budget_reads(capsys: pytest.CaptureFixture[str]) -> None:
    budget = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {version: "1"}}}
"""
    label = "metadata: {labels: {app: web}}"

    def labelled(version: int) -> str:
        more = f'metadata: {{labels: {{app: web, version: "{version}"}}}}'
        return manifests("500m", image=f"web:{version}").replace(label, more) + budget

    Path("old.yaml").write_text(labelled(1))
    found = checked(capsys, labelled(2), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "unknown"


def test_what_changes_as_well_and_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A number of replicas from 0 on, which no rollout begins with."""
    Path("old.yaml").write_text(manifests("500m", replicas=0))
    found = checked(capsys, manifests("900m", replicas=2), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "unknown"
    accepted = checked(
        capsys, manifests("900m", replicas=2), "--from", "old.yaml", "--allow-omitted"
    )
    assert verdict(accepted, "rollout-completes") == "proved"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (manifests("500m"), manifests("900m")),
        (manifests("500m"), manifests("1600m")),
        (manifests("900m"), manifests("500m", image="web:2", replicas=4)),
        (manifests("900m"), manifests("900m", image="web:2", replicas=5)),
        (manifests("700m"), manifests("700m", more="nodeSelector: {disk: ssd}")),
        (
            manifests("900m").replace("maxSurge: 1, maxUnavailable: 0", "maxSurge: 2"),
            manifests("1100m", replicas=2),
        ),
        (
            manifests("900m", replicas=4),
            manifests("900m", image="web:2", replicas=4).replace(
                "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}", "{type: Recreate}"
            ),
        ),
    ],
)
def test_a_step_applies_what_from_compares_with(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str
) -> None:
    """The step `apply` of a manifest is the rollout that `--from` has of it, run by run."""
    (tmp_path / "old.yaml").write_text(old)
    (tmp_path / "applied").mkdir()
    (tmp_path / "applied/new.yaml").write_text(new)
    (tmp_path / "check.yaml").write_text(
        "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: rollout}\nspec:\n"
        "  manifests: [old.yaml]\n"
        "  scenario: {steps: [{apply: {manifest: applied/new.yaml}}]}\n"
    )
    arguments = ("--explain", "0", "--format", "json")
    run([*arguments, "check.yaml"])
    stepwise = json.loads(capsys.readouterr().out)
    found = checked(capsys, new, "--from", "old.yaml")

    def told(document: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
        return {
            each["property"]: (each["verdict"], each["trace"] and len(each["trace"]["steps"]))
            for each in document["results"]
            if each["subject"].startswith("Deployment")
        }

    assert told(stepwise) == told(found)
    assert "rollout-completes" in told(found)


def test_mistakes_in_the_older_manifests_count(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.yaml").write_text(manifests("500m"))
    Path("old.yaml").write_text(manifests("500q"))
    assert run(["--from", "old.yaml", "new.yaml"]) == 2
    assert "old.yaml:" in capsys.readouterr().err
    assert run(["--from", "none.yaml", "new.yaml"]) == 2


def test_traces_are_replayed_with_the_older_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    checked(capsys, manifests("1600m"), "--from", "old.yaml", "--output", "trace=run.json")
    assert run(["replay", "--input", "new.yaml", "--from", "old.yaml", "run.json"]) == 0
    assert run(["replay", "--input", "new.yaml", "run.json"]) == 1


DAEMONS = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
"""


def test_a_daemonset_that_changes_its_image(capsys: pytest.CaptureFixture[str]) -> None:
    """Is the rollout that everybody knows, with other requests as well."""
    Path("old.yaml").write_text(DAEMONS)
    found = checked(capsys, DAEMONS.replace("agent:1", "agent:2"), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "proved"
    bigger = DAEMONS.replace('"agent:1"', '"agent:2", resources: {requests: {cpu: 1}}')
    found = checked(capsys, bigger, "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == "proved"


def test_what_a_job_cannot_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Completions of an Indexed Job may follow its parallelism."""
    job = """
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  {completions: 2, parallelism: 2, completionMode: NonIndexed,
   template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}
"""
    wider = job.replace("ns: 2, parallelism: 2", "ns: 3, parallelism: 3")
    for old, new, code in (
        (job, wider, 2),
        (job, job.replace("NonIndexed", "Indexed"), 2),
        (job.replace("NonIndexed", "Indexed"), wider.replace("NonIndexed", "Indexed"), 0),
    ):
        Path("old.yaml").write_text(f"{DAEMONS}---{old}")
        Path("new.yaml").write_text(f"{DAEMONS}---{new}")
        assert (run(["--from", "old.yaml", "new.yaml"]) == 2) == (code == 2)
        assert ("P207" in capsys.readouterr().err) == (code == 2)
