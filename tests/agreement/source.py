"""A system as Python text that builds it again, to be pinned as an example."""

from __future__ import annotations

from collections.abc import Sequence

from model.ir.check import walk
from model.ir.expr import QUANTIFIERS, Expr, make
from model.ir.system import Action, Property, StateFunction, System, Table, Update
from model.ir.types import NONE, BoolType, ElementType, EnumType, IntType, Sort, Type
from tests.agreement.shrink import every_expression

_INFIX = {"and": "&", "or": "|", "eq": "==", "lt": "<", "le": "<=", "add": "+", "mul": "*"}
_QUANTIFIERS = {"sum": "total", "min": "minimum", "max": "maximum"}


def source(system: System, name: str = "example") -> str:
    """A function without arguments that returns an equal system, formatted by nobody yet."""
    lines = [f"b = Builder({system.name!r})"]
    lines += [
        f"{_sort(sort)} = Sort({sort.name!r}, {sort.elements!r}, {sort.symmetric})"
        for sort in _sorts(system)
    ]
    lines += [f"{e.name} = EnumType({e.name!r}, {e.values!r})" for e in _enums(system)]
    for function in system.functions:
        start = system.offsets[function]
        values = list(system.initial[0][start : start + function.size])
        lines.append(
            f"{function.name} = b.function({function.name!r}, {_domain(function.domain)},"
            f" {_type(function.type)}, {values})"
        )
    for table in system.tables:
        lines.append(
            f"{_name(table.name)} = b.table({table.name!r}, {_domain(table.domain)},"
            f" {_type(table.type)}, {list(table.values)})"
        )
    for definition in system.definitions:
        lines += _variables(definition.parameters)
        lines.append(
            f"{definition.name} = b.define({definition.name!r},"
            f" {_list(definition.parameters)}, {text(definition.body)})"
        )
    for action in system.actions:
        lines += _action(action)
    lines += [f"b.properties.append({_property(prop)})" for prop in system.properties]
    lines += [
        f"b.bounds.append(Bound({b.name!r}, {text(b.reached)}, {b.text!r}))" for b in system.bounds
    ]
    if len(system.initial) == 1:
        lines.append("return b.build()")
    else:
        lines.append(f"return replace(b.build(), initial={system.initial!r})")
    return f"def {name}() -> System:\n" + "".join(f"    {line}\n" for line in lines)


def text(expr: Expr) -> str:
    """An expression as Python builds it."""
    args = [text(arg) for arg in expr.args]
    match expr.op:
        case "const":
            return _constant(expr.type, expr.payload)
        case "var":
            return _variable(expr)
        case "apply":
            return f"{_name(expr.payload.name)}" + (f"[{', '.join(args)}]" if args else "()")
        case "get":
            return f"{_name(expr.payload.name)}.get({', '.join(args)})"
        case "not":
            return f"~{args[0]}"
        case "div" | "mod":
            return f"({args[0]} {'//' if expr.op == 'div' else '%'} {expr.args[1].payload})"
        case "ite":
            return _choice(expr, *args)
    if expr.op in _INFIX:
        return "(" + f" {_INFIX[expr.op]} ".join(args) + ")"
    variable, sort = expr.payload
    bound = _variable(make("var", ElementType(sort), (), variable))
    bodies = [f"lambda {bound}: {arg}" for arg in args[:2]]
    default = [f"default={expr.args[2].payload}"] if len(args) > 2 else []
    return f"{_QUANTIFIERS.get(expr.op, expr.op)}({', '.join([_sort(sort), *bodies, *default])})"


def _choice(expr: Expr, condition: str, then: str, otherwise: str) -> str:
    """An ite; a minimum or maximum by its name, because it has a narrower interval."""
    test, *branches = expr.args
    if test.op == "lt" and all(a is b for a, b in zip(test.args, branches, strict=True)):
        return f"least({otherwise}, {then})"
    if test.op == "lt" and all(a is b for a, b in zip(test.args, branches[::-1], strict=True)):
        return f"greatest({otherwise}, {then})"
    return f"ite({condition}, {then}, {otherwise})"


