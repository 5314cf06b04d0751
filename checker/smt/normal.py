"""One run in place of many that differ in nothing a state can show.

Two runs are equivalent if one arises from the other by swapping neighbouring independent steps
(neither writes what the other reads or writes) or by renaming interchangeable elements. Their
last states satisfy the same formulas and they have the same steps, so it is enough to look at
one run of each class. Where a run is a row of layers of independent steps, that one obeys:

- a step depends on one of the layer before, since it comes as early as it can (Foata);
- of two interchangeable elements the smaller is the first to be a parameter, or in one layer.

Where a layer is one step, the first rule is that of two neighbouring independent steps the
smaller comes first, in the order of instances.

The states in between differ among equivalent runs. Where they matter, steps that both write what
is looked at count as dependent: then the states show the same things in the same order (for
longer or shorter, which properties of fair runs do not notice).
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np
import z3

from checker.smt import terms
from checker.smt.gates import FALSE, TRUE, Gates
from checker.smt.solver import poll
from checker.smt.step import Dependence, Transition
from checker.smt.template import Template
from checker.smt.terms import Bit
from model.ir.system import System, Table
from model.ir.types import ElementType, Sort


class NormalForm:
    """The two rules, as constraints on the layers of a run."""

    def __init__(self, transition: Transition, gates: Gates, visible: int = 0) -> None:
        """`visible` are the cells that are looked at on the way, as bits of an integer."""
        self._dependence = Dependence(transition.instances, visible)
        self._instances = transition.instances
        self._cells = len(transition.cells)
        self._gates = gates
        self._context = context = transition.context
        count = len(self._instances)
        #: The variables of the template: whether the layer may change places, the two layers, and
        #: the elements used before and up to the second one.
        self._movable = z3.Bool("movable", context)
        self._first = [z3.Bool(f"first.{i}", context) for i in range(count)]
        self._second = [z3.Bool(f"second.{i}", context) for i in range(count)]
        self._follows = {
            (sort, high): (sort, low)
            for sort in transition.system.sorts
            if sort.symmetric
            for low, high in pairwise(range(sort.size))
            if _asked(transition, sort, low, high)
        }
        self._elements = sorted(
            {*self._follows, *self._follows.values()}, key=lambda e: (e[0].name, e[1])
        )
        self._used = [z3.Bool(f"used.{i}", context) for i in range(len(self._elements))]
        self._using = [z3.Bool(f"using.{i}", context) for i in range(len(self._elements))]
        self._names = 0
        order = self._layers if transition.parallel else partial(self._order, visible)
        formulas = [*order(), *self._introduce()]
        variables = [self._movable, *self._first, *self._second, *self._used, *self._using]
        self._template = Template(variables, formulas, [], context, transition.budget)
        self._before = [FALSE] * count
        self._used_before = [FALSE] * len(self._elements)
        self._begun = False

    def constrain(self, fired: list[int], movable: int = TRUE) -> None:
        """Take in the next layer, given as one literal for each instance.

        Where it is not `movable` it may not change places with the layer before.
        """
        if not self._begun:
            movable = FALSE
        using = [self._gates.fresh() for _ in self._using]
        bits = [movable, *self._before, *fired, *self._used_before, *using]
        self._template.place(self._gates, bits)
        self._begun, self._before, self._used_before = True, fired, using

    def _layers(self) -> list[Bit]:
        """Each step depends on one of the layer before: earlier it could not come."""
        needs: list[list[Bit]] = [[terms.negate(self._movable)] for _ in self._instances]
        for index, fires in enumerate(self._first):
            needs[index].append(fires)
        for low, high in self._dependence.pairs():
            needs[low].append(self._first[high])
            needs[high].append(self._first[low])
        return [
            terms.implies(fires, terms.disj(bits))
            for fires, bits in zip(self._second, needs, strict=True)
        ]

    def _order(self, visible: int) -> list[Bit]:
        """A step depends on the one before, or that one is the smaller instance."""
        formulas: list[Bit] = []
        reading: list[list[Bit]] = [[] for _ in range(self._cells)]
        writing: list[list[Bit]] = [[] for _ in range(self._cells)]
        for fires, instance in zip(self._first, self._instances, strict=True):
            for cell in _bits(instance.reads):
                reading[cell].append(fires)
            for cell in _bits(instance.touches):
                writing[cell].append(fires)
        reads = [self._name(terms.disj(bits), formulas) for bits in reading]
        writes = [self._name(terms.disj(bits), formulas) for bits in writing]
        known: dict[tuple[bool, int], Bit] = {}

        def any_of(bits: list[Bit], mask: int) -> Bit:
            """The step before concerns one of these cells. Many instances ask for the same."""
            key = bits is writes, mask
            if key not in known:
                known[key] = self._name(terms.disj(bits[cell] for cell in _bits(mask)), formulas)
            return known[key]

        smaller: Bit = terms.negate(self._movable)
        for index, instance in enumerate(self._instances):
            dependent = [
                any_of(writes, instance.reads | instance.touches),
                any_of(reads, instance.touches),
            ]
            if instance.touches & visible:
                dependent.append(any_of(writes, visible))
            good = terms.disj((smaller, *dependent))
            formulas.append(terms.implies(self._second[index], good))
            smaller = self._name(terms.disj((smaller, self._first[index])), formulas)
        return formulas

    def _introduce(self) -> list[Bit]:
        """An element is first used after, or together with, the one that it follows.

        In one layer the smaller instance counts as the earlier: of the ways to name elements
        take the one with the least row of instances.
        """
        formulas: list[Bit] = []
        uses: dict[tuple[Sort, int], list[Bit]] = {
            element: [used] for element, used in zip(self._elements, self._used, strict=True)
        }
        for fires, instance in zip(self._second, self._instances, strict=True):
            used = set(zip(instance.step.action.sorts, instance.step.arguments, strict=True))
            for element in used & self._follows.keys():
                if self._follows[element] not in used:
                    earlier = terms.disj(uses[self._follows[element]])
                    formulas.append(terms.implies(fires, earlier))
            for element in used & uses.keys():
                uses[element].append(fires)
        for element, using in zip(self._elements, self._using, strict=True):
            formulas.append(terms.equal(using, terms.disj(uses[element])))
        return formulas

    def _name(self, bit: Bit, formulas: list[Bit]) -> Bit:
        """A name for a truth value, so that what is built on it stays small."""
        if isinstance(bit, bool) or bit.num_args() == 0:
            return bit
        name = z3.Bool(f"name.{self._names}", self._context)
        self._names += 1
        formulas.append(terms.equal(name, bit))
        return name


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _asked(transition: Transition, sort: Sort, a: int, b: int) -> bool:
    """As `interchangeable`. Large tables take their time: raises Unanswered."""
    poll(transition.budget)
    return interchangeable(transition.system, sort, a, b)


def interchangeable(system: System, sort: Sort, a: int, b: int) -> bool:
    """Whether swapping two elements of a symmetric sort changes no table and no initial state."""
    swap = {a: b, b: a}

    def move(domain: object, value: int) -> int:
        is_element = isinstance(domain, ElementType) and domain.sort == sort
        return swap.get(value, value) if domain == sort or is_element else value

    return all(_invariant_table(table, move) for table in system.tables) and _invariant_states(
        system, move
    )


def _invariant_table(table: Table, move: Any) -> bool:
    ranges = [range(d.size) if isinstance(d, Sort) else range(d.lo, d.hi + 1) for d in table.domain]
    for arguments in product(*ranges):
        image = [move(d, v) for d, v in zip(table.domain, arguments, strict=True)]
        value = table.values[table.index(arguments)]
        if table.values[table.index(image)] != move(table.type, value):
            return False
    return True


def _invariant_states(system: System, move: Any) -> bool:
    """There may be thousands of them: one for each configuration."""
    states = np.array(system.initial).reshape(len(system.initial), -1)
    for cell, (function, arguments) in enumerate(system.cells):
        image = [move(d, v) for d, v in zip(function.domain, arguments, strict=True)]
        kind = function.type
        values = np.array([move(kind, value) for value in range(kind.lo, kind.hi + 1)])
        moved = values[states[:, cell] - kind.lo]
        if (states[:, system.cell(function, image)] != moved).any():
            return False
    return True
