"""A system as one module of straight-line numpy source, compiled once.

Actions are enabled in stages, so that cost follows the choices of parameters that survive. The
conjuncts of the guard that need no parameter choose states; the next parameter is added as an
axis, the conjuncts that it completes choose (state, element) pairs, whose indices become the
rows of the next stage; and so on. That the step changes something is one more conjunct.
What a step changes is in `updates`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.expressions import Emitter
from checker.explicit.hashing import Hashes, linear
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.restriction import Restriction
from checker.explicit.source import NAMES, Axis, Environment, Value, span
from checker.explicit.stages import Conjunct, conjuncts, next_parameter, solution
from checker.explicit.symmetry import Masks, Symmetry
from checker.explicit.updates import Updates
from model.ir.expr import Expr
from model.ir.types import ModelError, Sort

#: Indices of the batch's states, one for each step.
Rows = NDArray[np.intp]
#: The action's number, its successors, their sources, and the elements of each parameter.
Fired = tuple[int, Matrix, Rows, tuple[Rows, ...]]


class Steps(NamedTuple):
    """Steps of one action from the states of a batch."""

    #: The action's number.
    action: int
    #: The state that each step leaves.
    rows: Rows
    #: The elements of each parameter.
    chosen: tuple[Rows, ...]
    #: What each step adds to the plain hash of its state, or what all of them add.
    change: NDArray[np.int64]

    def part(self, first: int, last: int) -> Steps:
        """The steps number first..last-1."""
        change = self.change[first:last] if np.ndim(self.change) else self.change
        chosen = tuple(elements[first:last] for elements in self.chosen)
        return Steps(self.action, self.rows[first:last], chosen, change)


class Kernel(NamedTuple):
    """The compiled system."""

    #: `steps(C, N, masks)` gives the steps that leave the N states in C, of interchangeable
    #: choices of parameters (see `Masks`) only some. Raises ModelError where an update leaves
    #: its interval.
    steps: Callable[[Matrix, int, Masks], list[Steps]]
    #: By the number of the action: `apply(C, N, elements…)` gives the successors of the N states
    #: in C, each by the step with the elements in its column. Raises ModelError in the same way.
    apply: Mapping[int, Callable[..., Matrix]]
    #: `observe(C, N)` gives the truth of each observed expression, shape (N,).
    observe: Callable[[Matrix, int], list[Mask]]
    #: A batch size that keeps the largest intermediate array moderate.
    rows: int
    source: str

    def successors(self, C: Matrix, action: int, rows: Rows, chosen: Sequence[Rows]) -> Matrix:
        """The states after steps of an action; shape (cells, len(rows))."""
        return self.apply[action](C.take(rows, 1, mode="clip"), len(rows), *chosen)

    def expand(self, C: Matrix, N: int, masks: Masks) -> list[Fired]:
        """The steps of `steps`, with all their successors."""
        return [
            (action, self.successors(C, action, rows, chosen), rows, chosen)
            for action, rows, chosen, _ in self.steps(C, N, masks)
        ]


#: Guesses of how many kinds of interchangeable elements there are, and of how many choices of a
#: parameter there are for one that passes the guard. They only serve to choose a batch size.
_KINDS = 8
_SURVIVORS = 4

#: Elements of the largest intermediate array that a batch should need.
_ROOM = 1 << 21


def compile_system(layout: Layout, symmetry: Symmetry, observed: Sequence[Expr]) -> Kernel:
    """The kernel of a system; its plain hash is that of `symmetry`."""
    writer = Emitter(layout)
    applying = []
    for index, action in enumerate(layout.system.actions):
        if all(sort.size for sort in action.sorts) and action.updates:
            updates = Updates(layout.system, index, symmetry.weights)
            applier = writer.sibling()
            updates.successors(applier)
            applying.append((index, applier))
            _Action(writer, symmetry, updates).write()
    watcher = writer.sibling()
    results = []
    for expr in observed:
        value = watcher.value(expr, {})
        results.append(value.code if value.level else f"full(N, {value.code})")
    lines = [
        *writer.setup,
        *(line for _, applier in applying for line in applier.lines),
        "def steps(C, N, masks):",
        "    ar = arange(N)",
        "    out = []",
        *writer.lines,
        "    return out",
        "def observe(C, N):",
        "    ar = arange(N)",
        *watcher.lines,
        f"    return [{', '.join(results)}]",
    ]
    source = "\n".join(lines) + "\n"
    scope = dict(NAMES, constants=writer.constants, leave=_leaver(layout), Steps=Steps)
    scope["difference"] = partial(_difference, symmetry.weights)
    with np.errstate(over="ignore"):
        exec(compile(source, "<generated>", "exec"), scope)
    widest = max(writer.widest, watcher.widest)
    rows = max(16, min(1 << 16, _ROOM // widest))
    functions = {index: scope[f"apply{index}"] for index, _ in applying}
    return Kernel(scope["steps"], functions, scope["observe"], rows, source)


def _difference(weights: Hashes, after: Matrix, C: Matrix, rows: Rows) -> NDArray[np.int64]:
    """Between the plain hashes of successors and of the states that they come from."""
    difference = linear(weights, after) - linear(weights, C)[rows]
    return difference.view(np.int64)


def _leaver(layout: Layout) -> Callable[[int, int], None]:
    def leave(action: int, update: int) -> None:
        found = layout.system.actions[action]
        function = found.updates[update].function
        raise ModelError(f"{found}: {function.name} leaves {function.type}")

    return leave


class _Action:
    """Writes the steps of one action."""

    def __init__(self, emitter: Emitter, symmetry: Symmetry, updates: Updates) -> None:
        self.emitter, self.symmetry, self.updates = emitter, symmetry, updates
        self.index, self.action, self.sorts = updates.index, updates.action, updates.sorts
        self.pending: list[Conjunct] = conjuncts(self.action)
        #: What is bound, in the order in which it was.
        self.env: dict[str, Value] = {}
        self.depth = 0

    def write(self) -> None:
        emitter = self.emitter
        emitter.rows, emitter.size, emitter.rows_per_state = "ar", "N", 1.0
        emitter.do(f"# {self.action!r}".replace("\n", " "))
        mask = self._mask(self.env)
        if mask is not None and self.sorts:
            self._block(mask.code if mask.literal is not None else f"{mask.code}.any()")
        elif mask is not None:
            self._rows(f"{self._full(mask, ()).code}.nonzero()[0]")
            mask = None
        while len(self.env) < len(self.sorts):
            name, equation = next_parameter(self.sorts, self.env, self.pending)
            if equation is None:
                self._introduce(name, mask)
            else:
                self._solve(name, equation, mask)
            mask = None
        self._finish()
        while self.depth:
            emitter.leave()
            self.depth -= 1

    def _block(self, condition: str) -> None:
        self.emitter.enter(condition)
        self.depth += 1

    def _level(self) -> int:
        return 1 if self.emitter.rows == "ar" else 2

    def _mask(self, env: Environment, *masks: Value | None) -> Value | None:
        """The conjunction of masks and of the pending conjuncts that `env` can decide."""
        ready = [c for c in self.pending if c.needs <= env.keys()]
        self.pending = [c for c in self.pending if not c.needs <= env.keys()]
        values = [mask for mask in masks if mask is not None]
        values += [c.value(self.emitter, env) for c in ready]
        values = [value for value in values if value.literal != 1]
        return self.emitter.chained("{0} & {1}", values) if values else None

    def _full(self, mask: Value, axes: tuple[Axis, ...]) -> Value:
        """The mask with exactly these axes and a column for each row of the current frame."""
        emitter = self.emitter
        level = self._level()
        if mask.axes == axes and mask.level == level:
            return mask
        shape = ", ".join([*(str(span(axis)) for axis in axes), emitter.size])
        code = emitter.aligned(mask, axes, level)
        return Value(emitter.line(f"broadcast_to({code}, ({shape},))", level), axes, level, 0)

    def _rows(self, chosen: str) -> None:
        """Go on with the chosen rows of the current frame."""
        emitter = self.emitter
        keep = emitter.line(chosen, 2)
        self._block(f"{keep}.size")
        self._narrow(keep)

    def _narrow(self, keep: str) -> None:
        """Make a new frame of the rows `keep` of the current one, binding what was bound."""
        emitter = self.emitter
        rows = keep
        if self._level() == 2:
            rows = emitter.line(f"{emitter.rows}[{keep}]", 2)
        for name, value in self.env.items():
            self.env[name] = Value(emitter.line(f"{value.code}[{keep}]", 2), (), 2, value.bytes)
        emitter.rows = rows
        emitter.size = emitter.line(f"{rows}.size", 2)

    def _introduce(self, name: str, mask: Value | None) -> None:
        """Bind a parameter to every element that passes what can now be decided."""
        emitter = self.emitter
        axis: Axis = (0, self.sorts[name])
        inner = {**self.env, name: emitter.variable(axis)}
        tried = self.sorts[name].size
        restriction = self._restriction(name)
        if restriction is not None:
            self.pending.append(restriction)
            tried = min(tried, _KINDS)
        found = self._mask(inner, mask)
        found = self._full(emitter.literal(1, boolean=True) if found is None else found, (axis,))
        flat = emitter.line(f"{found.code}.ravel().nonzero()[0]", 2)
        self._block(f"{flat}.size")
        batch = emitter.rows == "ar"
        size = emitter.size
        chosen = emitter.line(f"{flat} // {size}", 2)
        keep = emitter.line(f"{flat} - {chosen}*{size}", 2)
        self._narrow(keep)
        if batch:
            # The flat index of the pair is where the element's cell is in any function of it.
            emitter.alias(f"{chosen}*N + {keep}", flat, 2)
        self.env[name] = Value(chosen, (), 2, 8)
        emitter.rows_per_state *= max(1.0, tried / _SURVIVORS)

    def _solve(self, name: str, equation: Conjunct, mask: Value | None) -> None:
        """Bind a parameter that an equation of the guard determines."""
        emitter = self.emitter
        self.pending.remove(equation)
        solved = solution(equation, name, frozenset(self.env))
        assert solved is not None
        value = emitter.value(solved, self.env)
        if not value.level:
            code = emitter.line(f"full(N, {value.code}, dtype=i8)", 1)
            value = Value(code, (), 1, 8)
        value = emitter.raised(value, self._level())
        some = None
        if solved.type.lo < 0:
            some = emitter.operation("{0} >= 0", [value], 0)
            # What is none is about to be dropped, but until then it must not be an index.
            value = emitter.operation("maximum({0}, 0)", [value], value.bytes)
        self.env[name] = value
        found = self._mask(self.env, mask, some)
        if found is not None:
            self._rows(f"{self._full(found, ()).code}.nonzero()[0]")
        elif emitter.rows == "ar":
            self._narrow(emitter.line("arange(N)", 2))

    def _restriction(self, name: str) -> Conjunct | None:
        earlier = {n: self.sorts[n] for n in self.env}
        rule = self.symmetry.restriction(self.sorts[name], earlier)
        return None if rule is None else _restricted(self.sorts[name], name, rule)

    def _finish(self) -> None:
        """Put down the steps of the current frame."""
        emitter = self.emitter
        if emitter.rows == "ar":
            self._narrow(emitter.line("arange(N)", 2))
        emitter.measure(emitter.layout.cells, 2)
        elements = ""
        for name in self.sorts:
            value = emitter.raised(self.env[name], 2)
            code = value.code
            if value.bytes != 8:
                code = emitter.line(f"{code}.astype(i8)", 2)
            elements += f"{code}, "
        change = self.updates.change(emitter, self.env, elements)
        emitter.do(f"out.append(Steps({self.index}, {emitter.rows}, ({elements}), {change}))")


def _restricted(sort: Sort, name: str, rule: Restriction) -> Conjunct:
    """Only one of several interchangeable elements need be tried."""

    def value(emitter: Emitter, env: Environment) -> Value:
        axis = env[name].counts
        assert axis is not None
        mask = emitter.line(f"masks[{sort.name!r}][{int(rule.after)}]", 1)
        allowed = Value(mask, (axis,), 1, 0)
        for function in rule.through:
            target = emitter.look_up(function, [env[rule.parameter]])
            same = emitter.operation("{0} == {1}", [env[name], target], 0)
            allowed = emitter.operation("{0} | {1}", [allowed, same], 0)
        return allowed

    return Conjunct(frozenset((name,)), value)
