"""An ordinary manifest of each kind passes: what never arises for a kind is not asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import run

ON_DELETE = "updateStrategy: {type: OnDelete}"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Deployment", "replicas: 2"),
        ("StatefulSet", "replicas: 2"),
        ("StatefulSet", f"replicas: 2\n  {ON_DELETE}"),
        ("DaemonSet", "minReadySeconds: 0"),
        ("DaemonSet", ON_DELETE),
    ],
)
def test_an_ordinary_manifest_passes(
    tmp_path: Path, kind: str, more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: db}}
spec:
  {more}
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: "db:1"}}]}}
""")
    assert run([str(path)]) == 0, capsys.readouterr().out
