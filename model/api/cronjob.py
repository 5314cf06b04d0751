"""What a CronJob says beyond the Job that it has a template of.

Source: k8s.io/api v0.36 `batch/v1/types.go` (CronJobSpec), kubernetes 1.36
`pkg/apis/batch/v1/defaults.go` (SetDefaults_CronJob).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CronJob:
    schedule: str = ""
    #: concurrencyPolicy.
    policy: Literal["Allow", "Forbid", "Replace"] = "Allow"
    #: startingDeadlineSeconds.
    deadline: int | None = None
    suspended: bool = False
    #: Whether its schedule is due at some time.
    comes: bool = True
