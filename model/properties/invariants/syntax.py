"""Expressions of the Common Expression Language as trees whose nodes know their place.

The grammar is cel-python's (`model.properties.invariants.grammar`). Of what it makes of a text, a
tree with a level for each precedence, only the operations are kept; what the language has by name
only (macros, `has`) is looked for elsewhere (`model.properties.invariants.checking`).

Source: the language's definition, https://github.com/google/cel-spec/blob/master/doc/langdef.md
(Syntax, String and bytes values), and cel-python 0.5 `celpy/cel.lark`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.properties.invariants.grammar import parser

if TYPE_CHECKING:
    from lark import Token, Tree
    from lark.exceptions import UnexpectedInput

#: Letters of an expression, and levels of brackets and operators in one, that are read.
MOST_LETTERS, MOST_LEVELS = 10_000, 50

#: Letters of a number.
_DIGITS = 20

RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
        "in",
    ]
)
#: The grammar has them as names as well.
_TRUTHS = ("true", "false")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.?))",
    re.DOTALL,
)
_OPERATORS = {
    "or": "||",
    "and": "&&",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "in": "in",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "mod": "%",
}


class Mistake(Exception):
    """What is wrong in an expression, from which letter on (from 0), and what to write instead."""

    #: See `model.load.diagnostics`: of a text that is no expression.
    code = "P320"

    def __init__(self, message: str, place: int, hint: str = "") -> None:
        super().__init__(message, place, hint)
        self.message, self.place, self.hint = message, place, hint


@dataclass(frozen=True)
class Node:
    """A part of an expression: from which letter on (from 0) it goes, and up to which."""

    start: int
    end: int


@dataclass(frozen=True)
class Literal(Node):
    """A number, a text, or a truth value."""

    value: bool | int | str


@dataclass(frozen=True)
class Name(Node):
    name: str


@dataclass(frozen=True)
class Select(Node):
    """`operand.field`; `place` is that of the field."""

    operand: Node
    field: str
    place: int


@dataclass(frozen=True)
class Index(Node):
    """`operand[index]`."""

    operand: Node
    index: Node


@dataclass(frozen=True)
class Call(Node):
    """`function(arguments)`, or with a receiver `receiver.function(arguments)`."""

    receiver: Node | None
    function: str
    arguments: tuple[Node, ...]
    place: int


@dataclass(frozen=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Operation(Node):
    """An operator between two operands, or before one (`!`, `-`); `&&` and `||` may have more."""

    operator: str
    operands: tuple[Node, ...]
    place: int


@dataclass(frozen=True)
class Conditional(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


def parse(text: str) -> Node:
    """The tree of an expression. Raises Mistake."""
    if len(text) > MOST_LETTERS:
        raise Mistake(f"an expression has at most {MOST_LETTERS:,} letters", 0, "say it in parts")
    if not text.strip():
        raise Mistake("there is no expression", 0, "write one, such as pods.size() <= 3")
    from lark.exceptions import UnexpectedInput

    try:
        tree = parser().parse(text)
    except UnexpectedInput as wrong:
        raise _unreadable(text, wrong) from None
    try:
        found = _Reader(text).node(tree)
    except RecursionError:
        raise _too_deep(0) from None
    level: Sequence[Node] = (found,)
    for _ in range(MOST_LEVELS):
        level = [inner for each in level for inner in inside(each)]
    if level:
        raise _too_deep(level[0].start)
    return found


def _too_deep(place: int) -> Mistake:
    return Mistake(f"an expression has at most {MOST_LEVELS} levels", place, "say it in parts")


def _unreadable(text: str, wrong: UnexpectedInput) -> Mistake:
    """What to say of a text that the grammar does not have."""
    token = getattr(wrong, "token", None)
    if token is not None and token.type == "$END":
        return Mistake("the expression ends too early", len(text.rstrip()), "finish it")
    place = wrong.pos_in_stream or 0
    rest = text[place:]
    found = re.match(r"\w+|==|=|[^\w\s]", rest)
    shown = found[0] if found else rest[:1]
    if rest.startswith("=>"):
        hint = "a macro names its variable first: pods.filter(p, p.status.ready)"
        return Mistake("`=>` is no operator", place, hint)
    if shown == "=":
        return Mistake("`=` is no operator", place, "write `==` to compare")
    if shown in ("'", '"'):
        return Mistake("the text that begins here does not end", place, f"end it with {shown}")
    if shown in ("&", "|"):
        return Mistake(f"`{shown}` is no operator", place, f"write `{shown * 2}`")
    if shown == "?" and text[:place].endswith((".", "[")):
        return Mistake("optional fields with `?` are not read", place, "write has(a.b) ? a.b : c")
    if shown in ("and", "or", "not"):
        word = {"and": "&&", "or": "||", "not": "!"}[shown]
        return Mistake(f"`{shown}` is no operator", place, f"write `{word}`")
    return Mistake(f"`{shown}` cannot stand here", place, "see docs/invariants.md for the syntax")


class _Reader:
    """Reads the parser's tree of a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def node(self, tree: Tree[Token]) -> Node:
        while len(tree.children) == 1 and tree.data in _LEVELS and _is_tree(tree.children[0]):
            tree = _tree(tree.children[0])
        start, end = tree.meta.start_pos, tree.meta.end_pos
        parts = tree.children
        match str(tree.data):
            case "expr":
                condition, then, otherwise = (self.node(_tree(part)) for part in parts)
                return Conditional(start, end, condition, then, otherwise)
            case "conditionalor" | "conditionaland":
                return self._chain(tree)
            case "relation" | "addition" | "multiplication":
                operation = _tree(parts[0])
                operator = _OPERATORS[str(operation.data).rpartition("_")[2]]
                left = self.node(_tree(operation.children[0]))
                return self._between(operator, left, self.node(_tree(parts[1])))
            case "unary":
                operator = "!" if _tree(parts[0]).data == "unary_not" else "-"
                operand = self.node(_tree(parts[1]))
                place = operand.start
                while self.text[place] != operator:
                    place -= 1
                return Operation(place, operand.end, operator, (operand,), place)
            case "member_dot":
                operand, field = self.node(_tree(parts[0])), _token(parts[1])
                return Select(start, end, operand, str(field), _start(field))
            case "member_dot_arg":
                operand, name = self.node(_tree(parts[0])), _token(parts[1])
                given = self._all(parts[2:])
                return Call(start, end, operand, str(name), given, _start(name))
            case "ident_arg":
                name = _token(parts[0])
                return Call(start, end, None, str(name), self._all(parts[1:]), start)
            case "member_index":
                operand, index = (self.node(_tree(part)) for part in parts)
                return Index(start, end, operand, index)
            case "paren_expr":
                return self.node(_tree(parts[0]))
            case "list_lit":
                return ListOf(start, end, self._all(parts))
            case "ident":
                if str(parts[0]) in _TRUTHS:
                    return Literal(start, end, str(parts[0]) == "true")
                if str(parts[0]) in RESERVED:
                    raise Mistake(f"`{parts[0]}` is a word of the language", start)
                return Name(start, end, str(parts[0]))
            case "literal":
                return Literal(start, end, self._value(_token(parts[0])))
        said, hint = _UNREAD.get(str(tree.data), ("this cannot stand here", ""))
        raise Mistake(said, start, hint)

    def _chain(self, tree: Tree[Token]) -> Operation:
        """`a && b && c` as one operation, or the same with `||`: such lists may be long."""
        kind, found = tree.data, []
        while tree.data == kind and len(tree.children) == 2:
            found.append(self.node(_tree(tree.children[1])))
            tree = _tree(tree.children[0])
        operands = (self.node(tree), *reversed(found))
        operator = _OPERATORS[str(kind).removeprefix("conditional")]
        place = max(self.text.find(operator, operands[0].end), operands[0].start)
        return Operation(operands[0].start, operands[-1].end, operator, operands, place)

    def _between(self, operator: str, left: Node, right: Node) -> Operation:
        place = self.text.find(operator, left.end, right.start)
        return Operation(left.start, right.end, operator, (left, right), max(place, left.start))

    def _all(self, parts: list[Any]) -> tuple[Node, ...]:
        return tuple(self.node(_tree(each)) for part in parts for each in _tree(part).children)

    def _value(self, token: Token) -> bool | int | str:
        place, text = _start(token), str(token)
        match token.type:
            case "BOOL_LIT":
                return text == "true"
            case "INT_LIT":
                if len(text) > _DIGITS:
                    hint = "there is no field that comes near it"
                    raise Mistake("that is no number of 64 bits", place, hint)
                return int(text, 16 if "0x" in text else 10)
            case "STRING_LIT" | "MLSTRING_LIT":
                return _string(text, place)
            case "UINT_LIT":
                hint = f"write {text[:-1]}"
                raise Mistake("numbers of the modelled state are of type int", place, hint)
            case "FLOAT_LIT":
                hint = "multiply both sides until they are whole, or write a whole number"
                raise Mistake("numbers of the modelled state are of type int", place, hint)
            case "NULL_LIT":
                raise Mistake("no field of the modelled state is null", place, "use has(a.b)")
        raise Mistake("no field of the modelled state has bytes", place, "leave out the b")


