"""What a system looks like in each state of a run, as boxes that any page can draw.

A box is one object that the labels of the state functions speak of: "Node/node-1" with its pods,
"etcd/etcd-1" with its role. Nothing here knows a component: labels say which objects there are,
and only a few functions (`phase`, `node`, `owner`, `exists`, `registered`) are known by name.

Omits: what has no label, which is bookkeeping; partitions between single members, which the models
of etcd keep as messages that may be lost; only a member that is cut off from all is marked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from counterexamples.render.paint import safe
from model.ir.label import Label
from model.ir.system import State, StateFunction, System
from model.ir.types import NONE, BoolType, ElementType

_PODS = ("phase", "node", "owner")
_TITLES = {"Node": "Nodes and their pods", "ReplicaSet": "ReplicaSets", "etcd": "etcd members"}
#: Values that are told by a word at the name of a box: function name and value to word and tone.
_WORDS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("role", "Leader"): ("♛ Leader", "leads"),
    ("role", "Candidate"): ("Candidate", ""),
    ("role", "Follower"): ("Follower", ""),
    ("leads", "true"): ("♛ Leader", "leads"),
    ("leads", "false"): ("", ""),
    ("up", "false"): ("✗ down", "bad"),
    ("up", "true"): ("", ""),
    ("cutOff", "true"): ("✂ cut off", "cut"),
    ("cutOff", "false"): ("", ""),
    ("paused", "true"): ("‖ paused", "bad"),
    ("paused", "false"): ("", ""),
    ("health", "Up"): ("Up", ""),
    ("health", "Crashed"): ("✗ Crashed", "bad"),
    ("health", "Unreachable"): ("✂ Unreachable", "cut"),
    ("unschedulable", "true"): ("cordoned", ""),
    ("unschedulable", "false"): ("", ""),
    ("tainted", "none"): ("", ""),
}

Box = dict[str, Any]
#: Cells of a function by their arguments.
_Values = dict[str, dict[tuple[int, ...], int]]


class Scenes(NamedTuple):
    """Each different box once, and which of them each state shows, in the order to draw them.

    A box has `group` (a title), `name`, `words`, `tones`, `lines` and `pods`; a pod has `name`,
    `phase`, `owner` and `revision` (a number that stands for the owner).
    """

    boxes: list[Box]
    states: list[list[int]]


def scenes(system: System, states: Sequence[State]) -> Scenes:
    """The boxes of some states of a system. All texts in them are safe to show."""
    boxes: list[Box] = []
    known: dict[str, int] = {}
    shown = []
    for state in states:
        row = []
        for box in _boxes(system, state):
            key = json.dumps(box, sort_keys=True)
            if key not in known:
                known[key] = len(boxes)
                boxes.append(box)
            row.append(known[key])
        shown.append(row)
    return Scenes(boxes, shown)


def _boxes(system: System, state: State) -> list[Box]:
    values: _Values = {}
    for (function, arguments), value in zip(system.cells, state, strict=True):
        values.setdefault(function.name, {})[arguments] = value
    found: dict[str, Box] = {}
    places = _nodes(system, values, found)
    for function in system.functions:
        label = function.label
        is_pod = function.name in _PODS and function.domain and function.domain[0].name == "Pod"
        if is_pod or label is None:
            continue
        for arguments, value in values[function.name].items():
            names = _names(function, arguments)
            # A sentence is of no object, and is worth a box once it is true.
            if not label.object:
                if value:
                    _box(found, "Noted", label.about(*names).field)["tones"] = ["bad"]
                continue
            if _hidden(function, arguments, values):
                continue
            kind, name, field = _parts(label, names)
            box = _box(found, kind, name)
            # Flags, and what is indexed, are empty most of the time, and then not worth a line.
            indexed = len(function.domain) > int("{0}" in _owner(label))
            optional = indexed or isinstance(function.type, BoolType)
            nothing = NONE if isinstance(function.type, ElementType) else 0
            empty = optional and value == nothing
            _tell(box, function, field, value, empty)
    _pods(system, values, found, places)
    order = list(dict.fromkeys(box["group"] for box in found.values()))
    return sorted(found.values(), key=lambda box: order.index(box["group"]))


def _names(function: StateFunction, arguments: tuple[int, ...]) -> list[str]:
    return [sort.elements[a] for sort, a in zip(function.domain, arguments, strict=True)]


def _owner(label: Label) -> str:
    """The object that has a box: what is indexed, as `store[{0}]`, is of one that has them all."""
    return label.object.partition("[")[0]


def _parts(label: Label, names: Sequence[str]) -> tuple[str, str, str]:
    """Group, name of the object, and field of a cell."""
    owner = _owner(label)
    field = str(label)[len(owner) :].removeprefix(".")
    kind, slash, rest = owner.partition("/")
    if "{0}" not in owner:
        group, name = (kind, rest) if slash else ("Also", owner)
    else:
        group, name = (kind, names[0]) if slash else ("Candidates", names[0])
    return _TITLES.get(group, group), name, field.format(*names)


def _hidden(function: StateFunction, arguments: tuple[int, ...], values: _Values) -> bool:
    """Whether a cell is of an object that there is not."""
    first = function.domain[0].name if function.domain else ""
    presence = {"Node": "registered", "ReplicaSet": "exists"}.get(first)
    return presence is not None and values.get(presence, {}).get(arguments[:1]) == 0


def _box(found: dict[str, Box], group: str, name: str) -> Box:
    key = f"{group}\0{name}"
    if key not in found:
        found[key] = {
            "group": group,
            "name": safe(name),
            "words": [],
            "tones": [],
            "lines": [],
            "pods": [],
        }
    return found[key]


def _tell(box: Box, function: StateFunction, field: str, value: int, empty: bool) -> None:
    shown = function.type.show(value)
    if (function.name, shown) in _WORDS:
        word, tone = _WORDS[function.name, shown]
        box["words"] += [word] if word else []
        box["tones"] += [tone] if tone else []
    elif not empty:
        flag = isinstance(function.type, BoolType) and value
        box["lines"].append(safe(field if flag else f"{field}: {shown}"))


def _nodes(system: System, values: _Values, found: dict[str, Box]) -> dict[int, Box]:
    """Boxes for all nodes that pods can be on, by index."""
    for function in system.functions:
        if function.name == "node" and isinstance(function.type, ElementType):
            there = values.get("registered", {})
            return {
                i: _box(found, _TITLES["Node"], name)
                for i, name in enumerate(function.type.sort.elements)
                if there.get((i,), 1)
            }
    return {}


def _pods(system: System, values: _Values, found: dict[str, Box], places: dict[int, Box]) -> None:
    """Put every pod there is into the box of its node, or into one for those without a node."""
    types = {f.name: f for f in system.functions if f.domain and f.domain[0].name == "Pod"}
    phase, owner = types.get("phase"), types.get("owner")
    if phase is None:
        return
    for (pod,), value in values["phase"].items():
        stage = phase.type.show(value)
        if stage.lower() == "absent":
            continue
        place = places.get(values.get("node", {}).get((pod,), NONE))
        title = _TITLES["Node"]
        box = _box(found, title, "on no node") if place is None else place
        number = 0 if owner is None else values["owner"][pod,]
        box["pods"].append(
            {
                "name": safe(phase.domain[0].elements[pod]),
                "phase": stage,
                "owner": "" if owner is None else safe(owner.type.show(number)),
                "revision": number,
            }
        )
