"""The files that an instance was made from, and whether they are still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from model.instance import Instance


def files_of(instance: Instance) -> list[str]:
    """The files that an instance was made from, and names that places without a file have."""
    scenario = instance.scenario
    places = [scenario.source, scenario.workload.source, *instance.fields.values()]
    places += [node.source for node in scenario.nodes if node.source is not None]
    places += [other.source for other in scenario.neighbours]
    if scenario.before is not None:
        places.append(scenario.before.source)
    places += [budget.source for budget in scenario.budgets]
    return sorted({place.file for place in places})


def digests(files: Iterable[str], texts: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 of each file that there is; `texts` are those of files that cannot be read again."""
    found = {}
    for file in files:
        try:
            data = texts[file].encode() if file in texts else Path(file).read_bytes()
        except (OSError, ValueError):
            continue
        found[file] = hashlib.sha256(data).hexdigest()
    return found


def changed(before: Mapping[str, str], instance: Instance, texts: Mapping[str, str]) -> bool:
    """Whether an instance is made from other files than those of these digests, by whatever name:
    no file is read because `before` names it."""
    now = digests(files_of(instance), texts)
    return sorted(before.values()) != sorted(now.values())
