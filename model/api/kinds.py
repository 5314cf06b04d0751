"""The table of object kinds that come with a controller of this project's user: a row each.

Kubernetes' own kinds have readers of their own in `model.load`, since each is read with the rules
that the API server has for it.
"""

from __future__ import annotations

from model.api.kind import Kind

#: By their names. A controller finds the objects with `Scenario.of`.
KINDS: dict[str, Kind] = {}
