"""A system as one module of straight-line numpy source, compiled once.

Actions are enabled in stages, so that cost follows the choices of parameters that survive. The
conjuncts of the guard that need no parameter choose states, and what follows looks at those alone;
several actions that share such a conjunct do so together. The next parameter is added as an
axis, the conjuncts that it completes choose (state, element) pairs, whose indices become the
rows of the next stage; and so on. That the step changes something is one more conjunct.
What a step changes is in `updates`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.expressions import Emitter
from checker.explicit.hashing import Hashes, linear
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.restriction import Restriction
from checker.explicit.source import NAMES, Axis, Environment, Frame, Value
from checker.explicit.stages import Conjunct, conjuncts, next_parameter, solution
from checker.explicit.steps import Rows, Steps, Write, successors
from checker.explicit.symmetry import Masks, Symmetry
from checker.explicit.updates import Updates
from model.ir.expr import TRUE, Expr
from model.ir.types import ModelError, Sort

#: The action's number, its successors, their sources, and the elements of each parameter.
Fired = tuple[int, Matrix, Rows, tuple[Rows, ...]]


class Kernel(NamedTuple):
    """The compiled system."""

    #: `steps(C, N, masks)` gives the steps that leave the N states in C, of interchangeable
    #: choices of parameters (see `Masks`) only some. Raises ModelError where an update leaves
    #: its interval.
    steps: Callable[[Matrix, int, Masks], list[Steps]]
    #: `observe(C, N)` gives the truth of each observed expression, shape (N,).
    observe: Callable[[Matrix, int], list[Mask]]
    #: A batch size that keeps the largest intermediate array moderate.
    rows: int
    source: str

    def expand(self, C: Matrix, N: int, masks: Masks) -> list[Fired]:
        """The steps of `steps`, with all their successors."""
        return [
            (found.action, found.after(C), found.rows, found.chosen)
            for found in self.steps(C, N, masks)
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
    _together(
        writer,
        [
            _Action(writer, symmetry, Updates(layout.system, index, symmetry.weights))
            for index, action in enumerate(layout.system.actions)
            if all(sort.size for sort in action.sorts) and action.updates
        ],
    )
    watcher = writer.sibling()
    results = []
    for expr in observed:
        value = watcher.value(expr, {})
        results.append(value.code if value.level else f"full(N, {value.code})")
    lines = [
        *writer.setup,
        "def steps(C, N, masks):",
        "    out = []",
        *writer.lines,
        "    out.sort(key=number)",
        "    return out",
        "def observe(C, N):",
        *watcher.lines,
        f"    return [{', '.join(results)}]",
    ]
    source = "\n".join(lines) + "\n"
    scope = dict(NAMES, constants=writer.constants, leave=_leaver(layout))
    scope |= {"Steps": Steps, "Write": Write, "number": attrgetter("action")}
    scope |= {"distinct": _distinct, "difference": partial(_difference, symmetry.weights)}
    with np.errstate(over="ignore"):
        exec(compile(source, "<generated>", "exec"), scope)
    widest = max(writer.widest, watcher.widest)
    rows = max(16, min(1 << 16, _ROOM // widest))
    return Kernel(scope["steps"], scope["observe"], rows, source)


def _difference(
    weights: Hashes, C: Matrix, rows: Rows, writes: Sequence[Write]
) -> NDArray[np.int64]:
    """Between the plain hashes of successors and of the states that they come from."""
    difference = linear(weights, successors(C, rows, writes)) - linear(weights, C)[rows]
    return difference.view(np.int64)


def _distinct(rows: Rows, size: int) -> tuple[Rows, Rows]:
    """Some indices below `size` without repetition, ascending, and where each is among those."""
    there = np.zeros(size, bool)
    there[rows] = True
    found = there.nonzero()[0]
    places = np.empty(size, np.intp)
    places[found] = np.arange(found.size)
    return found, places[rows]


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

    @property
    def conditions(self) -> dict[Expr, None]:
        """What is still asked of the state alone, in order."""
        return {c.expr: None for c in self.pending if not c.needs and c.expr is not TRUE}

    def granted(self, condition: Expr) -> None:
        """What need not be asked any more."""
        self.pending = [c for c in self.pending if c.expr is not condition]

    def write(self) -> None:
        emitter = self.emitter
        emitter.frame = Frame(None, emitter.batch.size)
        emitter.do(f"# {self.action!r}".replace("\n", " "))
        mask = self._mask(self.env)
        if mask is not None and mask.literal == 0:
            return
        if mask is not None:
            emitter.descend(self._chosen(f"{emitter.spread(mask, ()).code}.nonzero()[0]"))
        while len(self.env) < len(self.sorts):
            name, equation = next_parameter(self.sorts, self.env, self.pending)
            if equation is None:
                self._introduce(name)
            else:
                self._solve(name, equation)
        self._finish()
        while self.depth:
            emitter.leave()
            self.depth -= 1

    def _chosen(self, source: str) -> str:
        """Go on with the chosen rows if there are any: the name of their indices."""
        chosen = self.emitter.line(source, self.emitter.level)
        self.emitter.enter(f"{chosen}.size")
        self.depth += 1
        return chosen

    def _mask(self, env: Environment, *masks: Value | None) -> Value | None:
        """The conjunction of masks and of the pending conjuncts that `env` can decide."""
        ready = [c for c in self.pending if c.needs <= env.keys()]
        self.pending = [c for c in self.pending if not c.needs <= env.keys()]
        values = [mask for mask in masks if mask is not None]
        values += [c.value(self.emitter, env) for c in ready]
        found = self.emitter.conjunction(values)
        return None if found.literal == 1 else found

    def _narrow(self, keep: str, spread: float = 1.0) -> None:
        """Make a new frame of the rows `keep` of the current one, binding what was bound."""
        emitter, frame = self.emitter, self.emitter.frame
        states = keep if frame.states is None else emitter.line(f"{frame.states}[{keep}]", 2)
        for name, value in self.env.items():
            self.env[name] = Value(emitter.line(f"{value.code}[{keep}]", 2), (), 2, value.bytes)
        emitter.frame = Frame(states, f"{states}.size", frame.spread * spread)

    def _focus(self) -> None:
        """Look only at states that have a row, if there is much to find out about them."""
        emitter, frame = self.emitter, self.emitter.frame
        if not any(conjunct.wide for conjunct in self.pending) or frame.states is None:
            return
        found, places = emitter.name(), emitter.name()
        emitter.do(f"{found}, {places} = distinct({frame.states}, {emitter.batch.size})")
        emitter.descend(found, frame._replace(states=places))

    def _introduce(self, name: str) -> None:
        """Bind a parameter to every element that passes what can now be decided."""
        emitter, frame = self.emitter, self.emitter.frame
        axis: Axis = (0, self.sorts[name])
        inner = {**self.env, name: emitter.variable(axis)}
        tried = self.sorts[name].size
        restriction = self._restriction(name)
        if restriction is not None:
            self.pending.append(restriction)
            tried = min(tried, _KINDS)
        found = self._mask(inner) or emitter.literal(1, boolean=True)
        pairs = self._chosen(f"{emitter.spread(found, (axis,)).code}.ravel().nonzero()[0]")
        chosen = emitter.line(f"{pairs} // {frame.size}", 2)
        keep = emitter.line(f"{pairs} - {chosen}*{frame.size}", 2)
        self._narrow(keep, max(1.0, tried / _SURVIVORS))
        if frame.states is None:
            # The flat index of the pair is where the element's cell is in any function of it.
            emitter.know(f"{chosen}*{emitter.batch.size} + {keep}", pairs, 2)
        self.env[name] = Value(chosen, (), 2, 8)
        self._focus()

    def _solve(self, name: str, equation: Conjunct) -> None:
        """Bind a parameter that an equation of the guard determines."""
        emitter = self.emitter
        self.pending.remove(equation)
        solved = solution(equation, name, frozenset(self.env))
        assert solved is not None
        value = emitter.value(solved, self.env)
        if not value.level:
            code = emitter.line(f"full({emitter.batch.size}, {value.code}, dtype=i8)", 1)
            value = Value(code, (), 1, 8)
        value = emitter.raised(value, emitter.level)
        some = None
        if solved.type.lo < 0:
            some = emitter.operation("{0} >= 0", [value], 0)
            # What is none is about to be dropped, but until then it must not be an index.
            value = emitter.operation("maximum({0}, 0)", [value], value.bytes)
        self.env[name] = value
        found = self._mask(self.env, some)
        if found is not None:
            self._narrow(self._chosen(f"{emitter.spread(found, ()).code}.nonzero()[0]"))
            self._focus()

    def _restriction(self, name: str) -> Conjunct | None:
        earlier = {n: self.sorts[n] for n in self.env}
        rule = self.symmetry.restriction(self.sorts[name], earlier)
        return None if rule is None else _restricted(self.sorts[name], name, rule)

    def _finish(self) -> None:
        """Put down the steps of the current frame."""
        emitter = self.emitter
        emitter.measure(emitter.layout.cells, emitter.level)
        elements = ""
        for name in self.sorts:
            value = emitter.raised(self.env[name], emitter.level)
            code = value.code
            if value.bytes != 8:
                code = emitter.line(f"{code}.astype(i8)", emitter.level)
            elements += f"{code}, "
        writes, change = self.updates.write(emitter, self.env)
        origins = emitter.origins
        emitter.do(f"out.append(Steps({self.index}, {origins}, ({elements}), {writes}, {change}))")


def _together(emitter: Emitter, actions: list[_Action]) -> None:
    """Writes the steps of actions, of those that ask the same of a state in its batch."""
    while True:
        shared = Counter(condition for action in actions for condition in action.conditions)
        condition, times = max(shared.items(), key=itemgetter(1), default=(TRUE, 0))
        if times < 2:
            break
        group = [action for action in actions if condition in action.conditions]
        for action in group:
            action.granted(condition)
        value = emitter.value(condition, {})
        if value.literal == 1:
            continue
        actions = [action for action in actions if action not in group]
        if value.literal == 0:
            continue
        chosen = emitter.line(f"{emitter.spread(value, ()).code}.nonzero()[0]", 1)
        emitter.enter(f"{chosen}.size")
        emitter.descend(chosen)
        emitter.assume(condition)
        _together(emitter, group)
        emitter.leave()
    for action in actions:
        action.write()


def _restricted(sort: Sort, name: str, rule: Restriction) -> Conjunct:
    """Only one of several interchangeable elements need be tried."""

    def value(emitter: Emitter, env: Environment) -> Value:
        axis = env[name].counts
        assert axis is not None
        allowed = emitter.outermost(f"masks[{sort.name!r}][{int(rule.after)}]", (axis,))
        for function in rule.through:
            target = emitter.look_up(function, [env[rule.parameter]])
            same = emitter.operation("{0} == {1}", [env[name], target], 0)
            allowed = emitter.operation("{0} | {1}", [allowed, same], 0)
        return allowed

    return Conjunct(frozenset((name,)), value)
