"""Numpy source under construction: variables, scopes and broadcasting.

Every expression becomes a `Value`: the name of an array whose axes are the quantified variables
that it depends on, outermost first, and whose last axis is the batch. How an array varies along
that last axis is its level:

    0  not at all (length 1, or a scalar): computed once, when the module is loaded
    1  one column for each state of the batch
    2  one column for each row of the current frame, a row being a state of the batch and a
       choice of elements for the parameters bound so far

A value is computed at the lowest level that it allows, and once: equal lines of source are the
same variable as long as it is in scope.

Where only some states of a batch are of interest, they are a smaller batch inside it. What is
known of the states around is taken from there; anything else is computed for those few alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from math import prod
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from checker.explicit.layout import Layout, width
from model.ir.types import IntType, Sort

#: Of integers or truth values.
Array = NDArray[Any]

#: Nesting depth and index set of an array's axis.
Axis = tuple[int, Sort | IntType]


class Value(NamedTuple):
    """`code` is a variable or a literal; `bytes` is the width of an integer, 0 for a boolean."""

    code: str
    axes: tuple[Axis, ...]
    level: int
    bytes: int
    #: The value of a literal.
    literal: int | None = None
    #: Set if the array just counts up along this one axis.
    counts: Axis | None = None


#: Names of variables to their values.
Environment = Mapping[str, Value]


class Batch(NamedTuple):
    """States that are looked at together: the source of their number; and for each batch from the
    outermost to this one the name of its states' indices in the one around it."""

    size: str
    within: tuple[str, ...] = ()


class Frame(NamedTuple):
    """Rows: the name of their states' indices in the batch and the source of their number. The rows
    are the states of the batch themselves where `states` is None."""

    states: str | None
    size: str
    #: About how many rows there are for each state of the batch.
    spread: float = 1.0


def tally(keys: Array, weights: Array, size: int, dtype: np.dtype[Any]) -> Array:
    """For each of 0..size-1 the sum, in each column, of the weights whose key it is.

    Keys and weights broadcast to (elements, N); keys of -1 count nowhere.
    """
    shape = np.broadcast_shapes(keys.shape, np.shape(weights))
    columns = shape[1]
    sums = np.zeros((size + 1, columns), dtype)
    places = np.multiply(keys, columns, dtype=np.intp) + np.arange(columns, 2 * columns)
    shares = np.broadcast_to(weights, shape).astype(dtype)
    np.add.at(sums.reshape(-1), places.reshape(-1), shares.reshape(-1))
    return sums[1:]


def span(axis: Axis) -> int:
    """The length of an axis."""
    index = axis[1]
    return index.size if isinstance(index, Sort) else index.hi - index.lo + 1


#: What the source may name besides its own variables.
NAMES: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        *("add", "arange", "array", "broadcast_to", "copyto", "floor_divide", "full"),
        *("logical_and", "logical_or", "maximum", "minimum", "multiply", "remainder", "subtract"),
        "where",
    )
}
NAMES["tally"] = tally
NAMES |= {f"i{size}": np.dtype(f"i{size}") for size in (1, 2, 4, 8)}


