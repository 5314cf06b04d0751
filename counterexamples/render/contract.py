"""What a renderer implements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from checker.report import Report


@dataclass(frozen=True)
class Look:
    """How the output may look. Formats for machines heed none of it."""

    #: Columns to fill.
    width: int = 80
    color: bool = False
    #: Whether marks beyond ASCII can be shown.
    unicode: bool = True
    detail: Literal["quiet", "normal", "verbose"] = "normal"
    #: Texts of inputs that cannot be read again, by the name that their sources give.
    texts: Mapping[str, str] = field(default_factory=dict)


class Renderer(Protocol):
    def __call__(self, report: Report, look: Look) -> str:
        """The whole output, ending in a newline; the same report gives the same text.

        Texts from manifests may hold anything; none of it may act as markup or as a terminal
        command in the output.
        """
