"""What a Job says beyond its template.

Source: k8s.io/api v0.36 `batch/v1/types.go` (JobSpec), kubernetes 1.36
`pkg/apis/batch/v1/defaults.go` (SetDefaults_Job).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: `backoffLimit` of a Job that does not say, and of one with backoffLimitPerIndex.
BACKOFF, NO_BACKOFF = 6, 2**31 - 1

#: Fields that a verdict may point at; a CronJob has them in its template.
JOB_FIELDS = (
    "parallelism",
    "completions",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "podFailurePolicy",
    "podReplacementPolicy",
    "activeDeadlineSeconds",
)


@dataclass(frozen=True)
class FailureRule:
    """A rule of podFailurePolicy: on exit codes of a container (of any where none is named), or on
    conditions (type, status) of the pod."""

    action: Literal["FailJob", "FailIndex", "Ignore", "Count"]
    #: Operator In, else NotIn; None where the rule is about conditions.
    within: bool | None = None
    codes: tuple[int, ...] = ()
    container: str | None = None
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SuccessRule:
    """A rule of successPolicy: of these indexes, or of any, so many, or all."""

    indexes: tuple[int, ...] | None = None
    at_least: int | None = None


@dataclass(frozen=True)
class Job:
    parallelism: int = 1
    #: None: it is over once a pod succeeds and the others have ended.
    completions: int | None = 1
    #: completionMode Indexed; else NonIndexed.
    indexed: bool = False
    backoff: int = BACKOFF
    #: backoffLimitPerIndex and maxFailedIndexes.
    per_index: int | None = None
    max_failed: int | None = None
    #: How many seconds after its end it is deleted; None if it stays.
    ttl: int | None = None
    #: podReplacementPolicy Failed; else TerminatingOrFailed.
    replaces_failed: bool = False
    failure: tuple[FailureRule, ...] = ()
    success: tuple[SuccessRule, ...] = ()
    #: activeDeadlineSeconds.
    deadline: int | None = None
    suspended: bool = False
    #: restartPolicy OnFailure of the template: containers that fail are started again in their pod.
    restarts: bool = False

    @property
    def at_once(self) -> int:
        """How many pods there may be at a time, from the start."""
        if self.suspended:
            return 0
        if self.completions is None:
            return self.parallelism
        return min(self.parallelism, self.completions)

    @property
    def enough(self) -> int:
        """How many pods have to succeed."""
        return 1 if self.completions is None else self.completions
