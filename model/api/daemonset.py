"""What a DaemonSet says beyond its limits, which `Workload` has, and its template.

Source: k8s.io/api v0.36 `apps/v1/types.go` (DaemonSetSpec), kubernetes 1.36
`pkg/apis/apps/v1/defaults.go` (SetDefaults_DaemonSet).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DaemonSet:
    #: updateStrategy OnDelete; else RollingUpdate.
    on_delete: bool = False
