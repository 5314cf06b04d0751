"""What the model leaves out although manifests ask for it: contract of a row.

A component says beside its code what it leaves out, where manifests ask for that, and which
answers can be wrong because of it. `model.omissions` has the table of all. A row is no excuse for
what lies outside of the API objects (images, programs, disks): that is an assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from model.api.source import Source
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.setting import Manifest, Setting

#: In which scenarios something can be wrong; the docstring completes "..., ".
Condition = Callable[[Scenario], bool]

#: Names of properties, each with the scenarios in which an answer about it can be wrong.
Doubts = Mapping[str, Condition]


class Found(NamedTuple):
    """Where manifests ask for something, in the words of who wrote them, and the place."""

    #: A field's path ("spec.paused"), or another object ("ResourceQuota/default/web").
    what: str
    source: Source


@dataclass(frozen=True)
class Field:
    """A field of the workload's own object that asks for something.

    `path` is as users write it; "[*]" stands for any index, ["a.b/c"] for a key. `asks` is given
    the value as plain data.
    """

    path: str
    asks: Callable[[Any], bool] = bool


@dataclass(frozen=True, eq=False)
class Omission:
    """Something that Kubernetes acts on and the model does not."""

    #: Stable: users accept omissions by their names.
    name: str
    #: What Kubernetes does, in a sentence.
    text: str
    #: What is called proved, or holds, may be false.
    falsifies: Doubts
    #: What is violated in the model may be true, because what is left out makes it easier.
    excuses: Doubts = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    #: Where more than the workload's own object has to be looked at.
    elsewhere: Callable[[Setting], Iterator[Found]] = lambda _: iter(())

    def found(self, setting: Setting) -> Iterator[Found]:
        """Every place that asks for it and touches the workload of a setting."""
        manifest = setting.own.manifest
        if self.fields:
            yield from setting.around.memo.once(self, manifest, lambda: self._asked(manifest))
        yield from self.elsewhere(setting)

    def _asked(self, manifest: Manifest) -> list[Found]:
        """The fields of an object that ask for it."""
        written = ((each, here) for each in self.fields for here in manifest.written(each.path))
        return [Found(here.path, here.source) for each, here in written if each.asks(here.value)]


def anywhere(_: Scenario) -> bool:
    """in every scenario"""
    return True


def guarded(scenario: Scenario) -> bool:
    """where a PodDisruptionBudget guards the pods"""
    return bool(scenario.guards)


def applied(scenario: Scenario) -> bool:
    """where the workload is created in an empty cluster"""
    return scenario.change.kind == "apply"


def rolled_out(scenario: Scenario) -> bool:
    """in a rollout"""
    return scenario.change.rolls


def several(scenario: Scenario) -> bool:
    """where more than one pod may exist at a time"""
    surge, _ = scenario.workload.rounded
    return scenario.workload.replicas + (surge if rolled_out(scenario) else 0) > 1


def doubts(*names: str, when: Condition = anywhere) -> dict[str, Condition]:
    """The properties of these names, in the scenarios of a condition. What keeps replicas from
    being ready keeps a DaemonSet's from every node, and a Job from being complete."""
    same = ("daemon-on-every-node", "job-completes") if "replicas-converge" in names else ()
    return dict.fromkeys((*names, *same), when)


#: What goes wrong where pods are not made, or never become ready: fewer than all are there from the
#: start, and one that is lost has no successor. A drain is held up only by a budget that waits for
#: them.
NEVER_READY: Doubts = {
    **doubts("replicas-converge", "rollout-completes", "rollback-completes"),
    **doubts("rollout-keeps-available", "maintenance-keeps-available", "budget-respected"),
    **doubts("drain-completes", when=guarded),
    **doubts("service-always-answers"),
}
#: What goes wrong where pods stay pending.
NEVER_BOUND: Doubts = {**doubts("every-pod-scheduled"), **NEVER_READY}
#: What needs pods on one node to be violated: whatever keeps them apart may prevent that.
TOGETHER: Doubts = doubts(
    "budget-respected", "maintenance-keeps-available", "service-always-answers"
)
