"""SAT cores: who finds the models of the clauses that bounded model checking writes.

All of them see the same clauses and give the same answers (though not the same models).
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast

from checker.budget import Budget
from checker.smt.sat.contract import Core

#: Name to "module:class" and the package that it needs, the fastest first.
CORES: dict[str, tuple[str, str]] = {
    "cadical": ("checker.smt.sat.cadical:Cadical", "pysat"),
    "z3": ("checker.smt.sat.builtin:Z3", "z3"),
}


def available() -> tuple[str, ...]:
    """The names of the cores that are installed, the fastest first."""
    return tuple(name for name, (_, package) in CORES.items() if find_spec(package) is not None)


def core(name: str | None, budget: Budget) -> Core:
    """A new core of that name, by default the fastest there is. Raises KeyError."""
    path, _ = CORES[available()[0] if name is None else name]
    module, _, attribute = path.partition(":")
    return cast(Core, getattr(import_module(module), attribute)(budget))
