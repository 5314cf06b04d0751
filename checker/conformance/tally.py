"""Counts of outcomes by component, and the first few disagreements of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from checker.conformance.contract import Outcome

#: Disagreements that are kept of a component unless all are asked for.
FEW = 3


@dataclass(frozen=True)
class Disagreement:
    """`place` is where the line is, `input` what it asks, shortened."""

    place: str
    seed: int | None
    family: str
    input: str
    expected: str
    got: str


@dataclass
class Component:
    """What is counted of one component. Every line is in exactly one of the three counts."""

    name: str
    agree: int = 0
    disagree: int = 0
    unsupported: int = 0
    #: Why lines are unsupported, with how many.
    reasons: Counter[str] = field(default_factory=Counter)
    disagreements: list[Disagreement] = field(default_factory=list)


@dataclass
class Tally:
    """Everything that a run has counted."""

    keep_all: bool = False
    lines: int = 0
    #: Lines that are no vectors: "file:line: why".
    unreadable: list[str] = field(default_factory=list)
    interrupted: bool = False
    _components: dict[str, Component] = field(default_factory=dict)

    @property
    def components(self) -> list[Component]:
        return [self._components[name] for name in sorted(self._components, key=str.lower)]

    @property
    def disagrees(self) -> bool:
        return any(component.disagree for component in self._components.values())

    def add(self, name: str, outcome: Outcome) -> Component | None:
        """Count an outcome. The component if the line is to be kept as a disagreement."""
        component = self._components.setdefault(name, Component(name))
        if outcome.verdict == "agree":
            component.agree += 1
        elif outcome.verdict == "unsupported":
            component.unsupported += 1
            component.reasons[outcome.reason] += 1
        else:
            component.disagree += 1
            if self.keep_all or len(component.disagreements) < FEW:
                return component
        return None
