"""What was seen on a real control plane of 1.36.3 happens in the simulator as well."""

from __future__ import annotations

import pytest

from tests.simulator.compare import run
from tests.simulator.setups import setups

ROLLBACK = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {{name: race}}
spec:
  scenario:
    rollout: {{image: example/web:2, rollback: true}}
  cluster:
    nodes: {{count: 2, cpu: "8", memory: 16Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 3
  strategy:
    rollingUpdate: {{maxSurge: {surge}, maxUnavailable: 0}}
  selector:
    matchLabels: {{app: web}}
  template:
    metadata:
      labels: {{app: web}}
    spec:
      containers:
      - {{name: web, image: "example/web:1"}}
"""


def lost(surge: int, seeds: range) -> set[str]:
    """The properties that some of the runs violate."""
    (setup,) = setups(ROLLBACK.format(surge=surge))
    names = ["rollout-keeps-available", "surge-bounded", "no-duplicate-pods", "rollback-completes"]
    found: set[str] = set()
    for seed in seeds:
        verdicts, _, ended = run(setup, seed, names)
        assert ended
        found |= verdicts.violated.keys()
    return found


@pytest.mark.parametrize("surge", [1, 3])
def test_rollout_taken_back_half_way_falls_below_its_floor(surge: int) -> None:
    """Three replicas, maxUnavailable 0, maxSurge 1 or 3: recorded 18 of 30 and 25 of 40 times.
    Nothing else goes wrong, and every run comes to its end."""
    assert lost(surge, range(60, 130)) == {"rollout-keeps-available"}
