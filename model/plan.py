"""What one run of the command line will check, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.scenario import Scenario


@dataclass(frozen=True)
class Skipped:
    """A file or folder that is not checked, and what it is: "a docker-compose file"."""

    path: str
    what: str
    #: Whether it should have been checked, and could not be.
    missed: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that one run of the command line will check."""

    scenarios: tuple[Scenario, ...]
    #: Objects that no verdict depends on, "Kind/namespace/name".
    unchecked: tuple[str, ...] = ()
    #: Why that is so of some of them; of the others, because their kinds are not checked yet.
    reasons: Mapping[str, str] = field(default_factory=dict)
    #: Files and folders that were left out.
    skipped: tuple[Skipped, ...] = ()
    #: Depth bound for bounded engines that the spec asks for.
    depth: int | None = None
