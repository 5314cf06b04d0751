"""PriorityClasses, and the one that a pod is of.

Source: kubernetes v1.36.2 `plugin/pkg/admission/priority/admission.go`,
`pkg/apis/scheduling/v1/helpers.go` (SystemPriorityClasses).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model.api.priorityclass import PriorityClass
from model.load.objects import Object
from model.load.tree import as_bool, as_int, as_text

_NONE = PriorityClass("", 0)
#: Those that every cluster has.
_SYSTEM = (
    PriorityClass("system-node-critical", 2_000_001_000),
    PriorityClass("system-cluster-critical", 2_000_000_000),
)


def read_classes(objects: Iterable[Object]) -> dict[str, PriorityClass]:
    """The classes among some objects by name, and the system's."""
    found = {each.name: each for each in _SYSTEM}
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


def class_of(name: str, classes: Mapping[str, PriorityClass]) -> PriorityClass | None:
    """The class of a pod that names one, or none; None if it is not known. Of several defaults the
    lowest counts."""
    if name:
        return classes.get(name)
    defaults = (each for each in classes.values() if each.default)
    return min(defaults, key=lambda each: each.value, default=_NONE)
