"""The PriorityClasses among some objects."""

from __future__ import annotations

from collections.abc import Iterable

from model.api.priorityclass import SYSTEM, PriorityClass
from model.load.objects import Object
from model.load.tree import as_bool, as_int, as_text


def read_classes(objects: Iterable[Object]) -> dict[str, PriorityClass]:
    """The classes by name, and the system's."""
    found = {each.name: each for each in SYSTEM}
    for each in objects:
        if each.kind == "PriorityClass":
            tree = each.tree
            found[each.name] = PriorityClass(
                each.name,
                as_int(tree.at("value")) or 0,
                as_text(tree.at("preemptionPolicy")) != "Never",
                as_bool(tree.at("globalDefault")),
            )
    return found
