"""Two versions of manifests, and what a check says of the change from one to the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run

NODES = "".join(
    f"""
apiVersion: v1
kind: Node
metadata: {{name: node-{number}}}
status: {{allocatable: {{cpu: "2", memory: 4Gi, pods: "110"}}}}
---"""
    for number in (1, 2)
)


def manifests(
    cpu: str, *, image: str = "web:1", replicas: int = 3, app: str = "web", more: str = ""
) -> str:
    return f"""{NODES}
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  strategy: {{rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}}}
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec:
      {more}
      containers:
        - name: web
          image: {image}
          resources: {{requests: {{cpu: {cpu}}}}}
"""


def checked(capsys: pytest.CaptureFixture[str], text: str, *options: str) -> dict[str, Any]:
    Path("new.yaml").write_text(text)
    arguments = ("--explain", "0", "--format", "json", "--scenario", "rollout", *options)
    run([*arguments, "new.yaml"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def verdict(document: dict[str, Any], name: str) -> str:
    (found,) = (r["verdict"] for r in document["results"] if r["property"] == name)
    return str(found)
