"""Expressions with other expressions in place of what state functions are applied to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.ir.application import apply
from model.ir.expr import QUANTIFIERS, Expr, make
from model.ir.system import Definition, StateFunction
from model.ir.types import ElementType, ModelError

#: What becomes of a state function at some arguments.
Applied = Callable[[StateFunction, tuple[Expr, ...]], Expr]


def nothing(_: StateFunction) -> bool:
    """No function is replaced: only variables are."""
    return False


class Substitution:
    """Puts expressions of the same type in place of applications of some functions, also of those
    that definitions stand for. Bound variables get a suffix, so that none binds what is put in
    below it."""

    def __init__(
        self, replaces: Callable[[StateFunction], bool], applied: Applied, suffix: str = ""
    ) -> None:
        self._replaces, self._applied, self._suffix = replaces, applied, suffix
        self._known: dict[tuple[Expr, tuple[tuple[str, Expr], ...]], Expr] = {}

    def __call__(self, expr: Expr, env: Mapping[str, Expr] | None = None) -> Expr:
        """The expression, its free variables as `env` has them."""
        env = env or {}
        if not expr.args and expr.op == "const":
            return expr
        key = (expr, tuple((name, env[name]) for name in sorted(expr.free) if name in env))
        if key not in self._known:
            self._known[key] = self._made(expr, env)
        return self._known[key]

    def _made(self, expr: Expr, env: Mapping[str, Expr]) -> Expr:
        if expr.op == "var":
            return env.get(str(expr.payload), expr)
        if expr.op in QUANTIFIERS:
            name, sort = expr.payload
            new = f"{name}{self._suffix}"
            inner = {**env, name: make("var", ElementType(sort), (), new)}
            args = tuple(self(arg, inner) for arg in expr.args)
            return make(expr.op, expr.type, args, (new, sort))
        args = tuple(self(arg, env) for arg in expr.args)
        if expr.op == "apply":
            return self._applies(expr, args)
        if expr.op == "get" and self._touched(expr.payload):
            raise ModelError(f"{expr} reads the state at what may be none")
        return make(expr.op, expr.type, args, expr.payload)

    def _applies(self, expr: Expr, args: tuple[Expr, ...]) -> Expr:
        symbol = expr.payload
        if not self._touched(symbol):
            return apply(symbol, args)
        if isinstance(symbol, Definition):
            names = (str(parameter.payload) for parameter in symbol.parameters)
            return self(symbol.body, dict(zip(names, args, strict=True)))
        assert isinstance(symbol, StateFunction)
        return self._applied(symbol, args)

    def _touched(self, symbol: object) -> bool:
        """Whether anything of what a symbol reads is replaced."""
        if isinstance(symbol, Definition):
            return any(map(self._replaces, symbol.reads))
        return isinstance(symbol, StateFunction) and self._replaces(symbol)
