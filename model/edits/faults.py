"""The faults that a scenario allows, each of which may or may not be needed for a violation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from model.scenario import Scenario


@dataclass(frozen=True)
class Fault:
    """One kind of fault: how often a scenario allows it, and the scenario with another number.

    `one` and `many` say how many there are: "1 node crash", "2 node crashes"; "{n}" is the number.
    """

    field: str
    one: str
    many: str
    allowed: Callable[[Scenario], int]
    limit: Callable[[Scenario, int], Scenario]

    def says(self, number: int) -> str:
        """So many of them in words."""
        return (self.one if number == 1 else self.many).format(n=number)


def _of(attribute: str, field: str, one: str, many: str) -> Fault:
    def limit(scenario: Scenario, number: int) -> Scenario:
        values: Mapping[str, int] = {attribute: number}
        return replace(scenario, faults=replace(scenario.faults, **values))  # type: ignore[arg-type]

    def allowed(scenario: Scenario) -> int:
        number: int = getattr(scenario.faults, attribute)
        return number

    return Fault(f"spec.faults.{field}", one, many, allowed, limit)


def _slow(controller: str) -> Fault:
    def limit(scenario: Scenario, number: int) -> Scenario:
        watches = {**scenario.faults.slow_watches, controller: number}
        watches = {name: most for name, most in watches.items() if most}
        return replace(scenario, faults=replace(scenario.faults, slow_watches=watches))

    return Fault(
        f"spec.faults.slowWatches.{controller}",
        f"{{n}} stall of the {controller}'s watch",
        f"{{n}} stalls of the {controller}'s watch",
        lambda scenario: scenario.faults.slow_watches.get(controller, 0),
        limit,
    )


#: Every kind of fault; amounts (percent, seconds) as well as counts.
FAULTS: tuple[Fault, ...] = (
    _of("node_crashes", "nodeCrashes", "{n} node crash", "{n} node crashes"),
    _of("pod_failures", "podFailures", "{n} failure of a pod", "{n} failures of pods"),
    _slow("deployment-controller"),
    _slow("replicaset-controller"),
    _of("member_crashes", "memberCrashes", "{n} crash of an etcd member", "{n} crashes of members"),
    _of(
        "member_partitions",
        "memberPartitions",
        "{n} etcd member cut off",
        "{n} etcd members cut off",
    ),
    _of("lost_writes", "lostWrites", "{n} crash that loses writes", "{n} crashes that lose writes"),
    _of("lost_disks", "lostDisks", "{n} lost disk", "{n} lost disks"),
    _of("zone_losses", "zoneLosses", "{n} lost zone", "{n} lost zones"),
    _of("clock_skew", "clockSkew", "a clock skew of {n}%", "a clock skew of {n}%"),
    _of("leader_pauses", "leaderPauses", "{n} pause of a leader", "{n} pauses of leaders"),
    _of(
        "response_delay",
        "responseDelay",
        "an answer {n} second late",
        "an answer {n} seconds late",
    ),
)
