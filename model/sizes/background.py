"""Neighbours that stay where they are: smaller scenarios for groups that there is no time for.

Of many neighbours a few take part. The pods of all others are where the scheduler can have put
them, as evenly as can be and before anybody else's; they hold the room that they have there and
never move. So nodes are as full as they are, which they are not beside the same few alone. What of
a run depends on them is left out (pods that are lost come back elsewhere), so a verdict is about
the few, and names how many they are.

Those that meet the workload otherwise than on full nodes always take part: who keeps its pods off
nodes, who is under one budget with it, whom it takes over. Pods of Jobs are left out, since they
go, which the verdict says.

They may stay for as long as they like, so a state that is reached beside the few is reached beside
all of them: unless a drain was over before, which waits until they are gone, to other nodes
(`model.changes.drain.ended`). Of what goes on for ever that is not known.
"""

from __future__ import annotations

from dataclasses import replace

from model.api.node import Node
from model.api.workload import Workload
from model.apiserver.adoptions import adopters
from model.plugins.noderesources import held
from model.scenario import Scenario
from model.scheduler import crowds


def beside(scenario: Scenario, number: int) -> Scenario:
    """The scenario with so many of its neighbours, and those that meet it otherwise, while all
    others stay where they are; the same if there are no others."""
    if any(each.template.near or each.template.spread for each in scenario.workloads):
        return scenario  # Whoever is left out may be whom others wait for.
    if scenario.preempting:
        return scenario  # Whoever has to go does not stay.
    told = [each for each in scenario.neighbours if _told(scenario, each)]
    near = [each for each in scenario.neighbours if each not in told][:number]
    kept = tuple(each for each in scenario.neighbours if each in told or each in near)
    rest = [each for each in scenario.neighbours if each not in kept]
    if not rest:
        return scenario
    subjects = {scenario.workload.subject, *(each.subject for each in kept)}
    return replace(
        scenario,
        nodes=_filled(scenario, [each for each in rest if each.job is None]),
        neighbours=kept,
        apart=tuple(each for each in scenario.apart if {each.one, each.other} <= subjects),
        background=(*(each.subject for each in rest), *scenario.background),
    )


def _told(scenario: Scenario, workload: Workload) -> bool:
    """Whether a neighbour is more to others than room that it takes."""
    apart = any(workload.subject in (each.one, each.other) for each in scenario.apart)
    guarded = any(budget.guards(workload) for budget in scenario.budgets)
    adopted = any(workload.adopts(o) or o.adopts(workload) for o in scenario.workloads)
    adopted = adopted or workload in adopters(scenario)
    alone = workload.is_pod and scenario.change.drains
    return apart or guarded or adopted or alone


def _filled(scenario: Scenario, rest: list[Workload]) -> tuple[Node, ...]:
    """The nodes without what the pods of some workloads hold there."""
    found = []
    for node, row in zip(scenario.nodes, crowds.even(rest, scenario.nodes), strict=True):
        left = node
        for workload, number in zip(rest, row, strict=True):
            left = held(left, workload.template, number)
        found.append(left)
    return tuple(found)


def says(scenario: Scenario) -> str:
    """What a verdict covers: "beside 2 of 29 that it is checked together with, while …"."""
    number = len(scenario.neighbours)
    of = number + len(scenario.background)
    over = any(subject.startswith("Job/") for subject in scenario.background)
    return (
        f"beside {number} of {of} that it is checked together with, while the pods of the others "
        f"stay where they are{', and Jobs among them are over' if over else ''}"
    )
