"""The engines by name. Modules are imported only when an engine is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.engines.contract import Engine

#: Name to "module:class", or a function that makes one.
ENGINES: dict[str, str] = {
    "auto": "checker.engines.auto:Auto",
    "explicit": "checker.engines.reduced:explicit",
    "swarm": "checker.engines.swarm:RandomWalks",
    "bmc": "checker.engines.reduced:bmc",
    "induction": "checker.engines.induction:Induction",
}


def engine(name: str) -> Engine:
    """A new engine of that name. Raises KeyError."""
    module, _, attribute = ENGINES[name].partition(":")
    created: Engine = getattr(import_module(module), attribute)()
    return created
