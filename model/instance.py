"""What the command line checks at a time: a system, and how to speak of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from model.ir.system import State, System
from model.scenario import Fields, Scenario


@dataclass(frozen=True)
class Instance:
    """One system of a scenario and what reports need to speak of it."""

    scenario: Scenario
    system: System
    #: What the properties are about: "Deployment/default/web" or "ControlPlane/etcd".
    subject: str
    #: Property name to the field paths (keys of the workload's or its template's `fields`) that
    #: matter to it, most telling first.
    concerns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: What a state says beyond its values, a sentence each, with the field paths that are to
    #: blame: for a pod that no node admits, why each node refuses it.
    remarks: Callable[[State], tuple[tuple[str, tuple[str, ...]], ...]] = lambda _: ()

    @property
    def fields(self) -> Fields:
        """Places of every field of the workload and its template."""
        workload = self.scenario.workload
        return {**workload.fields, **workload.template.fields}