def _constant(type: Type, value: int) -> str:
    if isinstance(type, BoolType):
        return "TRUE" if value else "FALSE"
    if isinstance(type, IntType):
        return f"integer({value})"
    if isinstance(type, EnumType):
        return f"constant({type.name}, {type.values[value]!r})"
    if value == NONE:
        return f"none({_sort(type.sort)})"
    return f"element({_sort(type.sort)}, {type.sort.elements[value]!r})"


def _type(type: Type) -> str:
    if isinstance(type, BoolType):
        return "BOOL"
    if isinstance(type, IntType):
        return f"IntType({type.lo}, {type.hi})"
    if isinstance(type, EnumType):
        return type.name
    return f"ElementType({_sort(type.sort)}, {type.optional})"


def _action(action: Action) -> list[str]:
    variables = _variables(action.parameters)
    for update in action.updates:
        variables += _variables(update.over)
    updates = ", ".join(map(_update, action.updates))
    fairness = repr(action.fairness)
    if action.fair_for:
        fairness += f", fair_for={_list(action.fair_for)}"
    if action.claim is not None:
        fairness += f", claim={text(action.claim)}"
    return [
        *dict.fromkeys(variables),
        f"b.action({action.name!r}, {action.actor!r}, {_list(action.parameters)},"
        f" {text(action.guard)}, [{updates}], fairness={fairness})",
    ]


def _update(update: Update) -> str:
    arguments = ", ".join(map(text, update.arguments))
    target = f"{_name(update.function.name)}" + (f"[{arguments}]" if arguments else "()")
    over = "".join(f", {text(variable)}" for variable in update.over)
    return f"assign({target}, {text(update.value)}{over}, where={text(update.where)})"


def _property(prop: Property) -> str:
    parts = [repr(prop.name), repr(prop.kind), text(prop.p), text(prop.q)]
    if prop.witness is not None:
        parts.append(text(prop.witness))
    return f"Property({', '.join(parts)})"


def _sorts(system: System) -> list[Sort]:
    nodes = list(walk(*every_expression(system)))
    found = {*system.sorts, *(node.payload[1] for node in nodes if node.op in QUANTIFIERS)}
    found |= {node.type.sort for node in nodes if isinstance(node.type, ElementType)}
    for definition in system.definitions:
        found.update(definition.domain)
    return sorted(found, key=lambda sort: sort.name)


def _enums(system: System) -> list[EnumType]:
    symbols: list[StateFunction | Table] = [*system.functions, *system.tables]
    types = [symbol.type for symbol in symbols]
    types += [node.type for node in walk(*every_expression(system))]
    found = {type.name: type for type in types if isinstance(type, EnumType)}
    return [found[name] for name in sorted(found)]


def _variables(variables: Sequence[Expr]) -> list[str]:
    return [
        f"{_variable(v)} = variable({v.payload!r}, {_sort(v.type.sort)})"
        for v in variables
        if isinstance(v.type, ElementType)
    ]


def _variable(variable: Expr) -> str:
    """One name of a variable may stand for elements of several sorts, in one action even."""
    assert isinstance(variable.type, ElementType)
    return _name(f"{variable.payload}_{variable.type.sort.name}")


def _list(variables: Sequence[Expr]) -> str:
    return f"[{', '.join(map(text, variables))}]"


def _domain(domain: Sequence[Sort | IntType]) -> str:
    return "".join(
        ("(", *(f"{_sort(d) if isinstance(d, Sort) else _type(d)}, " for d in domain), ")")
    )


def _sort(sort: Sort) -> str:
    return sort.name


def _name(name: str) -> str:
    """The variables of quantifiers and some tables have names that Python does not allow."""
    return name.replace("#", "_").replace(" ", "_").lower()
