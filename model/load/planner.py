"""The scenarios of one workload of a unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from model import scope
from model.api.change import Change, stepwise
from model.api.controlplane import ControlPlane
from model.api.node import ZONE, Node
from model.api.source import Fields
from model.api.steps import LABELS, AddNode, Load, Pause, Scale
from model.api.workload import Workload
from model.changes.load import followed
from model.changes.workload import SCALE
from model.invariant import Invariant
from model.load import daemonset, nodes, ranges, statefulset, steps, updates
from model.load.autoscalers import autoscalers
from model.load.diagnostics import Report, suggest
from model.load.setting import Settings
from model.load.unit import Unit
from model.load.versions import Versions
from model.omissions import EVERYTHING, OMISSIONS
from model.scenario import Bounds, Faults, Scenario

if TYPE_CHECKING:
    from model.load.check import Check

#: Properties of etcd's members that hold for the members that there are at the start.
FIXED_MEMBERS = ("writes-resume", "writes-survive-zone-loss")


@dataclass(frozen=True)
class Overrides:
    """What the command line says over the spec; None and () where it says nothing."""

    nodes: nodes.NodeGroup | None = None
    properties: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    #: The workloads as they were before, by their subjects.
    before: Mapping[str, Workload] = field(default_factory=dict)
    invariants: tuple[Invariant, ...] = ()


class Planner:
    """The scenarios of one workload of a unit."""

    def __init__(
        self,
        unit: Unit,
        settings: Settings,
        workload: Workload,
        overrides: Overrides,
        report: Report,
    ) -> None:
        self.unit, self.check, self.workload, most = unit, unit.check, workload, workload
        self.settings, self.overrides, self.report = settings, overrides, report
        accepted = (*overrides.accepted, *(unit.check.accept if unit.check else ()))
        self.accepted = frozenset(OMISSIONS if EVERYTHING in accepted else accepted)
        everyone, check, override = unit.workloads, unit.check, overrides.nodes
        if check is not None:
            check = self.check = ranges.overridden(check, override)
            everyone = [ranges.largest(check, other) for other in everyone]
            self.workload = ranges.largest(check, workload)
            if check.change is not None and check.change.has(Load):
                scalers = autoscalers(self.workload, unit.objects, report)
                change, self.workload = followed(check.change, self.workload, scalers)
                check = self.check = replace(check, change=change)
            most = steps.largest(check.change, self.workload)
            if not unit.nodes:
                check, override = ranges.groups(check, override)
        #: The workload as it was, if another version of it was given.
        before = self.older = {**overrides.before, **unit.before}.get(workload.subject)
        if before is not None and before.kind in SCALE.workloads:
            most = replace(most, replicas=max(most.replicas, before.replicas))
        everyone = [other for other in everyone if other.replicas]
        self.cluster = nodes.nodes_for(
            most, everyone, unit.nodes, check, override, fewest=ranges.fewest(check)
        )
        self.nodes = self.cluster.nodes

    def scenarios(self) -> list[Scenario]:
        before = self.older
        # Beside another template that rolls out it is an omission, see `model.controllers.omitted`.
        if before is not None and not self._versions.rolled:
            now = self.workload.replicas if self._versions.applies else self._versions.scaled
            was = before if now is None else replace(before, replicas=now)
            updates.tell_of_unfollowed(was, self.workload, self.report)
        if self.workload.stateful is not None and self.settings.zonal(self.workload):
            stateful = replace(self.workload.stateful, zonal=True)
            self.workload = replace(self.workload, stateful=stateful)
        if self.workload.daemon is not None:
            older, nodes = self._versions.before, self.nodes
            counted = daemonset.counted(self.workload, older, nodes, self.check, self.report)
            if counted is None:
                return []
            self.workload = counted
            if before is not None:
                self.older = replace(before, replicas=counted.replicas)
        updates.check_template(before, self.workload, self.report)
        if self.check is None:
            return self._everyday()
        return self._specified(self.check)

    def _everyday(self) -> list[Scenario]:
        found = [self._scenario("apply", Change("apply"))]
        if self.workload.is_pod:
            # Nobody promises more of a pod that nothing controls than that it is scheduled.
            return found
        if self.workload.rolls_out:
            found.append(self._scenario("rollout", self._versions.rollout(Change("rollout"))))
        if self._versions.scaled is not None:
            scaling = self._scenario("scale", stepwise((Scale(self._versions.scaled),)))
            found.append(scaling)
        # A drain leaves a DaemonSet's pods alone, and they do not mind its cordon.
        for node in () if self.workload.daemon else self._kinds(self.nodes):
            found.append(self._scenario(f"drain {node.name}", Change("drain", nodes=(node.name,))))
        crash = Faults(node_crashes=1)
        found.append(self._scenario("node crash", Change("steady"), crash))
        if self.workload.kind == "Deployment":
            lag = Faults(slow_watches={"deployment-controller": 1})
            rollout = self._versions.rollout(Change("rollout"))
            found.append(self._scenario("lagging cache", rollout, lag))
        return found

    def _specified(self, check: Check) -> list[Scenario]:
        change = check.change
        if change is None:
            change = Change("rollout" if self.workload.rolls_out else "apply")
        if not ranges.suits(check, self.workload, bool(self.unit.nodes), self.report):
            return []
        self._refuse_changes(check)
        if check.faults.zones and not any(ZONE in node.labels for node in self.nodes):
            name = "zoneCrashes" if check.faults.zone_crashes else "zonePartitions"
            place = check.places.get(f"spec.faults.{name}", check.source)
            hint = f"give nodes the label {ZONE}, in spec.cluster.nodes or in their manifests"
            self.report.error("P200", f"`spec.faults.{name}`: no node is in a zone", place, hint)
        slots, replicas = check.bounds.pods, self.workload.replicas
        if slots is not None and slots < replicas:
            place = check.places.get("spec.bounds.pods", check.source)
            message = f"`spec.bounds.pods` is less than the replicas of {self.workload.subject}"
            hint = f"give at least {replicas}, or leave it out"
            self.report.error("P200", message, place, hint)
        if slots is not None and self.workload.stateful is not None:
            place = check.places.get("spec.bounds.pods", check.source)
            message = f"`spec.bounds.pods` is nothing for {self.workload.subject}"
            hint = "of its pods one of each name is there at most: leave it out"
            self.report.warning("P302", message, place, hint)
        if change.kind == "rollout":
            if not self.workload.rolls_out:
                place = check.places.get("spec.scenario.rollout", check.source)
                message = f"{self.workload.subject} does not roll out and is left out"
                self.report.warning("P302", message, place)
                return []
            if change.image in self.workload.template.images[:1]:
                place = check.places.get("spec.scenario.rollout.image", check.source)
                message = f"`{change.image}` is the image that {self.workload.subject} has already"
                self.report.error("P203", message, place, "name another image")
            change = self._versions.rollout(change)
        elif change.kind == "steps":
            change = self._versions.applied(change)
            if not self._suits(change, check):
                return []
            if change.nodes:
                change = self._on_nodes(change, check)
                steps.check_labels(change, check.faults, self.nodes, check.places, self.report)
        elif change.kind == "drain" and not change.nodes:
            return self._drains(change, check)
        elif change.nodes or change.kind == "taint":
            change = self._on_nodes(change, check)
        return [self._named(change, check, ())]

    def _suits(self, change: Change, check: Check) -> bool:
        """Whether the workload can be checked under steps; what is wrong is reported."""
        place = check.places.get("spec.scenario.steps", check.source)
        rolled = self._versions.rolled and change.rolls
        why = steps.unsuited(change, self.workload)
        if why and all(steps.unsuited(change, each) for each in self.unit.workloads):
            message = f"{self.workload.subject} can't be checked under these steps"
            self.report.error("P302", message, place, why)
        elif why:
            message = f"{self.workload.subject} is left out: {why}"
            self.report.warning("P302", message, place)
        elif check.open and (change.scales or change.has(Pause, AddNode, *LABELS)):
            message = "`spec.open` does not go with steps that scale, pause, add or label nodes"
            place = check.places.get("spec.open", check.source)
            self.report.error("P203", message, place, "give every field one value")
        elif self.workload.subject in self.overrides.before and (self._versions.applies or rolled):
            message = "steps that change the template are no change from an older manifest"
            self.report.error("P203", message, place, "leave out the older version, or the steps")
        elif check.applied and not self._versions.applies:
            if self.unit.before:
                message = f"{self.workload.subject} is left out: no other version of it is applied"
                self.report.warning("P302", message, check.applied[0].source)
        else:
            started = self._started(change)
            return steps.follow(change, started, check.places, self.report)
        return False

    def _started(self, change: Change) -> Workload:
        """The workload as it is before the steps."""
        workload, before = self._versions.under(change)
        return workload if before is None else replace(workload, template=before.template)

    def _named(self, change: Change, check: Check, extra: Sequence[str]) -> Scenario:
        where = f" {change.nodes[0]}" if len(change.nodes) == 1 else ""
        name = check.name or f"{change.kind}{where}"
        found = self._scenario(name, change, check.faults, extra)
        return ranges.opened(found, check, self.report) if check.open else found

    def _kinds(self, among: Sequence[Node]) -> list[Node]:
        """A node of each kind that the workload may tell from others."""
        return nodes.kinds_of(among, self.cluster.own, nodes.named_by(self.workload.template))

    def _drains(self, change: Change, check: Check) -> list[Scenario]:
        """A drain of a node of each kind, where the Check does not say of which node."""
        among = self.nodes[: ranges.fewest(check)]
        kinds = self._kinds(among) or [among[0]]
        found = []
        for node in kinds:
            drain = replace(change, nodes=(node.name,))
            scenario = self._named(drain, check, [f"{node.name} stands for all nodes of its kind"])
            if check.name and len(kinds) > 1:
                scenario = replace(scenario, name=f"{check.name}, drain {node.name}")
            found.append(scenario)
        return found

    def _refuse_changes(self, check: Check) -> None:
        """What is checked of members that stay the same says nothing of members that change."""
        asked = self.overrides.properties or check.properties or ()
        for name in FIXED_MEMBERS:
            if name in asked and check.control_plane.changes:
                place = check.places.get("spec.controlPlane.changes", check.source)
                message = f"`{name}` does not follow `spec.controlPlane.changes`"
                hint = "ask for it in a Check of its own, with the members as they are afterwards"
                self.report.error("P203", message, place, hint)

    def _on_nodes(self, change: Change, check: Check) -> Change:
        """The change with the nodes that it is about: every node, where a taint names none."""
        names = [node.name for node in self.nodes[: ranges.fewest(check)]]
        for name in change.nodes:
            if name not in names:
                named = change.kind if change.kind == "steps" else f"{change.kind}.node"
                place = check.places.get(f"spec.scenario.{named}", check.source)
                hint = suggest(name, names) or f"nodes: {', '.join(names[:10])}"
                self.report.error("P303", f"there is no node `{name}`", place, hint)
        if change.added and set(names) <= set(change.added):
            place = check.places.get("spec.scenario.steps", check.source)
            message = "`spec.scenario.steps` adds every node: none is there at the start"
            self.report.error("P203", message, place, "leave out one, or give more nodes")
        return change if change.nodes else replace(change, nodes=tuple(names))

    @property
    def _versions(self) -> Versions:
        applies = self.workload.subject in self.unit.before
        open_ = self.check is not None and bool(self.check.open)
        kept = self.workload.subject in self.unit.kept
        back = self.unit.back.get(self.workload.subject, ())
        given = self.check is not None
        return Versions(self.workload, self.older, applies, kept, back, given, open_)

    def _scenario(
        self, name: str, change: Change, faults: Faults | None = None, extra: Sequence[str] = ()
    ) -> Scenario:
        check = self.check
        workload, before = self._versions.under(change)
        selected = self.overrides.properties or (check.properties if check else None)
        scenario = Scenario(
            name=name,
            workload=workload,
            nodes=self.nodes,
            change=change,
            budgets=tuple(self.unit.budgets),
            services=tuple(
                each for each in self.unit.services if each.namespace == workload.namespace
            ),
            proxy_lag=check.proxy_lag if check else 0,
            objects=tuple(each for where, each in self.unit.others if where == workload.namespace),
            control_plane=check.control_plane if check else ControlPlane(),
            faults=faults or Faults(),
            bounds=check.bounds if check else Bounds(),
            before=before,
            mutations=check.mutations if check else frozenset(),
            prompt=check.prompt if check else Scenario.prompt,
            choice=check.choice if check else Scenario.choice,
            properties=selected,
            invariants=(*(check.invariants if check else ()), *self.overrides.invariants),
            skipped=self.overrides.skip,
            suppressions=(
                *(check.suppressions if check else ()),
                *self.unit.suppressions[workload.subject],
            ),
            accepted=self.accepted,
            counted=self.cluster.counted,
            assumptions=(*self._assumptions(change, faults or Faults()), *extra),
            source=check.source if check else workload.source,
            fields=check.places if check else {},
        )
        given = self.overrides.nodes is None
        return self.settings.placed(scenario, sized=self._sized, given=given)

    @property
    def _sized(self) -> bool:
        """Whether the user said how much the nodes hold."""
        override, check = self.overrides.nodes, self.check
        if override is not None:
            return bool(override.allocatable)
        groups = check.groups if check is not None else ()
        return bool(self.unit.nodes) or any(group.allocatable for group in groups)

    def _assumptions(self, change: Change, faults: Faults) -> list[str]:
        places = self.check.places if self.check else {}
        found = [*self.cluster.assumptions, *_returns(change, faults, places)]
        if self.check is None or "spec.controlPlane.members" not in self.check.places:
            found.append("assumed 3 control-plane members; give spec.controlPlane")
        given = self.check and self.check.change and self.check.change.image
        if change.kind == "rollout" and not given and self._versions.previous is None:
            found.append(f"the rollout is to an assumed image, {change.image}")
        for term in self.workload.template.anti_affinity:
            if not any(term.topology_key in node.labels for node in self.nodes):
                key = term.topology_key
                found.append(f"no node has the label {key}: anti-affinity by it forbids nothing")
        for each in self.workload.template.spread:
            if not any(each.topology_key in node.labels for node in self.nodes):
                key = each.topology_key
                found.append(f"no node has the label {key}: topology spread by it allows no node")
        claims = self.settings.absent_claims(self.workload)
        if claims:
            found.append(f"claims that are not given can be used on every node: {claims}")
        if self.workload.is_pod:
            found.append("nobody makes a pod again that has no controller: it goes with its node")
        if self.workload.stateful is not None:
            found += statefulset.assumptions(self.workload.stateful)
        if self.settings.crowd and self._sized:
            found.append(scope.OTHERS_STAY)
        elif self.settings.crowd:
            found.append("pods of other workloads do not compete for the assumed nodes")
        return found


def _returns(change: Change, faults: Faults, given: Fields) -> Iterator[str]:
    """Whether nodes that are taken away come back, as far as nobody says."""
    if change.kind == "drain" and "spec.scenario.drain.uncordon" not in given:
        yield "a drained node stays cordoned; give spec.scenario.drain.uncordon"
    if faults.befalls_nodes and "spec.faults.nodesReturn" not in given:
        what = "a crashed node" if faults.crashes else "a node that is cut off"
        comes = f"{what} comes back" if faults.losses else "a node that is removed is replaced"
        yield f"{comes} in the end; give spec.faults.nodesReturn"
