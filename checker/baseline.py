"""Writes a baseline: what `check --baseline` reads again (see `model.load.baseline`)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from checker.keeping import keep
from checker.suppressions import NO_REASON
from model.load.baseline import FORMAT, VERSION
from model.suppression import Suppression


def document(entries: Sequence[Suppression]) -> str:
    """The text of a baseline: equal entries give equal bytes, all of them ASCII."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "suppressions": [_entry(entry) for entry in entries],
    }
    return json.dumps(content, indent=1) + "\n"


def _entry(entry: Suppression) -> dict[str, str]:
    fields = {
        "property": entry.property,
        "subject": entry.subject,
        "scenario": entry.scenario,
        "verdict": entry.verdict,
        "reason": entry.reason,
        "until": entry.until.isoformat() if entry.until else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def keep_baseline(path: str, entries: Sequence[Suppression]) -> str:
    """Write the file and return a sentence that says so. Raises OSError, and ValueError for a path
    that no file can have."""
    keep(path, document(entries))
    without = sum(entry.reason == NO_REASON for entry in entries)
    said = f"{path}: {len(entries)} suppression{'' if len(entries) == 1 else 's'} written"
    return f"{said}; {without} without a reason yet" if without else said
