"""Which elements a parameter of an action needs to try, others being interchangeable."""

from __future__ import annotations

from typing import NamedTuple

from model.ir.system import StateFunction


class Restriction(NamedTuple):
    """The first of each run of interchangeable elements; with `after` the first two, since an
    earlier parameter may have taken the first; and what the functions in `through` make of the
    earlier parameter `parameter`."""

    after: bool = False
    through: tuple[StateFunction, ...] = ()
    parameter: str = ""
