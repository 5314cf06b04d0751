"""The modelled state as objects of Kubernetes: what expressions can be about.

May enter: which fields there are, and what each is in the state functions of a cluster. May not
enter: the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from model.properties.invariants.objects import jobs, nodes, pods, workloads
from model.properties.invariants.objects.cluster import CLUSTER, ROOT
from model.properties.invariants.types import Field, Function, Message

#: Every message by its name.
MESSAGES: Mapping[str, Message] = {
    CLUSTER: ROOT,
    **pods.MESSAGES,
    **nodes.MESSAGES,
    **workloads.MESSAGES,
    **jobs.MESSAGES,
}


class Row(NamedTuple):
    """Something that an expression can read."""

    #: Such as `pods[*].spec.nodeName`: `[*]` is for any item of a list.
    path: str
    type: str
    help: str
    optional: bool
    #: Whether Kubernetes has no such field.
    ours: bool
    #: Fields of Kubernetes that the model leaves out of it, and why.
    left_out: dict[str, str]


def rows() -> Iterator[Row]:
    """Everything that an expression can read."""
    yield from _below("", ROOT)


def _below(prefix: str, message: Message) -> Iterator[Row]:
    found: list[tuple[str, Field | Function]] = list(message.fields.items())
    found += [(f"{name}('…')", each) for name, each in message.functions.items()]
    for name, each in found:
        item = each.type.item or each.type
        inner = MESSAGES.get(item.message)
        optional = isinstance(each, Field) and each.optional
        ours = isinstance(each, Field) and each.ours
        type = "object" if inner and each.type.item is None else str(each.type)
        left = dict(inner.left_out) if inner else {}
        left |= {**each.type.never, **each.type.hidden}
        yield Row(f"{prefix}{name}", type, each.help, optional, ours, left)
        if inner is not None:
            yield from _below(f"{prefix}{name}{'[*]' if each.type.item else ''}.", inner)
