"""Literals and operators, in expressions.

What a text is compared with is looked at: one that it never is would be a slip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from model.ir.expr import FALSE, TRUE, Expr, integer
from model.ir.expr import add as plus
from model.properties.invariants import values
from model.properties.invariants.fields import (
    holds_key,
    require_shown,
)
from model.properties.invariants.syntax import (
    Literal,
    Node,
    Operation,
)
from model.properties.invariants.typed import (
    Mistyped,
    Typed,
    View,
    described,
    instead,
    nearest,
    no_identity,
)
from model.properties.invariants.types import (
    BOOL,
    INT,
    MAP,
    MOST,
    STRING,
    Type,
    number,
)
from model.properties.invariants.values import (
    Number,
    Text,
    Thing,
    Truth,
    Value,
)

#: The largest number of type int in the language.
INT64 = 2**63 - 1


def literal(node: Literal) -> Typed:
    value = node.value
    if isinstance(value, bool):
        return Typed(node, BOOL, lambda _: Truth(TRUE if value else FALSE))
    if isinstance(value, str):
        text = values.constant(value)
        return Typed(node, Type("string", among=(value,)), lambda _: text)
    if abs(value) > MOST:
        hint = "there is no field that comes near it"
        raise Mistyped(f"numbers are at most {MOST:,}", node.start, hint)
    return Typed(node, number(abs(value)), lambda _: Number(integer(value)))


def equality(node: Operation, left: Typed, right: Typed) -> Typed:
    same = left.type == right.type
    if not same:
        said = f"{described(left.type)} is never equal to {described(right.type)}"
        raise Mistyped(said, node.place, instead(right.type, left.type))
    builds = _EQUAL.get(left.type.name)
    if builds is None or left.type.item is not None or left.type.message:
        hint = "compare a field: p.metadata.name == q.metadata.name"
        if left.type.item is not None:
            hint = "compare sizes, or ask with all and exists"
        raise Mistyped(f"values of type {left.type} are not compared", node.place, hint)
    if left.type == STRING:
        _known_text(left, right)
        _known_text(right, left)

    def compiled(view: View) -> Value:
        found = builds(view, left.compile(view), right.compile(view))
        return found if node.operator == "==" else values.opposite(found)

    return Typed(node, BOOL, compiled)


def _equal_texts(view: View, left: Value, right: Value) -> Truth:
    assert isinstance(left, Text)
    assert isinstance(right, Text)
    return values.same_text(view.cluster.builder, left, right)


def _equal_values(_: View, left: Value, right: Value) -> Truth:
    assert isinstance(left, Truth | Number)
    assert isinstance(right, Truth | Number)
    return Truth(left.value == right.value, left.missing | right.missing)


_EQUAL: Mapping[str, Callable[[View, Value, Value], Truth]] = {
    "bool": _equal_values,
    "int": _equal_values,
    "string": _equal_texts,
}


def _known_text(left: Typed, right: Typed) -> None:
    """Raises Mistake where a text is compared with one that it never is in the model, and could be
    in Kubernetes or by a slip; or where it is a name that nobody knows."""
    if left.type.identity and left.type.identity != right.type.identity:
        said = f"the names of {left.type.identity}s are not known before a run"
        hint = "compare them with one another, or select by labels"
        raise Mistyped(said, right.node.start, hint)
    among = left.type.among
    if among is None or not left.type.closed or right.type.among is None:
        return
    for text in right.type.among:
        if text in left.type.never:
            raise Mistyped(f"it is never '{text}'", right.node.start, left.type.never[text])
        if text not in among:
            hint = nearest(text, among, "'") or f"it is one of {', '.join(map(repr, among))}"
            raise Mistyped(f"it is never '{text}'", right.node.start, hint)


def either(found: Sequence[Typed], type: Type) -> Type:
    """The type of a text that is one of several."""
    no_identity(*found)
    texts: dict[str, None] = {}
    for each in found:
        if each.type.among is None:
            return type
        texts.update(dict.fromkeys(each.type.among))
    return replace(type, among=tuple(texts), closed=False)


def comparison(node: Operation, left: Typed, right: Typed) -> Typed:
    for each in (left, right):
        if each.type != INT:
            slip = isinstance(each.node, Literal) and INT in (left.type, right.type)
            compared = each.type in (STRING, BOOL) and not slip
            hint = "use == and !=" if compared else instead(each.type, INT)
            said = f"`{node.operator}` compares numbers, not {described(each.type)}"
            raise Mistyped(said, each.node.start, hint)
    compare: Callable[[Expr, Expr], Expr] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: b < a,
        ">=": lambda a, b: b <= a,
    }[node.operator]

    def compiled(view: View) -> Value:
        a, b = left.number(view), right.number(view)
        return Truth(compare(a.value, b.value), a.missing | b.missing)

    return Typed(node, BOOL, compiled)


def membership(node: Operation, left: Typed, right: Typed) -> Typed:
    if right.type == MAP:
        if isinstance(left.node, Literal) and isinstance(left.node.value, str):
            require_shown(right, left.node.value, left.node.start)
            return holds_key(node, right, left.node.value)
        raise Mistyped("a key has to be known before a run", left.node.start, "write it as a text")
    if right.type.item is None:
        raise Mistyped(
            f"`in` wants a list, not {described(right.type)}", right.node.start, "write [a, b]"
        )
    if left.type != right.type.item:
        said = f"{described(left.type)} is never in {described(right.type)}"
        raise Mistyped(said, node.place, instead(right.type.item, left.type))
    builds = _EQUAL.get(left.type.name)
    if builds is None or left.type.message:
        hint = "use exists(q, q.metadata.name == p.metadata.name)"
        raise Mistyped(f"values of type {left.type} are not compared", node.place, hint)
    item = Typed(right.node, right.type.item, lambda _: Thing(None))
    if left.type == STRING:
        _known_text(left, item)
        _known_text(item, left)

    def compiled(view: View) -> Value:
        one, items = left.compile(view), right.items(view)
        found = values.any_of(items, lambda each: builds(view, one, each).value)
        return Truth(found, one.missing | items.missing)

    return Typed(node, BOOL, compiled)


def arithmetic(node: Operation, found: Sequence[Typed]) -> Typed:
    for each in found:
        if each.type == STRING and node.operator == "+":
            hint = "compare the parts one by one"
            raise Mistyped("texts are put together in a message only", node.place, hint)
        if each.type != INT:
            said = f"`{node.operator}` wants numbers, not {described(each.type)}"
            raise Mistyped(said, each.node.start, instead(each.type, INT))
    if len(found) == 1:
        (one,) = found
        return Typed(node, one.type, lambda view: _negative(one.number(view)))
    left, right = found
    a, b = left.type.most, right.type.most
    if node.operator in ("/", "%"):
        divisor = _constant(right.node)
        if divisor is None:
            hint = "divide by a number that is written, or multiply on the other side"
            raise Mistyped("a divisor has to be known before a run", right.node.start, hint)
        if divisor == 0:
            raise Mistyped("nothing is divided by 0", right.node.start, "write another divisor")
        remainder = node.operator == "%"
        return Typed(
            node,
            number(a),
            lambda view: values.divided(left.number(view), divisor, remainder=remainder),
        )
    most = a * b if node.operator == "*" else a + b
    if most > INT64:
        raise Mistyped("that may be larger than an int can be", node.place, "multiply less")

    def compiled(view: View) -> Value:
        one, other = left.number(view), right.number(view)
        if node.operator == "*":
            value = one.value * other.value
        else:
            value = plus(one.value, other.value if node.operator == "+" else -other.value)
        return Number(value, one.missing | other.missing)

    return Typed(node, number(most), compiled)


def _constant(node: Node) -> int | None:
    """The number that is written, if one is."""
    match node:
        case Literal(value=bool() | str()):
            return None
        case Literal(value=int(value)):
            return value
        case Operation(operator="-", operands=(Literal(value=int(value)),)):
            return -value
    return None


def _negative(value: Number) -> Number:
    return replace(value, value=-value.value)
