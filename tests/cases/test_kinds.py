"""An ordinary manifest of each kind passes: what never arises for a kind is not asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import run

MORE = {"StatefulSet": "serviceName: db\n  replicas: 2", "Deployment": "replicas: 2"}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_an_ordinary_manifest_passes(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: db}}
spec:
  {MORE.get(kind, "minReadySeconds: 0")}
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: "db:1"}}]}}
""")
    assert run([str(path)]) == 0, capsys.readouterr().out
