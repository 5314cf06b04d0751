"""The modelled state as objects of Kubernetes: what expressions can be about.

May enter: which fields there are, and what each is in the state functions of a cluster. May not
enter: the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model.properties.invariants.objects import nodes, pods, workloads
from model.properties.invariants.objects.cluster import CLUSTER, ROOT
from model.properties.invariants.types import Field, Function, Message

#: Every message by its name.
MESSAGES: Mapping[str, Message] = {
    CLUSTER: ROOT,
    **pods.MESSAGES,
    **nodes.MESSAGES,
    **workloads.MESSAGES,
}


def schema() -> Iterator[tuple[str, Field | Function]]:
    """Every path that an expression can read, with what is there: `pods[*].spec.nodeName`."""
    yield from _below("", ROOT)


def _below(prefix: str, message: Message) -> Iterator[tuple[str, Field | Function]]:
    found: list[tuple[str, Field | Function]] = list(message.fields.items())
    found += [(f"{name}('…')", each) for name, each in message.functions.items()]
    for name, each in found:
        path = f"{prefix}{name}"
        inner, item = each.type.message, each.type.item
        yield path, each
        if item is not None and item.message:
            yield from _below(f"{path}[*].", MESSAGES[item.message])
        elif inner:
            yield from _below(f"{path}.", MESSAGES[inner])
