"""What a scenario leaves open, as state functions that no step changes.

Every configuration is an initial state. Whatever depends on one is computed for each closed
scenario by the same plain functions as always, and enters the system as a table over the open
values that it depends on: so rounding and the scheduler's arithmetic stay exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from model.configurations import COUNTS, closed, name_of, says
from model.ir.builder import Builder
from model.ir.expr import Expr, Literalish, boolean, integer, variable
from model.ir.system import State, StateFunction, Table
from model.ir.types import BOOL, ElementType, IntType, Sort, Type
from model.labellings import NODE_LABELS, labellings
from model.scenario import Scenario


@dataclass
class Lookup:
    """A table that may depend on the configuration, and on the labels that nodes have; it is used
    like one that does not."""

    builder: Builder
    table: Table
    #: The open values, and the number of the labels, that come after the arguments.
    cells: tuple[Expr, ...]

    def __getitem__(self, key: Literalish | tuple[Literalish, ...]) -> Expr:
        arguments = key if isinstance(key, tuple) else (key,)
        return self.table[(*arguments, *self.cells)]

    def get(self, argument: Expr, default: Literalish) -> Expr:
        """`self[argument]`, or `default` where the argument, an element, is none."""
        if not self.cells:
            return self.table.get(argument, default)
        (sort, *_) = self.table.domain
        assert isinstance(sort, Sort)
        x = variable("of", sort)
        return self.builder.define(f"{self.table.name} here", (x,), self[x]).get(argument, default)


@dataclass
class Configuration:
    """The open values of a scenario, by name; none where everything is given."""

    scenario: Scenario
    builder: Builder
    cells: dict[str, StateFunction] = field(default_factory=dict)
    #: The tables that were made.
    lookups: list[Lookup] = field(default_factory=list)
    #: Which labels nodes have now, of `model.labellings`.
    labelling: Expr = field(default_factory=lambda: integer(0))

    def __post_init__(self) -> None:
        for name, values in self.scenario.open.items():
            # Verdicts speak of ranges in words, so systems of different words are not the same.
            words = says({name: values}) + (" or more" if values.endless else "")
            if name in COUNTS:
                type: Type = IntType(values.values[0], values.values[-1])
            else:
                type = ElementType(Sort(words, tuple(name_of(values, v) for v in values.values)))
            self.cells[name] = self.builder.function(f"open {words}", (), type, type.lo)

    def start(self, choice: Mapping[str, int]) -> dict[StateFunction, tuple[int, ...]]:
        """The values of the state functions in a configuration."""
        return {
            cell: (value if name in COUNTS else self.scenario.open[name].values.index(value),)
            for name, cell in self.cells.items()
            for value in [choice[name]]
        }

    def choice(self, state: State) -> dict[str, int]:
        """The configuration of a state."""
        found, position = {}, 0
        names = {cell: name for name, cell in self.cells.items()}
        for function in self.builder.functions:
            if function in names:
                name, value = names[function], state[position]
                found[name] = value if name in COUNTS else self.scenario.open[name].values[value]
            position += function.size
        return found

    def shown(self, state: State) -> dict[str, int | str]:
        """The configuration of a state as a user writes it: counts as numbers."""
        return {
            name: value if name in COUNTS else name_of(self.scenario.open[name], value)
            for name, value in self.choice(state).items()
        }

    def table(
        self,
        name: str,
        domain: Sequence[Sort | IntType],
        type: Type,
        rows: Callable[[Scenario], Sequence[int]],
        over: Sequence[str],
        *,
        labelling: Expr | None = None,
    ) -> Lookup:
        """The table that `rows` of a closed scenario lists, which of everything that may be open
        depends on `over` only, and on the labels of nodes if they are among that: those of now, or
        of what somebody sees. It must not depend on the number of nodes but for its length."""
        open_ = [each for each in over if each in self.cells]
        found = [labellings(scenario) for _, scenario in self._closed(open_)]
        if NODE_LABELS not in over:
            found = [each[:1] for each in found]
        columns = [rows(scenario) for each in found for scenario in each]
        values = [value for row in zip(*columns, strict=True) for value in row]
        further = [self._domain(each) for each in open_]
        cells = [self.cells[each]() for each in open_]
        if len(found[0]) > 1:
            further.append(IntType(0, len(found[0]) - 1))
            cells.append(self.labelling if labelling is None else labelling)
        table = self.builder.table(name, (*domain, *further), type, values)
        lookup = Lookup(self.builder, table, tuple(cells))
        self.lookups.append(lookup)
        return lookup

    def number(self, name: str, of: Callable[[Scenario], int], over: Sequence[str]) -> int | Expr:
        """A count that each configuration has: `of` a closed scenario, depending on `over` only."""
        open_ = [each for each in over if each in self.cells]
        found = {values: of(scenario) for values, scenario in self._closed(open_)}
        if len(set(found.values())) == 1:
            return next(iter(found.values()))
        for position, each in enumerate(open_):
            if each in COUNTS and all(v == values[position] for values, v in found.items()):
                return self.cells[each]()
        type = IntType(min(found.values()), max(found.values()))
        return self.table(name, (), type, lambda s: [of(s)], open_)[()]

    def truth(self, name: str, of: Callable[[Scenario], bool]) -> Expr:
        """Whether each configuration has a quality, which may depend on all that is open."""
        found = [int(of(scenario)) for _, scenario in self._closed(list(self.cells))]
        if len(set(found)) == 1:
            return boolean(bool(found[0]))
        values = iter(found)
        return self.table(name, (), BOOL, lambda _: [next(values)], list(self.cells))[()]

    def _closed(self, names: Sequence[str]) -> Iterator[tuple[tuple[int, ...], Scenario]]:
        """The scenario closed with each combination of values of some names."""
        for values in product(*(self.scenario.open[name].values for name in names)):
            yield values, closed(self.scenario, dict(zip(names, values, strict=True)))

    def _domain(self, name: str) -> Sort | IntType:
        type = self.cells[name].type
        if isinstance(type, ElementType):
            return type.sort
        assert isinstance(type, IntType)
        return type