_LEVELS = frozenset(
    [
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
    ]
)
_UNREAD = {
    "map_lit": ("maps cannot be written", "compare the entries one by one: m['key'] == 'value'"),
    "member_object": ("objects cannot be written", "compare the fields one by one"),
    "dot_ident": ("a name does not begin with a dot", "leave out the dot"),
    "dot_ident_arg": ("a name does not begin with a dot", "leave out the dot"),
}


def _is_tree(part: object) -> bool:
    return hasattr(part, "children")


def _tree(part: Any) -> Tree[Token]:
    found: Tree[Token] = part
    return found


def _token(part: Any) -> Token:
    found: Token = part
    return found


def _start(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _string(text: str, place: int) -> str:
    """The text that a literal stands for."""
    raw = text[0] in "rR"
    body = text[1:] if raw else text
    quotes = 3 if body[:3] in ("'''", '"""') and len(body) >= 6 else 1
    inside = body[quotes:-quotes]
    if raw:
        return inside
    start = place + quotes

    def stands_for(found: re.Match[str]) -> str:
        *codes, octal, other = found.groups()
        code = next((each for each in codes if each), None)
        number = int(octal, 8) if octal else int(code, 16) if code else None
        if number is not None and number <= 0x10FFFF and not 0xD800 <= number < 0xE000:
            return chr(number)
        if number is None and other in _ESCAPES:
            return _ESCAPES[other]
        if number is None and other and other in "\\?\"'`":
            return other
        hint = "write two backslashes for one, or r'…' for a text without escapes"
        raise Mistake(f"`{found[0]}` is no escape", start + found.start(), hint)

    return _ESCAPED.sub(stands_for, inside)


def inside(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    match node:
        case Select(operand=operand):
            return (operand,)
        case Index(operand=operand, index=index):
            return (operand, index)
        case Call(receiver=receiver, arguments=arguments):
            return arguments if receiver is None else (receiver, *arguments)
        case ListOf(items=items):
            return items
        case Operation(operands=operands):
            return operands
        case Conditional():
            return (node.condition, node.then, node.otherwise)
    return ()


def parts(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for each in inside(node):
        yield from parts(each)
