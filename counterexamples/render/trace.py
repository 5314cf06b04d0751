"""The traces of all violations, for `check replay`: JSON documents, one a line (`docs/traces.md`).

Nothing is violated, nothing is written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from counterexamples.render.contract import Look
from counterexamples.trace import documents

if TYPE_CHECKING:
    from checker.report import Report


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    return "".join(f"{json.dumps(each)}\n" for each in documents(report, look.texts).values())
