"""Functions of lists and texts, in expressions.

Source: kubernetes v1.36.3 `staging/src/k8s.io/apiserver/pkg/cel/library/lists.go` (sum, min, max).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from model.ir.expr import FALSE, TRUE, Expr
from model.properties.invariants import values
from model.properties.invariants.habits import OF_LISTS
from model.properties.invariants.operators import INT64
from model.properties.invariants.syntax import (
    Call,
    Literal,
)
from model.properties.invariants.typed import (
    Mistyped,
    Typed,
    View,
    described,
    no_identity,
)
from model.properties.invariants.types import (
    BOOL,
    INT,
    MOST,
    STRING,
    number,
)
from model.properties.invariants.values import (
    Number,
    Truth,
    Value,
)

MACROS = ("all", "exists", "exists_one", "filter", "map")
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}


#: The functions of texts.
TESTS = (*_TESTS, "matches")
#: Functions of lists of numbers.
EXTREMES = ("sum", "min", "max")


def size(node: Call, of: Typed) -> Typed:
    if of.type.item is None:
        hint = "it is for lists"
        raise Mistyped(f"the size of {described(of.type)} is not read", node.place, hint)

    def compiled(view: View) -> Value:
        items = of.items(view)
        return Number(values.how_many(items, lambda _: TRUE), items.missing)

    return Typed(node, INT, compiled)


def extreme(node: Call, of: Typed, name: str) -> Typed:
    item = of.type.item
    if item != INT:
        hint = "map to numbers first: map(p, …)"
        raise Mistyped(
            f"`{name}` wants a list of numbers, not {described(of.type)}", node.place, hint
        )
    assert item is not None
    most = item.most * MOST if name == "sum" else item.most
    if most > INT64:
        raise Mistyped("that may be larger than an int can be", node.place, "add up less")

    def value(each: Value) -> Expr:
        assert isinstance(each, Number)
        return each.value

    def compiled(view: View) -> Value:
        items = of.items(view)
        if name == "sum":
            return Number(values.summed(items, value), items.missing)
        empty = ~values.any_of(items, lambda _: TRUE)
        found = values.extreme(items, value, least=name == "min")
        return Number(found, items.missing | empty)

    return Typed(node, number(most), compiled)


def tested(node: Call, receiver: Typed, given: Typed) -> Typed:
    no_identity(receiver)
    if not isinstance(given.node, Literal) or not isinstance(given.node.value, str):
        hint = f"write {node.function}('…')"
        raise Mistyped("what is looked for has to be known before a run", given.node.start, hint)
    wanted, compare = given.node.value, _TESTS.get(node.function)
    if compare is None:
        compare = _regular(wanted, given.node.start)

    def compiled(view: View) -> Value:
        text = receiver.text(view)
        found = values.passes(view.cluster.builder, text, lambda each: compare(each, wanted))
        return Truth(found, text.missing)

    return Typed(node, BOOL, compiled)


def _regular(pattern: str, place: int) -> Callable[[str, str], bool]:
    """The test by a regular expression, in the syntax of RE2."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as wrong:
        said = str(wrong.args[0], "utf-8", "replace") if wrong.args else "wrong"
        hint = "see https://github.com/google/re2/wiki/Syntax"
        raise Mistyped(f"it is no regular expression: {said}", place, hint) from None
    return lambda text, _: compiled.search(text) is not None


def require_arguments(node: Call, given: Sequence[Typed], wanted: int) -> None:
    if len(given) != wanted:
        said = f"`{node.function}` wants {wanted or 'no'} argument{'s' * (wanted != 1)}"
        raise Mistyped(said, node.place, f"it is given {len(given)}")


def require_function(node: Call, receiver: Typed) -> None:
    """A function that what comes before its dot has, whatever it is given."""
    name, items = node.function, receiver.type.item is not None
    if name == "size" or (name in EXTREMES and items):
        return
    if name in TESTS and receiver.type == STRING:
        return
    hint = OF_LISTS.get(name, "") if items else ""
    said = f"{described(receiver.type)} has no function `{name}`"
    raise Mistyped(said, node.place, hint or known_functions(receiver))


def known_functions(receiver: Typed) -> str:
    if receiver.type.item is not None:
        return f"it has {', '.join((*MACROS, 'size', *EXTREMES))}"
    if receiver.type == STRING:
        return f"it has {', '.join(TESTS)}"
    return "ask for a field: leave out the brackets" if receiver.type.message else ""


def any_missing(found: Sequence[Value]) -> Expr:
    missing: Expr = FALSE
    for each in found:
        missing = missing | each.missing
    return missing
