"""Parts of expressions with their types and what compiles them, and what is said of wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from model.apiserver.objects import Cluster
from model.properties.invariants.syntax import (
    Mistake,
    Node,
)
from model.properties.invariants.types import (
    BOOL,
    INT,
    STRING,
    Message,
    Type,
)
from model.properties.invariants.values import (
    Few,
    Number,
    Some,
    Text,
    Truth,
    Value,
)


class Mistyped(Mistake):
    """Of an expression that means nothing here."""

    code = "P322"


class Unknown(Mistake):
    """Of a name that nothing has."""

    code = "P321"


class NoField(Unknown):
    """A field that an object does not have in the model: whether it has it in Kubernetes, the type
    of that name knows. `left`: what to write instead if so."""

    def __init__(self, message: Message, field: str, place: int, hint: str, left: str) -> None:
        super().__init__(f"{message.title} has no field `{field}`", place, hint)
        self.title, self.kubernetes, self.field = message.title, message.kubernetes, field
        self.left = left

    def left_out(self) -> Mistake:
        """What to say where Kubernetes has it."""
        said = f"the model leaves out `{self.field}` of {self.title}, which Kubernetes has"
        return Unknown(said, self.place, self.left)


@dataclass(frozen=True)
class View:
    """Where an expression is compiled: the cluster, what variables stand for, and in which states
    `object` and `oldObject` are read (None where there are no such)."""

    cluster: Cluster
    variables: Mapping[str, Value] = field(default_factory=dict)

    def where(self, name: str, value: Value) -> View:
        return replace(self, variables={**self.variables, name: value})


Compile = Callable[[View], Value]


@dataclass(frozen=True)
class Typed:
    """A part of an expression with its type, and how it is compiled."""

    node: Node
    type: Type
    compile: Compile

    def truth(self, view: View) -> Truth:
        found = self.compile(view)
        assert isinstance(found, Truth)
        return found

    def number(self, view: View) -> Number:
        found = self.compile(view)
        assert isinstance(found, Number)
        return found

    def text(self, view: View) -> Text:
        found = self.compile(view)
        assert isinstance(found, Text)
        return found

    def items(self, view: View) -> Some | Few:
        found = self.compile(view)
        assert isinstance(found, Some | Few)
        return found


def no_identity(*found: Typed) -> None:
    for each in found:
        if each.type.identity:
            hint = "compare names with == and != only"
            said = f"the names of {each.type.identity}s are not known before a run"
            raise Mistyped(said, each.node.start, hint)


def described(type: Type) -> str:
    """A value of a type, in words."""
    return f"{'an' if str(type)[0] in 'aeio' else 'a'} {type}"


def require(found: Typed, wanted: Type, rule: str) -> None:
    if found.type != wanted:
        said = f"{rule}: this is {described(found.type)}, not {described(wanted)}"
        raise Mistyped(said, found.node.start, instead(found.type, wanted))


def instead(found: Type, wanted: Type) -> str:
    """A hint for a value of one type where another is wanted."""
    if found.item is not None and wanted == INT:
        return "ask for its size(): pods.size()"
    if found.item is not None and wanted == BOOL:
        return "ask with exists(p, …) or all(p, …), or compare its size()"
    if found == INT and wanted == BOOL:
        return "compare it: … >= 1"
    if found == STRING and wanted == BOOL:
        return "compare it: … == '…'"
    if (found.name, wanted.name) == ("string", "int"):
        return "texts have quotes, numbers have none"
    if wanted == STRING and found in (INT, BOOL):
        return "write string(…)"
    if found.message:
        return "ask for one of its fields"
    return ""


def nearest(name: str, known: Sequence[str] | Mapping[str, object], quote: str = "`") -> str:
    lowered = {each.lower(): each for each in sorted(known)}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f"did you mean {quote}{lowered[close[0]]}{quote}?" if close else ""
