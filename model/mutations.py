"""Seeded faults: named ways in which the modelled control plane can be wrong.

They serve two purposes: broken twins in `specs/broken/` switch one on (`spec.model.mutations`),
and the mutation tests show that each one is caught by some property of some shipped spec.
A component asks `name in scenario.mutations` at the line that the fault would change.
"""

from __future__ import annotations

#: Name to one line that says what goes wrong.
MUTATIONS: dict[str, str] = {}
