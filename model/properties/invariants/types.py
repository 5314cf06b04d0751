"""The types of expressions, and what the schema says of objects: messages with fields.

A field says what it is, in a line of help, and how it is read of the modelled state. A message may
be a type of Kubernetes: then `model.load.fields` knows which fields it has beyond these, and the
model leaves those out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from model.apiserver.objects import Cluster
from model.properties.invariants.values import Value


@dataclass(frozen=True)
class Type:
    """The name of a type; of a list that of its items, of an object the message that it is.

    Two are the same if their names, items and messages are: the rest is known beside that.
    """

    name: str
    item: Type | None = None
    message: str = ""
    #: Of a number: it is never further from 0 than this.
    most: int = field(default=0, compare=False)
    #: Of a text that names an object and that nobody knows before a run: of what kind.
    identity: str = field(default="", compare=False)
    #: Of a text: all that it can be; None where that depends on the manifests.
    among: tuple[str, ...] | None = field(default=None, compare=False)
    #: Whether that is said of a field: then a comparison with any other text is a slip.
    closed: bool = field(default=False, compare=False)
    #: What it can be in Kubernetes, and never is in the model, and why.
    never: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: Of a map: the keys that the model leaves out, and why.
    hidden: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        if self.item is not None:
            return f"list({self.item})"
        return self.message or self.name


#: A number of the modelled state is never larger.
MOST = 10**6

BOOL, STRING = Type("bool"), Type("string")
INT = Type("int", most=MOST)
MAP = Type("map(string, string)")
#: Something that is there or not, and of which no more is known.
PRESENCE = Type("timestamp")


def one_of(*texts: str, never: Mapping[str, str] = {}) -> Type:
    """A text of a field that is one of these."""
    return Type("string", among=texts, closed=True, never=never)


def number(most: int) -> Type:
    """A number that is never further from 0."""
    return Type("int", most=most)


def list_of(item: Type) -> Type:
    return Type("list", item)


def an(message: str) -> Type:
    """An object."""
    return Type("object", message=message)


@dataclass(frozen=True)
class Field:
    """A field of a message."""

    type: Type
    #: One line of help.
    help: str
    #: Its value, of whatever the message is read of (`Thing.of`).
    read: Callable[[Cluster, object], Value]
    #: Whether it may be absent, which `has` tells.
    optional: bool = False
    #: Whether Kubernetes has no such field.
    ours: bool = False


@dataclass(frozen=True)
class Function:
    """What gives the object of a name."""

    #: The kind of the object.
    kind: str
    type: Type
    help: str


@dataclass(frozen=True)
class Message:
    """What an object, or a part of one, consists of."""

    #: "a Pod".
    title: str
    #: The type of Kubernetes that it is; empty for what is none.
    kubernetes: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    #: Of fields of Kubernetes that the model leaves out: why, or what to write instead.
    left_out: Mapping[str, str] = field(default_factory=dict)
