"""A system as one module of straight-line numpy source, compiled once.

Actions are enabled in stages, so that cost follows the choices of parameters that survive. The
conjuncts of the guard that need no parameter choose states; the next parameter is added as an
axis, the conjuncts that it completes choose (state, element) pairs, whose indices become the
rows of the next stage; and so on. That the step changes something is one more conjunct.

Omits: two updates of one action that disagree about a cell are not noticed (the last one wins);
the interpreter checks it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.expressions import Emitter
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.restriction import Restriction
from checker.explicit.source import NAMES, Axis, Environment, Value, span
from checker.explicit.stages import Conjunct, conjuncts, next_parameter, solution
from checker.explicit.symmetry import Masks, Symmetry
from model.ir.expr import Expr
from model.ir.system import Action, Update
from model.ir.types import ElementType, ModelError, Sort

#: Indices of the batch's states, one for each successor.
Rows = NDArray[np.intp]
#: The action's number, its successors, their sources, and the elements of each parameter.
Fired = tuple[int, Matrix, Rows, tuple[Any, ...]]


class Kernel(NamedTuple):
    """The compiled system.

    `expand(C, N, masks)` gives the successors of the N states in C, of interchangeable choices
    of parameters (see `Masks`) only some. Raises ModelError where an update leaves its interval.
    `observe(C, N)` gives the truth of each observed expression, shape (N,).
    `rows` is a batch size that keeps the largest intermediate array moderate.
    """

    expand: Callable[[Matrix, int, Masks], list[Fired]]
    observe: Callable[[Matrix, int], list[Mask]]
    rows: int
    source: str


#: Guesses of how many kinds of interchangeable elements there are, and of how many choices of a
#: parameter there are for one that passes the guard. They only serve to choose a batch size.
_KINDS = 8
_SURVIVORS = 4

#: Elements of the largest intermediate array that a batch should need.
_ROOM = 1 << 21


def compile_system(layout: Layout, symmetry: Symmetry, observed: Sequence[Expr]) -> Kernel:
    """The kernel of a system."""
    writer = Emitter(layout)
    for index, action in enumerate(layout.system.actions):
        if all(sort.size for sort in action.sorts) and action.updates:
            _Action(writer, symmetry, index, action).write()
    watcher = writer.sibling()
    results = []
    for expr in observed:
        value = watcher.value(expr, {})
        results.append(value.code if value.level else f"full(N, {value.code})")
    lines = [
        *watcher.setup,
        "def expand(C, N, masks):",
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
    scope = dict(NAMES, constants=writer.constants, leave=_leaver(layout))
    with np.errstate(over="ignore"):
        exec(compile(source, f"<{layout.system.name}>", "exec"), scope)
    widest = max(writer.widest, watcher.widest)
    rows = max(16, min(1 << 16, _ROOM // widest))
    return Kernel(scope["expand"], scope["observe"], rows, source)


def _leaver(layout: Layout) -> Callable[[int, int], None]:
    def leave(action: int, update: int) -> None:
        found = layout.system.actions[action]
        function = found.updates[update].function
        raise ModelError(f"{found}: {function.name} leaves {function.type}")

    return leave


class _Action:
    """Writes the successors of one action."""

    def __init__(self, emitter: Emitter, symmetry: Symmetry, index: int, action: Action) -> None:
        self.emitter, self.symmetry = emitter, symmetry
        self.index, self.action = index, action
        self.sorts: dict[str, Sort] = {
            str(p.payload): p.type.sort
            for p in action.parameters
            if isinstance(p.type, ElementType)
        }
        self.pending: list[Conjunct] = conjuncts(action)
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
        self._update()
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

    # -- updates -------------------------------------------------------------------------------
    def _update(self) -> None:
        emitter = self.emitter
        if emitter.rows == "ar":
            self._narrow(emitter.line("arange(N)", 2))
        writes = [self._evaluated(i, u) for i, u in enumerate(self.action.updates)]
        emitter.do(f"T = C.take({emitter.rows}, 1)")
        emitter.measure(emitter.layout.cells, 2)
        for update, value, where, env in writes:
            self._write(update, value, where, env)
        chosen = ", ".join(emitter.raised(self.env[name], 2).code for name in self.sorts)
        emitter.do(f"out.append(({self.index}, T, {emitter.rows}, ({chosen}{',' * bool(chosen)})))")

    def _evaluated(
        self, index: int, update: Update
    ) -> tuple[Update, Value, Value | None, Environment]:
        """The value and the condition of an update, in the state before the step."""
        emitter = self.emitter
        env = dict(self.env)
        for depth, variable in enumerate(update.over):
            assert isinstance(variable.type, ElementType)
            env[str(variable.payload)] = emitter.variable((depth, variable.type.sort))
        if any(isinstance(v.type, ElementType) and not v.type.sort.size for v in update.over):
            return update, emitter.literal(0), emitter.literal(0, boolean=True), env
        value = emitter.raised(emitter.value(update.value, env), 2)
        where = emitter.raised(emitter.value(update.where, env), 2)
        wanted = update.function.type
        outside = []
        if update.value.type.lo < wanted.lo:
            outside.append(emitter.operation(f"{{0}} < {wanted.lo}", [value], 0))
        if update.value.type.hi > wanted.hi:
            outside.append(emitter.operation(f"{{0}} > {wanted.hi}", [value], 0))
        for bad in outside:
            shown = bad if where.literal else emitter.operation("{0} & {1}", [bad, where], 0)
            if shown.literal is None:
                emitter.do(f"if {shown.code}.any(): leave({self.index}, {index})")
            elif shown.literal:
                emitter.do(f"leave({self.index}, {index})")
        return update, value, None if where.literal else where, env

    def _write(self, update: Update, value: Value, where: Value | None, env: Environment) -> None:
        emitter = self.emitter
        function = update.function
        if not function.size or (where is not None and where.literal == 0):
            return
        start = emitter.layout.system.offsets[function]
        args = [emitter.value(argument, env) for argument in update.arguments]
        running = [arg.counts for arg in args if arg.counts]
        simple = all(arg.literal is not None or arg.counts for arg in args)
        if simple and running == sorted(set(running), key=lambda axis: axis[0]):
            shape = "".join(f"{sort.size}, " for sort in function.domain)
            target = f"T[{start}:{start + function.size}].reshape({shape}{emitter.size})"
            picks = [":" if arg.literal is None else str(arg.literal) for arg in args]
            if not args:
                target = f"T[{start}]"
            elif all(arg.literal is not None for arg in args):
                cell = emitter.layout.system.cell(function, [arg.literal or 0 for arg in args])
                target = f"T[{cell}]"
            else:
                target = f"{target}[{', '.join(picks)}]"
            axes = tuple(running)
            shown = emitter.aligned(value, axes, 2)
            if where is None:
                emitter.do(f"{target}[...] = {shown}")
            else:
                condition = emitter.aligned(where, axes, 2)
                emitter.do(f"copyto({target}, {shown}, 'unsafe', {condition})")
            return
        columns = emitter.line(f"arange({emitter.size})", 2)
        sizes = [sort.size for sort in function.domain]
        position = emitter.position(sizes, args, 2, emitter.size, columns)
        emitter.do(f"F = T[{start}:{start + function.size}].reshape(-1)")
        shown = emitter.aligned(value, position.axes, 2)
        if where is not None:
            condition = emitter.aligned(where, position.axes, 2)
            shown = f"where({condition}, {shown}, F[{position.code}])"
        emitter.do(f"F[{position.code}] = {shown}")


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
