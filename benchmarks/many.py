"""Folders of many Deployments: `python -m benchmarks.many 500 [--different] > many.yaml`."""

from __future__ import annotations

import argparse

_DEPLOYMENT = """---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{number}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web-{number}}}}}
  template:
    metadata: {{labels: {{app: web-{number}}}}}
    spec:
      containers:
      - name: web
        image: registry.example/web-{number}:1.0
        resources: {{requests: {{cpu: {cpu}m, memory: 64Mi}}}}
"""


def deployments(count: int, *, different: bool) -> str:
    """So many Deployments, which differ in names and images only, or in replicas and requests."""
    return "".join(
        _DEPLOYMENT.format(
            number=number,
            replicas=2 + number % 3 if different else 3,
            cpu=100 + number if different else 100,
        )
        for number in range(count)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--different", action="store_true")
    given = parser.parse_args()
    print(deployments(given.count, different=given.different), end="")


if __name__ == "__main__":
    main()
