"""A transition system under construction: components add their parts to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from model.ir.expr import Expr, Literalish, coerce
from model.ir.label import Label
from model.ir.system import (
    Action,
    Bound,
    Definition,
    Fairness,
    Property,
    StateFunction,
    System,
    Table,
    Update,
)
from model.ir.types import IntType, ModelError, Sort, Type


@dataclass
class Builder:
    """Collects the parts of a system while components add to it."""

    name: str
    functions: list[StateFunction] = field(default_factory=list)
    values: dict[StateFunction, tuple[int, ...]] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    omissions: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    #: What differs between initial states: values that replace those of `values` in each. There
    #: is one initial state where this is empty.
    starts: list[Mapping[StateFunction, tuple[int, ...]]] = field(default_factory=list)

    def function(
        self,
        name: str,
        domain: Sequence[Sort],
        type: Type,
        initial: int | Sequence[int],
        label: str | Label | None = None,
    ) -> StateFunction:
        """A new state function; `initial` is one value for all cells or one for each, `label` as
        for `Label.of`."""
        function = StateFunction(name, tuple(domain), type, Label.of(label))
        cells = (initial,) * function.size if isinstance(initial, int) else tuple(initial)
        if len(cells) != function.size:
            raise ModelError(f"{name} has {function.size} cells, not {len(cells)}")
        self.functions.append(function)
        self.values[function] = cells
        return function

    def table(
        self, name: str, domain: Sequence[Sort | IntType], type: Type, values: Sequence[int]
    ) -> Table:
        table = Table(name, tuple(domain), type, tuple(values))
        self.tables.append(table)
        return table

    def define(self, name: str, parameters: Sequence[Expr], body: Literalish) -> Definition:
        definition = Definition(name, tuple(parameters), coerce(body))
        self.definitions.append(definition)
        return definition

    def action(
        self,
        name: str,
        actor: str,
        parameters: Sequence[Expr],
        guard: Literalish,
        updates: Sequence[Update],
        *,
        fairness: Fairness = "none",
        fair_for: Sequence[Expr] = (),
        claim: Expr | None = None,
        text: str = "",
        why: str = "",
        words: Mapping[str, str] = {},
    ) -> Action:
        action = Action(
            name,
            actor,
            tuple(parameters),
            coerce(guard),
            tuple(updates),
            fairness,
            tuple(fair_for),
            claim,
            text or name,
            why,
            words,
        )
        self.actions.append(action)
        return action

    def omit(self, *sentences: str) -> None:
        """Say what the model leaves out."""
        self.omissions.extend(s for s in sentences if s not in self.omissions)

    def build(self) -> System:
        """The finished system. Raises ModelError if `model.ir.check` finds it ill-formed."""
        from model.ir.check import require

        initial = tuple(
            tuple(
                value
                for function in self.functions
                for value in start.get(function, self.values[function])
            )
            for start in self.starts or [{}]
        )
        system = System(
            self.name,
            tuple(self.functions),
            initial,
            tuple(self.actions),
            tuple(self.properties),
            tuple(self.bounds),
            tuple(self.definitions),
            tuple(self.tables),
            tuple(self.omissions),
            tuple(self.assumptions),
        )
        require(system)
        return system
