"""What the command line checks at a time: a system, and how to speak of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from model.api.source import Fields
from model.configurations import STANDS_FOR
from model.ir.system import State, System
from model.ir.types import Plain
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.plugins.attempt import Attempt
    from model.plugins.placing import Judged

#: Whether a property is asked for, by its name.
Wanted = Callable[[str], bool]


class Remark(NamedTuple):
    """A sentence about a state, and the fields that are to blame (patterns, see `written`)."""

    text: str
    fields: tuple[str, ...]


#: What there is to say of a state that ends a violation of a property, by the property's name.
Remarks = Callable[[State, str], tuple[Remark, ...]]


class Belief(NamedTuple):
    """What somebody takes for true in a state, next to what is true, where these differ.

    The label is that of a trace ("ReplicaSet/web-rev1.spec.replicas") or says in words what is
    believed of what ("active pods of web-rev1").
    """

    actor: str
    label: str
    believed: Plain
    actual: Plain


#: The beliefs of an actor, by a step's name for it; of a system of several members, also by a
#: member's. Empty where it is right in everything.
Beliefs = Callable[[State, str], tuple[Belief, ...]]


@dataclass(frozen=True)
class Instance:
    """One system of a scenario and what reports need to speak of it."""

    scenario: Scenario
    system: System
    #: What the properties are about: "Deployment/default/web" or "ControlPlane/etcd".
    subject: str
    #: Property name to the fields that matter to it, most telling first (patterns as well).
    concerns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: What the last state of a violation says beyond its values, most telling first: how it breaks
    #: the property; for a pod that no node admits, why each node refuses.
    remarks: Remarks = lambda _state, _property: ()
    #: What an actor believes in a state that is not so.
    beliefs: Beliefs = lambda _state, _actor: ()
    #: The configuration of a state, where the scenario leaves something open: its values by name.
    configuration: Callable[[State], Mapping[str, int | str]] = lambda _: {}
    #: Where the pods are in the first state of a run, if that matters and may differ; else nothing.
    placement: Callable[[State], str] = lambda _: ""
    #: A closed instance with a family that has every configuration among its members and more runs
    #: than this one; None if there is none, or nothing is open.
    member: Callable[[], Instance | None] = lambda: None
    #: The same with quick steps prompt, for where this one has too many runs; None where it is
    #: settled whether they are.
    hurried: Callable[[], Instance] | None = None
    #: Smaller instances of the same shape, smallest first, each with the sizes that it covers.
    smaller: Callable[[], Iterator[tuple[Instance, str]]] = lambda: iter(())
    #: Where all of the scenario is too large to be written down: the smaller instance that the
    #: system and its verdicts are of, and the sizes that it covers.
    stand_in: tuple[Instance, str] | None = None
    #: What kube-scheduler says of a pod of a state that no node takes; None where it says nothing.
    attempt: Callable[[State], Attempt | None] = lambda _: None
    #: What the scores say of a pod that is bound to a node in a state; None where they say nothing.
    judged: Callable[[State, str, str], Judged | None] = lambda _state, _pod, _node: None

    def alike(self, scenario: Scenario, subject: str) -> Instance:
        """The instance of another scenario with the same system but for names: good for verdicts
        without traces, which are what names occur in."""
        formed = replace(scenario, prompt=self.scenario.prompt)
        return replace(self, scenario=formed, subject=subject)

    @property
    def fields(self) -> Fields:
        """Places of every field of the Check document, of the workload and its template, and of
        the budgets that guard it, the quotas that it may run out of and the Services beside it:
        those begin with "PodDisruptionBudget/NAME.", "ResourceQuota/NAME." and "Service/NAME."."""
        workload = self.scenario.workload
        guards = {
            f"PodDisruptionBudget/{budget.name}.{path}": place
            for budget in self.scenario.budgets
            for path, place in budget.fields.items()
        }
        limits = {
            f"ResourceQuota/{quota.name}.{path}": place
            for quota in self.scenario.quotas
            for path, place in quota.fields.items()
        }
        services = {
            f"Service/{service.name}.{path}": place
            for service in self.scenario.services
            for path, place in service.fields.items()
        }
        own = {**workload.fields, **workload.template.fields}
        return {**self.scenario.fields, **own, **guards, **limits, **services}

    def written(self, pattern: str, said: str = "") -> tuple[str, ...]:
        """The fields that the user wrote and a pattern means, sorted.

        "[*]" stands for any index. A field that was not written means the fields inside it, and of
        those the ones whose name occurs in `said`, if there are any ("insufficient cpu"). What the
        Check leaves open in place of a field comes before it.
        """
        given, pattern = self._open(pattern, said), self.scenario.workload.path(pattern)
        expression = re.compile(re.escape(pattern).replace(r"\[\*\]", r"\[\d+\]") + r"(\..*|\[.*)?")
        found = {path: match for path in self.fields if (match := expression.fullmatch(path))}
        exact = sorted(path for path, match in found.items() if not match.group(1))
        inside = sorted(path for path, match in found.items() if match.group(1))
        named = [path for path in inside if path.rsplit(".", 1)[-1] in said.split()]
        return (*given, *(named or exact or inside))

    def _open(self, pattern: str, said: str) -> list[str]:
        """The fields of `spec.open` that stand for what a pattern means."""
        scenario = self.scenario
        names = [
            name
            for name, field in STANDS_FOR.items()
            if name in scenario.open and f"{field}.".startswith(f"{pattern}.")
        ]
        if pattern.endswith(".resources.requests"):
            names = [name for name in scenario.open if name in said.split()]
            names += ["nodes"] if "nodes" in scenario.open else []
        return [path for name in names if (path := f"spec.open.{name}") in scenario.fields]


@dataclass(frozen=True)
class Part:
    """One of the systems that together stand for a scenario, which need not have been made yet."""

    scenario: Scenario
    subject: str
    #: Equal for parts whose systems are the same but for names.
    key: Hashable
    make: Callable[[], Instance]

    @staticmethod
    def made(instance: Instance) -> Part:
        """What is there already, and like nothing else as far as anybody knows."""
        return Part(instance.scenario, instance.subject, id(instance), lambda: instance)
