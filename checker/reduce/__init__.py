"""Reductions: from a system to a smaller one, with the way to lift a trace back.

Reading order: `contract`, then `cone` with `lasso`; `counters` with `countable`, `rewrite` and
`tally`; `order`. `within` puts them around an engine.
May enter: the model's intermediate representation. May not enter: engines, Z3, numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.reduce.contract import Reduced, Reduction
    from model.ir.system import Property, System

#: Name to "module:function", in the order in which they are applied.
REDUCTIONS: dict[str, str] = {
    "cone": "checker.reduce.cone:cone",
    "counters": "checker.reduce.counters:counters",
    "clause counters": "checker.reduce.counters:clause_counters",
    "order": "checker.reduce.order:order",
}


def reduction(name: str) -> Reduction:
    """The reduction of that name. Raises KeyError."""
    module, _, attribute = REDUCTIONS[name].partition(":")
    found: Reduction = getattr(import_module(module), attribute)
    return found


def reduce(system: System, properties: Sequence[Property], names: Sequence[str]) -> Reduced | None:
    """The system after the named reductions, one after the other; None if none applies."""
    from checker.reduce.compose import then

    result: Reduced | None = None
    for name in names:
        step = reduction(name)(system, properties)
        if step is not None:
            result = step if result is None else then(result, step)
            system = step.system
            properties = [system.property(prop.name) for prop in properties]
    return result
