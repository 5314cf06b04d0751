"""Occasions: what has to come about for an invariant to say anything.

`all` says nothing of a list without items, an implication nothing while what it starts from is
false, and a count of what passes a filter little where nothing ever does. An occasion is an
expression like any other, made of the parts of one.
"""

from __future__ import annotations

from model.properties.invariants.syntax import (
    Call,
    Conditional,
    Literal,
    Name,
    Node,
    Operation,
    inside,
)

#: The place of an operation that nobody wrote.
_MADE = -1


def occasion(node: Node, *, never: bool = False) -> Node | None:
    """What has to come about for an expression to say anything: None where it always does. `never`:
    of what it says that it is never true."""
    return _refuted(node) if never else _claimed(node)


def _claimed(node: Node) -> Node | None:
    match node:
        case Call(function="all", receiver=Node() as items, arguments=(Name() as name, test)):
            return _there_is(node, items, name, _claimed(test))
        case Operation(operator="!", operands=(denied,)):
            return _refuted(denied)
        case Operation(operator="||", operands=operands):
            return _unless(node, operands)
        case Operation(operator="&&", operands=operands):
            found = [_claimed(each) for each in operands]
            return _any(node, [each for each in found if each]) if all(found) else None
        case Conditional(condition=condition, then=then, otherwise=Literal(value=True)):
            return _all(node, [condition, _claimed(then)])
        case Conditional(condition=condition, then=Literal(value=True), otherwise=otherwise):
            return _all(node, [_not(condition), _claimed(otherwise)])
    return _any(node, _filters(node))


def _refuted(node: Node) -> Node | None:
    """The same of what says that an expression is false."""
    match node:
        case Call(function="exists", receiver=Node() as items, arguments=(Name() as name, test)):
            return _there_is(node, items, name, _refuted(test))
        case Operation(operator="!", operands=(claimed,)):
            return _claimed(claimed)
        case Operation(operator="&&", operands=(*premises, _)):
            return _all(node, list(premises))
    return _any(node, _filters(node))


def _unless(node: Node, operands: tuple[Node, ...]) -> Node | None:
    """Of `!a || b`: a. What has no such premise says something in every state."""
    premises = [_positive(each) for each in operands]
    found = [each for each in premises if each is not None]
    if not found:
        inner = [_claimed(each) for each in operands]
        return _any(node, [each for each in inner if each]) if all(inner) else None
    rest = [each for each, premise in zip(operands, premises, strict=True) if premise is None]
    return _all(node, [*found, *(_claimed(each) for each in rest)])


def _positive(node: Node) -> Node | None:
    match node:
        case Operation(operator="!", operands=(denied,)):
            return denied
    return None


def _filters(node: Node) -> list[Node]:
    """That something passes, for each filter in an expression that is not about items of others."""
    match node:
        case Call(function="filter", receiver=Node() as items, arguments=(Name() as name, test)):
            return [_there_is(node, items, name, test)]
        case Call(function="all" | "exists" | "exists_one" | "map", receiver=Node() as items):
            return _filters(items)
    return [found for each in inside(node) for found in _filters(each)]


def _there_is(node: Node, items: Node, name: Name, test: Node | None) -> Node:
    passed = test or Literal(node.start, node.end, True)
    return Call(node.start, node.end, items, "exists", (name, passed), _MADE)


def _not(node: Node) -> Node:
    return Operation(node.start, node.end, "!", (node,), _MADE)


def _all(node: Node, found: list[Node | None]) -> Node | None:
    return _joined(node, "&&", [each for each in found if each is not None])


def _any(node: Node, found: list[Node]) -> Node | None:
    return _joined(node, "||", found)


def _joined(node: Node, operator: str, found: list[Node]) -> Node | None:
    if len(found) <= 1:
        return found[0] if found else None
    return Operation(node.start, node.end, operator, tuple(found), _MADE)


def told(node: Node, text: str) -> str:
    """An occasion in words, with the words of the expression that it is made from."""
    match node:
        case Call(function="exists", receiver=Node() as items, arguments=(_, Literal(value=True))):
            return f"there is something in `{_words(items, text)}`"
        case Call(function="exists", receiver=Node() as items, arguments=(Name() as name, test)):
            given = f"some {name.name} of `{_words(items, text)}`"
            return f"for {given}: {told(test, text)}"
        case Operation(operator="&&", operands=operands, place=-1):
            return " and ".join(told(each, text) for each in operands)
        case Operation(operator="||", operands=operands, place=-1):
            return " or ".join(told(each, text) for each in operands)
        case Operation(operator="!", operands=(denied,), place=-1):
            return f"not `{_words(denied, text)}`"
    return f"`{_words(node, text)}`"


def _words(node: Node, text: str) -> str:
    return " ".join(text[node.start : node.end].split())
