"""What users do to a workload, in words."""

from __future__ import annotations

from collections.abc import Iterable

from checker.following.facts import Facts
from checker.following.recording import Write
from model.api.workload import Workload


def images(write: Write) -> str:
    """The template of a workload in a word."""
    found = Facts(write).at("spec", "templateImages")
    return ", ".join(map(str, found)) if isinstance(found, list) else "another template"


#: What users do where a field of a workload changes.
_CHANGES = {
    "replicas": "scales it to {}",
    "job": "changes its spec",
    "strategy": "sets its strategy to {}",
    "max_surge": "sets maxSurge to {}",
    "max_unavailable": "sets maxUnavailable to {}",
    "min_ready_seconds": "sets minReadySeconds to {}",
    "stateful": "sets {}",
    "daemon": "sets {}",
}


def differences(old: Workload, new: Workload) -> Iterable[str]:
    """What a user has done who has one become the other."""
    for name, said in _CHANGES.items():
        value = getattr(new, name)
        if getattr(old, name) != value and (name != "replicas" or new.daemon is None):
            yield said.format(value)
