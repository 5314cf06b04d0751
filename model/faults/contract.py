"""What a kind of fault says of itself: the contract of the files beside this one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from model.ir.expr import Expr
from model.ir.types import IntType
from model.scenario import Faults, Scenario

if TYPE_CHECKING:
    from model.apiserver.objects import Cluster
    from model.field import Field


@dataclass(frozen=True)
class Fault:
    """A budget that a violation may or may not need: how much of it a scenario allows, and the
    scenario with another number.

    `one` and `many` say how many there are: "1 node crash", "2 node crashes"; "{n}" is the number.
    """

    field: str
    one: str
    many: str
    allowed: Callable[[Scenario], int]
    limit: Callable[[Scenario, int], Scenario]
    #: The kinds of workloads to which it makes a difference; empty: all.
    kinds: tuple[str, ...] = ()

    def says(self, number: int) -> str:
        """So many of them in words."""
        return (self.one if number == 1 else self.many).format(n=number)


@dataclass(frozen=True)
class Row:
    """A kind of fault."""

    #: Its fields of `spec.faults`: names, help, limits and defaults.
    fields: Mapping[str, Field]
    #: What of it a violation may need.
    faults: tuple[Fault, ...]
    #: Adds its steps to the system of a workload, none of them fair, if the scenario has a budget
    #: for them. None where another component has them.
    add: Callable[[Cluster], None] | None = None
    #: Whether it is one of etcd or of leader election, whose systems stand beside the workload's.
    beside: bool = False


def attribute(field: str) -> str:
    """The attribute of `Faults` that a field is: `nodeCrashes`, `node_crashes`."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda found: f"_{found[0].lower()}", field)


def given(faults: Faults, field: str) -> Any:
    """The value of a field, in a scenario in which `Row.fields` gives it a default."""
    name = attribute(field)
    return getattr(faults, name) if hasattr(faults, name) else faults.more.get(field, 0)


def with_values(faults: Faults, values: Mapping[str, Any]) -> Faults:
    """The same with other values of some fields."""
    typed: dict[str, Any] = {}
    for field, value in values.items():
        name = attribute(field)
        if hasattr(faults, name):
            kind = type(getattr(faults, name))
            typed[name] = kind(**value) if is_dataclass(kind) and isinstance(value, dict) else value
    more = {field: value for field, value in values.items() if attribute(field) not in typed}
    more = {field: value for field, value in {**faults.more, **more}.items() if value}
    return replace(faults, **typed, more=more)


def counted(field: str, one: str, many: str, kinds: tuple[str, ...] = ()) -> Fault:
    """The budget that a field with a number is; `kinds` as of `Fault`."""

    def limit(scenario: Scenario, number: int) -> Scenario:
        return replace(scenario, faults=with_values(scenario.faults, {field: number}))

    def allowed(scenario: Scenario) -> int:
        number: int = given(scenario.faults, field)
        return number

    return Fault(f"spec.faults.{field}", one, many, allowed, limit, kinds)


#: The kinds of the workloads that each controller is about.
ABOUT: Mapping[str, tuple[str, ...]] = {
    "deployment-controller": ("Deployment",),
    "replicaset-controller": ("Deployment", "ReplicaSet"),
    "replication-controller": ("ReplicationController",),
    "statefulset-controller": ("StatefulSet",),
    "daemonset-controller": ("DaemonSet",),
    "job-controller": ("Job", "CronJob"),
    "cronjob-controller": ("CronJob",),
}


def named(field: str, name: str, one: str, many: str) -> Fault:
    """The budget that one name of a field with a mapping from components to numbers has."""

    def limit(scenario: Scenario, number: int) -> Scenario:
        values = {**given(scenario.faults, field), name: number}
        values = {each: most for each, most in values.items() if most}
        return replace(scenario, faults=with_values(scenario.faults, {field: values}))

    def allowed(scenario: Scenario) -> int:
        number: int = given(scenario.faults, field).get(name, 0)
        return number

    kinds = ABOUT.get(name.partition(".")[0], ())
    return Fault(f"spec.faults.{field}.{name}", one, many, allowed, limit, kinds)


def budget(cluster: Cluster, name: str, number: int, *, disturbs: bool = True) -> Expr:
    """How often a fault may still happen, as a new state function. Once one that disturbs has
    happened, promises that hold without involuntary faults are off."""
    left = cluster.builder.function(name, (), IntType(0, number), number)
    if disturbs:
        cluster.disturbed = cluster.disturbed | (left() < number)
    return left()
