"""The reasons for which a Job ends, and what a trace says of them."""

from __future__ import annotations

from model.api.job import Job

#: Reason of an end to what a trace says of it, and why.
WORDS = {
    "SuccessPolicy": ("is successful", "a rule of its successPolicy is met"),
    "CompletionsReached": ("is complete", "enough pods have succeeded and none is left"),
    "PodFailurePolicy": ("has failed", "a pod failed as a rule of podFailurePolicy says"),
    "BackoffLimitExceeded": ("has failed", "more pods have failed than backoffLimit allows"),
    "DeadlineExceeded": ("has failed", "its activeDeadlineSeconds are past"),
    "MaxFailedIndexesExceeded": ("has failed", "more indexes have failed than maxFailedIndexes"),
    "FailedIndexes": ("has failed", "every index has succeeded or failed, and some have failed"),
}


def reasons(spec: Job) -> list[str]:
    """The reasons for which a Job can end."""
    possible = {
        "SuccessPolicy": bool(spec.success),
        "CompletionsReached": True,
        "PodFailurePolicy": any(rule.action == "FailJob" for rule in spec.failure),
        "BackoffLimitExceeded": True,
        "DeadlineExceeded": spec.deadline is not None,
        "MaxFailedIndexesExceeded": spec.max_failed is not None,
        "FailedIndexes": spec.per_index is not None,
    }
    return [reason for reason, may in possible.items() if may]
