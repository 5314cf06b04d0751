"""What a property of the workload implements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from model.apiserver.objects import Cluster
from model.ir.system import Property
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.edits.contract import Shift
    from model.instance import Remark
    from model.ir.reading import Reading


@dataclass(frozen=True)
class Row:
    """A property by its stable name. A new one is a builder and a row in `PROPERTIES`."""

    #: One line of help.
    text: str
    kind: Literal["safety", "liveness"]
    #: Whether the property concerns a scenario at all; the docstring completes "it concerns …".
    concerns: Callable[[Scenario], bool]
    #: The formula; None for a property of a system other than the workload's.
    build: Callable[[str, str, Cluster], Property] | None
    #: Manifest fields that a reader should look at first.
    fields: tuple[str, ...] = ()
    #: What the last state of a violation says of it, most telling first.
    remark: Callable[[Cluster, Reading], Iterator[Remark]] | None = None
    #: Which way the value of a field has to go for the property to ask for less: a repair by that
    #: makes it another promise.
    eased: Mapping[str, Shift] = field(default_factory=dict)

    def asks_less(self, field: str, shift: Shift) -> bool:
        """Whether the property asks for less with a value of a field of some object that is lower
        (-1) or higher (1)."""
        return any(field.endswith(path) and shift == less for path, less in self.eased.items())
