"""Fields of objects and entries of maps, in expressions."""

from __future__ import annotations

from dataclasses import replace

from model.properties.invariants.objects import MESSAGES
from model.properties.invariants.syntax import (
    Node,
    Select,
)
from model.properties.invariants.typed import (
    Compile,
    Mistyped,
    NoField,
    Typed,
    Unknown,
    View,
    described,
    nearest,
)
from model.properties.invariants.types import (
    BOOL,
    PRESENCE,
    STRING,
    Field,
    Message,
)
from model.properties.invariants.values import (
    Entries,
    Thing,
    Truth,
    Value,
    moved,
)


def field_value(node: Node, found: Field, of: Compile) -> Typed:
    if found.type == PRESENCE:
        raise Mistyped("the model keeps no times", node.start, "ask whether it is there: has(…)")

    def compiled(view: View) -> Value:
        at = of(view)
        assert isinstance(at, Thing)
        value = moved(found.read(view.cluster, at.of), at.moment)
        return replace(value, missing=value.missing | at.missing)

    return Typed(node, found.type, compiled)


def the_field(operand: Typed, node: Select) -> Field:
    """The field that is meant. Raises Mistake: of what Kubernetes has and the model leaves out it
    says exactly that."""
    message = MESSAGES.get(operand.type.message)
    name = node.field
    if message is None:
        hint = "ask for the field of an item: exists(p, p.…)" if operand.type.item else ""
        raise Mistyped(f"{described(operand.type)} has no fields", node.place, hint)
    if name in message.fields:
        return message.fields[name]
    known = f"it has {', '.join(message.fields)}"
    near = nearest(name, message.fields) or _home(operand.type.message, name) or known
    left = message.left_out.get(name) or known
    raise NoField(message, name, node.place, near, left)


def _home(prefix: str, name: str) -> str:
    """A hint for a field that is in a part of the object."""
    for part in ("metadata", "spec", "status"):
        if name in MESSAGES.get(f"{prefix}.{part}", Message("")).fields:
            return f"write {part}.{name}"
    return ""


def entry(node: Node, operand: Typed, key: str, place: int) -> Typed:
    require_shown(operand, key, place)

    def compiled(view: View) -> Value:
        found = operand.compile(view)
        assert isinstance(found, Entries)
        _, text = found.entry(key)
        return replace(text, missing=text.missing | found.missing)

    return Typed(node, STRING, compiled)


def holds_key(node: Node, operand: Typed, key: str) -> Typed:
    def compiled(view: View) -> Value:
        found = operand.compile(view)
        assert isinstance(found, Entries)
        there, _ = found.entry(key)
        return Truth(there, found.missing)

    return Typed(node, BOOL, compiled)


def require_shown(operand: Typed, key: str, place: int) -> None:
    if key in operand.type.hidden:
        raise Unknown(f"the model leaves out `{key}`", place, operand.type.hidden[key])
