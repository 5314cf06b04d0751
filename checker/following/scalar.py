"""A system as plain Python source, for one state at a time.

Who follows a recording asks of few states whether few steps are enabled, so the work for one
question has to be small: expressions become Python expressions, and whatever occurs more than once
a function that keeps its values. A state comes in two parts: the visible cells, which the recording
gives, and the hidden cells. What depends on visible cells alone is kept for all hidden ones.

The meaning is that of `model.ir.interpret`; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.ir.check import walk
from model.ir.expr import Expr
from model.ir.system import Action, Definition, State, StateFunction, System, Table, Update
from model.ir.types import BoolType, ElementType, ModelError, Sort

#: Values that are kept, of whatever was asked with what arguments.
Kept = dict[tuple[int, ...], int]

#: A closed or open expression at visible cells, hidden cells, what is kept of the former and of
#: both, and its variables' elements.
Evaluated = Callable[..., int]

#: Nodes from which on a repeated expression becomes a function.
_WORTH = 6

_INFIX = {"eq": "==", "lt": "<", "le": "<=", "mul": "*", "div": "//", "mod": "%"}


@dataclass(frozen=True)
class Moved:
    """An action that is compiled."""

    action: Action
    guard: Evaluated
    #: The visible cells that it writes and the hidden ones, with their values.
    writes: Callable[..., tuple[dict[int, int], dict[int, int]]]


class Scalar:
    """The compiled actions of a system. `hidden` are the functions whose cells are the hidden part,
    in this order; `frozen` functions have the value of a fixed state and are never written; all
    others are visible."""

    def __init__(
        self,
        system: System,
        hidden: Sequence[StateFunction],
        frozen: Iterable[StateFunction] = (),
        start: State = (),
    ) -> None:
        self.system = system
        fixed = set(frozen)
        self.visible = tuple(f for f in system.functions if f not in {*hidden, *fixed})
        self.hidden = tuple(hidden)
        self._places = {f: ("V", offset) for f, offset in _offsets(self.visible)}
        self._places |= {f: ("H", offset) for f, offset in _offsets(self.hidden)}
        self._places |= {f: ("X", system.offsets[f]) for f in fixed}
        self._start = start
        self._writer = _Writer(self._places)

    def offset(self, function: StateFunction) -> int:
        """Where its cells begin in its part of the state."""
        return self._places[function][1]

    def compile(self, actions: Sequence[Action]) -> list[Moved]:
        """Actions, without the updates of frozen functions."""
        writer = self._writer
        kept = [
            [u for u in action.updates if self._places[u.function][0] != "X"] for action in actions
        ]
        roots = [action.guard for action in actions]
        roots += [e for updates in kept for u in updates for e in (u.where, u.value, *u.arguments)]
        writer.count(roots)
        guards = [
            writer.function([str(p.payload) for p in action.parameters], action.guard)
            for action in actions
        ]
        writes = [writer.update(a, updates) for a, updates in zip(actions, kept, strict=True)]
        scope: dict[str, Any] = {"X": self._start, "leave": _leave, **writer.constants}
        exec(compile("\n".join(writer.lines) + "\n", "<following>", "exec"), scope)
        return [
            Moved(action, scope[guard], scope[write])
            for action, guard, write in zip(actions, guards, writes, strict=True)
        ]


def _offsets(functions: Sequence[StateFunction]) -> Iterator[tuple[StateFunction, int]]:
    position = 0
    for function in functions:
        yield function, position
        position += function.size


def _leave(action: str, function: str, value: int) -> None:
    raise ModelError(f"{action}: {function} := {value} is out of range")


class _Writer:
    """Collects source."""

    def __init__(self, places: Mapping[StateFunction, tuple[str, int]]) -> None:
        self.places = places
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self._names: dict[str, str] = {}
        self._uses: dict[Expr, int] = {}
        self._sizes: dict[Expr, int] = {}
        self._functions: dict[object, str] = {}
        self._fixed: dict[object, bool] = {}
        self._temporaries = 0

    def count(self, roots: Iterable[Expr]) -> None:
        """Take in how often each expression occurs, in definitions as well."""
        todo, seen = list(roots), set[Definition]()
        for expr in todo:
            self._uses[expr] = self._uses.get(expr, 0) + 1
        found: set[Expr] = set()
        while todo:
            expr = todo.pop()
            for node in walk(expr):
                if node in found:
                    continue
                found.add(node)
                for arg in node.args:
                    self._uses[arg] = self._uses.get(arg, 0) + 1
                if isinstance(node.payload, Definition) and node.payload not in seen:
                    seen.add(node.payload)
                    todo.append(node.payload.body)

    # -- functions -------------------------------------------------------------------------------
    def function(self, parameters: Sequence[str], expr: Expr) -> str:
        """The name of a function that is written for an expression of some variables."""
        name = f"f{len(self.lines)}"
        code = self.code(expr)
        self._write(name, parameters, [f"return {code}"])
        return name

    def update(self, action: Action, updates: Sequence[Update]) -> str:
        """The name of a function that is written for what an action writes."""
        body = ["seen, unseen = {}, {}"]
        for update in updates:
            space, first = self.places[update.function]
            target = "seen" if space == "V" else "unseen"
            indent = ""
            for variable in update.over:
                assert isinstance(variable.type, ElementType)
                name = self.name(str(variable.payload))
                body.append(f"{indent}for {name} in range({variable.type.sort.size}):")
                indent += " "
            where = self.code(update.where)
            if where != "True":
                body.append(f"{indent}if {where}:")
                indent += " "
            codes = [self.code(argument) for argument in update.arguments]
            cell = _index(update.function.domain, codes, first)
            wanted = update.function.type
            body.append(f"{indent}n = {self.code(update.value)}")
            if update.value.type.lo < wanted.lo or update.value.type.hi > wanted.hi:
                told = f"leave({repr(action)!r}, {update.function.name!r}, n)"
                body.append(f"{indent}if not {wanted.lo} <= n <= {wanted.hi}: {told}")
            body.append(f"{indent}{target}[{cell}] = int(n)")
        body.append("return seen, unseen")
        name = f"u{len(self.lines)}"
        self._write(name, [str(p.payload) for p in action.parameters], body)
        return name

    def _write(self, name: str, parameters: Sequence[str], body: Sequence[str]) -> None:
        given = "".join(f", {self.name(p)}" for p in parameters)
        self.lines.append(f"def {name}(V, H, P, Q{given}):\n " + "\n ".join(body))

    def _memo(self, key: object, parameters: Sequence[str], expr: Expr) -> str:
        """The name of a function that keeps the values of an expression."""
        known = self._functions.get(key)
        if known is not None:
            return known
        number = len(self._functions)
        name = self._functions[key] = f"d{number}"
        code = self.code(expr, top=True)
        names = "".join(f", {self.name(p)}" for p in parameters)
        space = "P" if self._seen(expr) else "Q"
        lines = [f"k = ({number}{names},)", f"r = {space}.get(k)"]
        lines += [f"if r is None: r = {space}[k] = {code}", "return r"]
        self._write(name, parameters, lines)
        return name

    def _seen(self, expr: Expr) -> bool:
        """Whether an expression reads no hidden cell."""
        known = self._fixed.get(expr)
        if known is None:
            known = self._fixed[expr] = all(
                (
                    self.places[node.payload][0] != "H"
                    if isinstance(node.payload, StateFunction)
                    else self._seen(node.payload.body)
                    if isinstance(node.payload, Definition)
                    else True
                )
                for node in walk(expr)
            )
        return known

    def name(self, variable: str) -> str:
        """The Python name of a variable."""
        return self._names.setdefault(variable, f"v{len(self._names)}")

    # -- expressions -----------------------------------------------------------------------------
    def code(self, expr: Expr, top: bool = False) -> str:
        """The source of an expression; `top`: it is what a function keeps."""
        if not top and self._uses.get(expr, 0) > 1 and self._size(expr) >= _WORTH:
            free = sorted(expr.free)
            name = self._memo(expr, free, expr)
            return f"{name}(V, H, P, Q{''.join(f', {self.name(p)}' for p in free)})"
        return self._plain(expr)

    def _counts(self, expr: Expr) -> bool:
        """Whether an expression goes through a sort."""
        return self._size(expr) > 10

    def _size(self, expr: Expr) -> int:
        known = self._sizes.get(expr)
        if known is None:
            known = 1 + sum(self._size(arg) for arg in expr.args)
            known += 10 * (expr.op in ("forall", "exists", "count", "sum", "min", "max"))
            self._sizes[expr] = known
        return known

    def _plain(self, expr: Expr) -> str:
        op, args = expr.op, expr.args
        match op:
            case "const":
                return repr(bool(expr.payload)) if _truth(expr) else repr(expr.payload)
            case "var":
                return self.name(str(expr.payload))
            case "apply":
                return self._at(expr.payload, [self.code(arg) for arg in args])
            case "get":
                return self._get(expr)
            case "not":
                return f"(not {self.code(args[0])})"
            case "and" | "or":
                return "(" + f" {op} ".join(self.code(arg) for arg in args) + ")"
            case "add":
                return "(" + " + ".join(self.code(arg) for arg in args) + ")"
            case "lt" if self._counts(args[0]) and args[1].op != "const":
                # Often there is nothing to compare a count with, which then need not be made.
                self._temporaries += 1
                name = f"t{self._temporaries}"
                more = f"({name} := {self.code(args[1])}) > {args[0].type.lo}"
                return f"({more} and {self.code(args[0])} < {name})"
            case "eq" | "lt" | "le" | "mul" | "div" | "mod":
                return f"({self.code(args[0])} {_INFIX[op]} {self.code(args[1])})"
            case "ite":
                test, then, other = (self.code(arg) for arg in args)
                return f"({then} if {test} else {other})"
        return self._quantifier(expr)

    def _quantifier(self, expr: Expr) -> str:
        variable, sort = expr.payload
        name, body = self.name(variable), self.code(expr.args[0])
        over = f"for {name} in range({sort.size})"
        match expr.op:
            case "forall":
                return f"all({body} {over})"
            case "exists":
                return f"any({body} {over})"
            case "count":
                return f"sum([1 {over} if {body}])"
            case "sum":
                return f"sum([{body} {over}])"
        test, default = self.code(expr.args[1]), self.code(expr.args[2])
        return f"{expr.op}([{body} {over} if {test}], default={default})"

    def _get(self, expr: Expr) -> str:
        argument, default = expr.args
        self._temporaries += 1
        name = f"t{self._temporaries}"
        found = self._at(expr.payload, [name])
        return f"({found} if ({name} := {self.code(argument)}) >= 0 else {self.code(default)})"

    def _at(self, symbol: object, codes: Sequence[str]) -> str:
        if isinstance(symbol, Definition):
            names = [str(p.payload) for p in symbol.parameters]
            name = self._memo(symbol, names, symbol.body)
            return f"{name}(V, H, P, Q{''.join(f', {code}' for code in codes)})"
        if isinstance(symbol, StateFunction):
            space, first = self.places[symbol]
            return f"{space}[{_index(symbol.domain, codes, first)}]"
        assert isinstance(symbol, Table)
        name = f"T{symbol.name.encode().hex()}"
        self.constants[name] = symbol.values
        shifted = [
            code if isinstance(domain, Sort) or not domain.lo else f"({code} - {domain.lo})"
            for code, domain in zip(codes, symbol.domain, strict=True)
        ]
        return f"{name}[{_index(symbol.shape, shifted, 0)}]"


def _truth(expr: Expr) -> bool:
    return isinstance(expr.type, BoolType)


def _index(domain: Sequence[Sort | int], codes: Sequence[str], first: int) -> str:
    """Row-major."""
    found = ""
    for sort, code in zip(domain, codes, strict=True):
        size = sort.size if isinstance(sort, Sort) else sort
        found = f"({found})*{size} + {code}" if found else code
    return f"{first} + {found}" if found and first else found or str(first)