class Source:
    """Writes the lines that compute values. `setup` runs once; `lines` for each batch."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.setup: list[str] = []
        self.lines: list[str] = []
        #: Arrays that `setup` finds under the name "constants".
        self.constants: list[Array] = []
        self.indent = "    "
        #: About the number of cells that the largest array has for each state of the batch.
        self.widest = layout.cells
        self._counter = count(1)
        #: What is known everywhere; what is known here, with the number of the block where it was
        #: found out; and for each block what is to be known again when it is left.
        self._constants: dict[object, str | Value] = {}
        self._known: dict[object, tuple[str | Value, int]] = {}
        self._hidden: list[list[tuple[object, tuple[str | Value, int] | None]]] = [[]]
        self.batch, self.frame = Batch("N"), Frame(None, "N")
        #: The block where each batch begins, the outermost first, and what was before it.
        self._begun: list[tuple[int, Batch, Frame]] = [(0, self.batch, self.frame)]

    def sibling(self) -> Self:
        """An emitter for another function of the same module."""
        other = type(self)(self.layout)
        other.setup, other.constants = self.setup, self.constants
        other._counter = self._counter
        other._constants = self._constants
        return other

    # -- lines --------------------------------------------------------------------------------
    def name(self) -> str:
        return f"v{next(self._counter)}"

    def line(self, source: str, level: int) -> str:
        """The variable that holds the value of `source`, computed here unless it is known."""
        if source.isidentifier():
            return source
        known = self.find(source)
        if known is not None:
            assert isinstance(known, str)
            return known
        name = self.name()
        self.know(source, name, level)
        if level:
            self.lines.append(f"{self.indent}{name} = {source}")
        else:
            self.setup.append(f"{name} = {source}")
        return name

    def constant(self, array: Array, key: object) -> str:
        """The variable that holds a constant array; `key` stands for its contents."""
        known = self.find(key)
        if known is None:
            self.constants.append(array)
            known = self.line(f"constants[{len(self.constants) - 1}]", 0)
            self._constants[key] = known
        assert isinstance(known, str)
        return known

    def know(self, key: object, value: str | Value, level: int) -> None:
        """Remember under a key, such as its source, what has been computed at a level."""
        if not level:
            self._constants[key] = value
            return
        self._hidden[-1].append((key, self._known.get(key)))
        self._known[key] = value, len(self._hidden) - 1

    def do(self, statement: str) -> None:
        self.lines.append(self.indent + statement)

    def enter(self, condition: str) -> None:
        """Open a block; what is computed inside is forgotten when it is left."""
        self.do(f"if {condition}:")
        self.indent += "    "
        self._hidden.append([])

    def leave(self) -> None:
        # A block in which comments are all there is needs something.
        self.do("pass")
        self.indent = self.indent[:-4]
        for key, before in reversed(self._hidden.pop()):
            if before is None:
                del self._known[key]
            else:
                self._known[key] = before
        while len(self._hidden) <= self._begun[-1][0]:
            _, self.batch, self.frame = self._begun.pop()

    def find(self, key: object) -> str | Value | None:
        """What is known under that key, for the states of the current batch."""
        found = self._known.get(key)
        return self._constants.get(key) if found is None else self._here(*found)

    def _here(self, found: str | Value, number: int) -> str | Value:
        """What was found in a scope, for the states of the current batch."""
        if isinstance(found, str) or found.level != 1 or number >= self._begun[-1][0]:
            return found
        states = self._within(sum(first <= number for first, _, _ in self._begun) - 1)
        code = self.line(f"{found.code}.take({states}, {len(found.axes)}, mode='clip')", 1)
        return found._replace(code=code)

    # -- batches -------------------------------------------------------------------------------
    def descend(self, chosen: str, frame: Frame | None = None) -> None:
        """Go on in this block with the states at these indices of the batch; `frame` are rows of
        theirs."""
        self._begun.append((len(self._hidden) - 1, self.batch, self.frame))
        size = f"{chosen}.size"
        self.batch = Batch(size, (*self.batch.within, chosen))
        self.frame = Frame(None, size) if frame is None else frame

    def _within(self, around: int) -> str:
        """The indices of the batch's states in the batch of that number, 0 being the outermost."""
        first, *others = self.batch.within[around:]
        for chosen in others:
            first = self.line(f"{first}[{chosen}]", 1)
        return first

    def outermost(self, source: str, axes: tuple[Axis, ...]) -> Value:
        """An array with a column for each state of the outermost batch, for those of this one."""
        if self.batch.within:
            source += f".take({self._within(0)}, {len(axes)}, mode='clip')"
        return Value(self.line(source, 1), axes, 1, 0)

    @property
    def states(self) -> str:
        """The indices of the batch's states in itself."""
        return self.line(f"arange({self.batch.size})", 1)

    @property
    def rows(self) -> str:
        """The index in the batch of each row's state."""
        return self.states if self.frame.states is None else self.frame.states

    @property
    def origins(self) -> str:
        """The index in the outermost batch of each row's state."""
        if not self.batch.within:
            return self.rows
        found = self._within(0)
        return found if self.level == 1 else self.line(f"{found}[{self.frame.states}]", 2)

    @property
    def level(self) -> int:
        """That of a value for each row."""
        return 1 if self.frame.states is None else 2

    # -- alignment -----------------------------------------------------------------------------
    def raised(self, value: Value, level: int) -> Value:
        """The value at a level at least that high."""
        if value.level != 1 or level < 2:
            return value
        source = f"{value.code}.take({self.rows}, {len(value.axes)})"
        if not value.axes:
            source = f"{value.code}[{self.rows}]"
        return Value(self.line(source, 2), value.axes, 2, value.bytes)

    def aligned(self, value: Value, axes: tuple[Axis, ...], level: int) -> str:
        """Source that broadcasts against arrays of these axes at that level."""
        value = self.raised(value, level)
        if not value.axes or axes[len(axes) - len(value.axes) :] == value.axes:
            return value.code
        shown = axes[axes.index(value.axes[0]) :]
        return f"{value.code}[{', '.join(':' if a in value.axes else 'None' for a in shown)}]"

    def spread(self, value: Value, axes: tuple[Axis, ...]) -> Value:
        """The value with exactly these axes and a column for each row of the frame."""
        level = self.level
        if value.axes == axes and value.level == level:
            return value
        shape = ", ".join([*(str(span(axis)) for axis in axes), self.frame.size])
        code = self.line(f"broadcast_to({self.aligned(value, axes, level)}, ({shape},))", level)
        return Value(code, axes, level, value.bytes)

    def operation(self, form: str, operands: Sequence[Value], size: int) -> Value:
        """`form` with {0}, {1}, … standing for the operands, broadcast together."""
        if all(operand.literal is not None for operand in operands):
            return self._folded(form, operands, size)
        level = max(operand.level for operand in operands)
        axes = union(operands)
        codes = [self.aligned(operand, axes, level) for operand in operands]
        self.measure(prod(map(span, axes)), level)
        return Value(self.line(form.format(*codes), level), axes, level, size)

    def measure(self, cells: int, level: int) -> None:
        self.widest = max(self.widest, cells if level < 2 else int(cells * self.frame.spread))

    def conjunction(self, operands: Sequence[Value]) -> Value:
        return self._chained("{0} & {1}", operands, unit=1)

    def disjunction(self, operands: Sequence[Value]) -> Value:
        return self._chained("{0} | {1}", operands, unit=0)

    def _chained(self, form: str, operands: Sequence[Value], unit: int) -> Value:
        """The truth value of an associative operation with that unit."""
        for value in operands:
            if value.literal == 1 - unit:
                return value
        # Small arrays first: what is combined early is combined cheaply.
        operands = [value for value in operands if value.literal is None]
        operands.sort(key=lambda value: (value.level, len(value.axes)))
        if not operands:
            return self.literal(unit, boolean=True)
        first, *rest = operands
        for value in rest:
            first = self.operation(form, [first, value], 0)
        return first

    def _folded(self, form: str, operands: Sequence[Value], size: int) -> Value:
        """The literal that an operation on literals comes to."""
        names: dict[str, Any] = {
            f"x{i}": o.literal if o.bytes else np.bool_(o.literal) for i, o in enumerate(operands)
        }
        result = eval(form.format(*names), NAMES | names)
        return self.literal(int(result), boolean=not size)

    def literal(self, number: int, *, boolean: bool = False) -> Value:
        code = str(bool(number)) if boolean else str(number)
        return Value(code, (), 0, 0 if boolean else width(number, number), number)

    def typed(self, value: Value, size: int) -> Value:
        """A literal as a scalar of a definite type, for functions that would widen it."""
        if value.literal is None or not size:
            return value
        code = self.line(f"i{size}.type({value.literal})", 0)
        return Value(code, (), 0, size, value.literal)

    def reduce(self, ufunc: str, value: Value, axis: Axis, size: int | None = None) -> Value:
        """Reduce over one of the value's axes."""
        position = value.axes.index(axis)
        dtype = "" if size is None else f", dtype=i{size}"
        axes = value.axes[:position] + value.axes[position + 1 :]
        code = self.line(f"{ufunc}.reduce({value.code}, {position}{dtype})", value.level)
        if not axes and not value.level:
            code = self.line(f"{code}[0]", 0)
        return Value(code, axes, value.level, value.bytes if size is None else size)

    def position(
        self, shape: Sequence[int], args: Sequence[Value], level: int, columns: str, rows: str
    ) -> Value:
        """Indices into a flattened array of `shape` and then `columns`, at column `rows`."""
        axes = union(args)
        terms: list[str] = []
        stride = 1
        for length, arg in reversed(list(zip(shape, args, strict=True))):
            factors = ([str(stride)] if stride > 1 else []) + ([columns] if columns else [])
            stride *= length
            factor = "*".join(factors)
            code = self.aligned(arg, axes, level)
            if not factor:
                terms.append(code)
            elif arg.literal is not None or arg.bytes == 8:
                terms.append(f"{code}*{factor}")
            else:
                # The index is wider than what it is computed from.
                terms.append(f"multiply({code}, {factor}, dtype=i8)")
        if rows:
            terms.append(rows)
        return Value(self.line(" + ".join(terms), level), axes, level, 8)

    def variable(self, axis: Axis) -> Value:
        """The value of a variable that runs along an axis."""
        size = width(0, span(axis))
        code = self.line(f"arange({span(axis)}, dtype=i{size})[:, None]", 0)
        return Value(code, (axis,), 0, size, counts=axis)


def union(values: Sequence[Value]) -> tuple[Axis, ...]:
    """The axes of arrays that are broadcast together, in order."""
    widest = max((value.axes for value in values), key=len)
    if all(not value.axes or value.axes == widest for value in values):
        return widest
    # Two axes of one depth are never broadcast together.
    found = {axis[0]: axis for value in values for axis in value.axes}
    return tuple(found[depth] for depth in sorted(found))
