"""`--from` of StatefulSets: what of them may change, and what is followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import run
from tests.checker.versions import checked, manifests, verdict


def stateful(**said: str) -> str:
    fields = {
        "serviceName": "db",
        "podManagementPolicy": "OrderedReady",
        "replicas": "2",
        "minReadySeconds": "0",
        "volumeClaimTemplates": (
            "[{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], "
            "resources: {requests: {storage: 1Gi}}}}]"
        ),
        "image": "db:1",
    } | said
    image = fields.pop("image")
    lines = "".join(f"\n  {name}: {text}" for name, text in fields.items() if text)
    return f"""
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:{lines}
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: "{image}"}}]}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("replicas", "outcome"), [(2, "proved"), (5, "violated")])
def test_replicas_of_a_statefulset(
    capsys: pytest.CaptureFixture[str], replicas: int, outcome: str
) -> None:
    """It is scaled and rolled over at once as well: five pods of 900m do not fit."""

    def of_that_kind(text: str) -> str:
        strategy = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
        return text.replace("kind: Deployment", "kind: StatefulSet").replace(strategy, "")

    Path("old.yaml").write_text(of_that_kind(manifests("500m")))
    new = of_that_kind(manifests("900m", replicas=replicas))
    found = checked(capsys, new, "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == outcome


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("podManagementPolicy", "Parallel"),
        ("serviceName", "others"),
        (
            "volumeClaimTemplates",
            "[{metadata: {name: data}, spec: {accessModes: [ReadWriteMany]}}]",
        ),
        ("volumeClaimTemplates", ""),
    ],
)
def test_what_a_statefulset_cannot_change(
    capsys: pytest.CaptureFixture[str], field: str, text: str
) -> None:
    """ValidateStatefulSetUpdate; the template may be the same or another one."""
    Path("old.yaml").write_text(stateful())
    for image in ("db:1", "db:2"):
        Path("new.yaml").write_text(stateful(**{field: text, "image": image}))
        assert run(["--from", "old.yaml", "new.yaml"]) == 2
        err = capsys.readouterr().err
        assert "P207" in err
        assert f"`spec.{field}` of StatefulSet/default/db" in err


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("podManagementPolicy", ""),
        (
            "volumeClaimTemplates",
            "[{kind: PersistentVolumeClaim, apiVersion: v1, metadata: {name: data}, spec: "
            "{volumeMode: Filesystem, accessModes: [ReadWriteOnce], "
            "resources: {requests: {storage: 1024Mi}}}}]",
        ),
    ],
)
def test_what_is_only_written_otherwise(
    capsys: pytest.CaptureFixture[str], field: str, text: str
) -> None:
    """Defaults and amounts are compared by what they mean."""
    Path("old.yaml").write_text(stateful())
    Path("new.yaml").write_text(stateful(**{field: text}))
    assert run(["--from", "old.yaml", "new.yaml"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("field", "text", "path", "outcome"),
    [
        ("minReadySeconds", "5", "spec.minReadySeconds", "proved"),
        ("ordinals", "{start: 1}", "spec.ordinals.start", "unknown"),
    ],
)
def test_what_is_changed_and_not_followed(
    capsys: pytest.CaptureFixture[str], field: str, text: str, path: str, outcome: str
) -> None:
    """A warning where the template is the same, else an omission, but for the replicas, which are
    followed then, and minReadySeconds, which pods that are ready for long have behind them."""
    Path("old.yaml").write_text(stateful())
    Path("new.yaml").write_text(stateful(**{field: text}))
    run(["--from", "old.yaml", "new.yaml"])
    assert f"`{path}` of StatefulSet/default/db changes from" in capsys.readouterr().out
    found = checked(capsys, stateful(**{field: text, "image": "db:2"}), "--from", "old.yaml")
    assert verdict(found, "rollout-completes") == outcome
