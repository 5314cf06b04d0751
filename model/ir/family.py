"""Families: systems that differ only in the sizes of their symmetric sorts and in constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.ir.expr import TRUE, Expr
from model.ir.system import System, Table
from model.ir.types import Sort


@dataclass(frozen=True, eq=False)
class Family:
    """All systems with the text of `member`.

    In another member the symmetric sorts have any size, `parameters` (tables without arguments)
    have any values that satisfy `where`, integer types have no upper limit, a table over a
    symmetric sort has rows of the same kinds, and one over integers may go on. It starts in a state
    that satisfies `initial` (None: in one of the member's, and then it is the only member). The
    text must not depend on sizes in any other way: what does is a parameter.
    """

    member: System
    parameters: tuple[Table, ...] = ()
    #: About the parameters only.
    where: Expr = TRUE
    initial: Expr | None = None
    #: The parameter that is the number of elements of a sort.
    sizes: Mapping[Sort, Table] = field(default_factory=dict)
    #: What differs, in words: "pods, nodes and replicas".
    says: str = ""
