"""Formulas that are written once and read at every depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from checker.smt.terms import Bit


class Template:
    """Formulas over some variables, to be read again with other terms in their place.

    The substitution is one call into Z3 for all formulas together.
    """

    def __init__(self, variables: Sequence[Any], formulas: Sequence[Bit]) -> None:
        self._variables = variables
        self._formulas = formulas
        symbolic = [f for f in formulas if not isinstance(f, bool)]
        self._bundle = None
        if symbolic:
            context = symbolic[0].ctx
            sort = z3.BoolSort(context)
            bundle = z3.Function("bundle", *[sort] * len(symbolic), sort)
            self._bundle = bundle(*symbolic)

    def at(self, replacements: Sequence[Any]) -> list[Bit]:
        """The formulas with the variables replaced."""
        if self._bundle is None:
            return list(self._formulas)
        pairs = list(zip(self._variables, replacements, strict=True))
        children = iter(z3.substitute(self._bundle, *pairs).children())
        return [f if isinstance(f, bool) else next(children) for f in self._formulas]
