"""etcd-io/raft's scripted scenarios in a checkout of it, held against the model of Raft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from model.etcd.scenarios import Outcome, confchange_outcomes, quorum_outcomes

#: Folders of a checkout with scenarios, and what answers those in them.
FOLDERS: Mapping[str, Callable[[str], Iterator[Outcome]]] = {
    "quorum/testdata": quorum_outcomes,
    "confchange/testdata": confchange_outcomes,
}


def files(checkout: Path) -> list[Path]:
    """The files with scenarios, sorted in each folder."""
    return [path for folder in FOLDERS for path in sorted((checkout / folder).glob("*.txt"))]


def component(path: Path) -> str:
    """Which part of the model the scenarios of a file are about."""
    return f"etcd {path.parent.parent.name}"


def outcomes(path: Path) -> list[Outcome]:
    """Every scenario of a file; raises `Malformed` and UnicodeDecodeError."""
    answer = FOLDERS[f"{path.parent.parent.name}/{path.parent.name}"]
    return list(answer(path.read_text(encoding="utf-8")))
