"""What one run of the command line will check, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass

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
    #: Objects that were read but are not checked yet, "Kind/namespace/name".
    unchecked: tuple[str, ...] = ()
    #: Files and folders that were left out.
    skipped: tuple[Skipped, ...] = ()
    #: Depth bound for bounded engines that the spec asks for.
    depth: int | None = None
